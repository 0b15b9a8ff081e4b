"""The page of agents: what AI clients asked, the servers that run, the settings and the token."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from console_world import HOSTS, NASTY, TOKEN, Visitor, visiting
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.testclient import TestClient

from mcp import Client
from xeroport.console.app import build
from xeroport.console.web.guard import ConsoleAccess
from xeroport.mcp.over_http import McpOverHttp
from xeroport.mcp.server import opened
from xeroport.store import agent_token, agents
from xeroport.store.agents import AgentCall
from xeroport.store.database import Store


@pytest.fixture
def visitor(home: Path) -> Iterator[Visitor]:
    with visiting(home) as visitor:
        yield visitor


def ask(home: Path, tool: str, **arguments: Any) -> None:
    async def work() -> None:
        with opened(home) as server:
            async with Client(server) as client:
                await client.call_tool(tool, arguments)

    asyncio.run(work())


def test_what_was_asked_is_shown_and_the_question_is_not(home: Path, visitor: Visitor) -> None:
    assert "Nothing was asked yet" in visitor.get("/agents").text
    ask(home, "query", instance="acme-uk", sql="select 'private words' from invoice limit 3")
    ask(home, "query", instance="acme-uk", sql="drop table invoice")
    ask(home, "tables", instance="nobody")
    page = visitor.get("/agents").text
    rows = re.findall(r"<code>(\w+)</code></td><td class=\"breaks\">([\w-]+)</td>", page)
    assert rows == [("tables", "nobody"), ("query", "acme-uk"), ("query", "acme-uk")]
    assert page.count("badge good") == 1
    assert "InputError" in page
    assert "UnknownName" in page
    assert "private words" not in page
    only = visitor.get("/agents?instance=acme-uk").text
    assert only.count("<code>query</code>") == 2
    assert "<code>tables</code>" not in only


def test_names_that_clients_give_themselves_stay_text(home: Path, visitor: Visitor) -> None:
    store = Store(home)
    assert agents.latest(store, 1) == ()
    for name in NASTY:
        agents.note(store, AgentCall(datetime.now(UTC), name, name, name, name, name, 1, 2, 3))
    page = visitor.get("/agents").text
    assert "<script>document" not in page
    assert "onerror=alert(1)>" not in page.replace("&gt;", "")
    for path in ("/agents?show=x", "/agents?show=99999999999", "/agents?instance=%00<b>"):
        assert visitor.get(path).status_code == 200


def test_the_servers_that_run_are_listed(home: Path, visitor: Visitor) -> None:
    assert "No AI client is connected now" in visitor.get("/agents").text
    with opened(home, propose=True, door="http"):
        page = visitor.get("/agents").text
        assert "read the books, propose records" in page
        assert "This address answers now" in page
    assert "No AI client is connected now" in visitor.get("/agents").text


def test_only_the_latest_calls_are_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "KEPT", 5)
    store = Store(home)
    for number in range(12):
        agents.note(
            store, AgentCall(datetime.now(UTC), "c", "t", "i", str(number), "done", 0, 0, 0)
        )
    assert [call.arguments for call in agents.latest(store, 100)] == ["11", "10", "9", "8", "7"]


def shown_token(page: str) -> str:
    match = re.search(r'value="([\w-]{20,})" aria-label="The token"', page)
    assert match, page
    return match[1]


def test_a_new_token_ends_the_old_one_at_once(home: Path, visitor: Visitor) -> None:
    assert agent_token.token(home) not in visitor.get("/agents").text
    assert "Bearer …" in visitor.get("/agents").text
    old = shown_token(visitor.post("/agents/token").text)
    assert old == agent_token.token(home)

    with opened(home, door="http") as server:
        door = McpOverHttp(server, Starlette(), home=home)
        assert is_let_in(door, old)
        new = shown_token(visitor.post("/agents/new-token").text)
        assert new != old
        assert not is_let_in(door, old)
        assert is_let_in(door, new)
    assert f"Bearer {new}" in visitor.post("/agents/token").text.replace("&#34;", '"')
    assert (home / "mcp.token").stat().st_mode & 0o777 == 0o600


def is_let_in(door: McpOverHttp, token: str) -> bool:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return door._is_known(Request({"type": "http", "headers": headers}))


def test_who_may_only_look_gets_no_token(home: Path) -> None:
    keeper = ConsoleAccess()
    with TestClient(build(home, console_access=keeper, hosts=HOSTS)) as client:
        client.get(f"/login?link={keeper.new_link('view')}")
        page = client.get("/agents").text
        assert "What they asked" in page
        assert "Show the token" not in page
        csrf = TOKEN.search(page)
        for path in ("/agents/token", "/agents/new-token"):
            fields = {"csrf": csrf[1]} if csrf else {}
            reply = client.post(path, data=fields)
            assert reply.status_code == 403
            assert agent_token.token(home) not in reply.text
