"""One sign-in with Xero that was begun on a page: the browser goes to Xero and comes back to a
port of this machine, or a person pastes where it ended; then the organisations are listed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence

from xeroport.errors import Unavailable, XeroportError
from xeroport.jobs.logins import sign_in
from xeroport.jobs.logins.loopback import PORTS, Loopback, redirect_uri
from xeroport.store import logins
from xeroport.store.database import Store
from xeroport.xero.sign_in import flow
from xeroport.xero.sign_in.flow import App, Connection

SECONDS = 300.0
"""How long a sign-in may take: Xero's code is good for five minutes."""


WAITING: list[XeroSignIn] = []
"""The sign-in of this process that waits for a browser, if one does; it holds a port."""

_lock = threading.Lock()


class XeroSignIn:
    """A sign-in under way. `connections` are there once it worked, `wrong` once it did not."""

    def __init__(self, store: Store, app: App, scopes: Sequence[str]) -> None:
        self._store = store
        self._loopback = _own_loopback()
        self._flow = flow.begin(app, redirect_uri=redirect_uri(self._loopback.port), scopes=scopes)
        self._loopback.expect(self._flow.state)
        self._pasted = threading.Event()
        self._address: str | None = None
        self.name = _free_name(store, app)
        self.connections: tuple[Connection, ...] | None = None
        self.wrong: XeroportError | None = None
        self._thread = threading.Thread(target=self._wait, name="sign-in", daemon=True)
        with _lock:
            WAITING.append(self)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where the browser goes."""
        return self._flow.address

    @property
    def redirect_uri(self) -> str:
        """Where it comes back to."""
        return self._flow.redirect_uri

    def paste(self, address: str) -> None:
        """Take the address that a browser on another machine ended at; InputError for another."""
        flow.code_in(self._flow, address)
        self._address = address
        self._pasted.set()

    def close(self) -> None:
        """Stop waiting, and release the port."""
        self._pasted.set()
        self._thread.join(5)

    def _wait(self) -> None:
        until = time.monotonic() + SECONDS
        with self._loopback:
            while time.monotonic() < until and not self._pasted.is_set():
                if self._loopback.wait(0.2):
                    self._address = self._loopback.address
                    break
        with _lock:
            if self in WAITING:
                WAITING.remove(self)
        if self._address is None and self._pasted.is_set():
            self.wrong = Unavailable("another sign-in replaced it", hint="start again")
            return
        if self._address is None:
            self.wrong = Unavailable(
                "the sign-in was not completed within five minutes",
                hint=f"is `{self.redirect_uri}` a redirect URI of the app?",
            )
            return
        try:
            code = flow.code_in(self._flow, self._address)
            self.connections = asyncio.run(
                sign_in.keep(self._store, self._flow, code, name=self.name)
            )
        except XeroportError as error:
            self.wrong = error


def end_unfinished() -> None:
    """End the sign-ins that nobody finished, so that they hold no port."""
    with _lock:
        unfinished = [*WAITING]
        WAITING.clear()
    for sign_in_left in unfinished:
        sign_in_left.close()


def _own_loopback() -> Loopback:
    """A port of this machine for the browser to come back to; a console waits for one sign-in at a
    time."""
    end_unfinished()
    return Loopback(PORTS)


def _free_name(store: Store, app: App) -> str:
    """The name of the login for an app: the one that it has, else one that is free."""
    known = {login.name: login for login in logins.all_logins(store)}
    for login in known.values():
        if (login.client_id, login.base_url) == (app.client_id, app.base_url):
            return login.name
    name, number = sign_in.DEFAULT_NAME, 2
    while name in known:
        name, number = f"{sign_in.DEFAULT_NAME}-{number}", number + 1
    return name
