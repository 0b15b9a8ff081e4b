"""One good record for each endpoint that writes, and how its effect shows in the organisation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from push_world import World

from xeroport.catalogue import Endpoint, load

Row = dict[str, Any]
DAY = "2026-10-05"
SCHEDULE = {"Period": 1, "Unit": "MONTHLY", "DueDate": 20, "DueDateType": "OFFOLLOWINGMONTH"}


class Books:
    """Makes records by pushing them; each is new, so that no target meets another's."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.numbers = count(1)
        self.user = world.held("User")[0]["UserID"]
        self.bank = {"AccountID": self.made("Account", Type="BANK", BankAccountNumber="123")}
        self.contact = {"Contact": {"ContactID": self.made("Contact")}}

    @property
    def lines(self) -> list[Row]:
        """The lines of a sale, with the account that the country has for it."""
        code = {"AccountCode": self.world.sales}
        return [{"Description": "Work", "Quantity": 1, "UnitAmount": "50", **code}]

    @property
    def cost_lines(self) -> list[Row]:
        """The lines of a bill."""
        return [{**line, "AccountCode": self.world.costs} for line in self.lines]

    def row(self, record: str, **more: Any) -> Row:
        """A record of a type that Xero takes."""
        number = next(self.numbers)
        return {**NEW[record](self, f"{record} {number}"), **more, "no": number}

    def made(self, record: str, **more: Any) -> str:
        """Xero's id of a new record of that type."""
        if record in ("Overpayment", "Prepayment"):
            lines = {"LineItems": [{"Description": "Too much", "Quantity": 1, "UnitAmount": "50"}]}
            kind = {"Type": f"RECEIVE-{record.upper()}"}
            self.made("BankTransaction", **kind, **(lines if record == "Overpayment" else {}))
            return str(self.world.held(record)[-1][f"{record}ID"])
        endpoint = next(
            e
            for e in load().endpoints
            if e.method == "PUT" and e.body_record == record and "{" not in e.path
        )
        report = self.world.push(endpoint.name, [self.row(record, **more)], key="no")
        assert report.counts == {"sent": 1}, (record, report.problems, report.results)
        return str(report.results[0].xero_id)

    def invoice(self, kind: str = "ACCREC") -> Row:
        """A new document that can be paid, by its id."""
        lines = self.lines if kind == "ACCREC" else self.cost_lines
        number = {"InvoiceNumber": f"P-{next(self.numbers)}"}
        found = self.made("Invoice", Type=kind, Status="AUTHORISED", LineItems=lines, **number)
        return {"InvoiceID": found}

    def bill_line(self) -> Row:
        """A line of a new bill, as the source of a linked transaction."""
        found = self.invoice("ACCPAY")["InvoiceID"]
        bill = self.held("Invoice", found)
        return {
            "SourceTransactionID": found,
            "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
        }

    def held(self, record: str, identifier: str) -> Row:
        """What the organisation holds under an id; empty where there is nothing."""
        return dict(self.world.emulator.organisation.tables[record].get(identifier) or {})


def document(books: Books) -> Row:
    return {**books.contact, "Date": DAY, "LineAmountTypes": "NoTax", "LineItems": books.lines}


NEW: Mapping[str, Callable[[Books, str], Row]] = {
    "Account": lambda b, n: {"Code": n[-9:].replace(" ", ""), "Name": n, "Type": "EXPENSE"},
    "BankTransaction": lambda b, n: {**document(b), "Type": "RECEIVE", "BankAccount": b.bank},
    "BankTransfer": lambda b, n: {
        "FromBankAccount": b.bank,
        "ToBankAccount": {"AccountID": b.made("Account", Type="BANK", BankAccountNumber=n)},
        "Amount": "20",
        "Date": DAY,
    },
    "BatchPayment": lambda b, n: {
        "Account": b.bank,
        "Date": DAY,
        "Payments": [{"Invoice": b.invoice("ACCPAY"), "Amount": "5"}],
    },
    "Contact": lambda b, n: {"Name": n},
    "ContactGroup": lambda b, n: {"Name": n},
    "CreditNote": lambda b, n: {
        **document(b),
        "Type": "ACCRECCREDIT",
        "CreditNoteNumber": n,
        "Status": "AUTHORISED",
    },
    "Currency": lambda b, n: {"Code": "JPY", "Description": "Yen"},
    "ExpenseClaim": lambda b, n: {
        "User": {"UserID": b.user},
        "Receipts": [{"ReceiptID": b.made("Receipt")}],
        "Status": "SUBMITTED",
    },
    "Invoice": lambda b, n: {**document(b), "Type": "ACCREC", "InvoiceNumber": n},
    "Item": lambda b, n: {"Code": n, "Name": n},
    "LinkedTransaction": lambda b, n: b.bill_line(),
    "ManualJournal": lambda b, n: {
        "Narration": n,
        "Date": DAY,
        "JournalLines": [
            {"LineAmount": "5", "AccountCode": b.world.sales},
            {"LineAmount": "-5", "AccountCode": b.world.costs},
        ],
    },
    "Payment": lambda b, n: {
        "Invoice": b.invoice(),
        "Account": b.bank,
        "Date": DAY,
        "Amount": "7",
        "Reference": n,
    },
    "PaymentService": lambda b, n: {
        "PaymentServiceName": n,
        "PaymentServiceUrl": "https://pay.example",
    },
    "PurchaseOrder": lambda b, n: {**document(b), "PurchaseOrderNumber": n},
    "Quote": lambda b, n: {**document(b), "QuoteNumber": n, "LineAmountTypes": "NOTAX"},
    "Receipt": lambda b, n: {**document(b), "LineItems": b.cost_lines, "User": {"UserID": b.user}},
    "RepeatingInvoice": lambda b, n: {
        **b.contact,
        "Type": "ACCREC",
        "Schedule": SCHEDULE,
        "LineItems": b.lines,
    },
    "TaxRate": lambda b, n: {"Name": n, "TaxComponents": [{"Name": n, "Rate": "3.5"}]},
    "TrackingCategory": lambda b, n: {"Name": n},
}
CHANGES: Mapping[str, Row] = {
    "Account": {"Description": "changed"},
    "ContactGroup": {"Name": "changed"},
    "ExpenseClaim": {"Status": "AUTHORISED"},
    "LinkedTransaction": {},
    "ManualJournal": {"Narration": "changed"},
    "Item": {"Description": "changed"},
    "RepeatingInvoice": {"Status": "DELETED"},
    "TrackingCategory": {"Name": "changed"},
    "TaxRate": {"Name": "changed"},
    "Contact": {"FirstName": "changed"},
}
"""Record type → a change that Xero takes of it; `Reference` where nothing is said."""


def below(endpoint: Endpoint) -> str:
    """The type of the record that the first id of an endpoint's path names."""
    return endpoint.parameters[0].name.removesuffix("ID")
