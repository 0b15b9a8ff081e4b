"""The amounts of one of Xero's reports beside those of a statement, cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from xeroport.books.statements.statement_model import Statement

CURRENCY_GAINS = frozenset({"REALISEDCURRENCYGAIN", "UNREALISEDCURRENCYGAIN", "BANKCURRENCYGAIN"})
"""Accounts that most regions show as one line of the profit and loss."""

GAINS_LINE = "fxgroupid"
"""What that line has in place of an account's id."""

Cells = dict[tuple[str, int], tuple[str, Decimal | None]]
"""(account id or label, column) → how it is called, and the amount."""


class Difference(Struct, frozen=True):
    """One figure that is not Xero's."""

    what: str
    ours: Decimal | None
    xero: Decimal | None


def cells_of(report: Mapping[str, Any], columns: int | None) -> Cells:
    """Every amount of one of Xero's reports."""
    heads: list[str] = []
    cells: Cells = {}
    for row in _rows(report.get("Rows") or ()):
        values = [cell.get("Value") or "" for cell in row["Cells"]]
        if row["RowType"] == "Header":
            heads = values
            continue
        label = values[0].strip()
        key = _account(row) or label.casefold()
        for at, value in enumerate(values[1:], start=1):
            if columns is None or at <= columns:
                name = f"{label}, {heads[at]}" if at < len(heads) else label
                cells[key, at] = (name, Decimal(value) if value else None)
    return cells


def _account(row: Mapping[str, Any]) -> str | None:
    for attribute in row["Cells"][0].get("Attributes") or ():
        if attribute.get("Id") in ("account", "accountID"):
            return str(attribute.get("Value")).lower()
    return None


def _rows(rows: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for row in rows:
        if row.get("Cells"):
            yield row
        yield from _rows(row.get("Rows") or ())


def own_cells(built: Statement, columns: int | None) -> Cells:
    """Every amount of a statement of ours."""
    return {
        (row.account_id or row.label.casefold(), at): (
            f"{row.label}, {built.columns[at - 1]}",
            value,
        )
        for row in built.rows
        for at, value in enumerate(row.values, start=1)
        if columns is None or at <= columns
    }


def beside(
    ours: Cells, theirs: Cells, *, gains: Collection[str] = ()
) -> tuple[int, tuple[Difference, ...]]:
    """How many amounts were compared, and those that differ. Accounts are compared by id, totals by
    their words, and only where both have them: Xero's differ by region. `gains` are accounts that
    Xero may show as one line."""
    if any(key == GAINS_LINE for key, _ in theirs):
        ours = _with_gains_as_one(ours, gains)
    accounts = {key for key in (*ours, *theirs) if _is_account(key[0])}
    keys = [
        key
        for key in dict.fromkeys((*ours, *theirs))
        if key in accounts or (key in ours and key in theirs)
    ]
    nothing: tuple[str, Decimal | None] = ("", None)
    differences = tuple(
        Difference(
            (theirs.get(key) or ours[key])[0],
            ours.get(key, nothing)[1],
            theirs.get(key, nothing)[1],
        )
        for key in keys
        if (ours.get(key, nothing)[1] or 0) != (theirs.get(key, nothing)[1] or 0)
    )
    return len(keys), differences


def _is_account(key: str) -> bool:
    return key == GAINS_LINE or (len(key) == 36 and key.count("-") == 4)


def _with_gains_as_one(ours: Cells, gains: Collection[str]) -> Cells:
    cells = {key: cell for key, cell in ours.items() if key[0] not in gains}
    for (key, at), (_, value) in ours.items():
        if key in gains:
            _, sum_so_far = cells.get((GAINS_LINE, at), ("", None))
            total = (sum_so_far or Decimal(0)) + (value or Decimal(0))
            cells[GAINS_LINE, at] = ("currency gains", total)
    return cells
