"""Deliveries of the outbox that are tried again, because a person asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from xeroport.delivery.send import Progress, Sender
from xeroport.errors import XeroportError
from xeroport.jobs.push.report import Result, result_of
from xeroport.jobs.run_log import end_of
from xeroport.store import runs
from xeroport.store.database import Store
from xeroport.store.outbox import outbox
from xeroport.store.outbox.enqueuing import enqueue_all
from xeroport.store.outbox.outbox import Delivery
from xeroport.store.outbox.staging import Draft, Staging
from xeroport.xero.client import open_client


@dataclass(frozen=True, slots=True)
class ResendResult:
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
            return end_of(self.stopped)[0]
        return "partial" if self.exit_status else "done"


def enqueued(
    store: Store, instance: str, drafts: Mapping[str, Iterable[Draft]], *, file: str, now: float
) -> list[Delivery]:
    """What the outbox makes of some drafts, by the endpoint that takes them."""
    deliveries: list[Delivery] = []
    for endpoint, some in drafts.items():
        with closing(Staging(store, file=file)) as staging:
            staging.extend(some)
            enqueue_all(store, staging, instance=instance, endpoint=endpoint, now=now)
            deliveries += [delivery for delivery, _ in outbox.results(staging)]
    return deliveries


async def resend(
    store: Store,
    instance: str,
    deliveries: Sequence[Delivery],
    *,
    run: int | None = None,
    progress: Progress = lambda _: None,
) -> ResendResult:
    """Send what is pending, rejected or discarded among these again, and look up the unknown."""
    results: list[Result] = []
    for endpoint in dict.fromkeys(delivery.endpoint for delivery in deliveries):
        stopped: XeroportError | None = None
        with closing(Staging(store)) as staging:
            for delivery in deliveries:
                if delivery.endpoint == endpoint:
                    if delivery.status in ("rejected", "discarded"):
                        outbox.retry(store, delivery)
                    staging.want(delivery.id, delivery.key)
            async with open_client(store, instance) as client:
                try:
                    await Sender(client, store, staging, endpoint, run, progress).deliver()
                except XeroportError as error:
                    stopped = error
            results += [result_of(result) for result, _ in outbox.results(staging)]
        if stopped is not None:
            return ResendResult(tuple(results), stopped)
    return ResendResult(tuple(results))
