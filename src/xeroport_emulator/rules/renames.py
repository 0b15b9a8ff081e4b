"""When a contact, an account, an invoice or a tracking choice is renamed, other records show the
new name; they count as unchanged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import nested
from xeroport_emulator.rules.nested import DOCUMENTS, PAID_KINDS, SHOWN_IN

if TYPE_CHECKING:
    from xeroport_emulator.organisation.organisation import Organisation

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
    for name in DOCUMENTS:
        for document in organisation.tables[name].find("Contact.ContactID", identity):
            organisation.save(name, {**document, "Contact": short}, bump=False)
    for kind in PAID_KINDS:
        for payment in organisation.tables["Payment"].find(f"{kind}.Contact.ContactID", identity):
            renamed = {**payment, kind: {**payment[kind], "Contact": short}}
            organisation.save("Payment", renamed, bump=False)
    for group in organisation.tables["ContactGroup"]:
        members = group.get("Contacts", ())
        if any(member["ContactID"] == identity for member in members):
            shown = [short if member["ContactID"] == identity else member for member in members]
            organisation.save("ContactGroup", {**group, "Contacts": shown}, bump=False)


def invoice_renumbered(organisation: Organisation, invoice: Record) -> None:
    """Put the number and the contact an invoice has now into its payments, batches and credits."""
    short, identity = nested.invoice(invoice), invoice["InvoiceID"]
    plain = nested.numbered(invoice)

    def renumber(entry: Record) -> Record:
        same = entry.get("Invoice", {}).get("InvoiceID") == identity
        return {**entry, "Invoice": plain} if same else entry

    batches = set()
    for payment in organisation.tables["Payment"].find("Invoice.InvoiceID", identity):
        batches.add(payment.get("BatchPaymentID"))
        organisation.save("Payment", {**payment, "Invoice": short}, bump=False)
    for batch_id in batches - {None}:
        batch = organisation.tables["BatchPayment"].get(batch_id)
        if batch is not None:
            payments = [renumber(entry) for entry in batch["Payments"]]
            organisation.save("BatchPayment", {**batch, "Payments": payments}, bump=False)
    for name, shown in SHOWN_IN.items():
        for credit_id in {credit[f"{name}ID"] for credit in invoice[shown]}:
            credit_found = organisation.tables[name].get(credit_id)
            if credit_found is not None:
                allocations = [renumber(entry) for entry in credit_found["Allocations"]]
                organisation.save(name, {**credit_found, "Allocations": allocations}, bump=False)


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
        if not any(choice.get(key) == identity for choice in line.get("Tracking", ())):
            return line
        return {
            **line,
            "Tracking": [
                {**choice, field: name} if choice.get(key) == identity else choice
                for choice in line["Tracking"]
            ],
        }

    _change_lines(organisation, rename)


def _change_lines(organisation: Organisation, change: Callable[[Record], Record]) -> None:
    for name in (*DOCUMENTS, "ManualJournal"):
        field = "JournalLines" if name == "ManualJournal" else "LineItems"
        for document in organisation.tables[name]:
            lines = document.get(field, ())
            changed = [change(line) for line in lines]
            if any(after is not before for after, before in zip(changed, lines, strict=True)):
                organisation.save(name, {**document, field: changed}, bump=False)
