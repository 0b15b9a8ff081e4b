"""Quotes: sent, then accepted or declined, then invoiced; their tax types are not defaulted."""

from __future__ import annotations

from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import documents
from xeroport_emulator.rules.lines import LineRules
from xeroport_emulator.rules.verbs import verbs
from xeroport_emulator.rules.write import Write, pick

MODES = ("EXCLUSIVE", "INCLUSIVE", "NOTAX")
MOVES = {
    "": ("DRAFT", "SENT"),
    "DRAFT": ("SENT", "DELETED"),
    "SENT": ("DRAFT", "ACCEPTED", "DECLINED", "DELETED"),
    "ACCEPTED": ("SENT", "INVOICED", "DELETED"),
    "DECLINED": ("SENT", "ACCEPTED", "DELETED"),
}
NOT_MODIFIABLE = "Quote not of valid status for modification"
CLEARED = ("Terms", "Title", "Summary")
"""What an update takes away unless it names it: recorded of real quotes."""
FIELDS = ("Reference", "Terms", "Date", "ExpiryDate", "Title", "Summary")


def _save(write: Write, old: Record | None) -> Record:
    element = write.element
    if old is not None and old["Status"] in ("DELETED", "INVOICED"):
        raise Refusal(NOT_MODIFIABLE)
    status = documents.step(write, old, MOVES, NOT_MODIFIABLE)
    if old is not None and status == "DELETED":
        return write.organisation.save("Quote", {**old, "Status": status})
    number = element.get("QuoteNumber")
    if not number:
        number = documents.next_number(write, "QU", ("Quote", "QuoteNumber"))
    quote: Record = {
        "QuoteID": write.organisation.new_id(),
        "Date": write.organisation.today(),
        "Reference": "",
        "Terms": "",
        "Title": "",
        "Summary": "",
        **{key: value for key, value in (old or {}).items() if key not in CLEARED},
        **pick(element, FIELDS),
        "QuoteNumber": number,
        "Status": status,
    }
    namesake = documents.numbered(write, "Quote", number)
    if namesake is not None and namesake["QuoteID"] != quote["QuoteID"]:
        raise Refusal("Quote number must be unique")
    expires = quote.get("ExpiryDate")
    if expires is not None and expires < quote["Date"]:
        write.problem("The ExpiryDate must not be before the Date of the quote.")
    contact = documents.party(write, old)
    mode = documents.mode(write, None, MODES)  # without a word of it, exclusive again
    rules = LineRules(mode=mode, sales=True, tax_defaults=False)
    lines, sums = documents.priced(write, old, rules)
    if element.get("LineItems"):
        lines = [{**line, "LineItemID": write.organisation.new_id()} for line in lines]
    quote |= {
        **documents.currency(write, old, contact["ContactID"]),
        **documents.theme(write, old, default=True),
        "Contact": contact,
        "LineAmountTypes": mode,
        "LineItems": lines,
        **sums.fields(),
        "TotalDiscount": sums.discount,
    }
    write.settle()
    return write.organisation.save("Quote", quote)


create, upsert, update = verbs(
    "Quote",
    _save,
    also=("QuoteNumber",),
    namesake=lambda write: documents.numbered(write, "Quote", write.element.get("QuoteNumber")),
)
