"""The report of a push, from what was checked and what the outbox holds of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import merge
from typing import Any

from xeroport.jobs.push.checked import Checked
from xeroport.jobs.push.order import Order
from xeroport.jobs.push.report import KEPT, PushReport, Result, result_of, write_csv
from xeroport.store.outbox import outbox
from xeroport.store.outbox.staging import Staging


def report_of(
    order: Order, checked: Checked, *, staging: Staging | None = None, **more: Any
) -> PushReport:
    """The report of a push, with the outcome of each record where `staging` knows them; `more` are
    further fields. Writes the results to `order.out`."""
    counts: dict[str, int] = {}
    results: list[Result] = []
    is_sent = not more.get("sent_nothing")
    run = more.get("run")
    warned = 0

    def results_of(staging: Staging) -> Iterator[Result]:
        nonlocal warned
        many = len(staging) > KEPT
        for delivery, was in outbox.results(staging):
            result = result_of(delivery, was, run=run or 0)
            if is_sent:
                counts[result.status] = counts.get(result.status, 0) + 1
                warned += result.warned
                if len(results) < KEPT and (not many or result.status != "sent" or result.warned):
                    results.append(result)
            yield result

    if staging is not None and order.out is not None and not order.dry_run:
        others = (_untouched(staging, checked.endpoint), _invalid(staging, checked.endpoint))
        write_csv(
            order.out, merge(results_of(staging), *others, key=lambda result: result.line or 0)
        )
    elif staging is not None and is_sent:
        deque(results_of(staging), maxlen=0)
    new = more.get("new", 0)
    return PushReport(
        instance=order.instance,
        endpoint=checked.endpoint,
        source=checked.source,
        records=checked.documents,
        counts=counts,
        already=max(
            sum(counts.values()) - new - more.get("revised", 0) - more.get("conflicts", 0), 0
        ),
        invalid=checked.invalid,
        errors=checked.tally.errors,
        warnings=checked.tally.warnings,
        warned=warned,
        amount=checked.amount,
        problems=tuple(checked.tally.held),
        notes=tuple(checked.notes),
        results=tuple(results),
        **more,
    )


def _invalid(staging: Staging, endpoint: str) -> Iterator[Result]:
    """The records that failed the checks."""
    for each in staging.refused():
        yield Result(
            each.line, each.key, "invalid", None, None, each.messages, None, None, endpoint
        )


def _untouched(staging: Staging, endpoint: str) -> Iterator[Result]:
    """The good records of a push that sent nothing."""
    for key, line in staging.waiting():
        yield Result(line, key, "not sent", None, None, (), None, None, endpoint)


def summary(report: PushReport) -> dict[str, Any]:
    """The report without its rows, as the run keeps it."""
    found = report.as_dict()
    found.pop("results")
    found["problems"] = found["problems"][:50]
    return found
