"""The 1099 reports of the United States: what suppliers with a tax number were paid in a year."""

from __future__ import annotations

import datetime
from decimal import Decimal

from xeroport_emulator.accounting.report_shape import (
    Parameters,
    ReportRefused,
    number_of,
    short_date,
)
from xeroport_emulator.organisation.money import base
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

_ZERO = Decimal("0.00")
_LEAST = Decimal(600)
NEC, MISC = "1099-NEC report", "1099-MISC report"

Paid = dict[str, dict[str, dict[str, Decimal]]]
"""Report → contact id → box → amount."""


def ten_ninety_nine(organisation: Organisation, params: Parameters) -> list[Record]:
    """For the calendar year `reportYear` (last year): payments of 600 and more to a contact with a
    tax number, by box. Only organisations in the US have such contacts."""
    year = number_of(params, "reportYear") or organisation.today().year - 1
    if not 2012 <= year <= 9999:
        raise ReportRefused("The reportYear parameter must be 2012 or later")
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    paid: Paid = {}
    if organisation.details.get("CountryCode") == "US":
        paid = _paid(organisation, first, last)
    period = f"{short_date(first)} to {short_date(last)}"
    drawn = []
    for name, boxes in _boxes(year).items():
        contacts = [
            _payee(_contact(organisation, key), {box: amounts.get(box, _ZERO) for box in boxes})
            for key, amounts in sorted(
                paid.get(name, {}).items(), key=lambda each: _contact(organisation, each[0])["Name"]
            )
            if sum(amounts.values()) >= _LEAST and _contact(organisation, key).get("TaxNumber")
        ]
        drawn.append({"ReportName": name, "ReportDate": period, "Fields": [], "Contacts": contacts})
    return drawn


def _boxes(year: int) -> dict[str, tuple[str, ...]]:
    """The reports of a year and their boxes: since 2020 the 1099-NEC stands beside the MISC."""
    more = {2021: (13,), 2022: (14,), 2023: (14,), 2024: (14,)}.get(year, ())
    misc = tuple(f"Box{number}" for number in (*range(1, 12), *more))
    if year < 2020:
        return {MISC: misc}
    nec = ("Box1", "Box2", "Box4") if year < 2025 else ("Box1", "Box2", "Box3", "Box4")
    return {NEC: nec, MISC: misc}


def _contact(organisation: Organisation, key: str) -> Record:
    return organisation.tables["Contact"].get(key) or {"Name": ""}


def _paid(organisation: Organisation, first: datetime.date, last: datetime.date) -> Paid:
    """What was paid on bills and spent from the bank."""
    found: Paid = {NEC: {}, MISC: {}}
    tables = organisation.tables
    rows = []
    for payment in tables["Payment"]:
        bill = tables["Invoice"].get((payment.get("Invoice") or {}).get("InvoiceID"))
        if bill is not None and bill["Type"] == "ACCPAY" and payment.get("Status") != "DELETED":
            rows.append((payment["Date"], bill, base(payment["Amount"], payment["CurrencyRate"])))
    for spent in tables["BankTransaction"]:
        if spent["Type"] == "SPEND" and spent.get("Status") == "AUTHORISED":
            amount = base(spent["Total"], spent.get("CurrencyRate"))
            rows.append((spent["Date"], spent, amount))
    boxes = organisation.reporting.boxes_1099
    for day, document, amount in rows:
        if first <= day <= last and document.get("Contact"):
            codes = [line.get("AccountCode") for line in document["LineItems"]]
            box = next((boxes[code] for code in codes if code in boxes), None)
            by_contact = found[MISC if box else NEC]
            amounts = by_contact.setdefault(document["Contact"]["ContactID"], {})
            amounts[box or "Box1"] = amounts.get(box or "Box1", _ZERO) + amount
    return found


def _payee(contact: Record, boxes: dict[str, Decimal]) -> Record:
    address: Record = next(iter(contact.get("Addresses") or ()), {})
    return {
        **boxes,
        "Name": contact["Name"],
        "FederalTaxIDType": contact.get("TaxNumberType") or "EIN",
        "City": address.get("City") or "",
        "Zip": address.get("PostalCode") or "",
        "State": address.get("Region") or "",
        "Email": contact.get("EmailAddress") or "",
        "StreetAddress": address.get("AddressLine1") or "",
        "TaxID": contact["TaxNumber"],
        "ContactId": contact["ContactID"],
        "LegalName": contact["Name"],
        "BusinessName": contact["Name"],
        "FederalTaxClassification": "OTHER",
    }
