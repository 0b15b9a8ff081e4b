"""Repeating invoices: created with a schedule, then only deleted."""

from __future__ import annotations

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record, words
from xeroport_emulator.rules import documents
from xeroport_emulator.rules.lines import LineRules
from xeroport_emulator.rules.verbs import either, verbs
from xeroport_emulator.rules.write import Write, pick

UNITS = ("WEEKLY", "MONTHLY")
DUE_TYPES = words(
    "DAYSAFTERBILLDATE DAYSAFTERBILLMONTH DAYSAFTERINVOICEDATE DAYSAFTERINVOICEMONTH "
    "OFCURRENTMONTH OFFOLLOWINGMONTH"
)
FLAGS = ("ApprovedForSending", "SendCopy", "MarkAsSent", "IncludePDF")


def _delete(write: Write, old: Record) -> Record:
    """Status DELETED is the only change there is."""
    if write.element.get("Status") != "DELETED":
        raise Refusal("A repeating invoice can only be deleted; the Status must be DELETED.")
    if old["Status"] == "DELETED":
        raise Refusal("The repeating invoice has already been deleted.")
    return write.organisation.save("RepeatingInvoice", {**old, "Status": "DELETED"})


def _new(write: Write) -> Record:
    element = write.element
    kind = element.get("Type")
    if kind not in ("ACCREC", "ACCPAY"):
        raise Refusal("The Type of a repeating invoice must be ACCREC or ACCPAY.")
    status = element.get("Status", "DRAFT")
    if status not in ("DRAFT", "AUTHORISED"):
        raise Refusal("The Status of a new repeating invoice must be DRAFT or AUTHORISED.")
    contact = documents.party(write, None)
    mode = documents.mode(write, None)
    sales = kind == "ACCREC"
    rules = LineRules(mode=mode, sales=sales, account_needed=status == "AUTHORISED")
    lines, sums = documents.priced(write, None, rules)
    identity = write.organisation.new_id()
    repeating: Record = {
        "RepeatingInvoiceID": identity,
        "ID": identity,
        "Type": kind,
        "Reference": "",
        "HasAttachments": False,
        **dict.fromkeys(FLAGS, False),
        **pick(element, (*FLAGS, "Reference")),
        **documents.currency(write, None, contact["ContactID"]),
        **documents.theme(write, None),
        "Status": status,
        "Contact": contact,
        "Schedule": _schedule(write, element.get("Schedule") or {}),
        "LineAmountTypes": mode,
        "LineItems": [{**line, "RepeatingInvoiceID": identity} for line in lines],
        **sums.fields(),
    }
    del repeating["CurrencyRate"]
    write.settle()
    return write.organisation.save("RepeatingInvoice", repeating)


def _schedule(write: Write, sent: Record) -> Record:
    if sent.get("Unit") not in UNITS:
        write.problem("The Unit of the schedule must be WEEKLY or MONTHLY.")
    if sent.get("Period", 0) < 1:
        write.problem("The Period of the schedule must be at least 1.")
    if sent.get("DueDate", 0) < 1 or sent.get("DueDateType") not in DUE_TYPES:
        write.problem("The schedule must have a DueDate and a valid DueDateType.")
    start = sent.get("StartDate") or write.organisation.today()
    end = sent.get("EndDate")
    if end is not None and end < start:
        write.problem("The EndDate of the schedule must not be before its StartDate.")
    return {**sent, "StartDate": start, "NextScheduledDate": sent.get("NextScheduledDate", start)}


create, upsert, update = verbs("RepeatingInvoice", either(_new, _delete), said="id")
