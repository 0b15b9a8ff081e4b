"""Fields and conditions of a flow, evaluated over records in the locked-down DuckDB.

A record whose expressions fail is refused alone, with the reason; the others continue. Expressions
see the record's fields by name, the look-up tables, and `due()`: the local time at which the run
was due, whenever it really started.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

from xeroport.destinations.typed import identifier
from xeroport.jobs.flow import lookups
from xeroport.jobs.flow.definition import Flow, FlowFault
from xeroport.sql import layouts
from xeroport.sql.evaluate import EvaluatedRow, Evaluator, Selection
from xeroport.sql.layouts import Layout
from xeroport.sql.sandbox import Sandbox, SandboxAnswer, rows_of

WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class MappedRecord:
    """What a step makes of record number `number`: its key and named values, or why not."""

    number: int
    key: str
    values: Mapping[str, Any]
    error: str | None = None


class Mapper:
    """The expressions of a flow over records of one layout; `types` are the SQL types of fields."""

    def __init__(
        self,
        flow: Flow,
        layout: Mapping[str, Layout],
        tables: Sequence[lookups.LookupTable],
        *,
        key: Sequence[str],
        due: datetime,
        time_zone: str = "UTC",
    ) -> None:
        self.layout = dict(layout)
        self.flow = _named(flow, self.layout)
        self.types: dict[int, dict[str, str]] = {}
        self._tables = tables
        self._key = _names(key, self.layout)
        self._used = self._used_layout()
        self._sandbox = Sandbox()
        self._evaluator = Evaluator(self._sandbox)
        lookups.provide(self._sandbox.connection, tables)
        local = due.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None).isoformat(sep=" ")
        self._sandbox.connection.execute(f"CREATE MACRO due() AS TIMESTAMP '{local}'")

    def close(self) -> None:
        """Let the database go."""
        self._sandbox.close()

    def faults(self) -> list[FlowFault]:
        """What is wrong with the expressions, all of it, before any record is seen."""
        if self._is_right():
            return []
        faults: list[FlowFault] = []
        if self.flow.each is not None:
            name, text = self.flow.each
            base = self._base(with_each=False, with_lookups=False)
            faults += self._fault(f"each.{name}", text, base)
            if not faults and not self._type(text, base).endswith("[]"):
                faults.append(FlowFault(f"each.{name}", f"`{text}` is not a list"))
            if faults:
                return faults
        base = self._base(with_lookups=False)
        for table in self._tables:
            if table.on is not None:
                faults += self._fault(f"lookup.{table.name}.on", table.on, base)
        if faults:
            return faults
        base = self._base()
        if self.flow.where:
            faults += self._fault("where", self.flow.where, base, condition=True)
        faults += [fault for text in self._key for fault in self._fault("key", text, base)]
        for number, step in enumerate(self.flow.steps):
            place = f"then.{number}." if number else ""
            if step.where:
                faults += self._fault(f"{place}where", step.where, base, condition=True)
            if number and step.key != self.flow.key:
                faults += [e for text in step.key for e in self._fault(f"{place}key", text, base)]
            for name, text in step.fields.items():
                faults += self._fault(f"{place}fields.{name}", text, base)
        return faults

    def _is_right(self) -> bool:
        """Whether all expressions are right, asked at once."""
        flow, steps = self.flow, self.flow.steps
        texts = [
            *self._key,
            *(text for step in steps for text in (*step.key, *step.fields.values())),
        ]
        conditions = [text for text in (flow.where, *(step.where for step in steps)) if text]
        shown = "".join(f", ({text}\n)" for text in texts)
        where = " AND ".join(f"({text}\n)" for text in conditions) or "true"
        sql = f"SELECT _n{shown} FROM ({self._base()}) AS record WHERE {where} LIMIT 0"  # noqa: S608
        try:
            return len(self._run(sql).types) == len(texts) + 1
        except duckdb.Error:
            return False

    def _used_layout(self) -> dict[str, Layout]:
        """The fields that some expression may mean: the others need not be handed over."""
        flow = self.flow
        texts = [*self._key, flow.where, *(flow.each or ()), *(t.on for t in self._tables)]
        for step in flow.steps:
            texts += [*step.key, step.where, *step.fields.values()]
        words = {word.casefold() for text in texts if text for word in WORD.findall(text)}
        if "record" in words:
            return dict(self.layout)
        return {
            name: each
            for name, each in self.layout.items()
            if {word.casefold() for word in WORD.findall(name)} <= words
        }

    def rows(self, number: int, records: Sequence[Mapping[str, Any]]) -> list[MappedRecord]:
        """What step `number` makes of these records, in their order."""
        step = self.flow.steps[number]
        keys = step.key if number and step.key else self._key
        expressions = [*(("key", text) for text in keys), *step.fields.items()]
        conditions = [text for text in (self.flow.where, step.where) if text]
        order = "_n, _at" if self.flow.each else "_n"
        selection = Selection(lambda _: self._base(), expressions, conditions, order)
        rows = [self._row(at, record) for at, record in enumerate(records)]
        evaluated = self._evaluator.select(selection, rows)
        names = tuple(step.fields)
        if names and number not in self.types and len(self._evaluator.types) == len(expressions):
            self.types[number] = dict(zip(names, self._evaluator.types[len(keys) :], strict=True))
        return [self._mapped(each, len(keys), names, records) for each in evaluated]

    def _mapped(
        self,
        evaluated: EvaluatedRow,
        keys: int,
        names: tuple[str, ...],
        records: Sequence[Mapping[str, Any]],
    ) -> MappedRecord:
        if evaluated.broken is not None:
            return MappedRecord(evaluated.number, "", {}, evaluated.broken)
        parts, rest = evaluated.values[:keys], evaluated.values[keys:]
        key = " / ".join(_text(part) for part in parts if part is not None)
        error = "the key is empty" if not key or None in parts else None
        whole = dict(records[evaluated.number])
        values = dict(zip(names, rest, strict=True)) if names else whole
        return MappedRecord(evaluated.number, key, values, error)

    def _run(
        self, sql: str, records: Iterable[tuple[int, Mapping[str, Any]]] = ()
    ) -> SandboxAnswer:
        return self._sandbox.run(sql, [self._row(*record) for record in records])

    def _row(self, at: int, record: Mapping[str, Any]) -> dict[str, Any]:
        return {**{name: value for name, value in record.items() if name in self._used}, "_n": at}

    def _base(self, *, with_each: bool = True, with_lookups: bool = True) -> str:
        """The query that gives records as rows, with their look-ups and the items of `each`."""
        base = rows_of({"_n": "BIGINT", **self._used})
        if with_each and self.flow.each is not None:
            name, text = self.flow.each
            base = (
                f"SELECT *, unnest(({text}\n)) AS {identifier(name)}, "  # noqa: S608
                f"generate_subscripts(({text}\n), 1) AS _at FROM ({base})"
            )
        return lookups.joined(base, self._tables) if with_lookups else base

    def _fault(
        self, place: str, text: str, base: str, *, condition: bool = False
    ) -> list[FlowFault]:
        """What is wrong with one expression: one fault, or none."""
        tables = [table.name for table in self._tables]
        names = [*layouts.names(self.layout), *tables, *(self.flow.each or ())[:1]]
        wrong = self._sandbox.wrong(text, base, names=names, tables=tables, condition=condition)
        return [] if wrong is None else [FlowFault(place, *wrong)]

    def _type(self, text: str, base: str) -> str:
        return self._run(f"SELECT ({text}\n) FROM ({base}) AS record LIMIT 0").types[0]  # noqa: S608


def _named(flow: Flow, layout: Mapping[str, Layout]) -> Flow:
    """A flow whose plain field names need no quotation marks, be they words of SQL or hold blanks:
    an expression that is the whole name of a field means that field."""
    steps = [
        replace(
            step,
            key=_names(step.key, layout),
            fields=dict(zip(step.fields, _names(step.fields.values(), layout), strict=True)),
        )
        for step in flow.steps
    ]
    return replace(flow, key=_names(flow.key, layout), steps=tuple(steps))


def _names(texts: Iterable[str], layout: Mapping[str, Layout]) -> tuple[str, ...]:
    return tuple(identifier(text.strip()) if text.strip() in layout else text for text in texts)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value).strip()
