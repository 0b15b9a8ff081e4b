"""Answers that nobody would send: a check and a push say so in their own words, and go on after."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from push_world import World, invoice

from xeroport.catalogue import load
from xeroport.errors import Unavailable, XeroportError
from xeroport.jobs.instances.connect import recheck
from xeroport.xero.tokens import lifetime_of
from xeroport.xero.wire.reply import Reply

LIMITS = ("x-daylimit-remaining", "x-minlimit-remaining", "x-appminlimit-remaining", "retry-after")
NUMBERS = ("9" * 5_000, "1" * 30, "1e308", "-1", "nan", "Infinity", "", "Fri, 99 Foo 9999")
BODIES = (
    b"[]", b"null", b"1", b"{}", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 100_000, b"\x00",
    b'{"access_token":"a","expires_in":%s}' % (b"9" * 400),
    b'{"access_token":1}', b'{"access_token":"a","expires_in":1e999}',
    b'{"access_token":"\\ud800","expires_in":1800}', b'{"access_token":"a","expires_in":-1}',
    b'{"Organisations":{}}', b'{"Organisations":[1]}', b'{"Organisations":[{"Name":1e999}]}',
    b'{"Organisations":[{"Name":"x","Timezone":[],"OrganisationID":{},"BaseCurrency":[]}]}',
    b'{"DateTimeUTC":"/Date(99999999999999999999)/","Organisations":[{"Name":"x"}]}',
    b'{"Elements":[{"ValidationErrors":5}]}', b'{"Elements":5,"Message":{}}',
    b'{"Elements":[[[]]]}', b'{"Invoices":[null,1,"x"]}', b'{"Invoices":{"a":1}}',
    b'{"Invoices":[{"InvoiceID":5,"ValidationErrors":{"a":1},"StatusAttributeString":7}]}',
    b'{"Invoices":[{"InvoiceID":"i","Total":1e999,"LineItems":7,"Contact":[]}]}',
    b'{"pagination":{"pageCount":"x","itemCount":1e999},"Invoices":[]}',
)  # fmt: skip


@dataclass
class Hostile(httpx2.AsyncBaseTransport):
    """Answers with other headers, another body or another status, where a path has a part."""

    inner: httpx2.AsyncBaseTransport
    where: str
    status: int | None = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self.inner.handle_async_request(request)
        if self.where not in request.url.path:
            return answer
        body = await answer.aread()
        kept = {n: v for n, v in answer.headers.items() if not n.startswith("content-")}
        return httpx2.Response(
            self.status or answer.status_code,
            stream=httpx2.ByteStream(body if self.body is None else self.body),
            headers={**kept, "content-type": "application/json", **self.headers},
            request=request,
        )


def cases(kind: str) -> Iterator[dict[str, Any]]:
    for name in LIMITS if kind == "headers" else ():
        for value in NUMBERS:
            yield {"where": "/api.xro", "headers": {name: value}}
    for body in BODIES if kind != "headers" else ():
        if kind == "tokens":
            yield {"where": "/connect/token", "body": body}
        else:
            yield {"where": "/api.xro", "body": body, "status": int(kind)}


@pytest.mark.parametrize("kind", ["headers", "tokens", "200", "400"])
def test_a_hostile_answer_is_said_in_our_words(world: World, kind: str) -> None:
    whole = world.transport
    for number, case in enumerate(cases(kind)):
        world.transport = Hostile(whole, **case)
        with suppress(XeroportError):
            asyncio.run(recheck(world.store, "acme"))
        row = invoice(f"H-{number}") | ({"Type": "ACCPAY"} if number % 2 else {})
        world.push("invoices.create", [row], key="InvoiceNumber")
        world.transport = whole
        world.clock.advance(90_000)
    report = world.push("invoices.create", [invoice("after")])
    assert report.counts == {"sent": 1}
    numbers = [each["InvoiceNumber"] for each in world.held("Invoice")]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("body", [*BODIES, b"{", b'{"Reports":[}', b"\xff"])
def test_a_reply_without_its_record_is_said(body: bytes) -> None:
    endpoint = load().endpoint("reports.trial_balance")
    reply = Reply(endpoint, 200, {}, body, len(body), datetime.now(UTC))
    with suppress(Unavailable):
        assert isinstance(reply.first, dict)


@pytest.mark.parametrize("seconds", [10**400, 1e300, float("inf"), -1, 0, True, "1800", None, []])
def test_a_token_without_a_life_lives_half_an_hour(seconds: Any) -> None:
    assert lifetime_of({"expires_in": seconds}) == 1800.0
    assert lifetime_of({"expires_in": 60}) == 60.0
