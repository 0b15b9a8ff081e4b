"""What Xero's reply says against what was asked, field by field: pure decisions.

200 and an id do not say that all was done: Xero ignores allocations in a new credit note, keeps an
e-mail address that was to be emptied, changes a total, leaves out characters. What is compared is
what was sent: a field that nobody gave is Xero's own business, and one that the reply does not
have says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from xeroport.catalogue import RecordType
from xeroport.delivery.compare_within import BY_KIND, within
from xeroport.delivery.echoed import is_echoed
from xeroport.delivery.field_values import agrees, are_records, brief, decimal_of, is_plain
from xeroport.delivery.identity import NUMBERS
from xeroport.records.document_checks import line_sum

CENT = Decimal("0.01")
STATUSES = ("Status", "ContactStatus")
FULFILLED = {("AUTHORISED", "PAID"), ("SUBMITTED", "AUTHORISED"), ("SUBMITTED", "PAID")}
"""What was asked for → what it may have become at once, because nothing was left to pay."""
MONEY = ("SubTotal", "TotalTax", "Total", "Amount")
SETTLES = {
    "Allocations": ("Amount", "credit_notes.allocations.create"),
    "Payments": ("Amount", "payments.create"),
    "CreditNotes": ("AppliedAmount", "credit_notes.allocations.create"),
    "Prepayments": ("AppliedAmount", "prepayments.allocations.create"),
    "Overpayments": ("AppliedAmount", "overpayments.allocations.create"),
}
"""Lists that settle a document → their amounts, and the endpoint that really makes them."""
SETTLED = {"Invoice", "CreditNote", "Prepayment", "Overpayment", "BankTransaction"}
UNSAID = {"SentToContact", "LineAmountTypes"}
"""Fields that Xero answers in its own way, without a loss."""
ENDED = {"VOIDED", "DELETED", "ARCHIVED"}


def differences(
    record: RecordType | None, sent: Mapping[str, Any], reply: Mapping[str, Any]
) -> tuple[str, ...]:
    """What of a record is not in Xero as it was sent, each in one sentence.

    Statuses and totals say things that nobody sent; all else is only about what did not come back
    as it was.
    """
    if record is None:
        return ()
    said = [*_statuses(record, sent, reply), *_totals(sent, reply)]
    if not is_echoed(sent, reply):
        said += by_rule(record, sent, reply)
    return tuple(dict.fromkeys(said))


def by_rule(record: RecordType, sent: Mapping[str, Any], reply: Mapping[str, Any]) -> Iterator[str]:
    """The values that were sent and are not in Xero, as its rules keep values apart."""
    yield from _lines(sent, reply)
    yield from _settling(record, sent, reply)
    yield from _emptied(sent, reply)
    yield from _values(record, sent, reply)
    yield from within(record, sent, reply)


def _statuses(
    record: RecordType, sent: Mapping[str, Any], reply: Mapping[str, Any]
) -> Iterator[str]:
    is_new = not any(sent.get(name) for name in record.key)
    for name in STATUSES:
        ours, theirs = sent.get(name), reply.get(name)
        if ours and theirs and ours != theirs and (ours, theirs) not in FULFILLED:
            yield f"`{name}` is `{theirs}` in Xero, not `{ours}`"
        elif is_new and not ours and theirs in ENDED:
            yield f"`{name}` is `{theirs}` in Xero"


def _totals(sent: Mapping[str, Any], reply: Mapping[str, Any]) -> Iterator[str]:
    for name in MONEY:
        if name not in sent:
            continue
        ours, theirs = decimal_of(sent[name]), decimal_of(reply.get(name))
        if ours is not None and theirs is not None and abs(ours - theirs) >= CENT:
            yield f"`{name}` is {theirs} in Xero, not {ours}"
    for name in ("LineItems", "JournalLines"):
        ours, theirs = sent.get(name), reply.get(name)
        if ours and isinstance(theirs, list) and theirs and len(ours) != len(theirs):
            yield f"Xero has {len(theirs)} `{name}`, not {len(ours)}"
    lines = sent.get("LineItems")
    total = line_sum(sent) if are_records(lines) else None
    if total is None or not lines:
        return
    basis = str(sent.get("LineAmountTypes") or reply.get("LineAmountTypes") or "Exclusive")
    name = "SubTotal" if basis.lower() == "exclusive" else "Total"
    theirs = decimal_of(reply.get(name))
    if name not in sent and theirs is not None and abs(total - theirs) > CENT * len(lines):
        yield f"`{name}` is {theirs} in Xero, and the lines come to {total}"
    taxes = [decimal_of(line.get("TaxAmount")) for line in lines]
    stated = sum((tax for tax in taxes if tax is not None), Decimal(0))
    theirs = decimal_of(reply.get("TotalTax"))
    is_stated = None not in taxes and "TotalTax" not in sent
    if is_stated and theirs is not None and abs(stated - theirs) > CENT * len(lines):
        yield f"`TotalTax` is {theirs} in Xero, and the lines come to {stated}"


def _lines(sent: Mapping[str, Any], reply: Mapping[str, Any]) -> Iterator[str]:
    """Accounts and tax rates of lines that came back as others; in what order is Xero's matter."""
    is_untaxed = str(sent.get("LineAmountTypes") or "").lower() == "notax"
    for lines in ("LineItems", "JournalLines"):
        ours, theirs = sent.get(lines), reply.get(lines)
        if not ours or not theirs or not are_records(ours) or not are_records(theirs):
            continue
        for name in ("AccountCode", *(() if is_untaxed else ("TaxType",))):
            wanted = Counter(str(line[name]) for line in ours if line.get(name))
            there = Counter(str(line[name]) for line in theirs if line.get(name))
            missing = wanted - there if there else Counter()
            for value in missing:
                others = ", ".join(f"`{other}`" for other in there - wanted)
                instead = f", but {others}" if others else ""
                yield f"no line has the `{name}` `{value}` in Xero{instead}"


def _settling(
    record: RecordType, sent: Mapping[str, Any], reply: Mapping[str, Any]
) -> Iterator[str]:
    """Allocations and payments inside a document, which Xero accepts silently and ignores."""
    if record.name not in SETTLED:
        return
    for name, (amount, endpoint) in SETTLES.items():
        settled = sent.get(name)
        items = [settled] if isinstance(settled, Mapping) else settled
        if not items or not are_records(items):
            continue
        wanted = sum((decimal_of(item.get(amount)) or Decimal(0) for item in items), Decimal(0))
        theirs = reply.get(name)
        there = (
            sum((decimal_of(their.get(amount)) or Decimal(0) for their in theirs or ()), Decimal(0))
            if are_records(theirs or [])
            else Decimal(0)
        )
        if there < wanted or (wanted == 0 and not theirs):
            yield f"Xero ignored the `{name}` of {wanted}: `{endpoint}` makes them"


def _emptied(sent: Mapping[str, Any], reply: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """Fields that were to be emptied, and are not."""
    for name, ours in sent.items():
        theirs = reply.get(name)
        if ours in (None, "", []) and theirs not in (None, "", [], {}):
            shown = f", and is still `{brief(theirs)}`" if not isinstance(theirs, list) else ""
            yield f"`{within}{name}` was not emptied in Xero{shown}"
        elif name in BY_KIND and are_records(ours) and are_records(theirs or []):
            kind = BY_KIND[name]
            there = {their.get(kind): their for their in theirs or ()}
            for item in ours:
                yield from _emptied(item, there.get(item.get(kind), {}), f"{item.get(kind)} ")
        elif isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            yield from _emptied(ours, theirs, f"{name}.")


def _values(record: RecordType, sent: Mapping[str, Any], reply: Mapping[str, Any]) -> Iterator[str]:
    """Plain fields that came back with another value."""
    compared = {*STATUSES, *MONEY, *UNSAID}
    for name, ours in sent.items():
        field = record.by_name.get(name)
        theirs = reply.get(name)
        if field is None or name in compared or field.read_only:
            continue
        if ours in (None, "", False) or not is_plain(ours, theirs):
            continue
        if theirs in (None, ""):
            if name in reply and name not in NUMBERS:
                yield f"`{name}` is empty in Xero, not `{brief(ours)}`"
            continue
        if not agrees(field, ours, theirs):
            yield f"`{name}` is `{brief(theirs)}` in Xero, not `{brief(ours)}`"
