"""Whether something is still referred to: accounts, tax rates, tracking options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules.nested import DOCUMENTS

if TYPE_CHECKING:
    from xeroport_emulator.organisation.organisation import Organisation


def account_in_use(organisation: Organisation, account: Record) -> bool:
    """Whether a line, a payment, a bank transaction, a transfer, an item or a journal uses it."""
    identity, code = account["AccountID"], account.get("Code")
    tables = organisation.tables
    shown_by = (
        ("Payment", "Account"),
        ("BankTransaction", "BankAccount"),
        ("BankTransfer", "FromBankAccount"),
        ("BankTransfer", "ToBankAccount"),
    )
    if any(tables[name].find(f"{field}.AccountID", identity) for name, field in shown_by):
        return True
    if any(line.get("AccountID") == identity for line in _lines(organisation, journals=True)):
        return True
    return code is not None and any(
        code in (details.get("AccountCode"), details.get("COGSAccountCode"))
        for item in tables["Item"]
        for details in (item.get("SalesDetails", {}), item.get("PurchaseDetails", {}))
    )


def item_in_use(organisation: Organisation, code: str) -> bool:
    """Whether a line of a document is of that item."""
    return any(line.get("ItemCode") == code for line in _lines(organisation))


def option_in_use(organisation: Organisation, option_id: str) -> bool:
    """Whether a line of a document or of a journal is tracked by that option."""
    return any(
        each.get("TrackingOptionID") == option_id
        for line in _lines(organisation, journals=True)
        for each in line.get("Tracking", ())
    )


def tax_in_use(organisation: Organisation, tax_type: str) -> bool:
    """Whether a line, an account or an item uses that tax type."""
    tables = organisation.tables
    return (
        bool(tables["Account"].find("TaxType", tax_type))
        or bool(tables["Item"].find("SalesDetails.TaxType", tax_type))
        or bool(tables["Item"].find("PurchaseDetails.TaxType", tax_type))
        or any(line.get("TaxType") == tax_type for line in _lines(organisation))
    )


def _lines(organisation: Organisation, *, journals: bool = False) -> Iterator[Record]:
    for name in DOCUMENTS:
        for document in organisation.tables[name]:
            yield from document.get("LineItems", ())
    for journal in organisation.tables["ManualJournal"] if journals else ():
        yield from journal.get("JournalLines", ())
