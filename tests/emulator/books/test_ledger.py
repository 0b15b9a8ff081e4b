"""What each kind of record posts, against sums worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from books_world import Books, line

from xeroport_emulator.rules.expenses import pay_claim

D = Decimal


def test_a_sales_invoice_debits_the_receivable(books: Books) -> None:
    made = books.invoice(line("100", "200", "OUTPUT2"), line("50", "260"))
    assert books.legs("Invoice", made["InvoiceID"]) == {
        "610": D("165.00"),
        "200": D("-100.00"),
        "260": D("-50.00"),
        "820": D("-15.00"),
    }


def test_a_bill_credits_the_payable(books: Books) -> None:
    made = books.invoice(line("230", "400", "INPUT2"), bill=True, LineAmountTypes="Inclusive")
    assert books.legs("Invoice", made["InvoiceID"]) == {
        "800": D("-230.00"),
        "400": D("200.00"),
        "820": D("30.00"),
    }


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED"])
def test_what_is_not_approved_posts_nothing(books: Books, status: str) -> None:
    made = books.invoice(line("100", "200"), Status=status)
    assert books.legs("Invoice", made["InvoiceID"]) == {}
    assert books.balances() == {}


def test_a_void_leaves_the_past_as_if_it_had_never_been(books: Books) -> None:
    made = books.invoice(line("100", "200"))
    assert books.balances("2026-05-31") == {"610": D(100), "200": D(-100)}
    books.ok("invoices.update", {"Status": "VOIDED"}, InvoiceID=made["InvoiceID"])
    assert books.balances("2026-05-31") == {}


def test_a_discount_lowers_the_revenue(books: Books) -> None:
    made = books.invoice(line("200", "200", "OUTPUT2", DiscountRate="10"))
    assert books.legs("Invoice", made["InvoiceID"]) == {
        "610": D("207.00"),
        "200": D("-180.00"),
        "820": D("-27.00"),
    }


def test_a_total_that_is_off_goes_to_rounding(books: Books) -> None:
    made = books.invoice(line("100.00", "200", "OUTPUT2"), Total="115.05")
    assert books.legs("Invoice", made["InvoiceID"]) == {
        "610": D("115.05"),
        "200": D("-100.00"),
        "820": D("-15.00"),
        "860": D("-0.05"),
    }


def test_a_payment_moves_the_receivable_to_the_bank(books: Books) -> None:
    made = books.invoice(line("100", "200"))
    paid = books.pay("Invoice", made["InvoiceID"], "40")
    assert books.legs("Payment", paid["PaymentID"]) == {"090": D("40.00"), "610": D("-40.00")}
    books.ok("payments.delete", {"Status": "DELETED"}, PaymentID=paid["PaymentID"])
    assert books.balances() == {"610": D(100), "200": D(-100)}


def test_a_better_rate_at_payment_is_a_realised_gain(books: Books) -> None:
    """100 USD at 0.50 are 200 NZD; paid at 0.40 they bring 250 NZD."""
    made = books.invoice(line("100", "200"), CurrencyCode="USD", CurrencyRate="0.5")
    assert books.legs("Invoice", made["InvoiceID"]) == {"610": D("200.00"), "200": D("-200.00")}
    paid = books.pay("Invoice", made["InvoiceID"], "100", CurrencyRate="0.4")
    assert books.legs("Payment", paid["PaymentID"]) == {
        "090": D("250.00"),
        "610": D("-200.00"),
        "499": D("-50.00"),
    }
    assert books.balances() == {"090": D(250), "200": D(-200), "499": D(-50)}


def test_the_last_cent_of_a_foreign_invoice_stays_on_the_receivable(books: Books) -> None:
    """10 USD at 0.7 are 14.29; ten payments of 1 USD are 1.43 each, one cent more. Real books
    were seen to keep that cent on the control account."""
    made = books.invoice(line("10", "200"), CurrencyCode="USD", CurrencyRate="0.7")
    for _ in range(10):
        books.pay("Invoice", made["InvoiceID"], "1", CurrencyRate="0.7")
    assert books.balances()["610"] == D("-0.01")
    assert books.balances()["090"] == D("14.30")


def test_a_refund_of_a_credit_note(books: Books) -> None:
    note = books.ok(
        "credit_notes.create",
        {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": books.customer},
            "Date": "2026-05-02",
            "Status": "AUTHORISED",
            "LineItems": [line("20", "200", "OUTPUT2")],
        },
    )
    key = note["CreditNoteID"]
    assert books.legs("CreditNote", key) == {"610": D(-23), "200": D(20), "820": D(3)}
    paid = books.pay("CreditNote", key, "23")
    assert books.legs("Payment", paid["PaymentID"]) == {"610": D(23), "090": D(-23)}


def test_an_allocation_at_another_rate_realises_the_difference(books: Books) -> None:
    """A credit of 100 USD from a day at 0.40 (250 NZD) settles 100 USD at 0.50 (200 NZD)."""
    made = books.invoice(line("100", "200"), CurrencyCode="USD", CurrencyRate="0.5")
    note = books.ok(
        "credit_notes.create",
        {
            "Type": "ACCRECCREDIT",
            "Contact": {"ContactID": books.customer},
            "Date": "2026-05-02",
            "Status": "AUTHORISED",
            "LineItems": [line("100", "200")],
            "CurrencyCode": "USD",
            "CurrencyRate": "0.4",
        },
    )
    books.ok(
        "credit_notes.allocations.create",
        {"Invoice": {"InvoiceID": made["InvoiceID"]}, "Amount": "100", "Date": "2026-05-03"},
        CreditNoteID=note["CreditNoteID"],
    )
    assert books.balances() == {"200": D(50), "499": D(-50)}


def test_a_prepayment_is_a_liability_until_it_is_allocated(books: Books) -> None:
    made = books.ok(
        "bank_transactions.create",
        {
            "Type": "RECEIVE-PREPAYMENT",
            "Contact": {"ContactID": books.customer},
            "BankAccount": {"Code": "090"},
            "Date": "2026-04-20",
            "LineAmountTypes": "Inclusive",
            "LineItems": [line("115", "835", "OUTPUT2")],
        },
    )
    assert books.balances("2026-04-30") == {"090": D(115), "835": D(-100), "820": D(-15)}
    invoice = books.invoice(line("200", "200", "OUTPUT2"))
    books.ok(
        "prepayments.allocations.create",
        {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": "115", "Date": "2026-05-02"},
        PrepaymentID=made["PrepaymentID"],
    )
    assert books.balances() == {"090": D(115), "610": D(115), "200": D(-200), "820": D(-30)}


def test_an_overpayment_stands_on_the_receivable(books: Books) -> None:
    made = books.ok(
        "bank_transactions.create",
        {
            "Type": "RECEIVE-OVERPAYMENT",
            "Contact": {"ContactID": books.customer},
            "BankAccount": {"Code": "090"},
            "Date": "2026-04-20",
            "LineAmountTypes": "NoTax",
            "LineItems": [{"Description": "Too much", "LineAmount": "80"}],
        },
    )
    assert books.balances() == {"090": D(80), "610": D(-80)}
    books.pay("Overpayment", made["OverpaymentID"], "80")
    assert books.balances() == {}


def test_money_spent(books: Books) -> None:
    made = books.ok(
        "bank_transactions.create",
        {
            "Type": "SPEND",
            "Contact": {"ContactID": books.supplier},
            "BankAccount": {"Code": "090"},
            "LineItems": [line("100", "453", "INPUT2")],
        },
    )
    assert books.legs("BankTransaction", made["BankTransactionID"]) == {
        "090": D("-115.00"),
        "453": D("100.00"),
        "820": D("15.00"),
    }


def test_a_transfer_keeps_its_value_across_currencies(books: Books) -> None:
    sent = {"FromBankAccount": {"Code": "090"}, "ToBankAccount": {"Code": "092"}, "Amount": "100"}
    made = books.ok("bank_transfers.create", sent)
    assert books.legs("BankTransfer", made["BankTransferID"]) == {"090": D(-100), "092": D(100)}
    sent = {"FromBankAccount": {"Code": "092"}, "ToBankAccount": {"Code": "090"}, "Amount": "25"}
    made = books.ok("bank_transfers.create", sent)
    assert books.legs("BankTransfer", made["BankTransferID"]) == {"092": D(-50), "090": D(50)}
    assert books.balances() == {"090": D(-50), "092": D(50)}


def test_a_manual_journal_with_tax(books: Books) -> None:
    made = books.ok(
        "manual_journals.create",
        {
            "Narration": "Sold for cash",
            "Status": "POSTED",
            "LineAmountTypes": "Exclusive",
            "JournalLines": [
                {"LineAmount": "-100", "AccountCode": "260", "TaxType": "OUTPUT2"},
                {"LineAmount": "115", "AccountCode": "970", "TaxType": "NONE"},
            ],
        },
    )
    key = made["ManualJournalID"]
    assert books.legs("ManualJournal", key) == {"260": D(-100), "820": D(-15), "970": D(115)}


def test_an_approved_expense_claim_owes_the_employee(books: Books) -> None:
    user = next(iter(books.organisation.tables["User"]))["UserID"]
    receipt = books.ok(
        "receipts.create",
        {
            "Date": "2026-05-04",
            "Contact": {"ContactID": books.supplier},
            "User": {"UserID": user},
            "LineAmountTypes": "Inclusive",
            "LineItems": [line("46", "449", "INPUT2")],
        },
    )
    claim = books.ok(
        "expense_claims.create",
        {"User": {"UserID": user}, "Receipts": [{"ReceiptID": receipt["ReceiptID"]}]},
    )
    assert books.balances() == {}
    key = claim["ExpenseClaimID"]
    books.ok("expense_claims.update", {"Status": "AUTHORISED"}, ExpenseClaimID=key)
    assert books.balances() == {"801": D(-46), "449": D(40), "820": D(6)}
    bank = books.organisation.tables["Account"].first("Code", "090") or {}
    account = {"account_id": bank["AccountID"], "day": date(2026, 6, 1)}
    pay_claim(books.organisation, key, amount=D(20), **account)
    assert books.balances()["801"] == D(-26)
    with pytest.raises(ValueError, match="at most 26"):
        pay_claim(books.organisation, key, amount=D(27), **account)
    assert pay_claim(books.organisation, key, amount=D(26), **account)["Status"] == "PAID"
    assert books.balances() == {"090": D(-46), "449": D(40), "820": D(6)}


def test_conversion_balances_open_the_books(books: Books) -> None:
    sent = {
        "ConversionDate": {"Month": 4, "Year": 2026},
        "ConversionBalances": [
            {"AccountCode": "090", "Balance": "500"},
            {"AccountCode": "970", "Balance": "-450"},
        ],
    }
    books.write("setup.create", sent)
    assert books.balances("2026-03-30") == {}
    assert books.balances("2026-03-31") == {"090": D(500), "970": D(-450), "840": D(-50)}


def test_tax_that_cannot_be_recovered_is_cost(books: Books) -> None:
    rate = {
        "Name": "Half back",
        "TaxType": "HALF",
        "Status": "ACTIVE",
        "EffectiveRate": D("10"),
        "TaxComponents": [
            {"Name": "Back", "Rate": D("6"), "IsNonRecoverable": False},
            {"Name": "Lost", "Rate": D("4"), "IsNonRecoverable": True},
        ],
    }
    books.organisation.tables["TaxRate"].add(rate)
    made = books.invoice(line("100", "400", "HALF"), bill=True)
    assert books.legs("Invoice", made["InvoiceID"]) == {
        "800": D("-110.00"),
        "400": D("104.00"),
        "820": D("6.00"),
    }


def test_a_renamed_account_keeps_its_past(books: Books) -> None:
    books.invoice(line("100", "200"))
    account = books.organisation.tables["Account"].first("Code", "200")
    assert account is not None
    assert books.balances()["200"] == D(-100)
    books.ok("accounts.update", {"Code": "201"}, AccountID=account["AccountID"])
    books.invoice(line("10", "201"))
    assert books.balances() == {"610": D(110), "201": D(-110)}


def test_the_last_cent_of_a_foreign_overpayment_stays_on_the_receivable(books: Books) -> None:
    made = books.ok(
        "bank_transactions.create",
        {
            "Type": "RECEIVE-OVERPAYMENT",
            "Contact": {"ContactID": books.customer},
            "BankAccount": {"Code": "092"},
            "CurrencyRate": "0.7",
            "LineItems": [{"Description": "Too much", "LineAmount": "10"}],
        },
    )
    for _ in range(10):
        books.pay("Overpayment", made["OverpaymentID"], "1", CurrencyRate="0.7")
    assert books.balances()["610"] == D("0.01")


def test_what_conversion_leaves_is_put_on_the_largest_line(books: Books) -> None:
    """33.33 + 33.33 + 33.34 USD at 0.7 are 142.86 together and 47.61 + 47.61 + 47.63 apart: the
    cent that is missing is on the largest line, and nothing on Rounding."""
    lines = [line("33.33", "200"), line("33.33", "260"), line("33.34", "270")]
    made = books.invoice(*lines, CurrencyCode="USD", CurrencyRate="0.7")
    legs = books.legs("Invoice", made["InvoiceID"])
    assert legs["610"] == D("142.86")
    assert legs["200"] == legs["260"] == D("-47.61")
    assert legs["270"] == D("-47.64")
    assert "860" not in legs


def test_a_payment_into_an_account_in_base_currency_posts_what_the_bank_received(
    books: Books,
) -> None:
    made = books.invoice(line("100", "200"), CurrencyCode="USD", CurrencyRate="0.5")
    paid = books.pay("Invoice", made["InvoiceID"], "100", BankAmount="203.17")
    legs = books.legs("Payment", paid["PaymentID"])
    assert legs == {"090": D("203.17"), "610": D("-200.00"), "499": D("-3.17")}
