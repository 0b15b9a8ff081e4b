"""Any sequence of writes keeps the books whole."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rules_world import Record, World, line

MONEY = st.decimals("-20", "500", places=2, allow_nan=False).map(str)
AMOUNT = st.decimals("0.01", "300", places=2, allow_nan=False).map(str)
CHOICE = st.integers(0, 10**6)
MODE = st.sampled_from(["Exclusive", "Inclusive", "NoTax"])
STATUS = st.sampled_from(["DRAFT", "SUBMITTED", "AUTHORISED", "AUTHORISED", "AUTHORISED"])
ANY_STATUS = st.sampled_from(["DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "DELETED", "PAID"])
CREATED = {
    "invoices.create": "Invoice",
    "contacts.create": "Contact",
    "credit_notes.create": "CreditNote",
    "bank_transactions.create": "BankTransaction",
}
VANISHING = {"Item", "LinkedTransaction", "Account", "TrackingCategory"}


class Writes(RuleBasedStateMachine):
    """Random writes; what must hold is checked after each."""

    @initialize()
    def open(self) -> None:
        self.world = World()
        self.ids: dict[str, set[str]] = {}
        for amount in ("100", "40.55"):
            self.world.invoice(amount)
            self.world.invoice(amount, bill=True)
        self.world.credit_note("70")
        self.prepay("25", True, "PREPAYMENT")
        self.prepay("30.10", False, "OVERPAYMENT")

    def attempt(self, endpoint: str, element: Record, **ids: str) -> Record | None:
        """A write that may be refused; refused, it must have changed nothing."""
        tables = self.world.organisation.tables
        before = pickle.loads(pickle.dumps(self.world.everything()))
        sent = copy.deepcopy(element)
        outcome = self.world.write(endpoint, element, **ids)
        assert element == sent
        after = self.world.everything()
        if not outcome.ok:
            assert after == before, endpoint
        if kind := CREATED.get(endpoint):
            for record in before[kind]:
                now = tables[kind].get(record[tables[kind].key])
                assert _without_flags(now) == _without_flags(record)
        return outcome.record if outcome.ok else None

    def one_of(self, table: str, choice: int, **fields: Any) -> Record | None:
        """Some record; mostly one with those values, if there is one."""
        records = list(self.world.organisation.tables[table])
        if choice % 8:
            wanted = [r for r in records if all(r.get(k) == v for k, v in fields.items())]
            records = wanted or records
        return records[choice // 8 % len(records)] if records else None

    @rule(
        sales=st.booleans(),
        amounts=st.lists(MONEY, min_size=1, max_size=3),
        mode=MODE,
        status=STATUS,
        name=st.sampled_from(["Customer", "Supplier", "New"]),
    )
    def invoice(self, sales: bool, amounts: list[str], mode: str, status: str, name: str) -> None:
        self.attempt("invoices.create", {
            "Type": "ACCREC" if sales else "ACCPAY", "Contact": {"Name": name}, "Status": status,
            "LineAmountTypes": mode, "Date": "2026-05-01",
            "LineItems": [line(each, "200" if sales else "400") for each in amounts],
        })  # fmt: skip

    @rule(choice=CHOICE, status=ANY_STATUS)
    def change_status(self, choice: int, status: str) -> None:
        if found := self.one_of("Invoice", choice):
            self.attempt("invoices.update", {"Status": status}, InvoiceID=found["InvoiceID"])

    @rule(choice=CHOICE, amount=AMOUNT, keep=st.booleans(), mode=MODE)
    def change_lines(self, choice: int, amount: str, keep: bool, mode: str) -> None:
        if found := self.one_of("Invoice", choice):
            lines = [line(amount, "200")]
            if keep:
                lines.append({"LineItemID": found["LineItems"][0]["LineItemID"]})
            self.attempt(
                "invoices.upsert",
                {"InvoiceID": found["InvoiceID"], "LineItems": lines, "LineAmountTypes": mode},
            )

    @rule(choice=CHOICE)
    def number_taken(self, choice: int) -> None:
        if found := self.one_of("Invoice", choice):
            self.attempt("invoices.create", {
                "Type": found["Type"], "InvoiceNumber": found["InvoiceNumber"],
                "Contact": {"Name": "Other"}, "LineItems": [line("5", "200")],
            })  # fmt: skip

    @rule(
        choice=CHOICE,
        amount=AMOUNT,
        whole=st.booleans(),
        kind=st.sampled_from(["Invoice", "Invoice", "CreditNote", "Prepayment", "Overpayment"]),
    )
    def pay(self, choice: int, amount: str, whole: bool, kind: str) -> None:
        if found := self.one_of(kind, choice, Status="AUTHORISED"):
            due = found["AmountDue" if kind == "Invoice" else "RemainingCredit"]
            self.attempt("payments.create", {
                kind: {f"{kind}ID": found[f"{kind}ID"]}, "Account": {"Code": "090"},
                "Date": "2026-05-09", "Amount": str(due) if whole else amount,
            })  # fmt: skip

    @rule(choice=CHOICE)
    def unpay(self, choice: int) -> None:
        if found := self.one_of("Payment", choice, Status="AUTHORISED"):
            self.attempt("payments.delete", {"Status": "DELETED"}, PaymentID=found["PaymentID"])

    @rule(choices=st.lists(CHOICE, min_size=1, max_size=3), amount=AMOUNT)
    def batch(self, choices: list[int], amount: str) -> None:
        found = [
            each
            for choice in choices
            if (each := self.one_of("Invoice", choice, Status="AUTHORISED", Type="ACCREC"))
        ]
        self.attempt("batch_payments.create", {
            "Account": {"Code": "091"}, "Date": "2026-05-09",
            "Payments": [{"Invoice": {"InvoiceID": each["InvoiceID"]}, "Amount": amount}
                         for each in found],
        })  # fmt: skip

    @rule(choice=CHOICE)
    def unbatch(self, choice: int) -> None:
        if found := self.one_of("BatchPayment", choice):
            self.attempt("batch_payments.delete", {"Status": "DELETED"},
                         BatchPaymentID=found["BatchPaymentID"])  # fmt: skip

    @rule(amount=MONEY, sales=st.booleans(), status=STATUS, mode=MODE)
    def credit_note(self, amount: str, sales: bool, status: str, mode: str) -> None:
        self.attempt("credit_notes.create", {
            "Type": "ACCRECCREDIT" if sales else "ACCPAYCREDIT", "Status": status,
            "Contact": {"Name": "Customer" if sales else "Supplier"}, "LineAmountTypes": mode,
            "LineItems": [line(amount, "200")],
        })  # fmt: skip

    @rule(amount=AMOUNT, sales=st.booleans(), credit=st.sampled_from(["PREPAYMENT", "OVERPAYMENT"]))
    def prepay(self, amount: str, sales: bool, credit: str) -> None:
        item = line(amount, "200") if credit == "PREPAYMENT" else {
            "Description": "Too much", "LineAmount": amount}  # fmt: skip
        self.attempt("bank_transactions.create", {
            "Type": f"{'RECEIVE' if sales else 'SPEND'}-{credit}",
            "Contact": {"Name": "Customer" if sales else "Supplier"},
            "BankAccount": {"Code": "090"}, "LineItems": [item], "Date": "2026-05-03",
        })  # fmt: skip

    @rule(choice=CHOICE)
    def unspend(self, choice: int) -> None:
        if found := self.one_of("BankTransaction", choice, Status="AUTHORISED"):
            self.attempt("bank_transactions.update", {"Status": "DELETED"},
                         BankTransactionID=found["BankTransactionID"])  # fmt: skip

    @rule(
        choice=CHOICE,
        onto=CHOICE,
        amount=AMOUNT,
        whole=st.booleans(),
        kind=st.sampled_from(["CreditNote", "Prepayment", "Overpayment"]),
    )
    def allocate(self, choice: int, onto: int, amount: str, whole: bool, kind: str) -> None:
        credit = self.one_of(kind, choice, Status="AUTHORISED")
        if credit is None:
            return
        invoice = self.one_of("Invoice", onto, Contact=credit["Contact"], Status="AUTHORISED")
        if invoice is not None:
            most = min(credit["RemainingCredit"], invoice["AmountDue"])
            self.attempt(
                f"{ENDPOINTS[kind]}.allocations.create",
                {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Date": "2026-05-11",
                 "Amount": str(most) if whole else amount},
                **{f"{kind}ID": credit[f"{kind}ID"]},
            )  # fmt: skip

    @rule(choice=CHOICE, kind=st.sampled_from(["CreditNote", "Prepayment", "Overpayment"]))
    def unallocate(self, choice: int, kind: str) -> None:
        credits = [each for each in self.world.organisation.tables[kind] if each["Allocations"]]
        credit = credits[choice % len(credits)] if credits else None
        for allocation in credit["Allocations"] if credit else ():
            self.attempt(
                f"{ENDPOINTS[kind]}.allocations.delete",
                {},
                **{f"{kind}ID": credit[f"{kind}ID"], "AllocationID": allocation["AllocationID"]},
            )
            break

    @rule(
        choice=CHOICE,
        name=st.sampled_from(["Customer", "Renamed", "a<b", "Supplier"]),
        status=st.sampled_from(["ACTIVE", "ACTIVE", "ARCHIVED"]),
    )
    def change_contact(self, choice: int, name: str, status: str) -> None:
        if found := self.one_of("Contact", choice):
            self.attempt(
                "contacts.upsert",
                {"ContactID": found["ContactID"], "Name": name, "ContactStatus": status},
            )

    @rule(amount=AMOUNT)
    def transfer(self, amount: str) -> None:
        self.attempt("bank_transfers.create", {
            "FromBankAccount": {"Code": "090"}, "ToBankAccount": {"Code": "091"},
            "Amount": amount})  # fmt: skip

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def amounts_add_up(self) -> None:
        tables = self.world.organisation.tables
        for each in tables["Invoice"]:
            assert each["AmountDue"] + each["AmountPaid"] + each["AmountCredited"] == each["Total"]
            assert each["AmountDue"] >= 0
            if each["Status"] == "PAID":
                assert each["AmountDue"] == 0
                assert each["FullyPaidOnDate"]
            else:
                assert "FullyPaidOnDate" not in each
            live = [p for p in tables["Payment"].find("Invoice.InvoiceID", each["InvoiceID"])
                    if p["Status"] == "AUTHORISED"]  # fmt: skip
            assert sum((p["Amount"] for p in live), Decimal(0)) == each["AmountPaid"]
            assert {p["PaymentID"] for p in live} == {p["PaymentID"] for p in each["Payments"]}
            allocated = sum(
                (a["Amount"] for kind in ENDPOINTS for credit in tables[kind]
                 for a in credit["Allocations"]
                 if a["Invoice"]["InvoiceID"] == each["InvoiceID"]),
                Decimal(0),
            )  # fmt: skip
            assert allocated == each["AmountCredited"]
        for kind in ENDPOINTS:
            for each in tables[kind]:
                used = sum((a["Amount"] for a in each["Allocations"]), Decimal(0))
                refunded = sum((p["Amount"] for p in each["Payments"]), Decimal(0))
                assert each["RemainingCredit"] == each["Total"] - used - refunded >= 0
        for batch in tables["BatchPayment"]:
            payments = tables["Payment"].find("BatchPaymentID", batch["BatchPaymentID"])
            assert {each["Status"] for each in payments} == {batch["Status"]}

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def nothing_is_lost(self) -> None:
        for name, table in self.world.organisation.tables.items():
            listed = [each[table.key] for each in table]
            assert len(listed) == len(set(listed)) == len(table)
            assert all(table.get(each) is not None for each in listed)
            if name not in VANISHING:
                assert self.ids.get(name, set()) <= set(listed)
            self.ids[name] = set(listed)
            stamps = [(each["UpdatedDateUTC"], each[table.key]) for each in table
                      if "UpdatedDateUTC" in each]  # fmt: skip
            assert stamps == sorted(stamps)

    @precondition(lambda self: hasattr(self, "world"))
    @invariant()
    def names_are_unique(self) -> None:
        tables = self.world.organisation.tables
        active = [c["Name"] for c in tables["Contact"] if c["ContactStatus"] == "ACTIVE"]
        assert len(active) == len(set(active))
        numbers = [
            each["InvoiceNumber"]
            for each in tables["Invoice"]
            if each["Type"] == "ACCREC" and each["Status"] not in ("VOIDED", "DELETED")
        ]
        assert len(numbers) == len(set(numbers))
        names = {c["ContactID"]: c["Name"] for c in tables["Contact"]}
        for invoice in tables["Invoice"]:
            assert invoice["Contact"]["Name"] == names[invoice["Contact"]["ContactID"]]


ENDPOINTS = {
    "CreditNote": "credit_notes",
    "Prepayment": "prepayments",
    "Overpayment": "overpayments",
}


def _without_flags(record: Any) -> Record:
    return {k: v for k, v in record.items() if k not in ("IsCustomer", "IsSupplier")}


Writes.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestWrites = Writes.TestCase


class LongWrites(Writes):
    """The same at length."""


LongWrites.TestCase.settings = settings(
    Writes.TestCase.settings, max_examples=1500, stateful_step_count=80
)
TestLongWrites = pytest.mark.soak(LongWrites.TestCase)
