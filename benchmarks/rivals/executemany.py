"""What one writes in an afternoon: requests, json, executemany into two tables."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import duckdb
import requests

FIELDS = ("InvoiceID", "Type", "InvoiceNumber", "Reference", "Status", "CurrencyCode", "Date")
MONEY = ("SubTotal", "TotalTax", "Total", "AmountDue", "AmountPaid", "AmountCredited")
LINE = ("LineItemID", "Description", "ItemCode", "AccountCode", "TaxType")
LINE_MONEY = ("Quantity", "UnitAmount", "TaxAmount", "LineAmount")


def main(base_url: str, folder: Path) -> None:
    connection = duckdb.connect(str(folder / "x.duckdb"))
    typed = [f"{name} VARCHAR" for name in FIELDS] + [f"{name} DECIMAL(18, 4)" for name in MONEY]
    connection.execute(f"CREATE TABLE invoice ({', '.join(typed)})")
    typed = [f"{name} VARCHAR" for name in ("InvoiceID", *LINE)]
    typed += [f"{name} DECIMAL(18, 4)" for name in LINE_MONEY]
    connection.execute(f"CREATE TABLE line ({', '.join(typed)})")
    number, last = 1, 1
    session = requests.Session()
    while number <= last:
        url = f"{base_url}/api.xro/2.0/Invoices"
        reply: dict[str, Any] = session.get(url, params={"page": number, "pageSize": 1000}).json()
        last = reply["pagination"]["pageCount"]
        invoices = [[each.get(name) for name in FIELDS + MONEY] for each in reply["Invoices"]]
        lines = [
            [each["InvoiceID"], *(line.get(name) for name in LINE + LINE_MONEY)]
            for each in reply["Invoices"]
            for line in each["LineItems"]
        ]
        connection.execute("BEGIN")
        marks = ", ".join("?" * len(FIELDS + MONEY))
        connection.executemany(f"INSERT INTO invoice VALUES ({marks})", invoices)
        marks = ", ".join("?" * (1 + len(LINE + LINE_MONEY)))
        connection.executemany(f"INSERT INTO line VALUES ({marks})", lines)
        connection.execute("COMMIT")
        number += 1
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
