"""From parsed JSON to Python values, as loosely as Xero reads: numbers may be text, dates have
several forms."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from xeroport.catalogue import Catalogue, Field, RecordType

Record = dict[str, Any]

_MS_DATE = re.compile(r"^/?\\?/?Date\((-?\d+)([+-]\d{4})?\)\\?/$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_ID = "00000000-0000-0000-0000-000000000000"
"""What Xero shows in the place of an id there is none of."""
LARGEST = Decimal(10**12)
SMALLEST = Decimal("1E-12")
YEARS = range(1753, 9990)
"""Xero keeps dates of these years."""
_CLEARED: dict[str, tuple[str, ...]] = {"uuid": ("", NO_ID), "date": ("",), "timestamp": ("",)}
"""Type → the texts that say that there is no value."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SCALARS = {"text", "uuid", "money", "number", "integer", "boolean", "date", "timestamp"}


class Unreadable(ValueError):
    """A value that is not of the type of its field."""


def in_basic_plane(value: Any) -> Any:
    """A value of JSON without the characters that are outside the basic plane of Unicode."""
    if isinstance(value, str):
        return "".join(item for item in value if ord(item) <= 0xFFFF)
    if isinstance(value, list):
        return [in_basic_plane(item) for item in value]
    if isinstance(value, dict):
        return {key: in_basic_plane(field) for key, field in value.items()}
    return value


def coerce(catalogue: Catalogue, record_type: str, element: Record) -> tuple[Record, list[str]]:
    """The element's known fields as Python values, and what is wrong with the others.

    Fields that Xero does not know and fields that are null are left out; values that are too
    long or unreadable are reported by field.
    """
    problems: list[str] = []
    return _record(catalogue, record_type, element, problems), problems


def _record(catalogue: Catalogue, name: str, element: Record, problems: list[str]) -> Record:
    record_type = catalogue.record(name)
    fields = record_type.by_name
    record: Record = {}
    for value_sent, value in element.items():
        field = fields.get(value_sent) or _in_any_case(record_type, value_sent)
        if field is None or value is None:
            continue
        key = field.name
        if isinstance(value, str) and value in _CLEARED.get(field.type, ()):
            continue
        try:
            record[key] = _value(catalogue, field, value, problems)
        except Unreadable:
            problems.append(f"The value '{value}' is not valid for the field {key}.")
    return record


def _in_any_case(record_type: RecordType, name: str) -> Field | None:
    """The field of that name in any case: Xero reads `name` as `Name`."""
    name = name.lower()
    return next((field for field in record_type.fields if field.name.lower() == name), None)


def _value(catalogue: Catalogue, field: Field, value: Any, problems: list[str]) -> Any:
    if field.type == "object":
        if not isinstance(value, dict):
            raise Unreadable
        return _record(catalogue, field.of, value, problems) if field.of else dict(value)
    if field.type == "list":
        return _list(catalogue, field, value, problems)
    found = scalar(field.type, value)
    if field.max_length and isinstance(found, str) and len(found) > field.max_length:
        problems.append(
            f"The field {field.name} is too long. Maximum of {field.max_length} characters allowed"
        )
    return found


def _list(catalogue: Catalogue, field: Field, value: Any, problems: list[str]) -> list[Any]:
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        raise Unreadable
    of = field.of
    if of is None:
        return [item for item in value if item is not None]
    if of in _SCALARS:
        return [scalar(of, item) for item in value if item is not None]
    if any(not isinstance(item, dict) for item in value if item is not None):
        raise Unreadable
    return [_record(catalogue, of, item, problems) for item in value if item is not None]


def scalar(kind: str, value: Any) -> Any:
    """One value of a type of the catalogue; Unreadable if it cannot be read as one."""
    reader: Callable[[Any], Any] = _READERS.get(kind, _text)
    return reader(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        raise Unreadable
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _uuid(value: Any) -> str:
    text = _text(value).strip()
    if not text or _UUID.fullmatch(text):
        return text
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Unreadable from None


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Unreadable
    text = str(value).strip()
    try:
        number = value if isinstance(value, Decimal) else Decimal(text)
    except InvalidOperation:
        raise Unreadable from None
    if not number.is_finite() or abs(number) >= LARGEST:
        raise Unreadable
    many = len(text) > 24 and len(number.as_tuple().digits) > 24
    return number.quantize(SMALLEST) if many else number


def _integer(value: Any) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise Unreadable
    return int(number)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    raise Unreadable


_NUMBERED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_NAMED = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _written_date(text: str) -> datetime | None:
    """`2026-1-5` and `01 Oct 2026`, which Xero reads too; None for any other text."""
    if found := _NUMBERED.fullmatch(text):
        year, month, day = (int(group) for group in found.groups())
        return datetime(year, month, day, tzinfo=UTC)
    found = _NAMED.fullmatch(text)
    if found is None or found[2][:3].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(found[2][:3].lower()) + 1
    return datetime(int(found[3]), month, int(found[1]), tzinfo=UTC)


def _instant(value: Any) -> datetime:
    """An instant in UTC; a text without an offset is taken as UTC, as Xero does."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, str):
        raise Unreadable
    text = value.strip()
    try:
        if found := _MS_DATE.match(text):
            moment = _EPOCH + timedelta(milliseconds=int(found[1]))
        else:
            moment = _written_date(text) or datetime.fromisoformat(text)
            moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable from None
    if moment.year not in YEARS:
        raise Unreadable
    return moment


def _day(value: Any) -> date:
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    return value if is_day else _instant(value).date()


_READERS: dict[str, Callable[[Any], Any]] = {
    "money": _number,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _day,
    "timestamp": _instant,
    "uuid": _uuid,
}
"""Type of the catalogue → what reads a value of it; every other type is read as text."""
