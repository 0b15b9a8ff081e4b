"""Records inside a record that came back as others: contacts, accounts, lines, phones, persons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from xeroport.catalogue import RecordType, load
from xeroport.delivery.field_values import (
    agrees,
    are_records,
    brief,
    decimal_of,
    is_plain,
    plain_text,
)
from xeroport.delivery.identity import fold, number_of, same_record
from xeroport.records.document_checks import CENT, rounded

BY_KIND = {"Phones": "PhoneType", "Addresses": "AddressType"}
"""Lists of which Xero has one of each kind."""
WHOLE = ("ContactPersons", "TaxComponents")
"""Lists whose records are known by all of their values."""
LINES = ("LineItems", "JournalLines")
OF_LINES: dict[str, Callable[[Any], str]] = {
    "Description": plain_text,
    "ItemCode": plain_text,
    "Quantity": lambda value: _rounded(value, Decimal("0.0001")),
    "UnitAmount": lambda value: _rounded(value, CENT),
}
UNTAXED = (None, "NoTax")
WITH_OTHER_PRICES = {"Quote"}
"""Documents whose prices with tax come back without it."""


def within(
    record: RecordType, sent: Mapping[str, Any], reply: Mapping[str, Any], path: str = ""
) -> Iterator[str]:
    """What inside a record is not in Xero as it was sent, each in one sentence."""
    types = load().records
    for name, ours in sent.items():
        field, theirs = record.by_name.get(name), reply.get(name)
        inner = types.get(field.of) if field is not None and field.of else None
        if field is None or field.read_only or inner is None or not ours:
            continue
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            yield from _inside(inner, f"{path}{name}", ours, theirs)
        elif are_records(ours) and name in reply and are_records(theirs or []):
            if name in BY_KIND:
                yield from _by_kind(inner, name, ours, theirs or [])
            elif name in WHOLE:
                yield from _whole(inner, name, ours, theirs or [])
            elif name in LINES and theirs:
                compared = dict(OF_LINES)
                if record.name in WITH_OTHER_PRICES:
                    del compared["UnitAmount"]
                if record.name == "ManualJournal" and sent.get("LineAmountTypes") in UNTAXED:
                    compared["LineAmount"] = OF_LINES["UnitAmount"]
                yield from _lines(compared, ours, theirs)


def _inside(
    inner: RecordType, path: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Iterator[str]:
    """A record that is named, such as the contact, is another; or one without a name of its own
    has other values."""
    if inner.key:
        if same_record(inner, ours, theirs) is False:
            one, other = _name(inner, ours), _name(inner, theirs)
            yield f"`{path}` is `{other}` in Xero, not `{one}`"
        return
    for name, value in ours.items():
        field, there = inner.by_name.get(name), theirs.get(name)
        if field is None or field.read_only or value in (None, "") or not is_plain(value, there):
            continue
        if name in theirs and (there in (None, "") or not agrees(field, value, there)):
            yield f"`{path}.{name}` is {_quoted(there)} in Xero, not `{brief(value)}`"
    yield from within(inner, ours, theirs, f"{path}.")


def _by_kind(inner: RecordType, name: str, ours: Any, theirs: Any) -> Iterator[str]:
    kind = BY_KIND[name]
    there = {str(held.get(kind)): held for held in theirs}
    for item in {str(item.get(kind)): item for item in ours if item.get(kind)}.values():
        held = there.get(str(item[kind]), {})
        for part, value in item.items():
            field = inner.by_name.get(part)
            if part == kind or field is None or value in (None, "") or not is_plain(value):
                continue
            other = held.get(part)
            if other in (None, "") or not agrees(field, value, other):
                said = f"`{name}`: `{part}` of `{item[kind]}`"
                yield f"{said} is {_quoted(other)} in Xero, not `{brief(value)}`"


def _whole(inner: RecordType, name: str, ours: Any, theirs: Any) -> Iterator[str]:
    for item in ours:
        values = {n: v for n, v in item.items() if n in inner.by_name and v not in (None, "")}
        values = {n: v for n, v in values.items() if is_plain(v)}
        if values and not any(_has_all(inner, values, other) for other in theirs):
            shown = ", ".join(brief(value) for value in values.values())
            yield f"`{name}` in Xero do not have `{shown}`"


def _has_all(inner: RecordType, values: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(
        n not in other or (other[n] not in (None, "") and agrees(inner.by_name[n], v, other[n]))
        for n, v in values.items()
    )


def _lines(compared: Mapping[str, Callable[[Any], str]], ours: Any, theirs: Any) -> Iterator[str]:
    """Fields of lines that no line has any more; in what order they come is Xero's matter."""
    for name, normal in compared.items():
        wanted = Counter(normal(line[name]) for line in ours if line.get(name) not in (None, ""))
        there = Counter(normal(line[name]) for line in theirs if line.get(name) not in (None, ""))
        for value in wanted - there if there else ():
            others = ", ".join(f"`{brief(other)}`" for other in there - wanted)
            instead = f", but {others}" if others else ""
            yield f"no line has the `{name}` `{brief(value)}` in Xero{instead}"
    if any("Tracking" in line for line in theirs):
        for category, option in _options(ours) - _options(theirs):
            yield f"no line has the option `{option}` of `{category}` in Xero"


def _options(lines: Any) -> Counter[tuple[str, str]]:
    """The tracking of lines by category and option, as Xero compares names."""
    tracked = (item for line in lines if are_records(line.get("Tracking") or ()) for item in
             line.get("Tracking") or ())  # fmt: skip
    return Counter(
        (fold(item["Name"]), fold(item["Option"]))
        for item in tracked
        if item.get("Name") and item.get("Option")
    )


def _name(record: RecordType, values: Mapping[str, Any]) -> str:
    name = values.get("Name") or number_of(record, values)
    return brief(name or next((values[k] for k in record.key if values.get(k)), "another"))


def _quoted(value: Any) -> str:
    return "empty" if value in (None, "") else f"`{brief(value)}`"


def _rounded(value: Any, places: Decimal) -> str:
    number = decimal_of(value)
    return str(value) if number is None else str(rounded(number, places).normalize())
