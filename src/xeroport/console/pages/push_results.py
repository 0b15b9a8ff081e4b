"""What became of each record of a file that was sent."""

from __future__ import annotations

import csv
from itertools import islice

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from xeroport.console.pages.push import upload_of
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.render import page
from xeroport.errors import UnknownName

PAGE = 200


def results(request: Request) -> HTMLResponse:
    """What happened to each record, with Xero's own words."""
    state, instance, kept = upload_of(request)
    path = state.uploads.beside(kept, "results.csv")
    offset = whole(request.query_params.get("from"), 0, low=0)
    status = request.query_params.get("status", "")
    rows: list[dict[str, str]] = []
    counts: dict[str, int] = {}
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                counts[row["status"]] = counts.get(row["status"], 0) + 1
        with path.open(newline="", encoding="utf-8") as file:
            wanted = (r for r in csv.DictReader(file) if not status or r["status"] == status)
            rows = list(islice(wanted, offset, offset + PAGE))
    return page(
        request,
        "push_results.html",
        here="push",
        instance=instance,
        upload=kept,
        rows=rows,
        counts=counts,
        only=status if status in counts else "",
        offset=offset,
        size=PAGE,
        total=counts.get(status, 0) if status else sum(counts.values()),
    )


def download(request: Request) -> Response:
    """The results as CSV."""
    state, _, kept = upload_of(request)
    path = state.uploads.beside(kept, "results.csv")
    if not path.exists():
        raise UnknownName("file of results", kept.id, (), hint="send the file first")
    return FileResponse(path, media_type="text/csv", filename="results.csv")


ROUTES = [
    Route("/instances/{instance}/push/{upload}/results", results),
    Route("/instances/{instance}/push/{upload}/results.csv", download),
]
