"""The fleet at a glance: every instance's latest sync; what is behind or failing comes first."""

from __future__ import annotations

from collections import Counter

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.web.address_numbers import whole
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.render import page, said
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.errors import InputError
from xeroport.jobs.fleet.run import fleet_status
from xeroport.store import runs

ORDER = ("failed", "lost", "partial", "stopped", "interrupted", "never synced", "running", "done")
STEP = 200
MOST = 5000
CAUSES = 10
DESTINATIONS = {
    "duckdb:books/{instance}.duckdb": "A DuckDB file each",
    "parquet:lake": "A folder of Parquet files each",
}
"""Where *Sync all* may write, below the home folder."""


def status(request: Request) -> HTMLResponse:
    """All instances, or those whose latest sync ended in one way."""
    store = console(request).store
    states = fleet_status(store)
    latest = {
        row["instance"]: run.id
        for row, run in zip(states, runs.latest_syncs(store), strict=True)
        if run is not None
    }
    counts = Counter(state["status"] for state in states)
    only = request.query_params.get("status")
    only = only if only in counts else None
    shown = sorted(
        (state for state in states if only in (None, state["status"])),
        key=lambda state: (ORDER.index(state["status"]), state["instance"]),
    )
    limit = whole(request.query_params.get("show"), STEP, high=MOST)
    return page(
        request,
        "fleet.html",
        here="fleet",
        counts=sorted(counts.items(), key=lambda count: ORDER.index(count[0])),
        total=len(states),
        only=only,
        shown=shown[:limit],
        under_way=console(request).work.is_under_way("fleet"),
        running=counts.get("running", 0),
        latest=latest,
        causes=Counter(state["error"] for state in states if state.get("error")).most_common(
            CAUSES
        ),
        destinations=DESTINATIONS,
        more=min(limit + STEP, MOST) if len(shown) > limit and limit < MOST else None,
    )


def sync(request: Request, form: FormData) -> Response:
    """Sync all organisations, as `xeroport fleet sync --all` does."""
    state = console(request)
    key = text(form, "into")
    if key not in DESTINATIONS:
        raise InputError("there is no such destination", hint="choose one from the list")
    if state.work.is_under_way("fleet"):
        return said(request, "/fleet", "All organisations are being synced already.", tone="busy")
    scheme, _, rest = key.partition(":")
    into = f"{scheme}:{state.home.absolute() / rest}"
    state.work.launch("fleet", "sync", "--all", "--to", into)
    return said(request, "/fleet", "All organisations are being synced.", tone="busy")


ROUTES = [page_at("/fleet", status), form_at("/fleet/sync", sync)]
