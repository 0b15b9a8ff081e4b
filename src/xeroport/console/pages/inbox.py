"""The webhook inbox: what Xero told of, and how far it was brought in; signing keys."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from xeroport import logs
from xeroport.clock import SystemClock
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.forms import form, text
from xeroport.console.web.render import page, said
from xeroport.console.web.state import console
from xeroport.errors import InputError
from xeroport.jobs.schedule import polling
from xeroport.jobs.webhooks.events import RECORDS, TEST, check_key, test_delivery
from xeroport.server import webhook_door
from xeroport.store import inbox, instances, schedulers, schedules

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
        base=_address(request),
        inboxes=inbox.overview(store),
        polled={
            schedule.target for schedule in schedules.all_schedules(store) if not schedule.paused
        },
        names=names,
        only=only,
        kept=found[:limit],
        streams=RECORDS,
        test=TEST,
        more=min(limit + STEP, MOST) if len(found) > limit and limit < MOST else None,
    )


def _address(request: Request) -> str:
    """By which address Xero reaches the door, as far as is known here."""
    paths = {getattr(route, "path", "") for route in request.app.routes}
    return str(request.base_url).rstrip("/") if webhook_door.PATH in paths else "https://YOUR-HOST"


async def set_key(request: Request) -> Response:
    """Keep a signing key, sealed."""
    return await run_in_threadpool(_set_key, request, await form(request))


def _set_key(request: Request, found: FormData) -> Response:
    store = console(request).store
    name = instances.get(store, text(found, "instance")).name
    try:
        key = check_key(text(found, "key"))
    except InputError as error:
        return said(request, WHERE, error.message, tone="bad", hint=error.hint or "")
    logs.hide(key.reveal())
    polling.listen(store, name, key, now=datetime.now(UTC))
    return said(
        request,
        WHERE,
        f"The signing key of `{name}` is kept.",
        hint="*Send a test delivery* tries it; in the app at Xero, enter the address below.",
    )


async def try_delivery(request: Request) -> Response:
    """Sign a delivery with the key that is kept, and hand it to the door that Xero's come to."""
    found = await form(request)
    store = console(request).store
    instance = await run_in_threadpool(instances.get, store, text(found, "instance"))
    try:
        key = await run_in_threadpool(inbox.key, store, instance.name)
    except InputError as error:
        return said(request, WHERE, error.message, tone="bad", hint=error.hint or "")
    now = datetime.now(UTC)
    body, signed = test_delivery(
        key, tenant=instance.tenant_id or "", at=f"{now:%Y-%m-%dT%H:%M:%S}"
    )
    right = await _answer(request, instance.name, body, signed)
    wrong = await _answer(request, instance.name, body, f"not {signed}")
    if (right, wrong) != (200, 401):
        return said(
            request,
            WHERE,
            f"The test delivery was answered with {right}, a wrongly signed one with {wrong}.",
            tone="bad",
            hint="see the log of this console",
        )
    is_received = "serve" in await run_in_threadpool(schedulers.alive, store, now)
    return said(
        request,
        f"{WHERE}?instance={instance.name}",
        "The signed test delivery was taken; one with a wrong signature was refused.",
        hint="It is the first event below."
        if is_received
        else "For Xero's own deliveries start `xeroport serve`, which listens for them.",
    )


async def _answer(request: Request, name: str, body: bytes, signed: str) -> int:
    """The status that the door answers a delivery with."""
    state = console(request)
    door = webhook_door.route(state.store, SystemClock())
    sent: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])

    scope = {
        "type": "http",
        "method": "POST",
        "path": webhook_door.PATH.format(name=name),
        "headers": [(b"x-xero-signature", signed.encode())],
        "query_string": b"",
        "path_params": {"name": name},
    }
    await door.app(scope, receive, send)
    return sent[0]


ROUTES = [
    Route(WHERE, listing),
    Route(f"{WHERE}/key", set_key, methods=["POST"]),
    Route(f"{WHERE}/try", try_delivery, methods=["POST"]),
]
