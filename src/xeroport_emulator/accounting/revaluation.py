"""What open foreign documents are worth at the day's rate: reports show it, journals never do.

Xero values them in its reports without a journal, so a ledger made of documents and one of Xero's
reports differ by it. The day's rate is the organisation's own for the currency, whatever the day;
foreign money at the bank is left at what it was booked at.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal

from xeroport_emulator.accounting.chart import Chart, Record
from xeroport_emulator.accounting.posting import ZERO, control
from xeroport_emulator.organisation.money import base
from xeroport_emulator.organisation.table import Table

_OPEN = {"AUTHORISED", "PAID"}
_SETTLED = ("Payments", "CreditNotes", "Prepayments", "Overpayments", "Allocations")


def revaluation(
    tables: Mapping[str, Table], chart: Chart, rates: Mapping[str, Decimal], day: datetime.date
) -> dict[str, Decimal]:
    """Account id → what the day's rates add to its balance, debits positive."""
    found: dict[str, Decimal] = {}
    for kind in ("Invoice", "CreditNote"):
        for record in tables[kind]:
            rate = rates.get(record["CurrencyCode"])
            if rate is None or record["Status"] not in _OPEN or record["Date"] > day:
                continue
            amount = _left_open(record, day)
            account, sign = control(kind, record)
            gain = sign * (base(amount, rate) - base(amount, record["CurrencyRate"]))
            for purpose, moved in ((account, gain), ("UNREALISEDCURRENCYGAIN", -gain)):
                key = chart.system(purpose)
                found[key] = found.get(key, ZERO) + moved
    return {key: amount for key, amount in found.items() if amount}


def _left_open(record: Record, day: datetime.date) -> Decimal:
    """What was still open of a document at the end of a day, in its currency."""
    settled = sum(
        (
            each.get("AppliedAmount", each.get("Amount", ZERO))
            for name in _SETTLED
            for each in record.get(name, ())
            if each["Date"] <= day
        ),
        ZERO,
    )
    return Decimal(record["Total"] - settled)
