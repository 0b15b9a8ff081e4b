"""What a statement is: columns, and rows in sections; every amount exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

from xeroport.books.missing_streams import HowMissing
from xeroport.books.tie import Account, YearEnd

Ask = Callable[[str], Sequence[tuple[Any, ...]]]
"""Answers a query over the copy and its ledger."""

Kind = Literal["section", "row", "total"]


class Row(Struct, frozen=True):
    """A line of a statement: a section's title, a row of figures, or a total."""

    kind: Kind
    label: str
    values: tuple[Any, ...] = ()
    account_id: str | None = None
    section: str = ""


class ColumnSpan(Struct, frozen=True):
    """The ledger lines that a column adds up: the days (`since` None: from the beginning), and of
    tracked figures those of one `option`, or those `without` an option of a category."""

    since: date | None
    until: date
    option: str = ""
    without: str = ""


class Statement(Struct, frozen=True):
    """A statement: `as_of` is what the copy knew, `tied_until` the last month end tied to Xero,
    `not_from_documents` the residual in the figures (debits), `notes` what else to know, `spans`
    the lines behind each column (None: figures that are no sum of an account's lines)."""

    name: str
    title: str
    organisation: str
    period: str
    currency: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    basis: str = "accrual"
    as_of: datetime | None = None
    tied_until: date | None = None
    not_from_documents: Decimal = Decimal(0)
    notes: tuple[str, ...] = ()
    spans: tuple[ColumnSpan | None, ...] = ()

    def __repr__(self) -> str:
        return f"<Statement: {self.title} of {self.organisation}, {self.period}>"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "statement": self.name,
            "title": self.title,
            "organisation": self.organisation,
            "period": self.period,
            "currency": self.currency,
            "basis": self.basis,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "tied_until": self.tied_until.isoformat() if self.tied_until else None,
            "not_from_documents": self.not_from_documents,
            "notes": list(self.notes),
            "columns": list(self.columns),
            "rows": [
                {
                    "kind": row.kind,
                    "section": row.section,
                    "label": row.label,
                    "account_id": row.account_id,
                    "values": list(row.values),
                }
                for row in self.rows
            ],
        }


class Books(Struct, frozen=True):
    """What all statements need: the organisation, its chart, and how far the ledger goes."""

    organisation: str
    currency: str
    region: str
    year_end: YearEnd
    accounts: Mapping[str, Account]
    as_of: datetime | None
    tied_until: date | None
    has_cash: bool
    missing: Mapping[str, HowMissing] = {}


class Figures(Struct, frozen=True):
    """Movements by account and day in cents, debits positive, the residual apart."""

    movements: tuple[tuple[str, date, int], ...]
    residual: tuple[tuple[str, date, int], ...] = ()

    def moved(self, since: date | None, until: date) -> dict[str, int]:
        """Account → movement from a day (None: the beginning) to another, both included."""
        sums: dict[str, int] = {}
        for account, day, cents in (*self.movements, *self.residual):
            if day <= until and (since is None or day >= since):
                sums[account] = sums.get(account, 0) + cents
        return sums

    def unexplained(self, since: date | None, until: date) -> int:
        """The debits of the residual in a range of days."""
        return sum(
            cents
            for _, day, cents in self.residual
            if cents > 0 and day <= until and (since is None or day >= since)
        )


def money(cents: int) -> Decimal:
    """Cents as an amount."""
    return Decimal(cents).scaleb(-2)


def amounts(cents: Iterable[int]) -> tuple[Decimal, ...]:
    """The same of several."""
    return tuple(money(value) for value in cents)


def account_rows(
    keys: Iterable[str],
    accounts: Mapping[str, Account],
    columns: Sequence[Mapping[str, int]],
    *,
    sign: int,
    section: str,
) -> tuple[list[Row], list[int]]:
    """A row for each account, by name, with its cents of each column; and the totals."""
    rows: list[Row] = []
    totals = [0] * len(columns)
    for key in by_name(keys, accounts):
        values = [sign * column.get(key, 0) for column in columns]
        totals = [total + value for total, value in zip(totals, values, strict=True)]
        rows.append(Row("row", accounts[key].name, amounts(values), key, section))
    return rows, totals


def by_name(keys: Iterable[str], accounts: Mapping[str, Account]) -> list[str]:
    """Accounts in Xero's order: by name, without regard to case."""
    return sorted(keys, key=lambda key: accounts[key].name.casefold())


def long_date(day: date) -> str:
    """`31 May 2026`."""
    return f"{day.day} {day:%B %Y}"


def short_date(day: date) -> str:
    """`31 May 26`."""
    return f"{day.day} {day:%b %y}"
