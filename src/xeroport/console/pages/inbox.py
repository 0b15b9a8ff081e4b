"""The webhook inbox: what Xero told of, and how far it was brought in; signing keys."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from xeroport import logs
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.forms import form, text
from xeroport.console.web.render import page, said
from xeroport.console.web.state import console
from xeroport.jobs.schedule import polling
from xeroport.jobs.webhooks.events import RECORDS
from xeroport.secrets.vault import Secret
from xeroport.store import inbox, instances, schedules

WHERE = "/webhooks-inbox"
STEP = 100
MOST = 2000


def listing(request: Request) -> HTMLResponse:
    """Inboxes with a key, and the latest events of all or of one instance."""
    store = console(request).store
    names = [instance.name for instance in instances.all_instances(store)]
    only = request.query_params.get("instance")
    only = only if only in names else None
    limit = whole(request.query_params.get("show"), STEP, high=MOST)
    found = inbox.recent(store, only, limit + 1)
    return page(
        request,
        "inbox.html",
        here="inbox",
        base=str(request.base_url).rstrip("/"),
        inboxes=inbox.overview(store),
        polled={
            schedule.target for schedule in schedules.all_schedules(store) if not schedule.paused
        },
        names=names,
        only=only,
        kept=found[:limit],
        streams=RECORDS,
        more=min(limit + STEP, MOST) if len(found) > limit and limit < MOST else None,
    )


async def set_key(request: Request) -> Response:
    """Keep a signing key, sealed."""
    return await run_in_threadpool(_set_key, request, await form(request))


def _set_key(request: Request, found: FormData) -> Response:
    store = console(request).store
    name = instances.get(store, text(found, "instance")).name
    key = text(found, "key")
    if not key or len(key.split()) != 1:
        return said(request, WHERE, "A signing key is one word.", tone="bad")
    logs.hide(key)
    polling.listen(store, name, Secret(key), now=datetime.now(UTC))
    return said(
        request,
        WHERE,
        f"The signing key of `{name}` is kept.",
        hint=f"In the app at Xero, send deliveries to `https://YOUR-HOST/webhooks/xero/{name}`.",
    )


ROUTES = [
    Route(WHERE, listing),
    Route(f"{WHERE}/key", set_key, methods=["POST"]),
]
