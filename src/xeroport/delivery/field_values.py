"""Whether one field has one value in what was sent and in what Xero says: pure decisions."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from xeroport.catalogue import Field
from xeroport.rows.values import short


def agrees(field: Field, ours: Any, theirs: Any) -> bool:
    """Whether two plain values of a field are the same to Xero."""
    if field.type == "uuid":
        return str(ours).replace("-", "").lower() == str(theirs).replace("-", "").lower()
    if field.type in ("money", "number", "integer"):
        one, other = decimal_of(ours), decimal_of(theirs)
        if one is None or other is None:
            return str(ours) == str(theirs)
        return abs(one - other) <= Decimal(5).scaleb(-max(_places(other), 2) - 1)
    if field.type == "boolean":
        return str(ours).lower() == str(theirs).lower()
    if field.type in ("date", "timestamp"):
        return _day(ours) == _day(theirs)
    if field.values or field.enum:
        return str(ours).casefold() == str(theirs).casefold()
    return plain_text(ours) == plain_text(theirs)


def plain_text(value: Any) -> str:
    """A text without what Xero does not keep apart: blanks, and how an accent is encoded."""
    return " ".join(unicodedata.normalize("NFC", str(value)).split())


def is_plain(*values: Any) -> bool:
    """Whether no value is a record or a list."""
    return not any(isinstance(value, Mapping | list | tuple) for value in values)


def are_records(value: Any) -> bool:
    """Whether a value is a list of records, empty or not."""
    return (
        isinstance(value, list | Sequence)
        and not isinstance(value, str)
        and all(isinstance(each, dict | Mapping) for each in value)
    )


def decimal_of(value: Any) -> Decimal | None:
    """A value as a finite number; None where it is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def brief(value: Any) -> str:
    """A value for a message, cut where it is long."""
    return short(" ".join(str(value).split()))


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _day(value: Any) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)[:10]
