"""An organisation to write to: a chart, tax rates, two bank accounts, a customer, a supplier."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from xeroport.catalogue import load
from xeroport.clock import ManualClock
from xeroport_emulator.data.opening import open_books
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.rules.apply import WriteOutcome, apply

Record = dict[str, Any]


class World:
    """One organisation and short ways to write to it; every write is a second later."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 6, 1, 9, tzinfo=UTC))
        self.organisation = Organisation(self.clock, rates={"USD": Decimal("0.5")})
        open_books(self.organisation)
        self.bank = self.ok(
            "accounts.create",
            {"Code": "090", "Name": "Cheque", "Type": "BANK", "BankAccountNumber": "01-1"},
        )
        self.savings = self.ok(
            "accounts.create",
            {"Code": "091", "Name": "Savings", "Type": "BANK", "BankAccountNumber": "01-2"},
        )
        self.customer = self.ok("contacts.create", {"Name": "Customer"})
        self.supplier = self.ok("contacts.create", {"Name": "Supplier"})

    def write(self, endpoint: str, element: Record | None = None, **ids: str) -> WriteOutcome:
        self.clock.advance(1)
        return apply(self.organisation, load().endpoint(endpoint), element or {}, ids)

    def ok(self, endpoint: str, element: Record | None = None, **ids: str) -> Record:
        outcome = self.write(endpoint, element, **ids)
        assert outcome.ok, outcome
        return outcome.record or {}

    def refused(self, endpoint: str, element: Record | None = None, **ids: str) -> tuple[str, ...]:
        """The messages of a write that must fail, and must change nothing."""
        before = self.everything()
        outcome = self.write(endpoint, element, **ids)
        assert outcome.errors, outcome
        assert self.everything() == before
        return outcome.errors

    def everything(self) -> dict[str, list[Record]]:
        return {name: list(table) for name, table in self.organisation.tables.items()}

    def get(self, table: str, identity: str) -> Record:
        found = self.organisation.tables[table].get(identity)
        assert found is not None
        return found

    def invoice(self, amount: str = "100", *, bill: bool = False, **fields: Any) -> Record:
        """An approved document of one line without tax."""
        contact = self.supplier if bill else self.customer
        element = {
            "Type": "ACCPAY" if bill else "ACCREC",
            "Contact": {"ContactID": contact["ContactID"]},
            "Date": "2026-05-01",
            "DueDate": "2026-05-20",
            "Status": "AUTHORISED",
            "LineAmountTypes": "NoTax",
            "LineItems": [line(amount, "400" if bill else "200")],
            **fields,
        }
        return self.ok("invoices.create", element)

    def credit_note(self, amount: str = "100", **fields: Any) -> Record:
        element = {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": self.customer["ContactID"]},
            "Date": "2026-05-02",
            "Status": "AUTHORISED",
            "LineAmountTypes": "NoTax",
            "LineItems": [line(amount, "200")],
            **fields,
        }
        return self.ok("credit_notes.create", element)

    def pay(self, invoice: Record, amount: str, **fields: Any) -> Record:
        return self.ok("payments.create", payment(invoice, amount, **fields))


def line(amount: str, code: str, **fields: Any) -> Record:
    return {
        "Description": "Work",
        "Quantity": "1",
        "UnitAmount": amount,
        "AccountCode": code,
        **fields,
    }


def payment(invoice: Record, amount: str, **fields: Any) -> Record:
    return {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": "2026-05-10",
        "Amount": amount,
        **fields,
    }
