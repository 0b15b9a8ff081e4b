"""What a session has typed so far and must not travel back to the browser: wizard answers with a
secret, the last replies of tried calls. In memory only, the oldest forgotten first."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from threading import Lock
from typing import Any

KEPT = 64


class Drafts:
    """A small keyed shelf of the last `kept` values, shared by threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._shelf: OrderedDict[str, Any] = OrderedDict()
        self._lock = Lock()

    def keep(self, value: object, key: str | None = None) -> str:
        """Put a value on the shelf; its key (a new unguessable one unless given)."""
        key = key or secrets.token_urlsafe(12)
        with self._lock:
            self._shelf[key] = value
            self._shelf.move_to_end(key)
            while len(self._shelf) > self._kept:
                self._shelf.popitem(last=False)
        return key

    def find(self, key: str) -> Any:
        """The value under a key; None if it was forgotten."""
        return self._shelf.get(key)

    def drop(self, key: str) -> None:
        """Forget a value."""
        with self._lock:
            self._shelf.pop(key, None)
