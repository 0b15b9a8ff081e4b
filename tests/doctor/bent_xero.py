"""The emulator behind a transport that bends requests and replies: Xero otherwise than assumed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx2

from xeroport_emulator import Emulator

Change = Callable[[httpx2.Request, dict[str, Any], dict[str, str]], int | None]
Before = Callable[[httpx2.Request], httpx2.Request]


class Bent(httpx2.AsyncBaseTransport):
    """The emulator, with every JSON reply of the API bent by `change` (None: as it is).

    `change` may alter request, document and headers, and gives another status or None. `before`
    gives another request in the place of one to the API.
    """

    def __init__(
        self, emulator: Emulator, change: Change | None = None, before: Before | None = None
    ) -> None:
        self._inner = httpx2.ASGITransport(app=emulator.app)
        self._change = change
        self._before = before

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self._before is not None and "api.xro" in request.url.path:
            request = self._before(request)
        response = await self._inner.handle_async_request(request)
        if self._change is None or "api.xro" not in request.url.path:
            return response
        raw = b"".join([part async for part in response.stream])  # type: ignore[union-attr]
        headers = {n: v for n, v in response.headers.items() if n.lower() != "content-length"}
        text = gzip.decompress(raw) if headers.pop("content-encoding", "") == "gzip" else raw
        document = json.loads(text) if text.lstrip().startswith(b"{") else {}
        if not document:
            status = self._change(request, document, headers)
            return fresh(status or response.status_code, headers, text if status is None else b"")
        status = self._change(request, document, headers) or response.status_code
        return fresh(status, headers, json.dumps(document).encode())


def fresh(status: int, headers: dict[str, str], content: bytes) -> httpx2.Response:
    """A reply whose bytes have not been read yet."""
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(content))


def rewritten(
    request: httpx2.Request, *, without: tuple[str, ...] = (), body: Any = None
) -> httpx2.Request:
    """The same request without some headers, or with another body of JSON."""
    gone = {"content-length", "transfer-encoding", *without}
    headers = [(name, value) for name, value in request.headers.items() if name not in gone]
    content = request.content if body is None else json.dumps(body).encode()
    return httpx2.Request(request.method, request.url, headers=headers, content=content)
