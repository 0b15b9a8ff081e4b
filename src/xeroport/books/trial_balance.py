"""Xero's trial balance, read by account."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from xeroport.errors import Unavailable

DEBIT, CREDIT = 3, 4
"""The columns of the balance: year to date."""


def balances(report: Mapping[str, Any], *, at: date) -> dict[str, int]:
    """Account id → balance in cents, debits positive, of a `reports.trial_balance` reply.

    Unavailable if a row names no account, or debits and credits differ.
    """
    found: dict[str, int] = {}
    for cells in _rows(report.get("Rows") or ()):
        label = str(cells[0].get("Value") or "")
        debit, credit = _cents(cells, DEBIT, label, at), _cents(cells, CREDIT, label, at)
        account = _account(cells)
        if account is None:
            if debit or credit:
                raise _wrong(at, f"its row `{label}` names no account")
            continue
        found[account] = found.get(account, 0) + debit - credit
    if sum(found.values()):
        raise _wrong(at, "its debits and credits differ")
    return found


def stranger(report: Mapping[str, Any], chart: Collection[str]) -> str | None:
    """What a trial balance calls the first account with a balance that is not in the chart."""
    return next(
        (
            str(cells[0].get("Value") or _account(cells))
            for cells in _rows(report.get("Rows") or ())
            if _account(cells) not in chart
            and any(Decimal(cells[at].get("Value") or 0) for at in (DEBIT, CREDIT))
        ),
        None,
    )


def _rows(rows: Any) -> Iterator[list[dict[str, Any]]]:
    for row in rows:
        if row.get("RowType") == "Row" and row.get("Cells"):
            yield row["Cells"]
        elif row.get("Rows"):
            yield from _rows(row["Rows"])


def _account(cells: list[dict[str, Any]]) -> str | None:
    for cell in cells:
        for attribute in cell.get("Attributes") or ():
            if attribute.get("Id") == "account" and attribute.get("Value"):
                return str(attribute["Value"]).lower()
    return None


def _cents(cells: list[dict[str, Any]], at_column: int, label: str, at: date) -> int:
    value = cells[at_column].get("Value") if len(cells) > at_column else None
    if value in (None, ""):
        return 0
    try:
        cents = Decimal(str(value)) * 100
    except InvalidOperation:
        cents = Decimal("0.5")
    if cents != cents.to_integral_value():
        raise _wrong(at, f"`{value}` in its row `{label}` is not an amount in cents")
    return int(cents)


def _wrong(at: date, reason: str) -> Unavailable:
    return Unavailable(
        f"Xero's trial balance of {at} cannot be used: {reason}",
        hint="run the same command again; `--no-tie` derives the ledger without it",
    )
