"""Deliveries of the outbox that are tried again, because a person asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xeroport.clock import Clock, SystemClock
from xeroport.delivery.send import Progress, Sender
from xeroport.errors import DayLimitReached, XeroportError
from xeroport.jobs.push.report import Result, result_of
from xeroport.store import runs
from xeroport.store.database import Store
from xeroport.store.outbox import outbox
from xeroport.store.outbox.outbox import Delivery
from xeroport.store.outbox.staging import Staging
from xeroport.xero.client import open_client

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True, slots=True)
class Resent:
    """What became of the deliveries, and what stopped the work, if anything did."""

    results: tuple[Result, ...]
    stopped: XeroportError | None = None

    @property
    def exit_status(self) -> int:
        """What the command line ends with."""
        if self.stopped is not None:
            return self.stopped.exit_status
        return 1 if any(result.status != "sent" for result in self.results) else 0

    @property
    def run_status(self) -> runs.Status:
        """How a run of this ended."""
        if self.stopped is not None:
            return "stopped" if isinstance(self.stopped, DayLimitReached) else "failed"
        return "partial" if self.exit_status else "done"


async def resend(
    store: Store,
    instance: str,
    deliveries: Sequence[Delivery],
    *,
    clock: Clock | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
    run: int | None = None,
    progress: Progress = lambda _: None,
) -> Resent:
    """Send what is pending, rejected or discarded among these again, and look up the unknown."""
    clock = clock or SystemClock()
    results: list[Result] = []
    for endpoint in dict.fromkeys(delivery.endpoint for delivery in deliveries):
        staging = Staging(store)
        try:
            for delivery in deliveries:
                if delivery.endpoint == endpoint:
                    if delivery.status in ("rejected", "discarded"):
                        outbox.retry(store, delivery)
                    staging.want(delivery.id, delivery.key)
            async with open_client(store, instance, clock=clock, transport=transport) as client:
                sender = Sender(
                    client, store, staging, clock, instance, endpoint, run=run, progress=progress
                )
                try:
                    await sender.deliver()
                except XeroportError as error:
                    results += [result_of(result) for result, _ in outbox.results(staging)]
                    return Resent(tuple(results), error)
            results += [result_of(result) for result, _ in outbox.results(staging)]
        finally:
            staging.close()
    return Resent(tuple(results))
