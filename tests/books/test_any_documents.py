"""Any sequence of writes that Xero accepts: the documents explain every balance, on every day."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hard_documents import RATES, STYLES, Writer
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ledger_world import LEDGER, World

from xeroport.errors import Refused
from xeroport_emulator import Emulator

EXAMPLES = int(os.environ.get("XEROPORT_LEDGER_EXAMPLES", "2"))

amounts = st.decimals("0.01", "20000", places=2).map(str)
days = st.dates(min_value=date(2025, 1, 1),
                max_value=date(2026, 10, 31)).map(str)  # fmt: skip
foreign = st.one_of(
    st.just({}),
    st.sampled_from(RATES).map(lambda rate: {"CurrencyCode": "AUD", "CurrencyRate": rate}),
)
step = st.one_of(
    st.tuples(
        st.just("invoice"), st.lists(amounts, min_size=1, max_size=4), st.booleans(),
        st.sampled_from(STYLES), foreign, days,
    ),
    st.tuples(st.just("pay"), st.integers(0, 30), st.sampled_from(["0.3", "0.5", "1"]), days),
    st.tuples(st.just("credit"), amounts, foreign, days),
    st.tuples(st.just("allocate"), st.integers(0, 30), amounts, days),
    st.tuples(st.just("bank"), st.sampled_from(["RECEIVE", "SPEND", "RECEIVE-PREPAYMENT"]),
              amounts, st.sampled_from(STYLES), days),
    st.tuples(st.just("release"), st.integers(0, 30), amounts, days),
    st.tuples(st.just("void"), st.integers(0, 30)),
)  # fmt: skip


class Trial:
    """Writes steps one after another; what Xero refuses is left out."""

    def __init__(self, world: World) -> None:
        self.writer = Writer(world)
        self.invoices: list[dict[str, Any]] = []
        self.credits: list[dict[str, Any]] = []
        self.prepayments: list[str] = []

    def write(self, name: str, *values: Any) -> None:
        with suppress(Refused, IndexError, ZeroDivisionError):
            getattr(self, name)(*values)

    def invoice(self, parts: Any, sale: bool, style: str, money: Any, day: str) -> None:
        self.invoices.append(
            self.writer.invoice(*parts, sale=sale, LineAmountTypes=style, Date=day, **money)
        )

    def pay(self, at: int, share: str, day: str) -> None:
        invoice = self.invoices[at % len(self.invoices)]
        amount = (Decimal(str(invoice["Total"])) * Decimal(share)).quantize(Decimal("0.01"))
        rate = {} if invoice["CurrencyCode"] == "NZD" else {"CurrencyRate": "0.91"}
        self.writer.pay("Invoice", invoice, str(amount), Date=day, **rate)

    def credit(self, amount: str, money: Any, day: str) -> None:
        body = {
            "Type": "ACCRECCREDIT", "Contact": self.writer.contact, "Date": day,
            "Status": "AUTHORISED", "LineItems": self.writer.lines(amount, "1.11", tax="OUTPUT2"),
        }  # fmt: skip
        self.credits.append(self.writer.call("credit_notes.upsert", body | money))

    def allocate(self, at: int, amount: str, day: str) -> None:
        credit = self.credits[at % len(self.credits)]
        invoice = self.invoices[at % len(self.invoices)]
        self.writer.call(
            "credit_notes.allocations.create",
            {"Amount": amount, "Date": day, "Invoice": {"InvoiceID": invoice["InvoiceID"]}},
            CreditNoteID=credit["CreditNoteID"],
        )

    def bank(self, of: str, amount: str, style: str, day: str) -> None:
        self.writer.bank_transaction(of, amount, LineAmountTypes=style, Date=day)
        if of.endswith("PREPAYMENT"):
            self.prepayments.append(self.writer.newest("Prepayment"))

    def release(self, at: int, amount: str, day: str) -> None:
        invoice = self.invoices[at % len(self.invoices)]
        self.writer.call(
            "prepayments.allocations.create",
            {"Amount": amount, "Date": day, "Invoice": {"InvoiceID": invoice["InvoiceID"]}},
            PrepaymentID=self.prepayments[at % len(self.prepayments)],
        )

    def void(self, at: int) -> None:
        invoice = self.invoices[at % len(self.invoices)]
        body = {"InvoiceID": invoice["InvoiceID"], "Status": "VOIDED"}
        self.writer.call("invoices.upsert", body)


@settings(
    max_examples=EXAMPLES, deadline=None, database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(st.lists(step, min_size=10, max_size=25))
def test_the_ledger_is_xeros_after_any_accepted_writes(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as home:
        world = World(Emulator("demo", limits="off"), Path(home))
        trial = Trial(world)
        for name, *values in steps:
            trial.write(name, *values)
        world.sync()
        world.ledger()
        ends = sorted(e for (e,) in world.rows(f"SELECT DISTINCT month_end FROM {LEDGER}.tie_out"))
        for end in ends[:: max(len(ends) // 6, 1)]:
            assert world.ledger_balances(end) == world.xero_balances(end), end
        assert world.residual() == {}
        world.books.store.close()
