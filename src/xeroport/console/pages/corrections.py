"""What a person changes of an upload on its page: cells, kept as a patch over the file; and what
the command line takes of it: the corrected file and the map."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from xeroport.console.jobs import columns_to_fields
from xeroport.console.jobs.cell_corrections import Corrections, can_correct
from xeroport.console.jobs.reviews import write_map
from xeroport.console.jobs.sheet_corrections import ENDING
from xeroport.console.pages.push import address_of, upload_of
from xeroport.console.web.forms import form
from xeroport.errors import InputError

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def correct(request: Request) -> Response:
    """Keep cells that were corrected on the page, and check again."""
    return await run_in_threadpool(_correct, request, await form(request))


def _correct(request: Request, found: FormData) -> Response:
    state, _, kept = upload_of(request)
    if not can_correct(state.uploads.original(kept)):
        raise InputError("this file is corrected where it was made", hint="then upload it again")
    lines, columns, values, before = (
        [str(value) for value in found.getlist(f"fix.{part}")]
        for part in ("line", "column", "value", "before")
    )
    corrections: Corrections = {}
    for line, column, value, old in zip(lines, columns, values, before, strict=False):
        if line.isdigit() and len(line) < 10 and value != old:
            corrections.setdefault(line, {})[column] = value[:10_000]
    new = state.uploads.correct(kept, corrections) if corrections else kept
    return RedirectResponse(f"{address_of(new)}#found", 303)


def corrected(request: Request) -> Response:
    """The file with its corrections."""
    state, _, kept = upload_of(request)
    path = state.uploads.path(kept)
    kind = SHEET if path.suffix == ENDING else "text/csv"
    return FileResponse(path, media_type=kind, filename=f"corrected-{path.name}")


def map_file(request: Request) -> Response:
    """The chosen columns as a map, for the command line."""
    state, _, kept = upload_of(request)
    endpoint = state.catalogue.endpoint(kept.endpoint)
    fitted = columns_to_fields.fit(
        str(state.uploads.path(kept)), state.catalogue, endpoint, kept.columns
    )
    path = write_map(state.uploads, kept, fitted)
    return FileResponse(path, media_type="application/toml", filename="map.toml")


ROUTES = [
    Route("/instances/{instance}/push/{upload}/correct", correct, methods=["POST"]),
    Route("/instances/{instance}/push/{upload}/corrected", corrected),
    Route("/instances/{instance}/push/{upload}/map.toml", map_file),
]
