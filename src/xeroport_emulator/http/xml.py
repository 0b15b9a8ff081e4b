"""XML: what Xero sends to those who do not ask for JSON, and what it reads of older clients."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import msgspec

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint

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
        for inner, field in value.items():
            _element(inner, field, out)
    elif isinstance(value, list):
        for item in value:
            _element(_singular(name), item, out)
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


def from_xml(body: bytes, endpoint: Endpoint) -> dict[str, Any]:
    """The XML of a write as the JSON that says the same; ValueError if it cannot be read.

    The catalogue says which elements are lists. Texts stay texts: numbers and dates are read from
    them later, as from JSON.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ValueError("a document type is not allowed")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - without entities, see above
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    kind = endpoint.body_record or endpoint.record or ""
    envelope = endpoint.body_envelope or endpoint.envelope
    if envelope is not None and root.tag == envelope:
        return {envelope: [_record(kind, each) for each in root]}
    return _record(kind, root)


def _record(kind: str, element: ElementTree.Element) -> dict[str, Any]:
    known = load().record(kind).by_name if kind[:1].isupper() else {}
    record: dict[str, Any] = {}
    for child in element:
        field = known.get(child.tag)
        of = (field.of if field is not None else None) or ""
        if field is not None and field.type == "list":
            record[child.tag] = [
                _record(of, element) if of[:1].isupper() else (element.text or "")
                for element in child
            ]
        elif len(child):
            record[child.tag] = _record(of, child)
        else:
            record[child.tag] = child.text or ""
    return record
