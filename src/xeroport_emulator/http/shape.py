"""From a record to what Xero's JSON shows of it: dates, money, twins, nested records.

A record's values are Decimal, date, datetime and plain ones; the result is ready for a JSON
encoder that writes Decimals as numbers. Compiled once per record type and number of unit decimals.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Any

from xeroport.catalogue import load
from xeroport.catalogue.model import Field

Make = Callable[[Any], Any]

_EPOCH = date(1970, 1, 1).toordinal()
_START = datetime(1970, 1, 1, tzinfo=UTC)
_TWO, _FOUR, _SIX = Decimal("0.01"), Decimal("0.0001"), Decimal("0.000001")
_UNIT_FIELDS = {"UnitAmount", "UnitPrice"}
_SHARED = {"Contact", "LineItemItem", "LineItemTracking"}
_PLACES = {
    "Quantity": _FOUR,
    "QuantityOnHand": _FOUR,
    "CurrencyRate": _SIX,
    "Rate": _FOUR,
    "EffectiveRate": _FOUR,
    "DisplayTaxRate": _FOUR,
}


@lru_cache(maxsize=20_000)
def ms_date(day: date) -> str:
    """A calendar date as Xero's JSON has it: midnight UTC in milliseconds."""
    return f"/Date({(day.toordinal() - _EPOCH) * 86_400_000}+0000)/"


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware instant."""
    gone = moment - _START
    return (gone.days * 86_400 + gone.seconds) * 1000 + gone.microseconds // 1000


def ms_timestamp(moment: datetime) -> str:
    """An instant as Xero's JSON has it."""
    return f"/Date({milliseconds(moment)}+0000)/"


@lru_cache(maxsize=20_000)
def iso_twin(value: date) -> str:
    """The text of a `…String` twin: ISO without a zone, to the second."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return f"{value.isoformat()}T00:00:00"


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return ms_timestamp(value)
    return ms_date(value) if isinstance(value, date) else value


def _at_least(places: Decimal) -> Make:
    """At least that many decimals, and never fewer than the value has."""

    def make(value: Any) -> Any:
        if not isinstance(value, Decimal):
            if not isinstance(value, int):
                return value
            value = Decimal(value)
        padded = value.quantize(places)
        return padded if padded == value else value

    return make


def _rounded(places: Decimal) -> Make:
    def make(value: Any) -> Any:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        return number.quantize(places, rounding=ROUND_HALF_UP)

    return make


def _plain(value: Any) -> Any:
    """A value of a field the catalogue does not know."""
    if isinstance(value, date):
        return _moment(value)
    if isinstance(value, dict):
        return {name: _plain(field) for name, field in value.items() if field is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _month(value: Any) -> Any:
    return f"{value:%Y-%m}" if isinstance(value, date) else value


def _in_words(value: Any) -> str:
    """A number as a text, without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _counted(value: Any) -> Any:
    return int(value) if str(value).isdigit() else value


_SPECIAL: dict[tuple[str, str], Make] = {
    ("BudgetBalance", "Period"): _month,
    ("BudgetBalance", "Amount"): _in_words,
    ("Receipt", "ReceiptNumber"): _counted,
}
"""Values that come otherwise than the type of their field says."""


def _maker(kind: str, field: Field, unitdp: int) -> Make | None:
    """What turns a value of the field into JSON; None where it already is."""
    special = _SPECIAL.get((kind, field.name))
    if special is not None:
        return special
    if field.type in ("date", "timestamp"):
        return _moment
    if field.type in ("money", "number"):
        if field.name in _UNIT_FIELDS:
            return _rounded(_FOUR if unitdp == 4 or kind == "PurchaseOrder" else _TWO)
        if field.type == "number":
            return None
        return _at_least(_PLACES.get(field.name, _TWO))
    if field.type in ("object", "list"):
        return _nested(field.of, unitdp) if field.of and field.of[0].isupper() else _plain
    return None


def _nested(of: str, unitdp: int) -> Make:
    def make(value: Any) -> Any:
        if isinstance(value, dict):
            return shape(of, value, unitdp)
        if value and isinstance(value, list | tuple):
            return [shape(of, each, unitdp) if isinstance(each, dict) else each for each in value]
        return value

    return remembering(make) if of in _SHARED else make


def remembering(make: Make) -> Make:
    """Many records hold the very same short form of a contact or an item: made once. Values are
    never changed in place, and the memory holds on to them, so that identity is enough."""
    copies: dict[int, tuple[Any, Any]] = {}

    def remembered(value: Any) -> Any:
        copied = copies.get(id(value))
        if copied is None or copied[0] is not value:
            if len(copies) > 20_000:
                copies.clear()
            copied = copies[id(value)] = (value, make(value))
        return copied[1]

    return remembered


_TWINS = {
    ("BankTransfer", "Date"),
    ("BankTransfer", "CreatedDateUTC"),
    ("PurchaseOrder", "ExpectedArrivalDate"),
}
"""Dates that come with a text beside them though Xero's description has none."""


def _twin(kind: str, name: str, known: Container[str]) -> str | None:
    """The name of the text that stands beside a date, if there is one."""
    twin = f"{name}String"
    return twin if twin in known or (kind, name) in _TWINS else None


@cache
def _plan(kind: str, unitdp: int) -> tuple[dict[str, Make | None], dict[str, str]]:
    """Field name → how its value is made, and the names of the `…String` twins."""
    record = load().record(kind)
    makers = {field.name: _maker(kind, field, unitdp) for field in record.fields}
    twins = {name: _twin(kind, name, record.by_name) for name in makers}
    return makers, {name: twin for name, twin in twins.items() if twin is not None}


def shape(kind: str, record: dict[str, Any], unitdp: int = 2) -> dict[str, Any]:
    """A record as Xero's JSON shows it; names that begin with `_` are the emulator's own."""
    makers, twins = _plan(kind, unitdp)
    shown: dict[str, Any] = {}
    for name, value in record.items():
        if value is None or name[0] == "_":
            continue
        if name in twins and isinstance(value, date):
            twin = twins[name]
            shown[twin] = iso_twin(value) + ("Z" if twin == "UpdatedDateUTCString" else "")
        make = makers.get(name, _plain)
        shown[name] = make(value) if make else value
    return shown
