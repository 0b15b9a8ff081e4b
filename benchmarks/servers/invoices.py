"""Invoices as Xero prints them (indented, CR LF, about 4 kB each), made once and kept gzipped."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from isal import igzip

PAGE = 1000
BASE_MS = 1_700_000_000_000
NOW_MS = 1_763_900_000_000


def _id(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _line(rng: random.Random, position: int) -> dict[str, Any]:
    quantity, cents = rng.randint(1, 20), rng.randint(100, 50_000)
    code = f"ITEM-{rng.randint(1, 80):03}"
    return {
        "ItemCode": code,
        "Description": f"Consulting, phase {position} of support project {rng.randint(1, 9999)}",
        "UnitAmount": cents / 100,
        "TaxType": "OUTPUT2",
        "TaxAmount": round(quantity * cents / 500, 2),
        "LineAmount": round(quantity * cents / 100, 2),
        "AccountCode": "200",
        "Item": {"ItemID": _id(rng), "Name": "Consulting", "Code": code},
        "Tracking": [
            {
                "Name": "Region",
                "Option": rng.choice(["North", "South", "East", "West"]),
                "TrackingCategoryID": "e2f2f732-e92a-4f3a-9c4d-ee4da0182a13",
                "TrackingOptionID": _id(rng),
            }
        ],
        "Quantity": float(quantity),
        "DiscountRate": 0.0,
        "LineItemID": _id(rng),
        "AccountID": "7d05a53d-613d-4eb2-a2fc-dcb6adb80b80",
        "ValidationErrors": [],
    }


def invoice(number: int, rng: random.Random) -> dict[str, Any]:
    """One sales invoice of three lines; every second one is paid."""
    lines = [_line(rng, position) for position in (1, 2, 3)]
    net = round(sum(each["LineAmount"] for each in lines), 2)
    tax = round(sum(each["TaxAmount"] for each in lines), 2)
    total, paid = round(net + tax, 2), number % 2 == 1
    payment = {
        "PaymentID": _id(rng),
        "Date": "/Date(1760000000000+0000)/",
        "Amount": total,
        "Reference": "Paid by transfer",
        "CurrencyRate": 1.0,
        "HasAccount": False,
        "HasValidationErrors": False,
    }
    return {
        "Type": "ACCREC",
        "InvoiceID": _id(rng),
        "InvoiceNumber": f"INV-{number:07}",
        "Reference": f"PO {rng.randint(1, 99_999)}",
        "Payments": [payment] if paid else [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "AmountDue": 0.0 if paid else total,
        "AmountPaid": total if paid else 0.0,
        "AmountCredited": 0.0,
        "SentToContact": True,
        "CurrencyRate": 1.0,
        "IsDiscounted": False,
        "HasAttachments": False,
        "HasErrors": False,
        "Attachments": [],
        "InvoiceAddresses": [],
        "Contact": {
            "ContactID": _id(rng),
            "Name": f"Customer & Söhne {rng.randint(1, 5000)} Ltd",
            "Addresses": [],
            "Phones": [],
            "ContactGroups": [],
            "ContactPersons": [],
            "HasValidationErrors": False,
        },
        "DateString": "2025-10-09T00:00:00",
        "Date": "/Date(1759968000000+0000)/",
        "DueDateString": "2025-11-09T00:00:00",
        "DueDate": "/Date(1762646400000+0000)/",
        "BrandingThemeID": "dabc7637-62c1-4941-8a6e-ee44fa5090e7",
        "Status": "PAID" if paid else "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": lines,
        "SubTotal": net,
        "TotalTax": tax,
        "Total": total,
        "UpdatedDateUTC": f"/Date({BASE_MS + number * 1000}+0000)/",
        "UpdatedDateUTCString": "2025-10-09T08:53:20",
        "CurrencyCode": "GBP",
        "ValidationErrors": [],
        "Warnings": [],
    }


EMPTIES = ("Addresses", "Phones", "ContactGroups", "ContactPersons")
LAST_KEYS = (
    "Contact",
    "DateString",
    "Date",
    "DueDateString",
    "DueDate",
    "BrandingThemeID",
    "Status",
)


def recorded(number: int, rng: random.Random) -> dict[str, Any]:
    """The same invoice with the keys, order and empties of recorded replies: fields that the
    description lacks among them, `SentToContact` and `CurrencyRate` only now and then."""
    clean = invoice(number, rng)
    clean["InvoicePaymentServices"] = []
    for line in clean["LineItems"]:
        line["Tracking"] = [
            {**{k: v for k, v in each.items() if k != "TrackingOptionID"}, "Options": []}
            for each in line["Tracking"]
        ]
        del line["ValidationErrors"], line["DiscountRate"]
    for name in ("Attachments", "ValidationErrors", "Warnings"):
        del clean[name]
    if number % 7:
        del clean["SentToContact"]
    clean["UpdatedDateUTCString"] = "2025-10-09T08:53:20Z"
    last = {name: clean.pop(name) for name in LAST_KEYS}
    return clean | last


def with_news(number: int, rng: random.Random) -> dict[str, Any]:
    """A recorded invoice with one further field that nobody knows."""
    return recorded(number, rng) | {"ApprovalStage": f"stage {number % 5}"}


SHAPES: dict[str, Callable[[int, random.Random], dict[str, Any]]] = {
    "clean": invoice,
    "recorded": recorded,
    "news": with_news,
}
"""`clean`: as the description has it; `recorded`: as Xero sends it; `news`: a field more."""


def page(number: int, count: int, *, only: int = PAGE, shape: str = "recorded") -> bytes:
    """One page of a list of `count` invoices (`only` so many of it), gzipped as a server would."""
    rng = random.Random(number)
    first = (number - 1) * PAGE
    body = {
        "Id": _id(rng),
        "Status": "OK",
        "ProviderName": "xeroport",
        "DateTimeUTC": f"/Date({NOW_MS})/",
        "pagination": {
            "page": number,
            "pageSize": PAGE,
            "pageCount": -(-count // PAGE),
            "itemCount": count,
        },
        "Invoices": [SHAPES[shape](i, rng) for i in range(first, min(first + only, count))],
    }
    text = msgspec.json.format(msgspec.json.encode(body), indent=2).replace(b"\n", b"\r\n")
    if shape != "clean":
        text = text.replace(b"/Date(", b"\\/Date(").replace(b")/", b")\\/")
    return igzip.compress(text, 2, mtime=0)


def pages(count: int, folder: Path, *, shape: str = "recorded") -> Path:
    """The pages of `count` invoices as files `00001.json.gz` …, made once; `00000` is a delta."""
    made = folder / f"invoices-{count}-{shape}"
    if not (made / "done").exists():
        made.mkdir(parents=True, exist_ok=True)
        for number in range(1, -(-count // PAGE) + 1):
            (made / f"{number:05}.json.gz").write_bytes(page(number, count, shape=shape))
        changed = max(1, min(PAGE - 1, count // 100))
        (made / "00000.json.gz").write_bytes(page(1, count, only=changed, shape=shape))
        (made / "done").touch()
    return made
