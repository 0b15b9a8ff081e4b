"""The synced books of an instance, read for an agent: tables, columns, one SELECT, one record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct

from xeroport.console.reading import sql_process, tables
from xeroport.console.reading.book_places import Places
from xeroport.console.reading.books_protocol import Answer, Reading
from xeroport.console.reading.tables import Family
from xeroport.dates import in_utc
from xeroport.destinations.typed import identifier
from xeroport.errors import UnknownName
from xeroport.mcp import answers
from xeroport.sql import one_select
from xeroport.store import instances, runs
from xeroport.store.database import Store
from xeroport.store.instances import Instance, schema_name

SECONDS = 15.0
NUMBERS = (
    *("invoice_number", "credit_note_number", "purchase_order_number", "quote_number", "code"),
    *("contact_number", "account_number", "name", "reference", "email_address"),
)
"""Columns by which people name a record."""
PARTS = 100
AT_ONCE = 2
"""Questions of SQL that are answered side by side."""
SYNCS = 20


class AnswerSource(NamedTuple):
    """Which organisation an answer is about, and as of when."""

    instance: Instance
    as_of: str

    def facts(self) -> dict[str, object]:
        """For the head of an answer."""
        organisation = answers.short(self.instance.organisation or "name not known yet")
        currency = f", {self.instance.base_currency}" if self.instance.base_currency else ""
        return {
            "organisation": f"{organisation} (instance `{self.instance.name}`{currency})",
            "as of": self.as_of,
        }


class TableSize(Struct, frozen=True):
    """One table and its number of rows."""

    name: str
    rows: int


class SyncedBooks:
    """Reads where each instance was synced to last; `close` removes copies of busy files."""

    def __init__(self, home: Path, store: Store) -> None:
        self._store = store
        self._places = Places(home, store)
        self._workers = sql_process.StandingWorkers(AT_ONCE)
        self._workers.warm_up()

    def close(self) -> None:
        """Remove what was made for reading."""
        self._places.close()
        self._workers.close()

    def source(self, name: str, reading: Reading | None = None) -> AnswerSource:
        """The organisation of an instance and the time of its last sync; UnknownName if none."""
        instance = instances.get(self._store, name)
        synced = next(
            (
                run
                for run in runs.recent(self._store, SYNCS, instance=name, job="sync")
                if run.status in ("done", "partial") and run.finished_at
            ),
            None,
        )
        if synced is None or synced.finished_at is None:
            return AnswerSource(instance, "no complete sync is known")
        as_of = f"{in_utc(synced.finished_at)} (end of the last sync)"
        if synced.status == "partial":
            as_of += "; some streams or values of it failed"
        if reading is not None and reading.as_of is not None:
            as_of += "; a sync is under way, this is its last commit"
        return AnswerSource(instance, as_of)

    def tables(self, name: str) -> tuple[AnswerSource, list[TableSize]]:
        """The tables of an instance."""
        with self.reading(name) as reading:
            listed = tables.names(reading, schema_name(name))
            return self.source(name, reading), [TableSize(*each) for each in listed]

    def columns(self, name: str, table: str) -> tuple[AnswerSource, list[tuple[str, str]]]:
        """The columns of a table and their types."""
        with self.reading(name) as reading:
            table_columns = tables.columns(reading, schema_name(name), table)
            return self.source(name, reading), [
                (column.name, column.type) for column in table_columns
            ]

    def query(self, name: str, sql: str, most: int) -> tuple[AnswerSource, Answer]:
        """The answer to one SELECT over the instance's tables; InputError for anything else."""
        schema = schema_name(name)
        with self.reading(name) as reading:
            present = tables.present(reading, schema)
            one_select.check(sql, schema=schema, tables=present)
            mark = sql_process.standing.set(self._workers)
            try:
                reply = reading.answer(schema, sql, most)
            finally:
                sql_process.standing.reset(mark)
            return self.source(name, reading), reply

    def record(self, name: str, table: str, key: str) -> tuple[AnswerSource, dict[str, Any]]:
        """One record with its lines, by id, number or name; UnknownName if there is none."""
        schema = schema_name(name)
        family = tables.families().get(table)
        if family is None or family.table != table or not family.key:
            known = sorted(
                {family_of.table for family_of in tables.families().values() if family_of.key}
            )
            raise UnknownName("kind of record", table, known)
        with self.reading(name) as reading:
            names = [column.name for column in tables.columns(reading, schema, table)]
            asked = [column for column in (*family.key, *NUMBERS) if column in names]
            row = _found(reading, schema, table, asked, key)
            if row is None:
                raise UnknownName(table, key, (), hint=f"{', '.join(asked)} are compared")
            document = {n: v for n, v in zip(names, row, strict=True) if v not in (None, "")}
            present = tables.present(reading, schema)
            for child, _ in family.children:
                if child in present:
                    lines = _lines(reading, schema, child, family, document)
                    if lines:
                        document[child] = lines
            return self.source(name, reading), document

    @contextmanager
    def reading(self, name: str) -> Iterator[Reading]:
        """The books of an instance as of their last commit, for as long as the block lasts."""
        instances.get(self._store, name)
        place = self._places.choice(name).place
        with self._places.read(name, place, seconds=SECONDS) as reading:
            yield reading


def _found(
    reading: Reading, schema: str, table: str, names: list[str], key: str
) -> tuple[Any, ...] | None:
    for name in names:
        rows = reading.rows(
            f"SELECT * FROM {identifier(schema)}.{identifier(table)} "  # noqa: S608
            f"WHERE lower({identifier(name)}::VARCHAR) = lower($1) LIMIT 1",
            (key,),
        )
        if rows:
            return rows[0]
    return None


def _lines(
    reading: Reading, schema: str, table: str, family: Family, document: dict[str, Any]
) -> list[dict[str, Any]]:
    key = [str(document[name]) for name in family.key]
    names, rows = tables.record_parts(reading, schema, table, family, key, most=PARTS)
    return [
        {
            name: value
            for name, value in zip(names, row, strict=True)
            if value not in (None, "") and name not in family.key and not name.startswith("_")
        }
        for row in rows
    ]


def now() -> datetime:
    """The moment of a live answer."""
    return datetime.now(UTC)
