"""When a contact, an account or a tracking choice is renamed, documents show the new name; they
count as unchanged."""

from __future__ import annotations

from collections.abc import Callable
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
WITH_ACCOUNT = (
    ("Payment", "Account"),
    ("BatchPayment", "Account"),
    ("BankTransaction", "BankAccount"),
    ("BankTransfer", "FromBankAccount"),
    ("BankTransfer", "ToBankAccount"),
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


def account_renamed(organisation: Organisation, account: Record, *, recoded: bool) -> None:
    """Put the account's new name and code where payments, the bank and lines show them."""
    short, identity = nested.account(account), account["AccountID"]
    for name, field in WITH_ACCOUNT:
        for record in organisation.tables[name].find(f"{field}.AccountID", identity):
            organisation.save(name, {**record, field: short}, bump=False)
    if not recoded:
        return

    def recode(line: Record) -> Record:
        if line.get("AccountID") != identity:
            return line
        return {**line, "AccountCode": account.get("Code", "")}

    _change_lines(organisation, recode)


def tracking_renamed(organisation: Organisation, key: str, identity: str, name: str) -> None:
    """Put the new name of a tracking category or option, told by `key`, into all lines."""
    field = "Name" if key == "TrackingCategoryID" else "Option"

    def rename(line: Record) -> Record:
        if not any(each.get(key) == identity for each in line.get("Tracking", ())):
            return line
        return {
            **line,
            "Tracking": [
                {**each, field: name} if each.get(key) == identity else each
                for each in line["Tracking"]
            ],
        }

    _change_lines(organisation, rename)


def _change_lines(organisation: Organisation, change: Callable[[Record], Record]) -> None:
    for name in (*WITH_CONTACT, "ManualJournal"):
        field = "JournalLines" if name == "ManualJournal" else "LineItems"
        for document in organisation.tables[name]:
            lines = document.get(field, ())
            changed = [change(each) for each in lines]
            if any(after is not before for after, before in zip(changed, lines, strict=True)):
                organisation.save(name, {**document, field: changed}, bump=False)
