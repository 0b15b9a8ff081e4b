"""The emulated Xero as an ASGI application: what happens to a request, from first byte to last."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from xeroport.catalogue.model import Endpoint
from xeroport.clock import Clock
from xeroport.emulator.dispatch import answer
from xeroport.emulator.identity import Identity
from xeroport.emulator.lists import Selections
from xeroport.emulator.message import JSON, XML, Reply, Request, plain
from xeroport.emulator.organisation import Organisation
from xeroport.emulator.problems import NOT_FOUND, Refusal
from xeroport.emulator.render import Renderings, indented, joined, zipped
from xeroport.emulator.routes import ROOT, match
from xeroport.emulator.switches import Switches
from xeroport.emulator.views import View, viewed
from xeroport.emulator.xml import as_xml

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_LIMIT = 10 * 1024 * 1024
_TOO_LARGE = {"Title": "RequestEntityTooLarge", "Status": 413, "Detail": "PayloadTooLarge"}


class Application:
    """One organisation behind one connection; everything that answers hangs together here."""

    def __init__(
        self, *, organisation: Organisation, identity: Identity, switches: Switches, clock: Clock
    ) -> None:
        self.organisation = organisation
        self.identity = identity
        self.switches = switches
        self.clock = clock
        self.renderings = Renderings()
        self.selections = Selections()
        self.created: set[str] = set()
        self.lock = threading.RLock()

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
        table = self.organisation.tables.get(kind)
        parts = []
        for record in records:
            identity = str(record.get(table.key, "")) if table is not None else ""
            revision = table.revision(identity) if table is not None else -1
            parts.append(
                self.renderings.get(
                    kind,
                    viewed(kind, record, view),
                    key=(kind, identity, view, str(unitdp)),
                    revision=revision,
                    unitdp=unitdp,
                )
            )
        return Reply(200, joined(envelope, key, parts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        request = await _request(scope, receive)
        if request is None:
            reply = Reply(413, b"")
        else:
            reply = await self.respond(request)
        await self._send(request, reply, send)

    async def respond(self, request: Request) -> Reply:
        """The reply to a request, with the headers of the gateway."""
        if self.switches.latency:
            await self.clock.sleep(self.switches.latency)
        with self.lock:
            try:
                reply = self._route(request)
            except Refusal as refusal:
                reply = refusal.reply
        return reply.plus(("Xero-Correlation-Id", str(uuid4())))

    def _route(self, request: Request) -> Reply:
        path = request.path.rstrip("/").lower()
        if path == "/connect/token":
            if request.method != "POST":
                return plain(405, "Method Not Allowed").plus(("Allow", "POST"))
            return self.identity.token(request)
        if path == "/connections":
            return self.identity.connections(request)
        if not path.startswith(ROOT + "/"):
            return plain(404, NOT_FOUND)
        parts = [unquote(each) for each in request.raw_path.strip("/").split("/")[2:]]
        accept = request.header("accept").lower()
        found = match(request.method, parts, wants_pdf=accept.startswith("application/pdf"))
        scopes = self.identity.authenticate(request)
        if found is None:
            return plain(404, NOT_FOUND)
        if found.endpoint is None:
            allowed = ", ".join(found.methods)
            return plain(405, "The requested method is not allowed").plus(("Allow", allowed))
        self.identity.authorise(scopes, found.endpoint)
        return answer(self, found.endpoint, found.ids, request)

    async def _send(self, request: Request | None, reply: Reply, send: Send) -> None:
        body, media, wire = reply.body, reply.media, reply.wire
        if media == JSON and body and request is not None:
            wants = request.header("accept").lower()
            api = request.path.lower().startswith(ROOT)
            if api and "json" not in wants and reply.status in (200, 400):
                body, media, wire = as_xml(body), XML, None
            elif api and self.switches.indented and wire is None:
                body = indented(body)
        headers = [("Content-Type", media)] if body or wire else []
        if request is not None and self.switches.gzip and body:
            if "gzip" in request.header("accept-encoding").lower():
                body = wire if wire is not None else zipped(body)
                headers.append(("Content-Encoding", "gzip"))
            headers.append(("Vary", "Accept-Encoding"))
        headers.append(("Date", f"{self.now():%a, %d %b %Y %H:%M:%S} GMT"))
        if reply.status not in (204, 304):
            headers.append(("Content-Length", str(len(body))))
        pairs = [(k.lower().encode(), v.encode()) for k, v in (*headers, *reply.headers)]
        await send({"type": "http.response.start", "status": reply.status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _request(scope: Scope, receive: Receive) -> Request | None:
    """The whole request; None if its body is larger than Xero takes."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= BODY_LIMIT + 1024:
            chunks.append(chunk)
        if not message.get("more_body"):
            break
    headers = {
        key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]
    }
    raw = scope.get("raw_path") or scope["path"].encode()
    request = Request(
        method=scope["method"],
        path=scope["path"],
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
        body=b"".join(chunks),
        raw_path=raw.decode("latin-1").partition("?")[0],
        origin=f"{scope.get('scheme', 'http')}://{headers.get('host', 'emulator')}",
    )
    return None if size > BODY_LIMIT + 1024 else request
