"""The lines of the ledger behind a figure of a statement, down to their documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from xeroport.console.reading.books_protocol import Reading
from xeroport.console.reading.documents import source
from xeroport.destinations.typed import text

MOVEMENTS = 500
"""Lines on a page, the latest ones; their sum is of all."""


@dataclass(frozen=True)
class LinePart:
    """Lines of some accounts between two days (`first` None: from the beginning); of tracked
    figures those of one `option`, or those `without` an option of a category."""

    accounts: tuple[str, ...]
    first: date | None
    last: date
    option: str = ""
    without: str = ""


@dataclass(frozen=True)
class Movement:
    """One line: its day, account, what it is, the record behind it, and its amount."""

    date: date
    account_id: str
    record: str
    record_id: str
    source_type: str
    reference: str
    contact: str
    description: str
    amount: Decimal
    currency: str
    currency_amount: Decimal | None


@dataclass(frozen=True)
class Movements:
    """The latest lines, the sum and the number of all, and the sums by own currency of those in
    another currency than the base."""

    lines: list[Movement]
    total: Decimal
    count: int
    own: list[tuple[str, Decimal]]


def movements(reading: Reading, schema: str, parts: Sequence[LinePart], base: str) -> Movements:
    """The lines of all parts; debits are positive."""
    union = " UNION ALL ".join(_part(schema, part) for part in parts)
    sums = reading.rows(
        "SELECT coalesce(currency_code, ''), sum(amount), sum(currency_amount), count(*) "  # noqa: S608
        f"FROM ({union}) AS moved GROUP BY 1 ORDER BY 1"
    )
    count = sum(row[3] for row in sums)
    contacts = source(schema, "contact")
    rows = reading.rows(
        "SELECT m.day, m.account_id, m.record, m.record_id, m.source_type, m.reference, c.name, "  # noqa: S608
        "m.description, m.amount, m.currency_code, m.currency_amount FROM ("
        f"SELECT * FROM ({union}) AS moved{_latest(reading, union, count)} "
        f"ORDER BY day DESC, record_id, line_number LIMIT {MOVEMENTS}"
        f") AS m LEFT JOIN {contacts} c ON c.contact_id = m.contact_id "
        "ORDER BY m.day DESC, m.record_id, m.line_number"
    )
    return Movements(
        lines=[_movement(row) for row in rows],
        total=sum((row[1] for row in sums), Decimal("0.00")),
        count=count,
        own=[(row[0], row[2]) for row in sums if row[0] not in ("", base) and row[2] is not None],
    )


def _latest(reading: Reading, union: str, count: int) -> str:
    """A condition that leaves the days of the latest lines only, so that few are read in full."""
    if count <= MOVEMENTS:
        return ""
    ((day,),) = reading.rows(
        f"SELECT day FROM ({union}) AS moved ORDER BY day DESC LIMIT 1 OFFSET {MOVEMENTS}"  # noqa: S608
    )
    return f" WHERE day >= DATE {text(day.isoformat())}"


def _part(schema: str, part: LinePart) -> str:
    """One part as SQL; what comes from an address is quoted."""
    ledger = f"{schema}_ledger"
    keys = ", ".join(text(key) for key in part.accounts) or "NULL"
    last = f"DATE {text(part.last.isoformat())}"
    since = f" AND {{}} >= DATE {text(part.first.isoformat())}" if part.first else ""
    documents = (
        "SELECT journal_date AS day, account_id, record, record_id, source_type, reference, "  # noqa: S608
        "contact_id, description, amount, currency_code, currency_amount, line_number "
        f"FROM {source(ledger, 'ledger_line')} l WHERE account_id IN ({keys}) "
        f"AND journal_date <= {last}{since.format('journal_date')}{_tracked(ledger, part)}"
    )
    if part.option:
        return documents
    return (
        f"{documents} UNION ALL SELECT month_end, account_id, 'residual', CAST(NULL AS uuid), "  # noqa: S608
        "'not from documents', NULL, CAST(NULL AS uuid), cause, amount, NULL, "
        f"CAST(NULL AS decimal(18, 4)), 0 FROM {source(ledger, 'residual_line')} "
        f"WHERE account_id IN ({keys}) AND month_end <= {last}{since.format('month_end')}"
    )


def _tracked(ledger: str, part: LinePart) -> str:
    if not (part.option or part.without):
        return ""
    which = (
        f"CAST(t.tracking_option_id AS text) = {text(part.option)}"
        if part.option
        else f"lower(t.category) = {text(part.without.lower())}"
    )
    return (
        f" AND {'' if part.option else 'NOT '}EXISTS (SELECT 1 "  # noqa: S608
        f"FROM {source(ledger, 'ledger_line_tracking')} t WHERE t.record_id = l.record_id "
        f"AND t.line_number = l.line_number AND {which})"
    )


def _movement(row: tuple[Any, ...]) -> Movement:
    account_id, record, record_id, source_type, reference, contact, description = (
        str(value or "") for value in row[1:8]
    )
    return Movement(
        row[0], account_id, record, record_id, source_type, reference, contact, description,
        row[8], str(row[9] or ""), row[10],
    )  # fmt: skip
