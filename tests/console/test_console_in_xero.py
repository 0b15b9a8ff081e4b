"""Each record leads to its page in Xero, or to the nearest that has an address, and says which."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import duckdb
import pytest
from console_world import Visitor, visiting

from xeroport.console.reading.document_kinds import KINDS, Kind

DIRECT = {
    "sales-invoices": "/AccountsReceivable/View.aspx?InvoiceID={}",
    "bills": "/AccountsPayable/Edit.aspx?InvoiceID={}",
    "sales-credit-notes": "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={}",
    "supplier-credit-notes": "/AccountsPayable/ViewCreditNote.aspx?creditNoteID={}",
    "purchase-orders": "/Accounts/Payable/PurchaseOrders/View/{}/",
    "bank": "/Bank/ViewTransaction.aspx?bankTransactionID={}",
    "spend-money": "/Bank/ViewTransaction.aspx?bankTransactionID={}",
    "receive-money": "/Bank/ViewTransaction.aspx?bankTransactionID={}",
    "payments": "/Bank/ViewTransaction.aspx?bankTransactionID={}",
    "manual-journals": "/Journal/View.aspx?invoiceID={}",
    "contacts": "/Contacts/View/{}",
}
BANK_TRANSACTION = re.compile(r"/Bank/ViewTransaction\.aspx\?bankTransactionID=([\w-]{36})")


@pytest.fixture(scope="module")
def reader(synced: Path) -> Iterator[Visitor]:
    with visiting(synced) as visitor:
        yield visitor


def query(home: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "books.duckdb"), read_only=True) as books:
        return books.execute(sql).fetchall()


def link(reader: Visitor, kind: str, key: object) -> tuple[str, str]:
    """The words and the address of the link into Xero on a document's page."""
    page = unescape(reader.get(f"/instances/acme-uk/books/{kind}/{key}").text)
    shown = re.search(r'href="(https://[^"]+)"[^>]*>([^<]* in Xero)<', page)
    assert shown, kind
    return shown[2], shown[1]


def path_of(address: str) -> str:
    """Where in Xero an address leads, past the door of the right organisation."""
    parts = urlsplit(address)
    assert (parts.hostname, parts.path) == ("go.xero.com", "/organisationlogin/default.aspx")
    assert "shortcode=!" in address, "the mark of a short code is not escaped"
    return parse_qs(parts.query)["redirecturl"][0]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_a_record_leads_to_its_page_or_the_nearest(
    reader: Visitor, synced: Path, kind: Kind
) -> None:
    where = f"WHERE {kind.where}" if kind.where else ""
    some = query(synced, f"SELECT {kind.id} FROM acme_uk.{kind.table} {where} LIMIT 1")
    assert some, "the demo has one of each"
    key = some[0][0]
    words, address = link(reader, kind.key, key)
    if kind.key in DIRECT:
        assert (words, path_of(address)) == ("Open in Xero", DIRECT[kind.key].format(key))
    elif kind.key == "quotes":
        assert words == "Open in Xero"
        assert re.fullmatch(rf"https://go\.xero\.com/app/!\w+/quotes/view/{key}", address)
    elif kind.key == "items":
        assert (words, path_of(address)) == ("Open the items in Xero", "/Accounts/Inventory")
    elif kind.key == "accounts":
        assert words in ("Open the bank account in Xero", "Open the chart of accounts in Xero")
    else:
        assert kind.key in ("transfers", "prepayments", "overpayments")
        other = BANK_TRANSACTION.fullmatch(path_of(address))
        if words == "Open its contact in Xero":
            assert path_of(address).startswith("/Contacts/View/")
        else:
            assert words == "Open its bank transaction in Xero"
            assert other
            assert other[1] != str(key)


def test_accounts_lead_to_the_bank_account_or_to_the_chart(reader: Visitor, synced: Path) -> None:
    ((bank,),) = query(synced, "SELECT account_id FROM acme_uk.account WHERE type = 'BANK' LIMIT 1")
    words, address = link(reader, "accounts", bank)
    assert words == "Open the bank account in Xero"
    assert path_of(address) == f"/Bank/BankTransactions.aspx?accountID={bank}"
    ((sales,),) = query(
        synced, "SELECT account_id FROM acme_uk.account WHERE type = 'REVENUE' LIMIT 1"
    )
    words, address = link(reader, "accounts", sales)
    assert words == "Open the chart of accounts in Xero"
    assert path_of(address) == "/GeneralLedger/ChartOfAccounts.aspx"
