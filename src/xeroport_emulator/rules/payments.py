"""Payments of invoices and refunds of credits: never changed, only deleted and made again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from xeroport_emulator.organisation.money import cents
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import documents, nested
from xeroport_emulator.rules.settling import settled_credit, settled_invoice
from xeroport_emulator.rules.totals import places
from xeroport_emulator.rules.write import Write, pick

NUMBERS = {"Invoice": "InvoiceNumber", "CreditNote": "CreditNoteNumber"}
TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
}
"""Type of the paid document → PaymentType."""
EXCEEDS = "Payment amount exceeds the amount outstanding on this document"
NOT_APPROVED = "Payments can only be made against Authorised documents"


def create(write: Write) -> Record:
    """PUT (many) and POST (one): a new payment."""
    element = write.element
    if element.get("PaymentID"):
        raise Refusal("A payment cannot be changed; delete it and create a new one.")
    return place(write, element, account(write, element.get("Account"), element.get("Code")))


def delete(write: Write) -> Record:
    """POST to one payment with Status DELETED: the only change there is."""
    payment = write.named("Payment", "PaymentID")
    if write.sent.keys() != {"Status"}:
        raise Refusal("Only Status accepted for updates")
    if write.element.get("Status") != "DELETED":
        raise Refusal("The Status must be DELETED.")
    if payment.get("BatchPaymentID"):
        raise Refusal("The payment belongs to a batch payment and is deleted with it.")
    return take_back(write, payment)


def take_back(write: Write, payment: Record) -> Record:
    """Mark a payment as deleted and restore what is due on its document."""
    if payment["Status"] == "DELETED":
        raise Refusal("The payment has already been deleted.")
    documents.unlocked(write, payment["Date"])
    kind = next(kind for kind in nested.PAID_KINDS if kind in payment)
    document = write.table(kind).get(payment[kind][f"{kind}ID"])
    if document is not None:
        payments_left = [e for e in document["Payments"] if e["PaymentID"] != payment["PaymentID"]]
        _settle(write, kind, {**document, "Payments": payments_left})
    return write.organisation.save("Payment", {**payment, "Status": "DELETED"})


def account(write: Write, sent: Record | None, code: str | None = None) -> Record:
    """The account a payment goes to or comes from, by id or code; refuses one that takes none."""
    sent = {**({"Code": code} if code else {}), **(sent or {})}
    account_found = write.account(sent)
    account_sent = sent.get("Code") or sent.get("AccountID")
    if not account_sent:
        raise Refusal("Account code or ID must be specified")
    if account_found is None:
        raise Refusal(f"Account code '{account_sent}' is not a valid code for this document.")
    if account_found["Status"] != "ACTIVE":
        raise Refusal(f"Account code '{account_sent}' has been archived and cannot be used.")
    if account_found["Type"] != "BANK" and not account_found.get("EnablePaymentsToAccount"):
        raise Refusal(f"Account code '{account_sent}' does not accept payments.")
    return account_found


def place(
    write: Write, sent: Record, bank: Record, *, batch: dict[str, Any] | None = None
) -> Record:
    """A payment of `sent["Amount"]` on the document that `sent` names; with the fields of its
    batch, if it belongs to one."""
    kind, document = _document(write, sent)
    amount = cents(sent.get("Amount") or Decimal(0))
    day = sent.get("Date") or write.organisation.today()
    documents.unlocked(write, day)
    if document["Status"] not in ("AUTHORISED", "PAID"):
        raise Refusal(NOT_APPROVED)
    if amount <= 0:
        raise Refusal("The payment amount must be greater than zero.")
    if amount > document["AmountDue" if kind == "Invoice" else "RemainingCredit"]:
        raise Refusal(EXCEEDS)
    if kind == "Invoice" and day < document["Date"]:
        write.warn("The payment date is prior to the invoice date.")
    payment: Record = {
        "PaymentID": write.organisation.new_id(),
        "Date": day,
        "Amount": amount,
        **_exchange(write, sent, document, bank, amount),
        "Reference": "",
        "IsReconciled": False,
        **pick(
            sent,
            ("Reference", "IsReconciled", "BankAccountNumber", "Particulars", "Details"),
        ),
        "PaymentType": TYPES[document["Type"]],
        "Status": "AUTHORISED",
        "HasAccount": True,
        "HasValidationErrors": False,
        "Account": nested.account(bank),
        kind: _short(kind, document),
        **(batch or {}),
    }
    payment = write.organisation.save("Payment", payment)
    _settle(write, kind, {**document, "Payments": [*document["Payments"], nested.payment(payment)]})
    return payment


def _document(write: Write, sent: Record) -> tuple[str, Record]:
    for kind in nested.PAID_KINDS:
        named = sent.get(kind) or {}
        number_field = NUMBERS.get(kind, "")
        number = named.get(number_field) or sent.get(number_field)
        if not named and not number:
            continue
        found = write.table(kind).get(named.get(f"{kind}ID"))
        if found is None and number and not named.get(f"{kind}ID"):
            candidates = write.table(kind).find(number_field, number)
            live = [e for e in candidates if e["Status"] not in ("VOIDED", "DELETED")]
            found = next(iter(live or candidates), None)
        if found is None:
            raise Refusal(f"An existing {kind} with the specified {kind}ID could not be found")
        return kind, found
    raise Refusal("A payment must name the Invoice, CreditNote, Prepayment or Overpayment it pays.")


def _short(kind: str, document: Record) -> Record:
    if kind == "Invoice":
        return nested.invoice(document)
    short = {
        f"{kind}ID": document[f"{kind}ID"],
        "Type": document["Type"],
        "Contact": document["Contact"],
        "CurrencyCode": document["CurrencyCode"],
    }
    if kind == "CreditNote":
        short["CreditNoteNumber"] = document["CreditNoteNumber"]
    return short


def _exchange(
    write: Write, sent: Record, document: Record, bank: Record, amount: Decimal
) -> dict[str, Any]:
    """`CurrencyRate` (document units for one base unit) and `BankAmount` (the account's
    currency)."""
    base = write.organisation.base_currency
    code, held = document["CurrencyCode"], bank.get("CurrencyCode") or base
    if held not in (code, base):
        raise Refusal("The account must be in the currency of the document or the base currency.")
    if code == base:
        return {"CurrencyRate": Decimal(1), "BankAmount": amount}
    rate = places(sent.get("CurrencyRate") or document["CurrencyRate"], 10).normalize()
    given = sent.get("BankAmount")
    if rate <= 0 or (given is not None and cents(given) <= 0):
        raise Refusal("The CurrencyRate and the BankAmount must be greater than zero.")
    if held == code:
        return {"CurrencyRate": rate, "BankAmount": amount}
    if given and "CurrencyRate" not in sent:
        rate = places(amount / given, 10).normalize()
    return {"CurrencyRate": rate, "BankAmount": cents(given) if given else cents(amount / rate)}


def _settle(write: Write, kind: str, document: Record) -> None:
    settled = settled_invoice(document) if kind == "Invoice" else settled_credit(document)
    write.organisation.save(kind, settled)
