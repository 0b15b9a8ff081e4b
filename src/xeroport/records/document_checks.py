"""What makes a document whole: required fields, lines that add up, names that exist.

Xero's description declares few required fields; the lists here are what its endpoints refuse to
go without (facts of the endpoint pages and of reported validation errors).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xeroport.catalogue import Endpoint, RecordType
from xeroport.records.field_checks import Finding, Path
from xeroport.records.targets import ADDS_TO_A_SET

CENT = Decimal("0.01")
ROUNDING = Decimal("0.10")
MOST = Decimal("9999999999.99")
NEEDED: dict[str, tuple[str, ...]] = {
    "Account": ("Name", "Type"),
    "BankTransaction": ("Contact",),
    "BatchPayment": ("Account", "Payments"),
    "Contact": ("Name",),
    "ContactGroup": ("Name",),
    "CreditNote": ("Type", "Contact", "LineItems"),
    "Currency": ("Code",),
    "ExpenseClaim": ("User", "Receipts"),
    "HistoryRecord": ("Details",),
    "Invoice": ("Type", "Contact", "LineItems"),
    "LinkedTransaction": ("SourceTransactionID", "SourceLineItemID"),
    "ManualJournal": ("JournalLines",),
    "Payment": ("Amount",),
    "PurchaseOrder": ("Contact", "LineItems"),
    "Quote": ("Contact", "LineItems", "Date"),
    "Receipt": ("Contact", "LineItems", "User", "Date"),
    "RepeatingInvoice": ("Type", "Contact", "LineItems", "Schedule"),
    "TaxRate": ("Name", "TaxComponents"),
    "TrackingCategory": ("Name",),
    "TrackingOption": ("Name",),
}
CONTACT_IDS = ("ContactID", "ContactNumber", "Name")
PAYS = ("Invoice", "CreditNote", "Prepayment", "Overpayment", "InvoiceNumber", "CreditNoteNumber")
GONE = {"DELETED", "VOIDED", "ARCHIVED"}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Known:
    """What the last sync saw; None where there was none."""

    account_codes: frozenset[str] | None = None
    contact_names: frozenset[str] | None = None
    contact_ids: frozenset[str] | None = None
    tax_types: Mapping[str, str] | None = None


def findings(
    record: RecordType, endpoint: Endpoint, values: Mapping[str, Any], known: Known
) -> Iterator[Finding]:
    """What is wrong with a cleaned record as a whole."""
    if not is_update(record, endpoint, values):
        yield from _required(record, endpoint, values)
    if record.name == "Contact":
        yield from _contact_name(values, ())
    if isinstance(values.get("Contact"), Mapping):
        yield from _contact(values["Contact"], known)
    for name in ("LineItems", "JournalLines"):
        for index, line in enumerate(values.get(name) or ()):
            yield from _line((name, index), line, known)
    yield from _totals(values)
    if record.name == "ManualJournal":
        yield from _balance(values)
    if record.name in ("Payment", "BankTransfer", "Allocation"):
        amount = values.get("Amount")
        if amount is not None and amount <= 0:
            yield Finding(("Amount",), f"`{amount}` is not more than zero")
    if values.get("Date") and values.get("DueDate") and values["DueDate"] < values["Date"]:
        message = f"the due date {values['DueDate']} is before the date {values['Date']}"
        yield Finding(("DueDate",), message, level="warning")


def is_update(record: RecordType, endpoint: Endpoint, values: Mapping[str, Any]) -> bool:
    """Whether a record changes one that Xero has: its own id is in the path or in the record."""
    keys = set(record.key)
    in_path = any(p.place == "path" and p.name in keys for p in endpoint.parameters)
    return in_path or (endpoint.method == "POST" and any(values.get(key) for key in keys))


def _required(
    record: RecordType, endpoint: Endpoint, values: Mapping[str, Any]
) -> Iterator[Finding]:
    if values.get("Status") in GONE or endpoint.body_record is None:
        return
    # An upsert may change a record that its natural key finds: then what is absent stays.
    soft = endpoint.method == "POST" and any(
        all(values.get(name) for name in key.fields) for key in record.natural_keys
    )
    declared = tuple(field.name for field in record.fields if field.required)
    needed = (*declared, *NEEDED.get(record.name, ()))
    if endpoint.name in ADDS_TO_A_SET:
        needed = record.key
    for name in dict.fromkeys(needed):
        if values.get(name) in (None, [], {}):
            level = "warning" if soft else "error"
            yield Finding((name,), f"`{name}` is missing", level=level)
    if record.name == "Payment":
        if not any(values.get(name) for name in PAYS):
            yield Finding(
                ("Invoice",), "the payment does not say what it pays", "`Invoice.InvoiceID`"
            )
        account = values.get("Account") or {}
        if not (account.get("Code") or account.get("AccountID") or values.get("Code")):
            yield Finding(("Account",), "`Account.Code` or `Account.AccountID` is missing")
    if record.name == "Account" and values.get("Type") != "BANK" and not values.get("Code"):
        yield Finding(("Code",), "`Code` is missing")
    if record.name == "ManualJournal" and len(values.get("JournalLines") or ()) == 1:
        yield Finding(("JournalLines",), "a manual journal has at least two lines")


def _contact(contact: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    name = contact.get("Name")
    if not any(contact.get(each) for each in CONTACT_IDS):
        yield Finding(("Contact",), "the contact has no `ContactID`, `ContactNumber` or `Name`")
    yield from _contact_name(contact, ("Contact",))
    if contact.get("ContactID"):
        if known.contact_ids is not None and contact["ContactID"] not in known.contact_ids:
            yield Finding(
                ("Contact", "ContactID"),
                f"the last sync has no contact `{contact['ContactID']}`",
                level="warning",
            )
    elif name and known.contact_names is not None and name.casefold() not in known.contact_names:
        yield Finding(
            ("Contact", "Name"),
            f"the last sync has no contact `{name}`",
            "Xero makes a new contact of it",
            "warning",
        )


def _contact_name(contact: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    name = contact.get("Name")
    if name and ("<" in name or ">" in name):
        yield Finding((*path, "Name"), f"Xero takes no `<` or `>` in a contact's name: `{name}`")
    if name and "  " in name:
        yield Finding((*path, "Name"), f"`{name}` has two blanks in a row, which Xero refuses")
    email = contact.get("EmailAddress")
    if email and not (email.isascii() and EMAIL.fullmatch(email)):
        yield Finding((*path, "EmailAddress"), f"`{email}` is not an e-mail address")


def _line(path: Path, line: Mapping[str, Any], known: Known) -> Iterator[Finding]:
    amount = line.get("LineAmount")
    if amount is not None and abs(amount) > MOST:
        yield Finding((*path, "LineAmount"), f"`{amount}` is more than Xero's {MOST}")
    expected = expected_amount(line)
    if expected is not None and abs(expected) > MOST:
        yield Finding((*path, "UnitAmount"), f"the line comes to {expected}; Xero's most is {MOST}")
    elif amount is not None and expected is not None and expected != amount:
        yield Finding(
            (*path, "LineAmount"),
            f"the line total {amount} does not match quantity times unit amount, {expected}",
            "leave out `LineAmount`, and Xero works it out",
        )
    code = line.get("AccountCode")
    if code and known.account_codes is not None and code not in known.account_codes:
        yield Finding(
            (*path, "AccountCode"), f"the last sync has no account `{code}`", level="warning"
        )


def expected_amount(line: Mapping[str, Any]) -> Decimal | None:
    """Quantity × unit amount less the discount, to the cent; None if the line does not say."""
    quantity, unit = line.get("Quantity"), line.get("UnitAmount")
    if quantity is None or unit is None:
        return None
    amount: Decimal = quantity * unit
    if line.get("DiscountRate") is not None:
        amount -= amount * line["DiscountRate"] / 100
    elif line.get("DiscountAmount") is not None:
        amount -= line["DiscountAmount"]
    return amount.quantize(CENT, ROUND_HALF_UP)


def line_sum(values: Mapping[str, Any]) -> Decimal | None:
    """The sum of a document's lines as sent; None if a line does not say its amount."""
    lines = values.get("LineItems")
    if not lines:
        return None
    total = Decimal(0)
    for line in lines:
        amount = line.get("LineAmount")
        amount = expected_amount(line) if amount is None else amount
        if amount is None:
            return None
        total += amount
    return total


def _totals(values: Mapping[str, Any]) -> Iterator[Finding]:
    total = line_sum(values)
    if total is None:
        return
    kind = str(values.get("LineAmountTypes", "Exclusive")).lower()
    name = "SubTotal" if kind == "exclusive" else "Total"
    stated = values.get(name)
    if stated is not None and abs(stated - total) > ROUNDING:
        yield Finding((name,), f"`{name}` is {stated}, but the lines come to {total}")


def _balance(values: Mapping[str, Any]) -> Iterator[Finding]:
    lines = values.get("JournalLines") or ()
    if any(line.get("TaxAmount") for line in lines) or not lines:
        return
    if str(values.get("LineAmountTypes", "NoTax")) == "Exclusive":
        return
    amounts = [line.get("LineAmount", Decimal(0)) for line in lines]
    if sum(amounts) != 0:
        debits = sum((each for each in amounts if each > 0), Decimal(0))
        credits = sum((each for each in amounts if each < 0), Decimal(0))
        yield Finding(("JournalLines",), f"debits of {debits} do not balance credits of {credits}")


def amount_of(record: RecordType, values: Mapping[str, Any]) -> Decimal:
    """The amount a record moves, as far as it says, for `--max-amount`."""
    for name in ("Total", "Amount"):
        stated = values.get(name)
        if isinstance(stated, Decimal):
            return abs(stated)
    total = line_sum(values)
    if total is not None:
        return abs(total)
    lines = values.get("JournalLines") or ()
    return sum((abs(line.get("LineAmount", Decimal(0))) for line in lines), Decimal(0)) / 2
