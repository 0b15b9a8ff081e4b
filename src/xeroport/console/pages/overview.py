"""Charts from the synced books; each also as a table."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from xeroport.console.reading import charts, tables
from xeroport.console.reading.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.state import console
from xeroport.store import instances
from xeroport.store.instances import schema_name


def overview(request: Request) -> HTMLResponse:
    """The overview of one organisation."""
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    schema = schema_name(instance.name)
    today = datetime.now(UTC).astimezone(ZoneInfo(instance.time_zone)).date()
    with reading(request, instance) as books:
        present = tables.present(books, schema)
        found = charts.figures(books, schema, today=today, present=present)
        as_of = books.as_of
    return page(
        request,
        "overview.html",
        here="overview",
        instance=instance,
        figures=found,
        today=today,
        as_of=as_of,
    )


ROUTES = [Route("/instances/{instance}/overview", overview)]
