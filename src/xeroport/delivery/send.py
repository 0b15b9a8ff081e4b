"""Delivering a push's part of the outbox: claim, send, settle, and recover what was cut off.

Three things run at the same time: new records are sent, batches of dead processes are sent again
or given up, and records of unknown outcome are looked up. None of them waits for another, and a
record that Xero cannot take stands alone."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from xeroport.catalogue import Endpoint, load
from xeroport.clock import uptime_of
from xeroport.delivery import settle
from xeroport.delivery.key_life import may_repeat, seconds_left
from xeroport.delivery.recent_lookup import recent_list
from xeroport.delivery.reconcile import Reconciler
from xeroport.delivery.shared_ids import reject_shared_ids
from xeroport.errors import InputError, Refused, StoreError, Unavailable, XeroportError
from xeroport.records import targets
from xeroport.store.database import Store
from xeroport.store.outbox import claims, departures, outbox
from xeroport.store.outbox.claims import Claim, Settlement
from xeroport.store.outbox.outbox import Delivery
from xeroport.store.outbox.staging import Staging
from xeroport.xero.client import XeroClient
from xeroport.xero.policy.outcomes import Outcome, outcomes, refused_elements

ROUNDS = 3
"""How often a push tries a batch of unknown outcome again, and looks up what replies do not say."""
PAUSES = (5.0, 15.0, 30.0)
LATE = 5.0
"""Seconds that Xero's lists may be behind: what they do not show earlier may be there all the same,
and would be sent again in a smaller batch, under another key."""
LATE_WITHOUT_KEY = 60.0
"""The same for records without a natural key: only the list keeps them from being made twice."""
OTHERS = 0.25
RENEWAL = 120.0
OFFLINE = {408, 503}
"""Answers that say that Xero as a whole is away, not that it fails on what was sent."""
MOST_LOST = 2
"""Batches in a row whose replies are lost before a push stops."""
MOST_FAILED = 8
"""Batches in a row that Xero answers with a 5xx before a push stops: enough to find one record
among fifty by halves."""
HALVED = 50
"""A batch that may hold no more than this was halved before."""
FEW = 1
"""How often a call of a batch that is suspected is tried again."""

ABSENT = (
    "check the base URL of the instance: Xero does not have this endpoint there; "
    "what was not sent waits; run the same command again to continue"
)

Progress = Callable[[int], None]
"""Called with the number of records settled."""


@dataclass(slots=True)
class Sender:
    """Sends one push's deliveries; every send is preceded by a commit that it is about to be.

    `failure` stops the push; `stalled` is why a batch of it could not be finished, which does not.
    """

    client: XeroClient
    store: Store
    staging: Staging
    endpoint: str
    run: int | None = None
    progress: Progress = lambda _: None
    calls: int = 0
    failure: XeroportError | None = None
    stalled: XeroportError | None = None
    _looked: Counter[tuple[int, int]] = field(default_factory=Counter)
    _lost: int = 0
    _failed: int = 0
    _alone: int = 0
    _has_written: bool = False

    async def deliver(self) -> None:
        """Deliver all that the push is about; raises what stopped it, all of it resumable."""
        departures.check(self.store)
        with claims.ownership() as owner:
            renewal = asyncio.create_task(self._renew(owner))
            try:
                more = True
                while more and self.failure is None:
                    workers = max(self.client.instance.concurrency, 1)
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._guarded(self._recover(owner)))
                        group.create_task(self._guarded(self._look_up()))
                        for _ in range(workers):
                            group.create_task(self._guarded(self._claim_and_send(owner)))
                    more = await self._more(owner)
            finally:
                renewal.cancel()
                with suppress(asyncio.CancelledError):
                    await renewal
        if error := self.failure or self.stalled:
            raise error

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Carry out a part of the work; what stops it stops the push cleanly."""
        try:
            await work
        except XeroportError as error:
            self.failure = self.failure or error

    async def _more(self, owner: str) -> bool:
        """Whether there is still something to do, if need be after waiting for other processes."""
        left = outbox.unsettled(self.staging, owner=owner)
        if left["claimed"] and not left["pending"]:
            await asyncio.sleep(OTHERS)
        return bool(left["pending"] or left["claimed"] or (left["unknown"] and self._can_look()))

    def _can_look(self) -> bool:
        """Whether a record of this push is unknown and was not looked up often enough."""
        if self.stalled is not None:
            return False
        return any(self._looked[key] < ROUNDS for key in outbox.unknown(self.staging))

    async def _recover(self, owner: str) -> None:
        """Recover what dead processes left: send again, return to the queue, or look up.

        What belongs to other pushes gets one try, and never stops this one.
        """
        where = {"instance": self.client.instance.name, "endpoint": self.endpoint}
        for batch in claims.abandoned(self.store, **where, owner=owner, now=self._now()):
            if batch.first_sent is None:
                claims.give_back(self.store, batch, self._now())
            elif not self._repeats(batch):
                self._doubt(batch)
            elif outbox.wants(self.staging, batch.id):
                await self._attempt(batch)
            else:
                with suppress(XeroportError):
                    await self._send(batch, retries=FEW)

    async def _look_up(self) -> None:
        """Look up the records of unknown outcome, each a few times at most."""
        reconciler = Reconciler(
            self.client,
            self.store,
            self.endpoint,
            run=self.run,
            wanted=self._wants_look,
        )
        try:
            await reconciler.reconcile()
        except XeroportError as error:
            self.stalled = self.stalled or error
        else:
            self.stalled = self.stalled or reconciler.failure

    def _wants_look(self, delivery: Delivery) -> bool:
        key = (delivery.id, delivery.batch_limit)
        self._looked[key] += 1
        return self._looked[key] <= ROUNDS

    async def _claim_and_send(self, owner: str) -> None:
        while self.failure is None:
            batch = claims.claim(
                self.store,
                self.staging,
                instance=self.client.instance.name,
                app=self.client.instance.client_id,
                endpoint=self.endpoint,
                owner=owner,
                now=self._now(),
                capacity=lambda name: targets.capacity(self._endpoint(name)),
            )
            if batch is None:
                return
            composed = await self._composed(batch)
            if composed is not None:
                await self._attempt(composed)

    async def _composed(self, batch: Claim) -> Claim | None:
        """The batch with its bytes; None where a file cannot be read any more, which is settled."""
        endpoint = self._endpoint(batch.send_by)
        bodies = [part.body for part in batch.parts]
        try:
            if endpoint.body == "binary":
                composed = await asyncio.to_thread(targets.compose, endpoint, bodies)
            else:
                composed = targets.compose(endpoint, bodies)
        except InputError as error:
            words = (error.message, *([error.hint] if error.hint else ()))
            claims.settle(
                self.store,
                batch,
                [Settlement(part.position, "rejected", words) for part in batch.parts],
                self._now(),
            )
            return None
        return replace(batch, body=composed.body, content_type=composed.content_type)

    async def _attempt(self, batch: Claim) -> None:
        """Send a batch until its outcome is known, its key expires, or its tries are used up."""
        is_suspect = batch.limit <= HALVED
        for round_ in range(ROUNDS + 1):
            try:
                await self._send(batch, retries=FEW if is_suspect else None)
                self._lost = self._failed = self._alone = 0
                return
            except XeroportError as error:
                batch = claims.as_sent(self.store, batch)
                if isinstance(error, Refused) and not error.outcome_known:
                    if round_ or not self._repeats(batch):
                        self._doubt(batch, said=error.message)
                        return
                elif _is_xeros_failure(error):
                    await self._failed_on(batch, error)
                    return
                elif not _is_lost(error):
                    await self._not_left(error)
                    return
                elif not self._repeats(batch):
                    self._doubt(batch)
                    await self._lose(error)
                    return
                elif round_ == ROUNDS:
                    self.stalled = self.stalled or error
                    await self._lose(error)
                    return
                else:
                    await self.client.answers()
            await self.store.clock.sleep(PAUSES[min(round_, len(PAUSES) - 1)])

    async def _lose(self, error: XeroportError) -> None:
        """A batch's reply is lost, and it is left as it is for the next push: where Xero answers
        nothing, or several are lost in a row, this one stops."""
        self._lost += 1
        if self._lost >= MOST_LOST or not await self.client.answers():
            self.failure = self.failure or error

    async def _not_left(self, error: XeroportError) -> None:
        """A call did not leave: what keeps all calls back stops the push; what kept back those
        beside a lost one does not."""
        self._lost += 1
        is_outage = isinstance(error, Unavailable)
        if not is_outage or self._lost >= MOST_LOST or not await self.client.answers():
            self.failure = self.failure or error

    async def _failed_on(self, batch: Claim, error: XeroportError) -> None:
        """Xero answers a batch with a 5xx: if it answers other calls, the fault may be a record.

        A record alone is at fault only if Xero took others of this push: where it takes none, it
        goes once more, and then the push stops.
        """
        self._failed += 1
        is_alone = len(batch.parts) == 1
        is_at_fault = is_alone and self._has_written
        self._alone += is_alone and not is_at_fault
        is_over = self._failed > MOST_FAILED or self._alone > 1
        if is_over or not await self.client.answers():
            self.failure = self.failure or error
            return
        status = getattr(error, "status", None)
        noun = "this record" if is_alone else f"{len(batch.parts)} records together"
        reason = f"Xero answers {status} to {noun}: {error.message}"
        limit = 0 if is_at_fault else max(len(batch.parts) // 2, 1)
        await self.store.clock.sleep(LATE_WITHOUT_KEY if self._is_nameless(batch) else LATE)
        claims.doubt(self.store, batch, [reason], self._now(), limit=limit)

    async def _send(self, batch: Claim, *, retries: int | None = None) -> None:
        """Send a batch once and settle it; raises where the reply does not tell the outcome."""
        endpoint = self._endpoint(batch.send_by)
        now, uptime = self.store.clock.now(), uptime_of(self.store.clock)
        left = seconds_left(batch, now, uptime)
        if not claims.departs(self.store, batch, now.timestamp(), uptime):
            return
        self.calls += 1
        try:
            reply = await self.client.call(
                endpoint,
                json.loads(batch.ids),
                body=batch.body if endpoint.body in ("json", "binary") else None,
                idempotency_key=batch.id if endpoint.idempotent else None,
                send_within=left if batch.sends and endpoint.idempotent else None,
                retries=retries,
                force=True,
            )
        except Refused as error:
            if batch.sends or not error.outcome_known:
                if not settle.is_other_request(error):
                    error.outcome_known = False
                    raise
            elif settle.is_endpoint_absent(endpoint, error):
                if self._is_looked_for(batch, endpoint):
                    self._disbelieve(batch, error, limit=HALVED)
                else:
                    claims.give_back(self.store, batch, self._now(), has_left=True)
                error.hint = ABSENT
                raise
            elements = refused_elements(endpoint, error)
            settled = settle.refused(endpoint, batch, error, elements)
            is_about_all = not elements and not settle.is_other_request(error)
            if is_about_all and self._is_looked_for(batch, endpoint):
                await self.store.clock.sleep(LATE)
                self._disbelieve(batch, error, limit=len(batch.parts) // 2)
                return
            if settled is None:
                claims.give_back(self.store, batch, self._now(), has_left=True, halve=True)
                return
        except XeroportError as error:
            if error.outcome_known and batch.sends == 0:
                claims.give_back(self.store, batch, self._now())
            raise
        else:
            answers: Sequence[Outcome] | None = None
            if endpoint.record is not None and (reply.body or endpoint.body == "json"):
                answers = outcomes(endpoint, reply) if reply.body else ()
            resent = reply.resent or batch.sends > 0
            settled = settle.settlements(endpoint, batch, answers, resent=resent)
            settled = reject_shared_ids(self.staging, endpoint, batch, settled)
        if claims.settle(self.store, batch, settled, self._now(), run=self.run):
            self._has_written = True
            self.progress(len(batch.parts))

    def _is_looked_for(self, batch: Claim, endpoint: Endpoint) -> bool:
        """Whether a refusal of all of a batch is believed only after a look into Xero: where it
        would be the last word, or the same again could make a second record."""
        record = targets.record_of(endpoint)
        if record is None or endpoint.method != "PUT":
            return False
        if self._is_nameless(batch):
            return recent_list(record) is not None
        return len(batch.parts) == 1

    def _disbelieve(self, batch: Claim, error: Refused, *, limit: int) -> None:
        """Have a refused batch looked up; what is not there goes in calls of `limit` records. With
        0 it is rejected."""
        words = error.problems or (error.message,)
        claims.doubt(self.store, batch, words, self._now(), limit=limit)

    def _is_nameless(self, batch: Claim) -> bool:
        """Whether Xero would make some record of the batch a second time without saying so."""
        endpoint = self._endpoint(batch.send_by)
        record = targets.record_of(endpoint)
        return record is not None and any(
            targets.natural_key(record, targets.as_sent(part.body)) is None
            and not targets.repeatable(endpoint, part.body)
            for part in batch.parts
        )

    def _repeats(self, batch: Claim) -> bool:
        """Whether the same bytes may go again."""
        endpoint = self._endpoint(batch.send_by)
        app = self.client.instance.client_id
        return may_repeat(
            endpoint, batch, self.store.clock.now(), uptime_of(self.store.clock), app=app
        )

    def _doubt(self, batch: Claim, *, said: str | None = None) -> None:
        sent = datetime.fromtimestamp(batch.first_sent.wall if batch.first_sent else 0, UTC)
        reason = f"sent at {sent:%Y-%m-%d %H:%M:%S} UTC, and no reply came"
        if said is not None:
            reason += f"; when the same bytes were sent again, Xero said: {said}"
        claims.doubt(self.store, batch, [reason], self._now())

    async def _renew(self, owner: str) -> None:
        while True:
            await asyncio.sleep(RENEWAL)
            with suppress(StoreError):
                claims.renew(self.store, owner, self._now())

    def _endpoint(self, name: str) -> Endpoint:
        return load().endpoint(name)

    def _now(self) -> float:
        return self.store.clock.now().timestamp()


def _is_lost(error: XeroportError) -> bool:
    return isinstance(error, Unavailable) and not error.outcome_known


def _is_xeros_failure(error: XeroportError) -> bool:
    """Whether Xero answered, with a failure that may be about what was sent."""
    if not isinstance(error, Unavailable) or error.outcome_known:
        return False
    return error.status is not None and error.status not in OFFLINE
