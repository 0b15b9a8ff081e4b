"""Reading in the order of change: always the first page of what changed since the last stamp.

Such a read skips nothing, however the list moves: what is edited meanwhile comes later in it. Where
it cannot move on (more records than a page have one second, or the page is not in order) the rest
is read by page numbers, and proved.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, structs

from xeroport.catalogue import load
from xeroport.jobs.sync.inflow import Inflow
from xeroport.jobs.sync.landing import last_stamps
from xeroport.jobs.sync.position import Position, mixed, seek_after
from xeroport.jobs.sync.proof import MOST_ROUNDS
from xeroport.jobs.sync.requests import Reader, StreamPage
from xeroport.xero.wire.decode import instant


class SeekResult(Struct, frozen=True):
    """The first reply of a seek, and whether all that had changed by then is in."""

    first: StreamPage
    is_proved: bool


async def seek(
    reader: Reader, inflow: Inflow, since: datetime | None, base: Position
) -> SeekResult:
    """Take in all that changed since a moment (None: ever); `base` is the position it starts at."""
    first: StreamPage | None = None
    while True:
        got = await reader.page(1, since=since)
        first = first or got
        onward = _onward(got, load().record(inflow.record).cursor or "")
        moves = onward is not None and (since is None or onward > since)
        is_last = reader.is_last(got)
        if not moves and not is_last:
            position = _reached(base, since, first)
            return SeekResult(
                first, is_proved=await _by_numbers(reader, inflow, since, got, position)
            )
        since = onward if moves else since
        await inflow.add(got.page, _reached(base, since, first))
        if is_last:
            return SeekResult(first, is_proved=True)


async def _by_numbers(
    reader: Reader, inflow: Inflow, since: datetime | None, got: StreamPage, position: Position
) -> bool:
    """Take in all that changed since a moment by page numbers, again and again until nothing can
    have been skipped: Xero's own count of it is met, or two walks meet the same records."""
    met = ""
    for _ in range(MOST_ROUNDS):
        await inflow.keep()
        stamp, before, met = inflow.stamp(), met, mixed("", got.page.records)
        await inflow.add(got.page, position)
        while not reader.is_last(got):
            got = await reader.page(got.number + 1, since=since)
            met = mixed(met, got.page.records)
            await inflow.add(got.page, position)
        count = got.page.item_count
        if met == before or (count is not None and count == await inflow.held(stamp)):
            return True
        got = await reader.page(1, since=since)
    return False


def _onward(got: StreamPage, cursor: str) -> datetime | None:
    """The moment from which to continue after a page; None where it is not in the order of
    change."""
    instants = [instant(stamp) for stamp in last_stamps(got.page.records, cursor)]
    stamps = [stamp for stamp in instants if stamp is not None]
    if not stamps or len(stamps) < len(instants) or stamps != sorted(stamps):
        return None
    return seek_after(stamps[-1])


def _reached(base: Position, since: datetime | None, first: StreamPage) -> Position:
    """The position from which a seek continues; never later than the seek itself, whatever stamps
    records have."""
    reached = None if since is None else min(since, first.at)
    if reached is None:
        return base
    if base.full is None:
        return structs.replace(base, cursor=reached)
    if base.full.how == "seek":
        return structs.replace(base, full=structs.replace(base.full, seek=reached))
    return base
