"""Approval in the client's own window: only where the server was started so and the client can ask;
the person sees the very word and types it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp.types import ElicitRequestParams, ElicitResult
from tests.api.conftest import Xero, home_for
from tests.mcp.test_propose import Proposing
from tests.mcp.test_tools import rows

import xeroport
from mcp import Client
from xeroport.mcp.server import opened

BILL = {
    "Type": "ACCPAY",
    "Status": "AUTHORISED",
    "InvoiceNumber": "B-1",
    "Contact": {"Name": "Alpha Ltd"},
    "Date": "2026-11-01",
    "DueDate": "2026-12-01",
    "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 120, "AccountCode": "400"}],
}
VOID = {"InvoiceID": "", "InvoiceNumber": "B-1", "Status": "VOIDED"}


@pytest.fixture
def proposing(tmp_path: Path) -> Iterator[Proposing]:
    emulator = xeroport.Emulator("empty", limits="off")
    with emulator.serve() as url:
        xero = Xero(emulator, url)
        yield Proposing(home_for(tmp_path / "home", xero), xero)


class Person:
    """Who sits before the client, and what was asked."""

    def __init__(self, action: str, **content: str) -> None:
        self.result = ElicitResult(action=action, content=content or None)
        self.asked: list[str] = []

    async def __call__(self, context: Any, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        return self.result


def approve(
    proposing: Proposing,
    document: dict[str, Any],
    person: Person | None,
    endpoint: str,
    mode: str = "auto",
) -> tuple[str, bool]:
    """Propose a document, then ask for approval; the answer of the latter."""

    async def work() -> tuple[str, bool]:
        with opened(proposing.home, propose=True, ask=True) as server:
            async with Client(server, mode=mode, elicitation_callback=person) as client:
                held = await client.call_tool(
                    "propose",
                    {"instance": "acme", "endpoint": endpoint, "documents": [document]},
                )
                assert not held.is_error, held.content[0].text
                keys = [row["key"] for row in rows(held.content[0].text)]
                result = await client.call_tool("approve", {"instance": "acme", "keys": keys})
                return result.content[0].text, bool(result.is_error)

    return asyncio.run(work())


def invoices(proposing: Proposing) -> list[str]:
    table = proposing.xero.emulator.organisation.tables["Invoice"]
    return [str(invoice["Status"]) for invoice in table]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_person_types_the_very_word(proposing: Proposing, mode: str) -> None:
    person = Person("accept", word="approve, create", name="Ann")
    text, is_error = approve(proposing, BILL, person, "invoices.create", mode)
    assert not is_error, text
    (asked,) = person.asked
    assert "this approves 1 and creates 1 record, 120.00" in asked
    assert "B-1: approves and creates, Alpha Ltd, 120.00" in asked
    assert "type `approve, create`" in asked
    assert "approved by: Ann" in text
    assert "B-1,sent," in text
    assert invoices(proposing) == ["AUTHORISED"]
    (invoice,) = proposing.xero.emulator.organisation.tables["Invoice"]
    with xeroport.Client(**proposing.xero.credentials) as client:
        notes = [n["Details"] for n in client.invoices.history.list(invoice["InvoiceID"])]
        assert sum("Approved by Ann" in (note or "") for note in notes) == 1
    void = VOID | {"InvoiceID": str(invoice["InvoiceID"])}
    person = Person("accept", word="approve", name="Ann")
    text, is_error = approve(proposing, void, person, "invoices.update")
    assert "type `void`" in person.asked[0]
    assert is_error
    assert "the word is `void`" in text
    assert invoices(proposing) == ["AUTHORISED"]


@pytest.mark.parametrize(
    "person",
    [
        Person("decline"),
        Person("cancel"),
        Person("accept", word="yes", name="Ann"),
        Person("accept", word="create", name="Ann"),
        Person("accept", word="approve, create", name=" "),
        Person("accept"),
        None,
    ],
    ids=["declines", "cancels", "says yes", "half the word", "no name", "accepts blindly", "none"],
)
def test_anything_else_sends_nothing(proposing: Proposing, person: Person | None) -> None:
    text, _ = approve(proposing, BILL, person, "invoices.create")
    assert invoices(proposing) == []
    assert "unexpected" not in text
    assert str(proposing.home) not in text
    assert "held" in proposing.run("outbox", "acme")


def test_it_is_there_only_where_it_was_asked_for(proposing: Proposing) -> None:
    async def work() -> None:
        for options in ({}, {"propose": True}, {"ask": True}, {"propose": True, "ask": True}):
            with opened(proposing.home, **options) as server:
                async with Client(server) as client:
                    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
                    assert ("approve" in tools) is (len(options) == 2)
        assert tools["approve"].annotations.destructive_hint is True
        assert set(tools["approve"].input_schema["properties"]) == {"instance", "keys"}

    asyncio.run(work())
