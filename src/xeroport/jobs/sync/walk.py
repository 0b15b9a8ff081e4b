"""How a stream is read: whole, by what changed, or on from where it stopped.

A full read of a paged list takes the pages side by side, then what changed since it began, then
compares counts (`proof.judge`); where they differ it reads again by seeking. Every page or batch
leaves a position from which the same read continues.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import chain

from msgspec import structs

from xeroport.catalogue import load
from xeroport.catalogue.fingerprints import fingerprint
from xeroport.dates import months_after
from xeroport.destinations.failures import ManyGone
from xeroport.errors import Unavailable
from xeroport.jobs.sync.inflow import Inflow
from xeroport.jobs.sync.landing import Page, joined, journal_numbers, last_stamps
from xeroport.jobs.sync.position import OVERLAP, FullRead, Position, mixed
from xeroport.jobs.sync.proof import CountEvidence, judge
from xeroport.jobs.sync.requests import Reader, StreamPage
from xeroport.jobs.sync.seek import seek


async def whole_list(reader: Reader, inflow: Inflow, *, again: bool = False) -> None:
    """Read a list without pages: one reply is all, and the proof of it. What is word for word as
    last time is not written again, unless `again`."""
    got = await reader.whole(inflow.now())
    months = _months(got) if inflow.record == "Budget" else ()
    position = structs.replace(
        inflow.position,
        cursor=got.at,
        whole_at=got.at,
        proof="one reply",
        digest=mixed("", chain(got.page.records, (str(month).encode() for month in months))),
    )
    inflow.report.mode = "full"
    is_same = inflow.number > 0 and position.digest == inflow.position.digest
    if is_same and position.plan == fingerprint(inflow.record) and not again:
        inflow.report.pages += 1
        await inflow.flush(position=structs.replace(position, whole_at=inflow.position.whole_at))
    else:
        synced_at = inflow.stamp()
        position = structs.replace(
            position, plan=fingerprint(inflow.record), raw_from=inflow.kept_from()
        )
        page = await _with_lines(reader, got, months) if months else got.page
        try:
            await _replace(inflow, page, position, synced_at)
        except ManyGone as gone:
            second = await reader.whole(inflow.now())
            if mixed("", second.page.records) != mixed("", got.page.records):
                raise _two_answers(gone, reader.endpoint.name) from gone
            inflow.report.records -= len(page.records)
            await _replace(inflow, page, position, synced_at, is_sure=True)
        inflow.prune(position.raw_from)
    inflow.report.complete = True
    inflow.report.proof = position.proof


async def _replace(
    inflow: Inflow, page: Page, position: Position, synced_at: datetime, *, is_sure: bool = False
) -> None:
    """Write a whole list; what is not in it is gone."""
    inflow.is_holding = True
    await inflow.add(page, inflow.position)
    await inflow.flush(
        position=position,
        synced_at=synced_at,
        whole_since=synced_at,
        replace_all=not _has_key(inflow),
        is_sure=is_sure,
    )
    await inflow.settle()


def _two_answers(gone: ManyGone, endpoint: str) -> Unavailable:
    return Unavailable(
        f"{gone.message} by one reply of Xero, but not by the next",
        hint=f"nothing was marked; see `xeroport call NAME {endpoint}`, and sync again",
    )


def _months(got: StreamPage) -> tuple[date, date]:
    """First and last day of the 24 months around today: the most that Xero gives budgets for."""
    return months_after(got.at, -12), months_after(got.at, 12) - timedelta(days=1)


async def _with_lines(reader: Reader, got: StreamPage, months: tuple[date, date]) -> Page:
    """A list of budgets with their lines, which Xero gives for single budgets only."""
    pages = []
    for key in last_stamps(got.page.records, "BudgetID"):
        params = {"BudgetID": key, "DateFrom": months[0], "DateTo": months[1]}
        one = await reader.detail(load().endpoint("budgets.get"), params)
        pages.append(one.page)
    return joined(pages)


async def full(reader: Reader, inflow: Inflow) -> None:
    """Read all pages, and prove that they are all; continues with a read that was stopped."""
    inflow.report.mode = "full"
    under_way = inflow.position.full
    if under_way is not None and under_way.how == "seek":
        await _by_seeking(reader, inflow, under_way)
        return
    first, last, state = await _pages(reader, inflow, under_way)
    if first is last and last.number == 1:
        seen = CountEvidence(
            held=len(set(last_stamps(last.page.records, _key(inflow)))),
            count=last.page.item_count,
            changed=None,
            one_reply=True,
        )
        verdict = judge(seen)
        if verdict.next == "complete":
            await _finish(reader, inflow, state, cursor=last.at, proof=verdict.proof)
            return
    await _prove(reader, inflow, state)


async def unstamped(reader: Reader, inflow: Inflow, *, again: bool = False) -> None:
    """Read a list of pages that tells neither their number nor what changed (linked transactions)
    until two walks meet the same records. Those of the last proved read prove it too, and are not
    written again, unless `again`."""
    inflow.report.mode = "full"
    plan = fingerprint(inflow.record)
    known = "" if again or inflow.position.plan != plan else inflow.position.digest
    inflow.is_holding = bool(known)
    first, last, state = await _pages(reader, inflow, inflow.position.full)
    if known and state.digest == known:
        inflow.drop()
        position = structs.replace(inflow.position, cursor=last.at, full=None)
        await inflow.flush(position=position)
        inflow.report.complete = True
        inflow.report.proof = "the same records as in the last proved read"
        return
    proof = "one reply" if first is last and last.number == 1 else ""
    rounds = 1
    while not proof:
        await inflow.keep()
        inflow.is_holding = True
        fresh = FullRead(
            began=state.began, since=inflow.stamp(), plan=plan, raw_from=inflow.kept_from()
        )
        _, last, second = await _pages(reader, inflow, fresh)
        is_same = second.digest == state.digest
        verdict = judge(
            CountEvidence(held=0, count=None, changed=None, same_again=is_same, rounds=rounds)
        )
        if verdict.next == "unproved":
            await _give_up(inflow, verdict.proof)
            return
        if verdict.next == "complete":
            inflow.drop()
            proof = verdict.proof
        else:
            state, rounds = second, rounds + 1
    await _finish(reader, inflow, state, cursor=last.at, proof=proof)


async def delta(reader: Reader, inflow: Inflow, since: datetime) -> None:
    """Read what changed since a moment, by seeking; the position moves with every page. It stays
    where it is if records may have been skipped."""
    inflow.report.mode = "delta"
    before = inflow.position
    if not inflow.kept_from():
        before = structs.replace(before, raw_from=0)
    sought = await seek(reader, inflow, since, before)
    position = structs.replace(inflow.position, cursor=sought.first.at)
    if not sought.is_proved:
        await inflow.keep()
        inflow.report.proof = "the list kept changing while it was read"
        return
    await inflow.flush(position=position)
    inflow.report.complete = bool(position.whole_at)
    inflow.report.proof = f"every change read; complete by: {position.proof}"


async def by_offset(reader: Reader, inflow: Inflow, *, again: bool = False) -> None:
    """Read journals on from the last number, or all of them `again`; they are never changed, and
    come in order."""
    plan, kept = fingerprint(inflow.record), inflow.kept_from()
    position = inflow.position
    if again or position.plan != plan:
        position = structs.replace(position, offset=0, plan=plan, raw_from=kept)
    elif not kept:
        position = structs.replace(position, raw_from=0)
    inflow.report.mode = "delta" if position.offset else "full"
    while True:
        got = await reader.after(position.offset)
        numbers = journal_numbers(got.page.records)
        position = structs.replace(position, offset=max([position.offset, *numbers]), cursor=got.at)
        await inflow.add(got.page, position)
        if len(numbers) < reader.page_size:
            break
    proof = f"all journals up to number {position.offset}"
    await inflow.flush(position=structs.replace(position, whole_at=got.at, proof=proof))
    inflow.report.complete = True
    inflow.report.proof = proof


async def _pages(
    reader: Reader, inflow: Inflow, under_way: FullRead | None
) -> tuple[StreamPage, StreamPage, FullRead]:
    """Take all pages in; the first of them, the last, and where the read then stands."""
    since = inflow.stamp()
    first = await reader.page(under_way.page + 1 if under_way else 1)
    kept = inflow.kept_from()
    if under_way is None:
        state = FullRead(
            began=first.at, since=since, plan=fingerprint(inflow.record), raw_from=kept
        )
    else:
        state = structs.replace(under_way, raw_from=under_way.raw_from if kept else 0)
    last = first
    inflow.report.pages_of = first.page.page_count
    state = await _take(reader, inflow, state, first)
    while not reader.is_last(last):
        if not last.page.page_count:
            last = await reader.page(last.number + 1)
            state = await _take(reader, inflow, state, last)
            continue
        async for got in reader.pages(last.number + 1, last.page.page_count):
            last = got
            inflow.report.pages_of = last.page.page_count
            state = await _take(reader, inflow, state, got)
    return first, last, state


async def _take(reader: Reader, inflow: Inflow, state: FullRead, got: StreamPage) -> FullRead:
    """Take one page in. Replies overtake one another, so that counts go by when they were made."""
    state = structs.replace(state, page=got.number)
    if not reader.endpoint.modified_since:
        state = structs.replace(state, digest=mixed(state.digest, got.page.records))
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
    before = inflow.report.records
    sought = await seek(reader, inflow, state.began - OVERLAP, inflow.position)
    cursor = sought.first.at if sought.is_proved else state.began
    changed = inflow.report.records - before
    held = await inflow.held(state.since)
    seen = CountEvidence(held=held, count=state.count, changed=changed, shrank=state.shrank)
    verdict = judge(seen)
    if verdict.next == "count":
        count = await reader.count()
        seen = structs.replace(seen, count=count, rounds=1)
        verdict = judge(seen)
    if verdict.next == "complete":
        await _finish(reader, inflow, state, cursor=cursor, proof=verdict.proof)
    elif verdict.next == "seek":
        again = structs.replace(
            state, since=inflow.stamp(), how="seek", raw_from=inflow.kept_from()
        )
        await _by_seeking(reader, inflow, again)
    else:
        await _give_up(inflow, verdict.proof)


async def _by_seeking(reader: Reader, inflow: Inflow, state: FullRead) -> None:
    """Read everything in the order of change: always page 1, from the last stamp on."""
    rounds = 1
    while True:
        position = structs.replace(inflow.position, full=state)
        inflow.position = position
        sought = await seek(reader, inflow, state.seek, position)
        first, is_proved = sought.first, sought.is_proved
        held = await inflow.held(state.since)
        count = await reader.count() if first.page.item_count is not None else None
        seen = CountEvidence(
            held=held, count=count, changed=None, by_seeking=is_proved, rounds=rounds
        )
        verdict = judge(seen)
        if verdict.next == "complete":
            cursor = first.at if is_proved else state.began
            await _finish(reader, inflow, state, cursor=cursor, proof=verdict.proof)
            return
        if verdict.next != "seek":
            await _give_up(inflow, verdict.proof)
            return
        rounds += 1
        state = structs.replace(
            state,
            began=first.at,
            since=inflow.stamp(),
            seek=None,
            raw_from=inflow.kept_from(),
        )


async def _finish(
    reader: Reader, inflow: Inflow, state: FullRead, *, cursor: datetime, proof: str
) -> None:
    """End a proved full read: what it did not meet is gone at Xero."""
    position = structs.replace(
        inflow.position,
        cursor=cursor,
        whole_at=state.began,
        proof=proof,
        plan=fingerprint(inflow.record),
        digest=state.digest,
        raw_from=state.raw_from,
        full=None,
    )
    await inflow.keep()
    try:
        await inflow.flush(position=position, whole_since=state.since)
        await inflow.settle()
    except ManyGone as gone:
        if not await _is_gone(reader, inflow, state):
            raise _two_answers(gone, reader.endpoint.name) from gone
        await inflow.flush(position=position, whole_since=state.since, is_sure=True)
        await inflow.settle()
    inflow.prune(state.raw_from)
    inflow.report.complete = True
    inflow.report.proof = proof


async def _is_gone(reader: Reader, inflow: Inflow, state: FullRead) -> bool:
    """Whether Xero, asked again, has no more records than a full read has met."""
    met = await inflow.held(state.since)
    first = await reader.page(1)
    count = first.page.item_count
    if count is not None:
        return count == met
    return len(first.page.records) <= met and bool(met) == bool(first.page.records)


async def _give_up(inflow: Inflow, proof: str) -> None:
    """End a full read that could not be proved: the next sync reads again."""
    await inflow.flush(position=structs.replace(inflow.position, full=None), is_read=False)
    inflow.report.proof = proof


def _key(inflow: Inflow) -> str:
    return load().record(inflow.record).key[0]


def _has_key(inflow: Inflow) -> bool:
    return bool(load().record(inflow.record).key)
