"""The webhook receiver: checks the raw bytes, keeps the events, answers; the work happens later.

It answers without session or cookie: the signature is the authentication. An empty 200 for what
Xero signed (also for the empty rounds of its intent-to-receive check), 401 for anything else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from xeroport.clock import Clock
from xeroport.errors import InputError
from xeroport.jobs.webhook import MAX_BYTES, is_authentic, parse
from xeroport.store import inbox
from xeroport.store.database import Store

PATH = "/webhooks/xero/{name}"
BODY_SECONDS = 4.0
log = logging.getLogger(__name__)


class TooLarge(Exception):
    """The sender sent more than any delivery of Xero's."""


def route(store: Store, clock: Clock, *, on_news: Callable[[str], None] | None = None) -> Route:
    """The route to mount; `on_news` hears the instance's name when new events were kept."""

    async def receive(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(request)
        except TooLarge:
            return Response(status_code=413)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408)
        claimed = request.headers.get("x-xero-signature", "")
        status, new = await asyncio.to_thread(_keep, store, clock, name, body, claimed)
        if new and on_news is not None:
            on_news(name)
        return Response(status_code=status)

    return Route(PATH, receive, methods=["POST"])


async def _read(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BYTES:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def _keep(store: Store, clock: Clock, name: str, body: bytes, claimed: str) -> tuple[int, int]:
    """The status to answer with, and how many events were new."""
    try:
        key = inbox.key(store, name)
    except InputError:
        return 404, 0
    if not is_authentic(body, claimed, key):
        log.warning("a webhook delivery for `%s` was not signed by Xero", name)
        return 401, 0
    try:
        events = parse(body)
    except InputError as error:
        log.warning("%s", error.message)
        return 400, 0
    return 200, inbox.receive(store, name, events, clock.now()) if events else 0
