"""Tokens of a login that the caller keeps: in the database of a web application, say."""

from __future__ import annotations

import threading
from typing import Protocol, runtime_checkable
from weakref import WeakKeyDictionary

from xeroport.store.logins import TokenSet
from xeroport.store.processes import this_process


@runtime_checkable
class LoginStore(Protocol):
    """Keeps the tokens of one login. `save` must be durable when it returns: the refresh token that
    it replaces no longer works. Where several processes share the tokens, `load` gives what the
    last of them saved."""

    def load(self) -> TokenSet | None:
        """The tokens as they were saved last; None before the first sign-in."""
        ...

    def save(self, tokens: TokenSet) -> None:
        """Save new tokens, before one of them is used."""
        ...


_locks: WeakKeyDictionary[LoginStore, threading.Lock] = WeakKeyDictionary()
_making = threading.Lock()


class OwnTokens:
    """A caller's store as the client uses it: refreshed by one client of this process at a time.

    Two processes that refresh at once both get tokens from Xero, which takes the token before for
    half an hour; the one that saves last is what all others load.
    """

    def __init__(self, store: LoginStore) -> None:
        self._store = store
        self._claim: str | None = None
        self._dead: tuple[str, str] | None = None
        with _making:
            self._lock = _locks.setdefault(store, threading.Lock())

    def load(self) -> TokenSet | None:
        """The tokens; None where there are none."""
        return self._store.load()

    def claim(self, now: float) -> str | None:
        """The right to refresh; None while another client of this process has it."""
        if not self._lock.acquire(blocking=False):
            return None
        self._claim = this_process().owner()
        return self._claim

    def save(self, tokens: TokenSet, claim: str) -> bool:
        """Keep new tokens and end the claim."""
        self._store.save(tokens)
        self.give_up(claim)
        return True

    def give_up(self, claim: str) -> None:
        """End a claim, if it is still held."""
        if self._claim == claim:
            self._claim = None
            self._lock.release()

    def end(self, reason: str, claim: str) -> None:
        """Remember that these tokens are dead, until others are saved."""
        tokens = self._store.load()
        self._dead = None if tokens is None else (tokens.refresh, reason)
        self.give_up(claim)

    def ended(self) -> str | None:
        """Why only a new sign-in helps, or None."""
        if self._dead is None:
            return None
        tokens = self._store.load()
        refresh, reason = self._dead
        return reason if tokens is not None and tokens.refresh == refresh else None
