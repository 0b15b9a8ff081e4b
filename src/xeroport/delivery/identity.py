"""Which record an element of Xero's reply is: ids, numbers and names, folded as Xero folds them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from xeroport.catalogue import RecordType

NUMBERS = ("InvoiceNumber", "CreditNoteNumber", "PurchaseOrderNumber", "QuoteNumber")
ALIKE = ("Reference", "Narration", "Amount", "Date")
LAST_BASIC = 0xFFFF
"""Xero drops characters beyond this one, such as emoji, silently."""


def as_kept(value: Any) -> str:
    """A text as Xero keeps it: composed, without what it drops, single blanks, none outside."""
    text = str(value)
    if text.isascii():
        return " ".join(text.split())
    text = unicodedata.normalize("NFC", text)
    return " ".join("".join(each for each in text if ord(each) <= LAST_BASIC).split())


def fold(value: Any) -> str:
    """A text as Xero compares names and numbers: as it keeps them, in any case."""
    return as_kept(value).casefold()


def same_value(record: RecordType | None, name: str, one: Any, other: Any) -> bool:
    """Whether two values of a field are one to Xero; ids with or without dashes are."""
    if isinstance(one, str) and one == other:
        return True
    field = record.by_name.get(name) if record else None
    if field is not None and field.type == "uuid":
        return str(one).replace("-", "").lower() == str(other).replace("-", "").lower()
    return fold(one) == fold(other)


def same_record(
    record: RecordType | None, sent: Mapping[str, Any], reply: Mapping[str, Any]
) -> bool | None:
    """Whether a sent record and one that Xero gives are the same; None where neither can say."""
    keys = [key.fields for key in record.natural_keys] if record else []
    own = [record.key] if record and record.key else []
    for fields in [*own, *keys, *((name,) for name in NUMBERS), ("Name",)]:
        ours = [sent.get(name) for name in fields]
        if not all(ours):
            continue
        theirs = [reply.get(name) for name in fields]
        if all(theirs):
            pairs = zip(fields, ours, theirs, strict=True)
            return all(same_value(record, name, one, other) for name, one, other in pairs)
    return None


def alike(sent: Mapping[str, Any], reply: Mapping[str, Any]) -> bool | None:
    """Whether what else tells records apart came back; None where nothing of it did."""
    answer: bool | None = None
    for name in ALIKE:
        ours, theirs = sent.get(name), reply.get(name)
        if ours is None or theirs is None:
            continue
        if not (_same_amount(ours, theirs) if name == "Amount" else fold(ours) == fold(theirs)):
            return False
        answer = True
    return answer


def number_of(record: RecordType | None, values: Mapping[str, Any]) -> str | None:
    """What a person calls a record: its number, code or name."""
    for name in NUMBERS:
        if values.get(name):
            return str(values[name])
    for key in record.natural_keys if record else ():
        for name in key.fields:
            if values.get(name):
                return str(values[name])
    return None


def _same_amount(one: Any, other: Any) -> bool:
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return False
