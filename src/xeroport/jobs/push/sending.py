"""The second half of a push: what is staged goes into the outbox, and from there into Xero."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import nullcontext, suppress
from functools import partial
from typing import Any

import msgspec

from xeroport.catalogue import load
from xeroport.delivery.send import Progress, Sender
from xeroport.errors import StoreError, XeroportError
from xeroport.jobs import run_log
from xeroport.jobs.push import log_lines as push_log
from xeroport.jobs.push.checked import Checked
from xeroport.jobs.push.order import Order, reviser_of
from xeroport.jobs.push.report import PushReport
from xeroport.jobs.push.results import report_of, summary
from xeroport.plurals import counted
from xeroport.store import runs
from xeroport.store.database import Store
from xeroport.store.outbox.enqueuing import enqueue_all, is_conflict
from xeroport.store.outbox.staging import Staging
from xeroport.xero.client import open_client
from xeroport.xero.policy.limits import Usage

PULSE_SECONDS = 0.5
"""How often it is looked whether a push waits for something."""


async def deliver(
    store: Store, order: Order, staging: Staging, checked: Checked, *, progress: Progress
) -> PushReport:
    """Enqueue what is staged and send it; the report says what became of it."""
    catalogue = load()
    endpoint = catalogue.endpoint(checked.endpoint)
    tally = enqueue_all(
        store,
        staging,
        instance=order.instance,
        endpoint=endpoint.name,
        now=store.clock.now().timestamp(),
        revise=reviser_of(order, endpoint),
        held=order.held,
    )
    report_with = partial(
        report_of,
        order,
        checked,
        staging=staging,
        new=tally["new"] + tally["corrected"],
        revised=tally["revised"],
        conflicts=sum(n for was, n in tally.items() if is_conflict(was)),
    )
    if order.held:  # until a person says yes
        checked.notes.append(
            f"nothing was sent: `xeroport outbox approve {order.instance}` sends what is held"
        )
        return report_with()
    arguments = {"endpoint": endpoint.name, "source": checked.source, "records": len(staging)}
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
                "waiting": msgspec.to_builtins(usage.waiting()),
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
            async with open_client(store, order.instance) as client:
                usage = client.usage
                sender = Sender(
                    client,
                    store,
                    staging,
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
        report = report_with(calls=calls, throttled=throttled, run=run.id, stopped=stopped)
        status: runs.Status = "partial" if report.exit_status else "done"
        if stopped is not None:
            status, _ = run_log.end_of(stopped)
        push_log.tell_end(report, status)
        waited = {"waited_seconds": round(usage.waited, 1)}
        why = {} if stopped is None else {"error": stopped.message, "hint": stopped.hint}
        with suppress(StoreError) if isinstance(stopped, StoreError) else nullcontext():
            run.end(status, summary(report) | waited | why)
        return report
