"""The value that `where` and `order` see at a dotted path: what a reply shows there.

A nested record holds its id and a few fields; the rest is looked up in the table of its own type,
so that `Contact.ContactNumber` of an invoice is the number the contact has today.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xeroport.catalogue import load
from xeroport_emulator.http.forms import TWIN_IDS
from xeroport_emulator.http.refusals import query_error
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import words
from xeroport_emulator.organisation.views import completed, refund
from xeroport_emulator.query.select import dotted

Record = dict[str, Any]
Reader = Callable[[Record], Any]

_TABLES = {
    **{
        name: name
        for name in words("Contact Invoice CreditNote Prepayment Overpayment Receipt User Account")
    },
    **dict.fromkeys(("BankAccount", "FromBankAccount", "ToBankAccount"), "Account"),
}
"""Field of a record that names another → the table which has the whole of it."""

_FALSE = {"HasErrors", "HasAttachments", "HasValidationErrors"}
"""Fields that replies show as false where nothing else is kept."""

_WORKED_OUT = {("Contact", "Balances"), ("Payment", "BatchPayment"), ("User", "GlobalUserID")}
"""Fields that are worked out when the record is shown."""

_NOT_KEPT = {
    "Contact": {
        *words(
            "MergedToContactID TaxNumberType TrackingCategoryName TrackingCategoryOption "
            "XeroNetworkKey"
        )
    },
    "CreditNote": {"CISDeduction", "CISRate"},
    "ExpenseClaim": {"PaymentDueDate", "ReceiptID"},
    "Item": {"AllowBackorders"},
    "Payment": {"InvoiceNumber", "CreditNoteNumber", "Code"},
    "TrackingCategory": {"TrackingOptionID", "Option"},
}
"""Fields that the emulator never has: a test of them would be silently false."""


def spelled(kind: str, text: str, *, at: int = 0) -> tuple[str, str]:
    """A dotted field as the catalogue spells it, and its type; Xero's 400 if there is none.

    `at` is where the field begins in the caller's text, for the words of the refusal.
    """
    names: list[str] = []
    record_type: str | None = kind
    spelling = "text"
    for part in text.split("."):
        known = record_type is not None and record_type[:1].isupper()
        fields = load().record(record_type).fields if known and record_type else ()
        field = next((field for field in fields if field.name.lower() == part.lower()), None)
        if field is None or field.name in _NOT_KEPT.get(record_type or "", ()):
            raise query_error(
                f"No property or field '{part}' exists in type '{record_type or spelling}' "
                f"(at index {at})"
            )
        names.append(field.name)
        spelling = field.type
        record_type = field.of if field.type == "object" else None
        at += len(part) + 1
    return ".".join(names), spelling


def reader(organisation: Organisation, kind: str, path: str) -> Reader:
    """What gets the value at a path, spelled as the catalogue does, out of a record."""
    head, _, rest = path.partition(".")
    if (kind, head) in _WORKED_OUT:
        return lambda record: dotted(completed(organisation, kind, record, "full"), path)
    if path == "ID" and kind in TWIN_IDS:
        return _plain(TWIN_IDS[kind])
    if not rest:
        return (lambda record: record.get(path, False)) if path in _FALSE else _plain(path)
    if head not in _TABLES:
        return _plain(path)
    table = organisation.tables[_TABLES[head]]
    inner = reader(organisation, table.name, rest)

    def looked_up(record: Record) -> Any:
        nested = record.get(head)
        if not isinstance(nested, dict):
            return None
        value = dotted(nested, rest)
        whole = table.get(nested.get(table.key)) if value is None else None
        return inner(whole) if whole is not None else value

    if kind == "Payment" and head == "Invoice":
        return lambda record: looked_up(refund(record))
    return looked_up


def _plain(path: str) -> Reader:
    if "." not in path and not path.endswith("String"):
        return lambda record: record.get(path)
    return lambda record: dotted(record, path)
