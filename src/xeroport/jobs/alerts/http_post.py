"""One POST of JSON to somebody else's URL, with an Idempotency-Key, and the result."""

from __future__ import annotations

import base64
import http.client
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from xeroport import logs
from xeroport.jobs.alerts import public_addresses
from xeroport.settings import is_loopback


def post(
    url: str,
    body: bytes,
    *,
    key: str,
    seconds: float,
    headers: Mapping[str, str] | None = None,
    public: bool = False,
) -> tuple[int, str]:
    """The status and the first line of what was said; 0 and the reason where no answer came.
    `public` connects to no address inside the network, whatever the name resolves to.

    Redirects are answers like any other: followed, a POST would become a GET without a body. A user
    and password in the URL go as a header, and are shown nowhere.
    """
    logs.hide(url)
    try:
        url, access = _apart(url)
    except ValueError as error:
        return 0, logs.redact(str(error))
    request = urllib.request.Request(  # noqa: S310 (callers let http and https through only)
        url,
        data=body,
        headers={
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            **access,
            **(headers or {}),
        },
        method="POST",
    )
    try:
        with _opener(url, public=public).open(request, timeout=seconds) as reply:
            return reply.status, ""
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _line(error.read(2_000))
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        words = getattr(reason, "strerror", None) or str(reason) or type(error).__name__
        return 0, logs.redact(words[:1].lower() + words[1:])


def _apart(url: str) -> tuple[str, dict[str, str]]:
    """A URL without its user and password, and the header that says them; ValueError for none."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    place = parts.netloc.rpartition("@")[2]
    access = "Basic " + base64.b64encode(pair.encode()).decode()
    return urlunsplit(parts._replace(netloc=place)), {"Authorization": access}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirects)
UNPROXIED = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


class _PublicHTTPS(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_public_connection, req)


def _public_connection(host: str, **options: Any) -> http.client.HTTPSConnection:
    """A connection to a server on the internet; behind a proxy, which connects for us, the name
    is looked at where this machine can resolve it."""
    connection = http.client.HTTPSConnection(host, **options)

    def create(place: tuple[str, int], *more: Any, **options: Any) -> socket.socket:
        behind = getattr(connection, "_tunnel_host", None)
        if behind is None:
            return public_addresses.connect(place, *more, **options)
        with suppress(socket.gaierror):
            public_addresses.check_resolved(behind, 443)
        return socket.create_connection(place, *more, **options)

    connection._create_connection = create  # type: ignore[attr-defined]
    return connection


PUBLIC = urllib.request.build_opener(_NoRedirects, _PublicHTTPS)


def _opener(url: str, *, public: bool) -> urllib.request.OpenerDirector:
    """What is sent to this machine goes past every proxy."""
    if public:
        return PUBLIC
    return UNPROXIED if is_loopback(urlsplit(url).hostname) else OPENER


def _line(body: bytes) -> str:
    lines = body.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in lines if line.strip()), "")[:200]
