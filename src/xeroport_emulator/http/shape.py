"""From a record to what Xero's JSON shows of it: dates, money, twins, nested records, and the form
in which recorded replies come.

A record's values are Decimal, date, datetime and plain ones; the result is ready for a JSON
encoder that writes Decimals as numbers. What is done is worked out once for each record type, form
and number of unit decimals, so that a record is walked through once.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Any, Final

from xeroport.catalogue import load
from xeroport.catalogue.model import Field
from xeroport_emulator.http.form import Form
from xeroport_emulator.http.forms import FORMS, TWIN_IDS
from xeroport_emulator.http.write_forms import WRITE_FORMS

Record = dict[str, Any]
Make = Callable[[Any], Any]

_EPOCH = date(1970, 1, 1).toordinal()
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TWO, _FOUR, _SIX = Decimal("0.01"), Decimal("0.0001"), Decimal("0.000001")
_UNIT_FIELDS = {"UnitAmount", "UnitPrice"}
_SHARED = {"Contact", "LineItemItem", "LineItemTracking"}
"""Record types whose short form many records hold the very same of."""
_PLACES = {
    "CurrencyRate": _SIX,
    **dict.fromkeys(
        ("Quantity", "QuantityOnHand", "Rate", "EffectiveRate", "DisplayTaxRate"), _FOUR
    ),
}
_WITHOUT_OFFSET = {"Quote", "Item+", "Report", "ReportWithRow"}
"""Forms whose own dates come as `/Date(ms)/`."""
_STAMPS_WITHOUT_OFFSET = {"Organisation": "CreatedDateUTC"}
"""Forms of which one date does."""
_OMITTED: Final[dict[str, dict[str, object]]] = {
    "BankTransaction": {"CurrencyRate": 1},
    "BankTransaction+": {"CurrencyRate": 1},
    "Quote": dict.fromkeys(("Reference", "Title", "Summary", "Terms", "ExpiryDate"), ""),
}
"""Form → keys that are absent where they have that value."""


@lru_cache(maxsize=20_000)
def ms_date(day: date) -> str:
    """A calendar date as Xero's JSON has it: midnight UTC in milliseconds."""
    return f"/Date({(day.toordinal() - _EPOCH) * 86_400_000}+0000)/"


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware instant."""
    return (moment - _START) // _MILLISECOND


@lru_cache(maxsize=20_000)
def _iso_date(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def iso_twin(value: date) -> str:
    """The text of a `…String` twin: ISO without a zone, to the second."""
    if isinstance(value, datetime):
        return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()[:19]
    return _iso_date(value)


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"/Date({milliseconds(value)}+0000)/"
    return ms_date(value) if isinstance(value, date) else value


def _moment_without_offset(value: Any) -> Any:
    return _moment(value).replace("+0000)", ")") if isinstance(value, date) else value


def _twin(value: Any) -> Any:
    return iso_twin(value) if isinstance(value, date) else None


def _twin_in_utc(value: Any) -> Any:
    return f"{iso_twin(value)}Z" if isinstance(value, date) else None


def _at_least(places: Decimal) -> Make:
    """At least that many decimals, and never fewer than the value has."""

    def make(value: Any) -> Any:
        if not isinstance(value, Decimal):
            if not isinstance(value, int):
                return value
            value = Decimal(value)
        if value.same_quantum(places):
            return value
        padded = value.quantize(places)
        return padded if padded == value else value

    return make


def _rounded(places: Decimal) -> Make:
    def make(value: Any) -> Any:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        return number if number.same_quantum(places) else number.quantize(places, ROUND_HALF_UP)

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
_TWINS = {
    ("BankTransfer", "Date"),
    ("BankTransfer", "CreatedDateUTC"),
    ("PurchaseOrder", "ExpectedArrivalDate"),
}
"""Dates that come with a text beside them though Xero's description has none."""


def _maker(kind: str, field: Field, unitdp: int, form: str | None) -> Make | None:
    """What turns a value of the field into JSON; None where it already is. `form` is that of the
    records within."""
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
        known = field.of is not None and field.of[0].isupper()
        return _nested(field.of if known else None, unitdp, form)
    return None


def _nested(kind: str | None, unitdp: int, form: str | None) -> Make:
    """What shows the record, or the records, within another; `kind` is None if the catalogue does
    not know their type."""
    if kind is None and form is None:
        return _plain

    def make(value: Any) -> Any:
        if isinstance(value, dict):
            return _shown(_plan(kind, unitdp, form), value)
        if not value or not isinstance(value, (list, tuple)):
            return value
        plan = _plan(kind, unitdp, form)
        return [_shown(plan, item) if isinstance(item, dict) else item for item in value]

    return _remembering(make) if kind in _SHARED else make


def _remembering(make: Make) -> Make:
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


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is done with the records of a type: `rows` are the keys of the form in their order,
    each with the field it is made from, what makes it, and what stands where nothing is kept.
    Other fields follow, by `makers` and `twins`; `placed` are those that the form speaks of, and
    `settled` those of them whose twin, if any, is placed too."""

    rows: tuple[tuple[str, str, Make | None, Any], ...]
    makers: Mapping[str, Make | None]
    twins: Mapping[str, tuple[str, Make]]
    placed: frozenset[str]
    settled: frozenset[str]
    omitted: tuple[tuple[str, object], ...] = ()
    is_line: bool = False


@cache
def _plan(
    kind: str | None,
    unitdp: int,
    form_name: str | None,
    hidden: frozenset[str] = frozenset(),
    *,
    outermost: bool = False,
) -> _Plan:
    form = (FORMS | WRITE_FORMS).get(form_name or "", Form())
    fields = load().record(kind).fields if kind is not None else ()
    makers = {
        field.name: _maker(kind or "", field, unitdp, form.nested.get(field.name))
        for field in fields
    }
    for key in form.nested.keys() - makers.keys():
        makers[key] = _nested(None, unitdp, form.nested[key])
    if outermost and form_name is not None:
        whole = form_name in _WITHOUT_OFFSET
        for key, make in makers.items():
            if make is _moment and (whole or _STAMPS_WITHOUT_OFFSET.get(form_name) == key):
                makers[key] = _moment_without_offset
    twins = {name: twin for name in makers if (twin := _twin_of(kind, name, makers))}
    sources: dict[str, tuple[str, Make | None]] = {
        twin: (name, make) for name, (twin, make) in twins.items()
    }
    if form_name in TWIN_IDS:
        sources["ID"] = (TWIN_IDS[form_name], None)
    rows = []
    for key in form.order:
        if key in form.never or key in hidden:
            continue
        rows.append((key, key, makers.get(key, _plain), form.always.get(key)))
        if key in sources:
            rows.append((key, *sources[key], None))
    placed = form.never.union(form.order, hidden)
    unsettled = {name for name, (twin, _) in twins.items() if twin not in placed}
    omitted = dict(_OMITTED.get(form_name or "", {})) if outermost else {}
    if outermost and form_name is not None and not form_name.endswith("+"):
        omitted["SentToContact"] = False
    return _Plan(
        tuple(rows),
        makers,
        twins,
        placed,
        placed - unsettled,
        tuple(omitted.items()),
        form_name in ("LineItem", "LineItem+"),
    )


def _twin_of(kind: str | None, name: str, known: Container[str]) -> tuple[str, Make] | None:
    """The name of the text that stands beside a date, if there is one, and what makes it."""
    twin = f"{name}String"
    if twin not in known and (kind, name) not in _TWINS:
        return None
    return twin, _twin_in_utc if twin == "UpdatedDateUTCString" else _twin


def _is_words_only(line: Record) -> bool:
    """Whether a line without a price has neither amount, account nor item."""
    return not any(line.get(name) for name in ("LineAmount", "AccountCode", "ItemCode"))


def _shown(plan: _Plan, record: Record) -> Record:
    if plan.is_line and not record.get("UnitAmount") and _is_words_only(record):
        record = {key: record[key] for key in ("Description", "LineItemID") if key in record}
    shown: Record = {}
    get = record.get
    for key, source, make, default in plan.rows:
        value = get(source)
        if value is None:
            value = default
        elif make is not None:
            value = make(value)
        if value is not None:
            shown[key] = value
    if not plan.settled.issuperset(record):
        _add_others(plan, record, shown)
    for key, value in plan.omitted:
        if key in shown and shown[key] == value:
            del shown[key]
    return shown


def _add_others(plan: _Plan, record: Record, shown: Record) -> None:
    """The fields that the form does not name, and the twins that it leaves out."""
    for name, value in record.items():
        if value is None or name in plan.settled or name[0] == "_":
            continue
        if name in plan.twins:
            twin, make_twin = plan.twins[name]
            if twin not in plan.placed and isinstance(value, date):
                shown[twin] = make_twin(value)
        if name not in plan.placed:
            make = plan.makers.get(name, _plain)
            shown[name] = make(value) if make else value


def shape(
    kind: str,
    record: Record,
    unitdp: int = 2,
    form: str | None = None,
    hidden: frozenset[str] = frozenset(),
) -> Record:
    """A record as Xero's JSON shows it, without `hidden` fields, with its keys in the order of a
    form if one is named; names that begin with `_` are the emulator's own."""
    return _shown(_plan(kind, unitdp, form, hidden, outermost=True), record)


def form_of(kind: str, *, write: bool) -> str:
    """The name of the form of recorded replies, which differ for some writes."""
    return f"{kind}+" if write and f"{kind}+" in WRITE_FORMS else kind
