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

from xeroport.catalogue import Endpoint, RecordType, load
from xeroport.records.findings import Cleaning, Finding, Path
from xeroport.records.last_sync import Known
from xeroport.records.last_sync_checks import known_findings
from xeroport.records.named_accounts import ACCOUNTS
from xeroport.records.targets import ADDS_TO_A_SET

CENT = Decimal("0.01")
HALF_A_CENT = Decimal("0.005")
ROUNDING = Decimal("0.10")
MOST = Decimal("9999999999.99")
MOST_DIGITS = 20
"""Digits before the decimal point that can still be rounded to the cent."""
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
EXAMPLES = {
    ("Invoice", "Type"): "ACCREC",
    ("CreditNote", "Type"): "ACCRECCREDIT",
    ("RepeatingInvoice", "Type"): "ACCREC",
    ("BankTransaction", "Type"): "RECEIVE",
    ("Account", "Type"): "EXPENSE",
    ("", "Date"): "2026-11-20",
}
"""Values for fields that one file may well have the same of in all rows."""
CONTACT_IDS = ("ContactID", "ContactNumber", "Name")
PAYS = ("Invoice", "CreditNote", "Prepayment", "Overpayment", "InvoiceNumber", "CreditNoteNumber")
GONE = {"DELETED", "VOIDED", "ARCHIVED"}
QUOTE_TEXTS = ("LineAmountTypes", "Summary", "Terms", "Title")
IGNORED = {
    ("CreditNote", "Allocations"): "credit_notes.allocations.create",
    ("Invoice", "Payments"): "payments.create",
    ("CreditNote", "Payments"): "payments.create",
    ("Overpayment", "Allocations"): "overpayments.allocations.create",
    ("Prepayment", "Allocations"): "prepayments.allocations.create",
    ("Contact", "ContactGroups"): "contact_groups.contacts.add",
}
"""Lists that Xero takes with a new record and then ignores, and the endpoint that does it."""
OTHER_WAY = {
    "SPEND": "make it a `RECEIVE`",
    "RECEIVE": "make it a `SPEND`",
    "ACCRECCREDIT": "make it an invoice",
    "ACCPAYCREDIT": "make it a bill",
}
"""What a document of a type is called when its amounts go the other way."""
DAYS_OF_A_MONTH = {"OFCURRENTMONTH", "OFFOLLOWINGMONTH"}
WITHOUT_TAX = {"NONE", "BASEXCLUDED"}
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """What is asked of the records of an endpoint as a whole, put together once for all of them.

    `ignored` are lists that Xero takes with a new record and does not act upon, each with the
    endpoint that does. `changes_all` says that the path names the record that is changed, `soft`
    are keys by which Xero may find one: then what is absent stays as it is there. `accounts` and
    `tax_types` are the names of all fields that name such.
    """

    record: RecordType
    endpoint: Endpoint
    needed: tuple[str, ...]
    ignored: tuple[tuple[str, str], ...]
    changes_all: bool
    soft: tuple[tuple[str, ...], ...]
    accounts: frozenset[str]
    tax_types: frozenset[str]

    def is_change(self, values: Mapping[str, Any]) -> bool:
        """Whether a record changes one that Xero has: its own id is in the path or in itself."""
        if self.changes_all:
            return True
        return self.endpoint.method == "POST" and any(map(values.get, self.record.key))


def rules_for(record: RecordType, endpoint: Endpoint) -> DocumentRules:
    """The rules of the records that an endpoint takes."""
    declared = tuple(field.name for field in record.fields if field.required)
    needed = (*declared, *NEEDED.get(record.name, ()))
    if endpoint.body_record is None:
        needed = ()
    elif endpoint.name in ADDS_TO_A_SET:
        needed = record.key
    names = {field.name for each in load().record_types for field in each.fields}
    upserts = endpoint.method == "POST"
    return DocumentRules(
        record,
        endpoint,
        tuple(dict.fromkeys(needed)),
        tuple((field, other) for (name, field), other in IGNORED.items() if name == record.name),
        not set(record.key).isdisjoint(endpoint.path_names),
        tuple(key.fields for key in record.natural_keys) if upserts else (),
        frozenset(ACCOUNTS) | {name for name in names if name.endswith("AccountCode")},
        frozenset(name for name in names if name.endswith("TaxType")),
    )


def findings(
    rules: DocumentRules, values: Mapping[str, Any], known: Known, cleaning: Cleaning
) -> Iterator[Finding]:
    """What is wrong with a cleaned record as a whole."""
    name = rules.record.name
    is_change = rules.is_change(values)
    if not is_change:
        yield from _required(rules, values)
    if name == "Contact":
        yield from _contact_name(values, ())
        yield from _terms(values.get("PaymentTerms") or {}, ("PaymentTerms",))
    contact = values.get("Contact")
    if isinstance(contact, dict):
        yield from _contact(contact)
    amounts: list[Decimal | None] = []
    for index, line in enumerate(values.get("LineItems") or ()):
        expected = expected_amount(line)
        yield from _line(("LineItems", index), line, expected)
        amounts.append(line.get("LineAmount", expected))
    for index, line in enumerate(values.get("JournalLines") or ()):
        yield from _line(("JournalLines", index), line, expected_amount(line))
    yield from _totals(values, amounts)
    if name == "Quote" and is_change:
        yield from _quote_update(values)
    yield from known_findings(
        rules.record, values, known, names_accounts=cleaning.has(rules.accounts)
    )
    if name == "ManualJournal":
        yield from _balance(values)
        yield from _untaxed_journal(values)
    elif name in ("Payment", "BankTransfer", "Allocation"):
        amount = values.get("Amount")
        if amount is not None and amount <= 0:
            yield Finding(("Amount",), f"`{amount}` is not more than zero")
    day, due = values.get("Date"), values.get("DueDate")
    if day and due and due < day:
        message = f"the due date {due} is before the date {day}"
        yield Finding(("DueDate",), message, level="warning")


def _terms(terms: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    """Terms that name a day of a month, and a day that no month has."""
    for side, term in terms.items():
        if not isinstance(term, Mapping) or term.get("Day") is None:
            continue
        if term.get("Type") in DAYS_OF_A_MONTH and not 1 <= term["Day"] <= 31:
            said = f"`{term['Day']}` is not a day of a month, and the terms are `{term['Type']}`"
            yield Finding((*path, side, "Day"), said, "give a day from 1 to 31, or leave it out")


def _required(rules: DocumentRules, values: Mapping[str, Any]) -> Iterator[Finding]:
    record = rules.record
    if values.get("Status") in GONE or rules.endpoint.body_record is None:
        return
    for name in rules.needed:
        value = values.get(name)
        if not value and value in (None, "", [], {}):
            is_soft = any(all(map(values.get, fields)) for fields in rules.soft)
            level = "warning" if is_soft else "error"
            example = EXAMPLES.get((record.name, name)) or EXAMPLES.get(("", name))
            hint = f"`--set {name}={example}`" if example else None
            yield Finding((name,), f"`{name}` is missing", hint, level, is_absence=True)
    if record.name == "Payment":
        if not any(values.get(name) for name in PAYS):
            yield Finding(
                ("Invoice",), "the payment does not say what it pays", "`Invoice.InvoiceID`"
            )
        account = values.get("Account") or {}
        if not (account.get("Code") or account.get("AccountID") or values.get("Code")):
            said = "`Account.Code` or `Account.AccountID` is missing"
            yield Finding(("Account",), said, is_absence=True)
    if record.name == "Account" and values.get("Type") != "BANK" and not values.get("Code"):
        yield Finding(("Code",), "`Code` is missing", is_absence=True)
    if record.name == "ManualJournal" and len(values.get("JournalLines") or ()) == 1:
        yield Finding(("JournalLines",), "a manual journal needs at least two lines")


def _contact(contact: Mapping[str, Any]) -> Iterator[Finding]:
    if not any(contact.get(name) for name in CONTACT_IDS):
        said = "the contact has no `ContactID`, `ContactNumber` or `Name`"
        yield Finding(("Contact",), said, is_absence=True)
    yield from _contact_name(contact, ("Contact",))
    if terms := contact.get("PaymentTerms"):
        yield from _terms(terms, ("Contact", "PaymentTerms"))


def _contact_name(contact: Mapping[str, Any], path: Path) -> Iterator[Finding]:
    name = contact.get("Name")
    if name and ("<" in name or ">" in name):
        yield Finding((*path, "Name"), f"Xero takes no `<` or `>` in a contact's name: `{name}`")
    if name and "  " in name:
        yield Finding((*path, "Name"), f"`{name}` has two spaces in a row, which Xero refuses")
    email = contact.get("EmailAddress")
    if email and not (email.isascii() and EMAIL.fullmatch(email)):
        yield Finding((*path, "EmailAddress"), f"`{email}` is not an e-mail address")


def _line(path: Path, line: Mapping[str, Any], expected: Decimal | None) -> Iterator[Finding]:
    amount = line.get("LineAmount")
    if amount is not None and abs(amount) > MOST:
        yield Finding((*path, "LineAmount"), f"`{amount}` is more than Xero's {MOST}")
    yield from _quantity_and_discount(path, line)
    if expected is not None and abs(expected) > MOST:
        yield Finding(
            (*path, "UnitAmount"), f"the line comes to {expected}; Xero allows at most {MOST}"
        )
    elif amount is not None and expected is not None and expected != amount:
        yield Finding(
            (*path, "LineAmount"),
            f"the line total {amount} does not match quantity times unit amount, {expected}",
            "leave out `LineAmount`, and Xero works it out",
        )


def _quantity_and_discount(path: Path, line: Mapping[str, Any]) -> Iterator[Finding]:
    quantity, unit = line.get("Quantity"), line.get("UnitAmount")
    if quantity is not None and quantity < 0:
        hint = "give the quantity without a sign, and a negative price"
        said = f"the quantity {quantity} is below zero, which Xero refuses"
        yield Finding((*path, "Quantity"), said, hint, "warning")
    if quantity is None or unit is None:
        return
    whole = quantity * unit
    discount = line.get("DiscountAmount")
    if discount is not None and discount > max(whole, Decimal(0)):
        yield Finding(
            (*path, "DiscountAmount"),
            f"the discount of {discount} is more than the line's {whole}, which Xero refuses",
            "give at most the line's amount, or a negative line of its own",
        )
    rate = line.get("DiscountRate")
    if rate is not None and not 0 <= rate <= 100:
        yield Finding((*path, "DiscountRate"), f"`{rate}` is not a percentage from 0 to 100")
    if whole and -HALF_A_CENT < whole < HALF_A_CENT:
        yield Finding(
            (*path, "UnitAmount"),
            f"the line comes to 0.00: {quantity} times {unit}",
            "Xero refuses it once the document is approved; sell per thousand instead",
            "warning",
        )


def _quote_update(values: Mapping[str, Any]) -> Iterator[Finding]:
    """A quote is replaced as a whole: what an update does not name, Xero clears."""
    cleared = [name for name in QUOTE_TEXTS if values.get(name) is None]
    if cleared:
        names = ", ".join(f"`{name}`" for name in cleared)
        hint = "give them as they are in Xero to keep them"
        yield Finding(
            (), f"an update of a quote clears what it does not name: {names}", hint, "warning"
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
    return rounded(amount, CENT)


def to_the_cent(amount: Decimal) -> Decimal:
    """An amount as Xero rounds it."""
    return rounded(amount, CENT)


def rounded(number: Decimal, places: Decimal) -> Decimal:
    """A number as Xero rounds it; one beyond all of Xero's amounts stays as it is."""
    return number if number.adjusted() > MOST_DIGITS else number.quantize(places, ROUND_HALF_UP)


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


def _totals(values: Mapping[str, Any], amounts: list[Decimal | None]) -> Iterator[Finding]:
    stated_amounts = [amount for amount in amounts if amount is not None]
    if not amounts or len(stated_amounts) < len(amounts):
        return
    total = sum(stated_amounts, Decimal(0))
    kind = str(values.get("LineAmountTypes", "Exclusive")).lower()
    name = "SubTotal" if kind == "exclusive" else "Total"
    if total < 0:
        said = f"the lines come to {total}; Xero refuses a total below zero"
        way_out = OTHER_WAY.get(str(values.get("Type")), "make it a credit note")
        yield Finding(("LineItems",), said, way_out, "warning")
    stated = values.get(name)
    if stated is not None and abs(stated - total) > ROUNDING:
        yield Finding((name,), f"`{name}` is {stated}, but the lines come to {total}")


def ignored_by_xero(rules: DocumentRules, values: Mapping[str, Any]) -> Iterator[Finding]:
    """Lists of a new record that Xero would take and not act upon."""
    name = rules.record.name
    for field, endpoint in rules.ignored:
        if values.get(field):
            said = (
                f"Xero ignores `{field}` in a {name if field == 'ContactGroups' else f'new {name}'}"
            )
            yield Finding((field,), said, f"push them to `{endpoint}` once the record is in Xero")


def _balance(values: Mapping[str, Any]) -> Iterator[Finding]:
    lines = values.get("JournalLines") or ()
    if any(line.get("TaxAmount") for line in lines) or not lines:
        return
    if str(values.get("LineAmountTypes", "NoTax")) == "Exclusive":
        return
    amounts = [line.get("LineAmount", Decimal(0)) for line in lines]
    if sum(amounts) != 0:
        debits = sum((amount for amount in amounts if amount > 0), Decimal(0))
        credits = sum((amount for amount in amounts if amount < 0), Decimal(0))
        yield Finding(("JournalLines",), f"debits of {debits} do not balance credits of {credits}")


def _untaxed_journal(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Xero takes a journal that does not say its basis as one without tax."""
    if values.get("LineAmountTypes"):
        return
    taxed = {line.get("TaxType") for line in values.get("JournalLines") or ()}
    taxed -= {None, "", *WITHOUT_TAX}
    if taxed:
        codes = " and ".join(f"`{code}`" for code in sorted(map(str, taxed)))
        said = f"Xero leaves out {codes}: without `LineAmountTypes` a journal has no tax"
        hint = "`--set LineAmountTypes=Exclusive`, `Inclusive` or `NoTax`"
        yield Finding(("JournalLines",), said, hint, "warning")


def amount_of(values: Mapping[str, Any]) -> Decimal:
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
