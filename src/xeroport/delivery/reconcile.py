"""Records whose outcome is unknown, looked up in Xero and settled, question by question.

A record is looked up by its natural key. Found, it counts as sent only if its content is what was
sent (type, contact, dates, reference, amount), it still counts in Xero, it is not older than our
sending, and no other delivery has it: the same number may be somebody else's. Not found, or
somebody else's, it goes back to the queue, where Xero itself refuses a number that is taken: no
natural key can lead to a second record. If it was not found and Xero then says that its number is
taken, the list may only be late: it is unknown again, and looked up again. A record with other
contents that changed since the sending may be ours, edited: it stays unknown, for a person, as does
what has no natural key. What changes a record that its id or its natural key names goes again
without a look; what ends one is asked for by `status_lookup`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from xeroport.catalogue import NaturalKey, RecordType, load
from xeroport.clock import CLOCKS_APART, Uptime, uptime_of
from xeroport.delivery import lookup, recent_lookup, status_lookup
from xeroport.delivery.compare import differences
from xeroport.delivery.identity import fold, number_of
from xeroport.delivery.settle import asked_for
from xeroport.errors import AccessError, Refused, XeroportError
from xeroport.records.document_checks import GONE, line_sum
from xeroport.records.targets import as_sent, natural_key, record_of, repeatable
from xeroport.store.database import Store
from xeroport.store.outbox import unknown_outcomes
from xeroport.store.outbox.claims import Moment, Settlement
from xeroport.store.outbox.outbox import Delivery
from xeroport.store.outbox.unknown_outcomes import DoubtfulDelivery
from xeroport.xero.client import XeroClient

SAME = ("Type", "Date", "Reference", "CurrencyCode", "Narration", "EmailAddress", "AccountNumber")
ROUNDING = Decimal("0.10")
FAILED_LIMIT = 50
"""A delivery that may go with no more than so many others is one that Xero failed on before."""


@dataclass(frozen=True, slots=True)
class SoughtDelivery:
    """A doubtful delivery with the natural key to look for."""

    doubtful: DoubtfulDelivery
    values: Mapping[str, Any]
    key: NaturalKey


@dataclass(slots=True)
class Reconciler:
    """Looks up an endpoint's unknown deliveries and settles what it can; `failure` is why some
    could not be asked about, and stops nothing else. `wanted` says which to look up."""

    client: XeroClient
    store: Store
    endpoint: str
    run: int | None = None
    wanted: Callable[[Delivery], bool] = lambda _: True
    settled: int = 0
    failure: XeroportError | None = None
    _taken: set[str] = field(default_factory=set)

    async def reconcile(self) -> None:
        """Settle what can be settled, each answer of Xero's as it comes."""
        groups: dict[tuple[str, ...], list[SoughtDelivery]] = {}
        nameless: dict[str, list[DoubtfulDelivery]] = {}
        for doubtful in unknown_outcomes.unknown(
            self.store, instance=self.client.instance.name, endpoint=self.endpoint
        ):
            delivery = doubtful.delivery
            if not self.wanted(delivery):
                continue
            target = load().endpoint(delivery.send_by)
            if ends := status_lookup.ending_of(target, delivery):
                await self._settle_end(ends)
                continue
            record = record_of(target)
            values = as_sent(delivery.body) if record else {}
            key = natural_key(record, values) if record else None
            ended = status_lookup.status_of(values) is not None
            if repeatable(target, delivery.body) or (
                key is not None and target.verb == "upsert" and not ended
            ):
                self._reopen(delivery)
            elif record is not None and key is not None:
                name = key.fields[0]
                if lookup.can_find(record, name, values[name]):
                    within = delivery.ids if record.name == "TrackingOption" else ""
                    group = groups.setdefault((delivery.send_by, within, *key.fields), [])
                    group.append(SoughtDelivery(doubtful, values, key))
            elif delivery.batch_limit <= FAILED_LIMIT and target.method == "PUT":
                nameless.setdefault(delivery.send_by, []).append(doubtful)
        for (send_by, within, *_), group in groups.items():
            await self._ask(send_by, within, group)
        for send_by, doubts in nameless.items():
            await self._ask_recent(send_by, doubts)

    async def _ask(self, send_by: str, within: str, group: Sequence[SoughtDelivery]) -> None:
        """Ask for one group of records, and settle them answer by answer."""
        target = load().endpoint(send_by)
        record = record_of(target)
        assert record is not None
        name = group[0].key.fields[0]
        dates = [str(sought.values.get("Date") or "") for sought in group]
        asked = lookup.questions(
            record,
            name,
            [sought.values[name] for sought in group],
            within=[within] if within else (),
            dates=dates if all(dates) else (),
        )
        records: list[dict[str, Any]] = []
        for question in asked:
            try:
                matches = await lookup.ask(self.client, question)
            except Refused as error:
                self.failure = self.failure or error
                continue
            records += matches.records
            creates = target.method == "PUT"
            if creates and record.key:
                ids = [
                    str(each[record.key[0]]) for each in matches.records if record.key[0] in each
                ]
                self._taken |= unknown_outcomes.taken(self.store, self.client.instance.name, ids)
            for sought in group:
                if fold(sought.values[name]) in question.about:
                    self._settle(record, sought, records, matches.at, creates=creates)

    async def _ask_recent(self, send_by: str, doubts: Sequence[DoubtfulDelivery]) -> None:
        """Look for records without a natural key, which Xero failed on, in what changed since."""
        record = record_of(load().endpoint(send_by))
        lister = recent_lookup.recent_list(record) if record else None
        uptime = uptime_of(self.store.clock)
        group = [doubtful for doubtful in doubts if recent_lookup.can_ask(doubtful, uptime)]
        if record is None or lister is None or not group:
            return
        try:
            records = await recent_lookup.changed_since(self.client, lister, group, uptime)
        except (Refused, AccessError) as error:
            self.failure = self.failure or error
            return
        ids = [
            str(recent_record[record.key[0]])
            for recent_record in records
            if record.key[0] in recent_record
        ]
        taken = unknown_outcomes.taken(self.store, self.client.instance.name, ids)
        free = [
            recent_record
            for recent_record in records
            if str(recent_record.get(record.key[0])) not in taken
        ]
        for doubtful in group:
            delivery = doubtful.delivery
            name = recent_lookup.resembling(record, as_sent(delivery.body), free)
            if name is None:
                self._reopen(delivery)
            else:
                words = f"`{name}` in Xero resembles it, and may be the same record"
                unknown_outcomes.say(
                    self.store, delivery, dict.fromkeys((*delivery.messages, words))
                )

    def _settle(
        self,
        record: RecordType,
        sought: SoughtDelivery,
        records: Sequence[Mapping[str, Any]],
        at: datetime | None,
        *,
        creates: bool,
    ) -> None:
        delivery = sought.doubtful.delivery
        since = sent_on_xeros_clock(sought.doubtful.first_sent, at, uptime_of(self.store.clock))
        named = [record for record in records if has_key(sought, record)]
        free = [e for e in named if not record.key or str(e[record.key[0]]) not in self._taken]
        if creates:
            ours, doubt = pick_created(record, sought, free, since)
        else:
            ended = status_lookup.status_of(sought.values)
            still_free = [
                e for e in free if ended in (e.get(name) for name in status_lookup.STATUS)
            ]
            ours, doubt = (still_free[0] if still_free else None), None
        if ours is None and doubt is not None:
            unknown_outcomes.say(self.store, delivery, (doubt,))
            return
        if ours is None:
            words = [f"`{number_of(record, e)}` is taken in Xero by another record" for e in named]
            self._reopen(delivery, words[:1], is_sure=bool(named))
            return
        identifier = str(ours[record.key[0]]) if record.key else None
        if creates and identifier is not None:
            self._taken.add(identifier)
        settlement = Settlement(
            delivery.position or 0,
            "sent",
            ("found in Xero after the reply was lost",),
            identifier,
            number_of(record, ours),
            differences(record, asked_for(dict(sought.values), delivery.expected), ours),
        )
        self._resolve(delivery, settlement)

    async def _settle_end(self, ends: status_lookup.RecordEnding) -> None:
        try:
            settlement = await status_lookup.ask(self.client, ends)
        except Refused as error:
            self.failure = self.failure or error
            return
        if settlement is None:
            self._reopen(ends.delivery)
        else:
            self._resolve(ends.delivery, settlement)

    def _resolve(self, delivery: Delivery, settlement: Settlement) -> None:
        self.settled += unknown_outcomes.resolve(
            self.store, delivery, settlement, self._now(), run=self.run
        )

    def _reopen(
        self, delivery: Delivery, words: Sequence[str] = (), *, is_sure: bool = False
    ) -> None:
        self.settled += unknown_outcomes.reopen(
            self.store, delivery, self._now(), words, is_sure=is_sure
        )

    def _now(self) -> float:
        return self.store.clock.now().timestamp()


def has_key(sought: SoughtDelivery, held: Mapping[str, Any]) -> bool:
    """Whether a record that Xero holds has the natural key that is sought."""
    same = all(fold(held.get(n, "")) == fold(sought.values[n]) for n in sought.key.fields)
    return same and all(held.get(n) in (*allowed, None) for n, allowed in sought.key.when.items())


def pick_created(
    record: RecordType,
    sought: SoughtDelivery,
    candidates: Sequence[Mapping[str, Any]],
    since: float | None,
) -> tuple[Mapping[str, Any] | None, str | None]:
    """The record that our sending made, if one did; or why a person has to look.

    `since` is when it was sent, on Xero's clock; None where nobody knows any more.
    """
    ended = status_lookup.status_of(sought.values)
    first = sought.doubtful.first_sent
    hint = None if first is None else first.wall - CLOCKS_APART
    doubt: str | None = None
    for held in candidates:
        name = number_of(record, held)
        changed = changed_at(held)
        statuses = {held.get(each) for each in status_lookup.STATUS}
        is_gone = bool(GONE & statuses) and ended not in statuses
        older = changed is not None and since is not None and changed < since - CLOCKS_APART
        if older:
            continue
        if not is_gone and is_ours(record, sought.values, held):
            if changed is None or since is not None or hint is None or changed >= hint:
                return held, None
            doubt = (
                f"`{name}` is in Xero with the same contents, and may be older than this sending"
            )
        elif changed is not None and (since is not None or hint is None or changed >= hint):
            what = "ended" if is_gone else "with other contents"
            doubt = f"`{name}` is in Xero {what}, changed after this was sent"
    return None, doubt


def sent_on_xeros_clock(first: Moment | None, at: datetime | None, uptime: Uptime) -> float | None:
    """When a batch first left, by Xero's clock: its time now, less what the machine's uptime says
    has passed. None where the machine started again since."""
    if first is None or first.uptime is None or at is None:
        return None
    passed = uptime.since(first.uptime)
    return None if passed is None else at.timestamp() - passed


def changed_at(held: Mapping[str, Any]) -> float | None:
    """When Xero last changed a record, by Xero's clock."""
    changed = held.get("UpdatedDateUTC")
    return changed.timestamp() if isinstance(changed, datetime) else None


def is_ours(record: RecordType, sent: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether a record that Xero holds has the content that was sent."""
    for name in SAME:
        ours = sent.get(name)
        if ours is not None and fold(ours) != fold(held.get(name, "")):
            return False
    contact, theirs = sent.get("Contact"), held.get("Contact")
    if isinstance(contact, Mapping) and isinstance(theirs, Mapping):
        for name in ("ContactID", "ContactNumber", "Name"):
            if contact.get(name) and theirs.get(name):
                if fold(contact[name]) != fold(theirs[name]):
                    return False
                break
    total = line_sum(sent)
    if total is not None:
        exclusive = str(sent.get("LineAmountTypes", "Exclusive")).lower() == "exclusive"
        name = "SubTotal" if exclusive else "Total"
        stated = held.get(name)
        if stated is not None and abs(Decimal(stated) - total) > ROUNDING:
            return False
    return True
