"""Payments, batches, credits, the bank: what is due is always what was not paid or credited."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rules_world import World, line, payment

D = Decimal
EXCEEDS = "Payment amount exceeds the amount outstanding on this document"


def amounts(world: World, invoice: dict[str, Any]) -> tuple[str, Decimal, Decimal, Decimal]:
    now = world.get("Invoice", invoice["InvoiceID"])
    return now["Status"], now["AmountDue"], now["AmountPaid"], now["AmountCredited"]


def test_payments_lower_what_is_due_until_it_is_paid(world: World) -> None:
    invoice = world.invoice("100")
    first = world.pay(invoice, "40", Date="2026-05-10", Reference="one")
    assert amounts(world, invoice) == ("AUTHORISED", D("60"), D("40"), D("0"))
    assert world.get("Invoice", invoice["InvoiceID"])["UpdatedDateUTC"] > invoice["UpdatedDateUTC"]
    world.pay(invoice, "60", Date="2026-05-08")
    assert amounts(world, invoice) == ("PAID", D("0"), D("100"), D("0"))
    paid = world.get("Invoice", invoice["InvoiceID"])
    assert paid["FullyPaidOnDate"] == date(2026, 5, 10)
    assert [each["Amount"] for each in paid["Payments"]] == [D("40"), D("60")]
    assert (first["PaymentType"], first["Status"]) == ("ACCRECPAYMENT", "AUTHORISED")
    assert first["Account"]["Code"] == "090"


def test_deleting_a_payment_restores_what_is_due(world: World) -> None:
    invoice = world.invoice("100")
    paid = world.pay(invoice, "100")
    deleted = world.ok("payments.delete", {"Status": "DELETED"}, PaymentID=paid["PaymentID"])
    assert deleted["Status"] == "DELETED"
    assert deleted["UpdatedDateUTC"] > paid["UpdatedDateUTC"]
    assert amounts(world, invoice) == ("AUTHORISED", D("100"), D("0"), D("0"))
    assert "FullyPaidOnDate" not in world.get("Invoice", invoice["InvoiceID"])
    world.refused("payments.delete", {"Status": "DELETED"}, PaymentID=paid["PaymentID"])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Amount": "100.01"}, EXCEEDS),
        ({"Amount": "0"}, "The payment amount must be greater than zero."),
        ({"Amount": "-5"}, "The payment amount must be greater than zero."),
        ({"Account": {"Code": "200"}}, "Account code '200' does not accept payments."),
        ({"Account": {}}, "Account code or ID must be specified"),
        (
            {"Account": {"Code": "zz"}},
            "Account code 'zz' is not a valid code for this document.",
        ),
    ],
)
def test_payments_that_cannot_be(world: World, fields: dict[str, Any], message: str) -> None:
    assert world.refused("payments.create", payment(world.invoice("100"), "50", **fields)) == (
        message,
    )


def test_only_approved_documents_are_paid(world: World) -> None:
    for status in ("DRAFT", "SUBMITTED"):
        assert world.refused(
            "payments.create", payment(world.invoice("9", Status=status), "5")
        ) == ("Payments can only be made against Authorised documents",)
    paid = world.invoice("9")
    world.pay(paid, "9")
    assert world.refused("payments.create", payment(paid, "1")) == (EXCEEDS,)


def test_an_invoice_is_also_named_by_number(world: World) -> None:
    world.invoice("10", InvoiceNumber="A-1")
    for named in ({"Invoice": {"InvoiceNumber": "A-1"}}, {"InvoiceNumber": "A-1"}):
        made = world.ok("payments.create_one", {**named, "Code": "090", "Amount": "5"})
        assert made["Amount"] == D("5")


def test_a_foreign_payment_has_a_rate_and_an_amount_at_the_bank(world: World) -> None:
    world.ok("currencies.create", {"Code": "USD"})
    invoice = world.invoice("100", CurrencyCode="USD", CurrencyRate="0.8")
    at_rate = world.pay(invoice, "40", CurrencyRate="0.5")
    by_bank = world.pay(invoice, "40", BankAmount="50")
    plain = world.pay(invoice, "20")
    assert (at_rate["BankAmount"], at_rate["CurrencyRate"]) == (D("80.00"), D("0.5"))
    assert (by_bank["BankAmount"], by_bank["CurrencyRate"]) == (D("50.00"), D("0.8"))
    assert (plain["BankAmount"], plain["CurrencyRate"]) == (D("25.00"), D("0.8"))


def test_nothing_is_paid_in_a_locked_period(world: World) -> None:
    invoice = world.invoice("100")
    paid = world.pay(invoice, "10")
    world.organisation.amend(PeriodLockDate=date(2026, 5, 31))
    world.refused("payments.create", payment(invoice, "10"))
    world.refused("payments.delete", {"Status": "DELETED"}, PaymentID=paid["PaymentID"])
    world.ok("payments.create", payment(invoice, "10", Date="2026-06-01"))


def test_a_batch_pays_and_its_deletion_unpays(world: World) -> None:
    invoices = [world.invoice("100"), world.invoice("50")]
    batch = world.ok(
        "batch_payments.create",
        {
            "Account": {"Code": "090"},
            "Date": "2026-05-12",
            "Payments": [
                {"Invoice": {"InvoiceID": invoices[0]["InvoiceID"]}, "Amount": 100},
                {"Invoice": {"InvoiceID": invoices[1]["InvoiceID"]}, "Amount": 20},
            ],
        },
    )
    assert (batch["Type"], batch["TotalAmount"]) == ("RECBATCH", D("120.00"))
    assert amounts(world, invoices[0])[0] == "PAID"
    assert amounts(world, invoices[1])[1] == D("30")
    single = batch["Payments"][0]["PaymentID"]
    world.refused("payments.delete", {"Status": "DELETED"}, PaymentID=single)
    deleted = world.ok(
        "batch_payments.delete_by_body",
        {"BatchPaymentID": batch["BatchPaymentID"], "Status": "DELETED"},
    )
    assert deleted["Status"] == "DELETED"
    assert amounts(world, invoices[0])[:2] == ("AUTHORISED", D("100"))
    assert world.get("Payment", single)["Status"] == "DELETED"
    world.refused(
        "batch_payments.delete", {"Status": "DELETED"}, BatchPaymentID=batch["BatchPaymentID"]
    )


def test_a_batch_is_all_or_nothing(world: World) -> None:
    sale, bill = world.invoice("100"), world.invoice("100", bill=True)
    for second in ({"InvoiceID": sale["InvoiceID"]}, {"InvoiceID": bill["InvoiceID"]}):
        world.refused(
            "batch_payments.create",
            {
                "Account": {"Code": "090"},
                "Payments": [
                    {"Invoice": {"InvoiceID": sale["InvoiceID"]}, "Amount": 60},
                    {"Invoice": second, "Amount": 60},
                ],
            },
        )
    assert len(world.organisation.tables["Payment"]) == 0


def allocate(world: World, kind: str, credit: dict[str, Any], invoice: dict[str, Any]) -> Any:
    endpoints = {"CreditNote": "credit_notes", "Prepayment": "prepayments"}
    endpoint = endpoints.get(kind, "overpayments")

    def write(amount: str, **fields: Any) -> Any:
        sent = {
            "Invoice": {"InvoiceID": invoice["InvoiceID"]},
            "Amount": amount,
            "Date": "2026-05-15",
            **fields,
        }
        return world.write(
            f"{endpoint}.allocations.create", sent, **{f"{kind}ID": credit[f"{kind}ID"]}
        )

    return write


def test_a_credit_note_is_allocated_and_taken_back(world: World) -> None:
    note, invoice = world.credit_note("30"), world.invoice("100")
    write = allocate(world, "CreditNote", note, invoice)
    made = write("20").record
    assert amounts(world, invoice) == ("AUTHORISED", D("80"), D("0"), D("20"))
    now = world.get("CreditNote", note["CreditNoteID"])
    assert (now["RemainingCredit"], now["Status"]) == (D("10"), "AUTHORISED")
    shown = world.get("Invoice", invoice["InvoiceID"])["CreditNotes"]
    assert [(each["CreditNoteID"], each["AppliedAmount"]) for each in shown] == [
        (note["CreditNoteID"], D("20"))
    ]
    assert write("10.01").errors == ("The allocation amount exceeds the remaining credit",)
    assert write("0").errors
    assert write("5", Date=None).errors == ("The Date of the allocation must be specified.",)
    write("10")
    assert world.get("CreditNote", note["CreditNoteID"])["Status"] == "PAID"
    assert world.refused(
        "credit_notes.update", {"Status": "VOIDED"}, CreditNoteID=note["CreditNoteID"]
    )
    gone = world.ok(
        "credit_notes.allocations.delete",
        CreditNoteID=note["CreditNoteID"],
        AllocationID=made["AllocationID"],
    )
    assert gone["IsDeleted"] is True
    assert amounts(world, invoice) == ("AUTHORISED", D("90"), D("0"), D("10"))
    assert world.get("CreditNote", note["CreditNoteID"])["RemainingCredit"] == D("20")
    assert not world.write(
        "credit_notes.allocations.delete",
        CreditNoteID=note["CreditNoteID"],
        AllocationID=made["AllocationID"],
    ).found


def test_allocations_are_refused_across_contacts_sides_and_amounts_due(world: World) -> None:
    note = world.credit_note("30")
    other = world.invoice("100", Contact={"Name": "Other"})
    bill = world.invoice("100", bill=True, Contact={"Name": "Customer"})
    small = world.invoice("5")
    assert allocate(world, "CreditNote", note, other)("5").errors
    assert allocate(world, "CreditNote", note, bill)("5").errors
    assert allocate(world, "CreditNote", note, small)("5.01").errors
    assert allocate(world, "CreditNote", note, world.invoice("5", Status="DRAFT"))("5").errors
    assert allocate(world, "CreditNote", note, small)("5").ok


@pytest.mark.parametrize("kind", ["Prepayment", "Overpayment"])
def test_money_paid_ahead_is_allocated_refunded_and_undone(world: World, kind: str) -> None:
    made = world.ok(
        "bank_transactions.create",
        {
            "Type": f"RECEIVE-{kind.upper()}",
            "Contact": {"ContactID": world.customer["ContactID"]},
            "BankAccount": {"Code": "090"},
            "LineAmountTypes": "NoTax",
            "LineItems": [
                {"Description": "ahead", "LineAmount": "50"}
                if kind == "Overpayment"
                else line("50", "835")
            ],
        },
    )
    credit = world.get(kind, made[f"{kind}ID"])
    assert (credit["Total"], credit["RemainingCredit"]) == (D("50"), D("50"))
    invoice = world.invoice("80")
    assert allocate(world, kind, credit, invoice)("30").ok
    assert amounts(world, invoice) == ("AUTHORISED", D("50"), D("0"), D("30"))
    assert len(world.get("Invoice", invoice["InvoiceID"])[f"{kind}s"]) == 1
    identity = made["BankTransactionID"]
    assert world.refused(
        "bank_transactions.update", {"Status": "DELETED"}, BankTransactionID=identity
    ) == ("The credit has been allocated or refunded; undo that first.",)
    refund = world.ok(
        "payments.create",
        {kind: {f"{kind}ID": credit[f"{kind}ID"]}, "Account": {"Code": "090"}, "Amount": "20"},
    )
    assert refund["PaymentType"] == f"AR{kind.upper()}PAYMENT"
    assert world.get(kind, credit[f"{kind}ID"])["Status"] == "PAID"
    allocation = world.get(kind, credit[f"{kind}ID"])["Allocations"][0]
    world.ok(
        f"{kind.lower()}s.allocations.delete",
        **{f"{kind}ID": credit[f"{kind}ID"], "AllocationID": allocation["AllocationID"]},
    )
    world.ok("payments.delete", {"Status": "DELETED"}, PaymentID=refund["PaymentID"])
    world.ok("bank_transactions.update", {"Status": "DELETED"}, BankTransactionID=identity)
    assert world.get(kind, credit[f"{kind}ID"])["Status"] == "VOIDED"
    assert amounts(world, invoice)[1] == D("80")


def spend(world: World, **fields: Any) -> dict[str, Any]:
    return {
        "Type": "SPEND",
        "Contact": {"ContactID": world.supplier["ContactID"]},
        "BankAccount": {"Code": "090"},
        "LineItems": [line("10", "400")],
        **fields,
    }


def test_bank_transactions_are_made_changed_and_deleted(world: World) -> None:
    made = world.ok("bank_transactions.create", spend(world))
    assert (made["Status"], made["Total"]) == ("AUTHORISED", D("11.50"))
    identity = made["BankTransactionID"]
    changed = world.ok(
        "bank_transactions.upsert",
        {"BankTransactionID": identity, "LineItems": [line("20", "400")]},
    )
    assert changed["Total"] == D("23.00")
    deleted = world.ok(
        "bank_transactions.update", {"Status": "DELETED"}, BankTransactionID=identity
    )
    assert deleted["Status"] == "DELETED"
    world.refused("bank_transactions.update", {"Reference": "x"}, BankTransactionID=identity)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"Contact": {}},
            "The Contact must contain at least 1 of the following elements to identify the "
            "contact: Name, ContactID, ContactNumber",
        ),
        (
            {"BankAccount": {"Code": "200"}},
            "A valid bank account must be specified by its Code or AccountID.",
        ),
        (
            {"Type": "SPEND-TRANSFER"},
            "'SPEND-TRANSFER' is not a valid Type for a bank transaction.",
        ),
        ({"LineItems": []}, "One or more line items must be specified"),
        (
            {"LineItems": [{"Description": "x", "LineAmount": 5}]},
            "Account code must be specified",
        ),
    ],
)
def test_bank_transactions_that_cannot_be(
    world: World, fields: dict[str, Any], message: str
) -> None:
    assert message in world.refused("bank_transactions.create", spend(world, **fields))


def test_reconciled_money_stays_as_it_is(world: World) -> None:
    made = world.ok("bank_transactions.create", spend(world, IsReconciled=True))
    ids = {"BankTransactionID": made["BankTransactionID"]}
    message = (
        "This Bank Transaction cannot be edited as it has been reconciled with a Bank Statement.",
    )
    changes = {"LineItems": [line("20", "400")]}
    assert world.refused("bank_transactions.update", changes, **ids) == message
    assert world.refused("bank_transactions.update", {"Status": "DELETED"}, **ids) == message
    world.ok("bank_transactions.update", {"Reference": "x"}, **ids)
    world.ok("bank_transactions.update", {"IsReconciled": False}, **ids)
    world.ok("bank_transactions.update", {"Status": "DELETED"}, **ids)


def test_a_new_invoice_number_shows_wherever_the_invoice_does(world: World) -> None:
    invoice, note = world.invoice("100"), world.credit_note("10")
    sent = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": 20}
    batch = world.ok("batch_payments.create", {"Account": {"Code": "090"}, "Payments": [sent]})
    assert allocate(world, "CreditNote", note, invoice)("10").ok
    ids = {"InvoiceID": invoice["InvoiceID"]}
    world.ok("invoices.update", {"InvoiceNumber": "NEW-1"}, **ids)
    world.ok("contacts.update", {"Name": "Renamed"}, ContactID=world.customer["ContactID"])
    payment = world.get("Payment", batch["Payments"][0]["PaymentID"])
    assert payment["Invoice"]["InvoiceNumber"] == "NEW-1"
    assert payment["Invoice"]["Contact"]["Name"] == "Renamed"
    entry = world.get("BatchPayment", batch["BatchPaymentID"])["Payments"][0]
    allocation = world.get("CreditNote", note["CreditNoteID"])["Allocations"][0]
    assert entry["Invoice"]["InvoiceNumber"] == "NEW-1"
    assert allocation["Invoice"]["InvoiceNumber"] == "NEW-1"
