"""One test for each row of the rules; the legs are worked out by hand."""

from __future__ import annotations

import pytest
from rule_copy import Copy, key

from xeroport.errors import InputError


@pytest.fixture
def copy() -> Copy:
    return Copy()


def invoice(copy: Copy, name: str, lines: list[tuple[object, ...]], **values: object) -> None:
    values = {"type": "ACCREC", "status": "AUTHORISED", "invoice_number": name} | values
    copy.document("invoice", name, lines, **values)


def test_a_sale_debits_the_receivable_and_credits_sales_and_tax(copy: Copy) -> None:
    invoice(copy, "i", [("200", 100, 15)], total=115)
    assert copy.legs() == [
        ("ACCREC", "2026-01-15", "AR", "115.00"),
        ("ACCREC", "2026-01-15", "200", "-100.00"),
        ("ACCREC", "2026-01-15", "GST", "-15.00"),
    ]


def test_a_bill_is_the_mirror_of_a_sale(copy: Copy) -> None:
    invoice(copy, "i", [("400", 80, 12, "INPUT2")], total=92, type="ACCPAY", status="PAID")
    assert copy.posted() == [("AP", "-92.00"), ("400", "80.00"), ("GST", "12.00")]


def test_inclusive_lines_are_posted_less_their_tax(copy: Copy) -> None:
    invoice(copy, "i", [("200", 115, 15)], total=115, style="Inclusive")
    assert copy.posted() == [("AR", "115.00"), ("200", "-100.00"), ("GST", "-15.00")]


def test_without_tax_the_tax_amount_of_a_line_is_not_posted(copy: Copy) -> None:
    invoice(copy, "i", [("200", 100, 15)], total=100, style="NoTax")
    assert copy.posted() == [("AR", "100.00"), ("200", "-100.00")]


def test_tax_is_the_tax_amount_whatever_its_type_says(copy: Copy) -> None:
    invoice(copy, "i", [("200", 100, "20.08", "NONE")], total="120.08")
    assert copy.posted() == [("AR", "120.08"), ("200", "-100.00"), ("GST", "-20.08")]


def test_each_tax_type_has_a_leg(copy: Copy) -> None:
    invoice(copy, "i", [("200", 10, 1, "A"), ("200", 20, 2, "B"), ("200", 30, 3, "A")], total=66)
    assert copy.posted() == [
        ("AR", "66.00"),
        ("200", "-10.00"), ("200", "-20.00"), ("200", "-30.00"),
        ("GST", "-4.00"), ("GST", "-2.00"),
    ]  # fmt: skip


def test_a_document_of_its_own_rounding_posts_it_on_rounding(copy: Copy) -> None:
    invoice(copy, "i", [("200", "10.01", "1.50")], total="11.50")
    assert copy.posted() == [
        ("AR", "11.50"), ("200", "-10.01"), ("GST", "-1.50"), ("ROUND", "0.01"),
    ]  # fmt: skip


def test_a_tie_is_rounded_half_up_in_whole_numbers(copy: Copy) -> None:
    """11,618.58 / 0.8 = 14,523.225, which a division of doubles rounds down."""
    invoice(copy, "i", [("200", "11618.58", 0)], total="11618.58", currency_rate="0.8")
    assert copy.posted() == [("AR", "14523.23"), ("200", "-14523.23")]


def test_a_negative_tie_is_rounded_away_from_zero(copy: Copy) -> None:
    invoice(copy, "i", [("200", "-11618.58", 0)], total="-11618.58", currency_rate="0.8")
    assert copy.posted() == [("AR", "-14523.23"), ("200", "14523.23")]


def test_what_conversion_leaves_goes_to_the_largest_line(copy: Copy) -> None:
    """15,399.91 / 1.1 = 13,999.918…; its parts alone would give 13,999.91."""
    invoice(
        copy, "i", [("200", "0.05", 0), ("220", "15399.81", 0), ("200", "0.05", 0)],
        total="15399.91", currency_rate="1.1", currency_code="AUD",
    )  # fmt: skip
    assert copy.posted() == [
        ("AR", "13999.92"), ("200", "-0.05"), ("220", "-13999.82"), ("200", "-0.05"),
    ]  # fmt: skip


def test_of_equal_largest_lines_the_first_takes_the_rest(copy: Copy) -> None:
    invoice(
        copy, "i", [("200", "10", 0), ("220", "10", 0), ("200", "10", 0)],
        total="30", currency_rate="3.1",
    )  # fmt: skip
    assert copy.posted() == [
        ("AR", "9.68"), ("200", "-3.22"), ("220", "-3.23"), ("200", "-3.23"),
    ]  # fmt: skip


def test_non_recoverable_tax_is_part_of_the_cost(copy: Copy) -> None:
    """Five of thirteen parts are recoverable: of 13.00 of tax 8.00 are cost."""
    copy.add("tax_rate_tax_component", tax_type="CAN", position=1, rate=5, is_non_recoverable=False)
    copy.add("tax_rate_tax_component", tax_type="CAN", position=2, rate=8, is_non_recoverable=True)
    invoice(copy, "i", [("400", 100, 13, "CAN")], total=113, type="ACCPAY")
    assert copy.posted() == [("AP", "-113.00"), ("400", "108.00"), ("GST", "5.00")]


def test_a_credit_note_turns_the_signs(copy: Copy) -> None:
    copy.document(
        "credit_note", "c", [("200", 100, 15)], type="ACCRECCREDIT", status="PAID", total=115
    )
    assert copy.legs() == [
        ("ACCRECCREDIT", "2026-01-15", "AR", "-115.00"),
        ("ACCRECCREDIT", "2026-01-15", "200", "100.00"),
        ("ACCRECCREDIT", "2026-01-15", "GST", "15.00"),
    ]


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "VOIDED", "DELETED"])
def test_what_is_not_approved_posts_nothing(copy: Copy, status: str) -> None:
    invoice(copy, "i", [("200", 100, 15)], total=115, status=status)
    assert copy.legs() == []


def test_money_spent_posts_bank_against_its_lines(copy: Copy) -> None:
    copy.document(
        "bank_transaction", "b", [("404", 9, 1, "INPUT2")], type="SPEND", status="AUTHORISED",
        total=10, bank_account_id="090",
    )  # fmt: skip
    assert copy.legs() == [
        ("CASHPAID", "2026-01-15", "090", "-10.00"),
        ("CASHPAID", "2026-01-15", "404", "9.00"),
        ("CASHPAID", "2026-01-15", "GST", "1.00"),
    ]


def test_an_overpayment_moves_bank_and_control_without_lines(copy: Copy) -> None:
    copy.document(
        "bank_transaction", "b", [("AR", 50, 0, "NONE")], type="RECEIVE-OVERPAYMENT",
        status="AUTHORISED", total=50, bank_account_id="090", overpayment_id="o",
    )  # fmt: skip
    assert copy.legs() == [
        ("AROVERPAYMENT", "2026-01-15", "090", "50.00"),
        ("AROVERPAYMENT", "2026-01-15", "AR", "-50.00"),
    ]


def prepayment(copy: Copy, **values: object) -> None:
    """115.00 paid ahead, of which 15.00 are tax, held on 835 and on GST."""
    shared = {"total": 115, "date": "2026-01-15"} | values
    copy.document(
        "bank_transaction", "b", [("835", 60, 9), ("835", 40, 6)], type="RECEIVE-PREPAYMENT",
        status="AUTHORISED", bank_account_id="090", prepayment_id="p", **shared,
    )  # fmt: skip
    copy.document(
        "prepayment", "p", [("835", 60, 9), ("835", 40, 6)], type="RECEIVE-PREPAYMENT",
        status="AUTHORISED", **shared,
    )  # fmt: skip


def test_a_prepayment_is_held_on_the_accounts_of_its_lines(copy: Copy) -> None:
    prepayment(copy)
    assert copy.legs() == [
        ("ARPREPAYMENT", "2026-01-15", "090", "115.00"),
        ("ARPREPAYMENT", "2026-01-15", "835", "-60.00"),
        ("ARPREPAYMENT", "2026-01-15", "835", "-40.00"),
        ("ARPREPAYMENT", "2026-01-15", "GST", "-15.00"),
    ]


def test_bank_transactions_of_a_transfer_post_nothing(copy: Copy) -> None:
    copy.document(
        "bank_transaction", "b", [("090", 10, 0)], type="SPEND-TRANSFER", status="AUTHORISED",
        total=10, bank_account_id="090",
    )  # fmt: skip
    assert copy.legs() == []


def pay(copy: Copy, name: str, amount: object, **values: object) -> None:
    values = {"date": "2026-02-01", "status": "AUTHORISED", "account_id": "090"} | values
    copy.add("payment", payment_id=name, amount=amount, **values)


def test_a_payment_moves_bank_against_the_receivable(copy: Copy) -> None:
    invoice(copy, "i", [("200", 100, 0)], total=100)
    pay(copy, "p", 40, invoice_id="i", payment_type="ACCRECPAYMENT", bank_amount=40)
    assert copy.legs()[2:] == [
        ("ACCRECPAYMENT", "2026-02-01", "090", "40.00"),
        ("ACCRECPAYMENT", "2026-02-01", "AR", "-40.00"),
    ]


def test_a_deleted_payment_posts_nothing(copy: Copy) -> None:
    invoice(copy, "i", [("200", 100, 0)], total=100)
    pay(copy, "p", 40, invoice_id="i", status="DELETED")
    assert len(copy.legs()) == 2


def test_the_difference_of_rates_is_a_realised_gain(copy: Copy) -> None:
    """100 AUD at 0.8 are 125.00, paid at 0.9 they are 111.11: a loss of 13.89."""
    invoice(copy, "i", [("200", 100, 0)], total=100, currency_rate="0.8", currency_code="AUD")
    pay(copy, "p", 100, invoice_id="i", currency_rate="0.9")
    assert copy.legs()[2:] == [
        ("ACCRECPAYMENT", "2026-02-01", "090", "111.11"),
        ("ACCRECPAYMENT", "2026-02-01", "GAIN", "13.89"),
        ("ACCRECPAYMENT", "2026-02-01", "AR", "-125.00"),
    ]


def test_a_base_account_moves_by_its_bank_amount(copy: Copy) -> None:
    """The bank says 111.12 where the rate says 111.11."""
    invoice(copy, "i", [("200", 100, 0)], total=100, currency_rate="0.8", currency_code="AUD")
    pay(copy, "p", 100, invoice_id="i", currency_rate="0.9", bank_amount="111.12")
    assert [leg[2:] for leg in copy.legs()[2:]] == [
        ("090", "111.12"), ("GAIN", "13.88"), ("AR", "-125.00"),
    ]  # fmt: skip


def test_a_foreign_account_moves_by_the_rate_not_by_its_bank_amount(copy: Copy) -> None:
    """A bank amount is in the account's own currency."""
    invoice(copy, "i", [("200", 100, 0)], total=100, currency_rate="0.8", currency_code="AUD")
    pay(copy, "p", 100, invoice_id="i", currency_rate="0.9", bank_amount=100, account_id="092")
    assert copy.legs()[2][2:] == ("092", "111.11")


def test_parts_of_a_foreign_document_are_converted_alone(copy: Copy) -> None:
    """100 / 3 in three parts leaves a cent on the receivable, as Xero does."""
    invoice(copy, "i", [("200", 100, 0)], total=100, currency_rate="3", currency_code="AUD")
    for name, amount in (("p", 50), ("q", 25), ("r", 25)):
        pay(copy, name, amount, invoice_id="i", currency_rate="3")
    control = [float(amount) for code, amount in copy.posted() if code == "AR"]
    assert sorted(control) == [-16.67, -8.33, -8.33, 33.33]


def test_the_refund_of_a_credit_note_goes_out_of_the_bank(copy: Copy) -> None:
    copy.document(
        "credit_note", "c", [("200", 100, 0)], type="ACCRECCREDIT", status="PAID", total=100
    )
    pay(copy, "p", 100, credit_note_id="c")
    assert copy.legs()[2:] == [
        ("ARCREDITPAYMENT", "2026-02-01", "090", "-100.00"),
        ("ARCREDITPAYMENT", "2026-02-01", "AR", "100.00"),
    ]


def test_a_refund_that_names_the_credit_as_its_invoice_is_a_refund(copy: Copy) -> None:
    copy.document(
        "credit_note", "c", [("200", 100, 0)], type="ACCRECCREDIT", status="PAID", total=100
    )
    pay(copy, "p", 100, invoice_id="c", payment_type="ARCREDITPAYMENT")
    pay(copy, "q", 5, invoice_id="elsewhere", payment_type="APCREDITPAYMENT", date="2026-02-02")
    assert copy.legs()[2:] == [
        ("ARCREDITPAYMENT", "2026-02-01", "090", "-100.00"),
        ("ARCREDITPAYMENT", "2026-02-01", "AR", "100.00"),
        ("APCREDITPAYMENT", "2026-02-02", "090", "5.00"),
        ("APCREDITPAYMENT", "2026-02-02", "AP", "-5.00"),
    ]


def test_the_refund_of_a_prepayment_scales_its_lines_and_tax(copy: Copy) -> None:
    """A third of 115.00: 38.33, of which 5.00 are tax."""
    prepayment(copy)
    pay(copy, "q", "38.33", prepayment_id="p", payment_type="ARPREPAYMENTPAYMENT")
    assert copy.legs()[4:] == [
        ("ARPREPAYMENTPAYMENT", "2026-02-01", "090", "-38.33"),
        ("ARPREPAYMENTPAYMENT", "2026-02-01", "835", "20.00"),
        ("ARPREPAYMENTPAYMENT", "2026-02-01", "835", "13.33"),
        ("ARPREPAYMENTPAYMENT", "2026-02-01", "GST", "5.00"),
    ]


def allocate(copy: Copy, kind: str, credit: str, amount: object, **values: object) -> None:
    values = {"invoice_id": "i", "date": "2026-03-01", "position": 1} | values
    copy.add(f"{kind}_allocation", **{f"{kind}_id": credit}, amount=amount, **values)


def test_an_allocation_at_one_rate_posts_nothing(copy: Copy) -> None:
    invoice(copy, "i", [("200", 100, 0)], total=100)
    copy.document(
        "credit_note", "c", [("200", 50, 0)], type="ACCRECCREDIT", status="PAID", total=50
    )
    allocate(copy, "credit_note", "c", 50)
    assert len(copy.legs()) == 4


def test_an_allocation_across_rates_posts_the_difference_on_its_own_day(copy: Copy) -> None:
    """50 AUD: 62.50 on the invoice at 0.8, 55.56 on the credit at 0.9."""
    invoice(copy, "i", [("200", 100, 0)], total=100, currency_rate="0.8", currency_code="AUD")
    copy.document(
        "credit_note", "c", [("200", 50, 0)], type="ACCRECCREDIT", status="PAID", total=50,
        currency_rate="0.9", currency_code="AUD",
    )  # fmt: skip
    allocate(copy, "credit_note", "c", 50)
    assert copy.legs()[4:] == [
        ("ACCRECCREDIT", "2026-03-01", "AR", "-62.50"),
        ("ACCRECCREDIT", "2026-03-01", "GAIN", "6.94"),
        ("ACCRECCREDIT", "2026-03-01", "AR", "55.56"),
    ]


def test_a_deleted_allocation_posts_nothing(copy: Copy) -> None:
    invoice(copy, "i", [("200", 100, 0)], total=100, currency_rate="0.8")
    copy.add("overpayment", overpayment_id="o", type="RECEIVE-OVERPAYMENT", status="PAID", total=50)
    allocate(copy, "overpayment", "o", 50, is_deleted=True)
    assert len(copy.legs()) == 2


def test_the_allocation_of_a_prepayment_releases_its_lines(copy: Copy) -> None:
    """Two allocations, 57.50 each: half of each line and half of the tax."""
    prepayment(copy)
    invoice(copy, "i", [("200", 200, 0)], total=200)
    allocate(copy, "prepayment", "p", "57.50")
    allocate(copy, "prepayment", "p", "57.50", position=2, date="2026-04-01")
    legs = [leg for leg in copy.legs() if leg[1] == "2026-04-01"]
    assert legs == [
        ("ARPREPAYMENT", "2026-04-01", "AR", "-57.50"),
        ("ARPREPAYMENT", "2026-04-01", "835", "30.00"),
        ("ARPREPAYMENT", "2026-04-01", "835", "20.00"),
        ("ARPREPAYMENT", "2026-04-01", "GST", "7.50"),
    ]


def test_a_transfer_moves_one_amount_between_two_accounts(copy: Copy) -> None:
    copy.add("bank_transfer", bank_transfer_id="t", date="2026-01-20", amount=75,
             from_bank_account_id="090", to_bank_account_code="092")  # fmt: skip
    assert copy.legs() == [
        ("TRANSFER", "2026-01-20", "090", "-75.00"),
        ("TRANSFER", "2026-01-20", "092", "75.00"),
    ]


def test_a_transfer_across_currencies_has_the_rate_of_what_left(copy: Copy) -> None:
    """80 AUD leave at 0.8: 100.00 on both sides."""
    copy.document("bank_transaction", "s", [], type="SPEND-TRANSFER", status="AUTHORISED",
                  total=80, currency_rate="0.8", currency_code="AUD")  # fmt: skip
    copy.add("bank_transfer", bank_transfer_id="t", date="2026-01-20", amount=80,
             from_bank_account_id="092", to_bank_account_id="090",
             from_bank_transaction_id="s", currency_rate="1.25")  # fmt: skip
    assert copy.posted() == [("092", "-100.00"), ("090", "100.00")]


def test_a_manual_journal_posts_its_lines_and_their_tax(copy: Copy) -> None:
    copy.document(
        "manual_journal", "m", [("400", 115, 15, "INPUT2"), ("090", -115, 0, "NONE")],
        style="Inclusive", status="POSTED", narration="Moved",
    )  # fmt: skip
    assert copy.legs() == [
        ("MANJOURNAL", "2026-01-15", "400", "100.00"),
        ("MANJOURNAL", "2026-01-15", "090", "-115.00"),
        ("MANJOURNAL", "2026-01-15", "GST", "15.00"),
    ]


def test_what_a_manual_journal_does_not_sum_to_goes_to_rounding(copy: Copy) -> None:
    copy.document(
        "manual_journal", "m", [("400", "10.00", 0), ("090", "-9.99", 0)], style="NoTax",
        status="POSTED",
    )  # fmt: skip
    assert copy.posted() == [("400", "10.00"), ("090", "-9.99"), ("ROUND", "-0.01")]


def claim(copy: Copy) -> None:
    copy.document("receipt", "r", [("400", 50, "7.50", "INPUT2")], total="57.50",
                  date="2026-01-03")  # fmt: skip
    copy.add("expense_claim", expense_claim_id="e", status="AUTHORISED",
             reporting_date="2026-01-31")  # fmt: skip
    copy.add("expense_claim_receipt", expense_claim_id="e", position=1, receipt_id="r")


def test_an_expense_claim_posts_its_receipts_on_its_reporting_date(copy: Copy) -> None:
    claim(copy)
    assert copy.legs() == [
        ("EXPCLAIM", "2026-01-31", "CLAIM", "-57.50"),
        ("EXPCLAIM", "2026-01-31", "400", "50.00"),
        ("EXPCLAIM", "2026-01-31", "GST", "7.50"),
    ]


def test_the_payment_of_a_claim_takes_it_off(copy: Copy) -> None:
    claim(copy)
    copy.add("expense_claim_payment", expense_claim_id="e", position=1, payment_id="p",
             amount="57.50", date="2026-02-10", account_id="090")  # fmt: skip
    assert copy.legs()[3:] == [
        ("EXPPAYMENT", "2026-02-10", "090", "-57.50"),
        ("EXPPAYMENT", "2026-02-10", "CLAIM", "57.50"),
    ]


def test_cash_basis_posts_a_sale_when_it_is_paid(copy: Copy) -> None:
    """A third is paid: a third of each line and of the tax."""
    invoice(copy, "i", [("200", 60, 9), ("220", 40, 6)], total=115)
    pay(copy, "p", "38.33", invoice_id="i")
    assert copy.legs(table="cash_line") == [
        ("ACCRECPAYMENT", "2026-02-01", "090", "38.33"),
        ("ACCRECPAYMENT", "2026-02-01", "200", "-20.00"),
        ("ACCRECPAYMENT", "2026-02-01", "220", "-13.33"),
        ("ACCRECPAYMENT", "2026-02-01", "GST", "-5.00"),
    ]


def test_cash_basis_leaves_out_journals_that_say_so(copy: Copy) -> None:
    copy.document(
        "manual_journal", "m", [("400", 10, 0), ("090", -10, 0)], style="NoTax", status="POSTED",
        show_on_cash_basis_reports=False,
    )  # fmt: skip
    assert copy.legs(table="cash_line") == []
    assert len(copy.legs()) == 2


def test_an_account_that_nobody_knows_is_refused_by_the_documents_name(copy: Copy) -> None:
    invoice(copy, "INV-7", [("999", 100, 0)], total=100)
    with pytest.raises(InputError, match=r"invoice `INV-7` of 2026-01-15 posts -100.00"):
        copy.legs()


def test_a_prepayment_without_a_rate_has_that_of_its_bank_transaction(copy: Copy) -> None:
    """115.00 AUD at 0.8 are 143.75; half of it is released, against an invoice at 0.92."""
    copy.document(
        "bank_transaction", "b", [("835", 115, 0)], type="RECEIVE-PREPAYMENT", total=115,
        status="AUTHORISED", bank_account_id="092", prepayment_id="p", currency_rate="0.8",
    )  # fmt: skip
    copy.document(
        "prepayment", "p", [("835", 115, 0)], type="RECEIVE-PREPAYMENT", status="AUTHORISED",
        total=115,
    )  # fmt: skip
    invoice(copy, "i", [("200", 200, 0)], total=200, currency_rate="0.92", currency_code="AUD")
    allocate(copy, "prepayment", "p", "57.50")
    assert [leg[2:] for leg in copy.legs() if leg[1] == "2026-03-01"] == [
        ("AR", "-62.50"), ("GAIN", "-9.38"), ("835", "71.88"),
    ]  # fmt: skip


def test_tracking_counts_once_and_on_the_option_in_use(copy: Copy) -> None:
    """The same option twice on a line, by name alone; an archived option had that name too."""
    for name, status in (("old", "ARCHIVED"), ("new", "ACTIVE"), ("older", "ARCHIVED")):
        copy.add("tracking_category_option", tracking_category_id="region", name="North",
                 tracking_option_id=name, status=status)  # fmt: skip
    invoice(copy, "i", [("200", 100, 0)], total=100)
    for _ in range(2):
        copy.add("invoice_line_item_tracking", invoice_id="i", line_item_position=1,
                 tracking_category_id="region", name="Region", option="North")  # fmt: skip
    with copy.connect() as connection:
        rows = connection.execute(
            "SELECT category, option, tracking_option_id FROM ledger.ledger_line_tracking"
        ).fetchall()
    assert rows == [("Region", "North", key("new"))]
