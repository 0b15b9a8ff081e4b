"""The emulated Xero as an ASGI application: what happens to a request, from first byte to last."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from xeroport.catalogue.model import Endpoint
from xeroport.clock import Clock
from xeroport.emulator.dispatch import answer
from xeroport.emulator.extras import Extras
from xeroport.emulator.faults import Faults
from xeroport.emulator.history import recorder
from xeroport.emulator.idempotency import Replays
from xeroport.emulator.identity import Identity
from xeroport.emulator.limits import Gate
from xeroport.emulator.lists import Selections
from xeroport.emulator.message import JSON, XML, Reply, Request, jsoned, plain
from xeroport.emulator.organisation import Organisation
from xeroport.emulator.pages import Pages
from xeroport.emulator.problems import NOT_FOUND, Refusal
from xeroport.emulator.render import Renderings, compact, indented, joined, zipped
from xeroport.emulator.routes import ROOT, Match, match
from xeroport.emulator.shape import shape
from xeroport.emulator.state import StateFile
from xeroport.emulator.switches import Switches
from xeroport.emulator.table import Record, Table
from xeroport.emulator.trouble import Dropped, Struck, before, mangled
from xeroport.emulator.views import View, completed, surroundings
from xeroport.emulator.xml import as_xml

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TOO_LARGE = {"Title": "RequestEntityTooLarge", "Status": 413, "Detail": "PayloadTooLarge"}


class Application:
    """One organisation behind one connection; everything that answers hangs together here."""

    def __init__(
        self,
        *,
        organisation: Organisation,
        identity: Identity,
        switches: Switches,
        clock: Clock,
        gate: Gate,
        faults: Faults,
    ) -> None:
        self.identity = identity
        self.switches = switches
        self.clock = clock
        self.gate = gate
        self.faults = faults
        self.replays = Replays(clock.now)
        self.extras = Extras()
        self.state: StateFile | None = None
        self.control: Callable[[Request], Reply] | None = None
        self.calls = 0
        self.counts: Counter[str] = Counter()
        self.log: deque[tuple[str, str, int]] = deque(maxlen=10_000)
        self.renderings = Renderings()
        self.selections = Selections()
        self.pages = Pages()
        self.created: set[str] = set()
        self.lock = threading.RLock()
        self._take(organisation)

    def _take(self, organisation: Organisation) -> None:
        self.organisation = organisation
        organisation.listeners += [recorder(self), self.touched]

    def touched(self, table: Table, before: Record | None, after: Record | None) -> None:
        """Remember for the state file that a record has changed."""
        if self.state is not None:
            self.state.touched[table.name, str((after or before or {})[table.key])] = None

    def begin(self, organisation: Organisation) -> None:
        """Go on with another organisation; nothing of the former stays."""
        self._take(organisation)
        self.created.clear()
        self.extras = Extras()
        self.replays.clear()
        self.renderings.clear()
        self.selections.clear()
        self.pages.clear()
        self.calls = 0
        self.counts.clear()
        self.log.clear()
        self.gate.clear()

    def now(self) -> datetime:
        """The emulator's instant."""
        return self.clock.now()

    def enveloped(
        self,
        endpoint: Endpoint,
        request: Request,
        envelope: dict[str, Any],
        records: Iterable[dict[str, Any]],
        *,
        view: View = "full",
    ) -> Reply:
        """200 with records of a table in their envelope."""
        kind, key = endpoint.record or "", endpoint.envelope or ""
        unitdp = 4 if request.param("unitdp") == "4" else 2
        table = self.organisation.tables[kind]
        around = surroundings(self.organisation, kind, view)
        parts = []
        for record in records:
            identity = str(record[table.key])
            name = (kind, identity, view, str(unitdp))
            revision = (table.revision(identity), around)
            body = self.renderings.find(name, revision)
            if body is None:
                whole = completed(self.organisation, kind, record, view)
                body = compact(shape(kind, whole, unitdp))
                self.renderings.put(name, revision, body)
            parts.append(body)
        return Reply(200, joined(envelope, key, parts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        request = await _request(scope, receive, self.switches.body_limit)
        self.gate.in_flight += (counted := request.path.lower().startswith(ROOT))
        try:
            reply, struck = await self._respond(request)
            await self._send(request, reply, send, truncated="truncate" in struck)
        except Dropped:
            _cut(send)
        finally:
            self.gate.in_flight -= counted

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown" and self.state is not None:
                with self.lock:
                    self.state.save()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _respond(self, request: Request) -> tuple[Reply, Struck]:
        """The reply to a request with the gateway's headers, and the faults that befell it."""
        path = request.path.rstrip("/").lower()
        if len(request.body) > self.switches.body_limit:
            return jsoned(413, TOO_LARGE), {}
        if path.startswith("/__emulator") and self.control is not None:
            with self.lock:
                return self.control(request), {}
        if path == "/connect/token":
            with self.lock:
                return self._token(request), {}
        tenant = path.startswith(ROOT + "/")
        if not tenant and path != "/connections":
            return plain(404, NOT_FOUND), {}
        found = self._match(request) if tenant else None
        endpoint = found.endpoint if found is not None else None
        name = endpoint.name if endpoint is not None else "unknown"
        struck = self._strike(name)
        if "slow" in struck or self.switches.latency:
            slow = struck["slow"].seconds if "slow" in struck else 0.0
            await self.clock.sleep(slow + self.switches.latency)
        with self.lock:
            try:
                if not tenant:
                    self.gate.admit()
                    reply = self.identity.connections(request)
                else:
                    reply = self._admitted(request, found, struck)
            except Refusal as refusal:
                reply = refusal.reply
            if self.state is not None and self.state.touched:
                self.state.note()
            if "drop-after" in struck:
                raise Dropped
            reply = mangled(reply, endpoint, struck)
            self.log.append((request.method, name, reply.status))
            headers = (
                *self.gate.headers(tenant=tenant),
                ("Xero-Correlation-Id", str(uuid4())),
            )
        return reply.plus(*headers), struck

    def _token(self, request: Request) -> Reply:
        if request.method != "POST":
            return plain(405, "Method Not Allowed").plus(("Allow", "POST"))
        return self.identity.token(request)

    def _match(self, request: Request) -> Match | None:
        parts = [unquote(each) for each in request.raw_path.strip("/").split("/")[2:]]
        accept = request.header("accept").lower()
        return match(request.method, parts, wants_pdf=accept.startswith("application/pdf"))

    def _strike(self, name: str) -> Struck:
        """Count the call, and let the faults happen that come before anything is done."""
        self.calls += 1
        self.counts[name] += 1
        struck = self.faults.strike(self.calls, name)
        if "revoke" in struck:
            self.identity.revoke_tokens()
        if "day" in struck:
            self.gate.use_up_day()
        return struck

    def _admitted(self, request: Request, found: Match | None, struck: Struck) -> Reply:
        """Token, limits, faults, scope, idempotency: in this order, as at Xero."""
        scopes = self.identity.authenticate(request)
        self.gate.admit()
        before(self, struck)
        if found is None:
            return plain(404, NOT_FOUND)
        endpoint = found.endpoint
        if endpoint is None:
            allowed = ", ".join(found.methods)
            return plain(405, "The requested method is not allowed").plus(("Allow", allowed))
        self.identity.authorise(scopes, endpoint)
        if not endpoint.idempotent:
            return answer(self, endpoint, found.ids, request, struck)
        kept = self.replays.find(request)
        if kept is not None:
            return kept
        try:
            reply = answer(self, endpoint, found.ids, request)
        except Refusal as refusal:
            reply = refusal.reply
        self.replays.keep(request, reply)
        return reply

    async def _send(
        self, request: Request, reply: Reply, send: Send, *, truncated: bool = False
    ) -> None:
        body, headers = self._dressed(request, reply)
        headers.append(("Date", f"{self.now():%a, %d %b %Y %H:%M:%S} GMT"))
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
        if reply.wire is not None:
            packed = [("Content-Type", reply.media), ("Content-Encoding", "gzip")]
            return reply.wire, [*packed, ("Vary", "Accept-Encoding")]
        body, media = reply.body, reply.media
        if media == JSON and body and request.path.lower().startswith(ROOT):
            if not request.wants_json and reply.status in (200, 400):
                body, media = as_xml(body), XML
            elif self.switches.indented:
                body = indented(body)
        if not body:
            return body, []
        headers = [("Content-Type", media)]
        if self.switches.gzip and media in (JSON, XML):
            headers.append(("Vary", "Accept-Encoding"))
            if "gzip" in request.header("accept-encoding").lower():
                body = zipped(body)
                headers.append(("Content-Encoding", "gzip"))
        return body, headers


def _cut(send: Send) -> None:
    """Close the connection without another byte: the socket, or the in-process transport's call."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the emulator dropped the connection")
    transport.abort()


async def _request(scope: Scope, receive: Receive, limit: int) -> Request:
    """The whole request; of a body over `limit` bytes no more than its excess is kept."""
    chunks, size = [], 0
    while True:
        message = await receive()
        chunk = message.get("body", b"")
        if size <= limit:
            chunks.append(chunk)
        size += len(chunk)
        if message["type"] == "http.disconnect" or not message.get("more_body"):
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
