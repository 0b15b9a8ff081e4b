"""Search over everything: contacts, documents, accounts and items by name, number, reference or
amount.

Each table is looked through once for what begins with the words or has the amount, and once more
for what contains them only where that found nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xeroport.console.reading.books_protocol import Reading
from xeroport.console.reading.document_kinds import BY_KEY, Kind, kind_of
from xeroport.console.reading.documents import source
from xeroport.console.reading.filter_values import number_of
from xeroport.console.reading.patterns import escaped, like
from xeroport.destinations.typed import identifier as quoted

MOST = 8
"""Results of one kind."""
LEAST = 3
"""Letters that are looked for anywhere in a text; fewer, only at its beginning."""


@dataclass(frozen=True)
class Found:
    """One result: its kind, id, title and what tells it from others."""

    kind: Kind
    id: str
    title: str
    party: str
    date: Any
    status: str
    amount: Decimal | None
    currency: str


@dataclass(frozen=True)
class Where:
    """Where one table is looked through: the kinds that are in it, the columns that begin with the
    words or contain them, and the name of the other party; a small table is looked through once."""

    kinds: tuple[str, ...]
    columns: tuple[str, ...]
    party: str = ""
    is_small: bool = False


PLACES = (
    Where(("contacts",), ("name", "email_address", "account_number"), is_small=True),
    Where(("sales-invoices", "bills"), ("invoice_number", "reference"), "contact_name"),
    Where(("sales-credit-notes", "supplier-credit-notes"), ("credit_note_number", "reference"),
          "contact_name"),
    Where(("quotes",), ("quote_number", "title", "reference"), "contact_name"),
    Where(("purchase-orders",), ("purchase_order_number", "reference"), "contact_name"),
    Where(("bank",), ("reference",), "contact_name"),
    Where(("payments",), ("reference",), "invoice_contact_name"),
    Where(("manual-journals",), ("narration",)),
    Where(("accounts",), ("name", "code"), is_small=True),
    Where(("items",), ("name", "code"), is_small=True),
)  # fmt: skip


def search(reading: Reading, schema: str, words: str, present: set[str]) -> list[Found]:
    """What fits the words, kind by kind."""
    amount = number_of(words.lstrip("$£€"))
    found: list[Found] = []
    for where in PLACES:
        kinds = [BY_KEY[key] for key in where.kinds]
        if kinds[0].table in present:
            results = _in_table(reading, schema, kinds, where, words, amount)
            for kind in kinds:
                found += [result for result in results if result.kind is kind][:MOST]
    return found


def _in_table(
    reading: Reading,
    schema: str,
    kinds: list[Kind],
    where: Where,
    words: str,
    amount: Decimal | None,
) -> list[Found]:
    if where.is_small:
        condition, values = like(where.columns, f"%{escaped(words)}%")
        return _rows(reading, schema, kinds, where, condition, values)
    condition, values = like(where.columns, f"{escaped(words)}%")
    if amount is not None and kinds[0].total:
        values.append(amount)
        condition += f" OR {quoted(kinds[0].total)} = $2"
    results = _rows(reading, schema, kinds, where, condition, values)
    if results or len(words) < LEAST:
        return results
    return _rows(reading, schema, kinds, where, *like(where.columns, f"%{escaped(words)}%"))


def _rows(
    reading: Reading,
    schema: str,
    kinds: list[Kind],
    where: Where,
    condition: str,
    values: list[Any],
) -> list[Found]:
    first = kinds[0]
    type_ = "type" if first.where else ""
    columns = (
        first.id, first.number, where.party, first.date, first.status, first.total,
        first.currency, type_,
    )  # fmt: skip
    chosen = ", ".join(quoted(name) if name else "NULL" for name in columns)
    table = source(schema, first.table)
    narrowed = f"WHERE ({condition}) AND _deleted_at IS NULL LIMIT {MOST * 2 * len(kinds)}"
    if reading.has_row_ids:  # DuckDB finds rows several times as quickly by few columns
        ids = [row[0] for row in reading.rows(f"SELECT rowid FROM {table} {narrowed}", values)]  # noqa: S608
        if not ids:
            return []
        narrowed, values = "WHERE rowid IN (SELECT unnest($1::BIGINT[]))", [ids]
    rows = reading.rows(f"SELECT {chosen} FROM {table} {narrowed}", values)  # noqa: S608
    found = []
    for row in rows:
        kind = kind_of(first.table, {"type": row[7]}) if type_ else first
        if kind is not None:
            found.append(
                Found(
                    kind, str(row[0]), str(row[1] or kind.singular), str(row[2] or ""), row[3],
                    str(row[4] or ""), row[5], str(row[6] or ""),
                )
            )  # fmt: skip
    return found
