"""The server as a client starts it: over standard input and output, and what it writes nowhere."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.mcp.conftest import KEY

from mcp import Client, StdioServerParameters, stdio_client
from xeroport.mcp.answers import MOST_BYTES


def server(home: Path, *more: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "xeroport", "mcp", "--home", str(home), *more],
        env={**os.environ, "XEROPORT_KEY": KEY},
    )


def test_a_client_over_stdio(home: Path) -> None:
    async def main() -> None:
        async with Client(stdio_client(server(home))) as client:
            assert client.server_info.name == "xeroport"
            tools = (await client.list_tools()).tools
            assert "query" in {tool.name for tool in tools}
            result = await client.call_tool(
                "query", {"instance": "acme", "sql": "select count(*) as n from invoice"}
            )
            assert not result.is_error
            assert "\nn\n" in result.content[0].text

    asyncio.run(main())


def test_print_config_is_what_a_client_needs(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xeroport", "mcp", "--print-config", "--home", str(home)],
        capture_output=True,
        text=True,
        check=True,
    )
    entry = json.loads(done.stdout)["mcpServers"]["xeroport"]
    assert entry["args"] == ["mcp", "--home", str(home)]


@pytest.mark.parametrize("calls", [150, pytest.param(2_000, marks=pytest.mark.soak)])
def test_fuzzed_calls_write_nothing_and_stay_small(home: Path, calls: int) -> None:
    """Whatever is sent: an answer inside the caps, no unexpected error, not a byte changed."""
    before = (home / "books.duckdb").read_bytes()
    chance = random.Random(calls)

    async def main() -> None:
        async with Client(stdio_client(server(home, "--live"))) as client:
            for _ in range(calls):
                name, arguments = call(chance)
                result = await client.call_tool(name, arguments)
                text = "".join(part.text for part in result.content)
                assert len(text.encode()) <= MOST_BYTES
                assert "unexpected" not in text, (name, arguments, text)
                assert str(home) not in text

    asyncio.run(main())
    assert (home / "books.duckdb").read_bytes() == before


WORDS = ["acme", "other", "nobody", "", "invoice", "contact", "x" * 3000, "\x00", "‮", "../..", "💣"]
SQL = [
    "select {} from {}",
    "select count(*) from {} {}",
    "{}; drop table {}",
    "with {} as (select 1) select * from {}",
    "select * from {} where x = '{}'",
    "({}{})",
    "pivot {} on {}",
    "select {}, [1, 2], {{'a': 1}} from (values ({}))",
]


def call(chance: random.Random) -> tuple[str, dict[str, Any]]:
    tool = chance.choice(
        [
            *("instances", "tables", "columns", "query", "query", "query", "record", "runs"),
            *("endpoints", "nothing"),
        ]
    )

    def word() -> Any:
        return chance.choice([*WORDS, *WORDS, 5, -1, None, True, 1.5, [], {}])

    arguments: dict[str, Any] = {}
    if tool != "instances" or chance.random() < 0.1:
        arguments["instance"] = "acme" if chance.random() < 0.7 else word()
    for name in ("table", "sql", "limit", "format", "kind", "key", "resource"):
        if chance.random() < 0.4:
            arguments[name] = word()
    if tool == "query" and chance.random() < 0.8:
        form = chance.choice(SQL)
        parts = [chance.choice(["*", "1", *map(str, WORDS[:7])]) for _ in range(form.count("{}"))]
        arguments["sql"] = form.format(*parts)
        arguments.pop("limit", None)
        arguments.pop("format", None)
        for name in ("table", "kind", "key", "resource"):
            arguments.pop(name, None)
    return tool, arguments
