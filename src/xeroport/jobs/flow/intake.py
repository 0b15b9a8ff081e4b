"""Taking a source in: records → what each step will send, committed with the checkpoint."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

import msgspec

from xeroport.catalogue import load
from xeroport.destinations.interruptible import in_thread
from xeroport.errors import InputError
from xeroport.jobs.flow import into_xero
from xeroport.jobs.flow.context import FlowContext
from xeroport.jobs.flow.definition import Flow
from xeroport.jobs.flow.into_xero import Shaper
from xeroport.jobs.flow.lookups import LookupTable
from xeroport.jobs.flow.mapper import MappedRecord, Mapper
from xeroport.jobs.flow.sources import Portion, Record, endpoint_of, reader_of
from xeroport.records.from_rows import put
from xeroport.sql import layouts
from xeroport.store import flows, inbox
from xeroport.store.flows import FlowRecord, StepRecord

AT_ONCE = 1_000
TWICE = "several records have this key, with different contents"
_encode = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode


@dataclass(slots=True)
class Intake:
    """One run's way of taking records in; `state` is the flow's checkpoint as it grows."""

    context: FlowContext
    tables: Sequence[LookupTable]
    state: dict[str, Any]
    tally: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    _mapper: Mapper | None = None
    _shapers: dict[int, Shaper] = field(default_factory=dict)

    async def take(self, portion: Portion) -> None:
        """Take one portion in; its checkpoint commits with the last of its records."""
        if portion.failure is not None:
            raise portion.failure
        for number, step in enumerate(self.context.flow.steps):
            if step.target.kind == "xero":
                self._shaper(number)
        if portion.name:
            with self.context.store.transaction() as connection:
                flows.forget_broken(connection, self.context.flow.name, portion.name)
        records = iter(portion.records)
        carried: list[Record] = []
        while True:
            fresh = await in_thread(list, islice(records, AT_ONCE))
            is_last = len(fresh) < AT_ONCE
            chunk = carried + fresh
            cut = len(chunk) if is_last else await in_thread(self._cut, portion, chunk)
            made = await in_thread(self.step_records, portion, chunk[:cut])
            self._commit(made, portion if is_last else None)
            carried = chunk[cut:]
            if is_last:
                return

    def _cut(self, portion: Portion, chunk: Sequence[Record]) -> int:
        """Where to end a chunk so that records with one key, one after another, stay together."""
        if any(record.broken for record in chunk):
            return len(chunk)
        values = [record.values for record in chunk]
        mapped = self._mapper_for(portion, chunk).rows(0, values)
        cut = len(chunk)
        for record in reversed(mapped):
            if record.error is not None or record.key != mapped[-1].key:
                break
            cut = record.number
        return cut

    def step_records(self, portion: Portion, chunk: Sequence[Record]) -> list[StepRecord]:
        """What the steps make of some records."""
        self.tally["read"] += len(chunk)
        pieces: list[StepRecord] = []
        whole = []
        for record in chunk:
            if record.broken is None:
                whole.append(record)
            else:
                pieces.append(self._refused(0, record.origin, record, [record.broken]))
        if not whole:
            return pieces
        mapper = self._mapper_for(portion, whole)
        for number in range(len(self.context.flow.steps)):
            mapped = mapper.rows(number, [record.values for record in whole])
            if not number:
                self.tally["matched"] += len({record.number for record in mapped})
            pieces += self._step(number, mapped, whole)
        if mapper.types:
            types = {str(number): of for number, of in mapper.types.items()}
            self.state["types"] = {**self.state.get("types", {}), **types}
        return pieces

    def remake(self, record: FlowRecord) -> None:
        """Make a record again from what the source gave, and put it back on its way."""
        rows = json.loads(record.source or "[]", parse_float=Decimal)
        if self.context.flow.source.kind in ("xero", "webhooks"):
            name = endpoint_of(self.context.flow.source).record or ""
            layout = layouts.of_record(name)
        else:
            layout = layouts.of_values(rows, self.state.get("layout", {}))
        records = [Record(record.origin, row) for row in rows]
        records_made = [
            remade
            for remade in (self.step_records(Portion(records, layout), records) if records else [])
            if remade.step == record.step
        ]
        now, name = self.context.store.clock.now(), self.context.flow.name
        with self.context.store.transaction() as connection:
            if records_made and all(remade.key != record.key for remade in records_made):
                flows.drop(connection, record)
            self.tally.update(flows.take_in(connection, name, self.context.run, records_made, now))
            if any(
                remade.key == record.key and remade.hash == record.hash for remade in records_made
            ):
                flows.again(connection, record, self.context.run, now)

    def resend(self, record: FlowRecord) -> None:
        """Put a delivered record back on its way."""
        with self.context.store.transaction() as connection:
            flows.again(connection, record, self.context.run, self.context.store.clock.now())

    def close(self) -> None:
        """Let the database of the expressions go."""
        if self._mapper is not None:
            self._mapper.close()
            self._mapper = None

    def _step(
        self, number: int, mapped: Iterable[MappedRecord], records: Sequence[Record]
    ) -> Iterator[StepRecord]:
        good = []
        for each in mapped:
            if each.error is None:
                good.append(each)
            else:
                record = records[each.number]
                yield self._refused(number, each.key or record.origin, record, [each.error])
        for key, group in groupby(good, key=lambda each: each.key):
            rows = list(group)
            yield self._step_record(number, key, rows, [records[n] for n in _numbers(rows)])

    def _step_record(
        self, number: int, key: str, rows: Sequence[MappedRecord], records: Sequence[Record]
    ) -> StepRecord:
        step = self.context.flow.steps[number]
        source = _json([record.values for record in records])
        origin = records[0].origin
        if step.target.kind != "xero":
            body, *others = {_json(nested(row.values)): None for row in rows}
            if others:
                return self._refused(number, key, records[0], [TWICE], source)
            return StepRecord(number, key, origin, source, body, _hash(body))
        shaper = self._shaper(number)
        if not shaper.plan.groups and len({_json(row.values) for row in rows}) > 1:
            return self._refused(number, key, records[0], [TWICE], source)
        document = shaper.shaped(key, [row.values for row in rows])
        if document.problems:
            return self._refused(number, key, records[0], document.problems, source)
        fingerprint = _hash(document.ids + document.body)
        return StepRecord(number, key, origin, source, document.body, fingerprint, document.ids)

    def _refused(
        self,
        number: int,
        key: str,
        record: Record,
        problems: Sequence[str],
        source: str | None = None,
    ) -> StepRecord:
        """A record of which nothing can be made, with the reasons."""
        kept = source or _json([record.values])
        fingerprint = _hash(kept + "\n".join(problems))
        return StepRecord(
            number, key, record.origin, kept, None, fingerprint, problems=tuple(problems)
        )

    def _shaper(self, number: int) -> Shaper:
        found = self._shapers.get(number)
        if found is None:
            step = self.context.flow.steps[number]
            found = Shaper(step, date_format=into_xero.date_format(self.context.store, step))
            if found.plan.problems:
                first = found.plan.problems[0]
                raise InputError(first.message, hint=first.hint)
            self._shapers[number] = found
        return found

    def _mapper_for(self, portion: Portion, records: Sequence[Record]) -> Mapper:
        """The mapper for a layout; a new one where the records have fields it does not know."""
        layout: Mapping[str, Any]
        if portion.layout is not None:
            layout = portion.layout
        else:
            known = self.state.get("layout", {})
            layout = layouts.of_values((record.values for record in records), known)
            self.state["layout"] = layout
        if self._mapper is not None and self._mapper.layout == layout:
            return self._mapper
        self.close()
        made = Mapper(
            self.context.flow,
            layout,
            self.tables,
            key=key_of(self.context.flow),
            due=self.context.due,
            time_zone=self.context.time_zone,
        )
        faults = made.faults()
        if faults:
            made.close()
            first, *more = faults
            others = f" (and {len(more)} more)" if more else ""
            raise InputError(
                f"`{self.context.flow.name}`: {first.place}: {first.message}{others}",
                hint=first.hint or f"see `xeroport flow check {self.context.flow.name}`",
            )
        self._mapper = made
        return made

    def _commit(self, made: Sequence[StepRecord], ended: Portion | None) -> None:
        """One transaction: the records, their place in the outbox, and the checkpoint."""
        now = self.context.store.clock.now()
        name = self.context.flow.name
        with self.context.store.transaction() as connection:
            self.tally.update(flows.take_in(connection, name, self.context.run, made, now))
            for number, step in enumerate(self.context.flow.steps):
                if number:
                    flows.promote(connection, name, number, now)
                if step.target.kind == "xero":
                    into_xero.enqueue(connection, self.context, number, now)
            if ended is None:
                return
            self.state |= ended.state or {}
            flows.save(connection, name, self.state)
            if ended.read is not None:
                digest, file = ended.read
                flows.mark_read(connection, name, digest, name=file, now=now)
            if ended.position is not None:
                instance = self.context.flow.source.instance or ""
                inbox.advance(connection, instance, reader_of(name), ended.position)


def key_of(flow: Flow) -> tuple[str, ...]:
    """The expressions of a flow's key: given, or what Xero knows the source's records by."""
    if flow.key:
        return flow.key
    record = load().record(endpoint_of(flow.source).record or "")
    if not record.key:
        raise InputError(f"`{record.name}` has no key of its own", hint="set the flow's `key`")
    return record.key


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted names as records inside records."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        path = tuple(int(part) if part.isdigit() else part for part in name.split("."))
        put(found, path, value)
    return found


def _numbers(rows: Iterable[MappedRecord]) -> list[int]:
    return list(dict.fromkeys(row.number for row in rows))


def _json(value: Any) -> str:
    return _encode(_exact(value)).decode()


def _exact(value: Any) -> Any:
    """Values as JSON has them: instants in UTC, decimals without trailing zeros."""
    if isinstance(value, Mapping):
        return {str(name): _exact(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(item) for item in value]
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        text = format(value, "f")
        return Decimal(text.rstrip("0").rstrip(".")) if "." in text else value
    return value


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
