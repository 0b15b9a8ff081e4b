"""Proposals: held, seen in words, sent once after a person's yes and never before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from tests.api.conftest import Xero, home_for
from tests.mcp.test_tools import rows

import xeroport
from mcp import Client
from xeroport.cli import main
from xeroport.mcp.server import opened


class Proposing(NamedTuple):
    """A home folder of the test's own, and the Xero behind it."""

    home: Path
    xero: Xero

    def contacts(self) -> list[str]:
        with xeroport.Client(**self.xero.credentials) as client:
            return sorted(contact["Name"] for contact in client.contacts.list())

    def ask(self, tool: str, **arguments: Any) -> tuple[str, bool]:
        async def work() -> tuple[str, bool]:
            with opened(self.home, propose=True) as server:
                async with Client(server) as client:
                    result = await client.call_tool(tool, arguments)
                    return result.content[0].text, bool(result.is_error)

        return asyncio.run(work())

    def run(self, *words: str) -> str:
        ran = CliRunner().invoke(main, [*words, "--home", str(self.home)])
        assert ran.exit_code == 0, ran.output
        return ran.output


@pytest.fixture
def proposing(tmp_path: Path) -> Iterator[Proposing]:
    emulator = xeroport.Emulator("empty", limits="off")
    with emulator.serve() as url:
        xero = Xero(emulator, url)
        yield Proposing(home_for(tmp_path / "home", xero), xero)


NAMES = [{"Name": "Alpha Ltd"}, {"Name": "Beta Ltd"}]


def test_only_propose_offers_it_and_says_that_it_writes(proposing: Proposing) -> None:
    async def work() -> None:
        for is_on in (False, True):
            with opened(proposing.home, propose=is_on) as server:
                async with Client(server) as client:
                    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
                    assert ("propose" in tools) is is_on
        assert tools["propose"].annotations.read_only_hint is False
        assert tools["propose"].annotations.destructive_hint is False
        assert not {"approve", "push", "call", "delete"} & set(tools)

    asyncio.run(work())


def test_a_proposal_waits_for_a_person_and_is_sent_once(proposing: Proposing) -> None:
    before = proposing.contacts()
    text, is_error = proposing.ask(
        "propose", instance="acme", endpoint="contacts.create", documents=NAMES
    )
    assert not is_error, text
    assert "proposed: creates 2 records; held, nothing was sent" in text
    assert "to approve: xeroport outbox approve acme" in text
    assert [row["key"] for row in rows(text)] == ["Alpha Ltd", "Beta Ltd"]
    again, _ = proposing.ask(
        "propose", instance="acme", endpoint="contacts.create", documents=NAMES
    )
    assert "already known: 2" in again
    assert proposing.contacts() == before
    proposing.run("outbox", "approve", "acme", "--yes", "--as", "Ann")
    assert proposing.contacts() == sorted([*before, "Alpha Ltd", "Beta Ltd"])
    proposing.ask("propose", instance="acme", endpoint="contacts.create", documents=NAMES)
    proposing.run("outbox", "approve", "acme", "--yes", "--as", "Ann")
    assert proposing.contacts() == sorted([*before, "Alpha Ltd", "Beta Ltd"])
    with xeroport.Client(**proposing.xero.credentials) as client:
        (alpha,) = client.contacts.list(where='Name=="Alpha Ltd"')
        notes = [note["Details"] for note in client.contacts.history.list(alpha["ContactID"])]
    assert any(note and "Approved by Ann" in note for note in notes)


def test_what_it_does_is_said_in_the_very_word(proposing: Proposing) -> None:
    invoice = {
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "InvoiceNumber": "A-1",
        "Contact": {"Name": "Alpha Ltd"},
        "Date": "2026-11-01",
        "DueDate": "2026-12-01",
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 120, "AccountCode": "200"}],
    }
    text, is_error = proposing.ask(
        "propose", instance="acme", endpoint="invoices.create", documents=[invoice]
    )
    assert not is_error, text
    (row,) = rows(text)
    assert row["does"] == "approves; creates"
    assert row["amount"] == "120.00"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"endpoint": "contacts.create", "documents": [{"Nmae": "x"}]}, "Nmae"),
        ({"endpoint": "contacts.create", "documents": []}, "`documents` must not be empty"),
        ({"endpoint": "contacts.create", "documents": [{}] * 51}, "at most 50"),
        ({"endpoint": "contacts.list", "documents": [{"Name": "x"}]}, "takes no documents"),
        ({"endpoint": "invoices.email", "documents": [{"InvoiceID": "x"}]}, "takes no documents"),
        ({"endpoint": "contacts.crate", "documents": [{"Name": "x"}]}, "contacts.create"),
        ({"endpoint": "contacts.create", "documents": "x"}, "`documents` must be a list"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    proposing: Proposing, arguments: dict[str, Any], says: str
) -> None:
    text, _ = proposing.ask("propose", instance="acme", **arguments)
    assert says in text
    assert "held, nothing was sent" not in text
    assert proposing.run("outbox", "acme", "--json") == "{}\n"
