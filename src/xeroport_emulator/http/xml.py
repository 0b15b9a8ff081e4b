"""The same reply as XML: what Xero sends to those who do not ask for JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import msgspec

_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_START = datetime(1970, 1, 1, tzinfo=UTC)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_IRREGULAR = {
    "Currencies": "Currency",
    "TaxRates": "TaxRate",
    "TrackingCategories": "TrackingCategory",
    "SalesTrackingCategories": "SalesTrackingCategory",
    "PurchasesTrackingCategories": "PurchasesTrackingCategory",
    "Addresses": "Address",
    "InvoiceAddresses": "InvoiceAddress",
    "Tracking": "TrackingCategory",
    "TaxBreakdown": "TaxBreakdownComponent",
    "Elements": "DataContractBase",
}


def _singular(name: str) -> str:
    return _IRREGULAR.get(name) or (name[:-1] if name.endswith("s") else name)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    found = _MS_DATE.fullmatch(text)
    if found:
        moment = _START + timedelta(milliseconds=int(found[1]))
        return moment.replace(tzinfo=None).isoformat(timespec="auto")
    return escape(_ILLEGAL.sub("", text))


def _element(name: str, value: Any, out: list[str]) -> None:
    if value is None:
        return
    out.append(f"<{name}>")
    if isinstance(value, dict):
        for inner, each in value.items():
            _element(inner, each, out)
    elif isinstance(value, list):
        for each in value:
            _element(_singular(name), each, out)
    else:
        out.append(_text(value))
    out.append(f"</{name}>")


def as_xml(body: bytes) -> bytes:
    """A JSON body as XML; dates become ISO, lists an element with one child per item."""
    value = _decode(body)
    out = ['<?xml version="1.0" encoding="utf-8"?>\r\n']
    error = isinstance(value, dict) and "ErrorNumber" in value
    _element("ApiException" if error else "Response", value, out)
    return "".join(out).encode()
