"""When a full read may be called complete: pure decisions on what was counted."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from xeroport.plurals import counted

FULL_EVERY = 7.0
"""Days between full re-reads: some edits at Xero do not move UpdatedDateUTC."""

Next = Literal["complete", "count", "seek", "again", "unproved"]


class CountEvidence(Struct, frozen=True):
    """What a full read has found. `held` are distinct records held of this read, `count` Xero's
    own number of them (None: it gives none), `changed` the records read after the walk because
    they had changed since it began (None: the endpoint cannot tell). `one_reply`: all came at once.
    `by_seeking`: read in the order of change. `same_again`: a second walk met the same records.
    `shrank`: Xero's number fell during a walk by pages. `rounds`: how often this was asked before.
    """

    held: int
    count: int | None
    changed: int | None
    one_reply: bool = False
    by_seeking: bool = False
    same_again: bool = False
    shrank: bool = False
    rounds: int = 0


class ProofVerdict(Struct, frozen=True):
    """What to do next, and the proof in words where there is one."""

    next: Next
    proof: str = ""


def judge(seen: CountEvidence) -> ProofVerdict:
    """Complete, or what would prove it.

    A page walk over a moving list skips records: Xero's count at the end tells. Without a count a
    walk during which nothing changed has skipped nothing, nor has a walk in the order of change.
    Where records vanished during a walk by pages, as many may be skipped, and counts would agree.
    """
    if seen.count is not None:
        if seen.shrank and not seen.by_seeking:
            return ProofVerdict("seek")
        if seen.held == seen.count:
            how = "seeking, " if seen.by_seeking else ""
            return ProofVerdict("complete", f"{how}{counted(seen.held, 'distinct id')} = itemCount")
        if seen.rounds == 0:
            return ProofVerdict("count")
        return ProofVerdict("seek") if seen.rounds <= MOST_ROUNDS else _unproved(seen)
    if seen.one_reply:
        return ProofVerdict("complete", "one reply")
    if seen.by_seeking:
        return ProofVerdict("complete", "read in the order of change to its end")
    if seen.changed == 0:
        return ProofVerdict("complete", "nothing changed while it was read")
    if seen.changed is not None:
        return ProofVerdict("seek") if seen.rounds <= MOST_ROUNDS else _unproved(seen)
    if seen.same_again:
        return ProofVerdict("complete", "two reads with the same records")
    return ProofVerdict("again") if seen.rounds <= MOST_ROUNDS else _unproved(seen)


MOST_ROUNDS = 3


def _unproved(seen: CountEvidence) -> ProofVerdict:
    if seen.count is None:
        return ProofVerdict("unproved", "the list kept changing while it was read")
    return ProofVerdict(
        "unproved", f"{counted(seen.held, 'distinct id')}, but itemCount is {seen.count:,}"
    )


def is_due(whole_at: datetime | None, now: datetime, *, full_every: float) -> bool:
    """Whether a full read is due: never proved complete yet, or `full_every` days ago."""
    return whole_at is None or (now - whole_at).total_seconds() >= full_every * 86_400
