"""How much of a record a list shows: full with `page`, a summary without, less with summaryOnly."""

from __future__ import annotations

from typing import Any, Literal

from xeroport.catalogue import load
from xeroport_emulator.organisation.organisation import Organisation

Record = dict[str, Any]
View = Literal["full", "summary", "short", "active"]
"""`summary`: the list was asked for without `page`; `short`: with summaryOnly=true; `active`:
without what is archived inside."""

_LINES = {
    "Invoice": ("LineItems",),
    "CreditNote": ("LineItems",),
    "BankTransaction": ("LineItems",),
    "ManualJournal": ("JournalLines",),
}
_CONTACT_FULL = (
    "ContactPersons",
    "ContactGroups",
    "Balances",
    "Website",
    "MergedToContactID",
    "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
    "SalesDefaultLineAmountType",
    "PurchasesDefaultLineAmountType",
    "SalesTrackingCategories",
    "PurchasesTrackingCategories",
    "TrackingCategoryName",
    "TrackingCategoryOption",
    "PaymentTerms",
    "BrandingTheme",
    "BatchPayments",
    "Discount",
    "HasAttachments",
    "Attachments",
)
_DROPPED: dict[tuple[str, View], tuple[str, ...]] = {
    ("Contact", "summary"): _CONTACT_FULL,
    ("Contact", "short"): (*_CONTACT_FULL, "Addresses", "IsCustomer", "IsSupplier"),
    ("Invoice", "short"): (
        "LineItems",
        "Payments",
        "Prepayments",
        "Overpayments",
        "CreditNotes",
        "HasAttachments",
        "Attachments",
        "CISDeduction",
        "CISRate",
        "InvoiceAddresses",
    ),
    ("ContactGroup", "summary"): ("Contacts",),
    ("Budget", "summary"): ("BudgetLines",),
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
    for name in _LINES.get(kind, ()):
        if name in shown:
            shown[name] = []
    contact = shown.get("Contact")
    if isinstance(contact, dict):
        thin = ("ContactID", "Name")
        shown["Contact"] = {name: contact[name] for name in thin if name in contact}
    return shown


_BALANCED = ("Invoice", "CreditNote", "Overpayment", "Prepayment", "ContactGroup")


def surroundings(organisation: Organisation, kind: str, view: View) -> tuple[int, ...]:
    """What a shown record depends on besides itself: the revisions of other tables, and the day."""
    if kind != "Contact" or view != "full":
        return ()
    changes = (organisation.tables[each].changes for each in _BALANCED)
    return (*changes, organisation.today().toordinal())


def completed(organisation: Organisation, kind: str, record: Record, view: View) -> Record:
    """The record as a view shows it, with what is worked out when it is read."""
    shown = dict(viewed(kind, record, view))
    known = load().record(kind).by_name
    if kind == "Contact":
        shown["HasValidationErrors"] = False
        if view == "full":
            shown["ContactGroups"] = organisation.groups_of(record["ContactID"])
            balances = organisation.balances(record["ContactID"])
            if balances is not None:
                shown["Balances"] = balances
    if "HasErrors" in known:
        shown.setdefault("HasErrors", False)
    if view == "full" and "HasAttachments" in known:
        shown.setdefault("HasAttachments", False)
    return shown
