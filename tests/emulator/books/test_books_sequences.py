"""Any sequence of writes, in two currencies, keeps the ledger balanced and the receivable true."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from books_world import Books, Record, code_of, line
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from xeroport_emulator.accounting import books as ledger
from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.journals import journal_page
from xeroport_emulator.accounting.ledger import KINDS

AMOUNT = st.decimals("0.01", "400", places=2, allow_nan=False).map(str)
PRICE = st.decimals("-15", "400", places=2, allow_nan=False).map(str)
RATE = st.sampled_from(["0.5", "0.61", "0.7333", "1.9"])
CHOICE = st.integers(0, 10**6)
DAY = st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str)
MODE = st.sampled_from(["Exclusive", "Inclusive", "NoTax"])
CURRENCY = st.sampled_from(["NZD", "USD"])
CREDITS = {
    "CreditNote": "credit_notes",
    "Prepayment": "prepayments",
    "Overpayment": "overpayments",
}
CREDIT = st.sampled_from(list(CREDITS))


class Ledger(RuleBasedStateMachine):
    """Random writes, many of them refused; the books are checked after each."""

    @initialize()
    def begin(self) -> None:
        """Something open of each kind, in both currencies, so that little is attempted in vain."""
        self.books = Books()
        self.foreign_parts = 0
        contact = {"Contact": {"ContactID": self.books.customer}, "Date": "2026-02-01"}
        for currency, bank in (("NZD", "090"), ("USD", "092")):
            money = {"CurrencyCode": currency, "CurrencyRate": "0.61"}
            sale = {**contact, **money, "LineItems": [line("150.10", "200", "OUTPUT2")]}
            approved = {**sale, "Status": "AUTHORISED", "DueDate": "2026-02-01"}
            self.books.ok("invoices.create", {**approved, "Type": "ACCREC"})
            self.books.ok("credit_notes.create", {**approved, "Type": "ACCRECCREDIT"})
            got = {**contact, "CurrencyRate": "0.7333", "BankAccount": {"Code": bank}}
            early = {"Type": "RECEIVE-PREPAYMENT", "LineItems": [line("40", "835")]}
            over = {"Description": "Over", "LineAmount": "60"}
            self.books.ok("bank_transactions.create", {**got, **early})
            late = {"Type": "RECEIVE-OVERPAYMENT", "LineItems": [over]}
            self.books.ok("bank_transactions.create", {**got, **late})

    def attempt(self, endpoint: str, element: Record, **ids: str) -> None:
        self.books.write(endpoint, element, **ids)

    def one_of(self, table: str, choice: int, *, open_only: bool = False) -> Record | None:
        records = list(self.books.organisation.tables[table])
        if open_only:
            records = [each for each in records if each["Status"] == "AUTHORISED"]
        return records[choice % len(records)] if records else None

    @rule(
        sales=st.booleans(),
        amounts=st.lists(PRICE, min_size=1, max_size=3),
        mode=MODE,
        currency=CURRENCY,
        rate=RATE,
        day=DAY,
        credit=st.booleans(),
    )
    def document(
        self,
        sales: bool,
        amounts: list[str],
        mode: str,
        currency: str,
        rate: str,
        day: str,
        credit: bool,
    ) -> None:
        kind = ("ACCREC" if sales else "ACCPAY") + ("CREDIT" if credit else "")
        code, tax = ("200", "OUTPUT2") if sales else ("400", "INPUT2")
        self.attempt(
            "credit_notes.create" if credit else "invoices.create",
            {
                "Type": kind,
                "Contact": {"ContactID": self.books.customer},
                "Status": "AUTHORISED",
                "Date": day,
                "DueDate": day,
                "LineAmountTypes": mode,
                "CurrencyCode": currency,
                "CurrencyRate": rate,
                "LineItems": [line(a, code, "NONE" if mode == "NoTax" else tax) for a in amounts],
            },
        )

    @rule(
        choice=CHOICE,
        amount=AMOUNT,
        rate=RATE,
        whole=st.booleans(),
        day=DAY,
        kind=st.sampled_from(["Invoice", *CREDITS]),
        bank=st.sampled_from(["090", "092"]),
    )
    def pay(
        self, choice: int, amount: str, rate: str, whole: bool, day: str, kind: str, bank: str
    ) -> None:
        if found := self.one_of(kind, choice, open_only=choice % 4 > 0):
            due = found["AmountDue" if kind == "Invoice" else "RemainingCredit"]
            self.attempt(
                "payments.create",
                {
                    kind: {f"{kind}ID": found[f"{kind}ID"]},
                    "Account": {"Code": bank},
                    "Date": day,
                    "Amount": str(due) if whole else amount,
                    "CurrencyRate": rate,
                },
            )

    @rule(choice=CHOICE)
    def unpay(self, choice: int) -> None:
        if found := self.one_of("Payment", choice):
            self.attempt("payments.delete", {"Status": "DELETED"}, PaymentID=found["PaymentID"])

    @rule(choice=CHOICE)
    def void(self, choice: int) -> None:
        if found := self.one_of("Invoice", choice):
            self.attempt("invoices.update", {"Status": "VOIDED"}, InvoiceID=found["InvoiceID"])

    @rule(choice=CHOICE, amount=AMOUNT, day=DAY)
    def edit(self, choice: int, amount: str, day: str) -> None:
        if found := self.one_of("Invoice", choice):
            changed = {"Date": day, "LineItems": [line(amount, "260")]}
            self.attempt("invoices.update", changed, InvoiceID=found["InvoiceID"])

    @rule(
        kind=st.sampled_from(["RECEIVE", "SPEND"]),
        credit=st.sampled_from(["", "-PREPAYMENT", "-OVERPAYMENT"]),
        amount=AMOUNT,
        bank=st.sampled_from(["090", "092"]),
        day=DAY,
    )
    def bank(self, kind: str, credit: str, amount: str, bank: str, day: str) -> None:
        over = credit == "-OVERPAYMENT"
        item = {"Description": "Over", "LineAmount": amount} if over else line(amount, "835")
        self.attempt(
            "bank_transactions.create",
            {
                "Type": kind + credit,
                "Contact": {"ContactID": self.books.customer},
                "BankAccount": {"Code": bank},
                "Date": day,
                "LineItems": [item],
            },
        )

    @rule(choice=CHOICE)
    def unbank(self, choice: int) -> None:
        if found := self.one_of("BankTransaction", choice):
            key = found["BankTransactionID"]
            self.attempt("bank_transactions.update", {"Status": "DELETED"}, BankTransactionID=key)

    @rule(kind=CREDIT, choice=CHOICE, onto=CHOICE, amount=AMOUNT, whole=st.booleans(), day=DAY)
    def allocate(
        self, kind: str, choice: int, onto: int, amount: str, whole: bool, day: str
    ) -> None:
        credit = self.one_of(kind, choice, open_only=True)
        invoice = self.fitting(credit, onto) if onto % 4 else self.one_of("Invoice", onto)
        if credit and invoice:
            most = min(credit["RemainingCredit"], invoice["AmountDue"])
            self.attempt(
                f"{CREDITS[kind]}.allocations.create",
                {
                    "Invoice": {"InvoiceID": invoice["InvoiceID"]},
                    "Date": day,
                    "Amount": str(most) if whole else amount,
                },
                **{f"{kind}ID": credit[f"{kind}ID"]},
            )

    def fitting(self, credit: Record | None, choice: int) -> Record | None:
        """An open invoice that the credit can be set against."""
        if credit is None:
            return None
        sales = credit["Type"].startswith(("ACCREC", "RECEIVE"))
        fits = [
            each
            for each in self.books.organisation.tables["Invoice"]
            if each["Status"] == "AUTHORISED"
            and (each["Type"] == "ACCREC") == sales
            and each["CurrencyCode"] == credit["CurrencyCode"]
        ]
        return fits[choice % len(fits)] if fits else None

    @rule(kind=CREDIT, choice=CHOICE)
    def unallocate(self, kind: str, choice: int) -> None:
        credit = self.one_of(kind, choice)
        if credit and credit["Allocations"]:
            ids = {f"{kind}ID": credit[f"{kind}ID"]}
            ids["AllocationID"] = credit["Allocations"][0]["AllocationID"]
            self.attempt(f"{CREDITS[kind]}.allocations.delete", {}, **ids)

    @rule(amount=AMOUNT, back=st.booleans(), day=DAY)
    def transfer(self, amount: str, back: bool, day: str) -> None:
        ends = [{"Code": "090"}, {"Code": "092"}]
        source, target = reversed(ends) if back else ends
        sent = {"FromBankAccount": source, "ToBankAccount": target, "Amount": amount, "Date": day}
        self.attempt("bank_transfers.create", sent)

    @rule(amount=PRICE, mode=MODE, day=DAY)
    def manual_journal(self, amount: str, mode: str, day: str) -> None:
        self.attempt(
            "manual_journals.create",
            {
                "Narration": "Put right",
                "Status": "POSTED",
                "Date": day,
                "LineAmountTypes": mode,
                "JournalLines": [
                    {"LineAmount": amount, "AccountCode": "400", "TaxType": "INPUT2"},
                    {"LineAmount": f"{-Decimal(amount)}", "AccountCode": "453",
                     "TaxType": "INPUT2"},
                ],
            },
        )  # fmt: skip

    @precondition(lambda self: hasattr(self, "books"))
    @invariant()
    def every_posting_sums_to_zero(self) -> None:
        kept = books_of(self.books.organisation)
        for kind in KINDS:
            table = self.books.organisation.tables[kind]
            for record in table:
                legs = kept.legs(kind, record[table.key])
                assert sum((leg.amount for leg in legs), Decimal(0)) == 0

    @precondition(lambda self: hasattr(self, "books"))
    @invariant()
    def every_day_balances(self) -> None:
        for day in ("2026-03-15", "2026-08-01", "2026-12-31"):
            self.books.balances(day)
            self.books.balances(day, cash=True)

    @precondition(lambda self: hasattr(self, "books"))
    @invariant()
    def control_accounts_hold_what_is_due(self) -> None:
        """Open documents at their own rates; each part of a foreign one may be rounded."""
        organisation = self.books.organisation
        due = {"610": Decimal(0), "800": Decimal(0)}
        slack = {"610": Decimal("0.001"), "800": Decimal("0.001")}
        for kind in ("Invoice", "CreditNote", "Overpayment"):
            for each in organisation.tables[kind]:
                sales = each["Type"].startswith(("ACCREC", "RECEIVE"))
                code = "610" if sales else "800"
                if each["Status"] not in ("AUTHORISED", "PAID"):
                    continue
                sign = (1 if kind == "Invoice" else -1) * (1 if sales else -1)
                left = each["AmountDue" if kind == "Invoice" else "RemainingCredit"]
                due[code] += sign * left / each["CurrencyRate"]
                names = ("Payments", "CreditNotes", "Prepayments", "Overpayments", "Allocations")
                parts = sum(len(each.get(name, ())) for name in names)
                slack[code] += Decimal("0.006") * (1 + parts)
        balances = self.books.balances()
        for code, amount in due.items():
            assert abs(balances.get(code, Decimal(0)) - amount) <= slack[code], code

    def teardown(self) -> None:
        """At the end: kept books are books made anew, and the journals add up to them."""
        if not hasattr(self, "books"):
            return
        organisation = self.books.organisation
        anew = ledger.Books(organisation).movements(date(2026, 12, 31))
        found = {code_of(organisation, key): amount for key, amount in anew.items() if amount}
        assert found == self.books.balances()
        sums: dict[str, Decimal] = {}
        for each in journal_page(organisation, limit=10_000):
            for leg in each["JournalLines"]:
                code = leg["AccountCode"]
                sums[code] = sums.get(code, Decimal(0)) + leg["NetAmount"]
        assert {code: amount for code, amount in sums.items() if amount} == found
        for day in ("2026-03-15", "2026-08-01"):
            self._journals_agree(day)

    def _journals_agree(self, day: str) -> None:
        """What was journalled up to a day is what the books say of that day."""
        sums: dict[str, Decimal] = {}
        for each in journal_page(self.books.organisation, limit=10_000):
            if each["JournalDate"] <= date.fromisoformat(day):
                for leg in each["JournalLines"]:
                    code = leg["AccountCode"]
                    sums[code] = sums.get(code, Decimal(0)) + leg["NetAmount"]
        assert {code: amount for code, amount in sums.items() if amount} == self.books.balances(day)


class LongLedger(Ledger):
    """The same for longer."""


DAILY = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
Ledger.TestCase.settings = DAILY
LongLedger.TestCase.settings = settings(DAILY, max_examples=3000, stateful_step_count=60)
TestLedger = Ledger.TestCase
TestLongLedger = pytest.mark.soak(LongLedger.TestCase)
