"""What became of each record of a file that was sent; and what the command line takes of it: the
corrected file, and the map of its columns."""

from __future__ import annotations

import csv
import json
from itertools import islice

import duckdb
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from xeroport.catalogue.columns import snake
from xeroport.console.jobs import columns_to_fields
from xeroport.console.jobs.reviews import write_map
from xeroport.console.jobs.sheet_corrections import ENDING
from xeroport.console.jobs.uploads import Upload
from xeroport.console.pages.downloads import EXCEL
from xeroport.console.pages.push import upload_of
from xeroport.console.reading import tables
from xeroport.console.reading.document_kinds import kind_of
from xeroport.console.reading.engine_words import unreadable
from xeroport.console.reading.in_xero import PageInXero, in_xero
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import Console
from xeroport.errors import UnknownName, XeroportError
from xeroport.store import runs
from xeroport.store.instances import Instance, schema_name
from xeroport.store.outbox import outbox

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
    now, before = _sent(state, kept)
    links, no_links = _links(request, state, instance, kept, {row["xero_id"] for row in rows})
    return page(
        request,
        "push_results.html",
        here="push",
        instance=instance,
        upload=kept,
        rows=rows,
        sent_now=now,
        sent_before=before,
        links=links,
        no_links=no_links,
        counts=counts,
        only=status if status in counts else "",
        offset=offset,
        size=PAGE,
        total=counts.get(status, 0) if status else sum(counts.values()),
    )


def _sent(state: Console, kept: Upload) -> tuple[int, int]:
    """How many records the last sending of a file sent, and how many were in Xero before."""
    if not kept.runs:
        return 0, 0
    run = kept.runs[-1]
    now = sum(delivery.status == "sent" for delivery in outbox.of_run(state.store, run))
    return now, int(runs.get(state.store, run).report.get("already", 0))


def _links(
    request: Request, state: Console, instance: Instance, kept: Upload, ids: set[str]
) -> tuple[dict[str, PageInXero], XeroportError | None]:
    """Xero id → the page of the document in Xero, or why there are none."""
    endpoint = state.catalogue.endpoint(kept.endpoint)
    table = snake(endpoint.body_record or "")
    kinds = {}
    for run in kept.runs:
        for delivery in outbox.of_run(state.store, run):
            if delivery.xero_id in ids:
                kind = kind_of(table, {"type": _type_of(delivery.body)})
                kinds[str(delivery.xero_id)] = kind
    schema = schema_name(instance.name)
    try:
        with reading(request, instance) as books:
            present = tables.present(books, schema)
            links = {
                key: shown
                for key, kind in kinds.items()
                if kind and (shown := in_xero(books, schema, kind, key, present))
            }
            return links, None
    except XeroportError as error:
        return {}, error if kinds else None
    except duckdb.Error as error:
        return {}, unreadable(error)


def _type_of(body: bytes) -> str:
    """The type of a document as it was sent: of an invoice, sale or bill."""
    try:
        record = json.loads(body)
    except ValueError:
        return ""
    return str(record.get("Type", "")) if isinstance(record, dict) else ""


def download(request: Request) -> Response:
    """The results as CSV."""
    state, _, kept = upload_of(request)
    path = state.uploads.beside(kept, "results.csv")
    if not path.exists():
        raise UnknownName("file of results", kept.id, (), hint="send the file first")
    return FileResponse(path, media_type="text/csv", filename="results.csv")


def corrected(request: Request) -> Response:
    """The file with its corrections."""
    state, _, kept = upload_of(request)
    path = state.uploads.path(kept)
    kind = EXCEL if path.suffix == ENDING else "text/csv"
    return FileResponse(path, media_type=kind, filename=f"corrected-{path.name}")


def map_file(request: Request) -> Response:
    """The chosen columns as a map, for the command line."""
    state, _, kept = upload_of(request)
    endpoint = state.catalogue.endpoint(kept.endpoint)
    path = str(state.uploads.path(kept))
    fitted = columns_to_fields.fit(path, state.catalogue, endpoint, kept.columns)
    map_path = write_map(state.uploads, kept, fitted)
    return FileResponse(map_path, media_type="application/toml", filename="map.toml")


ROUTES = [
    page_at("/instances/{instance}/push/{upload}/corrected", corrected),
    page_at("/instances/{instance}/push/{upload}/map.toml", map_file),
    page_at("/instances/{instance}/push/{upload}/results", results),
    page_at("/instances/{instance}/push/{upload}/results.csv", download),
]
