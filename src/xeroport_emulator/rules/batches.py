"""Batch payments: many invoices of one side paid at once from or to one account."""

from __future__ import annotations

from xeroport_emulator.organisation.money import ZERO
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import documents, nested, payments
from xeroport_emulator.rules.write import Write, pick


def create(write: Write) -> Record:
    """PUT: the batch and a payment for each of its entries."""
    element = write.element
    entries = element.get("Payments") or []
    if not entries:
        raise Refusal("A batch payment must have at least one payment.")
    bank = payments.account(write, element.get("Account"))
    day = element.get("Date") or write.organisation.today()
    documents.unlocked(write, day)
    identity = write.organisation.new_id()
    payments_made = [
        payments.place(
            write,
            {**entry, "Date": day, **pick(element, ("Reference",))},
            bank,
            batch={"BatchPaymentID": identity},
        )
        for entry in entries
    ]
    kinds = {payment["PaymentType"] for payment in payments_made}
    if len(kinds) > 1 or not kinds <= {"ACCRECPAYMENT", "ACCPAYPAYMENT"}:
        raise Refusal("The payments of a batch must all be of sales invoices or all be of bills.")
    total = sum((payment["Amount"] for payment in payments_made), ZERO)
    batch: Record = {
        "BatchPaymentID": identity,
        "Account": {
            **nested.account(bank),
            "CurrencyCode": bank.get("CurrencyCode") or write.organisation.base_currency,
        },
        "Reference": "",
        **pick(element, ("Reference", "Particulars", "Code", "Details", "Narrative")),
        "Date": day,
        "Payments": [
            {
                "PaymentID": payment["PaymentID"],
                "Amount": payment["Amount"],
                "BankAmount": payment["BankAmount"],
                "Invoice": nested.numbered(payment["Invoice"]),
            }
            for payment in payments_made
        ],
        "Type": "RECBATCH" if kinds == {"ACCRECPAYMENT"} else "PAYBATCH",
        "Status": "AUTHORISED",
        "TotalAmount": total,
        "Amount": total,
        "IsReconciled": False,
    }
    short = pick(batch, ("BatchPaymentID", "Date", "Type", "Status", "TotalAmount"))
    for payment in payments_made:
        write.organisation.save("Payment", {**payment, "BatchPayment": short})
    return write.organisation.save("BatchPayment", batch)


def delete(write: Write) -> Record:
    """POST with Status DELETED, the batch named in the path or in the body: its payments go too."""
    batch = write.to_delete("BatchPayment")
    for each in batch["Payments"]:
        payment = write.table("Payment").get(each["PaymentID"])
        if payment is not None:
            short = {**payment.get("BatchPayment", {}), "Status": "DELETED"}
            payments.take_back(write, {**payment, "BatchPayment": short})
    return write.organisation.save("BatchPayment", {**batch, "Status": "DELETED"})
