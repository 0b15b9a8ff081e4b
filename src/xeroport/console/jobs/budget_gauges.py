"""What Xero still allows an instance, as gauges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from xeroport.store.calls.budgets import BudgetState
from xeroport.store.instances import Instance

DAY_LIMITS = (1000, 5000)
"""Xero's two daily limits (Starter; Core and above)."""


@dataclass(frozen=True)
class Gauge:
    """One limit: how much of it is left; `left` is None until Xero said so. `is_sure` says that
    the whole is known: Xero tells what is left of the day, not how much a day has."""

    label: str
    left: int | None
    whole: int
    note: str
    is_sure: bool = True

    @property
    def is_low(self) -> bool:
        """Whether less than a tenth is left."""
        return self.left is not None and self.left * 10 < self.whole


def gauges(now: BudgetState, instance: Instance) -> tuple[Gauge, ...]:
    """Day, minute and concurrent calls."""
    left = now.day_remaining
    day = next((limit for limit in DAY_LIMITS if left is not None and left <= limit), 5000)
    note = "as Xero last said" if left is not None else "known after the first call"
    if now.day_until is not None:
        until = datetime.fromtimestamp(now.day_until, UTC)
        note = f"used up until {until:%H:%M} UTC"
    minute = max(instance.rate_limit - now.minute_used, 0)
    free = max(instance.concurrency - now.in_flight, 0)
    return (
        Gauge("Today", left, day, note, is_sure=False),
        Gauge("This minute", minute, instance.rate_limit, f"{now.minute_used} used"),
        Gauge("At the same time", free, instance.concurrency, f"{now.in_flight} under way"),
    )
