"""The least anyone can do: download, inflate, split, one typed DuckDB table for records and lines.

Not a connector: no check, no rejects, no delta, no checkpoint, no token.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import httpx2
import msgspec
from isal import isal_zlib

PAGE = 1000
MONEY = "DECIMAL(18, 2)"
LINE = (
    f"STRUCT(LineItemID UUID, Description VARCHAR, Quantity DOUBLE, UnitAmount {MONEY}, "
    f"ItemCode VARCHAR, AccountCode VARCHAR, AccountID UUID, TaxType VARCHAR, TaxAmount {MONEY}, "
    f"LineAmount {MONEY}, DiscountRate DOUBLE, Item STRUCT(ItemID UUID, Name VARCHAR, "
    "Code VARCHAR), Tracking STRUCT(Name VARCHAR, Option VARCHAR, TrackingCategoryID UUID, "
    "TrackingOptionID UUID)[])[]"
)
COLUMNS = {
    "Type": "VARCHAR",
    "InvoiceID": "UUID",
    "InvoiceNumber": "VARCHAR",
    "Reference": "VARCHAR",
    "Payments": f"STRUCT(PaymentID UUID, Date VARCHAR, Amount {MONEY}, Reference VARCHAR)[]",
    **dict.fromkeys(("AmountDue", "AmountPaid", "AmountCredited"), MONEY),
    **dict.fromkeys(("SubTotal", "TotalTax", "Total"), MONEY),
    "CurrencyRate": "DOUBLE",
    **dict.fromkeys(("SentToContact", "IsDiscounted", "HasAttachments"), "BOOLEAN"),
    "Contact": "STRUCT(ContactID UUID, Name VARCHAR)",
    "DateString": "TIMESTAMP",
    "DueDateString": "TIMESTAMP",
    "BrandingThemeID": "UUID",
    "Status": "VARCHAR",
    "LineAmountTypes": "VARCHAR",
    "LineItems": LINE,
    "UpdatedDateUTC": "VARCHAR",
    "CurrencyCode": "VARCHAR",
}


class Pagination(msgspec.Struct):
    pageCount: int  # noqa: N815


class Envelope(msgspec.Struct):
    Invoices: list[msgspec.Raw]
    pagination: Pagination


def land(connection: duckdb.DuckDBPyConnection, path: Path, *, first: bool) -> None:
    spec = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE stage AS SELECT * FROM read_json('{path}', "
        f"format = 'newline_delimited', columns = {{{spec}}})"
    )
    verb = "CREATE TABLE {0} AS" if first else "INSERT INTO {0}"
    lines = "SELECT InvoiceID, unnest(LineItems, recursive := false) AS line FROM stage"
    parts = {
        "invoice": "SELECT * EXCLUDE (LineItems, Payments, Contact), Contact.ContactID AS "
        "contact_id, Contact.Name AS contact_name FROM stage",
        "line": f"SELECT InvoiceID, line.* EXCLUDE (Tracking) FROM ({lines})",
        "tracking": f"SELECT InvoiceID, unnest(line.Tracking) AS tracking FROM ({lines})",
        "payment": "SELECT InvoiceID, unnest(Payments) AS payment FROM stage",
    }
    connection.execute("BEGIN")
    for name, select in parts.items():
        connection.execute(f"{verb.format(name)} {select}")
    connection.execute("COMMIT")
    path.unlink()


def main(base_url: str, folder: Path) -> None:
    connection = duckdb.connect(str(folder / "floor.duckdb"), config={"threads": 1})
    split = msgspec.json.Decoder(Envelope)
    writer = ThreadPoolExecutor(1)
    waiting = []
    number, last, held, file = 1, 1, 0, None
    with httpx2.Client(headers={"Accept-Encoding": "gzip"}) as client:
        while number <= last:
            url = f"{base_url}/api.xro/2.0/Invoices?page={number}&pageSize={PAGE}"
            with client.stream("GET", url) as reply:
                wire = b"".join(reply.iter_raw())
            page = split.decode(isal_zlib.decompress(wire, 31).translate(None, b"\r\n"))
            last = page.pagination.pageCount
            if file is None:
                file = (folder / f"{number}.ndjson").open("wb")
            file.write(b"\n".join(page.Invoices) + b"\n")
            held += 1
            if held == 5 or number == last:
                file.close()
                path = Path(file.name)
                waiting.append(writer.submit(land, connection, path, first=not waiting))
                if len(waiting) > 1:
                    waiting[-2].result()
                file, held = None, 0
            number += 1
    waiting[-1].result()
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
