"""The words of Xero's templates → the codes of its API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from xeroport.records.templates import template_columns
from xeroport.rows.numbers import number_of
from xeroport.rows.values import UnfitValue

Translate = Callable[[Any], Any]
CENT = Decimal("0.01")


def _word(words: Mapping[str, str], what: str) -> Translate:
    """Words of a list become codes; a code of it stays; any other is reported."""

    def translate(value: Any) -> Any:
        if not isinstance(value, str) or not value.strip():
            return value
        text = " ".join(value.split())
        code = words.get(text.casefold())
        if code is not None:
            return code
        if text in words.values():
            return text
        return UnfitValue(f"`{text[:60]}` is not {what} of Xero's templates")

    return translate


def to_cents(value: Any) -> Any:
    """An amount of money to the cent: Xero's files have four decimals."""
    if isinstance(value, str):
        read = number_of(value)
        if read is None or read[1]:
            return value
        value = read[0]
    if isinstance(value, Decimal) and abs(value) < 10**20:
        return value.quantize(CENT, ROUND_HALF_UP)
    return value


def debit(value: Any) -> Any:
    """An amount of the debit column; a zero says that the row is a credit."""
    return None if _is_zero(value) else value


def _is_zero(value: Any) -> bool:
    read = number_of(value) if isinstance(value, str) else None
    return not value or (read is not None and read[0] == 0)


def negated(value: Any) -> Any:
    """An amount of the credit column; a zero says that the row is a debit."""
    if _is_zero(value):
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return -value
    text = str(value).strip() if value is not None else ""
    if not text:
        return value
    if text[0] in "(-":
        return UnfitValue(f"`{text[:60]}` is below zero in the column of credits")
    return f"-{text}"


TRANSLATIONS: dict[str, dict[str, Translate]] = {
    "documents": {
        "AmountsAre": _word(template_columns.LINE_AMOUNTS, "a way to state amounts"),
        "Type": _word(template_columns.DOCUMENT_TYPES, "a type of document"),
        "TaxAmount": to_cents,
    },
    "contacts": {
        "DueDateBillTerm": _word(template_columns.TERMS, "a payment term"),
        "DueDateSalesTerm": _word(template_columns.TERMS, "a payment term"),
        "DefaultTaxBills": _word(template_columns.CONTACT_TAX_DEFAULTS, "a way to state amounts"),
        "DefaultTaxSales": _word(template_columns.CONTACT_TAX_DEFAULTS, "a way to state amounts"),
    },
    "accounts": {
        "Type": _word(
            {
                **dict.fromkeys(template_columns.SYSTEM_ACCOUNTS, template_columns.SYSTEM),
                **template_columns.ACCOUNT_TYPES,
            },
            "a type of account",
        )
    },
    "items": {},
    "journals": {"Credit": negated, "Debit": debit},
}
