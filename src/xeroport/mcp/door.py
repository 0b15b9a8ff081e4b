"""The MCP server under `xeroport serve`: `/mcp`, for whoever has its token.

It answers before the console's guard, since the token is an authentication of its own. The token
lies in the home folder, in a file that only its owner can read.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from xeroport.errors import StoreError

PATH = "/mcp"
FILE_NAME = "mcp.token"
MOST_BODY = 1_000_000


def token(home: Path) -> str:
    """The token of a home folder, made when it is first asked for; StoreError if it cannot be."""
    path = home / FILE_NAME
    try:
        if not path.exists():
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise StoreError(
            f"the token `{path}` cannot be read: {error}", hint="remove the file to get a new one"
        ) from error
    if len(text) < 20:
        raise StoreError(f"the token in `{path}` is too short", hint="remove the file")
    return text


class Door:
    """`/mcp` for whoever has the token, and `inner` for every other path."""

    def __init__(self, server: MCPServer[Any], inner: ASGIApp, *, token: str) -> None:
        self._inner = inner
        self._token = token.encode()
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
            if self._is_known(Request(scope)):
                await self._mcp({**scope, "path": PATH}, receive, send)
            else:
                await _refused(scope, receive, send)
        else:
            await self._inner(scope, receive, send)

    def _is_known(self, request: Request) -> bool:
        kind, _, shown = request.headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), self._token)


async def _refused(scope: Scope, receive: Receive, send: Send) -> None:
    response = JSONResponse(
        {"error": "the token is missing or wrong"},
        status_code=401,
        headers={"WWW-Authenticate": "Bearer"},
    )
    await response(scope, receive, send)
