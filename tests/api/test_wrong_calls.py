"""A call with a wrong argument: it is named before anything is sent, and harms no other call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import Xero

import xeroport
from xeroport.xero.wire.headers import added

WRONG: list[tuple[Callable[[xeroport.Client], Any], str]] = [
    (lambda x: x.invoices.list(headers=["a"]), "`headers` must be a mapping of text to text"),
    (lambda x: x.invoices.list(headers="a"), "`headers` must be a mapping of text to text"),
    (lambda x: x.invoices.list(headers={"a": 1}), "the header `a` must be text, not int"),
    (lambda x: x.invoices.list(headers={5: "a"}), "the header `5`"),
    (lambda x: x.invoices.list(headers={"a": "b\nc"}), "the header `a` .*visible ASCII"),
    (lambda x: x.invoices.list(headers={"a": "é"}), "the header `a` .*visible ASCII"),
    (lambda x: x.invoices.list(headers={"a b": "c"}), "`a b` is not the name of a header"),
    (lambda x: x.invoices.list(headers={"": "c"}), "`` is not the name of a header"),
    (
        lambda x: x.invoices.list(headers={"authorization": "c"}),
        "the header `authorization` is the client's own",
    ),
    (lambda x: x.invoices.list(headers={"Host": "c"}), "the header `Host` is the client's own"),
    (
        lambda x: x.invoices.create({}, headers={"idempotency-key": "c"}),
        "the header `idempotency-key` .*`idempotency_key=…`",
    ),
    (
        lambda x: x.invoices.list(headers={"If-Modified-Since": "c"}),
        "the header `If-Modified-Since` .*`modified_since=…`",
    ),
    (lambda x: x.invoices.list(modified_since=5), "`5` is not a point in time"),
    (lambda x: x.invoices.list(modified_since=True), "`True` is not a point in time"),
    (lambda x: x.call(None), "`endpoint` must be text, not None"),
    (lambda x: x.call(x.invoices.list), '`endpoint` must be text.*such as `"invoices.list"`'),
    (lambda x: next(x.pages(5)), "`endpoint` must be text, not int"),
    (lambda x: next(x.records(5)), "`endpoint` must be text, not int"),
    (lambda x: x.call("invoices.list", "page=1"), "`params` must be a mapping"),
    (lambda x: x.call("invoices.list", ["page"]), "`params` must be a mapping"),
    (lambda x: next(x.pages("invoices.list", "page=1")), "`params` must be a mapping"),
    (lambda x: x.call("invoices.list", to=5), "`to` must be a path, not int"),
    (lambda x: x.invoices.create([]), "`invoices.create` has no record to send"),
    (lambda x: x.invoices.create(()), "`invoices.create` has no record to send"),
    (lambda x: x.invoices.create("x"), "takes records, not str"),
    (lambda x: x.invoices.create(5), "takes records, not int"),
    (lambda x: x.invoices.create(["x"]), "record 1 of the body is a `str`"),
    (lambda x: x.invoices.create([{}, ["a"]]), "record 2 of the body is a `list`"),
    (lambda x: x.invoices.create({1, 2}), "record 1 of the body is a `int`"),
    (lambda x: x.invoices.create(object()), "takes records, not object"),
    (lambda x: x.invoices.history.add(x.usage, {}), "must be a UUID"),
]


@pytest.fixture(scope="module")
def client(demo_xero: Xero) -> Iterator[xeroport.Client]:
    with xeroport.Client(**demo_xero.credentials) as client:
        yield client


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_what_is_wrong_is_named_and_nothing_is_sent(
    wrong: Callable[[xeroport.Client], Any], said: str, client: xeroport.Client
) -> None:
    calls = client.usage.calls
    with pytest.raises(xeroport.InputError, match=said) as refused:
        wrong(client)
    assert "\n" not in str(refused.value)
    assert client.usage.calls == calls


def test_a_wrong_header_stops_no_other_call(client: xeroport.Client) -> None:
    """It was taken for an outage, and all other calls waited for Xero to come back."""
    with pytest.raises(xeroport.InputError):
        client.organisation.get(headers={"a": "b\nc"})
    assert client.organisation.get(timeout=20, retries=0)["Name"]


def test_a_header_stands_once_however_it_is_spelled() -> None:
    assert added({"Accept": "a", "X": "b"}, {"ACCEPT": "c"}) == {"Accept": "c", "X": "b"}
    assert added({"User-Agent": "mine"}, {"user-agent": "other"}) == {"User-Agent": "other"}


def test_a_reply_goes_into_a_file_that_text_names(client: xeroport.Client, tmp_path: Path) -> None:
    target = tmp_path / "organisation.json"
    client.call("organisation.get", to=str(target))
    assert b"Organisations" in target.read_bytes()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"headers": "a"}, "`headers` must be a mapping of text to text"),
        ({"headers": {"a": "b\n"}}, "visible ASCII"),
        ({"timeout": "5"}, "`timeout` must be more than 0"),
        ({"timeout": -1}, "`timeout` must be more than 0"),
        ({"retries": "x"}, "`retries` must be a whole number"),
        ({"scopes": 5}, "`scopes` must be text, or a list of it"),
        ({"scopes": [5]}, "`scopes` must be text, or a list of it"),
        ({"home": 5}, "the home folder must be a path, not int"),
        ({"login": 5}, "`login` must be the name of a login, or keep its tokens"),
    ],
)
def test_a_client_is_not_opened_with_what_is_wrong(
    wrong: dict[str, Any], said: str, demo_xero: Xero
) -> None:
    with pytest.raises(xeroport.InputError, match=said):
        xeroport.Client(**demo_xero.credentials | wrong)
    with pytest.raises(xeroport.InputError, match=said):
        xeroport.AsyncClient(**demo_xero.credentials | wrong)


def test_async_calls_say_the_same(demo_xero: Xero) -> None:
    async def work() -> None:
        async with xeroport.AsyncClient(**demo_xero.credentials) as client:
            with pytest.raises(xeroport.InputError, match="visible ASCII"):
                await client.invoices.list(headers={"a": "b\n"})
            with pytest.raises(xeroport.InputError, match="`endpoint` must be text"):
                await anext(client.pages(None))
            since = datetime(2026, 1, 1)
            assert await client.invoices.list(modified_since=since)
        with pytest.raises(RuntimeError, match="closed"):
            await client.invoices.list()

    asyncio.run(work())
