"""From a record in the shape of Xero's description to the form in which real replies come."""

from __future__ import annotations

from typing import Any

from xeroport_emulator.http.forms import FORMS, TWIN_IDS

Shown = dict[str, Any]

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


def _formed(name: str, shown: Shown) -> Shown:
    form = FORMS.get(name)
    if form is None:
        return dict(shown)
    twin = TWIN_IDS.get(name)
    if twin is not None and twin in shown:
        shown = {**shown, "ID": shown[twin]}
    if name in ("LineItem", "LineItem+") and _is_words_only(shown):
        shown = {key: shown[key] for key in ("Description", "LineItemID") if key in shown}
    formed: Shown = {}
    for key in form.order:
        if key in form.never:
            continue
        if key in shown:
            formed[key] = shown[key]
        elif key in form.always:
            formed[key] = form.always[key]
    for key, value in shown.items():
        if key not in formed and key not in form.never:
            formed[key] = value
    for key, inner in form.nested.items():
        value = formed.get(key)
        if isinstance(value, dict):
            formed[key] = _formed(inner, value)
        elif value:
            formed[key] = [_formed(inner, each) for each in value]
    return formed


def _is_words_only(line: Shown) -> bool:
    return not any(line.get(key) for key in ("UnitAmount", "LineAmount", "AccountCode", "ItemCode"))


def _without_offset(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("/Date("):
        return value.replace("+0000)", ")")
    return value
