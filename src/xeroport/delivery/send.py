"""Delivering a push's part of the outbox: claim, send, settle, and make good what was cut off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from xeroport.catalogue import Catalogue, Endpoint
from xeroport.clock import Clock
from xeroport.delivery import settle as fates
from xeroport.delivery.reconcile import reconcile
from xeroport.errors import Refused, Unavailable, XeroportError
from xeroport.records import targets
from xeroport.store.database import Store
from xeroport.store.outbox import claims, outbox
from xeroport.store.outbox.claims import Batch
from xeroport.store.outbox.staging import Staging
from xeroport.xero.client import XeroClient
from xeroport.xero.policy.outcomes import Outcome, outcomes, refused_elements

KEY_LIFE = 300.0
"""Seconds after its first sending in which a batch may go again under its key (Xero: 360)."""
ROUNDS = 3
"""How often a push tries a batch of unknown fate again, and looks up what replies do not say."""
PAUSES = (5.0, 15.0, 30.0)
OTHERS = 0.25
CLOCK_SLIP = 5.0
"""Seconds that a clock may go back; after more, nobody knows how old a key is."""
RENEWAL = 120.0

Progress = Callable[[int], None]
"""Called with the number of records settled."""


@dataclass(slots=True)
class Courier:
    """Sends one push's deliveries; every send is preceded by a commit that it is about to be."""

    client: XeroClient
    store: Store
    staging: Staging
    catalogue: Catalogue
    clock: Clock
    instance: str
    endpoint: str
    progress: Progress = lambda _: None
    calls: int = 0
    failure: XeroportError | None = None
    _lookups: int = 0
    _departed: dict[str, float] = field(default_factory=dict)

    async def deliver(self) -> None:
        """Deliver all that the push is about; raises what stopped it, all of it resumable."""
        with claims.ownership() as owner:
            renewal = asyncio.create_task(self._renew(owner))
            try:
                while self.failure is None:
                    await self._recover(owner)
                    workers = max(self.client.instance.concurrency, 1)
                    async with asyncio.TaskGroup() as group:
                        for _ in range(workers):
                            group.create_task(self._work(owner))
                    if self.failure is None and not await self._more():
                        return
            finally:
                renewal.cancel()
                with suppress(asyncio.CancelledError):
                    await renewal
        if self.failure is not None:
            raise self.failure

    async def _more(self) -> bool:
        """Whether there is still something to do, if need be after waiting for other processes."""
        left = outbox.unsettled(self.staging)
        if left["claimed"] and not left["pending"]:
            await asyncio.sleep(OTHERS)
        if left["unknown"] and not left["claimed"] and self._lookups < ROUNDS:
            self._lookups += 1
            await self._reconcile()
            left = outbox.unsettled(self.staging)
        return bool(left["pending"] or left["claimed"])

    async def _recover(self, owner: str) -> None:
        """Make good what dead processes left: send again, return to the queue, or look up."""
        where = {"instance": self.instance, "endpoint": self.endpoint}
        for batch in claims.abandoned(self.store, **where, owner=owner, now=self._now()):
            if batch.first_sent_at is None:
                claims.give_back(self.store, batch, self._now())
            elif self._repeats(batch):
                await self._attempt(batch)
            else:
                self._doubt(batch)
        await self._reconcile()

    async def _reconcile(self) -> None:
        await reconcile(
            self.client,
            self.store,
            self.catalogue,
            instance=self.instance,
            endpoint=self.endpoint,
            now=self._now(),
        )

    async def _work(self, owner: str) -> None:
        try:
            await self._claim_and_send(owner)
        except XeroportError as error:
            self.failure = self.failure or error

    async def _claim_and_send(self, owner: str) -> None:
        while self.failure is None:
            batch = claims.claim(
                self.store,
                self.staging,
                instance=self.instance,
                endpoint=self.endpoint,
                owner=owner,
                now=self._now(),
                compose=lambda name, bodies: targets.compose(self._endpoint(name), bodies),
                capacity=lambda name: targets.capacity(self.catalogue, self._endpoint(name)),
            )
            if batch is None:
                return
            await self._attempt(batch)

    async def _attempt(self, batch: Batch) -> None:
        """Send a batch until its fate is known, its key expires, or patience ends."""
        for round_ in range(ROUNDS + 1):
            try:
                await self._send(batch)
                return
            except XeroportError as error:
                batch = self._again(batch)
                is_lost = isinstance(error, Unavailable) and not error.outcome_known
                if not is_lost or round_ == ROUNDS or not self._repeats(batch):
                    self.failure = self.failure or error
                    if is_lost and not self._repeats(batch):
                        self._doubt(batch)
                    return
            await self.clock.sleep(PAUSES[min(round_, len(PAUSES) - 1)])

    async def _send(self, batch: Batch) -> None:
        endpoint = self._endpoint(batch.send_by)
        first = batch.first_sent_at or self._now()
        if not claims.departs(self.store, batch, self._now()):
            return
        self._departed.setdefault(batch.id, self.clock.monotonic())
        self.calls += 1
        before = datetime.fromtimestamp(first + KEY_LIFE, UTC)
        try:
            reply = await self.client.call(
                endpoint,
                json.loads(batch.ids),
                body=batch.body if endpoint.body in ("json", "binary") else None,
                idempotency_key=batch.id if endpoint.idempotent else None,
                send_before=before if batch.sends else None,
                force=True,
            )
        except Refused as error:
            settlements = fates.refused(endpoint, batch, error, refused_elements(endpoint, error))
            if settlements is None:
                claims.give_back(self.store, batch, self._now(), halve=True)
                return
        except XeroportError as error:
            if error.outcome_known and batch.sends == 0:
                claims.give_back(self.store, batch, self._now())
            raise
        else:
            found: Sequence[Outcome] | None = None
            if endpoint.record is not None and (reply.body or endpoint.body == "json"):
                found = outcomes(endpoint, reply) if reply.body else ()
            settlements = fates.fates(self.catalogue, endpoint, batch, found)
        if claims.settle(self.store, batch, settlements, self._now()):
            self.progress(len(batch.parts))

    def _again(self, batch: Batch) -> Batch:
        """The batch with what its last sending left in the store."""
        row = self.store.connection.execute(
            "SELECT first_sent_at, sends FROM batch WHERE id = ?", (batch.id,)
        ).fetchone()
        return replace(batch, first_sent_at=row["first_sent_at"], sends=row["sends"])

    def _repeats(self, batch: Batch) -> bool:
        """Whether the same bytes may go again: the key lives, or repeating changes nothing."""
        endpoint = self._endpoint(batch.send_by)
        if endpoint.method == "DELETE":
            return True
        if not endpoint.idempotent or batch.first_sent_at is None:
            return False
        by_clock = self._now() - batch.first_sent_at
        began = self._departed.get(batch.id)
        here = 0.0 if began is None else self.clock.monotonic() - began
        return -CLOCK_SLIP <= by_clock < KEY_LIFE and here < KEY_LIFE

    def _doubt(self, batch: Batch) -> None:
        sent = datetime.fromtimestamp(batch.first_sent_at or 0, UTC)
        reason = f"sent at {sent:%Y-%m-%d %H:%M:%S} UTC, and no reply came"
        claims.doubt(self.store, batch, reason, self._now())

    async def _renew(self, owner: str) -> None:
        while True:
            await asyncio.sleep(RENEWAL)
            claims.renew(self.store, owner, self._now())

    def _endpoint(self, name: str) -> Endpoint:
        return self.catalogue.endpoint(name)

    def _now(self) -> float:
        return self.clock.now().timestamp()
