"""Idempotency-Key: the reply to a write is kept six minutes and given again (Xero's guide to
idempotent requests).

Refusals are kept too. The same key with another method, URL or body is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.refusals import bad_request

LIFE = timedelta(minutes=6)
LONGEST = 128


def _fingerprint(request: Request) -> bytes:
    digest = hashlib.sha256(request.body)
    digest.update(f"\0{request.method}\0{request.raw_path}\0{request.query}".encode())
    return digest.digest()


class Replays:
    """The replies to writes with a key, for as long as Xero keeps them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[str, tuple[datetime, bytes, Reply]] = {}
        self.replayed = 0

    def find(self, request: Request) -> Reply | None:
        """The reply kept under the request's key; None if there is none, or no key."""
        key = request.header("idempotency-key")
        if not key:
            return None
        if len(key) > LONGEST:
            raise bad_request(
                10,
                "ValidationException",
                f"The Idempotency Key with length {len(key)} is too long. "
                f"At most {LONGEST} characters are allowed.",
            )
        now = self._now()
        for stale in [name for name, (until, _, _) in self._kept.items() if until <= now]:
            del self._kept[stale]
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept[1] != _fingerprint(request):
            raise bad_request(
                10,
                "ValidationException",
                f"Idempotency Key: {key} is used with a different request.",
            )
        self.replayed += 1
        return kept[2]

    def keep(self, request: Request, reply: Reply) -> None:
        """Keep the reply of a first call."""
        key = request.header("idempotency-key")
        if key:
            self._kept[key] = (self._now() + LIFE, _fingerprint(request), reply)

    def clear(self) -> None:
        """Forget all keys."""
        self._kept.clear()
