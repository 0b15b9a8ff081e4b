"""Receipts of users and the expense claims made of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from xeroport_emulator.organisation.money import ZERO, cents
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import documents, nested
from xeroport_emulator.rules.lines import LineRules
from xeroport_emulator.rules.write import Write, pick

NO_USER = "A valid user should be identified using the UserID."
CLAIM_MOVES = {
    "": ("SUBMITTED", "AUTHORISED"),
    "SUBMITTED": ("AUTHORISED", "DELETED", "VOIDED"),
    "AUTHORISED": ("VOIDED",),
}


def create_receipt(write: Write) -> Record:
    """PUT: a new draft receipt."""
    write.refuse_id("Receipt")
    return _receipt(write, None)


def update_receipt(write: Write) -> Record:
    """POST to one receipt, while it is a draft."""
    old = write.named("Receipt", "ReceiptID")
    if old["Status"] != "DRAFT":
        raise Refusal("Receipt not of valid status for modification")
    return _receipt(write, old)


def create_claim(write: Write) -> Record:
    """PUT: a claim of draft receipts of one user."""
    write.refuse_id("ExpenseClaim")
    status = documents.step(write, None, CLAIM_MOVES, "The Status must be SUBMITTED.")
    claim: Record = {"ExpenseClaimID": write.organisation.new_id(), "Payments": []}
    return _claim(write, claim, status, _claimed(write), old=None)


def update_claim(write: Write) -> Record:
    """POST to one claim: another status, or other receipts while it is submitted."""
    old = write.named("ExpenseClaim", "ExpenseClaimID")
    refusal = "Expense Claim not of valid status for modification"
    if old["Status"] not in CLAIM_MOVES:
        raise Refusal(refusal)
    status = documents.step(write, old, CLAIM_MOVES, refusal)
    receipts = old["Receipts"]
    if write.element.get("Receipts"):
        if old["Status"] != "SUBMITTED":
            raise Refusal(refusal)
        mine = {each["ReceiptID"] for each in old["Receipts"]}
        receipts = _claimed(write, mine=mine)
    return _claim(write, old, status, receipts, old=old)


def pay_claim(
    organisation: Organisation, claim_id: str, *, account_id: str, amount: Decimal, day: date
) -> Record:
    """Pay a claim from a bank account, as people do on Xero's pages: the API has no call for it.
    ValueError if it cannot be paid so."""
    claim = organisation.tables["ExpenseClaim"].get(claim_id)
    account = organisation.tables["Account"].get(account_id)
    if claim is None or claim["Status"] != "AUTHORISED" or account is None:
        raise ValueError("name an authorised expense claim and an account")
    if not 0 < amount <= claim["AmountDue"]:
        raise ValueError(f"the amount is more than 0 and at most {claim['AmountDue']}")
    payment = {
        "PaymentID": organisation.new_id(),
        "Date": day,
        "Amount": cents(amount),
        "Account": nested.account(account),
        "Status": "AUTHORISED",
    }
    due = claim["AmountDue"] - payment["Amount"]
    return organisation.save(
        "ExpenseClaim",
        {
            **claim,
            "Payments": [*claim["Payments"], payment],
            "AmountPaid": claim["AmountPaid"] + payment["Amount"],
            "AmountDue": due,
            "Status": "AUTHORISED" if due else "PAID",
        },
    )


def _user(write: Write, old: Record | None) -> Record:
    sent = write.element.get("User")
    if not sent and old is not None:
        return dict(old["User"])
    found = write.table("User").get((sent or {}).get("UserID"))
    if found is None:
        raise Refusal(NO_USER)
    return dict(found)


def _receipt(write: Write, old: Record | None) -> Record:
    element = write.element
    user = _user(write, old)
    status = element.get("Status", "DRAFT")
    if status not in ("DRAFT", "VOIDED"):
        raise Refusal("A receipt is submitted by the expense claim it belongs to.")
    contact = documents.party(write, old)
    day: date | None = element.get("Date") or (old or {}).get("Date")
    if day is None:
        raise Refusal("The Date of the receipt must be specified.")
    mode = documents.mode(write, old)
    rules = LineRules(mode=mode, sales=False, account_needed=True, description_needed=True)
    lines, sums = documents.priced(write, old, rules)
    fixed: dict[str, Any] = {"User": user, "Contact": contact, "Date": day, "Status": status}
    receipt: Record = {
        "ReceiptID": write.organisation.new_id(),
        "Reference": "",
        "HasAttachments": False,
        **(old or {}),
        **pick(element, ("Reference",)),
        **fixed,
        "LineAmountTypes": mode,
        "LineItems": lines,
        **sums.fields(),
    }
    if old is None:
        count = write.organisation.counters.get("receipt", len(write.table("Receipt"))) + 1
        write.organisation.counters["receipt"] = count
        receipt["ReceiptNumber"] = str(count)
    write.settle()
    return write.organisation.save("Receipt", receipt)


def _claimed(write: Write, mine: set[str] | frozenset[str] = frozenset()) -> list[Record]:
    receipts = []
    for receipt_sent in write.element.get("Receipts") or ():
        receipt = write.table("Receipt").get(receipt_sent.get("ReceiptID"))
        if receipt is None:
            raise Refusal("An existing Receipt with the specified ReceiptID could not be found")
        if receipt["Status"] != "DRAFT" and receipt["ReceiptID"] not in mine:
            raise Refusal("Only draft receipts can be put into an expense claim.")
        receipts.append(receipt)
    if not receipts:
        raise Refusal("An expense claim must have at least one receipt.")
    return receipts


def _claim(
    write: Write, claim: Record, status: str, receipts: list[Record], *, old: Record | None
) -> Record:
    user = _user(write, old)
    if any(receipt["User"]["UserID"] != user["UserID"] for receipt in receipts):
        raise Refusal("The receipts of an expense claim must be those of its user.")
    receipt_ids = {receipt["ReceiptID"] for receipt in receipts}
    for old_receipt in (old or {}).get("Receipts", ()):
        if old_receipt["ReceiptID"] not in receipt_ids:
            write.organisation.save("Receipt", {**old_receipt, "Status": "DRAFT"})
    freed = "DRAFT" if status == "DELETED" else status
    receipts = [
        write.organisation.save("Receipt", {**receipt, "Status": freed}) for receipt in receipts
    ]
    total = sum((receipt["Total"] for receipt in receipts), ZERO)
    return write.organisation.save(
        "ExpenseClaim",
        {
            **claim,
            "Status": status,
            "User": user,
            "Receipts": receipts,
            "Total": total,
            "AmountDue": total,
            "AmountPaid": ZERO,
            "ReportingDate": (old or {}).get("ReportingDate") or write.organisation.today(),
        },
    )
