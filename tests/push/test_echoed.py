"""The quick way past the comparison of replies: it never passes what a rule would name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xeroport.catalogue import load
from xeroport.delivery.compare import by_rule, differences
from xeroport.delivery.echoed import is_echoed
from xeroport.records.targets import as_sent
from xeroport.xero.wire.decode import decode

LINE = {"Description": "Work", "Quantity": 2, "UnitAmount": 3.25, "AccountCode": "200"}
TRACKED = LINE | {"Tracking": [{"Name": "Region", "Option": "North"}], "TaxType": "OUTPUT"}
BILLS = {"Bills": {"Day": 15, "Type": "OFCURRENTMONTH"}}
SENT: dict[str, dict[str, Any]] = {
    "invoices.create": {
        "Type": "ACCREC",
        "InvoiceNumber": "A-1",
        "Contact": {"Name": "Bluebell Ltd"},
        "Date": "2026-11-01",
        "DueDate": "2026-12-01",
        "SentToContact": False,
        "Reference": "",
        "LineItems": [LINE, TRACKED],
    },
    "credit_notes.create": {
        "Type": "ACCRECCREDIT",
        "Contact": {"ContactID": "358f2116-5444-4e79-9511-9ceef98e9c4a"},
        "Date": "2026-11-01",
        "LineItems": [LINE],
        "Allocations": [{"Amount": 5, "Date": "2026-11-01"}],
    },
    "contacts.create": {
        "Name": "Hazel",
        "EmailAddress": "",
        "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "021 5"}, {"PhoneType": "FAX"}],
        "Addresses": [{"AddressType": "POBOX", "City": "Leek", "Region": ""}],
        "ContactPersons": [{"FirstName": "Al", "LastName": "Roe", "IncludeInEmails": True}],
        "PaymentTerms": BILLS,
    },
    "manual_journals.create": {
        "Narration": "N",
        "Date": "2026-11-01",
        "JournalLines": [{"LineAmount": 5, "AccountCode": "200"}, {"LineAmount": -5}],
    },
    "items.create": {"Code": "I", "SalesDetails": {"UnitPrice": 5, "AccountCode": "200"}},
    "tax_rates.create": {"Name": "n", "TaxComponents": [{"Name": "a", "Rate": 5.0}]},
}
OTHER: tuple[Any, ...] = (
    "",
    None,
    "x",
    "Region",
    5,
    "200",
    "2026-11-02",
    True,
    False,
    [],
    {},
    [{}],
    6.5,
    "é 1",
)
GONE = object()


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, held in inner:
        yield (*path, name)
        if isinstance(held, dict | list):
            yield from places(held, (*path, name))


def changed(record: dict[str, Any], path: tuple[Any, ...], other: Any) -> dict[str, Any]:
    """The record with another value at one place, or without it."""
    copy = deepcopy(record)
    at: Any = copy
    for name in path[:-1]:
        at = at[name]
    if other is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = other
    return copy


def both(name: str, reply: dict[str, Any]) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """The record's type, what was sent and what came back, as a push has them."""
    endpoint = load().endpoint(name)
    assert endpoint.record is not None
    body = {endpoint.envelope or "": [reply]}
    (said,) = decode(endpoint, json.dumps(body).encode())
    return load().record(endpoint.record), as_sent(json.dumps(SENT[name]).encode()), said


@pytest.mark.parametrize("name", SENT)
def test_an_echo_with_more_than_was_sent_takes_the_quick_way(name: str) -> None:
    more = {"UpdatedDateUTC": "/Date(1796011109077+0000)/", "HasErrors": False}
    record, sent, reply = both(name, SENT[name] | more)
    assert is_echoed(sent, reply)
    assert differences(record, sent, reply) == ()


@pytest.mark.parametrize("name", SENT)
def test_no_other_value_takes_the_quick_way(name: str) -> None:
    for path in places(SENT[name]):
        _, sent, reply = both(name, changed(SENT[name], path, "something else"))
        assert not is_echoed(sent, reply), path


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_takes_the_quick_way_has_no_difference(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SENT)))
    reply = SENT[name]
    for _ in range(data.draw(st.integers(1, 3))):
        if ways := list(places(reply)):
            other = data.draw(st.sampled_from((*OTHER, GONE)))
            reply = changed(reply, data.draw(st.sampled_from(ways)), other)
    record, sent, said = both(name, reply)
    if is_echoed(sent, said):
        assert list(by_rule(record, sent, said)) == [], (sent, said)
