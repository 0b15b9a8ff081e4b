"""The three prompts as an agent works through them on the demo: `golden/` holds each prompt, every
call and its answer. The calls are made again and must be answered alike.

`XEROPORT_GOLDEN=write pytest tests/mcp/test_golden.py` writes them again from the plans below.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.api.conftest import Xero, home_for
from tests.mcp.conftest import KEY
from tests.mcp.test_tools import talk

import xeroport
from mcp import Client
from xeroport.clock import ManualClock
from xeroport.jobs.ledger import ledger_instance
from xeroport.store.database import Store

FOLDER = Path(__file__).with_name("golden")
CALL = re.compile(r"^## `(\w+)` (\{[^\n]*\})\n\n```text\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
MOVING = (
    (re.compile(r"data-[0-9a-f]{8}"), "data-mark"),
    (re.compile(r"^(as of|ledger as of): .*$", re.MULTILINE), r"\1: a moment"),
    (re.compile(r"(?<=,)\d{4}-\d\d-\d\d \d\d:\d\d(?=,)"), "a moment"),
)
"""What differs each time; the runs' own times, and the marks around data."""


class ToolCall(NamedTuple):
    """One call of a transcript."""

    tool: str
    arguments: dict[str, Any]


def query(sql: str) -> ToolCall:
    return ToolCall("query", {"instance": "demo", "sql": sql})


def report(statement: str, **more: str) -> ToolCall:
    return ToolCall("report", {"instance": "demo", "statement": statement, **more})


OCTOBER = "date between date '2026-10-01' and date '2026-10-31' and _deleted_at is null"
PLANS: dict[str, tuple[dict[str, str], list[ToolCall]]] = {
    "month_end_review": (
        {"instance": "demo", "month": "2026-10"},
        [
            ToolCall("runs", {"instance": "demo"}),
            query(
                "select type, invoice_number, contact_name, date, status, total, currency_code "
                f"from invoice where status in ('DRAFT', 'SUBMITTED') and {OCTOBER} "
                "order by total desc, invoice_number"
            ),
            query(
                "select date, type, contact_name, reference, total, currency_code "
                f"from bank_transaction where not is_reconciled and status = 'AUTHORISED' and "
                f"{OCTOBER} order by total desc, reference limit 10"
            ),
            query(
                "select count(*) as without_due_date from invoice where due_date is null and "
                f"status in ('AUTHORISED', 'PAID') and {OCTOBER}"
            ),
            report("profit-and-loss", since="2026-08-01", until="2026-10-31", by="month"),
            report(
                "profit-and-loss",
                since="2026-10-01",
                until="2026-10-31",
                account="Repairs and Service",
            ),
        ],
    ),
    "who_owes_us": (
        {"instance": "demo"},
        [
            report("aged-receivables", at="2026-10-31"),
            query(
                "select contact_name, currency_code, sum(amount_due) as due, "
                "min(due_date) as oldest, count(*) as invoices from invoice where type = 'ACCREC' "
                "and status = 'AUTHORISED' and amount_due > 0 and _deleted_at is null "
                "group by all order by due desc, contact_name limit 10"
            ),
            query(
                "select contact_name, credit_note_number, remaining_credit, currency_code "
                "from credit_note where type = 'ACCRECCREDIT' and status = 'AUTHORISED' and "
                "remaining_credit > 0 and _deleted_at is null order by 3 desc, 2"
            ),
        ],
    ),
    "why_did_this_account_move": (
        {"instance": "demo", "account": "200", "start": "2026-09-01", "end": "2026-10-31"},
        [
            ToolCall(
                "query",
                {
                    "instance": "demo",
                    "sql": "select code, name, type from account where code = '200'",
                },
            ),
            report("profit-and-loss", since="2026-09-01", until="2026-10-31", account="200"),
            query(
                "select date_trunc('month', i.date) as month, i.type, sum(l.line_amount) as s, "
                "count(*) as lines from invoice_line_item l join invoice i using (invoice_id) "
                "where l.account_code = '200' and i.status in ('AUTHORISED', 'PAID') and "
                "i._deleted_at is null and i.date between date '2026-09-01' and "
                "date '2026-10-31' group by all order by 1, 2"
            ),
        ],
    ),
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The demo as it is on one day, synced, with its ledger tied to Xero."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEY", KEY)
        home = tmp_path_factory.mktemp("golden") / "home"
        clock = ManualClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
        emulator = xeroport.Emulator("demo", limits="off", clock=clock)
        with emulator.serve() as url:
            home_for(home, Xero(emulator, url), "demo")
            xeroport.sync("demo", home=home, check=False)
            url = f"duckdb:{home / 'books.duckdb'}"
            asyncio.run(ledger_instance(Store(home), "demo", to=url, tied=False))
        yield home


def settled(text: str) -> str:
    for pattern, words in MOVING:
        text = pattern.sub(words, text)
    return text


async def transcript(client: Client, name: str, calls: list[ToolCall]) -> str:
    """A prompt, and every call with its answer."""
    arguments = PLANS[name][0]
    (message,) = (await client.get_prompt(name, arguments)).messages
    parts = [f"# {name}\n\n`{json.dumps(arguments)}`\n\n```text\n{message.content.text}\n```\n"]
    for call in calls:
        result = await client.call_tool(call.tool, call.arguments)
        assert not result.is_error, result.content[0].text
        answer = settled(result.content[0].text)
        parts.append(f"## `{call.tool}` {json.dumps(call.arguments)}\n\n```text\n{answer}\n```\n")
    return "\n".join(parts)


@pytest.mark.parametrize("name", PLANS)
def test_a_prompt_is_answered_as_it_was(demo: Path, name: str) -> None:
    path = FOLDER / f"{name}.md"
    if os.environ.get("XEROPORT_GOLDEN") == "write":
        made = talk(demo, lambda client: transcript(client, name, PLANS[name][1]))
        path.write_text(made, encoding="utf-8")
    stored = path.read_text(encoding="utf-8")
    calls = [ToolCall(each[1], json.loads(each[2])) for each in CALL.finditer(stored)]
    assert calls == PLANS[name][1]
    assert talk(demo, lambda client: transcript(client, name, calls)) == stored


def test_the_transcripts_show_something() -> None:
    """No answer of them is empty."""
    for name in PLANS:
        stored = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        answers = [each[3] for each in CALL.finditer(stored)]
        assert all(answer.count("\n") > 3 for answer in answers), name
