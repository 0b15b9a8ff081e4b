"""Credit notes: as invoices, with what remains of the credit."""

from __future__ import annotations

from datetime import date

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import contacts, documents, paid
from xeroport_emulator.rules.settling import settled_credit
from xeroport_emulator.rules.verbs import either, verbs
from xeroport_emulator.rules.write import Write, pick

NOT_MODIFIABLE = "Credit Note not of valid status for modification"
NOT_UNIQUE = "Credit Note # must be unique."
OPEN_FIELDS = ("Reference", "CreditNoteNumber", "BrandingThemeID", "DueDate")


def _namesake(write: Write) -> Record | None:
    """The sales credit note with the number that was sent."""
    if write.element.get("Type", "ACCRECCREDIT") != "ACCRECCREDIT":
        return None
    return documents.numbered(write, "CreditNote", write.element.get("CreditNoteNumber"))


def _new(write: Write) -> Record:
    kind = write.element.get("Type")
    if kind not in ("ACCRECCREDIT", "ACCPAYCREDIT"):
        raise Refusal("The Type of a credit note must be ACCRECCREDIT or ACCPAYCREDIT.")
    number = write.element.get("CreditNoteNumber", "")
    if kind == "ACCRECCREDIT" and documents.numbered(write, "CreditNote", number):
        raise Refusal(NOT_UNIQUE)
    if kind == "ACCRECCREDIT" and not number:
        number = documents.next_number(write, "CN", ("CreditNote", "CreditNoteNumber"))
    note = {
        "Type": kind,
        "CreditNoteID": write.organisation.new_id(),
        "CreditNoteNumber": number,
        "Reference": "",
        "Allocations": [],
        "Payments": [],
        "SentToContact": False,
        "HasAttachments": False,
        "HasErrors": False,
        "Date": write.organisation.today(),
        **pick(write.element, ("Reference", "DueDate", "SentToContact")),
    }
    return _finish(write, note, documents.step(write, None, documents.MOVES, NOT_MODIFIABLE), None)


def _change(write: Write, old: Record) -> Record:
    documents.unlocked(write, old["Date"])
    if old["Status"] in documents.CLOSED:
        raise Refusal(NOT_MODIFIABLE)
    if paid.has_settlements(old):
        return _amend(write, old)
    if write.element.get("Type", old["Type"]) != old["Type"]:
        raise Refusal("The Type of an existing credit note cannot be changed.")
    status = documents.step(write, old, documents.MOVES, NOT_MODIFIABLE)
    if status in documents.CLOSED:
        return write.organisation.save("CreditNote", {**old, "Status": status})
    number = write.element.get("CreditNoteNumber") or old["CreditNoteNumber"]
    if old["Type"] == "ACCRECCREDIT" and documents.numbered(
        write, "CreditNote", number, but=old["CreditNoteID"]
    ):
        raise Refusal(NOT_UNIQUE)
    note = {
        **old,
        **pick(write.element, ("Reference", "DueDate", "SentToContact")),
        "CreditNoteNumber": number,
    }
    return _finish(write, note, status, old)


def _amend(write: Write, old: Record) -> Record:
    element = write.element
    if any(field in element and element[field] != old.get(field) for field in paid.FIXED):
        raise Refusal(paid.NOT_EDITABLE)
    changes = {
        field: element[field]
        for field in OPEN_FIELDS
        if element.get(field) and element[field] != old.get(field)
    }
    number = changes.get("CreditNoteNumber")
    if old["Type"] == "ACCRECCREDIT" and documents.numbered(
        write, "CreditNote", number, but=old["CreditNoteID"]
    ):
        raise Refusal(NOT_UNIQUE)
    documents.theme(write, old)
    if element.get("LineItems"):
        lines = paid.amend_lines(write, old["LineItems"])
        if lines != old["LineItems"]:
            changes["LineItems"] = lines
    write.settle()
    seen = bool(changes.keys() - paid.UNSEEN)
    return write.organisation.save("CreditNote", {**old, **changes}, bump=seen)


def _finish(write: Write, note: Record, status: str, old: Record | None) -> Record:
    sales = note["Type"] == "ACCRECCREDIT"
    contact = documents.party(write, old)
    day: date = write.element.get("Date") or note["Date"]
    documents.unlocked(write, day)
    mode = documents.mode(write, old)
    rules = documents.line_rules(mode, status, sales=sales)
    lines, sums = documents.priced(write, old, rules, totals_checked=status != "DRAFT")
    if sums.total < 0:
        write.problem("The total of a credit note must not be negative.")
    note = {
        **note,
        **documents.currency(write, old, contact["ContactID"]),
        **documents.theme(write, old, default=sales),
        "Status": status,
        "Contact": contact,
        "Date": day,
        "LineAmountTypes": mode,
        "LineItems": lines,
        **sums.fields(),
    }
    write.settle()
    if status == "AUTHORISED":
        contacts.trades(write, contact["ContactID"], sales=sales)
    return write.organisation.save("CreditNote", settled_credit(note))


create, upsert, update = verbs(
    "CreditNote", either(_new, _change), also=("CreditNoteNumber",), namesake=_namesake
)
