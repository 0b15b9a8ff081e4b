"""Aged receivables and payables of one contact: each document and what is still due on it."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import NamedTuple

from xeroport_emulator.accounting.posting import RECEIVABLE, control
from xeroport_emulator.accounting.report_shape import (
    Parameters,
    ReportRefused,
    cell,
    day_of,
    header,
    long_date,
    money,
    row,
    section,
    sheet,
    summary,
    text_of,
)
from xeroport_emulator.organisation.money import base
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

_ZERO = Decimal(0)
_APPROVED = {"AUTHORISED", "PAID"}
_CREDITS = ("CreditNote", "Prepayment", "Overpayment")


class _Entry(NamedTuple):
    """A document in base currency; credit counts negative."""

    key: str
    day: datetime.date
    number: str
    due_date: datetime.date | None
    total: Decimal
    paid: Decimal
    credited: Decimal

    @property
    def due(self) -> Decimal:
        return self.total - self.paid - self.credited


def aged_receivables(organisation: Organisation, params: Parameters) -> list[Record]:
    """What the contact `contactId` owes on documents from `fromDate` to `toDate`, with payments
    up to `date` (today)."""
    return _aged(organisation, params, sales=True)


def aged_payables(organisation: Organisation, params: Parameters) -> list[Record]:
    """What is owed to the contact `contactId`; parameters as for receivables."""
    return _aged(organisation, params, sales=False)


def _aged(organisation: Organisation, params: Parameters, *, sales: bool) -> list[Record]:
    key = text_of(params, "contactId") or text_of(params, "contactID")
    contact = organisation.tables["Contact"].get(key)
    if contact is None:
        raise ReportRefused("The contactId parameter must be the id of a contact")
    shown = day_of(params, "date") or organisation.today()
    until = day_of(params, "toDate") or shown
    entries = [
        entry
        for entry in _entries(organisation, contact["ContactID"], sales=sales, shown=shown)
        if entry.day <= until
    ]
    since = day_of(params, "fromDate")
    start = since or min((entry.day for entry in entries), default=until)
    opening = sum((entry.due for entry in entries if entry.day < start), _ZERO)
    listed = sorted(
        (entry for entry in entries if entry.day >= start and entry.due),
        key=lambda each: (each.day, each.number),
    )
    *sums, due = (
        sum((getattr(entry, name) for entry in listed), _ZERO)
        for name in ("total", "paid", "credited", "due")
    )
    rows = [
        header(
            "Date",
            "Number" if sales else "Reference",
            "Due Date",
            "",
            "Total",
            "Paid",
            "Credited",
            "Due",
        ),
        section(
            "",
            [
                *(_row(entry, shown) for entry in listed),
                summary("Total", ["", "", "", *map(money, [*sums, due])]),
            ],
        ),
    ]
    span = f"To {long_date(until)}"
    if since is not None:  # without a beginning nothing is carried forward
        span = f"From {long_date(start)} to {long_date(until)}"
        carried = [f"{start} 00:00:00", "Opening Balance", *[""] * 5, money(opening)]
        rows.insert(1, section("", [row(map(cell, carried))]))
        closing = ["", "", "", *map(money, [*sums, opening + due])]
        rows.append(section("", [summary("Closing Balance", closing)]))
    name = f"Aged {'Receivables' if sales else 'Payables'} By Contact"
    sheet_shown = sheet(organisation, name, period="", rows=rows)
    sheet_shown["ReportTitles"] = [
        "Invoices",
        str(contact["Name"]),
        span,
        f"Showing payments to {long_date(shown)}",
    ]
    return [sheet_shown]


def _entries(
    organisation: Organisation, contact: str, *, sales: bool, shown: datetime.date
) -> list[_Entry]:
    tables = organisation.tables
    credits = {
        kind: [
            record
            for record in tables[kind].find("Contact.ContactID", contact)
            if record.get("Status") in _APPROVED
            and (control(kind, record)[0] == RECEIVABLE) == sales
            and record["Date"] <= shown
        ]
        for kind in _CREDITS
    }
    applied: dict[str, Decimal] = {}
    entries: list[_Entry] = []
    for kind, records in credits.items():
        for record in records:
            used = _ZERO
            for allocation in record.get("Allocations") or ():
                day = allocation.get("Date") or record["Date"]
                if allocation.get("IsDeleted") or day > shown:
                    continue
                key = allocation["Invoice"]["InvoiceID"]
                applied[key] = applied.get(key, _ZERO) + allocation["Amount"]
                used += allocation["Amount"]
            entries.append(_entry(organisation, kind, record, used=used, sign=-1, shown=shown))
    for record in tables["Invoice"].find("Contact.ContactID", contact):
        if record.get("Status") not in _APPROVED or record["Date"] > shown:
            continue
        if (record["Type"] == "ACCREC") == sales:
            used = applied.get(record["InvoiceID"], _ZERO)
            entries.append(_entry(organisation, "Invoice", record, used=used, sign=1, shown=shown))
    return entries


def _entry(
    organisation: Organisation,
    kind: str,
    record: Record,
    *,
    used: Decimal,
    sign: int,
    shown: datetime.date,
) -> _Entry:
    key, rate = record[f"{kind}ID"], record.get("CurrencyRate")
    paid = sum(
        (
            payment["Amount"]
            for payment in organisation.tables["Payment"].find(f"{kind}.{kind}ID", key)
            if payment.get("Status") != "DELETED" and payment["Date"] <= shown
        ),
        _ZERO,
    )
    total = record.get("Total") or _ZERO
    due = base(total - paid - used, rate)
    whole, credited = base(total, rate), base(used, rate)
    return _Entry(
        key,
        record["Date"],
        str(record.get("InvoiceNumber") or record.get("CreditNoteNumber") or ""),
        record.get("DueDate"),
        sign * whole,
        sign * (whole - credited - due),
        sign * credited,
    )


def _row(entry: _Entry, shown: datetime.date) -> Record:
    late = (shown - entry.due_date).days if entry.due_date else 0
    days = "day" if late == 1 else "days"
    values = [
        f"{entry.day} 00:00:00",
        entry.number,
        f"{entry.due_date} 00:00:00" if entry.due_date else "",
        f"{late} {days} overdue" if late > 0 else "",
        *map(money, [entry.total, entry.paid, entry.credited, entry.due]),
    ]
    return row(cell(value, invoiceID=entry.key) for value in values)
