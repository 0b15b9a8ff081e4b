"""Search over everything: contacts, documents, accounts and items by name, number, reference or
amount."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from xeroport.console.reading.books_protocol import Reading, Row
from xeroport.console.reading.document_kinds import BY_KEY, Kind, kind_of
from xeroport.console.reading.documents import currency_of
from xeroport.console.reading.filter_values import number_of
from xeroport.console.reading.finding_rows import Search, indexes, looked_up, scanned
from xeroport.destinations.typed import identifier as quoted

MOST = 8
"""Results of one kind."""


@dataclass(frozen=True)
class SearchResult:
    """One result: its kind, id, title and what tells it from others."""

    kind: Kind
    id: str
    title: str
    party: str
    date: Any
    status: str
    amount: Decimal | None
    currency: str


PLACES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("contacts",), ""),
    (("sales-invoices", "bills"), "contact_name"),
    (("sales-credit-notes", "supplier-credit-notes"), "contact_name"),
    (("quotes",), "contact_name"),
    (("purchase-orders",), "contact_name"),
    (("bank",), "contact_name"),
    (("payments",), "invoice_contact_name"),
    (("manual-journals",), ""),
    (("accounts",), ""),
    (("items",), ""),
)
"""The kinds that are in one table, and the column with the name of the other party."""


def search(
    reading: Reading, schema: str, words: str, present: set[str], *, base: str = ""
) -> list[SearchResult]:
    """What fits the words, kind by kind; `base` is the organisation's currency."""
    amount = number_of(words.lstrip("$£€"))
    indexed = indexes(reading, schema) if reading.dialect == "postgres" else set()
    matches: list[SearchResult] = []
    for keys, party in PLACES:
        kinds = [BY_KEY[key] for key in keys]
        table = kinds[0].table
        if table not in present:
            continue
        currency = currency_of(schema, kinds[0], present, base) if kinds[0].total else "NULL"
        shown = _shown(kinds[0], party, currency)
        wanted = Search(schema, table, words, amount, shown, MOST * 2 * len(keys))
        marked = reading.marked(schema, table)
        rows = scanned(reading, marked, wanted) if marked else looked_up(reading, wanted, indexed)
        results = [result for row in rows if (result := _found(kinds[0], row))]
        for kind in kinds:
            matches += [result for result in results if result.kind is kind][:MOST]
    return matches


def _shown(first: Kind, party: str, currency: str) -> str:
    """The columns of a result, as SQL."""
    columns = (first.id, first.number, party, first.date, first.status, first.total)
    named = ", ".join(quoted(name) if name else "NULL" for name in columns)
    return f"{named}, {currency}, {'type' if first.where else 'NULL'}"


def _found(first: Kind, row: Row) -> SearchResult | None:
    kind = kind_of(first.table, {"type": row[7]}) if first.where else first
    if kind is None:
        return None
    return SearchResult(
        kind, str(row[0]), str(row[1] or kind.singular), str(row[2] or ""), row[3],
        str(row[4] or ""), row[5], str(row[6] or ""),
    )  # fmt: skip
