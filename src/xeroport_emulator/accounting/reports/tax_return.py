"""Published tax returns: the BAS of Australia, the GST return of New Zealand.

Which figure is the sum of what is the country's data. A demo company has published the return of
the last whole period before its last day of trade; other organisations have published none.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5

from xeroport_emulator.accounting.report_shape import last_day, long_date, money, months_back
from xeroport_emulator.organisation.country import TaxReturn, TaxReturnField
from xeroport_emulator.organisation.money import base
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

_ZERO = Decimal(0)
_POSTED = {"AUTHORISED", "PAID"}


def published(organisation: Organisation) -> list[Record]:
    """The published returns, if there are any."""
    form = organisation.reporting.tax_return
    if form is None or not organisation.details.get("IsDemoCompany"):
        return []
    last = max(
        (each["Date"] for each in organisation.tables["Invoice"]), default=organisation.today()
    )
    until = last_day(months_back(last.replace(day=1), 1))
    since = months_back(until.replace(day=1), form.months - 1)
    return [_return(organisation, form, since, until)]


def _return(
    organisation: Organisation, form: TaxReturn, since: datetime.date, until: datetime.date
) -> Record:
    lines = list(_taxed(organisation, since, until))
    number = str(organisation.details.get("TaxNumber") or "")
    first = {"FieldID": form.number_field, "Description": form.number_field, "Value": number}
    basis = {"FieldID": "GSTBasis", "Description": "GST Accounting Basis", "Value": form.basis}
    fields = [first, basis]
    for field in form.fields:
        value = sum((_figure(field, each) for each in lines), _ZERO)
        fields.append(
            {"FieldID": field.id, "Description": field.description, "Value": money(value)}
        )
    name = f"{organisation.details['OrganisationID']} {form.name} {until}"
    shown: Record = {
        "ReportID": str(uuid5(NAMESPACE_URL, name)),
        "ReportName": form.name,
        "ReportType": form.type,
        "ReportTitles": [form.name, str(organisation.details["Name"]), _period(since, until)],
        "ReportDate": _period(since, until),
        "UpdatedDateUTC": organisation.details["CreatedDateUTC"],
        "Fields": fields,
    }
    if form.dated:
        dates = (("fromDate", "From date", since), ("dateTo", "To date", until))
        shown["Attributes"] = [
            {"Name": key, "Description": words, "Value": day.isoformat()}
            for key, words, day in dates
        ]
    return shown


def _period(since: datetime.date, until: datetime.date) -> str:
    return f"{long_date(since)} to {long_date(until)}"


_Taxed = tuple[str, str, Decimal, Decimal]
"""Side, tax type, net and tax of a line, in base currency."""


def _taxed(
    organisation: Organisation, since: datetime.date, until: datetime.date
) -> Iterator[_Taxed]:
    """The lines of what was invoiced, credited and moved at the bank in the period."""
    for kind in ("Invoice", "CreditNote", "BankTransaction"):
        for record in organisation.tables[kind]:
            if record["Status"] not in _POSTED or not since <= record["Date"] <= until:
                continue
            of = str(record["Type"])
            side = "sales" if of.startswith(("ACCREC", "RECEIVE")) else "purchases"
            sign = -1 if of.endswith("CREDIT") else 1
            for line in record["LineItems"]:
                tax = line.get("TaxAmount") or _ZERO
                net = (line.get("LineAmount") or _ZERO) - (
                    tax if record["LineAmountTypes"] == "Inclusive" else _ZERO
                )
                rate = record.get("CurrencyRate")
                yield side, str(line.get("TaxType")), sign * base(net, rate), sign * base(tax, rate)


def _figure(field: TaxReturnField, line: _Taxed) -> Decimal:
    side, tax_type, net, tax = line
    if tax_type not in field.tax_types or side not in (field.side, field.less):
        return _ZERO
    amount = {"gross": net + tax, "net": net, "tax": tax}[field.of]
    return amount if side == field.side else -amount
