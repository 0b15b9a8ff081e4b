"""Values of a document against the catalogue: types, lengths, decimals, dates, enums.

Every problem of a document is found, not only the first. What comes out is a record as Xero takes
it: Decimals for money, dates, no fields that only Xero writes.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from xeroport.catalogue import Field, RecordType, load
from xeroport.records.findings import Cleaning, Path
from xeroport.records.readings import Readings
from xeroport.records.scalars import UUID, scalar
from xeroport.rows.json_stream import json_in
from xeroport.rows.leftovers import LIKELY_YEARS, empty_day, leftover
from xeroport.rows.problems import WrongValue
from xeroport.rows.values import UnfitValue, short, text_of

__all__ = ["UUID", "Cleaner", "is_of_xero"]

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Statuses that are in no list arrive too: one that is like no known status is a warning.
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
CURRENCY = re.compile(r"[A-Za-z]{3}")
CODES_OF_SIGNS = {
    "£": "GBP", "€": "EUR", "¥": "JPY", "US$": "USD", "$US": "USD", "NZ$": "NZD", "A$": "AUD",
    "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "S$": "SGD", "R$": "BRL",
}  # fmt: skip
MARKS_OF_XERO = FROM_XERO | {"UpdatedDateUTC", "UpdatedDateUTCString", "HasAttachments"}
"""Fields that nobody writes by hand: a record that has one was read from Xero."""
LENGTHS = {("Account", "Code"): 10, ("HistoryRecord", "Details"): 2500}
"""Limits that the description states in its texts, or the docs pages do."""
FREE_TEXTS = {
    *("Description", "PurchaseDescription", "Details", "Notes", "Summary", "Terms", "Title"),
    *("DeliveryInstructions", "Narration"),
}
"""Texts of sentences, in which a word such as `None` may be meant."""
BASIC_PLANE = "\uffff"
"""The last character of the plane that Xero keeps in names."""
ZERO_DISCOUNTS = {"DiscountAmount", "DiscountRate"}
"""A discount of zero says nothing, and Xero refuses it on some lines."""
LINES = ("LineItems", "JournalLines")
MOST_REMEMBERED = 2_000
"""Texts of one field that are checked once, however often they come."""
MOST_PLACES = 100


class Origin(NamedTuple):
    """Where a record is from: read from Xero, and known there by its own id."""

    of_xero: bool = False
    has_id: bool = False


WRITTEN = Origin()
READ = Origin(of_xero=True)


@dataclass(slots=True)
class RecordPlace:
    """A place in records where one of a type stands, and the texts of its fields that were found
    good; elements of a list share one. `plain` are the fields that are sent as they are named."""

    record: RecordType
    plain: dict[str, Field]
    is_in_lines: bool = False
    good: dict[str, dict[str, Any]] = field(default_factory=dict)
    below: dict[str, RecordPlace] = field(default_factory=dict)


@dataclass(slots=True)
class Cleaner:
    """Cleans the values of records; `readings` say how dates and numbers are written.

    `dropped` counts the fields that were left out because only Xero writes them. A text of a place
    that was found good is not checked again: most columns say few things.
    """

    readings: Readings = field(default_factory=Readings)
    dropped: Counter[str] = field(default_factory=Counter)
    _places: dict[str, RecordPlace] = field(default_factory=dict)
    _number: int = 0

    def clean(
        self, record: RecordType, values: Mapping[str, Any], cleaning: Cleaning, origin: Origin
    ) -> dict[str, Any]:
        """A record's values as Xero takes them, by name."""
        if self._number > MOST_PLACES:
            self._places.clear()
            self._number = 0
        place = self._places.get(record.name)
        if place is None:
            place = self._places[record.name] = RecordPlace(record, _plain_fields(record))
        return self._clean(place, values, (), cleaning, origin)

    def _clean(
        self,
        place: RecordPlace,
        values: Mapping[str, Any],
        path: Path,
        cleaning: Cleaning,
        origin: Origin,
    ) -> dict[str, Any]:
        record, good, is_written = place.record, place.good, not origin.of_xero
        plain = place.plain
        out: dict[str, Any] = {}
        for name, value in values.items():
            if value is None:
                continue
            is_text = is_written and type(value) is str
            if is_text and name in good and (clean := good[name].get(value)) is not None:
                out[name] = clean
                continue
            spec = plain.get(name)
            if spec is None:
                if name.endswith("String"):
                    name = _own_name(name, value, values, record.by_name)
                    is_text = False
                spec = record.by_name.get(name)
                if spec is None:
                    self._unknown(record, name, values, (*path, name), cleaning, origin)
                    continue
                if spec.read_only or name in FROM_XERO:
                    self.dropped[name] += 1
                    continue
                if name in ZERO_DISCOUNTS and _is_zero(value):
                    continue
            before = len(cleaning.findings) if is_text else 0
            try:
                clean = self._value(place, spec, value, path, cleaning, origin)
            except ValueError as error:
                cleaning.add_wrong((*path, name), WrongValue.of(error))
                continue
            if clean is None:
                continue
            out[name] = clean
            if is_text and clean != "" and before == len(cleaning.findings):
                _remember(good, name, value, clean)
        (cleaning.names_in_lines if place.is_in_lines else cleaning.names).update(out)
        return {name: out[name] for name in sorted(out)}

    def _below(self, place: RecordPlace, spec: Field) -> RecordPlace | None:
        """The place of a field's records; None where the catalogue does not list their fields."""
        below = place.below.get(spec.name)
        if below is None:
            record = load().records.get(spec.of or "")
            if record is None:
                return None
            self._number += 1
            is_in_lines = place.is_in_lines or spec.name in LINES
            below = RecordPlace(record, _plain_fields(record), is_in_lines)
            place.below[spec.name] = below
        return below

    def _unknown(
        self,
        record: RecordType,
        name: str,
        values: Mapping[str, Any],
        path: Path,
        cleaning: Cleaning,
        origin: Origin,
    ) -> None:
        """A name that the catalogue lacks: a companion that Xero writes is left out, else told."""
        known = record.by_name
        is_twin = name.endswith("String") and name.removesuffix("String") in known
        is_id = name == "ID" and any(values.get(key) for key in record.key)
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        if is_twin or is_id or (origin.of_xero and not near):
            self.dropped[name] += 1
            return
        hint = f"did you mean `{near[0]}`?" if near else None
        cleaning.add(path, f"`{name}` is not a field of {record.name}", hint)

    def _value(
        self,
        place: RecordPlace,
        spec: Field,
        value: Any,
        path: Path,
        cleaning: Cleaning,
        origin: Origin,
    ) -> Any:
        kind = type(value)
        if kind is UnfitValue:
            raise WrongValue(value.why)
        here = (*path, spec.name)
        if spec.type == "text":
            return self._text(place.record, spec, value, here, cleaning, origin)
        if kind is str and spec.type in ("object", "list"):
            value = json_in(value)
            if isinstance(value, UnfitValue):
                raise WrongValue(value.why)
        if spec.type == "object":
            if kind is not dict and not isinstance(value, Mapping):
                raise WrongValue(f"`{spec.name}` must hold fields, not `{short(value)}`")
            inner = self._below(place, spec)
            if inner is None:
                return _checked(dict(value), here, cleaning)
            return self._clean(inner, value, here, cleaning, _origin(inner, value, origin))
        if spec.type == "list":
            return self._list(place, spec, value, here, cleaning, origin)
        if isinstance(value, str):
            value = value.strip()
            if not value:
                cleaning.emptied.append(here)
                return None
        clean = scalar(spec, here, value, self.readings)
        if spec.type == "date" and not origin.of_xero:
            if said := empty_day(clean):
                raise WrongValue(said)
            if clean.year not in LIKELY_YEARS:
                said = f"`{spec.name}` is in the year {clean.year}"
                cleaning.add(here, said, "is that right?", "warning")
        return clean

    def _list(
        self,
        place: RecordPlace,
        spec: Field,
        value: Any,
        here: Path,
        cleaning: Cleaning,
        origin: Origin,
    ) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise WrongValue(f"`{spec.name}` must be a list, not `{short(value)}`")
        if not value:
            cleaning.emptied.append(here)
        inner = self._below(place, spec)
        out: list[Any] = []
        for index, item in enumerate(value):
            at = (*here, index)
            if inner is None:
                out.append(_checked(item, at, cleaning))
            elif type(item) is dict or isinstance(item, Mapping):
                of_item = _origin(inner, item, origin)
                out.append(self._clean(inner, item, at, cleaning, of_item))
            else:
                shown = "null" if item is None else short(item)
                cleaning.add(at, f"`{shown}` is not an object")
        return out

    def _text(
        self,
        record: RecordType,
        spec: Field,
        value: Any,
        here: Path,
        cleaning: Cleaning,
        origin: Origin,
    ) -> str | None:
        if type(value) is not str and isinstance(value, Mapping | list | tuple):
            raise WrongValue(f"`{spec.name}` must be text, not `{short(value)}`")
        text = text_of(value)
        if not text:
            cleaning.emptied.append(here)
            return ""
        if not text.isprintable() and CONTROL.search(text):
            raise WrongValue(f"`{spec.name}` holds a control character")
        if not origin.of_xero and (found := leftover(text)) is not None:
            level = "warning" if spec.name in FREE_TEXTS else "error"
            cleaning.add(here, *found, level)
        limit = spec.max_length or LENGTHS.get((record.name, spec.name))
        if (record.name, spec.name) == ("Account", "Code") and len(here) > 1:
            limit = None  # It names an account; the last sync says whether there is one.
        if limit is not None and len(text) > limit:
            said = f"`{spec.name}` is {len(text)} characters long; {limit} are allowed"
            if not origin.of_xero:
                raise WrongValue(said)
            if origin.has_id:
                cleaning.add(here, f"{said}, so Xero's own text stays as it is", level="warning")
                return None
            cleaning.add(here, f"{said}; Xero may refuse its own text", level="warning")
        if spec.enum or spec.values:
            text = self._check_enum(spec, text, here, cleaning)
        if spec.name == "Name" and not text.isascii() and max(text) > BASIC_PLANE:
            said = f"Xero drops characters such as `{max(text)}` from names without saying so"
            cleaning.add(here, said, "leave them out", "warning")
        return text

    def _check_enum(self, spec: Field, text: str, here: Path, cleaning: Cleaning) -> str:
        """A value as Xero writes it, in whatever case it was given."""
        allowed = load().values(spec)
        if not allowed or text in allowed:
            return text
        same = [each for each in allowed if each.casefold() == text.casefold()]
        if len(same) == 1:
            return same[0]
        if spec.enum == "CurrencyCode" and not CURRENCY.fullmatch(text):
            code = CODES_OF_SIGNS.get(text.upper())
            way_out = f"did you mean `{code}`?" if code else "such as `NZD`"
            cleaning.add(here, f"`{short(text)}` is not the code of a currency", way_out)
            return text
        close = same or difflib.get_close_matches(text, allowed, n=1, cutoff=0.6)
        hint = f"did you mean `{close[0]}`?" if close else _choices(allowed)
        is_open = bool(spec.enum) and spec.enum in OPEN_ENUMS
        is_new = spec.name.endswith("Status") and not close
        level = "warning" if is_open or is_new else "error"
        message = f"`{short(text)}` is not a {spec.name} that Xero knows"
        cleaning.add(here, message, hint, level)
        return text


def _origin(place: RecordPlace, values: Mapping[str, Any], around: Origin) -> Origin:
    """Where a record is from that stands in another one."""
    if is_of_xero(place.record, values):
        return Origin(True, has_own_id(place.record, values))
    return READ if around.of_xero else WRITTEN


def _plain_fields(record: RecordType) -> dict[str, Field]:
    """The fields that need no look at their name: neither twins, nor Xero's own, nor discounts."""
    return {
        name: spec
        for name, spec in record.by_name.items()
        if not (spec.read_only or name in FROM_XERO or name in ZERO_DISCOUNTS)
        and not name.endswith("String")
    }


def _remember(good: dict[str, dict[str, Any]], name: str, text: str, clean: Any) -> None:
    texts = good.get(name)
    if texts is None or len(texts) >= MOST_REMEMBERED:
        texts = good[name] = {}
    texts[text] = clean


def _own_name(name: str, value: Any, values: Mapping[str, Any], known: Mapping[str, Field]) -> str:
    """The field that a value is for: `Date` where only its twin `DateString` is given."""
    base = name.removesuffix("String")
    if base == name or not value or values.get(base) is not None:
        return name
    spec = known.get(base)
    return name if spec is None or spec.read_only or spec.type != "date" else base


def is_of_xero(record: RecordType, values: Mapping[str, Any]) -> bool:
    """Whether a record was read from Xero: it has an id of its own, or what only replies have."""
    return has_marks_of_xero(values) or has_own_id(record, values)


def has_marks_of_xero(values: Mapping[str, Any]) -> bool:
    """Whether a record has what only replies have: it was read, not written by hand."""
    if MARKS_OF_XERO.isdisjoint(values):
        return False
    return any(values.get(name) is not None for name in MARKS_OF_XERO)


def has_own_id(record: RecordType, values: Mapping[str, Any]) -> bool:
    """Whether a record says its own id."""
    key = record.key
    if not key or key[0] not in values:
        return False
    return all(values.get(name) and record.by_name[name].type == "uuid" for name in key)


def _checked(value: Any, path: Path, cleaning: Cleaning) -> Any:
    """A value of no known type, without what cannot be sent."""
    if isinstance(value, UnfitValue):
        cleaning.add(path, value.why)
        return None
    if isinstance(value, Mapping):
        cleaning.is_open = True
        return {name: _checked(inner, (*path, name), cleaning) for name, inner in value.items()}
    if isinstance(value, list):
        return [_checked(inner, (*path, at), cleaning) for at, inner in enumerate(value)]
    return value


def _is_zero(value: Any) -> bool:
    return not isinstance(value, bool | Mapping | list) and text_of(value) in ("0", "0.0", "0.00")


def _choices(allowed: tuple[str, ...]) -> str | None:
    return f"one of {', '.join(allowed)}" if len(allowed) <= 12 else None
