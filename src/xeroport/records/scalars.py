"""One value for a field of one type: as Xero takes it, or a WrongValue that says why not."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from xeroport.catalogue import Field
from xeroport.records.readings import Readings
from xeroport.rows.numbers import EITHER, is_dash, marks_of, number_of
from xeroport.rows.problems import WrongValue
from xeroport.rows.values import SURE_DIGITS, short, shortest, shown
from xeroport.rows.written_dates import BOTH, date_of, is_moment, moment_of, orders_of

UUID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
SERIAL = re.compile(r"[345]\d{4}(?:\.\d+)?")
YES = {"true": True, "yes": True, "y": True, "1": True}
NO = {"false": False, "no": False, "n": False, "0": False}
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
PLAIN = re.compile(r"(?:0|[1-9]\d{0,9})(?:\.\d?[1-9])?", re.ASCII)
"""A number that is the same to everybody, with no more decimals than any field takes."""
LEAVE_THE_TIME = "leave out the time, or say the day it is in the organisation"
PRICES = {"UnitAmount", "UnitPrice"}
AMOUNTS = ("Amount", "Price", "Total", "Balance")
"""Endings of fields in which the dash of an accounting format is zero."""
Place = tuple[str | int, ...]
PER_CENT = {"DiscountRate", "Rate", "EffectiveRate", "DisplayTaxRate", "Discount"}
"""Fields that hold per cents, so that `20%` is 20 in them and 0.2 in any other."""


def scalar(spec: Field, path: Place, value: Any, readings: Readings) -> Any:
    """A value for a field that is not text, an object or a list, at a path of its record."""
    kind = type(value)
    if kind is int or kind is Decimal:
        if spec.type == "money":
            return Decimal(value) if kind is int else _money(spec, value, value)
        if spec.type == "number":
            return Decimal(value) if kind is int else trim(value)
    elif isinstance(value, dict | list):
        raise WrongValue(f"`{spec.name}` must be one value, not `{short(value)}`")
    name = ""
    if isinstance(value, str) and readings.by_column:
        name = ".".join(part for part in path if isinstance(part, str))
    if spec.type == "date":
        return as_date(value, name, readings)
    if spec.type in ("money", "number", "integer"):
        if not name and spec.type != "integer" and type(value) is str and PLAIN.fullmatch(value):
            return Decimal(value)
        number = _number(spec, name, value, readings)
        if spec.type == "money":
            return _money(spec, number, value)
        return trim(number) if spec.type == "number" else _integer(number, value)
    if spec.type == "boolean":
        return _boolean(value)
    return _uuid(spec, value) if spec.type == "uuid" else _timestamp(value)


def as_date(value: Any, name: str, readings: Readings) -> date:
    """A calendar date from a date, or from text as people and Xero write it."""
    if isinstance(value, datetime):
        if value.hour or value.minute or value.second:
            raise WrongValue(f"`{value}` is a date with a time, not a date", LEAVE_THE_TIME)
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value)
    own = readings.own_format
    found = date_of(text, readings.order(name), own)
    if found is not None:
        return found
    if orders_of(text) == BOTH:
        raise WrongValue(f"`{short(text)}` fits two ways to write dates", asks="dates")
    if is_moment(text):
        raise WrongValue(f"`{short(text)}` is a date with a time, not a date", LEAVE_THE_TIME)
    if (day := _spreadsheet_day(text)) is not None:
        raise WrongValue(
            f"`{short(text)}` is not a date",
            f"it is how a spreadsheet keeps {day}: format the column as a date, and export again",
        )
    other = "" if own == "YYYY-MM-DD" else f" or `{own}`"
    raise WrongValue(f"`{short(text)}` is not a date", f"write it as `YYYY-MM-DD`{other}")


def _spreadsheet_day(text: str) -> date | None:
    """The day that a spreadsheet keeps as this number, from 1982 to 2063."""
    if not SERIAL.fullmatch(text.strip()):
        return None
    return date(1899, 12, 30) + timedelta(days=int(float(text)))


def _number(spec: Field, name: str, value: Any, readings: Readings) -> Decimal:
    if isinstance(value, bool | date):
        raise WrongValue(f"`{value}` is not a number")
    if isinstance(value, Decimal | int):
        return Decimal(value)
    mark = readings.mark(name)
    text = str(value)
    read = number_of(text, mark)
    if read is None or (not spec.name.endswith(AMOUNTS) and is_dash(text)):
        raise WrongValue(f"`{short(text)}` is not a number", _hint(text, mark))
    number, is_percent = read
    if abs(number.adjusted()) > 40:
        raise WrongValue(f"`{short(value)}` is not a number that Xero can hold")
    if is_percent and spec.name not in PER_CENT:
        number /= 100
    return number if len(text) <= SURE_DIGITS else shortest(number)


def _hint(text: str, mark: str) -> str:
    if marks_of(text) and marks_of(text) != EITHER:
        return f"the decimal mark of this column is `{mark}`"
    return "write it as `1200.50`"


def _money(spec: Field, number: Decimal, value: Any) -> Decimal:
    places = DECIMALS.get(spec.name, 2)
    number = trim(number)
    if decimals_of(number) > places:
        hint = None
        if spec.name in PRICES:
            hint = "sell per thousand, or give the amount itself with a quantity of 1"
        raise WrongValue(f"`{short(value)}` has more than {places} decimal places", hint)
    return number


def decimals_of(number: Decimal) -> int:
    """How many digits a finite number has after its point."""
    text = str(number)
    if "E" in text:
        return max(-int(number.as_tuple().exponent), 0)
    return len(text.partition(".")[2])


def trim(number: Decimal) -> Decimal:
    """The same number without trailing zeros, so that 10 and 10.00 are one record's content."""
    text = str(number)
    if "E" not in text and (text[-1] != "0" or ("." not in text and text != "-0")):
        return number
    return Decimal(shown(number))


def _integer(number: Decimal, value: Any) -> int:
    if number != number.to_integral_value():
        raise WrongValue(f"`{value}` is not a whole number")
    return int(number)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in YES | NO:
        raise WrongValue(f"`{short(value)}` is neither `true` nor `false`")
    return (YES | NO)[word]


def _uuid(spec: Field, value: Any) -> str:
    if isinstance(value, uuid.UUID):
        return str(value)
    if not UUID.fullmatch(str(value)):
        raise WrongValue(f"`{short(value)}` is not an id of Xero's, for `{spec.name}`")
    return str(uuid.UUID(str(value)))


def _timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        moment: datetime | None = value
    else:
        try:
            moment = moment_of(str(value)) or datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
    if moment is None:
        raise WrongValue(f"`{short(value)}` is not an instant such as `2026-11-01T10:00:00Z`")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
