"""The overview: cards and charts of the ledger; each also as a table, each figure leads on."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse

from xeroport.console.pages.statements import being_built
from xeroport.console.reading import charts, statements
from xeroport.console.reading.periods import today_of
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import instance_of
from xeroport.store.instances import schema_name


def overview(request: Request) -> HTMLResponse:
    """The overview of one organisation."""
    instance = instance_of(request)
    schema = schema_name(instance.name)
    today = today_of(instance)
    with reading(request, instance) as books:
        basis = statements.basis(books, schema)
        figures = (
            charts.figures(books, instance, today=today, base=f"/instances/{instance.name}")
            if basis
            else None
        )
    return page(
        request,
        "overview.html",
        here="overview",
        instance=instance,
        basis=basis,
        building=being_built(request, instance),
        figures=figures,
    )


ROUTES = [page_at("/instances/{instance}/overview", overview)]
