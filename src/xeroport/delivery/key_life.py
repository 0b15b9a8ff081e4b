"""How long a batch may go again under its idempotency key: a pure decision over two clocks.

Xero remembers a key for six minutes; after that the same bytes make a second record. The wall clock
can be set, and the machine's uptime ends with the machine: a key lives only if both say so.
"""

from __future__ import annotations

from datetime import datetime

from xeroport.catalogue import Endpoint
from xeroport.clock import Uptime
from xeroport.store.outbox.claims import Claim
from xeroport.xero.policy.verdict import KEY_LIFE

CLOCK_SLIP = 5.0
"""Seconds that a wall clock may go back; after more, nobody knows how old a key is."""


def seconds_left(batch: Claim, now: datetime, uptime: Uptime) -> float:
    """How long a batch's key protects it yet; 0 where it does not, or nobody can say."""
    sent = batch.first_sent
    if sent is None:
        return KEY_LIFE
    if sent.uptime is None or (passed := uptime.since(sent.uptime)) is None:
        return 0.0
    by_wall = now.timestamp() - sent.wall
    if by_wall < -CLOCK_SLIP or passed < 0:
        return 0.0
    return max(KEY_LIFE - max(by_wall, passed), 0.0)


def may_repeat(
    endpoint: Endpoint, batch: Claim, now: datetime, uptime: Uptime, *, app: str
) -> bool:
    """Whether the same bytes may go again: the key lives at Xero for this app, or repeating the
    call changes nothing."""
    if endpoint.method == "DELETE":
        return True
    if not endpoint.idempotent or batch.first_sent is None or not batch.body:
        return False
    return batch.app == app and seconds_left(batch, now, uptime) > 0
