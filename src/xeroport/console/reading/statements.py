"""What the ledger under a page was derived from, and how far it is proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from xeroport.books.missing_streams import from_text, in_words
from xeroport.console.reading.books_protocol import Reading
from xeroport.console.reading.documents import source
from xeroport.console.reading.tables import present


@dataclass(frozen=True)
class Basis:
    """What the ledger was derived from: when, from which state of the copy, how far it is tied to
    Xero's trial balance, and what it cannot explain or never had."""

    derived_at: datetime
    synced_until: datetime | None
    currency: str
    tied_from: date | None
    tied_until: date | None
    residual: Decimal
    missing: list[str]


def basis(reading: Reading, schema: str) -> Basis | None:
    """The latest derivation; None where there is no ledger yet."""
    ledger = f"{schema}_ledger"
    if "ledger_run" not in present(reading, ledger):
        return None
    rows = reading.rows(
        "SELECT derived_at, synced_until, base_currency, tied_from, tied_until, residual, missing "  # noqa: S608
        f"FROM {source(ledger, 'ledger_run')} ORDER BY number DESC LIMIT 1"
    )
    if not rows:
        return None
    row = rows[0]
    return Basis(
        row[0],
        row[1],
        row[2] or "",
        row[3],
        row[4],
        row[5] or Decimal(0),
 in_words(from_text(row[6])),
    )  # fmt: skip
