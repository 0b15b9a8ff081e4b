"""Who may talk to the console: Host header, session, cross-site requests, sizes, response headers.

One ASGI middleware around the whole app. Nothing but what lies under `/login` (and paths the
caller opens, such as a webhook's) answers without a session.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xeroport.settings import parts_of
from xeroport.store import console_access as access
from xeroport.store.console_access import Access, Role
from xeroport.store.database import Store

FORM_BYTES = 4_000_000
"""Largest request body outside uploads: Xero itself takes about 3.5 MB."""
UPLOAD_BYTES = 512 * 1024 * 1024
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def is_loopback(host: str) -> bool:
    """Whether a host to listen on is reachable from this machine only."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def host_name(header: str) -> str:
    """The lower-case host of a Host header, without its port; "" for anything that is not a
    host."""
    return (parts_of(f"//{header}").hostname or "").lower()


class ConsoleAccess:
    """Who may enter: one-time links, and a password a role. The sessions that they open are kept
    in the store that `build` hands over, so that they outlive this process."""

    def __init__(self, *, password: str | None = None, view_password: str | None = None) -> None:
        self._salt = secrets.token_bytes(16)
        self._passwords: dict[Role, bytes] = {}
        if password:
            self._passwords["act"] = self._stretch(password)
        if view_password:
            self._passwords["view"] = self._stretch(view_password)
        self._store: Store | None = None

    def keep_in(self, store: Store) -> None:
        """Keep links and sessions in this store."""
        self._store = store

    @property
    def store(self) -> Store:
        """Where links and sessions are kept."""
        assert self._store is not None, "the console was not built yet"
        return self._store

    @property
    def has_password(self) -> bool:
        """Whether a password opens the console."""
        return bool(self._passwords)

    def _stretch(self, password: str) -> bytes:
        return hashlib.scrypt(password.encode(), salt=self._salt, n=2**14, r=8, p=1)

    def new_link(self, role: Role = "act") -> str:
        """A token that opens one session, once."""
        return access.new_link(self.store, role, now=time.time())

    def enter_by_link(self, token: str) -> str | None:
        """A new session's token for a link that was not used before."""
        return access.use_link(self.store, token, now=time.time())

    def role_of(self, password: str) -> Role | None:
        """The role that a password opens; None for a wrong one. Takes a moment of processor
        time."""
        offered = self._stretch(password) if self._passwords else b""
        roles = [
            role for role, known in self._passwords.items() if hmac.compare_digest(offered, known)
        ]
        return roles[0] if roles else None

    def enter(self, role: Role) -> str:
        """A new session's token."""
        return access.open_session(self.store, role, now=time.time())

    def session(self, token: str | None) -> Access | None:
        """What a session's token gives access to; None without such a session."""
        return access.session(self.store, token, now=time.time()) if token else None

    def leave(self, token: str | None) -> None:
        """End a session."""
        if token:
            access.end_session(self.store, token)


class SignInGuard:
    """The middleware. `hosts` are the names a Host header may carry, any port; `open_paths` answer
    without a session; what ends in `upload_suffix` takes large bodies. Which role a session needs
    is for the route to say."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        console_access: ConsoleAccess,
        hosts: frozenset[str],
        cookie: str,
        open_paths: tuple[str, ...] = (),
        upload_suffix: str = "/upload",
    ) -> None:
        self.app = app
        self.console_access = console_access
        self.hosts = hosts
        self.cookie = cookie
        self.open_paths = ("/login", *open_paths)
        self.upload_suffix = upload_suffix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _dressed(refusal, scope, receive, send)
            return
        limit = UPLOAD_BYTES if scope["path"].endswith(self.upload_suffix) else FORM_BYTES
        if int(_digits(headers.get("content-length"))) > limit:
            text = f"that is more than the {limit // 1_000_000} MB this page takes"
            await _dressed(PlainTextResponse(text, 413), scope, receive, send)
            return
        await _dressed(self.app, scope, _limited(receive, limit), send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Why this request goes no further; None if it may. Sets `scope["session"]`."""
        if len(headers.getlist("host")) != 1 or host_name(headers["host"]) not in self.hosts:
            return PlainTextResponse("this host name is not served here", 421)
        token = session_token(headers, self.cookie)
        found = self.console_access.session(token)
        scope["session"] = {
            "token": token if found else None,
            "csrf": found.csrf if found else None,
            "role": found.role if found else None,
        }
        changes = scope["method"] not in {"GET", "HEAD"}
        if changes and not _same_origin(headers):
            return PlainTextResponse("this request comes from another site", 403)
        if found is not None or self._is_open(scope["path"]):
            return None
        if "text/html" in headers.get("accept", ""):
            return RedirectResponse("/login?late=1" if changes else "/login", 303)
        return PlainTextResponse("sign in first", 401)

    def _is_open(self, path: str) -> bool:
        return any(path == each or path.startswith(f"{each}/") for each in self.open_paths)


def session_token(headers: Headers, cookie: str) -> str | None:
    """The session token a request carries."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(cookie)
    except CookieError:
        return None
    return morsel.value if morsel else None


def csrf_fits(scope: Scope, offered: str | None) -> bool:
    """Whether the token a form or header offers is this session's."""
    expected = scope["session"]["csrf"]
    return bool(expected) and hmac.compare_digest(expected.encode(), (offered or "").encode())


def _same_origin(headers: Headers) -> bool:
    """Whether a browser says that the request was made by our own page; no say counts as yes,
    since the CSRF token still has to fit."""
    if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    return origin is None or parts_of(origin).netloc.lower() == headers["host"].lower()


def _digits(text: str | None) -> str:
    return text if text and text.isascii() and text.isdigit() and len(text) < 19 else "0"


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive`, which ends the request when a body without a length outgrows the limit."""
    seen = 0

    async def receive_some() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if seen > limit else message

    return receive_some


async def _dressed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run `app` with the guard's headers on its response."""

    async def send_dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    await app(scope, receive, send_dressed)
