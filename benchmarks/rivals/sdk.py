"""The official SDK's objects, and executemany of what they hold."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token

MONEY = ("sub_total", "total_tax", "total", "amount_due", "amount_paid", "amount_credited")
LINE = ("line_item_id", "description", "item_code", "account_code", "tax_type")
LINE_MONEY = ("quantity", "unit_amount", "tax_amount", "line_amount")
TOKEN = {
    "access_token": "t",
    "refresh_token": "r",
    "expires_in": 1800,
    "expires_at": 4_000_000_000,
    "token_type": "Bearer",
    "scope": ["accounting.transactions"],
}


def main(base_url: str, folder: Path) -> None:
    configuration = Configuration(oauth2_token=OAuth2Token(client_id="a", client_secret="b"))
    client = ApiClient(configuration, oauth2_token_saver=lambda _: None)
    client.oauth2_token_getter(lambda: TOKEN)
    client.set_oauth2_token(TOKEN)
    api = AccountingApi(client)
    api.base_url = f"{base_url}/api.xro/2.0"
    connection = duckdb.connect(str(folder / "x.duckdb"))
    money = ", ".join(f"{name} DECIMAL(18, 4)" for name in MONEY)
    connection.execute(
        f"CREATE TABLE invoice (id VARCHAR, number VARCHAR, status VARCHAR, {money})"
    )
    typed = ", ".join(f"{name} VARCHAR" for name in LINE)
    typed += ", " + ", ".join(f"{name} DECIMAL(18, 4)" for name in LINE_MONEY)
    connection.execute(f"CREATE TABLE line (invoice_id VARCHAR, {typed})")
    number, last = 1, 1
    while number <= last:
        reply = api.get_invoices("", page=number, page_size=1000, unitdp=4)
        last = reply.pagination.page_count
        invoices = [
            [e.invoice_id, e.invoice_number, e.status, *(getattr(e, name) for name in MONEY)]
            for e in reply.invoices
        ]
        lines = [
            [e.invoice_id, *(getattr(line, name) for name in LINE + LINE_MONEY)]
            for e in reply.invoices
            for line in e.line_items
        ]
        connection.execute("BEGIN")
        marks = ", ".join("?" * (3 + len(MONEY)))
        connection.executemany(f"INSERT INTO invoice VALUES ({marks})", invoices)
        marks = ", ".join("?" * (1 + len(LINE + LINE_MONEY)))
        connection.executemany(f"INSERT INTO line VALUES ({marks})", lines)
        connection.execute("COMMIT")
        number += 1
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
