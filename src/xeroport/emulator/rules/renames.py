"""When a contact is renamed, the documents show its new name; they count as unchanged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xeroport.emulator.rules import nested
from xeroport.emulator.table import Record

if TYPE_CHECKING:
    from xeroport.emulator.organisation import Organisation

WITH_CONTACT = (
    "Invoice",
    "CreditNote",
    "BankTransaction",
    "Overpayment",
    "Prepayment",
    "PurchaseOrder",
    "Quote",
    "Receipt",
    "RepeatingInvoice",
)


def contact_renamed(organisation: Organisation, contact: Record) -> None:
    """Put the contact's short form, with its new name, into every document that shows it."""
    short = nested.contact(contact)
    identity = contact["ContactID"]
    for name in WITH_CONTACT:
        for document in organisation.tables[name].find("Contact.ContactID", identity):
            organisation.save(name, {**document, "Contact": short}, bump=False)
    for payment in organisation.tables["Payment"].find("Invoice.Contact.ContactID", identity):
        invoice = {**payment["Invoice"], "Contact": short}
        organisation.save("Payment", {**payment, "Invoice": invoice}, bump=False)
    for group in organisation.tables["ContactGroup"]:
        members = group.get("Contacts", ())
        if any(each["ContactID"] == identity for each in members):
            renamed = [short if each["ContactID"] == identity else each for each in members]
            organisation.save("ContactGroup", {**group, "Contacts": renamed}, bump=False)
