"""How much of a record a list shows: full with `page`, a summary without, less with summaryOnly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from xeroport.catalogue import load
from xeroport_emulator.organisation.extras import File
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import words

Record = dict[str, Any]
View = Literal["full", "summary", "short", "active"]
"""`summary`: the list was asked for without `page`; `short`: with summaryOnly=true; `active`:
without what is archived inside."""

_EMPTIED = {
    "Invoice": ("LineItems",),
    "CreditNote": ("LineItems",),
    "BankTransaction": ("LineItems",),
    "ManualJournal": ("JournalLines",),
    "ContactGroup": ("Contacts",),
    "Budget": ("BudgetLines",),
}
_CONTACT_FULL = words(
    "ContactPersons ContactGroups Balances Website MergedToContactID SalesDefaultAccountCode "
    "PurchasesDefaultAccountCode SalesDefaultLineAmountType PurchasesDefaultLineAmountType "
    "SalesTrackingCategories PurchasesTrackingCategories TrackingCategoryName "
    "TrackingCategoryOption PaymentTerms BrandingTheme BatchPayments Discount HasAttachments "
    "Attachments"
)
_DROPPED: dict[tuple[str, View], tuple[str, ...]] = {
    ("Contact", "summary"): _CONTACT_FULL,
    ("Contact", "short"): (*_CONTACT_FULL, "Addresses", "IsCustomer", "IsSupplier"),
    ("Invoice", "short"): words(
        "LineItems Payments Prepayments Overpayments CreditNotes HasAttachments Attachments "
        "CISDeduction CISRate InvoiceAddresses"
    ),
}


def hidden_fields(kind: str, view: View) -> frozenset[str]:
    """The fields of a record type that this view leaves out."""
    return frozenset(_DROPPED.get((kind, view), ()))


def viewed(kind: str, record: Record, view: View) -> Record:
    """The fields of a record that this view shows."""
    if view == "full":
        return record
    if view == "active":
        options = [e for e in record.get("Options", ()) if e.get("Status") != "ARCHIVED"]
        return {**record, "Options": options}
    dropped = _DROPPED.get((kind, view), ())
    shown = {name: value for name, value in record.items() if name not in dropped}
    for name in _EMPTIED.get(kind, ()):
        if name in shown:
            shown[name] = []
    contact = shown.get("Contact")
    if isinstance(contact, dict):
        thin = ("ContactID", "Name")
        shown["Contact"] = {name: contact[name] for name in thin if name in contact}
    return shown


_BALANCED = ("Invoice", "CreditNote", "Overpayment", "Prepayment", "ContactGroup")
_NO_BALANCE = {"Outstanding": Decimal("0.00"), "Overdue": Decimal("0.00")}
_WITH_ATTACHMENTS = ("Account", "BankTransaction", "BankTransfer", "CreditNote")
_WITH_FILES = ("ManualJournal", "PurchaseOrder", "Receipt", "RepeatingInvoice", "Invoice")
"""Record types that show their files by themselves, where they have any."""
_DISCOUNTED = ("CreditNote", "Invoice")
_TWO = Decimal("0.01")
_REFUNDED = {"CreditNote": "CreditNoteNumber", "Overpayment": ""}
"""Credits whose refunds show them under `Invoice` → the field of their number."""
_WITH_CONTACT = ("BankTransaction", "CreditNote", "Invoice", "PurchaseOrder")


def surroundings(organisation: Organisation, kind: str, view: View) -> tuple[int, ...]:
    """What a shown record depends on besides itself: the revisions of other tables, and the day."""
    if kind == "PurchaseOrder":
        return (organisation.tables["Contact"].changes,)
    if kind == "Payment":
        return (organisation.tables["BatchPayment"].changes,)
    if kind != "Contact" or view != "full":
        return ()
    changes = (organisation.tables[each].changes for each in _BALANCED)
    return (*changes, organisation.today().toordinal())


def completed(organisation: Organisation, kind: str, record: Record, view: View) -> Record:
    """The record as a view shows it, with what is worked out when it is read."""
    shown = dict(viewed(kind, record, view))
    if kind in _WORKED_OUT:
        shown = _WORKED_OUT[kind](organisation, shown, view)
    for name in _flags(kind, view):
        shown.setdefault(name, False)
    return shown


@cache
def _flags(kind: str, view: View) -> tuple[str, ...]:
    """The fields of a record type that are shown as false where nothing else is kept."""
    names = ("HasErrors", "HasAttachments") if view == "full" else ("HasErrors",)
    return tuple(name for name in names if name in load().record(kind).by_name)


def _contact(organisation: Organisation, shown: Record, view: View) -> Record:
    shown["HasValidationErrors"] = False
    if view == "full":
        shown["ContactGroups"] = organisation.groups_of(shown["ContactID"])
        balances = organisation.balances(shown["ContactID"])
        if balances is not None:
            shown["Balances"] = {
                side: balances.get(side, _NO_BALANCE)
                for side in ("AccountsReceivable", "AccountsPayable")
            }
    return shown


def _payment(organisation: Organisation, shown: Record, view: View) -> Record:
    if shown.get("BatchPaymentID"):
        shown["BatchPayment"] = _batch(organisation, shown["BatchPaymentID"])
    return refund(shown)


def refund(payment: Record) -> Record:
    """A payment as Xero shows it: the document of a refund stands under `Invoice` with the id of
    the credit, and only PaymentType tells."""
    for kind, number in _REFUNDED.items():
        credit = payment.get(kind)
        if credit is not None:
            shown = {key: value for key, value in payment.items() if key != kind}
            shown["Invoice"] = {
                "Type": credit["Type"],
                "InvoiceID": credit[f"{kind}ID"],
                "InvoiceNumber": credit.get(number, ""),
                "Contact": credit["Contact"],
                "CurrencyCode": credit["CurrencyCode"],
            }
            return shown
    return payment


def among_others(kind: str, record: Record) -> Record:
    """What a record shows otherwise in a list than by itself: discounts that were entered as an
    amount come as a rate of two decimals."""
    if kind not in _DISCOUNTED:
        return record
    for line in _lines(record):
        if line.get("DiscountAmount"):
            return {**record, "LineItems": [_by_rate(line) for line in _lines(record)]}
    return record


def _lines(record: Record) -> Sequence[Record]:
    return record.get("LineItems") or ()


def _by_rate(line: Record) -> Record:
    amount = line.get("DiscountAmount")
    if not amount:
        return line
    whole = line["Quantity"] * line["UnitAmount"]
    rate = (amount * 100 / whole).quantize(_TWO, rounding=ROUND_HALF_UP) if whole else amount
    shown = {key: value for key, value in line.items() if key != "DiscountAmount"}
    return {**shown, "DiscountRate": rate}


def _by_hand(line: Record) -> Record:
    """A line as it is read by itself: where it has a discount, whether that is a percentage."""
    if not line.get("DiscountAmount") and not line.get("DiscountRate"):
        return line
    return {**line, "DiscountEnteredAsPercent": not line.get("DiscountAmount")}


def alone(kind: str, record: Record, files: Sequence[File]) -> Record:
    """What a record has more when it is read by itself."""
    if kind in _DISCOUNTED:
        record = {**record, "LineItems": [_by_hand(each) for each in _lines(record)]}
    if kind in _WITH_ATTACHMENTS or (kind in _WITH_FILES and files):
        return {**record, "Attachments": [file.details for file in files]}
    if kind == "Contact":
        tracked: Record = {"SalesTrackingCategories": [], "PurchasesTrackingCategories": []}
        return {**tracked, **record}
    if kind == "Invoice":
        return {**record, "SentToEmailAddress": ""}
    if kind == "Payment" and record.get("Invoice"):
        return {**record, "Invoice": {**record["Invoice"], "SentToEmailAddress": ""}}
    return record


def written_form(organisation: Organisation, kind: str, record: Record) -> Record:
    """A record as the reply to its write shows it: with its contact in full."""
    shown = dict(record)
    if kind in _WITH_CONTACT and shown.get("Contact"):
        contact = organisation.tables["Contact"].get(shown["Contact"].get("ContactID"))
        groups = organisation.groups_of(shown["Contact"].get("ContactID", ""))
        shown["Contact"] = {**(contact or shown["Contact"]), "ContactGroups": groups}
    if kind in ("Invoice", "CreditNote", "BankTransaction", "PurchaseOrder"):
        shown["LineItems"] = [_written_line(line) for line in shown.get("LineItems") or ()]
    if kind in _WITH_ATTACHMENTS:
        shown.setdefault("Attachments", [])
    if kind == "Payment":
        shown = _with_whole_invoice(organisation, refund(shown))
    if kind == "TrackingCategory":
        shown["Options"] = [_with_flags(option) for option in shown.get("Options") or ()]
    return shown


def _with_whole_invoice(organisation: Organisation, payment: Record) -> Record:
    """A payment that was just made: with its invoice as it is now."""
    short = payment.get("Invoice") or {}
    invoice = organisation.tables["Invoice"].get(short.get("InvoiceID"))
    if invoice is None:
        return payment
    lines = [_written_line(each) for each in _lines(invoice)]
    return {**payment, "Invoice": {**invoice, "LineItems": lines}}


def _written_line(line: Record) -> Record:
    item = line.get("Item") or {}
    more = {"ItemID": item["ItemID"]} if item.get("ItemID") else {}
    return {**line, **more, "DiscountEnteredAsPercent": not line.get("DiscountAmount")}


def _with_flags(option: Record) -> Record:
    status = option.get("Status", "ACTIVE")
    return {
        **option,
        "IsDeleted": status == "DELETED",
        "IsArchived": status == "ARCHIVED",
        "IsActive": status == "ACTIVE",
    }


def _ordered_from(organisation: Organisation, short: Record) -> Record:
    """The contact of a purchase order. Its UpdatedDateUTC is the organisation's local time, as if
    that were UTC: recorded so of New Zealand, in summer and in winter."""
    contact = organisation.tables["Contact"].get(short.get("ContactID"))
    if contact is None:
        return short
    names = ("ContactID", "ContactStatus", "Name", "FirstName", "LastName")
    shown = {name: contact[name] for name in names if contact.get(name)}
    shown["DefaultCurrency"] = contact.get("DefaultCurrency") or organisation.base_currency
    shown["Phones"] = [each for each in contact["Phones"] if each.get("PhoneType") == "DEFAULT"]
    stamp = contact.get("UpdatedDateUTC")
    if isinstance(stamp, datetime):
        shown["UpdatedDateUTC"] = stamp.astimezone(organisation.zone).replace(tzinfo=UTC)
    return shown


def _batch(organisation: Organisation, identity: str) -> Record | None:
    """The batch payment as its payments show it."""
    batch = organisation.tables["BatchPayment"].get(identity)
    if batch is None:
        return None
    names = words("BatchPaymentID Date Type Status TotalAmount UpdatedDateUTC IsReconciled")
    return {
        "Account": {"AccountID": batch["Account"]["AccountID"]},
        **{name: batch[name] for name in names if name in batch},
    }


_WORKED_OUT: dict[str, Callable[[Organisation, Record, View], Record]] = {
    "Contact": _contact,
    "Payment": _payment,
    "PurchaseOrder": lambda organisation, shown, view: {
        **shown,
        "Contact": _ordered_from(organisation, shown["Contact"]),
    },
    "TrackingCategory": lambda organisation, shown, view: {
        **shown,
        "Options": [_with_flags(option) for option in shown.get("Options") or ()],
    },
    "User": lambda organisation, shown, view: {
        **shown,
        "GlobalUserID": str(uuid5(NAMESPACE_URL, shown["UserID"])),
    },
}
"""Record type → what is worked out when a record of it is read."""
