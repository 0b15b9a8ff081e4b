"""The books of the data sets say what the documents say, on any day."""

from __future__ import annotations

import gc
import weakref
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from books_world import Sums, built, code_of, drawn, labelled, number, rows

from xeroport_emulator.accounting import books as ledger
from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.accounting.journals import journal_page
from xeroport_emulator.accounting.ledger import KINDS
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.rules.apply import apply

DAYS = (
    date(2023, 11, 30),
    date(2024, 11, 1),
    date(2025, 3, 31),
    date(2025, 12, 17),
    date(2026, 10, 31),
    date(2027, 1, 1),
)
HALF_CENT = Fraction(1, 200)


@pytest.fixture(params=["demo", "bulk"])
def organisation(request: pytest.FixtureRequest) -> Organisation:
    found: Organisation = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_balances_are_the_sums_of_the_documents(organisation: Organisation, day: date) -> None:
    sums = Sums(organisation, day)
    held = {
        code_of(organisation, key): amount
        for key, amount in books_of(organisation).movements(day).items()
    }
    assert sum(held.values()) == 0
    rounding = held.pop("860", Decimal(0))
    assert abs(rounding) < Decimal("1.50")
    for code in held.keys() | sums.balance.keys():
        off = abs(Fraction(held.get(code, Decimal(0))) - sums.balance[code])
        slack = HALF_CENT * sums.slack[code]
        if code in ("610", "499"):
            slack += HALF_CENT * len(organisation.tables["Payment"]) / 4
        if code in ("835", "820"):
            slack += HALF_CENT * len(organisation.tables["Prepayment"])
        assert off <= slack, (code, held.get(code), float(sums.balance[code]))


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_balance_of_one_account_is_what_moved_on_it(
    organisation: Organisation, day: date
) -> None:
    books = books_of(organisation)
    moved = books.movements(day)
    for key in books.chart.accounts:
        assert books.balance(key, day) == moved.get(key, Decimal(0)), key


def test_every_record_posts_a_set_that_sums_to_zero(organisation: Organisation) -> None:
    books = books_of(organisation)
    posted = 0
    for kind in KINDS:
        table = organisation.tables[kind]
        for record in table:
            legs = books.legs(kind, record[table.key])
            assert sum((leg.amount for leg in legs), Decimal(0)) == 0
            assert all(leg.amount == round(leg.amount, 2) for leg in legs)
            posted += bool(legs)
    assert posted > 1000


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_trial_balance_balances(organisation: Organisation, day: date) -> None:
    sheet = drawn(organisation, "TrialBalance", date=str(day))
    totals = labelled(sheet, "SummaryRow")["Total"]
    assert totals[0] == totals[1]
    assert totals[2] == totals[3]
    columns = zip(*(cells[1:] for _, cells in rows(sheet)), strict=True)
    for total, column in zip(totals, columns, strict=False):
        assert sum(map(number, column), Decimal(0)) == number(total)


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_the_balance_sheet_balances(organisation: Organisation, day: date) -> None:
    sheet = drawn(organisation, "BalanceSheet", date=str(day), periods="2", timeframe="QUARTER")
    totals = labelled(sheet, "SummaryRow")
    net = labelled(sheet)["Net Assets"]
    assert len(net) == 3
    for at in range(3):
        assets = number(totals["Total Assets"][at])
        debts = number(totals["Total Liabilities"][at])
        assert assets - debts == number(net[at]) == number(totals["Total Equity"][at])


def test_the_profit_of_the_year_is_the_current_earnings(organisation: Organisation) -> None:
    profit = drawn(organisation, "ProfitAndLoss", fromDate="2026-04-01", toDate="2026-10-31")
    sheet = drawn(organisation, "BalanceSheet", date="2026-10-31")
    assert labelled(profit)["Net Profit"] == labelled(sheet)["Current Year Earnings"][:1]
    assert number(labelled(profit)["Net Profit"][0]) != 0


def test_aged_totals_are_what_is_due(organisation: Organisation) -> None:
    """Each contact's total due is its documents' AmountDue less its open credit."""
    receivable = Decimal(0)
    for contact in organisation.tables["Contact"]:
        key = contact["ContactID"]
        balances = organisation.balances(key) or {}
        for side, name in (
            ("AccountsReceivable", "AgedReceivablesByContact"),
            ("AccountsPayable", "AgedPayablesByContact"),
        ):
            sheet = drawn(organisation, name, contactId=key)
            closing = number(labelled(sheet, "SummaryRow")["Total"][-1])
            assert closing == balances.get(side, {}).get("Outstanding", 0), contact["Name"]
            if side == "AccountsReceivable":
                receivable += closing
    held = {
        code_of(organisation, key): amount
        for key, amount in books_of(organisation).movements(date(2027, 1, 1)).items()
    }
    prepaid = sum(
        (each["RemainingCredit"] for each in organisation.tables["Prepayment"]), Decimal(0)
    )
    assert abs(held["610"] - receivable - prepaid) <= Decimal("0.30")


def test_the_bank_summary_follows_the_bank_accounts(organisation: Organisation) -> None:
    before = drawn(organisation, "BankSummary", fromDate="2026-08-01", toDate="2026-08-31")
    after = drawn(organisation, "BankSummary", fromDate="2026-09-01", toDate="2026-10-31")
    held = {
        code_of(organisation, key): amount
        for key, amount in books_of(organisation).movements(date(2026, 10, 31)).items()
    }
    codes = {each["Name"]: each["Code"] for each in organisation.tables["Account"]}
    for name, (opening, received, spent, closing) in labelled(after).items():
        assert labelled(before)[name][-1] == opening
        assert number(opening) + number(received) - number(spent) == number(closing)
        assert number(closing) == held.get(codes[name], Decimal(0))


def test_the_cash_books_owe_nothing_on_invoices(organisation: Organisation) -> None:
    """On a cash basis the receivable holds open overpayments only, the bank is the same."""
    moved = books_of(organisation).movements(date(2026, 10, 31), cash=True)
    assert sum(moved.values()) == 0
    cash = {code_of(organisation, key): amount for key, amount in moved.items()}
    whole = {
        code_of(organisation, key): amount
        for key, amount in books_of(organisation).movements(date(2026, 10, 31)).items()
    }
    over = sum((each["RemainingCredit"] for each in organisation.tables["Overpayment"]), Decimal(0))
    assert cash.get("610", Decimal(0)) == -over
    assert cash.get("800", Decimal(0)) == 0
    assert cash["090"] == whole["090"]
    assert -cash["200"] < -whole["200"]


def test_books_kept_up_to_date_are_books_made_anew(fresh_demo: Organisation) -> None:
    kept = books_of(fresh_demo)
    kept.refresh()
    invoices = fresh_demo.tables["Invoice"]
    write = fresh_demo.catalogue.endpoint("invoices.update")
    voided = [i["InvoiceID"] for i in invoices if i["Status"] == "AUTHORISED" and not i["Payments"]]
    for key in voided[:10]:
        apply(fresh_demo, write, {"Status": "VOIDED"}, {"InvoiceID": key})
    for payment in list(fresh_demo.tables["Payment"])[:50]:
        apply(
            fresh_demo,
            fresh_demo.catalogue.endpoint("payments.delete"),
            {"Status": "DELETED"},
            {"PaymentID": payment["PaymentID"]},
        )
    anew = ledger.Books(fresh_demo)
    for day in DAYS:
        for cash in (False, True):
            assert _nonzero(kept.movements(day, cash=cash)) == _nonzero(
                anew.movements(day, cash=cash)
            )


def _nonzero(moved: dict[str, Decimal]) -> dict[str, Decimal]:
    return {key: amount for key, amount in moved.items() if amount}


def test_books_go_with_their_organisation() -> None:
    organisation = built(10)
    assert books_of(organisation) is books_of(organisation)
    assert books_of(organisation).movements(date(2027, 1, 1))
    journal_page(organisation)
    gone = weakref.ref(organisation)
    del organisation
    gc.collect()
    assert gone() is None
