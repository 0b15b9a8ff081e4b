"""The bank summary: what came into and went out of each bank account."""

from __future__ import annotations

import datetime
from decimal import Decimal

from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.report_shape import (
    Parameters,
    cell,
    header,
    long_date,
    money,
    row,
    section,
    sheet,
    span,
    summary,
)
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

_ZERO = Decimal(0)


def bank_summary(organisation: Organisation, params: Parameters) -> list[Record]:
    """From `fromDate` to `toDate` (this month), in base currency."""
    since, until = span(organisation, params)
    books = books_of(organisation)
    opening = books.movements(since - datetime.timedelta(days=1))
    moved = books.turnover(until, since=since)
    banks = [
        account
        for account in organisation.tables["Account"]
        if account["Type"] == "BANK"
        and (account.get("Status") == "ACTIVE" or account["AccountID"] in opening.keys() | moved)
    ]
    rows, totals = [], [_ZERO] * 4
    for account in sorted(banks, key=lambda each: str(each["Name"]).casefold()):
        key = account["AccountID"]
        received, spent = moved.get(key, (_ZERO, _ZERO))
        start = opening.get(key, _ZERO)
        values = [start, received, -spent, start + received + spent]
        totals = [total + value for total, value in zip(totals, values, strict=True)]
        rows.append(
            row(
                [
                    cell(str(account["Name"]), accountID=key),
                    cell(money(values[0])),
                    cell(money(values[1]), account=key),
                    cell(money(values[2]), account=key),
                    cell(money(values[3])),
                ]
            )
        )
    rows.append(summary("Total", map(money, totals)))
    heads = header(
        "Bank Accounts", "Opening Balance", "Cash Received", "Cash Spent", "Closing Balance"
    )
    period = f"From {long_date(since)} to {long_date(until)}"
    return [sheet(organisation, "Bank Summary", period=period, rows=[heads, section("", rows)])]
