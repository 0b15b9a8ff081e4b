"""What the tools answer is the same wherever the books were synced to; and names of attachments."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import one_run
from tests.api.conftest import Xero, home_for
from tests.mcp.conftest import KEY
from tests.mcp.lasting_agent import lasting
from tests.mcp.test_tools import ask, data, talk

import xeroport
from mcp import Client
from xeroport.jobs.ledger import ledger_instance
from xeroport.store.database import Store

QUESTIONS = (
    ("query", {"sql": "select invoice_number, total, date from invoice order by 1, 2 limit 20"}),
    (
        "query",
        {
            "sql": "select count(*) as n, sum(line_amount) as s from invoice_line_item",
            "format": "json",
        },
    ),
    ("record", {"kind": "account", "key": "200"}),
    ("report", {"statement": "trial-balance", "at": "2026-10-31"}),
    ("report", {"statement": "aged-receivables", "at": "2026-10-31"}),
)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Xero]]:
    """One organisation, synced as `duck`, `lake` and `server`, each with its ledger."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEY", KEY)
        home = tmp_path_factory.mktemp("places") / "home"
        emulator = xeroport.Emulator("demo", limits="off")
        with emulator.serve() as url:
            xero = Xero(emulator, url)
            places = {
                "duck": f"duckdb:{home / 'books.duckdb'}",
                "lake": f"parquet:{home.parent / 'lake'}",
                "server": one_run.new_database("agents"),
            }
            for name, place in places.items():
                home_for(home, xero, name)
                xeroport.sync(name, home=home, to=place, check=False, streams=STREAMS)
                asyncio.run(ledger_instance(Store(home), name, to=place, tied=False))
            with lasting(home):
                yield home, xero


STREAMS = (
    *("organisation", "accounts", "contacts", "invoices", "credit_notes", "payments", "items"),
    *("bank_transactions", "bank_transfers", "manual_journals", "overpayments", "prepayments"),
    *("currencies", "tax_rates", "tracking_categories"),
)


def test_the_same_answers_from_each_place(three: tuple[Path, Xero]) -> None:
    home, _ = three

    async def work(client: Client) -> dict[str, list[str]]:
        said: dict[str, list[str]] = {}
        for name in ("duck", "lake", "server"):
            for tool, arguments in QUESTIONS:
                result = await client.call_tool(tool, {"instance": name, **arguments})
                text = result.content[0].text
                assert not result.is_error, (name, tool, text)
                assert f"instance `{name}`" in text
                said.setdefault(name, []).append(without_times(data(text)))
        return said

    said = talk(home, work)
    assert said["lake"] == said["duck"]
    assert said["server"] == said["duck"]


def without_times(text: str) -> str:
    lines = (line for line in text.splitlines() if "_synced_at" not in line)
    return "\n".join(lines).replace("+00:00", "")


@pytest.mark.parametrize("name", ["lake", "server"])
@pytest.mark.parametrize(
    "sql",
    [
        "select * from duck.invoice",
        "select * from information_schema.tables",
        "select pg_read_file('/etc/passwd')",
        "select * from read_csv('/etc/passwd')",
        "delete from invoice",
        "select 1; select 2",
    ],
)
def test_neither_place_is_a_way_out(three: tuple[Path, Xero], name: str, sql: str) -> None:
    home, _ = three
    text, is_error = ask(home, "query", instance=name, sql=sql)
    assert is_error
    assert "unexpected" not in text


def test_names_of_attachments(three: tuple[Path, Xero]) -> None:
    home, xero = three
    invoice = next(
        invoice
        for invoice in xero.emulator.organisation.tables["Invoice"]
        if invoice.get("HasAttachments")
    )
    arguments = {"instance": "duck", "kind": "invoice", "key": str(invoice["InvoiceID"])}

    async def work(client: Client) -> str:
        return str((await client.call_tool("record", arguments)).content[0].text)

    assert "their names need `--live`" in talk(home, work)
    shown = json.loads(data(talk(home, work, live=True)))
    assert shown["attachments"]
    assert all("." in name for name in shown["attachments"])
