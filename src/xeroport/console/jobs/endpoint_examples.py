"""An example for each endpoint that can be sent as it stands: parameters and body with values of
the synced books. Amounts are small, documents are drafts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xeroport.catalogue import Endpoint
from xeroport.console.reading import record_ids
from xeroport.console.reading.books_protocol import Reading
from xeroport.destinations.typed import identifier as quoted

DAY, LATER = "2026-11-02", "2026-11-30"
PARAMETERS = {
    "ReportID": "BankSummary",
    "date": DAY,
    "fromDate": "2026-10-01",
    "toDate": "2026-10-31",
    "reportYear": "2026",
    "JournalNumber": "1",
    "FileName": "example.txt",
}
"""Values of parameters that name no record."""
DELETED = {"Status": "DELETED"}


@dataclass(frozen=True)
class ExampleValues:
    """What the synced books have: ids by parameter, and what documents refer to."""

    ids: Mapping[str, str] = field(default_factory=dict)
    contact: str = "Example Ltd"
    sales: str = "200"
    costs: str = "400"
    bank: str = ""
    other_bank: str = ""
    owed: str = ""
    """The id of an approved sales invoice that is not paid."""


def known_values(reading: Reading, schema: str, present: set[str]) -> ExampleValues:
    """What examples of endpoints refer to, from the books."""
    ids = {
        name: record
        for name in record_ids.NAMES
        if (record := record_ids.first_id(reading, schema, name, present)) is not None
    }

    def one(column: str, table: str, where: str, number: int = 0) -> str:
        if table not in present:
            return ""
        rows = reading.rows(
            f"SELECT CAST({column} AS VARCHAR) FROM {quoted(schema)}.{quoted(table)} "  # noqa: S608
            f"WHERE {where} AND _deleted_at IS NULL ORDER BY 1 LIMIT 2"
        )
        return str(rows[number][0]) if len(rows) > number else ""

    usable = "status = 'ACTIVE' AND code IS NOT NULL AND type"
    currency = one("base_currency", "organisation", "TRUE")
    bank = "type = 'BANK' AND status = 'ACTIVE' AND currency_code = "
    bank += f"'{currency}'" if currency.isalpha() else "currency_code"
    ids["ContactNumber"] = one("contact_number", "contact", "contact_number IS NOT NULL")
    ids["PurchaseOrderNumber"] = one("purchase_order_number", "purchase_order", "TRUE")
    ids["TaxType"] = one("tax_type", "tax_rate", "status = 'ACTIVE'")
    return ExampleValues(
        ids=ids,
        contact=one("name", "contact", "contact_status = 'ACTIVE'") or ExampleValues.contact,
        sales=one("code", "account", f"{usable} = 'REVENUE'") or ExampleValues.sales,
        costs=one("code", "account", f"{usable} IN ('EXPENSE', 'OVERHEADS')")
        or ExampleValues.costs,
        bank=one("account_id", "account", bank),
        other_bank=one("account_id", "account", bank, 1),
        owed=one(
            "invoice_id",
            "invoice",
            "type = 'ACCREC' AND status = 'AUTHORISED' AND amount_due > 10 "
            "AND coalesce(currency_rate, 1) = 1",
        ),
    )


def parameters(endpoint: Endpoint, known: ExampleValues) -> dict[str, str]:
    """Values for what an endpoint cannot do without."""
    return {
        parameter.name: known.ids.get(parameter.name[:1].upper() + parameter.name[1:-2] + "ID")
        or known.ids.get(parameter.name)
        or PARAMETERS.get(parameter.name, "")
        for parameter in endpoint.parameters
        if parameter.required
    }


def is_whole(endpoint: Endpoint, values: Mapping[str, str]) -> bool:
    """Whether every parameter that is needed has a value, so that the call can be made."""
    return all(values.get(each.name) for each in endpoint.parameters if each.required)


def element(endpoint: Endpoint, known: ExampleValues) -> Any:
    """One record for the body of an endpoint; None where there is no example."""
    record, name = endpoint.body_record, endpoint.name
    if name.endswith(".delete"):
        return DELETED
    if name.endswith((".delete_by_body", ".delete_many")):
        key = "BatchPaymentID" if "batch" in name else "BankTransferID"
        return {key: known.ids.get(key, ""), **DELETED}
    if name == "contact_groups.contacts.add":
        return {"ContactID": known.ids.get("ContactID", "")}
    if record == "Allocation":
        return {"Invoice": {"InvoiceID": known.owed}, "Amount": 1, "Date": DAY}
    made = _records(known).get(record or "")
    if made is not None and name.endswith(".update"):
        return UPDATES.get(record or "", made)
    return made


UPDATES: dict[str, dict[str, Any]] = {
    "Account": {"Name": "Example account, renamed", "Code": "E901"},
    "Contact": {"Name": "Example Ltd, renamed"},
    "Item": {"Code": "EXAMPLE-2", "Name": "Example item, renamed"},
    "ContactGroup": {"Name": "Example group, renamed"},
    "Invoice": {"Reference": "An example"},
    "CreditNote": {"Reference": "An example"},
    "PurchaseOrder": {"Reference": "An example"},
    "RepeatingInvoice": DELETED,
    "TrackingCategory": {"Name": "Example category, renamed"},
    "TrackingOption": {"Name": "Example option, renamed"},
}
"""What a change of one record sends."""


def _records(known: ExampleValues) -> dict[str, Any]:
    line = {"Description": "Advice", "Quantity": 1, "UnitAmount": 10.00}
    sold, bought = line | {"AccountCode": known.sales}, line | {"AccountCode": known.costs}
    contact = {"Name": known.contact}
    bank, owed = {"AccountID": known.bank}, {"InvoiceID": known.owed}
    sale = {"Contact": contact, "Date": DAY, "LineItems": [sold]}
    weekly = {"Period": 1, "Unit": "MONTHLY", "DueDate": 20, "DueDateType": "OFFOLLOWINGMONTH",
              "StartDate": LATER}  # fmt: skip
    return {
        "Account": {"Code": "E900", "Name": "Example account", "Type": "EXPENSE"},
        "BankTransaction": {
            "Type": "SPEND",
            "Contact": contact,
            "BankAccount": bank,
            "Date": DAY,
            "LineItems": [bought],
        },
        "BankTransfer": {
            "FromBankAccount": bank,
            "ToBankAccount": {"AccountID": known.other_bank},
            "Amount": 1,
            "Date": DAY,
        },
        "BatchPayment": {
            "Account": bank,
            "Date": DAY,
            "Payments": [{"Invoice": owed, "Amount": 1}],
        },
        "Contact": {"Name": "Example Ltd", "EmailAddress": "accounts@example.com"},
        "ContactGroup": {"Name": "Example group"},
        "CreditNote": sale | {"Type": "ACCRECCREDIT"},
        "Currency": {"Code": "SGD"},
        "ExpenseClaim": {
            "User": {"UserID": known.ids.get("UserID", "")},
            "Receipts": [{"ReceiptID": known.ids.get("ReceiptID", "")}],
        },
        "HistoryRecord": {"Details": "An example of a note"},
        "Invoice": sale | {"Type": "ACCREC", "DueDate": LATER, "Status": "DRAFT"},
        "Item": {"Code": "EXAMPLE", "Name": "Example item"},
        "ManualJournal": {
            "Narration": "An example",
            "Date": DAY,
            "JournalLines": [
                {"LineAmount": 10, "AccountCode": known.costs},
                {"LineAmount": -10, "AccountCode": known.sales},
            ],
        },
        "Payment": {"Invoice": owed, "Account": bank, "Date": DAY, "Amount": 1},
        "PurchaseOrder": {"Contact": contact, "Date": DAY, "LineItems": [bought]},
        "Quote": sale | {"ExpiryDate": LATER},
        "Receipt": {
            "User": {"UserID": known.ids.get("UserID", "")},
            "Contact": contact,
            "Date": DAY,
            "LineItems": [bought],
        },
        "RepeatingInvoice": {
            "Type": "ACCREC",
            "Contact": contact,
            "Schedule": weekly,
            "LineItems": [sold],
        },
        "TaxRate": {
            "Name": "Example tax",
            "TaxComponents": [{"Name": "Tax", "Rate": 5}],
        },
        "TrackingCategory": {"Name": "Example category"},
        "TrackingOption": {"Name": "Example option"},
    }
