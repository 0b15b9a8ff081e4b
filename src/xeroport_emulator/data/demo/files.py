"""Files on some of the demo's bills and invoices."""

from __future__ import annotations

from itertools import islice
from typing import Any
from urllib.parse import quote

from xeroport_emulator.organisation.extras import Extras, File
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

BEFORE, FILES = 100, 6
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0>>endobj\n"
)


_OTHERS = ("BankTransaction", "CreditNote", "ManualJournal", "PurchaseOrder", "Receipt")
"""Record types of which one record has a file each."""


def attach_files(organisation: Organisation, extras: Extras) -> None:
    """A file each for some bills and for one of several others; the records count as unchanged."""
    bills = (table for table in organisation.tables["Invoice"] if table["Type"] == "ACCPAY")
    for bill in list(islice(bills, BEFORE, BEFORE + FILES)):
        name = f"Bill {bill['InvoiceNumber'] or bill['InvoiceID'][:8]}.pdf"
        _attach(organisation, extras, "Invoice", bill, name, IncludeOnline=False)
    for kind in _OTHERS:
        record = list(organisation.tables[kind])[-1]
        _attach(organisation, extras, kind, record, "Scan & notes.pdf")


def _attach(
    organisation: Organisation, extras: Extras, kind: str, record: Record, name: str, **more: Any
) -> None:
    key = record[organisation.tables[kind].key]
    address = f"https://api.xero.com/api.xro/2.0/{kind}s/{key}/Attachments/{quote(name)}"
    details = {
        "AttachmentID": organisation.new_id(),
        "FileName": name,
        "Url": address,
        "MimeType": "application/pdf",
        "ContentLength": len(_PDF),
        **more,
    }
    extras.files[key] = [File(details, _PDF)]
    organisation.save(kind, {**record, "HasAttachments": True}, bump=False)
