"""Invoices, bills and credit notes: numbers, statuses, lines, locked periods."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rules_world import World, line

NOT_MODIFIABLE = "Invoice not of valid status for modification"
PAID = "This document cannot be edited as it has a payment or credit note allocated to it."


def element(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "ACCREC",
        "Contact": {"ContactID": world.customer["ContactID"]},
        "LineItems": [line("10", "200")],
        **fields,
    }


def test_sales_numbers_are_unique_and_bill_numbers_are_not(world: World) -> None:
    world.ok("invoices.create", element(world, InvoiceNumber="A-1"))
    assert world.refused("invoices.create", element(world, InvoiceNumber="a-1")) == (
        "Invoice # must be unique.",
    )
    for _ in range(2):
        world.ok("invoices.create", element(world, Type="ACCPAY", InvoiceNumber="A-1"))
    assert len(world.organisation.tables["Invoice"]) == 3


def test_missing_numbers_are_made_up_and_skip_what_is_taken(world: World) -> None:
    world.ok("invoices.create", element(world, InvoiceNumber="INV-0002"))
    made = [world.ok("invoices.create", element(world))["InvoiceNumber"] for _ in range(2)]
    assert made == ["INV-0001", "INV-0003"]
    assert world.credit_note()["CreditNoteNumber"] == "CN-0001"


def test_a_refused_write_uses_up_no_number(world: World) -> None:
    world.refused("invoices.create", element(world, LineItems=[]))
    assert world.ok("invoices.create", element(world))["InvoiceNumber"] == "INV-0001"


def test_post_updates_by_number_or_id_and_put_does_not(world: World) -> None:
    made = world.ok("invoices.upsert", element(world, InvoiceNumber="A-1"))
    by_number = world.ok("invoices.upsert", {"InvoiceNumber": "A-1", "Reference": "one"})
    by_id = world.ok("invoices.upsert", {"InvoiceID": made["InvoiceID"], "Url": "https://x"})
    by_path = world.ok("invoices.update", {"Reference": "two"}, InvoiceID="A-1")
    assert {each["InvoiceID"] for each in (by_number, by_id, by_path)} == {made["InvoiceID"]}
    assert (by_path["Reference"], by_path["Url"]) == ("two", "https://x")
    world.refused("invoices.create", element(world, InvoiceID=made["InvoiceID"]))


def test_bills_with_a_known_number_are_new_bills(world: World) -> None:
    bill = element(world, Type="ACCPAY", InvoiceNumber="B-1")
    first, second = (world.ok("invoices.upsert", bill) for _ in range(2))
    assert first["InvoiceID"] != second["InvoiceID"]


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("DRAFT", "SUBMITTED", True), ("DRAFT", "AUTHORISED", True), ("DRAFT", "DELETED", True),
        ("DRAFT", "VOIDED", False), ("DRAFT", "PAID", False),
        ("SUBMITTED", "AUTHORISED", True), ("SUBMITTED", "DELETED", True),
        ("SUBMITTED", "VOIDED", False),
        ("AUTHORISED", "VOIDED", True), ("AUTHORISED", "DELETED", False),
        ("AUTHORISED", "DRAFT", False), ("AUTHORISED", "PAID", False),
        ("VOIDED", "AUTHORISED", False), ("DELETED", "DRAFT", False),
    ],
)  # fmt: skip
def test_statuses_move_as_xero_lets_them(
    world: World, before: str, after: str, allowed: bool
) -> None:
    start = {"VOIDED": "AUTHORISED", "DELETED": "DRAFT"}.get(before, before)
    made = world.ok("invoices.create", element(world, Status=start))
    if start != before:
        world.ok("invoices.update", {"Status": before}, InvoiceID=made["InvoiceID"])
    if allowed:
        changed = world.ok("invoices.update", {"Status": after}, InvoiceID=made["InvoiceID"])
        assert changed["Status"] == after
        assert changed["UpdatedDateUTC"] > made["UpdatedDateUTC"]
    else:
        errors = world.refused("invoices.update", {"Status": after}, InvoiceID=made["InvoiceID"])
        assert errors == (NOT_MODIFIABLE,)


@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED", "NONSENSE"])
def test_new_invoices_are_not_born_closed(world: World, status: str) -> None:
    world.refused("invoices.create", element(world, Status=status))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Contact": {}}, "A Contact must be specified for this type of transaction"),
        ({"LineItems": []}, "One or more line items must be specified"),
        (
            {"LineItems": [line("1", "999")], "Status": "SUBMITTED"},
            "Account code '999' is not a valid code for this document.",
        ),
        (
            {"LineItems": [line("1", "610")]},
            "Account code '610' is not a valid code for this document.",
        ),
        (
            {"LineItems": [line("1", "090")]},
            "Account code '090' is not a valid code for this document.",
        ),
        (
            {"LineItems": [line("1", "200", TaxType="WHAT")]},
            "The TaxType code WHAT does not exist or cannot be used for this type of transaction.",
        ),
        ({"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
        ({"LineAmountTypes": "Sometimes"}, "'Sometimes' is not a valid LineAmountTypes."),
        ({"LineItems": [line("-1", "200")]}, "The total of an invoice must not be negative."),
    ],
)
def test_what_is_wrong_is_said(world: World, fields: dict[str, Any], message: str) -> None:
    assert message in world.refused("invoices.create", element(world, **fields))


def test_drafts_need_no_account_and_approved_ones_do(world: World) -> None:
    lines = [{"Description": "x", "Quantity": 1, "UnitAmount": 5}]
    draft = world.ok("invoices.create", element(world, LineItems=lines))
    needed = ("Account code must be specified", "The TaxType field is mandatory")
    identity = draft["InvoiceID"]
    assert world.refused("invoices.update", {"Status": "AUTHORISED"}, InvoiceID=identity) == needed
    approved = element(world, LineItems=lines, Status="AUTHORISED")
    assert world.refused("invoices.create", approved) == needed


def test_archived_accounts_get_no_lines(world: World) -> None:
    account = world.organisation.tables["Account"].first("Code", "205")
    assert account is not None
    world.ok("accounts.update", {"Status": "ARCHIVED"}, AccountID=account["AccountID"])
    assert world.refused("invoices.create", element(world, LineItems=[line("1", "205")])) == (
        "Account code '205' has been archived, or has been deleted. Each line item must reference "
        "a valid account.",
    )


def test_lines_left_out_are_deleted_and_those_with_an_id_are_changed_in_part(world: World) -> None:
    made = world.ok("invoices.create", element(world, LineItems=[line("10", "200")] * 2))
    first, second = made["LineItems"]
    changed = world.ok(
        "invoices.update",
        {"LineItems": [{"LineItemID": second["LineItemID"], "UnitAmount": "7"}, line("1", "205")]},
        InvoiceID=made["InvoiceID"],
    )
    kept, new = changed["LineItems"]
    assert kept["LineItemID"] == second["LineItemID"]
    assert (kept["Description"], kept["AccountCode"]) == ("Work", "200")
    assert (kept["LineAmount"], kept["TaxAmount"]) == (Decimal("7.00"), Decimal("1.05"))
    assert new["LineItemID"] not in (first["LineItemID"], second["LineItemID"])
    assert changed["SubTotal"] == Decimal("8.00")


def test_lines_stay_when_none_are_sent_and_follow_the_mode(world: World) -> None:
    made = world.ok("invoices.create", element(world, LineItems=[line("115", "200")]))
    same = world.ok("invoices.update", {"Reference": "x"}, InvoiceID=made["InvoiceID"])
    assert same["LineItems"] == made["LineItems"]
    incl = world.ok(
        "invoices.update", {"LineAmountTypes": "Inclusive"}, InvoiceID=made["InvoiceID"]
    )
    assert (incl["SubTotal"], incl["Total"]) == (Decimal("100.00"), Decimal("115.00"))


def test_what_was_read_can_be_sent_back(world: World) -> None:
    made = world.invoice("10")
    back = {k: v for k, v in made.items() if k not in ("Payments", "UpdatedDateUTC")}
    back["Contact"] = {**made["Contact"]}
    after = world.ok("invoices.upsert", back)
    assert {**after, "UpdatedDateUTC": None} == {**made, "UpdatedDateUTC": None}


def test_part_paid_documents_take_few_changes(world: World) -> None:
    made = world.invoice("100")
    world.pay(made, "40")
    identity = made["InvoiceID"]
    item = made["LineItems"][0]["LineItemID"]
    for refused in (
        {"Date": "2026-05-02"},
        {"LineItems": [line("100", "200")]},
        {"LineItems": [{"LineItemID": item, "UnitAmount": "99"}]},
        {"Status": "VOIDED"},
        {"CurrencyCode": "USD"},
        {"LineAmountTypes": "Exclusive"},
    ):
        assert world.refused("invoices.update", refused, InvoiceID=identity) == (PAID,)
    changed = world.ok(
        "invoices.update",
        {
            "Reference": "r",
            "InvoiceNumber": "NEW",
            "Url": "https://x",
            "LineItems": [{"LineItemID": item, "Description": "Other", "AccountCode": "205"}],
        },
        InvoiceID=identity,
    )
    assert (changed["Reference"], changed["InvoiceNumber"]) == ("r", "NEW")
    assert changed["LineItems"][0]["AccountCode"] == "205"
    assert changed["AmountDue"] == Decimal("60.00")


@pytest.mark.parametrize(
    ("fields", "moves"),
    [
        ({"DueDate": "2026-08-01"}, False),
        ({"SentToContact": True}, False),
        ({"ExpectedPaymentDate": "2026-08-01"}, False),
        ({"DueDate": "2026-08-01", "Reference": "x"}, True),
        ({"Reference": "x"}, True),
    ],
)
def test_some_edits_of_part_paid_documents_go_unseen(
    world: World, fields: dict[str, Any], moves: bool
) -> None:
    made = world.invoice("100")
    world.pay(made, "40")
    before = world.get("Invoice", made["InvoiceID"])
    revision = world.organisation.tables["Invoice"].revision(made["InvoiceID"])
    after = world.ok("invoices.update", fields, InvoiceID=made["InvoiceID"])
    assert after != before
    assert (after["UpdatedDateUTC"] > before["UpdatedDateUTC"]) is moves
    assert world.organisation.tables["Invoice"].revision(made["InvoiceID"]) > revision


def test_the_due_date_of_an_unpaid_document_moves_it(world: World) -> None:
    made = world.invoice("100")
    after = world.ok("invoices.update", {"DueDate": "2026-08-01"}, InvoiceID=made["InvoiceID"])
    assert after["UpdatedDateUTC"] > made["UpdatedDateUTC"]


def test_nothing_changes_in_a_locked_period(world: World) -> None:
    made = world.invoice("100")
    world.organisation.amend(PeriodLockDate=date(2026, 5, 1), EndOfYearLockDate=date(2026, 3, 31))
    message = (
        "The document date cannot be before the period lock date, currently set at 01-May-2026"
    )
    for endpoint, sent, ids in (
        ("invoices.create", element(world, Date="2026-05-01"), {}),
        ("invoices.update", {"Reference": "x"}, {"InvoiceID": made["InvoiceID"]}),
        ("invoices.update", {"Status": "VOIDED"}, {"InvoiceID": made["InvoiceID"]}),
    ):
        assert world.refused(endpoint, sent, **ids) == (message,)
    later = world.ok("invoices.create", element(world, Date="2026-05-02"))
    assert world.refused(
        "invoices.update", {"Date": "2026-04-01"}, InvoiceID=later["InvoiceID"]
    ) == (message,)


def test_due_dates_come_from_payment_terms(world: World) -> None:
    terms = {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}}
    world.ok("contacts.update", {"PaymentTerms": terms}, ContactID=world.customer["ContactID"])
    made = world.ok("invoices.create", element(world, Date="2026-12-15"))
    assert made["DueDate"] == date(2027, 1, 20)


def test_currency_rates_are_given_or_the_organisations(world: World) -> None:
    world.ok("currencies.create", {"Code": "USD"})
    given = world.invoice("100", CurrencyCode="USD", CurrencyRate="0.75")
    default = world.invoice("100", CurrencyCode="USD")
    base = world.invoice("100", CurrencyRate="0.75")
    rates = [each["CurrencyRate"] for each in (given, default, base)]
    assert rates == [Decimal("0.75"), Decimal("0.5"), Decimal(1)]


def test_credit_notes_follow_the_same_rules(world: World) -> None:
    note = world.credit_note("10", CreditNoteNumber="C-1")
    assert note["RemainingCredit"] == Decimal("10.00")
    assert world.refused(
        "credit_notes.create",
        {**_note(world), "CreditNoteNumber": "C-1"},
    ) == ("Credit Note # must be unique.",)
    changed = world.ok("credit_notes.upsert", {"CreditNoteNumber": "C-1", "Reference": "x"})
    assert changed["CreditNoteID"] == note["CreditNoteID"]
    assert world.refused(
        "credit_notes.upsert", {"CreditNoteID": "11111111-2222-4333-8444-555555555555"}
    ) == ("An existing Credit Note with the specified CreditNoteID could not be found",)
    voided = world.ok(
        "credit_notes.update", {"Status": "VOIDED"}, CreditNoteID=note["CreditNoteID"]
    )
    assert voided["Status"] == "VOIDED"
    assert world.refused(
        "credit_notes.update", {"Reference": "y"}, CreditNoteID=note["CreditNoteID"]
    ) == ("Credit Note not of valid status for modification",)


def _note(world: World) -> dict[str, Any]:
    return {**element(world), "Type": "ACCRECCREDIT"}


def test_tracking_is_found_by_name_and_refused_if_unknown(world: World) -> None:
    category = world.ok("tracking_categories.create", {"Name": "Region"})
    identity = category["TrackingCategoryID"]
    option = world.ok(
        "tracking_categories.options.create", {"Name": "North"}, TrackingCategoryID=identity
    )
    made = world.invoice(
        LineItems=[line("1", "200", Tracking=[{"Name": "region", "Option": "north"}])]
    )
    assert made["LineItems"][0]["Tracking"] == [
        {
            "TrackingCategoryID": identity,
            "TrackingOptionID": option["TrackingOptionID"],
            "Name": "Region",
            "Option": "North",
        }
    ]
    for tracking in ({"Name": "Region", "Option": "South"}, {"Name": "What", "Option": "North"}):
        lines = [line("1", "200", Tracking=[tracking])]
        world.refused("invoices.create", element(world, LineItems=lines))
    world.ok(
        "tracking_categories.options.update",
        {"Name": "Nord"},
        TrackingCategoryID=identity,
        TrackingOptionID=option["TrackingOptionID"],
    )
    shown = world.get("Invoice", made["InvoiceID"])["LineItems"][0]["Tracking"][0]
    assert shown["Option"] == "Nord"


def test_a_voided_invoice_holds_its_number_against_post(world: World) -> None:
    """Reported by several; whether PUT takes the number is not said."""
    first = world.invoice(InvoiceNumber="A-1")
    world.ok("invoices.update", {"Status": "VOIDED"}, InvoiceID=first["InvoiceID"])
    assert world.refused("invoices.upsert", element(world, InvoiceNumber="A-1")) == (
        "Invoice not of valid status for modification",
    )
    second = world.ok("invoices.create", element(world, InvoiceNumber="A-1"))
    assert second["InvoiceID"] != first["InvoiceID"]
    changed = world.ok("invoices.update", {"Reference": "x"}, InvoiceID="A-1")
    assert changed["InvoiceID"] == second["InvoiceID"]


def test_no_lines_in_an_update_change_none_and_a_missing_due_date_is_the_date(world: World) -> None:
    made = world.ok(
        "invoices.create", element(world, Status="AUTHORISED", Date="2026-05-03", DueDate=None)
    )
    assert made["DueDate"] == date(2026, 5, 3)
    same = world.ok("invoices.update", {"LineItems": []}, InvoiceID=made["InvoiceID"])
    assert same["LineItems"] == made["LineItems"]
    assert same["Total"] == made["Total"]


def test_planned_payments_are_for_bills_and_expected_ones_for_sales(world: World) -> None:
    dates = {"PlannedPaymentDate": "2026-07-01", "ExpectedPaymentDate": "2026-07-02"}
    sale, bill = world.invoice(**dates), world.invoice(bill=True, **dates)
    assert "PlannedPaymentDate" not in sale
    assert "ExpectedPaymentDate" not in bill
    assert (sale["ExpectedPaymentDate"].day, bill["PlannedPaymentDate"].day) == (2, 1)
