"""How a stream is read: whole, by what changed, or on from where it stopped.

A full read of a paged list takes the pages side by side, then what changed since it began, then
compares counts (`proof.judge`); where they differ it reads again by seeking. Every page or batch
leaves a position from which the same read goes on.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from msgspec import Raw, structs

from xeroport.catalogue import load
from xeroport.jobs.inflow import Inflow
from xeroport.jobs.landing import Page, last_numbers, last_stamps
from xeroport.jobs.position import OVERLAP, FullRead, Position, plan_of, seek_after
from xeroport.jobs.proof import Evidence, judge
from xeroport.jobs.reading import Got, Reader
from xeroport.xero.decode import instant


async def whole_list(reader: Reader, inflow: Inflow, *, again: bool = False) -> None:
    """Read a list without pages: one reply is all, and the proof of it. What is word for word as
    last time is not written again, unless `again`."""
    got = await reader.whole()
    digest = hashlib.blake2b(digest_size=16)
    for each in got.page.records:
        digest.update(each)
    position = structs.replace(
        inflow.position,
        cursor=got.at,
        whole_at=got.at,
        proof="one reply",
        digest=digest.hexdigest(),
    )
    inflow.report.mode = "full"
    is_same = inflow.number > 0 and position.digest == inflow.position.digest
    if is_same and position.plan == plan_of(inflow.record) and not again:
        inflow.report.pages += 1
        await inflow.flush(position=structs.replace(position, whole_at=inflow.position.whole_at))
    else:
        synced_at = inflow.now()
        position = structs.replace(
            position, plan=plan_of(inflow.record), raw_from=inflow.kept_from()
        )
        page = await _with_lines(reader, inflow, got)
        await inflow.add(page, inflow.position)
        await inflow.flush(
            position=position,
            synced_at=synced_at,
            whole_since=synced_at,
            replace_all=not _has_key(inflow),
        )
    inflow.report.complete = True
    inflow.report.proof = position.proof


async def _with_lines(reader: Reader, inflow: Inflow, got: Got) -> Page:
    """A list's page, with the lines that Xero gives for single budgets only (24 months at most)."""
    if inflow.record != "Budget":
        return got.page
    today = got.at.date()
    months = today.year * 12 + today.month - 1
    first = date((months - 12) // 12, (months - 12) % 12 + 1, 1)
    last = date((months + 12) // 12, (months + 12) % 12 + 1, 1) - timedelta(days=1)
    records: list[Raw | bytes] = []
    drift: Counter[str] = Counter()
    for key in last_stamps(got.page.records, "BudgetID"):
        params = {"BudgetID": key, "DateFrom": first, "DateTo": last}
        one = await reader.detail(load().endpoint("budgets.get"), params)
        records += one.page.records
        drift.update(one.page.drift)
    return Page(records, drift=dict(drift))


async def full(reader: Reader, inflow: Inflow) -> None:
    """Read all pages, and prove that they are all; goes on with a read that was stopped."""
    inflow.report.mode = "full"
    under_way = inflow.position.full
    if under_way is not None and under_way.how == "seek":
        await _by_seeking(reader, inflow, under_way, rounds=1)
        return
    first, last = await _pages(reader, inflow, under_way)
    state = inflow.position.full
    assert state is not None
    if first is last and last.number == 1:
        seen = Evidence(
            held=len(last.page.records), count=last.page.item_count, changed=None, one_reply=True
        )
        verdict = judge(seen)
        if verdict.next == "complete":
            await _finish(inflow, state, cursor=last.at, proof=verdict.proof)
            return
    await _prove(reader, inflow, state)


async def delta(reader: Reader, inflow: Inflow, since: datetime) -> None:
    """Read what changed since a moment, by seeking; the position moves with every page."""
    inflow.report.mode = "delta"
    before = inflow.position
    if not inflow.kept_from():
        before = structs.replace(before, raw_from=0)
    first, _ = await _seek(reader, inflow, since, before, number=1)
    position = structs.replace(inflow.position, cursor=max(first.at, since))
    await inflow.flush(position=position)
    inflow.report.complete = bool(position.whole_at)
    inflow.report.proof = f"changes read to their end; whole by: {position.proof}"


async def by_offset(reader: Reader, inflow: Inflow, *, again: bool = False) -> None:
    """Read journals on from the last number, or all of them `again`; they are never changed, and
    come in order."""
    plan, kept = plan_of(inflow.record), inflow.kept_from()
    position = inflow.position
    if again or position.plan != plan:
        position = structs.replace(position, offset=0, plan=plan, raw_from=kept)
    elif not kept:
        position = structs.replace(position, raw_from=0)
    inflow.report.mode = "delta" if position.offset else "full"
    while True:
        got = await reader.after(position.offset)
        numbers = last_numbers(got.page.records, "JournalNumber")
        position = structs.replace(position, offset=max([position.offset, *numbers]), cursor=got.at)
        await inflow.add(got.page, position)
        if len(numbers) < reader.page_size:
            break
    proof = f"all journals up to number {position.offset}"
    await inflow.flush(position=structs.replace(position, whole_at=got.at, proof=proof))
    inflow.report.complete = True
    inflow.report.proof = proof


async def _pages(reader: Reader, inflow: Inflow, under_way: FullRead | None) -> tuple[Got, Got]:
    """Take all pages in; the first and the last of them."""
    since = inflow.now()
    first = await reader.page(under_way.page + 1 if under_way else 1)
    kept = inflow.kept_from()
    if under_way is None:
        state = FullRead(began=first.at, since=since, raw_from=kept)
    else:
        state = structs.replace(under_way, raw_from=under_way.raw_from if kept else 0)
    last = first
    inflow.report.pages_of = first.page.page_count
    state = await _take(inflow, state, first)
    if first.page.page_count is None:
        while len(last.page.records) >= reader.page_size:
            last = await reader.page(last.number + 1)
            state = await _take(inflow, state, last)
        return first, last
    while last.number < (last.page.page_count or 0):
        async for got in reader.pages(last.number + 1, last.page.page_count or 0):
            last = got
            inflow.report.pages_of = last.page.page_count
            state = await _take(inflow, state, got)
    return first, last


async def _take(inflow: Inflow, state: FullRead, got: Got) -> FullRead:
    """Take one page in. Replies overtake one another, so that counts go by when they were made."""
    state = structs.replace(state, page=got.number)
    count = got.page.item_count
    if count is not None:
        was, at = state.count, state.counted_at
        if was is None or at is None:
            state = structs.replace(state, count=count, counted_at=got.at)
        elif got.at >= at:
            fell = state.shrank or count < was
            state = structs.replace(state, count=count, counted_at=got.at, shrank=fell)
        elif count > was:
            state = structs.replace(state, shrank=True)
    await inflow.add(got.page, structs.replace(inflow.position, full=state))
    return state


async def _prove(reader: Reader, inflow: Inflow, state: FullRead) -> None:
    """After a walk by pages: read what changed meanwhile, compare, and read again if need be."""
    cursor = state.began
    changed: int | None = None
    if reader.endpoint.modified_since:
        before = inflow.report.records
        first, _ = await _seek(reader, inflow, state.began - OVERLAP, inflow.position, number=1)
        cursor = first.at
        changed = inflow.report.records - before
    held = await inflow.held(state.since)
    seen = Evidence(held=held, count=state.count, changed=changed, shrank=state.shrank)
    verdict = judge(seen)
    if verdict.next == "count":
        count = await reader.count()
        seen = structs.replace(seen, count=count, rounds=1)
        verdict = judge(seen)
    if verdict.next == "complete":
        await _finish(inflow, state, cursor=cursor, proof=verdict.proof)
    elif verdict.next == "seek":
        again = FullRead(
            began=state.began, since=inflow.now(), how="seek", raw_from=inflow.kept_from()
        )
        await _by_seeking(reader, inflow, again, rounds=1)
    elif verdict.next == "again":
        await _twice(reader, inflow, state)
    else:
        await _give_up(inflow, verdict.proof)


async def _by_seeking(reader: Reader, inflow: Inflow, state: FullRead, *, rounds: int) -> None:
    """Read everything in the order of change: always page 1, from the last stamp on."""
    while True:
        position = structs.replace(inflow.position, full=state)
        inflow.position = position
        began, in_order = await _seek(reader, inflow, state.seek, position, number=1)
        held = await inflow.held(state.since)
        count = await reader.count() if began.page.item_count is not None else None
        seen = Evidence(held=held, count=count, changed=None, by_seeking=in_order, rounds=rounds)
        verdict = judge(seen)
        if verdict.next == "complete":
            await _finish(inflow, state, cursor=began.at, proof=verdict.proof)
            return
        if verdict.next == "unproved":
            await _give_up(inflow, verdict.proof)
            return
        rounds += 1
        state = FullRead(
            began=began.at, since=inflow.now(), how="seek", raw_from=inflow.kept_from()
        )


async def _seek(
    reader: Reader, inflow: Inflow, since: datetime | None, base: Position, *, number: int
) -> tuple[Got, bool]:
    """Take in all that changed since a moment (None: ever); the first reply, and whether all came
    in the order of change. More records than a page in one second are read by page numbers."""
    cursor = _cursor(inflow)
    first: Got | None = None
    last = datetime.min.replace(tzinfo=UTC)
    in_order = True
    while True:
        got = await reader.page(number, since=since)
        first = first or got
        found = [instant(each) for each in last_stamps(got.page.records, cursor)]
        stamps = [each for each in found if each is not None]
        in_order = in_order and len(stamps) == len(found) and stamps == sorted(stamps)
        last = max([last, *stamps])
        is_last = len(found) < reader.page_size
        onward = seek_after(last) if stamps else since
        moves = onward is not None and (since is None or onward > since) and in_order
        if moves and not is_last:
            since, number = onward, 1
        else:
            number += 1
        await inflow.add(got.page, _sought(base, since if in_order else None))
        if is_last:
            return first, in_order


def _sought(base: Position, reached: datetime | None) -> Position:
    """The position from which a seek goes on."""
    if reached is None:
        return base
    if base.full is None:
        return structs.replace(base, cursor=reached)
    if base.full.how == "seek":
        return structs.replace(base, full=structs.replace(base.full, seek=reached))
    return base


async def _twice(reader: Reader, inflow: Inflow, state: FullRead) -> None:
    """Without counts and without knowing what changed: read until two walks give the same."""
    held = await inflow.held(state.since)
    rounds = 1
    while True:
        state = FullRead(began=state.began, since=inflow.now())
        inflow.position = structs.replace(inflow.position, full=None)
        _, last = await _pages(reader, inflow, state)
        again = await inflow.held(state.since)
        seen = Evidence(
            held=again, count=None, changed=None, same_again=again == held, rounds=rounds
        )
        verdict = judge(seen)
        if verdict.next == "complete":
            await _finish(inflow, state, cursor=last.at, proof=verdict.proof)
            return
        if verdict.next == "unproved":
            await _give_up(inflow, verdict.proof)
            return
        held, rounds = again, rounds + 1


async def _finish(inflow: Inflow, state: FullRead, *, cursor: datetime, proof: str) -> None:
    """End a proved full read: what it did not meet is gone at Xero."""
    position = structs.replace(
        inflow.position,
        cursor=cursor,
        whole_at=state.began,
        proof=proof,
        plan=plan_of(inflow.record),
        raw_from=state.raw_from,
        full=None,
    )
    await inflow.flush(position=position, whole_since=state.since)
    await inflow.settle()
    inflow.prune(state.raw_from)
    inflow.report.complete = True
    inflow.report.proof = proof


async def _give_up(inflow: Inflow, proof: str) -> None:
    """End a full read that could not be proved: the next sync reads again."""
    await inflow.flush(position=structs.replace(inflow.position, full=None))
    inflow.report.proof = proof


def _cursor(inflow: Inflow) -> str:
    return load().record(inflow.record).cursor or "UpdatedDateUTC"


def _has_key(inflow: Inflow) -> bool:
    return bool(load().record(inflow.record).key)
