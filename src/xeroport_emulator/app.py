"""The emulated Xero as an ASGI application: what happens to a request, from first byte to last."""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from xeroport_emulator.gateway.faults import Faults, Struck
from xeroport_emulator.http.message import JSON, PLAIN_JSON, XML, Reply, Request, jsoned, plain
from xeroport_emulator.http.refusals import RefusedCall, missing
from xeroport_emulator.http.render import indented, zipped
from xeroport_emulator.http.routes import ROOT, Match, match
from xeroport_emulator.http.xml import as_xml
from xeroport_emulator.identity.server import Identity
from xeroport_emulator.operations.dispatch import answer
from xeroport_emulator.operations.fault_effects import Dropped, before, mangled
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.state import StateFile
from xeroport_emulator.world import World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_ID = re.compile(rb'"Id":"([0-9a-f-]{36})"')
TOO_LARGE = {"Title": "RequestEntityTooLarge", "Status": 413, "Detail": "PayloadTooLarge"}


class Application:
    """Xero as it is met over HTTP. `worlds` are the organisations by tenant id, the first of them
    is that of the custom connection."""

    def __init__(self, *, worlds: dict[str, World], identity: Identity, faults: Faults) -> None:
        self.worlds = worlds
        self.world = world = next(iter(worlds.values()))
        self.identity = identity
        self.faults = faults
        self.switches = world.switches
        self.clock = world.clock
        self.states: list[StateFile] = []
        self.control: Callable[[Request], Reply] | None = None
        self.calls = 0
        self.identity_calls = 0
        self.counts: Counter[str] = Counter()
        self.log: deque[tuple[str, str, int]] = deque(maxlen=10_000)
        self.lock = threading.RLock()

    def begin(self, organisations: dict[str, Organisation]) -> None:
        """Continue with other organisations; nothing of the earlier ones stays."""
        for tenant_id, organisation in organisations.items():
            self.worlds[tenant_id].begin(organisation)
        self.identity.grants.revoke_all()
        self.calls = 0
        self.counts.clear()
        self.log.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        request = await _request(scope, receive, self.switches.body_limit)
        if request is None:
            return
        world = self.worlds[self.identity.tenant(request)]
        world.gate.in_flight += (counted := request.path.lower().startswith(ROOT))
        try:
            reply, struck = await self._respond(request, world)
            await self._send(request, reply, send, truncated="truncate" in struck)
        except Dropped:
            _cut(send)
        finally:
            world.gate.in_flight -= counted

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                self.save()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def save(self) -> None:
        """Write every organisation to its state file, where there are any."""
        with self.lock:
            for state in self.states:
                state.save()

    async def _respond(self, request: Request, world: World) -> tuple[Reply, Struck]:
        """The reply to a request with the gateway's headers, and the faults that befell it."""
        path = request.path.rstrip("/").lower()
        if len(request.body) > self.switches.body_limit:
            return jsoned(413, TOO_LARGE), {}
        if path.startswith("/__emulator") and self.control is not None:
            with self.lock:
                return self.control(request), {}
        tenant = path.startswith(ROOT + "/")
        if not tenant and path != "/connections" and not path.startswith("/connections/"):
            return await self._identified(request, path)
        found = self._match(request) if tenant else None
        endpoint = found.endpoint if found is not None else None
        name = endpoint.name if endpoint is not None else "unknown"
        struck = self._strike(name, world)
        if "slow" in struck or self.switches.latency:
            slow = struck["slow"].seconds if "slow" in struck else 0.0
            await self.clock.sleep(slow + self.switches.latency)
        with self.lock:
            try:
                if not tenant:
                    world.gate.admit()
                    reply = self.identity.connections(request)
                else:
                    reply = self._admitted(request, found, struck, world)
            except RefusedCall as refusal:
                reply = refusal.reply
            self._note()
            if "drop-after" in struck:
                raise Dropped
            reply = mangled(reply, endpoint, struck)
            self.log.append((request.method, name, reply.status))
            headers = (
                *world.gate.headers(tenant=tenant),
                ("Xero-Correlation-Id", _correlation(reply)),
            )
        return reply.plus(*headers), struck

    def _note(self) -> None:
        """Log in the state files what was changed."""
        for state in self.states:
            if state.is_behind:
                state.note()

    async def _identified(self, request: Request, path: str) -> tuple[Reply, Struck]:
        """A request to the identity server; only faults that name it befall it."""
        name = path.strip("/").replace("/", ".")
        struck: Struck = {}
        if name.startswith("connect."):
            self.identity_calls += 1
            struck = self.faults.strike(self.identity_calls, name, named=True)
        if "slow" in struck:
            await self.clock.sleep(struck["slow"].seconds)
        if "drop-before" in struck:
            raise Dropped
        with self.lock:
            if "500" in struck:
                return jsoned(500, {"error": "server_error"}), {}
            reply = self.identity.answer(request)
            if request.method == "POST" and self.states:
                self.states[0].note()
            if "drop-after" in struck:
                raise Dropped
        return reply if reply is not None else missing(), struck

    def _match(self, request: Request) -> Match | None:
        if self.switches.slashes == "missing" and "%2f" in request.raw_path.lower():
            return None
        parts = [unquote(each) for each in request.raw_path.strip("/").split("/")[2:]]
        accept = request.header("accept").lower()
        return match(request.method, parts, wants_pdf=accept.startswith("application/pdf"))

    def _strike(self, name: str, world: World) -> Struck:
        """Count the call, and let the faults happen that come before anything is done."""
        self.calls += 1
        self.counts[name] += 1
        struck = self.faults.strike(self.calls, name)
        if "revoke" in struck:
            self.identity.revoke_tokens()
        if "day" in struck:
            world.gate.use_up_day()
        return struck

    def _admitted(
        self, request: Request, found: Match | None, struck: Struck, world: World
    ) -> Reply:
        """Token, limits, faults, scope, idempotency: in this order, as at Xero."""
        scopes = self.identity.authenticate(request)
        world.gate.admit()
        before(world, struck)
        if found is None:
            return missing()
        endpoint = found.endpoint
        if endpoint is None:
            allowed = ", ".join(found.methods)
            return plain(405, "The requested method is not allowed").plus(("Allow", allowed))
        self.identity.authorise(scopes, endpoint)
        if not endpoint.idempotent:
            return answer(world, endpoint, found.ids, request, struck)
        kept = world.replays.find(request)
        if kept is not None:
            return kept
        try:
            reply = answer(world, endpoint, found.ids, request)
        except RefusedCall as refusal:
            reply = refusal.reply
        world.replays.keep(request, reply)
        return reply

    async def _send(
        self, request: Request, reply: Reply, send: Send, *, truncated: bool = False
    ) -> None:
        body, headers = self._dressed(request, reply)
        headers.append(("Date", f"{self.clock.now():%a, %d %b %Y %H:%M:%S} GMT"))
        if reply.status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        pairs = [(k.lower().encode(), v.encode()) for k, v in (*headers, *reply.headers)]
        await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
        if truncated:
            half = body[: len(body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            raise Dropped
        await send({"type": "http.response.body", "body": body})

    def _dressed(self, request: Request, reply: Reply) -> tuple[bytes, list[tuple[str, str]]]:
        """The body as the caller wants it: XML or JSON, indented, compressed."""
        body, media = reply.body, reply.media
        if media in (JSON, PLAIN_JSON) and body and request.path.lower().startswith(ROOT):
            if not request.wants_json and reply.status in (200, 400):
                body, media = as_xml(body), XML
            elif self.switches.indented:
                body = indented(body)
        if not body:
            return body, []
        headers = [("Content-Type", media)]
        if self.switches.gzip and media in (JSON, PLAIN_JSON, XML):
            headers.append(("Vary", "Accept-Encoding"))
            if "gzip" in request.header("accept-encoding").lower():
                body = zipped(body)
                headers.append(("Content-Encoding", "gzip"))
        return body, headers


def _correlation(reply: Reply) -> str:
    """The id of a reply: that of its envelope, where it has one."""
    inside = _ID.search(reply.body[:120])
    return inside[1].decode() if inside is not None else str(uuid4())


def _cut(send: Send) -> None:
    """Close the connection without another byte: the socket, or the in-process transport's call."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the emulator dropped the connection")
    transport.abort()


async def _request(scope: Scope, receive: Receive, limit: int) -> Request | None:
    """The whole request, None if the caller was gone before its end; of a body over `limit` bytes
    no more than its excess is kept."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk = message.get("body", b"")
        if size <= limit:
            chunks.append(chunk)
        size += len(chunk)
        if not message.get("more_body"):
            break
    headers = {
        key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]
    }
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        body=b"".join(chunks),
        raw_path=raw.decode("latin-1").partition("?")[0],
        origin=f"{scope.get('scheme', 'http')}://{headers.get('host', 'emulator')}",
    )
