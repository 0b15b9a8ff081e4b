"""What all documents share: contact, date, currency, lines and totals, numbers, locked periods."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from xeroport_emulator.organisation.currencies import is_upside_down
from xeroport_emulator.organisation.money import cents
from xeroport_emulator.organisation.refusal import Refusal
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import contacts
from xeroport_emulator.rules.lines import LineRules, again, complete, lines
from xeroport_emulator.rules.totals import TOLERANCE, Sums, places, sums
from xeroport_emulator.rules.write import Write

MODES = ("Exclusive", "Inclusive", "NoTax")
TOTALS_DIFFER = "The document total does not equal the sum of the lines"
NO_CONTACT = "A Contact must be specified for this type of transaction"
NO_LINES = "One or more line items must be specified"


def party(write: Write, old: Record | None, missing: str = NO_CONTACT) -> Record:
    """The document's short contact: as sent, or as it was. Refuses at once if there is none."""
    sent = write.element.get("Contact")
    if old is not None and (not sent or contacts.unchanged(write, sent, old["Contact"])):
        return dict(old["Contact"])
    contact = contacts.embedded(write, sent, missing)
    if contact is None:
        raise Refusal(*write.problems)
    return contact


def currency(write: Write, old: Record | None, contact_id: str | None = None) -> dict[str, Any]:
    """`CurrencyCode` and `CurrencyRate`: as sent, as it was, the contact's, or the base
    currency; the rate as sent, or the organisation's of the day."""
    organisation = write.organisation
    code = write.element.get("CurrencyCode") or (old or {}).get("CurrencyCode")
    if not code and contact_id:
        contact = write.table("Contact").get(contact_id) or {}
        code = contact.get("DefaultCurrency")
    code = code or organisation.base_currency
    if write.table("Currency").get(code) is None:
        write.problem(f"Organisation is not subscribed to currency {code}")
    if code == organisation.base_currency:
        return {"CurrencyCode": code, "CurrencyRate": Decimal(1)}
    rate = write.element.get("CurrencyRate")
    if rate is None and old is not None and old.get("CurrencyCode") == code:
        rate = old.get("CurrencyRate")
    if rate is None:
        rate = organisation.rates.get(code, Decimal(1))
    rate = places(rate, 10).normalize()
    if rate <= 0:
        write.problem("The CurrencyRate must be greater than zero.")
    elif "CurrencyRate" in write.element:
        _doubt(write, rate, code)
    return {"CurrencyCode": code, "CurrencyRate": rate}


def _doubt(write: Write, rate: Decimal, code: str) -> None:
    """Warn of a rate that was sent and is hardly meant; the document is taken with it."""
    base = write.organisation.base_currency
    if rate == 1:
        write.warn(f"The currency rate is 1 although the document is in {code} and not in {base}.")
    elif is_upside_down(rate, base=base, foreign=code):
        write.warn(
            f"The currency rate {rate:f} may be inverted: it is so many {code} for one {base}."
        )


def mode(write: Write, old: Record | None, allowed: Iterable[str] = MODES) -> str:
    """The LineAmountTypes: as sent (in any case), as it was, or the first of those allowed."""
    allowed = tuple(allowed)
    sent = write.element.get("LineAmountTypes")
    if not sent:
        return str((old or {}).get("LineAmountTypes") or allowed[0])
    mode_found = next(
        (allowed_mode for allowed_mode in allowed if allowed_mode.lower() == str(sent).lower()),
        None,
    )
    if mode_found is None:
        write.problem(f"'{sent}' is not a valid LineAmountTypes.")
    return mode_found or allowed[0]


def priced(
    write: Write,
    old: Record | None,
    rules: LineRules,
    *,
    totals_checked: bool = True,
) -> tuple[list[Record], Sums]:
    """The lines and what they come to. Sent totals may be off by 0.10 at most; a sent `Total`
    within that is kept, so that the difference is the document's rounding."""
    sent = write.element.get("LineItems")
    before = list(old["LineItems"]) if old is not None else []
    same_mode = old is None or rules.mode == old.get("LineAmountTypes")
    if sent:
        priced_lines = lines(write, rules, old=before, same_mode=same_mode)
    elif not same_mode:
        priced_lines = again(write, before, rules)
    else:
        priced_lines = before
        for line in priced_lines:
            complete(write, line, rules)
    if not priced_lines:
        write.problem(NO_LINES)
    added = sums(priced_lines, rules.mode)
    if old is not None and not sent and priced_lines == before:
        keep = Sums(old["SubTotal"], old["TotalTax"], old["Total"], added.discount)
        return priced_lines, _checked(write, keep) if totals_checked else keep
    return priced_lines, _checked(write, added) if totals_checked else added


def _checked(write: Write, added: Sums) -> Sums:
    element = write.element
    pairs = (("SubTotal", added.sub_total), ("TotalTax", added.tax), ("Total", added.total))
    for name, computed in pairs:
        sent = element.get(name)
        if sent is not None and abs(sent - computed) > TOLERANCE:
            write.problem(TOTALS_DIFFER)
            return added
    total = element.get("Total")
    if total is None:
        return added
    return Sums(added.sub_total, added.tax, cents(total), added.discount)


def unlocked(write: Write, *dates: date | None) -> None:
    """Refuse at once if any of the dates lies in the locked period."""
    until = write.organisation.locked_until
    if until is not None and any(each is not None and each <= until for each in dates):
        raise Refusal(
            "The document date cannot be before the period lock date, currently set at "
            f"{until:%d-%b-%Y}"
        )


def next_number(write: Write, prefix: str, taken: tuple[str, str]) -> str:
    """The next free number such as INV-0001; `taken` is the table and the field of numbers."""
    table, name = taken
    count = write.organisation.counters.get(prefix, 0)
    while True:
        count += 1
        number = f"{prefix}-{count:04d}"
        if not write.table(table).find(name, number):
            write.organisation.counters[prefix] = count
            return number


def numbered(
    write: Write, kind: str, number: str | None, *, but: str | None = None
) -> Record | None:
    """The record that holds a number, `but` for the one of that id. Bills and the credit notes of
    suppliers hold none, nor does what was voided or deleted."""
    for each in write.table(kind).find(f"{kind}Number", number) if number else ():
        holds = each.get("Type") not in ("ACCPAY", "ACCPAYCREDIT") and each["Status"] not in CLOSED
        if holds and each[f"{kind}ID"] != but:
            return each
    return None


MOVES = {
    "": ("DRAFT", "SUBMITTED", "AUTHORISED"),
    "DRAFT": ("SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("DRAFT", "AUTHORISED", "DELETED"),
    "AUTHORISED": ("VOIDED",),
}
"""Status of an invoice, a bill or a credit note → what it may become; `""` is a new one."""
CLOSED = ("VOIDED", "DELETED")


def step(write: Write, old: Record | None, moves: dict[str, tuple[str, ...]], refusal: str) -> str:
    """The status after the write; `moves` says what each status may become, `""` what a new
    document may be (its first is the default). Refuses at once."""
    before = old["Status"] if old is not None else ""
    after = write.element.get("Status") or before or moves[""][0]
    if after != before and after not in moves.get(before, ()):
        raise Refusal(refusal)
    return str(after)


def theme(write: Write, old: Record | None, *, default: bool = False) -> dict[str, Any]:
    """`BrandingThemeID`: as sent, if it is known, or as it was; `default` for a new document that
    takes the organisation's first."""
    sent = write.element.get("BrandingThemeID")
    themes = write.table("BrandingTheme")
    if sent:
        if themes.get(sent) is None:
            write.problem("The branding theme with the specified BrandingThemeID was not found")
        return {"BrandingThemeID": sent}
    kept = (old or {}).get("BrandingThemeID")
    if not kept and default and old is None:
        first = min(themes, key=lambda each: int(each.get("SortOrder", 0)), default={})
        kept = first.get("BrandingThemeID")
    return {"BrandingThemeID": kept} if kept else {}


APPROVED = ("AUTHORISED", "SUBMITTED", "PAID")
"""Statuses in which an invoice, a bill or a credit note must be whole."""


def line_rules(mode: str, status: str, *, sales: bool) -> LineRules:
    """How the lines of an invoice, a bill or a credit note of this status behave."""
    approved = status in APPROVED
    return LineRules(
        mode=mode,
        sales=sales,
        account_needed=approved,
        description_needed=approved,
        unknown_removed=status == "DRAFT",
        nothing_allowed=not approved,
    )
