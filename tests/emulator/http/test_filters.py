"""A value that a reply shows finds its record again: every list, every parameter that filters it,
every field that stands in the reply. What is not kept is refused, never found silently."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from emulator_caller import Caller

from xeroport.catalogue import Endpoint, load

Record = dict[str, Any]
WITH_WHERE = [each for each in load().endpoints if {"where", "order"} <= each.by_name.keys()]
ORDERED = [each for each in load().endpoints if "order" in each.by_name]


def records_of(caller: Caller, endpoint: Endpoint, query: str = "") -> list[Record]:
    reply = caller.get(f"{endpoint.path}?page=1&pageSize=1000{query}")
    assert reply.status_code == 200, reply.text
    return list(reply.json()[endpoint.envelope or ""])


def leaves(kind: str | None, record: Record, before: str = "") -> Iterator[tuple[str, str, Any]]:
    """Dotted name, type by the catalogue, and value of what a record shows outside of lists."""
    known = load().record(kind).by_name if kind and kind[:1].isupper() else {}
    for name, value in record.items():
        field = known.get(name)
        if isinstance(value, dict):
            yield from leaves(field.of if field else None, value, f"{before}{name}.")
        elif value is not None and not isinstance(value, list):
            yield f"{before}{name}", field.type if field else "", value


def clause(name: str, kind: str, value: Any) -> str:
    """The test of a field for the value that a reply shows."""
    if isinstance(value, bool):
        return f"{name}=={str(value).lower()}"
    if isinstance(value, int | float) and kind != "text":
        return f"{name}=={value}"
    if found := re.match(r"/Date\((-?\d+)", str(value)):
        moment = datetime(1970, 1, 1) + timedelta(milliseconds=int(found[1]))
        sign = "==" if kind == "date" else ">="
        parts = (moment.hour, moment.minute, moment.second) if kind != "date" else ()
        numbers = ",".join(map(str, (moment.year, moment.month, moment.day, *parts)))
        return f"{name}{sign}DateTime({numbers})"
    return f'{name}==Guid("{value}")' if kind == "uuid" else f'{name}=="{value}"'


@pytest.mark.parametrize("endpoint", WITH_WHERE, ids=lambda each: each.name)
def test_where_finds_what_the_reply_shows(demo: Caller, endpoint: Endpoint) -> None:
    tried: set[str] = set()
    key = load().record(str(endpoint.record)).key[0]
    for record in records_of(demo, endpoint)[:120]:
        same = clause(key, "uuid" if GUID.fullmatch(record[key]) else "text", record[key])
        for name, kind, value in leaves(endpoint.record, record):
            if name in tried or '"' in str(value):
                continue
            tried.add(name)
            where = quote(f"{clause(name, kind, value)} AND {same}", safe="")
            assert records_of(demo, endpoint, f"&where={where}") == [record], (name, value)
    assert tried


@pytest.mark.parametrize("endpoint", ORDERED, ids=lambda each: each.name)
def test_order_knows_what_the_reply_shows(demo: Caller, endpoint: Endpoint) -> None:
    (first, *_), path = records_of(demo, endpoint), endpoint.path
    for name, _, _ in leaves(endpoint.record, first):
        assert demo.get(f"{path}?page=1&pageSize=1&order={name}%20DESC").status_code == 200, name


GUID = re.compile(r"[0-9a-f-]{36}")
BY_PARAMETER: list[tuple[str, str, str]] = [
    # list, parameter, field of the reply
    ("invoices.list", "IDs", "InvoiceID"),
    ("invoices.list", "InvoiceNumbers", "InvoiceNumber"),
    ("invoices.list", "ContactIDs", "Contact.ContactID"),
    ("invoices.list", "Statuses", "Status"),
    ("invoices.list", "searchTerm", "InvoiceNumber"),
    ("invoices.list", "searchTerm", "Reference"),
    ("contacts.list", "IDs", "ContactID"),
    ("contacts.list", "searchTerm", "Name"),
    ("contacts.list", "searchTerm", "EmailAddress"),
    ("contacts.list", "searchTerm", "ContactNumber"),
    ("contacts.list", "searchTerm", "FirstName"),
    ("contacts.list", "searchTerm", "LastName"),
    ("contacts.list", "searchTerm", "CompanyNumber"),
    ("budgets.list", "IDs", "BudgetID"),
    ("overpayments.list", "References", "Reference"),
    ("prepayments.list", "InvoiceNumbers", "InvoiceNumber"),
    ("purchase_orders.list", "Status", "Status"),
    ("purchase_orders.list", "DateFrom", "DateString"),
    ("purchase_orders.list", "DateTo", "DateString"),
    ("quotes.list", "Status", "Status"),
    ("quotes.list", "ContactID", "Contact.ContactID"),
    ("quotes.list", "QuoteNumber", "QuoteNumber"),
    ("quotes.list", "DateFrom", "DateString"),
    ("quotes.list", "DateTo", "DateString"),
    ("quotes.list", "ExpiryDateFrom", "ExpiryDateString"),
    ("quotes.list", "ExpiryDateTo", "ExpiryDateString"),
    ("linked_transactions.list", "LinkedTransactionID", "LinkedTransactionID"),
    ("linked_transactions.list", "SourceTransactionID", "SourceTransactionID"),
    ("linked_transactions.list", "TargetTransactionID", "TargetTransactionID"),
    ("linked_transactions.list", "ContactID", "ContactID"),
    ("linked_transactions.list", "Status", "Status"),
]
FLAGS = {
    "page",
    "pageSize",
    "where",
    "order",
    "unitdp",
    "summaryOnly",
    "includeArchived",
    "includeDeleted",
    "createdByMyApp",
    "offset",
    "paymentsOnly",
}
"""Parameters that are no filter by a value."""


@pytest.mark.parametrize(("name", "parameter", "field"), BY_PARAMETER)
def test_a_parameter_finds_what_the_reply_shows(
    demo: Caller, name: str, parameter: str, field: str
) -> None:
    endpoint = load().endpoint(name)
    whole = records_of(demo, endpoint)
    shown = [
        (record, value)
        for record in whole
        for path, _, value in leaves(endpoint.record, record)
        if path == field and value
    ]
    assert shown
    for record, value in (shown[0], shown[-1]):
        texts = [str(value)]
        if GUID.fullmatch(texts[0]):
            texts += [texts[0].upper(), texts[0].replace("-", "")]
        for text in texts:
            found = records_of(demo, endpoint, f"&{parameter}={quote(text, safe='')}")
            assert record in found, text
            if parameter not in ("DateFrom", "DateTo", "ExpiryDateFrom", "ExpiryDateTo"):
                assert len(found) < len(whole) or len(whole) == 1
    nothing = "1901-01-01" if parameter.endswith("To") else "2999-01-01"
    if "Date" not in parameter:
        nothing = "00000000-1111-0000-0000-000000000000"
    assert records_of(demo, endpoint, f"&{parameter}={nothing}") == []


def test_every_filter_of_the_catalogue_is_in_the_table() -> None:
    tested = {(name, parameter) for name, parameter, _ in BY_PARAMETER}
    lists = {each.name for each in load().endpoints if each.name.endswith(".list")}
    known = {
        (each.name, parameter.name)
        for each in load().endpoints
        if each.name in lists and "{" not in each.path and each.method == "GET"
        for parameter in each.parameters
        if parameter.name not in FLAGS
    }
    assert known - tested == {("budgets.list", "DateFrom"), ("budgets.list", "DateTo")}
    assert tested - known == set()


@pytest.mark.parametrize(
    "endpoint",
    [e for e in load().endpoints if e.modified_since and e.name.endswith(".list")],
    ids=lambda each: each.name,
)
def test_a_time_before_everything_finds_everything_and_one_after_it_nothing(
    demo: Caller, endpoint: Endpoint
) -> None:
    if endpoint.name == "journals.list":
        pytest.skip("closed to the connection")
    path = f"{endpoint.path}?page=1&pageSize=1000"
    whole = demo.get(path).json()[endpoint.envelope or ""]
    for text, count in (
        ("2001-01-01T00:00:00", len(whole)),
        ("Mon, 01 Jan 2001 00:00:00 GMT", len(whole)),
        ("2999-01-01T00:00:00", 0),
    ):
        reply = demo.get(path, headers={"If-Modified-Since": text})
        assert len(reply.json()[endpoint.envelope or ""]) == count, text
