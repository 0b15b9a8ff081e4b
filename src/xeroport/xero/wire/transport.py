"""The one place where bytes leave for Xero and come back; every failure becomes a value."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from xeroport import __version__
from xeroport.errors import InputError
from xeroport.settings import is_loopback
from xeroport.xero.wire.answer import Answered, Loss, Lost
from xeroport.xero.wire.name_lookup import look_up
from xeroport.xero.wire.receive import BrokenBody, TooLarge, WireAnswer, receive

if TYPE_CHECKING:
    import httpx2

    Transport = httpx2.AsyncBaseTransport
else:  # half of what a client imports, so that it is loaded with the first address
    Transport = Any
"""What carries requests; tests bring their own."""

CONNECT_SECONDS = 10.0
WHOLE_CALL = 100.0
"""Seconds for one call from the first byte sent to the last received; less than a lease."""
CUT = ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError
"""Errors of TLS that say nothing of a certificate: the connection went away."""
CLOSED = "this client is closed"
AGENT = f"xeroport/{__version__}"


def safe_url(url: str, what: str) -> str:
    """The URL without a trailing slash; InputError unless it is HTTPS or stays on this machine."""
    import httpx2

    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError):
        parsed = httpx2.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise InputError(
            f"the {what} `{url}` is not an address", hint="such as `https://api.xero.com`"
        )
    if parsed.scheme == "http" and not is_loopback(parsed.host.strip("[]")):
        raise InputError(
            f"the {what} `{url}` is not encrypted",
            hint="use `https://`; plain HTTP is for this machine only",
        )
    if parsed.userinfo:
        raise InputError(
            f"the {what} must not carry a user name or password",
            hint="the client id and secret are all that Xero asks for",
        )
    return url.rstrip("/")


def checked_timeout(seconds: float) -> float:
    """Seconds for one call; InputError unless they are more than 0 and at most `WHOLE_CALL`."""
    if not isinstance(seconds, int | float) or not 0 < seconds <= WHOLE_CALL:
        raise InputError(
            f"`timeout` must be more than 0 and at most {WHOLE_CALL:g} seconds, not `{seconds!r}`",
            hint="a call that takes longer is tried again: see `retries`",
        )
    return seconds


@cache
def trust() -> ssl.SSLContext:
    """The system's certificates, or those that `SSL_CERT_FILE` or `SSL_CERT_DIR` name, read once:
    that takes longer than many a call."""
    import httpx2

    try:
        return httpx2.create_ssl_context()
    except OSError as error:
        named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR") or ""
        raise InputError(
            f"the certificates in `{named}` cannot be read: {error.strerror or error}",
            hint="set `SSL_CERT_FILE` to a file of certificates in PEM form, or unset it",
        ) from error


@cache
def nobody() -> ssl.SSLContext:
    """No certificates at all, for plain HTTP, which asks for none."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class WireRequest(Struct, frozen=True):
    """One request, to be answered in whole within `timeout` seconds. A good answer's body goes to
    the file `to`, if any, and a large one's to a file in the folder `spill`, if any."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    to: Path | None = None
    spill: Path | None = None
    timeout: float = WHOLE_CALL


class Wire:
    """An HTTP client that keeps connections, follows no redirects and raises nothing."""

    def __init__(
        self, *, transport: httpx2.AsyncBaseTransport | None = None, connections: int = 5
    ) -> None:
        self._transport = transport
        self._connections = connections
        self._clients: dict[tuple[bool, bool], httpx2.AsyncClient] = {}
        self._known_hosts: set[str] = set()
        self._is_closed = False

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_closed = True
        for client in self._clients.values():
            await client.aclose()

    def _client(self, url: str) -> httpx2.AsyncClient:
        """What talks to this machine talks past every proxy: the credentials would travel through
        it unencrypted."""
        import httpx2

        is_proxied = not is_loopback(urlsplit(url).hostname)
        key = is_proxied, url.startswith("https:")
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = httpx2.AsyncClient(
                transport=self._transport,
                verify=trust() if url.startswith("https:") else nobody(),
                timeout=httpx2.Timeout(connect=CONNECT_SECONDS, read=60.0, write=60.0, pool=None),
                follow_redirects=False,
                limits=httpx2.Limits(
                    max_connections=self._connections + 1,
                    max_keepalive_connections=self._connections,
                ),
                headers={"User-Agent": AGENT, "Accept-Encoding": "gzip"},
                trust_env=is_proxied,
            )
        return client

    async def send(self, request: WireRequest) -> WireAnswer | Lost:
        """Send a request and take in its answer."""
        import httpx2

        url, timeout = request.url, request.timeout
        self._check_open()
        unknown = None if self._transport else await self._unknown(url, timeout)
        if unknown is not None:
            return unknown
        try:
            client = self._client(url)
            built = client.build_request(
                request.method, url, headers=dict(request.headers), content=request.body
            )
            async with asyncio.timeout(timeout):
                response = await client.send(built, stream=True)
                try:
                    return await receive(response, to=request.to, spill=request.spill)
                finally:
                    await response.aclose()
        except TimeoutError:
            return Lost("timeout", True, f"not complete after {timeout:g} s")
        except BrokenBody as error:
            return Lost("broken", True, str(error))
        except TooLarge as error:
            return Lost("too_large", True, str(error))
        except (httpx2.RequestError, httpx2.InvalidURL, OSError, RuntimeError) as error:
            self._check_open()  # what was closed under a call says nothing of the network
            if isinstance(error, RuntimeError):
                raise
            self._known_hosts.clear()
            return _loss(error, proxy_for(url))

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError(CLOSED)

    async def _unknown(self, url: str, timeout: float) -> Lost | None:
        """What is lost because the server's name, or the proxy's, has no address; None if it has,
        as it had at the last call."""
        host = urlsplit(url).hostname or ""
        if host in self._known_hosts or is_loopback(host):
            return None
        proxy = proxy_for(url)
        asked = urlsplit(f"http://{proxy}").hostname if proxy else host
        try:
            await look_up(asked or host, within=min(timeout, CONNECT_SECONDS))
        except OSError as error:
            why = "no name server answers" if isinstance(error, TimeoutError) else str(error)
            detail = f"the proxy `{proxy}`: {why}" if proxy else why
            return Lost("proxy" if proxy else "dns", False, detail)
        self._known_hosts.add(host)
        return None


def proxy_for(url: str) -> str | None:
    """The proxy that calls to a URL go through, without a password; None if through none."""
    import urllib.request

    import httpx2

    target = httpx2.URL(url)
    if is_loopback(target.host.strip("[]")) or urllib.request.proxy_bypass(target.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(target.scheme) or proxies.get("all")
    if not proxy:
        return None
    parts = httpx2.URL(proxy if "://" in proxy else f"http://{proxy}")
    return f"{parts.host}:{parts.port}" if parts.port else parts.host


def _loss(error: Exception, proxy: str | None) -> Lost:
    """What a transport's exception means; its text never holds a header."""
    import httpx2

    causes = _causes(error)
    is_cut = any(isinstance(cause, CUT) for cause in causes)
    detail = "cut off while TLS began" if is_cut else str(error) or type(error).__name__
    unmet = httpx2.ConnectError | httpx2.ConnectTimeout
    is_tls = not is_cut and any(isinstance(cause, ssl.SSLError) for cause in causes)
    if proxy is not None and isinstance(error, httpx2.ProxyError | unmet) and not is_tls:
        return Lost("proxy", False, f"the proxy `{proxy}`: {detail}")
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Lost("tls", False, detail)
    if isinstance(error, httpx2.ConnectTimeout):
        return Lost("connect_timeout", False, "no connection in time")
    if isinstance(error, httpx2.ConnectError):
        kind: Loss = "refused"
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            kind = "dns"
        elif is_tls:
            kind = "tls"
        return Lost(kind, False, detail)
    unsent = httpx2.PoolTimeout | httpx2.UnsupportedProtocol | httpx2.LocalProtocolError
    if isinstance(error, unsent | httpx2.InvalidURL):
        return Lost("refused", False, detail)
    if isinstance(error, httpx2.TimeoutException):
        return Lost("timeout", True, "no answer in time")
    return Lost("dropped", True, detail)


def _causes(error: BaseException) -> list[BaseException]:
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__ or cause.__context__
    return causes


def check_folder(to: Path) -> None:
    """InputError unless a file can be put there."""
    if to.is_dir() or not to.parent.is_dir():
        raise InputError(f"`{to}` cannot be written", hint="name a file in a folder that exists")


async def post_over(
    wire: Wire, url: str, *, headers: dict[str, str], body: bytes
) -> Answered | Lost:
    """One POST, as for tokens: the answer, or how it was lost."""
    outcome = await wire.send(WireRequest("POST", url, headers, body))
    return outcome if isinstance(outcome, Lost) else outcome.answered
