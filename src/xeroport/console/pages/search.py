"""One box over everything: contacts, documents, accounts and items."""

from __future__ import annotations

from itertools import groupby

from starlette.requests import Request
from starlette.responses import HTMLResponse

from xeroport.console.pages.books import as_text, document_address
from xeroport.console.reading import documents, finding, tables
from xeroport.console.reading.document_kinds import STATUS_WORDS
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import instance_of
from xeroport.store.instances import schema_name


def results(request: Request) -> HTMLResponse:
    """What fits the words."""
    instance = instance_of(request)
    schema = schema_name(instance.name)
    words = " ".join(request.query_params.get("q", "").replace("\0", "").split())[:100]
    matches = []
    with reading(request, instance) as books:
        if words:
            present = tables.present(books, schema)
            instance = documents.with_currency(books, schema, instance, present)
            base = instance.base_currency or ""
            matches = finding.search(books, schema, words, present, base=base)
    groups = [(kind, list(some)) for kind, some in groupby(matches, lambda result: result.kind)]
    return page(
        request,
        "search.html",
        here="documents",
        instance=instance,
        searched=words,
        groups=groups,
        count=len(matches),
        most=finding.MOST,
        address=lambda result: document_address(instance.name, result.kind, result.id),
        day=lambda value: as_text("date", value, instance)[0],
        status_words=lambda value: STATUS_WORDS.get(value, value),
    )


ROUTES = [page_at("/instances/{instance}/search", results)]
