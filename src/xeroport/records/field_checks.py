"""Values of a document against the catalogue: types, lengths, decimals, dates, enums.

Every problem of a document is found, not only the first. What comes out is a record as Xero takes
it: Decimals for money, dates, no fields that only Xero writes.
"""

from __future__ import annotations

import difflib
import re
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from xeroport.catalogue import Catalogue, Field, RecordType

Path = tuple[str | int, ...]
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
UUID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MMM": r"(?P<month_name>[A-Za-z]{3})",
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
}
DECIMALS = {
    "UnitAmount": 4,
    "UnitPrice": 4,
    "Quantity": 4,
    "QuantityOnHand": 4,
    "DiscountRate": 4,
    "Rate": 4,
    "CurrencyRate": 6,
}
"""Decimal places beyond the two of money (Xero's rounding page, `unitdp`, schema texts)."""
OPEN_ENUMS = {"CurrencyCode", "CountryCode", "TimeZone", "TaxType", "AccountType", None}
"""New values of these arrive unannounced, so that an unknown one is only a warning."""
FROM_XERO = {
    "HasErrors",
    "HasValidationErrors",
    "StatusAttributeString",
    "ValidationErrors",
    "Warnings",
}
"""Fields of replies that the description does not mark as read-only."""
LENGTHS = {("Account", "Code"): 10, ("HistoryRecord", "Details"): 2500}
"""Limits that the description states in its texts, or the docs pages do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with the value at a path of a record."""

    path: Path
    message: str
    hint: str | None = None
    level: str = "error"


@dataclass(slots=True)
class Cleaner:
    """Cleans the values of records; `date_format` is the instance's, such as `DD/MM/YYYY`."""

    catalogue: Catalogue
    date_format: str = "YYYY-MM-DD"
    dropped: Counter[str] = field(default_factory=Counter)
    _types: dict[str, RecordType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._types = {each.name: each for each in self.catalogue.record_types}

    def clean(
        self, record: RecordType, values: Mapping[str, Any], path: Path, found: list[Finding]
    ) -> dict[str, Any]:
        """A record's values as Xero takes them, by name; problems are added to `found`."""
        known = record.by_name
        out: dict[str, Any] = {}
        for name, value in values.items():
            if value is None:
                continue
            spec = known.get(name)
            if spec is None:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
                hint = f"did you mean `{near[0]}`?" if near else None
                found.append(
                    Finding((*path, name), f"`{name}` is not a field of {record.name}", hint)
                )
                continue
            if spec.read_only or name in FROM_XERO:
                self.dropped[name] += 1
                continue
            try:
                clean = self._value(record, spec, value, path, found)
            except ValueError as error:
                message, _, hint = str(error).partition("\n")
                found.append(Finding((*path, name), message, hint or None))
                continue
            if clean is not None:
                out[name] = clean
        return dict(sorted(out.items()))

    def _value(
        self, record: RecordType, spec: Field, value: Any, path: Path, found: list[Finding]
    ) -> Any:
        kind = spec.type
        if kind == "text":
            return self._text(record, spec, value, path, found)
        if kind == "object":
            inner = self._types.get(spec.of or "")
            if not isinstance(value, Mapping):
                raise ValueError(f"`{spec.name}` must hold fields, not `{_short(value)}`")
            if inner is None:
                return dict(value)
            return self.clean(inner, value, (*path, spec.name), found)
        if kind == "list":
            if not isinstance(value, list | tuple):
                raise ValueError(f"`{spec.name}` must be a list, not `{_short(value)}`")
            inner = self._types.get(spec.of or "")
            out = []
            for index, each in enumerate(value):
                here = (*path, spec.name, index)
                if inner is None:
                    out.append(each)
                elif isinstance(each, Mapping):
                    out.append(self.clean(inner, each, here, found))
                else:
                    found.append(Finding(here, f"`{_short(each)}` is not an object"))
            return out
        if isinstance(value, str):
            value = value.strip()
            if not value:
                return None
        if kind == "date":
            return as_date(value, self.date_format)
        return SCALARS[kind](spec, value)

    def _text(
        self, record: RecordType, spec: Field, value: Any, path: Path, found: list[Finding]
    ) -> str | None:
        if isinstance(value, Mapping | list | tuple):
            raise ValueError(f"`{spec.name}` must be text, not `{_short(value)}`")
        if isinstance(value, bool):
            value = str(value).lower()
        text = format(value, "f") if isinstance(value, Decimal) else str(value).strip()
        if not text:
            return None
        if CONTROL.search(text):
            raise ValueError(f"`{spec.name}` holds a control character")
        limit = spec.max_length or LENGTHS.get((record.name, spec.name))
        if limit is not None and len(text) > limit:
            raise ValueError(f"`{spec.name}` is {len(text)} characters long; {limit} are allowed")
        allowed = self.catalogue.values(spec)
        if allowed and text not in allowed:
            near = next((each for each in allowed if each.lower() == text.lower()), None)
            close = [near] if near else difflib.get_close_matches(text, allowed, n=1, cutoff=0.6)
            hint = f"did you mean `{close[0]}`?" if close else _choices(allowed)
            level = "warning" if spec.enum in OPEN_ENUMS and spec.enum else "error"
            message = f"`{_short(text)}` is not a {spec.name} that Xero knows"
            found.append(Finding((*path, spec.name), message, hint, level))
        return text


def _money(spec: Field, value: Any) -> Decimal:
    number = _number(spec, value)
    places = DECIMALS.get(spec.name, 2)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        number = _trim(number)
        if -int(number.as_tuple().exponent) > places:
            raise ValueError(f"`{value}` has more than {places} decimal places")
    return _trim(number)


def _number(spec: Field, value: Any) -> Decimal:
    if isinstance(value, bool):
        raise ValueError(f"`{value}` is not a number")
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        hint = "leave out currency signs and thousands separators; the decimal mark is a point"
        raise ValueError(f"`{_short(value)}` is not a number\n{hint}")
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"`{_short(value)}` is not a number") from error
    if not number.is_finite():
        raise ValueError(f"`{value}` is not a number")
    return number


@lru_cache(maxsize=65_536)
def _trim(number: Decimal) -> Decimal:
    """The same number without trailing zeros, so that 10 and 10.00 are one record's content."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Decimal(text if text not in ("-0", "") else "0")


def _integer(spec: Field, value: Any) -> int:
    number = _number(spec, value)
    if number != number.to_integral_value():
        raise ValueError(f"`{value}` is not a whole number")
    return int(number)


def _boolean(spec: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = YES.get(str(value).strip().lower())
    if found is None:
        raise ValueError(f"`{_short(value)}` is neither `true` nor `false`")
    return found


def _uuid(spec: Field, value: Any) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    if not UUID.fullmatch(str(value)):
        raise ValueError(f"`{_short(value)}` is not an id of Xero's, for `{spec.name}`")
    return str(value).lower()


def _timestamp(spec: Field, value: Any) -> datetime:
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(
            f"`{_short(value)}` is not an instant such as `2026-11-01T10:00:00Z`"
        ) from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


SCALARS: dict[str, Callable[[Field, Any], Any]] = {
    "money": _money,
    "number": lambda spec, value: _trim(_number(spec, value)),
    "integer": _integer,
    "boolean": _boolean,
    "uuid": _uuid,
    "timestamp": _timestamp,
}


def as_date(value: Any, date_format: str) -> date:
    """A calendar date from a date, or text as `YYYY-MM-DD` or in `date_format`; ValueError."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return _text_date(str(value), date_format)


@lru_cache(maxsize=65_536)
def _text_date(text: str, date_format: str) -> date:
    for layout in ("YYYY-MM-DD", date_format):
        match = _pattern(layout).fullmatch(text)
        if match:
            parts = match.groupdict()
            if "month_name" in parts:
                name = parts["month_name"].lower()
                month = MONTHS.index(name) + 1 if name in MONTHS else 0
            else:
                month = int(parts["month"])
            year = int(parts["year"]) if "year" in parts else 2000 + int(parts["short"])
            try:
                return date(year, month, int(parts["day"]))
            except ValueError:
                break
    other = "" if date_format == "YYYY-MM-DD" else f" or `{date_format}`"
    raise ValueError(f"`{_short(text)}` is not a date\nwrite it as `YYYY-MM-DD`{other}")


@lru_cache
def _pattern(layout: str) -> re.Pattern[str]:
    pieces = re.split("(YYYY|YY|MMM|MM|M|DD|D)", layout.upper())
    time = r"(?:[T ]00:00(?::00)?(?:\.0+)?Z?)?"
    return re.compile("".join(TOKENS.get(piece, re.escape(piece)) for piece in pieces) + time)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _choices(allowed: tuple[str, ...]) -> str | None:
    return f"one of {', '.join(allowed)}" if len(allowed) <= 12 else None
