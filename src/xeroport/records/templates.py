"""Xero's own import templates for sales invoices and bills, recognised by their header.

The columns are those of the CSV files that Xero's import screens offer. A template makes drafts,
as Xero's own import does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xeroport.errors import InputError

MARKS = ("*ContactName", "*InvoiceNumber", "*InvoiceDate", "*DueDate")
COLUMNS: dict[str, str] = {
    "ContactName": "Contact.Name",
    "EmailAddress": "Contact.EmailAddress",
    "InvoiceNumber": "InvoiceNumber",
    "Reference": "Reference",
    "InvoiceDate": "Date",
    "DueDate": "DueDate",
    "PlannedDate": "PlannedPaymentDate",
    "Total": "Total",
    "InventoryItemCode": "LineItems.ItemCode",
    "Description": "LineItems.Description",
    "Quantity": "LineItems.Quantity",
    "UnitAmount": "LineItems.UnitAmount",
    "Discount": "LineItems.DiscountRate",
    "AccountCode": "LineItems.AccountCode",
    "TaxType": "LineItems.TaxType",
    "TaxAmount": "LineItems.TaxAmount",
    "TrackingName1": "LineItems.Tracking.0.Name",
    "TrackingOption1": "LineItems.Tracking.0.Option",
    "TrackingName2": "LineItems.Tracking.1.Name",
    "TrackingOption2": "LineItems.Tracking.1.Option",
    "Currency": "CurrencyCode",
    "POAddressLine1": "Contact.Addresses.0.AddressLine1",
    "POAddressLine2": "Contact.Addresses.0.AddressLine2",
    "POAddressLine3": "Contact.Addresses.0.AddressLine3",
    "POAddressLine4": "Contact.Addresses.0.AddressLine4",
    "POCity": "Contact.Addresses.0.City",
    "PORegion": "Contact.Addresses.0.Region",
    "POPostalCode": "Contact.Addresses.0.PostalCode",
    "POCountry": "Contact.Addresses.0.Country",
}
NOT_SENT = {"BrandingTheme", "Type", "InvoiceAmountPaid", "InvoiceAmountDue", "Status", "Sent"}
"""Columns of the templates, and of Xero's exports in their form, that Xero takes by id or not."""
SALES_ONLY = {"BrandingTheme", "Discount"}


@dataclass(frozen=True, slots=True)
class Template:
    """A recognised template: its column names → fields, and what every record gets."""

    name: str
    renamed: Mapping[str, str]
    constants: Mapping[str, Any]
    ignored: frozenset[str]
    key: tuple[str, ...]
    notes: tuple[str, ...]


def recognise(columns: tuple[str, ...] | None) -> Template | None:
    """The template that a header belongs to, None for any other."""
    if columns is None or not all(mark in columns for mark in MARKS):
        return None
    plain = {column: column.lstrip("*") for column in columns}
    bills = "*Description" not in columns or "PlannedDate" in plain.values()
    if set(plain.values()) & SALES_ONLY:
        bills = False
    unknown = [c for c, name in plain.items() if name not in COLUMNS and name not in NOT_SENT]
    if unknown:
        raise InputError(
            f"Xero's import template has no column `{unknown[0]}`",
            hint="remove it, or `--ignore` it",
        )
    notes = [f"the header is Xero's import template for {'bills' if bills else 'sales invoices'}"]
    if "BrandingTheme" in plain.values():
        notes.append("`BrandingTheme` is not sent: Xero takes its id only")
    if any(COLUMNS.get(name, "").startswith("Contact.Add") for name in plain.values()):
        notes.append("addresses and e-mails in the file change the contacts in Xero")
    return Template(
        name="bills" if bills else "sales invoices",
        renamed={c: COLUMNS[name] for c, name in plain.items() if name in COLUMNS},
        constants={"Type": "ACCPAY" if bills else "ACCREC"},
        ignored=frozenset(c for c, name in plain.items() if name in NOT_SENT),
        key=("*ContactName", "*InvoiceNumber") if bills else ("*InvoiceNumber",),
        notes=tuple(notes),
    )
