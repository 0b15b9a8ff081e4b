"""Push: rows → documents → checks → outbox → Xero, each record once.

    report = xeroport.push("acme-uk", "invoices.create", rows, key="InvoiceNumber")

Everything is checked before anything is enqueued; everything is enqueued before anything is sent.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xeroport.catalogue import Endpoint, load
from xeroport.clock import Clock, SystemClock
from xeroport.config import home_folder
from xeroport.delivery.attachment_owners import owner_for, with_ids
from xeroport.delivery.learned_organisation import learn_organisation
from xeroport.delivery.send import Progress, Sender
from xeroport.errors import DayLimitReached, InputError, StoreError, XeroportError
from xeroport.jobs import background, run_log
from xeroport.jobs.push import log_lines as push_log
from xeroport.jobs.push.checked import Checked, Guard, effects_of
from xeroport.jobs.push.dry_run import Show, held_back, plan_of, preview_of, requests
from xeroport.jobs.push.order import Order, key_of, wish_of
from xeroport.jobs.push.prepare import check, source_of
from xeroport.jobs.push.quotes import sent_quotes, with_kept_texts
from xeroport.jobs.push.report import PushReport
from xeroport.jobs.push.results import report_of, summary
from xeroport.jobs.push.second_way import refuse_second_ways
from xeroport.plurals import counted
from xeroport.records import targets
from xeroport.rows import source
from xeroport.rows.source import Source
from xeroport.settings import Mark
from xeroport.store import instances, runs
from xeroport.store.calls import budgets
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.outbox import outbox
from xeroport.store.outbox.staging import Staging
from xeroport.xero.client import open_client
from xeroport.xero.policy.limits import Usage

if TYPE_CHECKING:
    import httpx2

    from xeroport.records.maps import Map

PULSE_SECONDS = 0.5
"""How often it is looked whether a push waits for something."""

Agree = Callable[[str], bool]
"""Asks a person whether the effects described may happen."""


def push(
    instance: str,
    endpoint: str,
    rows: Any,
    *,
    key: str | Sequence[str] | None = None,
    layout: Map | Mapping[str, Any] | str | Path | None = None,
    constants: Mapping[str, Any] | None = None,
    ignored: Iterable[str] = (),
    update: bool = False,
    skip_invalid: bool = False,
    dry_run: bool = False,
    dates: str | None = None,
    decimal: Mark | None = None,
    clear: bool = False,
    guard: Guard | None = None,
    out: Path | str | None = None,
    files: Path | str | None = None,
    hold: bool = False,
    home: Path | str | None = None,
) -> PushReport:
    """Push rows, or a file, and give the report.

    `rows` are mappings, a frame, an Arrow table, or the path of a file. `dates`, `decimal` and
    `clear` are as on the command line, `layout` is a map, or the path of one. Code has made up its
    mind: what deletes or approves is not asked about, unless `guard` says so. Works where an event
    loop runs, too. `files` is the folder below which a table may name files to attach; with `hold`
    nothing is sent before a person approves it.
    """
    if layout is not None:
        from xeroport.records import maps

        layout = maps.given(layout)
    is_path = isinstance(rows, str | Path)
    order = Order(
        instance,
        endpoint,
        rows=None if isinstance(rows, str | Path) else source.from_rows(rows),
        path=str(rows) if is_path else None,
        key=key_of(key),
        layout=layout,
        constants=constants or {},
        ignored=frozenset(ignored),
        update=update,
        skip_invalid=skip_invalid,
        dry_run=dry_run,
        clears=clear,
        wish=wish_of(dates, decimal),
        guard=guard or Guard(),
        out=None if out is None else Path(out),
        files=None if files is None else Path(files),
        held=hold,
    )

    async def work() -> PushReport:
        store = Store(home_folder(home))
        try:
            return await push_async(store, order)
        finally:
            store.close()

    return background.run(work)


async def push_async(
    store: Store,
    order: Order,
    *,
    clock: Clock | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
    progress: Progress = lambda _: None,
    agree: Agree = lambda _: False,
    show: Show = lambda _: None,
) -> PushReport:
    """Carry out an order. Input that cannot be read raises; all else is in the report."""
    began = time.monotonic()
    clock = clock or SystemClock()
    catalogue = load()
    instance = instances.get(store, order.instance)
    endpoint = targets.writable(catalogue, order.endpoint)
    retiring = targets.retirement(endpoint, clock.now().date())
    if order.out is not None and not order.out.absolute().parent.is_dir():
        raise InputError(f"there is no folder `{order.out.parent}` for `{order.out.name}`")
    given = source_of(order, endpoint)
    if endpoint.body == "binary" and order.layout is None:
        given = await with_ids(
            given,
            owner_for(catalogue, endpoint),
            catalogue,
            lambda: open_client(store, order.instance, clock=clock, transport=transport),
        )
    changes = order.update or endpoint.method == "POST"
    if endpoint.body_record == "Quote" and order.layout is None and changes:
        given = await with_kept_texts(
            given,
            endpoint,
            sent_before=sent_quotes(store, order.instance, endpoint.name) if order.update else {},
            key=order.key or ("QuoteNumber",),
            open_client=lambda: open_client(
                store, order.instance, clock=clock, transport=transport
            ),
        )
    if not order.dry_run:
        await learn_organisation(store, order.instance, clock=clock, transport=transport)
    staging = Staging(store, file=given.name)
    try:
        checked = check(store, order, instance, endpoint, given, staging, now=clock.now())
        checked.notes += retiring
        checked.invalid += refuse_second_ways(staging, catalogue, endpoint, order.instance, checked)
        report = _before(staging, order, checked, given)
        if report is None and checked.effects and not order.guard.agreed:
            checked.effects = effects_of(catalogue, _due(staging, order, endpoint))
        if report is None and order.dry_run:
            report = _dry(store, order, instance, endpoint, staging, checked, given, show)
        if report is None:
            guard = replace(order.guard, agreed=True) if order.held else order.guard
            guard.check(checked, agree)
            report = await _deliver(
                store,
                order,
                staging,
                checked,
                given,
                clock=clock,
                transport=transport,
                progress=progress,
            )
    finally:
        staging.close()
    return _timed(report, time.monotonic() - began)


def _before(staging: Staging, order: Order, checked: Checked, given: Source) -> PushReport | None:
    """The report of a push that must not begin; None if it may."""
    conflicts = outbox.conflicts(staging, order.instance, checked.endpoint)
    if order.update:
        conflicts = [
            conflict for conflict in conflicts if conflict.status in ("claimed", "unknown")
        ]
    for conflict in conflicts:
        checked.tally.add([checked.conflict(conflict)])
    stops = checked.invalid or conflicts or checked.tally.errors
    if checked.unfit or (stops and not order.skip_invalid):
        return report_of(
            order, checked, given, staging=staging, conflicts=len(conflicts), sent_nothing=True
        )
    if len(staging) == 0:
        return report_of(
            order, checked, given, staging=staging, conflicts=len(conflicts), sent_nothing=True
        )
    return None


def _dry(
    store: Store,
    order: Order,
    instance: Instance,
    endpoint: Endpoint,
    staging: Staging,
    checked: Checked,
    given: Source,
    show: Show,
) -> PushReport:
    """The report of a dry run; each of its calls is shown, and written to `order.out`."""
    calls = Calls(store.home)
    day_remaining = budgets.of_instance(calls, instance).state().day_remaining
    calls.close()
    plan = plan_of(
        requests(load(), _due(staging, order, endpoint)),
        day_remaining=day_remaining,
        minute_limit=instance.rate_limit,
        out=order.out,
        show=show,
    )
    plan = replace(plan, preview=preview_of(load(), _due(staging, order, endpoint)))
    if checked.effects and not order.guard.agreed:
        checked.notes.append(f"sending it {checked.said}, and needs a yes, or `--yes`")
    held = held_back(staging)
    checked.notes += held.notes(order.instance)
    report = report_of(order, checked, given, plan=plan)
    return replace(report, counts=held.counts, results=held.results)


def _due(staging: Staging, order: Order, endpoint: Endpoint) -> Iterable[outbox.Due]:
    """The records that would be sent."""
    return outbox.due(staging, endpoint.name, revise=_reviser(order, endpoint))


def _reviser(order: Order, endpoint: Endpoint) -> outbox.Revise | None:
    if not order.update:
        return None
    return lambda draft, xero_id: targets.revision(load(), endpoint, draft, xero_id)


async def _deliver(
    store: Store,
    order: Order,
    staging: Staging,
    checked: Checked,
    given: Source,
    *,
    clock: Clock,
    transport: httpx2.AsyncBaseTransport | None,
    progress: Progress,
) -> PushReport:
    catalogue = load()
    endpoint = catalogue.endpoint(checked.endpoint)
    tally = outbox.enqueue_all(
        store,
        staging,
        instance=order.instance,
        endpoint=endpoint.name,
        now=clock.now().timestamp(),
        revise=_reviser(order, endpoint),
        held=order.held,
    )
    if order.held:
        return _held(order, checked, given, staging, tally)
    arguments = {"endpoint": endpoint.name, "source": given.name, "records": len(staging)}
    with run_log.opened(store, order.instance, "push", arguments) as run:
        found = ", ".join(f"{number:,} {was}" for was, number in tally.items() if number)
        run_log.say(f"{counted(len(staging), 'record')} for `{endpoint.name}`: {found}")
        stopped: XeroportError | None = None
        calls = throttled = settled = 0
        usage = Usage()

        total = len(staging)

        def so_far() -> dict[str, Any]:
            return {
                "records": settled,
                "done": settled,
                "total": total,
                "calls": usage.calls,
                "waited_seconds": round(usage.waited, 1),
                "waiting": usage.waiting(),
            }

        def settle(number: int) -> None:
            nonlocal settled
            settled += number
            progress(number)
            run.progress(so_far)

        async def keep_telling() -> None:
            """Keep what is waited for, also while nothing is settled."""
            while True:
                await asyncio.sleep(PULSE_SECONDS)
                if usage.waiting() is not None:
                    with suppress(StoreError, sqlite3.Error):
                        run.progress(so_far)

        try:
            async with open_client(
                store, order.instance, clock=clock, transport=transport
            ) as client:
                usage = client.usage
                sender = Sender(
                    client,
                    store,
                    staging,
                    catalogue,
                    clock,
                    order.instance,
                    endpoint.name,
                    run=run.id,
                    progress=settle,
                )
                pulse = asyncio.create_task(keep_telling())
                try:
                    await sender.deliver()
                finally:
                    pulse.cancel()
                    calls = client.usage.calls
                    throttled = sum(client.usage.throttled.values())
        except XeroportError as error:
            stopped = error
        report = report_of(
            order,
            checked,
            given,
            staging=staging,
            new=tally["new"] + tally["corrected"],
            revised=tally["revised"],
            conflicts=sum(n for was, n in tally.items() if was.startswith("changed ")),
            calls=calls,
            throttled=throttled,
            run=run.id,
            stopped=stopped,
        )
        status: runs.Status = "partial" if report.exit_status else "done"
        if stopped is not None:
            status = "stopped" if isinstance(stopped, DayLimitReached) else "failed"
        push_log.tell_end(report, status)
        waited = {"waited_seconds": round(usage.waited, 1)}
        why = {} if stopped is None else {"error": stopped.message, "hint": stopped.hint}
        with suppress(StoreError) if isinstance(stopped, StoreError) else nullcontext():
            run.end(status, summary(report) | waited | why)
        return report


def _held(
    order: Order, checked: Checked, given: Source, staging: Staging, tally: Counter[str]
) -> PushReport:
    """The report of a push whose records wait in the outbox for a person's yes."""
    checked.notes.append(
        f"nothing was sent: `xeroport outbox approve {order.instance}` sends what is held"
    )
    return report_of(
        order,
        checked,
        given,
        staging=staging,
        new=tally["new"] + tally["corrected"],
        revised=tally["revised"],
        conflicts=sum(n for was, n in tally.items() if was.startswith("changed ")),
    )


def _timed(report: PushReport, seconds: float) -> PushReport:
    return replace(report, seconds=seconds)
