"""HTTP connections that cannot be held open by an unfinished request: a head must be whole within
seconds, and only so many may be waited for."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""How long a request's head may take from its first byte, or from the connection."""
MOST_WAITING = 256
"""Connections without a whole head; the one that has waited longest makes room for another."""
WAITING: dict[BoundedConnection, None] = {}
"""Connections without a whole head, the oldest first."""


class BoundedConnection(H11Protocol):
    """uvicorn's connection with a time limit for heads: uvicorn itself waits forever."""

    head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._lacks_head():
            self._wait_for_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _lacks_head(self) -> bool:
        """Whether the peer's next request has not come in whole."""
        is_free = self.cycle is None or self.cycle.response_complete
        return is_free and self.conn.their_state is h11.IDLE

    def _wait_for_head(self) -> None:
        if self.head_timer is not None:
            return
        self.head_timer = self.loop.call_later(HEAD_SECONDS, self._give_up)
        WAITING[self] = None
        if len(WAITING) > MOST_WAITING:
            next(iter(WAITING))._give_up()

    def _stop_waiting(self) -> None:
        WAITING.pop(self, None)
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def _give_up(self) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.abort()
