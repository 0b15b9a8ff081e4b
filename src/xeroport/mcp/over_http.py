"""The MCP server under `xeroport serve`: `/mcp`, for whoever has its token.

It answers before the console's guard, since the token is an authentication of its own. The token
is read at each request, so that one that was revoked lets nobody in.
"""

from __future__ import annotations

import hmac
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from xeroport.settings import parts_of
from xeroport.store import agent_token

PATH = "/mcp"
MOST_BODY = 1_000_000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class McpOverHttp:
    """`/mcp` for whoever has the token, and `inner` for every other path."""

    def __init__(self, server: MCPServer[Any], inner: ASGIApp, *, home: Path) -> None:
        self._inner = inner
        self._home = home
        self._mcp = server.streamable_http_app(
            streamable_http_path=PATH,
            json_response=True,
            max_request_body_size=MOST_BODY,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._manager = server.session_manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            async with self._manager.run():
                await self._inner(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].rstrip("/") == PATH:
            request = Request(scope)
            if not _is_from_here(request):
                await _refused(scope, receive, send, 403, "a page of another site asks")
            elif self._is_known(request):
                await self._mcp({**scope, "path": PATH}, receive, send)
            else:
                await _refused(scope, receive, send, 401, "the token is missing or wrong")
        else:
            await self._inner(scope, receive, send)

    def _is_known(self, request: Request) -> bool:
        kind, _, shown = request.headers.get("authorization", "").partition(" ")
        known = agent_token.token(self._home).encode()
        return kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), known)


def _is_from_here(request: Request) -> bool:
    """Whether no page of another site sent it: clients that are no browsers name no origin."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    place = parts_of(origin)
    return place.hostname in LOOPBACK or place.netloc == request.headers.get("host")


async def _refused(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    response = JSONResponse({"error": why}, status_code=status, headers=headers)
    await response(scope, receive, send)
