"""Invoices, credit notes, quotes and purchase orders on paper."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fpdf import FPDF
from fpdf.enums import XPos, YPos

Record = dict[str, Any]

_TITLES = {
    "ACCREC": "TAX INVOICE",
    "ACCPAY": "BILL",
    "ACCRECCREDIT": "CREDIT NOTE",
    "ACCPAYCREDIT": "SUPPLIER CREDIT NOTE",
    "Quote": "QUOTE",
    "PurchaseOrder": "PURCHASE ORDER",
}
_NUMBERS = ("InvoiceNumber", "CreditNoteNumber", "QuoteNumber", "PurchaseOrderNumber")
_FACTS = (
    ("Date", "Date"),
    ("DueDate", "Due date"),
    ("ExpiryDate", "Expires"),
    ("DeliveryDate", "Delivery date"),
    ("Reference", "Reference"),
    ("Status", "Status"),
)
_TOTALS = (
    ("SubTotal", "Subtotal"),
    ("TotalTax", "Tax"),
    ("Total", "Total"),
    ("AmountPaid", "Paid"),
    ("AmountCredited", "Credited"),
    ("AmountDue", "Amount due"),
    ("RemainingCredit", "Remaining credit"),
)
_WIDTHS = (90, 22, 28, 20, 30)


def _text(value: Any) -> str:
    """What the built-in fonts can print; other characters become question marks."""
    if isinstance(value, date):
        value = f"{value.day} {value:%B %Y}"
    return str(value if value is not None else "").encode("latin-1", "replace").decode("latin-1")


def _amount(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, Decimal) else ""


def printed(kind: str, record: Record, organisation: Record, *, at: datetime) -> bytes:
    """The document as PDF bytes; the same record at the same time gives the same bytes."""
    page = FPDF(format="A4")
    page.set_creation_date(at)
    page.set_title(_text(next((record[each] for each in _NUMBERS if record.get(each)), kind)))
    page.set_auto_page_break(auto=True, margin=20)
    page.add_page()
    _heading(page, kind, record, organisation)
    _lines(page, record)
    _sums(page, record)
    for name in ("Terms", "Summary", "DeliveryInstructions"):
        if record.get(name):
            page.set_font("helvetica", size=9)
            page.multi_cell(0, 5, _text(record[name]), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    return bytes(page.output())


def _line(page: FPDF, text: str, *, height: float = 5.5) -> None:
    page.cell(0, height, _text(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _heading(page: FPDF, kind: str, record: Record, organisation: Record) -> None:
    page.set_font("helvetica", "B", 18)
    _line(page, _TITLES.get(str(record.get("Type"))) or _TITLES.get(kind, kind), height=12)
    page.set_font("helvetica", size=10)
    _line(page, str(organisation.get("LegalName") or organisation.get("Name") or ""))
    page.ln(4)
    page.set_font("helvetica", "B", 11)
    _line(page, str((record.get("Contact") or {}).get("Name") or ""))
    page.set_font("helvetica", size=10)
    for name in _NUMBERS:
        if record.get(name):
            _line(page, f"Number: {record[name]}")
    for name, label in _FACTS:
        if record.get(name):
            _line(page, f"{label}: {_text(record[name])}")
    _line(page, f"Currency: {record.get('CurrencyCode', '')}")
    page.ln(4)


def _row(page: FPDF, cells: tuple[str, ...]) -> None:
    for position, (width, text) in enumerate(zip(_WIDTHS, cells, strict=True)):
        page.cell(width, 6.5, text, border="B", align="L" if position == 0 else "R")
    page.ln(6.5)


def _lines(page: FPDF, record: Record) -> None:
    page.set_font("helvetica", "B", 9)
    _row(page, ("Description", "Quantity", "Unit price", "Tax", "Amount"))
    page.set_font("helvetica", size=9)
    for line in record.get("LineItems") or []:
        words = _text(line.get("Description")).replace("\n", " ")
        while page.get_string_width(words) > _WIDTHS[0] - 3:
            words = words[:-1]
        quantity = line.get("Quantity")
        _row(
            page,
            (
                words,
                f"{quantity:f}" if isinstance(quantity, Decimal) else "",
                _amount(line.get("UnitAmount")),
                _amount(line.get("TaxAmount")),
                _amount(line.get("LineAmount")),
            ),
        )
    page.ln(3)


def _sums(page: FPDF, record: Record) -> None:
    for name, label in _TOTALS:
        if isinstance(record.get(name), Decimal):
            page.set_font("helvetica", "B" if name == "Total" else "", 10)
            page.cell(160, 6, label, align="R")
            page.cell(30, 6, _amount(record[name]), align="R")
            page.ln(6)
