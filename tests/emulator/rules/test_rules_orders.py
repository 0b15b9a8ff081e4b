"""Journals, orders, quotes, repeating invoices, expenses, linked transactions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rules_world import World, line

from xeroport_emulator.rules.apply import apply

D = Decimal


def journal(*amounts: tuple[str, str], **fields: Any) -> dict[str, Any]:
    lines = [{"AccountCode": code, "LineAmount": amount} for code, amount in amounts]
    return {"Narration": "Move", "Date": "2026-05-01", "JournalLines": lines, **fields}


def test_journals_balance(world: World) -> None:
    made = world.ok("manual_journals.create", journal(("400", "100"), ("404", "-100")))
    assert (made["Status"], made["LineAmountTypes"]) == ("DRAFT", "NoTax")
    assert world.refused("manual_journals.create", journal(("400", "100"), ("404", "-10"))) == (
        "The total debits (100.00) must equal total credits (-10.00)",
    )
    assert world.refused("manual_journals.create", journal(("400", "10"), ("404", "-100"))) == (
        "The total debits (10.00) must equal total credits (-100.00)",
    )


def test_journals_with_tax_balance_with_it(world: World) -> None:
    # 100 and 15 of tax against 115 on an account without
    taxed = journal(("400", "100"), ("404", "-115"), LineAmountTypes="Exclusive")
    made = world.ok("manual_journals.create", taxed)
    assert made["JournalLines"][0]["TaxAmount"] == D("15.00")


@pytest.mark.parametrize("code", ["610", "800", "090", "630"])
def test_journals_keep_off_some_accounts(world: World, code: str) -> None:
    assert world.refused("manual_journals.create", journal(("400", "1"), (code, "-1"))) == (
        f"Account code '{code}' is not a valid code for this document.",
    )


def test_an_unknown_account_is_a_warning_for_a_draft(world: World) -> None:
    outcome = world.write("manual_journals.create", journal(("476", "1"), ("400", "-1")))
    assert outcome.ok
    assert outcome.warnings == (
        "Account code ''476'' has been removed as it does not match a recognised account.",
    )
    assert "AccountCode" not in (outcome.record or {})["JournalLines"][0]
    identity = (outcome.record or {})["ManualJournalID"]
    world.refused("manual_journals.update", {"Status": "POSTED"}, ManualJournalID=identity)
    posted = journal(("476", "1"), ("400", "-1"), Status="POSTED")
    world.refused("manual_journals.create", posted)


def test_journals_need_a_narration_and_two_lines(world: World) -> None:
    world.refused("manual_journals.create", journal(("400", "1"), ("404", "-1"), Narration=""))
    world.refused("manual_journals.create", journal(("400", "0")))


def test_journals_are_posted_and_voided(world: World) -> None:
    made = world.ok("manual_journals.create", journal(("400", "1"), ("404", "-1")))
    ids = {"ManualJournalID": made["ManualJournalID"]}
    world.refused("manual_journals.update", {"Status": "VOIDED"}, **ids)
    assert world.ok("manual_journals.upsert", {**ids, "Status": "POSTED"})["Status"] == "POSTED"
    world.refused("manual_journals.update", {"Status": "DELETED"}, **ids)
    assert world.ok("manual_journals.update", {"Status": "VOIDED"}, **ids)["Status"] == "VOIDED"
    world.refused("manual_journals.update", {"Narration": "x"}, **ids)


def order(world: World, **fields: Any) -> dict[str, Any]:
    contact = {"ContactID": world.supplier["ContactID"]}
    return {"Contact": contact, "LineItems": [line("10", "400")], **fields}


def test_order_numbers_are_unique(world: World) -> None:
    made = world.ok("purchase_orders.create", order(world))
    assert (made["PurchaseOrderNumber"], made["Total"]) == ("PO-0001", D("11.50"))
    assert world.refused(
        "purchase_orders.create", order(world, PurchaseOrderNumber="PO-0001")
    ) == ("Order number must be unique",)  # fmt: skip
    same = world.ok("purchase_orders.upsert", {"PurchaseOrderNumber": "PO-0001", "Reference": "x"})
    assert same["PurchaseOrderID"] == made["PurchaseOrderID"]


def test_only_approved_orders_are_sent(world: World) -> None:
    made = world.write("purchase_orders.create", order(world, SentToContact=True))
    assert made.warnings == (
        "Only AUTHORISED and BILLED purchase orders may have SentToContact updated.",
    )
    assert (made.record or {})["SentToContact"] is False
    identity = (made.record or {})["PurchaseOrderID"]
    sent = world.write(
        "purchase_orders.update",
        {"Status": "AUTHORISED", "SentToContact": True},
        PurchaseOrderID=identity,
    )
    assert (sent.record or {})["SentToContact"] is True
    assert sent.warnings == ()


def test_orders_move_and_end(world: World) -> None:
    ids = {"PurchaseOrderID": world.ok("purchase_orders.create", order(world))["PurchaseOrderID"]}
    for status in ("SUBMITTED", "AUTHORISED", "BILLED", "DELETED"):
        changed = world.ok("purchase_orders.update", {"Status": status}, **ids)
        assert changed["Status"] == status
    world.refused("purchase_orders.update", {"Reference": "x"}, **ids)
    world.ok("purchase_orders.create", order(world, PurchaseOrderNumber="PO-0001"))


def test_order_prices_keep_four_decimals(world: World) -> None:
    from xeroport.catalogue import load

    endpoint = load().endpoint("purchase_orders.create")
    element = order(world, LineItems=[line("1.2345", "400")])
    made = apply(world.organisation, endpoint, element, {}, unit_places=2).record or {}
    assert made["LineItems"][0]["UnitAmount"] == D("1.2345")


def test_quotes_move_as_xero_lets_them(world: World) -> None:
    sent = {"Contact": {"ContactID": world.customer["ContactID"]}, "LineItems": [line("9", "200")]}
    made = world.ok("quotes.create", sent)
    assert (made["QuoteNumber"], made["Status"]) == ("QU-0001", "DRAFT")
    assert "TaxType" not in made["LineItems"][0]
    assert made["TotalTax"] == D("0.00")
    assert made["LineAmountTypes"] == "EXCLUSIVE"
    ids = {"QuoteID": made["QuoteID"]}
    world.refused("quotes.update", {"Status": "ACCEPTED"}, **ids)
    for status in ("SENT", "ACCEPTED", "INVOICED"):
        assert world.ok("quotes.update", {"Status": status}, **ids)["Status"] == status
    world.refused("quotes.update", {"Title": "x"}, **ids)
    number = world.get("Quote", made["QuoteID"])["QuoteNumber"]
    world.refused("quotes.create", {**sent, "QuoteNumber": number})
    other = world.ok("quotes.upsert", {**sent, "QuoteNumber": "Q9"})
    same = world.ok("quotes.upsert", {"QuoteNumber": "Q9", "Title": "T"})
    assert same["QuoteID"] == other["QuoteID"]


def test_quotes_do_not_expire_before_they_are_made(world: World) -> None:
    sent = {
        "Contact": {"ContactID": world.customer["ContactID"]},
        "LineItems": [line("9", "200")],
        "Date": "2026-05-02",
        "ExpiryDate": "2026-05-01",
    }
    world.refused("quotes.create", sent)


SCHEDULE = {
    "Period": 1,
    "Unit": "MONTHLY",
    "DueDate": 20,
    "DueDateType": "OFFOLLOWINGMONTH",
    "StartDate": "2026-07-01",
}


def test_repeating_invoices_are_made_and_deleted(world: World) -> None:
    sent = {
        "Type": "ACCREC",
        "Contact": {"ContactID": world.customer["ContactID"]},
        "Schedule": SCHEDULE,
        "LineItems": [line("10", "200")],
    }
    made = world.ok("repeating_invoices.create", sent)
    assert made["ID"] == made["RepeatingInvoiceID"]
    assert made["Schedule"]["NextScheduledDate"] == made["Schedule"]["StartDate"]
    for bad in ({"Period": 0}, {"Unit": "DAILY"}, {"DueDateType": "SOON"}):
        world.refused("repeating_invoices.create", {**sent, "Schedule": {**SCHEDULE, **bad}})
    ids = {"RepeatingInvoiceID": made["RepeatingInvoiceID"]}
    world.refused("repeating_invoices.update", {"Reference": "x"}, **ids)
    deleted = world.ok("repeating_invoices.upsert", {**ids, "Status": "DELETED"})
    assert deleted["Status"] == "DELETED"
    world.refused("repeating_invoices.update", {"Status": "DELETED"}, **ids)


def receipt(world: World, **fields: Any) -> dict[str, Any]:
    user = next(iter(world.organisation.tables["User"]))
    return {
        "User": {"UserID": user["UserID"]},
        "Contact": {"Name": "Cafe"},
        "Date": "2026-05-04",
        "LineItems": [line("20", "429")],
        **fields,
    }


def test_receipts_need_a_user_and_are_numbered(world: World) -> None:
    first = world.ok("receipts.create", receipt(world))
    second = world.ok("receipts.create", receipt(world))
    assert [each["ReceiptNumber"] for each in (first, second)] == ["1", "2"]
    for user in ({}, {"UserID": "11111111-2222-4333-8444-555555555555"}):
        assert world.refused("receipts.create", receipt(world, User=user)) == (
            "A valid user should be identified using the UserID.",
        )
    changed = world.ok("receipts.update", {"Reference": "x"}, ReceiptID=first["ReceiptID"])
    assert changed["Reference"] == "x"


def test_claims_take_draft_receipts_and_carry_them_along(world: World) -> None:
    made = [world.ok("receipts.create", receipt(world)) for _ in range(2)]
    user = made[0]["User"]
    sent = {
        "User": {"UserID": user["UserID"]},
        "Receipts": [{"ReceiptID": each["ReceiptID"]} for each in made],
    }
    claim = world.ok("expense_claims.create", sent)
    assert (claim["Status"], claim["Total"], claim["AmountDue"]) == ("SUBMITTED", D("46"), D("46"))
    assert world.get("Receipt", made[0]["ReceiptID"])["Status"] == "SUBMITTED"
    world.refused("expense_claims.create", sent)
    world.refused("receipts.update", {"Reference": "x"}, ReceiptID=made[0]["ReceiptID"])
    ids = {"ExpenseClaimID": claim["ExpenseClaimID"]}
    world.ok("expense_claims.update", {"Status": "AUTHORISED"}, **ids)
    assert world.get("Receipt", made[0]["ReceiptID"])["Status"] == "AUTHORISED"
    world.refused("expense_claims.update", {"Status": "SUBMITTED"}, **ids)
    world.ok("expense_claims.update", {"Status": "VOIDED"}, **ids)


def test_links_match_their_source_and_their_target(world: World) -> None:
    bill, sale, other = world.invoice(bill=True), world.invoice(), world.invoice()
    source = {
        "SourceTransactionID": bill["InvoiceID"],
        "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
    }
    assert world.refused(
        "linked_transactions.create",
        {**source, "SourceLineItemID": sale["LineItems"][0]["LineItemID"]},
    ) == ("The SourceLineItemID and SourceTransactionID do not match",)
    world.refused(
        "linked_transactions.create", {**source, "SourceTransactionID": sale["InvoiceID"]}
    )
    link = world.ok("linked_transactions.create", source)
    assert (link["Status"], link["SourceTransactionTypeCode"]) == ("APPROVED", "ACCPAY")
    ids = {"LinkedTransactionID": link["LinkedTransactionID"]}
    assert world.refused(
        "linked_transactions.update",
        {"ContactID": world.supplier["ContactID"], "TargetTransactionID": sale["InvoiceID"]},
        **ids,
    ) == ("The ContactID and the TargetTransaction ContactID do not match",)
    billed = world.ok(
        "linked_transactions.update",
        {
            "TargetTransactionID": sale["InvoiceID"],
            "TargetLineItemID": sale["LineItems"][0]["LineItemID"],
        },
        **ids,
    )
    assert billed["Status"] == "BILLED"
    assert billed["ContactID"] == world.customer["ContactID"]
    world.refused("linked_transactions.delete", **ids)
    world.refused("linked_transactions.update", {"TargetTransactionID": other["InvoiceID"]}, **ids)


def test_links_follow_their_documents_and_go_without_a_trace(world: World) -> None:
    bill = world.invoice(bill=True, Status="DRAFT")
    link = world.ok(
        "linked_transactions.create",
        {
            "SourceTransactionID": bill["InvoiceID"],
            "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
        },
    )
    identity = link["LinkedTransactionID"]
    assert link["Status"] == "DRAFT"
    for status, shown in (("AUTHORISED", "APPROVED"), ("VOIDED", "VOIDED")):
        world.ok("invoices.update", {"Status": status}, InvoiceID=bill["InvoiceID"])
        assert world.get("LinkedTransaction", identity)["Status"] == shown
    assert world.write("linked_transactions.delete", LinkedTransactionID=identity).ok
    assert len(world.organisation.tables["LinkedTransaction"]) == 0
    assert not world.write("linked_transactions.delete", LinkedTransactionID=identity).found
