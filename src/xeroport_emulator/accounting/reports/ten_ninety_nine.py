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


def ten_ninety_nine(organisation: Organisation, params: Parameters) -> list[Record]:
    """For the calendar year `reportYear` (last year): payments of 600 and more on the 1099-NEC.

    Only organisations in the US have such contacts; the 1099-MISC stays empty, since accounts are
    not mapped to its boxes here.
    """
    year = number_of(params, "reportYear") or organisation.today().year - 1
    if not 1900 <= year <= 9999:
        raise ReportRefused("The reportYear parameter is not a year")
    first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
    contacts: list[Record] = []
    if organisation.details.get("CountryCode") == "US":
        paid = _paid(organisation, first, last)
        for key in sorted(paid, key=lambda each: str(_contact(organisation, each)["Name"])):
            contact = _contact(organisation, key)
            if paid[key] >= _LEAST and contact.get("TaxNumber"):
                contacts.append(_payee(contact, paid[key]))
    period = f"{short_date(first)} to {short_date(last)}"
    return [
        {"ReportName": "1099-NEC report", "ReportDate": period, "Fields": [], "Contacts": contacts},
        {"ReportName": "1099-MISC report", "ReportDate": period, "Fields": [], "Contacts": []},
    ]


def _contact(organisation: Organisation, key: str) -> Record:
    return organisation.tables["Contact"].get(key) or {"Name": ""}


def _paid(
    organisation: Organisation, first: datetime.date, last: datetime.date
) -> dict[str, Decimal]:
    """Contact id → what was paid on bills and spent from the bank."""
    found: dict[str, Decimal] = {}
    tables = organisation.tables
    for payment in tables["Payment"]:
        bill = tables["Invoice"].get((payment.get("Invoice") or {}).get("InvoiceID"))
        if bill is None or bill["Type"] != "ACCPAY" or payment.get("Status") == "DELETED":
            continue
        if first <= payment["Date"] <= last:
            key = bill["Contact"]["ContactID"]
            amount = base(payment["Amount"], payment.get("CurrencyRate"))
            found[key] = found.get(key, _ZERO) + amount
    for spent in tables["BankTransaction"]:
        if spent["Type"] != "SPEND" or spent.get("Status") != "AUTHORISED":
            continue
        if first <= spent["Date"] <= last and spent.get("Contact"):
            key = spent["Contact"]["ContactID"]
            found[key] = found.get(key, _ZERO) + base(spent["Total"], spent.get("CurrencyRate"))
    return found


def _payee(contact: Record, amount: Decimal) -> Record:
    address: Record = next(iter(contact.get("Addresses") or ()), {})
    return {
        "Box1": amount,
        "Box2": _ZERO,
        "Box4": _ZERO,
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
    }
