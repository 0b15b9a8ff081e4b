"""Which documents of a file of Xero's belong to the endpoint, and the finishing of those.

One file of Xero's may hold invoices, credit notes and overpayments. What is not of the endpoint's
kind is left out and listed, never turned into it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from xeroport.plurals import word_for
from xeroport.records.templates.template_columns import DOCUMENT_WORDS, SYSTEM
from xeroport.rows.numbers import decimal_in

if TYPE_CHECKING:
    from xeroport.records.from_rows import Document
    from xeroport.records.templates.header import Header
    from xeroport.rows.row import Row

PHONES = ("DEFAULT", "FAX", "MOBILE", "DDI")
ADDRESSES = ("POBOX", "STREET")
ENDPOINTS = {
    "ACCREC": "invoices.create",
    "ACCPAY": "invoices.create",
    "ACCRECCREDIT": "credit_notes.create",
    "ACCPAYCREDIT": "credit_notes.create",
}
MOST_LINES = 12


@dataclass(slots=True)
class LeftOutDocuments:
    """The documents that do not belong: kind in words → lines. `wanted` is the side that the
    whole file is of, or None where each document says its own."""

    kind: str
    record: str
    header: Header
    wanted: str | None = None
    lines: defaultdict[tuple[str, str | None], set[int]] = field(
        default_factory=lambda: defaultdict(set)
    )

    def takes_row(self, row: Row) -> bool:
        """Whether a row, with its words translated, is of a kind that the endpoint takes."""
        column = self.header.column("Type")
        kind = None if column is None else row.values.get(column)
        if self.kind == "accounts" and kind == SYSTEM:
            return self._leave(row.line, "accounts that Xero makes itself", None)
        if self.kind != "documents" or not isinstance(kind, str) or kind not in DOCUMENT_WORDS:
            return True
        is_credit = kind.endswith("CREDIT")
        is_wanted = self.wanted is None or kind.startswith(self.wanted)
        if is_wanted and kind in ENDPOINTS and is_credit == (self.record == "CreditNote"):
            return True
        return self._leave(row.line, DOCUMENT_WORDS[kind], ENDPOINTS.get(kind))

    def takes(self, document: Document) -> bool:
        """Whether a document belongs; then it is finished in place."""
        if self.kind == "documents":
            return self._document(document)
        if self.kind == "contacts":
            _finish_contact(document)
        return True

    def messages(self) -> Iterator[tuple[int, str, str | None]]:
        """The first line, the message and the hint for each kind that was left out."""
        for (what, endpoint), numbers in self.lines.items():
            lines = sorted(numbers)
            shown = ", ".join(map(str, lines[:MOST_LINES]))
            more = f" and {len(lines) - MOST_LINES:,} more" if len(lines) > MOST_LINES else ""
            word = word_for(len(lines), "line")
            hint = f"push the file to `{endpoint}` for them" if endpoint else None
            yield (
                lines[0],
                f"not of this endpoint and left out: {what} in {word} {shown}{more}",
                hint,
            )

    def _document(self, document: Document) -> bool:
        total = _total(document.values)
        if total is None:
            return True
        if self.record == "Invoice":
            if total < 0:
                said = "amounts below zero, which make a credit note,"
                return self._leave(document.line, said, "credit_notes.create")
            return True
        if total >= 0 and not self.header.is_export:
            said = "amounts above zero, which make an invoice or a bill,"
            return self._leave(document.line, said, "invoices.create")
        if total < 0:
            _turn(document.values)
        return True

    def _leave(self, line: int, what: str, endpoint: str | None) -> bool:
        self.lines[(what, endpoint)].add(line)
        return False


def _total(values: dict[str, Any]) -> Decimal | None:
    """The sum of quantity times price, as far as the lines say it."""
    total, any_known = Decimal(0), False
    for line in values.get("LineItems") or ():
        quantity, unit = decimal_in(line.get("Quantity")), decimal_in(line.get("UnitAmount"))
        if unit is not None:
            total += unit * (Decimal(1) if quantity is None else quantity)
            any_known = True
    return total if any_known else None


def _turn(values: dict[str, Any]) -> None:
    """A credit note's amounts above zero, as its endpoint wants them."""
    for line in values.get("LineItems") or ():
        quantity, unit = decimal_in(line.get("Quantity")), decimal_in(line.get("UnitAmount"))
        if quantity is not None and quantity < 0:
            line["Quantity"] = -quantity
        elif unit is not None:
            line["UnitAmount"] = -unit
        tax = decimal_in(line.get("TaxAmount"))
        if tax is not None:
            line["TaxAmount"] = -tax


def _finish_contact(document: Document) -> None:
    """Types for the phones and addresses that the columns of the template stand for."""
    for name, field_name, types in (
        ("Phones", "PhoneType", PHONES),
        ("Addresses", "AddressType", ADDRESSES),
    ):
        for number, element in enumerate(document.values.get(name) or ()):
            if element:
                element[field_name] = types[number]
    for name in ("SalesTrackingCategories", "PurchasesTrackingCategories"):
        for element in document.values.get(name) or ():
            if element and not element.get("TrackingOptionName"):
                element.clear()
