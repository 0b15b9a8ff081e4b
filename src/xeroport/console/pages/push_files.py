"""What the command line takes of an upload: the corrected file, and the map of its columns."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from xeroport.console.jobs import columns_to_fields
from xeroport.console.jobs.reviews import write_map
from xeroport.console.jobs.sheet_corrections import ENDING
from xeroport.console.pages.push import upload_of
from xeroport.console.web.roles import page_at

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    page_at("/instances/{instance}/push/{upload}/corrected", corrected),
    page_at("/instances/{instance}/push/{upload}/map.toml", map_file),
]
