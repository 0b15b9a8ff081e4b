"""Push: rows → documents → checks → outbox → Xero, each record once.

    report = xeroport.push("acme-uk", "invoices.create", rows, key="InvoiceNumber")

Everything is checked before anything is enqueued; everything is enqueued before anything is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xeroport.catalogue import Endpoint
from xeroport.config import home_folder
from xeroport.errors import InputError
from xeroport.jobs.push.checked import Checked, Guard
from xeroport.jobs.push.dry_run import Show, held_back, plan_of, preview_of, requests
from xeroport.jobs.push.order import Order, key_of, reviser_of, wish_of
from xeroport.jobs.push.prepare import check, source_of
from xeroport.jobs.push.quotes import sent_quotes, with_kept_texts
from xeroport.jobs.push.report import PushReport
from xeroport.jobs.push.results import report_of
from xeroport.jobs.push.second_way import refuse_second_ways
from xeroport.records import targets
from xeroport.rows import source
from xeroport.settings import Mark
from xeroport.store import instances
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.outbox import enqueuing
from xeroport.store.outbox.staging import Staging

if TYPE_CHECKING:
    from xeroport.delivery.send import Progress
    from xeroport.records.maps import Map
    from xeroport.xero.client import XeroClient

Agree = Callable[[str], bool]
"""Asks a person whether the effects described may happen."""


async def push_rows(
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
    mind: what deletes or approves is not asked about, unless `guard` says so. `files` is the folder
    below which a table may name files to attach; with `hold` nothing is sent before a person
    approves it.
    """
    if layout is not None:
        from xeroport.records import maps

        layout = maps.as_map(layout)
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
    store = Store(home_folder(home))
    try:
        return await push_async(store, order)
    finally:
        store.close()


async def push_async(
    store: Store,
    order: Order,
    *,
    progress: Progress = lambda _: None,
    agree: Agree = lambda _: False,
    show: Show = lambda _: None,
) -> PushReport:
    """Carry out an order. Input that cannot be read raises; all else is in the report."""
    began = time.monotonic()
    instance = instances.get(store, order.instance)
    endpoint = targets.writable(order.endpoint)
    retiring = targets.retirement(endpoint, store.clock.now().date())
    if order.out is not None and not order.out.absolute().parent.is_dir():
        raise InputError(f"there is no folder `{order.out.parent}` for `{order.out.name}`")

    def reach() -> AbstractAsyncContextManager[XeroClient]:
        from xeroport.xero.client import open_client

        return open_client(store, order.instance)

    given = source_of(order, endpoint)
    if endpoint.body == "binary" and order.layout is None:
        from xeroport.delivery.attachment_owners import owner_for, with_ids

        given = await with_ids(given, owner_for(endpoint), reach)
    changes = order.update or endpoint.method == "POST"
    if endpoint.body_record == "Quote" and order.layout is None and changes:
        given = await with_kept_texts(
            given,
            sent_before=sent_quotes(store, order.instance, endpoint.name) if order.update else {},
            key=order.key or ("QuoteNumber",),
            open_client=reach,
        )
    if not order.dry_run:
        from xeroport.xero.health import learn_organisation

        await learn_organisation(store, order.instance)
    staging = Staging(store, file=given.name)
    try:
        checked = check(store, order, instance, endpoint, given, staging, now=store.clock.now())
        checked.notes += retiring
        checked.invalid += refuse_second_ways(staging, endpoint, order.instance, checked)
        report = _before(staging, order, checked)
        if report is None and checked.effects and not order.guard.agreed:
            checked.effects = preview_of(_due(staging, order, endpoint)).effects
        if report is None and order.dry_run:
            report = _dry(store, order, instance, endpoint, staging, checked, show)
        if report is None:
            guard = replace(order.guard, agreed=True) if order.held else order.guard
            guard.check(checked, agree)
            from xeroport.jobs.push.sending import deliver

            report = await deliver(store, order, staging, checked, progress=progress)
    finally:
        staging.close()
    return replace(report, seconds=time.monotonic() - began)


def _before(staging: Staging, order: Order, checked: Checked) -> PushReport | None:
    """The report of a push that must not begin; None if it may."""
    conflicts = enqueuing.conflicts(staging, order.instance, checked.endpoint)
    if order.update:
        conflicts = [
            conflict for conflict in conflicts if conflict.status in ("claimed", "unknown")
        ]
    for conflict in conflicts:
        checked.tally.add([checked.conflict(conflict)])
    stops = checked.invalid or conflicts or checked.tally.errors
    if not checked.unfit and (order.skip_invalid or not stops) and len(staging):
        return None
    return report_of(order, checked, staging=staging, conflicts=len(conflicts), sent_nothing=True)


def _dry(
    store: Store,
    order: Order,
    instance: Instance,
    endpoint: Endpoint,
    staging: Staging,
    checked: Checked,
    show: Show,
) -> PushReport:
    """The report of a dry run; each of its calls is shown, and written to `order.out`."""
    calls = Calls(store.home)
    day_remaining = instances.budgets_of(calls, instance).state().day_remaining
    calls.close()
    plan = plan_of(
        requests(_due(staging, order, endpoint)),
        day_remaining=day_remaining,
        minute_limit=instance.rate_limit,
        out=order.out,
        show=show,
    )
    is_all = staging.is_new and plan.records == checked.sums.records
    preview = checked.sums if is_all else preview_of(_due(staging, order, endpoint))
    plan = replace(plan, preview=preview)
    if checked.effects and not order.guard.agreed:
        checked.notes.append(f"sending it {checked.said}, and needs your confirmation, or `--yes`")
    held = held_back(staging)
    checked.notes += held.notes(order.instance)
    report = report_of(order, checked, plan=plan)
    return replace(report, counts=held.counts, results=held.results)


def _due(staging: Staging, order: Order, endpoint: Endpoint) -> Iterable[enqueuing.DueRecord]:
    """The records that would be sent."""
    return enqueuing.due(staging, endpoint.name, revise=reviser_of(order, endpoint))
