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

from mcp import Client

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
