"""Search over everything: contacts, documents, accounts and items by name, number, reference or
amount.

Numbers are looked for by their beginning first, which an engine answers from its own minima and
maxima; what merely contains the words is looked for only while there is room left.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xeroport.console.reading.document_kinds import BY_KEY, Kind
from xeroport.console.reading.documents import source
from xeroport.console.reading.filter_values import number_of
from xeroport.console.reading.protocol import Reading
from xeroport.destinations.typed import identifier as quoted

MOST = 8
"""Results of one kind."""


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
    """Where one kind is looked for: columns that begin with the words, and columns that contain
    them."""

    kind: str
    begins: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    party: str = ""


PLACES = (
    Where("contacts", contains=("name", "email_address", "account_number")),
    Where("sales-invoices", ("invoice_number", "reference"), ("invoice_number", "reference"),
          "contact_name"),
    Where("bills", ("invoice_number", "reference"), ("invoice_number", "reference"),
          "contact_name"),
    Where("sales-credit-notes", ("credit_note_number", "reference"),
          ("credit_note_number", "reference"), "contact_name"),
    Where("supplier-credit-notes", ("credit_note_number", "reference"),
          ("credit_note_number", "reference"), "contact_name"),
    Where("quotes", ("quote_number",), ("quote_number", "title", "reference"), "contact_name"),
    Where("purchase-orders", ("purchase_order_number",), ("purchase_order_number", "reference"),
          "contact_name"),
    Where("bank", ("reference",), ("reference",), "contact_name"),
    Where("payments", ("reference",), ("reference",), "invoice_contact_name"),
    Where("manual-journals", contains=("narration",)),
    Where("accounts", contains=("name", "code")),
    Where("items", contains=("name", "code")),
)  # fmt: skip


def search(reading: Reading, schema: str, words: str, present: set[str]) -> list[Found]:
    """What fits the words, kind by kind."""
    found: list[Found] = []
    amount = number_of(words.lstrip("$£€"))
    for where in PLACES:
        kind = BY_KEY[where.kind]
        if kind.table in present:
            found += _of_kind(reading, schema, kind, where, words, amount)
    return found


def _of_kind(
    reading: Reading, schema: str, kind: Kind, where: Where, words: str, amount: Decimal | None
) -> list[Found]:
    results: dict[str, Found] = {}

    def look(condition: str, values: list[Any]) -> None:
        if len(results) < MOST:
            for result in _rows(reading, schema, kind, where, condition, values):
                results.setdefault(result.id, result)

    if where.begins:
        some = [f"{quoted(name)} LIKE $1 ESCAPE '\\'" for name in where.begins]
        look(" OR ".join(some), [f"{_escaped(words.upper())}%"])
        if words.upper() != words:
            look(" OR ".join(some), [f"{_escaped(words)}%"])
    if amount is not None and kind.total:
        look(f"{quoted(kind.total)} = $1", [amount])
    if where.contains and (not results or not where.begins):
        some = [f"{quoted(name)} ILIKE $1 ESCAPE '\\'" for name in where.contains]
        look(" OR ".join(some), [f"%{_escaped(words)}%"])
    return list(results.values())[:MOST]


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _rows(
    reading: Reading, schema: str, kind: Kind, where: Where, condition: str, values: list[Any]
) -> list[Found]:
    columns = (kind.id, kind.number, where.party, kind.date, kind.status, kind.total, kind.currency)
    chosen = ", ".join(quoted(name) if name else "NULL" for name in columns)
    also = f" AND {kind.where}" if kind.where else ""
    rows = reading.rows(
        f"SELECT {chosen} FROM {source(schema, kind.table)} "  # noqa: S608
        f"WHERE ({condition}) AND _deleted_at IS NULL{also} LIMIT {MOST}",
        values,
    )
    return [
        Found(
            kind, str(row[0]), str(row[1] or kind.singular), str(row[2] or ""), row[3],
            str(row[4] or ""), row[5], str(row[6] or ""),
        )
        for row in rows
    ]  # fmt: skip
