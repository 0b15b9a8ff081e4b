"""Reports as rows: what a stream asks a report for, and its cells laid flat, one row per cell.

A base month of 31 days is asked for, because Xero's comparison periods repeat the range of days
of the first period: from a month of 30 days it would leave the 31st of the others out
(docs/guide/sync.md).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import msgspec

from xeroport.dates import months_after
from xeroport.jobs.sync.landing import Page

MONTHS = 12
AMOUNT = re.compile(r"-?\d{1,20}(\.\d{1,4}0*)?")
"""What the column of amounts holds exactly. Ratios of the Executive Summary have 27 digits: they
stand in `Value` alone."""

ACCOUNT = ("account", "accountid")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def parameters(stream: str, today: date) -> dict[str, Any]:
    """What to ask a report for: balances at `today`, months up to the current one."""
    first, last = base_month(today)
    months = {"periods": MONTHS - 1, "timeframe": "MONTH", "standardLayout": True}
    asked: dict[str, dict[str, Any]] = {
        "report_trial_balance": {"date": today},
        "report_executive_summary": {"date": today},
        "report_bank_summary": {"fromDate": today.replace(day=1), "toDate": today},
        "report_budget_summary": {"date": today.replace(day=1), "periods": MONTHS, "timeframe": 1},
        "report_profit_and_loss": {"fromDate": first, "toDate": last, **months},
        "report_balance_sheet": {"date": last, **months},
    }
    return asked[stream]


def base_month(today: date) -> tuple[date, date]:
    """First and last day of the current month, or of the next where this one has no 31st."""
    is_short = calendar.monthrange(today.year, today.month)[1] < 31
    first = months_after(today, 1 if is_short else 0)
    return first, first.replace(day=31)


def read_report(body: bytes) -> Page:
    """A report's reply as a page of cells, each a record of our own."""
    found = msgspec.json.decode(body)
    records = [
        msgspec.json.encode(cell) for report in found.get("Reports") or () for cell in cells(report)
    ]
    return Page(records)


def cells(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The cells of one report, row by row, without the first of each row, which is its label."""
    shared = {
        "Report": report.get("ReportName") or report.get("ReportID"),
        "Titles": " · ".join(report.get("ReportTitles") or ()),
    }
    header: list[str] = []
    for number, (section, row) in enumerate(_rows(report.get("Rows") or (), ()), start=1):
        found: list[dict[str, Any]] = row.get("Cells") or []
        if row.get("RowType") == "Header":
            header = [str(cell.get("Value") or "") for cell in found]
            continue
        label = str(found[0].get("Value") or "") if found else ""
        for column, cell in enumerate(found[1:], start=1):
            yield {
                **shared,
                "Section": section,
                "RowKind": row.get("RowType"),
                "RowNumber": number,
                "ColumnNumber": column,
                "Label": label,
                "Period": header[column] if column < len(header) else "",
                **_value(cell),
                **_account(cell, found[0]),
            }


def _rows(
    rows: Iterable[dict[str, Any]], path: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(section path, row) of all rows, sections inside sections opened."""
    for row in rows:
        if row.get("RowType") == "Section" or row.get("Rows"):
            title = row.get("Title")
            inner: Iterable[dict[str, Any]] = row.get("Rows") or ()
            yield from _rows(inner, (*path, title) if title else path)
        else:
            yield " / ".join(path), row


def _value(cell: dict[str, Any]) -> dict[str, str]:
    """The cell's text, and as an amount where it is one (some cells have neither)."""
    text = cell.get("Value")
    if text is None or text == "":
        return {}
    plain = str(text).replace(",", "")
    return {"Value": str(text)} | ({"Amount": plain} if AMOUNT.fullmatch(plain) else {})


def _account(*places: dict[str, Any]) -> dict[str, str]:
    """The account a cell, or its row's label, is about: by attribute, never by label."""
    for place in places:
        for each in place.get("Attributes") or ():
            value = str(each.get("Value") or "")
            if str(each.get("Id")).lower() in ACCOUNT and UUID.fullmatch(value):
                return {"AccountID": value}
    return {}
