"""The server under `xeroport serve --mcp`: a token, and nothing without it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from mcp.client.streamable_http import streamable_http_client
from tests.mcp.conftest import KEY
from tests.mcp.lasting_agent import copied

from mcp import Client
from xeroport.store import agent_token

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


class Serving(NamedTuple):
    """A running `xeroport serve --mcp`."""

    address: str
    token: str


@contextmanager
def served_at(home: Path, *more: str) -> Iterator[Serving]:
    """`xeroport serve --mcp` over a home folder, with what `--print-config` says."""
    environment = {**os.environ, "XEROPORT_KEY": KEY}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "xeroport", "serve", "--mcp", "--port", "0", "--json"),
            *("--home", str(home), *more),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    try:
        lines = []
        while not lines or lines[-1] != "}\n":
            lines.append(process.stdout.readline())
        address = json.loads("".join(lines))["address"]
        printed = subprocess.run(
            [
                *(sys.executable, "-m", "xeroport", "mcp", "--print-config", "--url", address),
                *("--home", str(home)),
            ],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        entry = json.loads(printed.stdout)["mcpServers"]["xeroport"]
        assert entry["url"] == f"{address}/mcp"
        yield Serving(address, entry["headers"]["Authorization"].removeprefix("Bearer "))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@pytest.fixture(scope="module")
def serving(home: Path) -> Iterator[Serving]:
    with served_at(home) as serving:
        yield serving


def test_the_token_is_for_its_owner_alone(home: Path, serving: Serving) -> None:
    assert (home / "mcp.token").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("header", [None, "Bearer x", "Basic abc", "bearer"])
def test_without_the_token_there_is_nothing(serving: Serving, header: str | None) -> None:
    headers = ACCEPT | ({"Authorization": header} if header else {})
    for path in ("/mcp", "/mcp/"):
        answer = httpx2.post(f"{serving.address}{path}", json=CALL, headers=headers)
        assert answer.status_code == 401
        assert "tools" not in answer.text
    cookie = {"Cookie": "xeroport=1"}
    assert httpx2.get(f"{serving.address}/mcp", headers=cookie).status_code == 401


def test_a_page_of_another_site_is_refused(serving: Serving) -> None:
    """A browser names the page's origin; clients that are no browsers name none."""
    own = {"Authorization": f"Bearer {serving.token}"} | ACCEPT
    for origin in (
        "https://evil.example",
        "http://localhost.evil.example",
        "null",
        "file://",
        "http://[x",
    ):
        answer = httpx2.post(f"{serving.address}/mcp", json=CALL, headers=own | {"Origin": origin})
        assert (answer.status_code, "tools" in answer.text) == (403, False), origin
    for origin in (serving.address, "http://localhost:3000"):
        answer = httpx2.post(f"{serving.address}/mcp", json=CALL, headers=own | {"Origin": origin})
        assert answer.status_code != 403, origin


BEGIN = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "x", "version": "1"},
    },
}


def test_a_session_is_no_way_in_after_its_token_was_replaced(home: Path, tmp_path: Path) -> None:
    """Two clients have sessions of their own; a session's number without the token opens nothing,
    and a new token ends the sessions of the old one at once."""
    copy = tmp_path / "home"
    copied(home, copy)
    with (
        served_at(copy) as serving,
        httpx2.Client(base_url=serving.address, headers=ACCEPT, timeout=30) as http,
    ):
        own = {"Authorization": f"Bearer {serving.token}"}
        sessions = [
            http.post("/mcp", json=BEGIN, headers=own).headers["mcp-session-id"] for _ in range(2)
        ]
        assert sessions[0] != sessions[1]
        session = {"Mcp-Session-Id": sessions[0]}
        assert http.post("/mcp", json=CALL, headers=own | session).status_code == 200
        assert http.post("/mcp", json=CALL, headers=session).status_code == 401
        assert http.delete("/mcp", headers=session).status_code == 401
        unknown = {"Mcp-Session-Id": "0" * 32}
        assert http.post("/mcp", json=CALL, headers=own | unknown).status_code in (400, 404)
        agent_token.renewed(copy)
        assert http.post("/mcp", json=CALL, headers=own | session).status_code == 401
        new = {"Authorization": f"Bearer {agent_token.token(copy)}"}
        assert http.post("/mcp", json=CALL, headers=new | session).status_code == 200


def test_the_console_beside_it_still_asks_who_is_there(serving: Serving) -> None:
    headers = {"Authorization": f"Bearer {serving.token}"}
    answer = httpx2.get(f"{serving.address}/", headers=headers, follow_redirects=False)
    assert answer.status_code in (303, 401, 403)


def test_a_client_over_http(serving: Serving) -> None:
    async def main() -> None:
        headers = {"Authorization": f"Bearer {serving.token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{serving.address}/mcp", http_client=http)
            async with Client(transport) as client:
                assert "query" in {tool.name for tool in (await client.list_tools()).tools}
                for _ in range(3):
                    result = await client.call_tool(
                        "query", {"instance": "acme", "sql": "select count(*) as n from invoice"}
                    )
                    assert not result.is_error, result.content[0].text
                    assert "\nn\n" in result.content[0].text

    asyncio.run(main())
