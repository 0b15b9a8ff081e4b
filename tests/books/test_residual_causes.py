"""What Xero's balances have beside the documents: shown in its month, named by its likely cause."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hard_documents import Writer
from ledger_world import LEDGER, World
from synced_demo import synced
from test_verify import verify

from xeroport.books.causes import cause, opened_at
from xeroport.books.tie import Account, Cell
from xeroport.errors import InputError


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo with a ledger; each test here adds to it."""
    world = synced(tmp_path_factory.mktemp("causes"), ledger="accrual")
    yield world
    world.books.store.close()


def residual_by_month(world: World, code: str) -> dict[str, Decimal]:
    return dict(
        world.rows(
            f"SELECT strftime(month_end, '%Y-%m'), amount FROM {LEDGER}.residual_line "
            f"JOIN account USING (account_id) WHERE code = '{code}' ORDER BY month_end"
        )
    )


def test_a_document_voided_after_its_payment_was_deleted_leaves_nothing(books: World) -> None:
    writer = Writer(books)
    sale = writer.invoice("800", CurrencyCode="AUD", CurrencyRate="0.8", Date="2026-02-10")
    writer.pay("Invoice", sale, "400", CurrencyRate="0.9", Date="2026-05-05")
    books.sync()
    assert books.ledger().residual == []
    ((payment, amount),) = books.rows(
        "SELECT payment_id, amount FROM payment "
        f"WHERE invoice_id = '{sale['InvoiceID']}' AND status = 'AUTHORISED'"
    )
    assert amount == 400
    books.call("payments.delete", {"PaymentID": str(payment)}, body={"Status": "DELETED"})
    writer.call("invoices.upsert", {"InvoiceID": sale["InvoiceID"], "Status": "VOIDED"})
    books.sync()
    report = books.ledger()
    assert report.mode == "changes"
    assert books.rows(
        f"SELECT count(*) FROM {LEDGER}.ledger_line "
        f"WHERE record_id IN ('{payment}', '{sale['InvoiceID']}')"
    ) == [(0,)]
    assert report.residual == []
    for end in (date(2026, 2, 28), date(2026, 5, 31), date(2026, 10, 31)):
        assert books.ledger_balances(end) == books.xero_balances(end)


def test_what_is_settled_after_a_locked_period_posts_after_it(books: World) -> None:
    """An invoice in a locked month stays; its payment posts in an open one."""
    writer = Writer(books)
    sale = writer.invoice("100", CurrencyCode="AUD", CurrencyRate="0.8", Date="2026-02-11")
    locked = date(2026, 3, 31)
    unlocked = books.organisation.details["PeriodLockDate"]
    books.organisation.amend(PeriodLockDate=locked)
    refused = writer.call("invoices.upsert", {"InvoiceID": sale["InvoiceID"], "Status": "VOIDED"})
    assert refused["StatusAttributeString"] == "ERROR"
    writer.pay("Invoice", sale, "10", CurrencyRate="0.9", Date="2026-04-02")
    books.sync()
    report = books.ledger()
    assert report.residual == []
    days = books.rows(
        f"SELECT DISTINCT journal_date FROM {LEDGER}.ledger_line "
        f"WHERE settles_id = '{sale['InvoiceID']}'"
    )
    assert days == [(date(2026, 4, 2),)]
    books.organisation.amend(PeriodLockDate=unlocked)


def test_a_revaluation_is_residual_of_every_month_that_has_it(books: World) -> None:
    """800.00 AUD at 0.8 are 1,000.00, at today's 0.5 they are 1,600.00. Older months
    are asked about too, because the newest are not what Xero said of them before."""
    writer = Writer(books)
    sale = writer.invoice(
        "800", LineAmountTypes="NoTax", CurrencyCode="AUD", CurrencyRate="0.8", Date="2026-02-10"
    )
    rates, plain = books.organisation.rates, {}
    for is_paid in (False, True):
        rates["AUD"] = Decimal("0.5")
        books.books.emulator.switches.change(revaluation=True)
        if is_paid:
            writer.pay("Invoice", sale, "800", CurrencyRate="0.8", Date="2026-05-05")
        books.sync()
        report = books.ledger()
        assert report.months >= 24
        assert {residual.cause for residual in report.residual} == {
            "revaluation of foreign balances"
        }
        moved = residual_by_month(books, "610")
        assert {month: -amount for month, amount in moved.items()} == residual_by_month(
            books, "498"
        )
        assert verify(books).ok
        if not is_paid:
            plain = moved
    assert moved["2026-05"] - plain["2026-05"] == -600
    assert moved | {"2026-05": 0} == plain | {"2026-05": 0}
    books.books.emulator.switches.change(revaluation=False)
    assert books.ledger().residual == []


def test_documents_older_than_the_books_are_opening_balances() -> None:
    """Invoices entered when an organisation moved to Xero are dated before its first day there."""
    old, first, later = date(2026, 1, 31), date(2026, 3, 31), date(2026, 4, 30)
    cells = [Cell(old, "200", 0, -500), Cell(first, "200", -900, -900), Cell(later, "200", -950, 0)]
    assert opened_at(cells) == first
    assert opened_at(cells[1:]) is opened_at(cells[:1]) is opened_at([]) is None


def test_a_deduction_of_the_scheme_is_one_on_both_of_its_accounts() -> None:
    """80.00 less to a subcontractor and owed to the state, in a month with foreign bills."""
    payable = Account("a", "800", "Payable", "CURRLIAB", "LIABILITY", system="CREDITORS")
    scheme = Account("b", "821", "CIS", "CURRLIAB", "LIABILITY", system="CISLIABILITY")
    causes = [
        cause(account, cents=8000, is_first=False, has_foreign=True, has_cis=True)
        for account in (payable, scheme)
    ]
    assert causes == 2 * ["deductions of the construction industry scheme"]


def test_an_account_that_only_xero_has_is_named(books: World) -> None:
    """Made in Xero since the sync, with a balance of its own: no line can stand on it."""
    books.call("accounts.create", body={"Code": "777", "Name": "Goodwill", "Type": "FIXED"})
    books.call(
        "setup.create",
        body={
            "ConversionDate": {"Year": 2024, "Month": 11},
            "ConversionBalances": [
                {"AccountCode": "777", "Balance": "5000.00"},
                {"AccountCode": "970", "Balance": "-5000.00"},
            ],
        },
    )
    with pytest.raises(
        InputError, match=r"has `Goodwill \(777\)`, an account that is not in"
    ) as no:
        books.ledger(all_again=True)
    assert "sync NAME accounts" in str(no.value.hint)
    books.sync("accounts")
    (asset, capital) = sorted(books.ledger().residual, key=lambda residual: residual.account)
    assert (asset.account, asset.amount) == ("777 Goodwill", 5000)
    assert (capital.account, capital.amount) == ("970 Owner A Funds Introduced", -5000)


def test_an_account_that_becomes_one_of_the_balance_sheet_is_tied_anew(books: World) -> None:
    """Xero then shows its balance of all time at every month end, the old ones too."""
    ((account,),) = books.rows(
        "SELECT account_id FROM account WHERE system_account IS NULL AND class = 'EXPENSE' "
        "AND account_id IN (SELECT account_id FROM acme_uk_ledger.ledger_line "
        "WHERE journal_date < DATE '2025-03-01') ORDER BY code LIMIT 1"
    )
    books.sync()
    before = books.ledger().residual
    reply = books.call("accounts.update", {"AccountID": str(account)}, body={"Type": "FIXED"})
    assert reply["Class"] == "ASSET"
    books.sync()
    report = books.ledger()
    assert report.mode == "full"
    assert report.residual == before
    assert books.ledger_balances(date(2026, 10, 31)) == books.xero_balances(date(2026, 10, 31))
