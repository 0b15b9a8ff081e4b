"""Short ways to write to an organisation, and to sum documents without a ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from xeroport.catalogue import load
from xeroport.clock import ManualClock
from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.reports import report
from xeroport_emulator.data.datasets import fill
from xeroport_emulator.data.opening import open_books
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.rules.apply import WriteOutcome, apply

Record = dict[str, Any]
APPROVED = ("AUTHORISED", "PAID")


def built(data: str | int) -> Organisation:
    """An organisation with a data set, on the third of November 2026."""
    organisation = Organisation(ManualClock(datetime(2026, 11, 3, 9, tzinfo=UTC)))
    fill(organisation, data)
    return organisation


class Books:
    """A small organisation: NZD, a bank in NZD and one in USD (1 NZD = 0.50 USD today)."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 6, 1, 9, tzinfo=UTC))
        self.organisation = Organisation(self.clock, rates={"USD": Decimal("0.5")})
        open_books(self.organisation)
        self.ok("currencies.create", {"Code": "USD"})
        for code, name, currency in (("090", "Bank", "NZD"), ("092", "Dollars", "USD")):
            bank = {"Code": code, "Name": name, "Type": "BANK", "BankAccountNumber": f"1-{code}"}
            self.ok("accounts.create", {**bank, "CurrencyCode": currency})
        self.customer = self.ok("contacts.create", {"Name": "Customer"})["ContactID"]
        self.supplier = self.ok("contacts.create", {"Name": "Supplier"})["ContactID"]

    def write(self, endpoint: str, element: Record, **ids: str) -> WriteOutcome:
        self.clock.advance(1)
        return apply(self.organisation, load().endpoint(endpoint), element, ids)

    def ok(self, endpoint: str, element: Record, **ids: str) -> Record:
        outcome = self.write(endpoint, element, **ids)
        assert outcome.record is not None, outcome
        return outcome.record

    def invoice(self, *lines: Record, bill: bool = False, **fields: Any) -> Record:
        element = {
            "Type": "ACCPAY" if bill else "ACCREC",
            "Contact": {"ContactID": self.supplier if bill else self.customer},
            "Date": "2026-05-01",
            "DueDate": "2026-05-20",
            "Status": "AUTHORISED",
            "LineItems": list(lines),
            **fields,
        }
        return self.ok("invoices.create", element)

    def pay(self, kind: str, key: str, amount: str, **fields: Any) -> Record:
        element = {
            kind: {f"{kind}ID": key},
            "Account": {"Code": "090"},
            "Date": "2026-05-10",
            "Amount": amount,
            **fields,
        }
        return self.ok("payments.create", element)

    def legs(self, kind: str, key: str) -> dict[str, Decimal]:
        """Account code → what one record posts; the legs must sum to zero."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        for leg in books_of(self.organisation).legs(kind, key):
            found[code_of(self.organisation, leg.account_id)] += leg.amount
        assert sum(found.values()) == 0
        return {code: amount for code, amount in found.items() if amount}

    def balances(self, day: str = "2026-12-31", **options: Any) -> dict[str, Decimal]:
        """Account code → balance; they must sum to zero."""
        moved = books_of(self.organisation).movements(date.fromisoformat(day), **options)
        assert sum(moved.values()) == 0
        return {code_of(self.organisation, k): amount for k, amount in moved.items() if amount}


def line(amount: str, code: str, tax: str = "NONE", **fields: Any) -> Record:
    return {
        "Description": "Work",
        "Quantity": "1",
        "UnitAmount": amount,
        "AccountCode": code,
        "TaxType": tax,
        **fields,
    }


def code_of(organisation: Organisation, key: str) -> str:
    account = organisation.tables["Account"].get(key)
    assert account is not None
    return str(account["Code"])


def drawn(organisation: Organisation, name: str, **params: Any) -> Record:
    """One report."""
    found: Record = report(name, organisation, params)["Reports"][0]
    return found


def rows(sheet: Record, kind: str = "Row") -> Iterator[tuple[str, list[str]]]:
    """Section title and cell values of every row of that kind."""
    for section in sheet["Rows"]:
        for row in section.get("Rows", ()):
            if row["RowType"] == kind:
                yield section["Title"], [cell["Value"] for cell in row["Cells"]]


def labelled(sheet: Record, kind: str = "Row") -> dict[str, list[str]]:
    """First cell → the other cells of every row of that kind."""
    return {cells[0]: cells[1:] for _, cells in rows(sheet, kind)}


def number(text: str) -> Decimal:
    return Decimal(text or "0")


class Sums:
    """Balances by account code, added up from the documents as a person would: no ledger.

    Nothing is rounded; `slack` counts foreign amounts, each of which the ledger may round.
    """

    def __init__(self, organisation: Organisation, until: date) -> None:
        self.tables = organisation.tables
        self.until = until
        self.balance: dict[str, Fraction] = defaultdict(Fraction)
        self.slack: dict[str, int] = defaultdict(int)
        accounts = self.tables["Account"]
        self._codes = {each["AccountID"]: each["Code"] for each in accounts}
        self._documents()
        self._payments()
        self._bank()
        self._rest()

    def add(self, code: str, amount: Decimal, rate: Decimal = Decimal(1)) -> None:
        self.balance[code] += Fraction(amount) / Fraction(rate)
        self.slack[code] += rate != 1

    def _lines(self, record: Record, sign: int) -> None:
        for each in record["LineItems"]:
            tax = each.get("TaxAmount", Decimal(0))
            net = each["LineAmount"] - (tax if record["LineAmountTypes"] == "Inclusive" else 0)
            rate = record.get("CurrencyRate", Decimal(1))
            self.add(self._codes[each["AccountID"]], sign * net, rate)
            self.add("820", sign * tax, rate)

    def _documents(self) -> None:
        for record in self.tables["Invoice"]:
            if record["Status"] in APPROVED and record["Date"] <= self.until:
                sales = record["Type"] == "ACCREC"
                sign = 1 if sales else -1
                self.add("610" if sales else "800", sign * record["Total"], record["CurrencyRate"])
                self._lines(record, -sign)
        for record in self.tables["CreditNote"]:
            if record["Status"] in APPROVED and record["Date"] <= self.until:
                sales = record["Type"] == "ACCRECCREDIT"
                sign = -1 if sales else 1
                self.add("610" if sales else "800", sign * record["Total"], record["CurrencyRate"])
                self._lines(record, -sign)

    def _payments(self) -> None:
        for record in self.tables["Payment"]:
            if record["Status"] != "AUTHORISED" or record["Date"] > self.until:
                continue
            kind = next(k for k in ("Invoice", "CreditNote") if k in record)
            document = self.tables[kind].get(record[kind][f"{kind}ID"])
            assert document is not None
            received = record["PaymentType"] in ("ACCRECPAYMENT", "APCREDITPAYMENT")
            sign = 1 if received else -1
            control = "610" if record["PaymentType"].startswith(("ACCREC", "AR")) else "800"
            amount, then, now = record["Amount"], document["CurrencyRate"], record["CurrencyRate"]
            self.add(self._codes[record["Account"]["AccountID"]], sign * amount, now)
            self.add(control, -sign * amount, then)
            self.balance["499"] -= sign * (Fraction(amount) / Fraction(now))
            self.balance["499"] += sign * (Fraction(amount) / Fraction(then))
            self.slack["499"] += now != 1

    def _bank(self) -> None:
        for record in self.tables["BankTransaction"]:
            if record["Status"] != "AUTHORISED" or record["Date"] > self.until:
                continue
            direction, _, kind = record["Type"].partition("-")
            sign = 1 if direction == "RECEIVE" else -1
            bank = self._codes[record["BankAccount"]["AccountID"]]
            self.add(bank, sign * record["Total"], record["CurrencyRate"])
            if kind == "OVERPAYMENT":
                self.add("610" if sign > 0 else "800", -sign * record["Total"])
            elif kind != "TRANSFER":
                self._lines(record, -sign)

    def _rest(self) -> None:
        for record in self.tables["ManualJournal"]:
            if record["Status"] == "POSTED" and record["Date"] <= self.until:
                for each in record["JournalLines"]:
                    self.add(self._codes[each["AccountID"]], each["LineAmount"])
        for record in self.tables["Prepayment"]:
            for each in record["Allocations"]:
                if each["Date"] <= self.until:
                    part = Fraction(each["Amount"]) / Fraction(record["Total"])
                    self.balance["610"] -= Fraction(each["Amount"])
                    self.balance["835"] += part * Fraction(record["SubTotal"])
                    self.balance["820"] += part * Fraction(record["TotalTax"])
        for record in self.tables["ExpenseClaim"]:
            if record["Status"] in APPROVED:
                for receipt in record["Receipts"]:
                    if receipt["Date"] <= self.until:
                        self.add("801", -receipt["Total"])
                        self._lines(receipt, 1)
