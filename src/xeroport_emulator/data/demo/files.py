"""Files on some of the demo's bills and invoices."""

from __future__ import annotations

from itertools import islice
from urllib.parse import quote

from xeroport_emulator.organisation.extras import Extras, File
from xeroport_emulator.organisation.organisation import Organisation

BEFORE, FILES = 100, 6
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0>>endobj\n"
)


def attach_files(organisation: Organisation, extras: Extras) -> None:
    """A file each for some bills; the records count as unchanged."""
    bills = (table for table in organisation.tables["Invoice"] if table["Type"] == "ACCPAY")
    for bill in list(islice(bills, BEFORE, BEFORE + FILES)):
        name = f"Bill {bill['InvoiceNumber'] or bill['InvoiceID'][:8]}.pdf"
        key = bill["InvoiceID"]
        details = {
            "AttachmentID": organisation.new_id(),
            "FileName": name,
            "Url": f"https://api.xero.com/api.xro/2.0/Invoices/{key}/Attachments/{quote(name)}",
            "MimeType": "application/pdf",
            "ContentLength": len(_PDF),
            "IncludeOnline": False,
        }
        extras.files[key] = [File(details, _PDF)]
        organisation.save("Invoice", {**bill, "HasAttachments": True}, bump=False)
