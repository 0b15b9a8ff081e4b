"""The fleet at a glance: every instance's latest sync; what is behind or failing comes first."""

from __future__ import annotations

from collections import Counter

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from xeroport.console.web.address_numbers import whole
from xeroport.console.web.render import page
from xeroport.console.web.state import console
from xeroport.jobs.fleet.run import fleet_status

ORDER = ("failed", "lost", "partial", "stopped", "interrupted", "never synced", "running", "done")
STEP = 200
MOST = 5000


def status(request: Request) -> HTMLResponse:
    """All instances, or those whose latest sync ended in one way."""
    found = fleet_status(console(request).store)
    counts = Counter(each["status"] for each in found)
    only = request.query_params.get("status")
    only = only if only in counts else None
    shown = sorted(
        (each for each in found if only in (None, each["status"])),
        key=lambda each: (ORDER.index(each["status"]), each["instance"]),
    )
    limit = whole(request.query_params.get("show"), STEP, high=MOST)
    return page(
        request,
        "fleet.html",
        here="fleet",
        counts=sorted(counts.items(), key=lambda each: ORDER.index(each[0])),
        total=len(found),
        only=only,
        shown=shown[:limit],
        more=min(limit + STEP, MOST) if len(shown) > limit and limit < MOST else None,
    )


ROUTES = [Route("/fleet", status)]
