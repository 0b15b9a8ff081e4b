"""From a record in the shape of Xero's description to the form in which real replies come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from xeroport_emulator.http.forms import FORMS, TWIN_IDS
from xeroport_emulator.http.shape import remembering

Shown = dict[str, Any]

_ABSENT: Final[Any] = object()
_SHARED = {"In/Contact", "Tracking"}
"""Forms of what many records hold the very same of."""
_WITHOUT_OFFSET = {"Quote", "Item+", "Report", "ReportWithRow"}
"""Forms whose dates come as `/Date(ms)/`."""
_STAMPS_WITHOUT_OFFSET = {"Organisation": "CreatedDateUTC"}
"""Forms of which one date does."""
_UNLESS_EMPTY = {"Quote": ("Reference", "Title", "Summary", "Terms", "ExpiryDate")}
"""Form → keys that are absent where they are empty."""


def recorded(kind: str, shown: Shown, *, write: bool = False) -> Shown:
    """The record as real replies show it, with its keys in their order."""
    name = f"{kind}+" if write and f"{kind}+" in FORMS else kind
    formed = _formed(name, shown)
    if not write and formed.get("SentToContact") is False:
        del formed["SentToContact"]
    if kind == "BankTransaction" and formed.get("CurrencyRate") == 1:
        del formed["CurrencyRate"]
    for key in _UNLESS_EMPTY.get(kind, ()):
        if formed.get(key) in ("", None):
            formed.pop(key, None)
    if name in _WITHOUT_OFFSET:
        return {key: _without_offset(value) for key, value in formed.items()}
    stamp = _STAMPS_WITHOUT_OFFSET.get(name)
    if stamp is not None and stamp in formed:
        formed[stamp] = _without_offset(formed[stamp])
    return formed


def refused(shown: Shown) -> Shown:
    """A refused record: its contact, their telephones and its lines say that they have no errors
    of their own, where they say nothing else."""
    element = dict(shown)
    contact = element.get("Contact")
    if isinstance(contact, dict):
        phones = [{**phone, "ValidationErrors": []} for phone in contact.get("Phones") or ()]
        element["Contact"] = {**contact, "Phones": phones, "ValidationErrors": []}
    if "Phones" in element:
        element["Phones"] = [{**phone, "ValidationErrors": []} for phone in element["Phones"]]
    if "BatchPaymentID" in element and "Payments" in element:
        element["Payments"] = [
            {**payment, "ValidationErrors": []} for payment in element["Payments"]
        ]
    if "LineItems" in element:
        element["LineItems"] = [{"ValidationErrors": [], **line} for line in element["LineItems"]]
    return element


@dataclass(frozen=True, slots=True)
class _Layout:
    """A form made ready to be applied: the keys that are shown, each with what stands where nothing
    is kept, all keys that the form speaks of, and what forms the records within."""

    rows: tuple[tuple[str, Any], ...]
    known: frozenset[str]
    inner: tuple[tuple[str, Callable[[Shown], Shown]], ...]
    twin: str | None
    is_line: bool


@cache
def _layout(name: str) -> _Layout | None:
    form = FORMS.get(name)
    if form is None:
        return None
    return _Layout(
        tuple((key, form.always.get(key, _ABSENT)) for key in form.order if key not in form.never),
        form.never.union(form.order),
        tuple((key, _former(inner)) for key, inner in form.nested.items()),
        TWIN_IDS.get(name),
        name in ("LineItem", "LineItem+"),
    )


def _former(name: str) -> Callable[[Shown], Shown]:
    """What gives a record within another its form."""
    return remembering(partial(_formed, name)) if name in _SHARED else partial(_formed, name)


def _formed(name: str, shown: Shown) -> Shown:
    layout = _layout(name)
    if layout is None:
        return dict(shown)
    if layout.twin is not None and layout.twin in shown:
        shown = {**shown, "ID": shown[layout.twin]}
    if layout.is_line and _is_words_only(shown):
        shown = {key: shown[key] for key in ("Description", "LineItemID") if key in shown}
    formed = {
        key: value
        for key, default in layout.rows
        if (value := shown.get(key, default)) is not _ABSENT
    }
    if not layout.known.issuperset(shown):
        formed |= {key: value for key, value in shown.items() if key not in layout.known}
    for key, make in layout.inner:
        value = formed.get(key)
        if isinstance(value, dict):
            formed[key] = make(value)
        elif value:
            formed[key] = [make(item) for item in value]
    return formed


def _is_words_only(line: Shown) -> bool:
    get = line.get
    return not (get("UnitAmount") or get("LineAmount") or get("AccountCode") or get("ItemCode"))


def _without_offset(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("/Date("):
        return value.replace("+0000)", ")")
    return value
