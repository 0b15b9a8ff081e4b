"""Lists of records of one kind, narrowed by words, dates and status, with the totals of all that
match by currency; and one record with its lines and what settles it.

SQL that DuckDB and Postgres both speak; identifiers come from `document_kinds`, values are
parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from xeroport.console.reading.books_protocol import Reading, Row
from xeroport.console.reading.document_kinds import Kind
from xeroport.console.reading.filter_values import number_of
from xeroport.console.reading.patterns import escaped, like
from xeroport.destinations.typed import identifier as quoted
from xeroport.destinations.typed import text
from xeroport.store.instances import Instance

PAGE = 50
LINES = 500
POSTED = "('AUTHORISED', 'PAID', 'POSTED')"
"""Statuses of records that count in the books."""
DEEPEST = 100_000


@dataclass(frozen=True)
class Narrowing:
    """What a list is asked for; `late` keeps what is overdue on that day, `low` and `high` are
    of the total, `columns` those that are shown (none: the usual ones)."""

    words: str = ""
    status: str = ""
    first: date | None = None
    last: date | None = None
    late: date | None = None
    contact: str = ""
    low: Decimal | None = None
    high: Decimal | None = None
    columns: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    descending: bool = False
    offset: int = 0


@dataclass(frozen=True)
class Total:
    """How many records there are in one currency, and their sums."""

    currency: str
    count: int
    total: Decimal | None
    open: Decimal | None


Words = dict[tuple[str, Any], str]
"""(Column, value) → what a person calls it."""


def source(schema: str, table: str) -> str:
    """A table of an instance, as SQL."""
    return f"{quoted(schema)}.{quoted(table)}"


def conditions(kind: Kind, narrowing: Narrowing) -> tuple[str, list[Any]]:
    """The WHERE clause and its parameters."""
    clauses = ["_deleted_at IS NULL"]
    values: list[Any] = []
    if kind.where:
        clauses.append(kind.where)
    names = [name for name, _ in kind.columns]
    if narrowing.words:
        texts = dict.fromkeys([kind.number, *(name for name in names if name in SEARCHED)])
        condition, values = like(tuple(texts), f"%{escaped(narrowing.words)}%")
        some = [condition]
        amount = number_of(narrowing.words)
        sums = [name for name in (kind.total, kind.open) if name]
        if amount is not None and sums:
            values.append(amount)
            some += [f"{quoted(name)} = ${len(values)}" for name in sums]
        clauses.append(f"({' OR '.join(some)})")
    if narrowing.status and kind.status:
        values.append(narrowing.status)
        clauses.append(f"{quoted(kind.status)} = ${len(values)}")
    if narrowing.contact and kind.party:
        values.append(narrowing.contact)
        clauses.append(f"contact_id::VARCHAR = ${len(values)}")
    for day, sign in ((narrowing.first, ">="), (narrowing.last, "<=")):
        if day is not None and kind.date:
            values.append(day)
            clauses.append(f"{quoted(kind.date)} {sign} ${len(values)}")
    for bound, sign in ((narrowing.low, ">="), (narrowing.high, "<=")):
        if bound is not None and kind.total:
            values.append(bound)
            clauses.append(f"{quoted(kind.total)} {sign} ${len(values)}")
    if narrowing.late is not None and kind.due and kind.open:
        values.append(narrowing.late)
        clauses.append(
            f"{quoted(kind.due)} < ${len(values)} AND {quoted(kind.open)} > 0 "
            f"AND {quoted(kind.status)} = 'AUTHORISED'"
        )
    return " WHERE " + " AND ".join(clauses), values


SEARCHED = frozenset(
    ("contact_name", "invoice_contact_name", "reference", "narration", "name", "title", "code",
     "email_address", "account_number", "invoice_number", "bank_account_name")
)  # fmt: skip
"""Columns of a list that its search box looks into."""


def currency_of(schema: str, kind: Kind, present: Collection[str], base: str) -> str:
    """The currency of a record's amounts, as SQL: its own, else that of what it belongs to, else
    the base currency of the organisation."""
    if not kind.currency:
        return text(base)
    sources = [quoted(name) for name in (kind.currency, *kind.currencies)]
    if kind.bank_account and "account" in present:
        sources.append(
            f"(SELECT max(a.currency_code) FROM {source(schema, 'account')} AS a "  # noqa: S608
            f"WHERE a.account_id::VARCHAR = {quoted(kind.bank_account)}::VARCHAR)"
        )
    return f"coalesce({', '.join([*sources, text(base)])})"


def totals(
    reading: Reading, schema: str, kind: Kind, narrowing: Narrowing, currency: str = "''"
) -> list[Total]:
    """The number and the sums of all that match, by currency (SQL)."""
    where, values = conditions(kind, narrowing)
    counted = (
        f" FILTER (WHERE coalesce({quoted(kind.status)}, 'AUTHORISED') IN {POSTED})"
        if kind.posted
        else ""
    )
    sums = [
        f"sum({_signed(kind, name)}){counted}" if name else "NULL"
        for name in (kind.total, kind.open)
    ]
    rows = reading.rows(
        f"SELECT {currency} AS currency, count(*), {', '.join(sums)} "  # noqa: S608
        f"FROM {source(schema, kind.table)}{where} GROUP BY 1 ORDER BY 2 DESC",
        values,
    )
    return [Total(*row) for row in rows]


def _signed(kind: Kind, name: str) -> str:
    """An amount of a record, negative where it takes money away."""
    return (
        f"CASE WHEN {kind.sign} THEN -1 ELSE 1 END * {quoted(name)}" if kind.sign else quoted(name)
    )


def order(kind: Kind, narrowing: Narrowing) -> str:
    """The ORDER BY clause: as asked, else the newest first, else by name."""
    names = {name for name, _ in narrowing.columns or kind.columns}
    if narrowing.sort in names:
        direction = "DESC" if narrowing.descending else "ASC"
        return f" ORDER BY {quoted(narrowing.sort)} {direction} NULLS LAST, {quoted(kind.id)}"
    if kind.date:
        return f" ORDER BY {quoted(kind.date)} DESC NULLS LAST, {quoted(kind.id)}"
    return f" ORDER BY {quoted(kind.columns[0][0])}, {quoted(kind.id)}"


def select(schema: str, kind: Kind, narrowing: Narrowing, currency: str) -> tuple[str, list[Any]]:
    """The query for the rows of a list: id, currency (SQL), contact, then the columns."""
    where, values = conditions(kind, narrowing)
    party = "contact_id" if kind.party else "NULL"
    columns = ", ".join(quoted(name) for name, _ in narrowing.columns or kind.columns)
    sql = (
        f"SELECT {quoted(kind.id)}, {currency}, {party}, {columns} "  # noqa: S608
        f"FROM {source(schema, kind.table)}{where}{order(kind, narrowing)}"
    )
    return sql, values


def page_of(
    reading: Reading, schema: str, kind: Kind, narrowing: Narrowing, currency: str
) -> list[Row]:
    """One page of a list."""
    sql, values = select(schema, kind, narrowing, currency)
    return reading.rows(f"{sql} LIMIT {PAGE} OFFSET {int(narrowing.offset)}", values)


def statuses(reading: Reading, schema: str, kind: Kind) -> list[str]:
    """The statuses that records of a kind have."""
    if not kind.status:
        return []
    where = f" WHERE {kind.where}" if kind.where else ""
    rows = reading.rows(
        f"SELECT DISTINCT {quoted(kind.status)} FROM {source(schema, kind.table)}{where} "  # noqa: S608
        "ORDER BY 1"
    )
    return [str(row[0]) for row in rows if row[0]]


def record(
    reading: Reading, schema: str, kind: Kind, key: str, currency: str = "NULL"
) -> dict[str, Any] | None:
    """One record by its id, with its `currency` (SQL) beside its columns; None if there is none of
    this kind."""
    names = column_names(reading, schema, kind.table)
    also = f" AND {kind.where}" if kind.where else ""
    rows = reading.rows(
        f"SELECT {', '.join(map(quoted, names))}, {currency} "  # noqa: S608
        f"FROM {source(schema, kind.table)} "
        f"WHERE {quoted(kind.id)}::VARCHAR = $1{also} LIMIT 1",
        (key,),
    )
    return dict(zip([*names, "currency"], rows[0], strict=True)) if rows else None


def column_names(reading: Reading, schema: str, table: str) -> list[str]:
    """The columns of a table, in order; none if there is no such table."""
    rows = reading.rows(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position",
        (schema, table),
    )
    return [row[0] for row in rows]


def parts(
    reading: Reading, schema: str, table: str, column: str, key: str, *, order_by: str = ""
) -> list[dict[str, Any]]:
    """The rows of another table that belong to a record, at most `LINES`."""
    names = column_names(reading, schema, table)
    if column not in names:
        return []
    by = order_by if order_by in names else ("position" if "position" in names else names[0])
    gone = " AND _deleted_at IS NULL" if "_deleted_at" in names else ""
    rows = reading.rows(
        f"SELECT {', '.join(map(quoted, names))} FROM {source(schema, table)} "  # noqa: S608
        f"WHERE {quoted(column)}::VARCHAR = $1{gone} ORDER BY {quoted(by)} LIMIT {LINES}",
        (key,),
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def account_ids(reading: Reading, schema: str, codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Account code → id and name."""
    if not codes:
        return {}
    marks = ", ".join(f"${number}" for number in range(1, len(codes) + 1))
    rows = reading.rows(
        f"SELECT code, account_id, name FROM {source(schema, 'account')} "  # noqa: S608
        f"WHERE code IN ({marks}) AND _deleted_at IS NULL",
        list(codes),
    )
    return {row[0]: (str(row[1]), row[2]) for row in rows}


def with_currency(reading: Reading, schema: str, instance: Instance, present: set[str]) -> Instance:
    """The instance with the base currency that the copy has, where no check has asked Xero yet."""
    if instance.base_currency or "organisation" not in present:
        return instance
    rows = reading.rows(f"SELECT base_currency FROM {source(schema, 'organisation')} LIMIT 1")  # noqa: S608
    return replace(instance, base_currency=rows[0][0]) if rows else instance


def words_of(
    reading: Reading, schema: str, records: Sequence[Mapping[str, Any]], present: set[str]
) -> Words:
    """What the codes of accounts and tax types in records are called."""
    codes = {str(record["account_code"]) for record in records if record.get("account_code")}
    words: Words = {}
    if codes and "account" in present:
        for code, (_, name) in account_ids(reading, schema, sorted(codes)).items():
            words["account_code", code] = f"{code} {name}"
    if "tax_rate" in present and any(record.get("tax_type") for record in records):
        words |= {
            ("tax_type", tax_type): name for tax_type, name in tax_names(reading, schema).items()
        }
    return words


def tax_names(reading: Reading, schema: str) -> dict[str, str]:
    """Tax type → the name that the organisation gives it."""
    rows = reading.rows(
        f"SELECT tax_type, name FROM {source(schema, 'tax_rate')} "  # noqa: S608
        "WHERE _deleted_at IS NULL AND name IS NOT NULL ORDER BY status DESC, name"
    )
    return dict(rows)
