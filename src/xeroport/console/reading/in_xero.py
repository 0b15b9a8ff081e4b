"""Where Xero shows a record. Xero names addresses for most documents; a record of another kind
leads to the nearest that has one, and the words say to what."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from xeroport.console.reading.books_protocol import Reading
from xeroport.console.reading.document_kinds import BY_KEY, Kind
from xeroport.console.reading.documents import source
from xeroport.destinations.typed import identifier as quoted

SITE = "https://go.xero.com"
DOOR = f"{SITE}/organisationlogin/default.aspx"
"""Takes a person into the right organisation first."""
APP = "/app/"
"""Addresses below it name the organisation themselves."""
BANK_ACCOUNT = "/Bank/BankTransactions.aspx?accountID={}"
ACCOUNTS = "/GeneralLedger/ChartOfAccounts.aspx"
ITEMS = "/Accounts/Inventory"


@dataclass(frozen=True)
class PageInXero:
    """A page of Xero, and the words of the link to it."""

    words: str
    address: str


def in_xero(
    books: Reading, schema: str, kind: Kind, key: str, present: set[str]
) -> PageInXero | None:
    """The page of a record in its organisation, or the nearest; None where the copy does not know
    which organisation Xero shows."""
    if "organisation" not in present:
        return None
    organisation = _value(books, source(schema, "organisation"), "short_code")
    found = _direct(kind, key) or _nearest(books, schema, kind, key, present)
    if not organisation or not found:
        return None
    words, path = found
    return PageInXero(words, _address(organisation, path))


def _direct(kind: Kind, key: str) -> tuple[str, str] | None:
    return ("Open in Xero", kind.xero.format(key)) if kind.xero else None


def _nearest(
    books: Reading, schema: str, kind: Kind, key: str, present: set[str]
) -> tuple[str, str] | None:
    """The words and the path of the nearest page that has an address."""
    table = source(schema, kind.table)
    if kind.key == "items":
        return "Open the items in Xero", ITEMS
    if kind.key == "accounts":
        if _value(books, table, "type", kind.id, key) == "BANK":
            return "Open the bank account in Xero", BANK_ACCOUNT.format(key)
        return "Open the chart of accounts in Xero", ACCOUNTS
    transaction = ""
    if kind.key == "transfers":
        transaction = _value(books, table, "from_bank_transaction_id", kind.id, key)
    elif "bank_transaction" in present:
        bank = source(schema, "bank_transaction")
        transaction = _value(books, bank, "bank_transaction_id", kind.id, key)
    if transaction:
        return "Open its bank transaction in Xero", BY_KEY["bank"].xero.format(transaction)
    contact = _value(books, table, "contact_id", kind.id, key) if kind.party else ""
    if contact:
        return "Open its contact in Xero", BY_KEY["contacts"].xero.format(contact)
    return None


def _value(books: Reading, table: str, column: str, by: str = "", key: str = "") -> str:
    """A value of the first row of a table that has the key, as text; "" where there is none."""
    where, values = (f" WHERE {quoted(by)}::VARCHAR = $1", (key,)) if by else ("", ())
    rows = books.rows(f"SELECT {quoted(column)} FROM {table}{where} LIMIT 1", values)  # noqa: S608
    return str(rows[0][0]) if rows and rows[0][0] else ""


def _address(organisation: str, path: str) -> str:
    """A path of Xero's as an address; the `!` of an organisation's short code stands as it is."""
    code = quote(organisation, safe="!")
    if path.startswith(APP):
        return f"{SITE}{APP}{code}/{path.removeprefix(APP)}"
    return f"{DOOR}?shortcode={code}&redirecturl={quote(path, safe='/')}"
