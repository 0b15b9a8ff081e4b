"""A month of one organisation under four plans: calls, how old each stream gets, what is missed."""

from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.harness import table
from xeroport.catalogue.reading import StreamReading, readings
from xeroport.jobs.sync.plan import StreamHistory, decide_all, longest_wait

START = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 30
DOCUMENTS_A_DAY = 200
PAGES = 3
"""Calls that reading a stream that changes whole takes: some 3,000 records."""
FULL_EVERY = timedelta(days=7)
SHARES = {
    "invoices": 80,
    "payments": 60,
    "bank_transactions": 30,
    "contacts": 12,
    "credit_notes": 6,
    "purchase_orders": 5,
    "quotes": 4,
    "items": 2,
    "manual_journals": 0.5,
    "prepayments": 0.3,
    "overpayments": 0.2,
    "bank_transfers": 1,
    "tracking_categories": 0.05,
    "tax_rates": 0.2,
    "contact_groups": 0.1,
    "linked_transactions": 0.5,
    "repeating_invoices": 0.2,
    "accounts": 0.1,
    "users": 0.02,
}
"""Changes a working day and stream, of 200 documents and what goes with them."""

MONTH_END = {"manual_journals": 60, "bank_transactions": 200, "payments": 150}


@dataclass
class Month:
    """What one plan came to: calls by day, ages of changes when they were read, by stream."""

    calls: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    ages: dict[str, list[timedelta]] = field(default_factory=lambda: defaultdict(list))
    missed: int = 0


def changes(rng: random.Random) -> dict[str, list[datetime]]:
    """When records of each stream change: in office hours, and a burst at the month's end."""
    moments: dict[str, list[datetime]] = defaultdict(list)
    for day in range(DAYS):
        date = START + timedelta(days=day)
        if date.weekday() >= 5:
            continue
        amounts = dict(SHARES)
        if day >= DAYS - 1:
            amounts = {s: n + MONTH_END.get(s, 0) for s, n in amounts.items()}
        for stream, mean in amounts.items():
            whole, part = divmod(mean, 1)
            for _ in range(int(whole) + (rng.random() < part)):
                moments[stream].append(date + timedelta(hours=8 + 10 * rng.random()))
    return {stream: sorted(times) for stream, times in moments.items()}


def runs(every: timedelta) -> Iterator[datetime]:
    """When syncs begin, a day longer than changes happen."""
    now = START
    while now <= START + timedelta(days=DAYS + 1):
        yield now
        now += every


def planned(every: timedelta, *, webhooks: bool = False, naive: bool = False) -> Month:
    """A month of syncs so often; `naive` reads every stream every time."""
    month, seen = Month(), dict[str, StreamHistory]()
    plan: dict[str, StreamReading] = readings()
    pending = changes(random.Random(20260901))
    full_at = START
    if webhooks:
        _by_webhook(month, plan, pending)
    for now in runs(every):
        full = now >= full_at
        full_at = now + FULL_EVERY if full else full_at
        decisions = decide_all(plan, seen, now, webhooks=webhooks)
        for stream, reading in plan.items():
            if not (naive or full or decisions[stream].read):
                continue
            month.calls[(now - START).days] += PAGES if full and reading.how == "changes" else 1
            brought = [moment for moment in pending.get(stream, ()) if moment <= now]
            for moment in brought:
                month.ages[stream].append(now - moment)
                month.missed += now - moment > longest_wait(reading, every, webhooks=webhooks)
            if brought:
                pending[stream] = pending[stream][len(brought) :]
            before = seen.get(stream)
            changed = now if brought or before is None else before.changed_at
            seen[stream] = StreamHistory(now, changed)
    month.missed += sum(map(len, pending.values()))
    return month


def _by_webhook(
    month: Month, plan: dict[str, StreamReading], pending: dict[str, list[datetime]]
) -> None:
    """Xero tells of a change within a minute; what comes in one minute is read in one call."""
    for stream, reading in plan.items():
        if reading.webhook is None:
            continue
        for minute in {int((m - START).total_seconds() // 60) for m in pending.get(stream, ())}:
            month.calls[minute // 1440] += 1
        month.ages[stream] += [timedelta(minutes=1)] * len(pending.pop(stream, ()))


PLANS = {
    "hourly, everything": lambda: planned(timedelta(hours=1), naive=True),
    "hourly, planned": lambda: planned(timedelta(hours=1)),
    "every 30 minutes, planned": lambda: planned(timedelta(minutes=30)),
    "every 15 minutes, planned": lambda: planned(timedelta(minutes=15)),
    "hourly, planned, webhooks": lambda: planned(timedelta(hours=1), webhooks=True),
}


def section() -> str:
    """The table of the month."""
    rows = []
    months = {name: made() for name, made in PLANS.items()}
    for name, month in months.items():
        most = max(month.calls.values())
        rows.append(
            (
                name,
                f"{statistics.median(month.calls.values()):,.0f}",
                f"{most:,}",
                "yes" if most <= 1000 else "no",
                "yes" if most <= 5000 else "no",
                month.missed,
            )
        )
    streams = [
        (stream, *(_ages(month.ages[stream]) for month in months.values())) for stream in SHARES
    ]
    head = ("plan", "calls a day", "most", "Starter", "Core", "late")
    return (
        "## A month of calls\n\n"
        f"Simulated with the plan's own decisions and a clock of its own: {DAYS} days, "
        f"{DOCUMENTS_A_DAY} documents a working day between 8 and 18 o'clock, a burst at the "
        "month's end, everything read again each week. *Starter* and *Core*: whether the busiest "
        "day stays within 1,000 and 5,000 calls. *Late*: changes that were never read, or later "
        "than the plan promises. "
        "Network and Xero's own delays are left out; a webhook is taken to arrive within a minute."
        "\n\n"
        + table(head, rows)
        + "\n\nThe median and the greatest age of a change when it was read, by stream:\n\n"
        + table(("stream", *months), streams)
    )


def _ages(ages: list[timedelta]) -> str:
    if not ages:
        return "-"
    minutes = sorted(age.total_seconds() / 60 for age in ages)
    return f"{_minutes(statistics.median(minutes))} / {_minutes(minutes[-1])}"


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"
