"""A Xero that answers as the test says, one reply after the other, and remembers the calls."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass
class Said:
    status: int = 200
    body: bytes | str | dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    media: str = JSON

    def bytes(self) -> bytes:
        if isinstance(self.body, dict):
            return json.dumps(self.body).encode()
        return self.body.encode() if isinstance(self.body, str) else self.body


@dataclass
class Asked:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Scripted:
    """Answers calls from `script`; its last entry goes on for ever. Tokens are numbered."""

    def __init__(self, *script: Said, tokens: tuple[Said, ...] = ()) -> None:
        self.script = list(script) or [Said()]
        self.tokens = list(tokens)
        self.asked: list[Asked] = []
        self.token_requests: list[Asked] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {k.decode().lower(): v.decode() for k, v in scope["headers"]}
        asked = Asked(scope["method"], scope["path"], scope["query_string"].decode(), headers, body)
        if scope["path"] == "/connect/token":
            self.token_requests.append(asked)
            number = len(self.token_requests)
            said = Said(body={"access_token": f"token-{number}", "expires_in": 1800})
            if self.tokens:
                said = self.tokens[min(number, len(self.tokens)) - 1]
        else:
            self.asked.append(asked)
            said = self.script[min(len(self.asked), len(self.script)) - 1]
        sent = [(name.encode(), value.encode()) for name, value in said.headers.items()]
        sent.append((b"content-type", said.media.encode()))
        await send({"type": "http.response.start", "status": said.status, "headers": sent})
        await send({"type": "http.response.body", "body": said.bytes()})
