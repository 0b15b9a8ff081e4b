"""The webhook receiver: checks the raw bytes, keeps the events, answers; the work happens later.

It answers without session or cookie: the signature is the authentication. An empty 200 for what
Xero signed (also for the empty rounds of its intent-to-receive check), 401 for anything else:
a name without webhooks is answered like a wrong signature.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from xeroport.clock import Clock
from xeroport.errors import InputError
from xeroport.jobs.webhooks.events import MAX_BYTES, is_authentic, parse
from xeroport.secrets.vault import Secret
from xeroport.store import inbox
from xeroport.store.database import Store
from xeroport.store.inbox import Event

PATH = "/webhooks/xero/{name}"
BODY_SECONDS = 4.0
NO_KEY = Secret(token_urlsafe(32))
"""What signatures for an unknown name are compared with, so that both take the same work."""
log = logging.getLogger(__name__)


class BodyTooLarge(Exception):
    """The sender sent more than any delivery of Xero's."""


def route(store: Store, clock: Clock, *, on_news: Callable[[], None] | None = None) -> Route:
    """The route to mount; `on_news` is called when new events were kept."""
    return Route(PATH, WebhookReceiver(store, Keeper(store, clock), on_news), methods=["POST"])


@dataclass(frozen=True)
class WebhookReceiver:
    """The application behind the route. It takes a delivery as the server hands it over: hundreds
    may come in a second."""

    store: Store
    keeper: Keeper
    on_news: Callable[[], None] | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = await self._answered(scope, receive)
        await Response(status_code=status)(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive) -> int:
        """The status to answer with, once what it confirms is on disk."""
        name = scope["path_params"]["name"]
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _read(receive)
        except BodyTooLarge:
            return 413
        except (TimeoutError, ClientDisconnect):
            return 408
        claimed = Headers(scope=scope).get("x-xero-signature", "")
        status, events = _judge(self.store, name, body, claimed)
        if events and await self.keeper.keep(name, events) and self.on_news is not None:
            self.on_news()
        return status


async def _read(receive: Receive) -> bytes:
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_BYTES:
            raise BodyTooLarge
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


class Keeper:
    """Commits deliveries: all that came while one commit was under way share the next, so that
    the disk is waited for once, however many they are."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: list[tuple[str, tuple[Event, ...], asyncio.Future[int]]] = []
        self._task: asyncio.Task[None] | None = None

    async def keep(self, name: str, events: tuple[Event, ...]) -> int:
        """How many of the events were new; they are on disk then."""
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append((name, events, done))
        if self._task is None:
            self._task = asyncio.create_task(self._commit())
        return await done

    async def _commit(self) -> None:
        try:
            while self._waiting:
                taken, self._waiting = self._waiting, []
                try:
                    found = await asyncio.to_thread(
                        inbox.receive_all,
                        self._store,
                        [(name, events) for name, events, _ in taken],
                        self._clock.now(),
                    )
                except Exception as error:  # told to each sender, who delivers again
                    for _, _, done in taken:
                        if not done.done():
                            done.set_exception(error)
                    continue
                for (_, _, done), new in zip(taken, found, strict=True):
                    if not done.done():
                        done.set_result(new)
        finally:
            self._task = None


def _judge(store: Store, name: str, body: bytes, claimed: str) -> tuple[int, tuple[Event, ...]]:
    """The status to answer with, and the events to keep before that."""
    try:
        key = inbox.key(store, name)
    except InputError:
        key = NO_KEY  # a name without webhooks is answered as a wrong signature is
    if not is_authentic(body, claimed, key) or key is NO_KEY:
        log.warning("a webhook delivery for `%s` was not signed by Xero", name)
        return 401, ()
    try:
        return 200, parse(body)
    except InputError as error:
        log.warning("%s", error.message)
        return 400, ()
