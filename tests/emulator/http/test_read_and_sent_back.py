"""What is read of a record is sent back as it is, as most scripts do: it is taken and changes
nothing, or it is refused because the record is closed, and in Xero's words."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from emulator_caller import Caller

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator

CLOSED = re.compile(
    "before the period lock date|not of valid status for modification|archived"
    "|A bank transfer cannot be changed|only deleted|tax rates Xero provides"
    "|can only be deleted|billed or voided linked"
)
STAMPS = {"UpdatedDateUTC", "UpdatedDateUTCString"}
RESOURCES = (
    ("Invoices", "InvoiceID", ()),
    ("CreditNotes", "CreditNoteID", ()),
    ("BankTransactions", "BankTransactionID", ()),
    ("Contacts", "ContactID", ()),
    ("Items", "ItemID", ()),
    ("PurchaseOrders", "PurchaseOrderID", ("Contact",)),  # which is itself updated by it
    ("Quotes", "QuoteID", ("LineItems",)),  # lines of quotes get new ids
    ("ManualJournals", "ManualJournalID", ()),
    ("Accounts", "AccountID", ()),
    ("TaxRates", "TaxType", ()),
    ("Receipts", "ReceiptID", ()),
    ("ExpenseClaims", "ExpenseClaimID", ("Receipts",)),  # their receipts are saved anew
    ("TrackingCategories", "TrackingCategoryID", ()),
    ("RepeatingInvoices", "RepeatingInvoiceID", ()),
    ("LinkedTransactions", "LinkedTransactionID", ()),
)


@pytest.fixture(scope="module")
def own() -> Iterator[Caller]:
    caller = Caller(Emulator("demo", clock=ManualClock(), limits="off")).sign_in()
    yield caller
    caller.close()


@pytest.mark.parametrize(("name", "key", "changes"), RESOURCES)
def test_sent_back_as_it_is(own: Caller, name: str, key: str, changes: tuple[str, ...]) -> None:
    records = own.get(f"/{name}?page=1&pageSize=1000").json()[name]
    taken = 0
    for record in [*records[:4], *records[len(records) // 2 :][:6], *records[-8:]]:
        path = f"/{name}/{record[key]}"
        (before,) = own.get(path).json()[name]
        reply = own.post(f"/{name}" if name == "TaxRates" else path, json={name: [before]})
        (after,) = own.get(path).json()[name]
        if reply.status_code == 200:
            taken += 1
            differing = {each for each in before | after if before.get(each) != after.get(each)}
            assert differing <= {*STAMPS, *changes}
        else:
            (refused,) = reply.json()["Elements"]
            assert CLOSED.search(refused["ValidationErrors"][0]["Message"]), refused
            assert after == before
    assert taken or name in ("RepeatingInvoices", "Receipts")
