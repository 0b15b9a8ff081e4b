"""A request as the emulator sees it, and a reply as it gives it: frozen values."""

from __future__ import annotations

import json
from functools import cached_property
from urllib.parse import parse_qsl

from msgspec import Struct

JSON = "application/json; charset=utf-8"
PLAIN_JSON = "application/json"
XML = "text/xml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"


class Request(Struct, frozen=True, dict=True):
    """One HTTP request; `path` is decoded, `headers` have lower-case names."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: bytes = b""
    raw_path: str = ""
    origin: str = ""

    @cached_property
    def params(self) -> dict[str, str]:
        """Query parameters by lower-case name: Xero does not look at case. The last one wins."""
        return {key.lower(): value for key, value in parse_qsl(self.query)}

    def param(self, name: str) -> str | None:
        """The value of a query parameter, None if absent or empty."""
        return self.params.get(name.lower()) or None

    @property
    def wants_json(self) -> bool:
        """Whether the caller asked for JSON; XML otherwise."""
        return "json" in self.header("accept").lower()

    def flag(self, name: str) -> bool | None:
        """A boolean query parameter; None if absent or neither true nor false."""
        return {"true": True, "false": False}.get((self.param(name) or "").lower())

    def header(self, name: str) -> str:
        """A header by its lower-case name, or an empty string."""
        return self.headers.get(name, "")


class Reply(Struct, frozen=True):
    """One HTTP reply."""

    status: int
    body: bytes = b""
    media: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def plus(self, *headers: tuple[str, str]) -> Reply:
        """The same reply with more headers."""
        return Reply(self.status, self.body, self.media, (*self.headers, *headers))


def plain(status: int, text: str) -> Reply:
    """A reply in plain text, as Xero's gateway gives them."""
    return Reply(status, text.encode(), TEXT)


def jsoned(status: int, value: object) -> Reply:
    """A reply of a small JSON value, on one line."""
    return Reply(status, json.dumps(value, separators=(",", ":")).encode())
