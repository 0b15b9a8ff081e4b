"""The MCP project's client in TypeScript, which shares no code with our server's library, drives
every tool, prompt and resource, over stdio and over HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import Xero, home_for
from tests.mcp.conftest import KEY
from tests.mcp.test_door import served_at

import xeroport
from xeroport.mcp.answers import MOST_BYTES

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]
SCRIPT = Path(__file__).with_name("foreign_client.mjs")
CALLS: dict[str, dict[str, Any]] = {
    "instances": {},
    "tables": {"instance": "acme"},
    "columns": {"instance": "acme", "table": "invoice"},
    "query": {"instance": "acme", "sql": "select count(*) as n from invoice", "format": "json"},
    "record": {"instance": "acme", "kind": "item", "key": "ATTACK-0"},
    "runs": {"instance": "acme"},
    "plan": {"instance": "acme", "every": "1h"},
    "endpoints": {"resource": "invoices"},
    "report": {"instance": "acme", "statement": "trial-balance"},
    "verify": {"instance": "acme"},
    "get": {"instance": "acme", "endpoint": "organisation.get"},
    "propose": {
        "instance": "acme",
        "endpoint": "contacts.create",
        "documents": [{"Name": "From afar"}],
    },
}
PROMPTS = {
    "month_end_review": {"instance": "acme", "month": "2026-10"},
    "who_owes_us": {"instance": "acme"},
    "why_did_this_account_move": {
        "instance": "acme", "account": "400", "start": "2026-01-01", "end": "2026-03-31",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client, installed from the registry."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "package.json").write_text("{}")
    package = "@modelcontextprotocol/sdk@^1"
    subprocess.run(
        ["npm", "install", package, "--no-audit", "--no-fund", "--silent"],
        cwd=folder, check=True, timeout=300,
    )  # fmt: skip
    shutil.copy(SCRIPT, folder)
    return folder


def told(folder: Path, plan: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        ["node", SCRIPT.name, json.dumps({"calls": CALLS, "prompts": PROMPTS} | plan)],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "XEROPORT_KEY": KEY},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_every_tool_over_stdio(home: Path, folder: Path) -> None:
    arguments = ["-m", "xeroport", "mcp", "--live", "--propose", "--home", str(home)]
    check(told(folder, {"command": sys.executable, "args": arguments}))


def test_every_tool_over_http(home: Path, folder: Path) -> None:
    with served_at(home, "--live", "--propose") as serving:
        check(told(folder, {"url": f"{serving.address}/mcp", "token": serving.token}))


@pytest.mark.parametrize(
    "yes", [None, {"word": "yes", "name": "Ann"}, {"word": "create", "name": "Ann"}], ids=str
)
def test_a_person_before_a_foreign_client(
    tmp_path: Path, folder: Path, yes: dict[str, str] | None
) -> None:
    """`approve` asks in that client's own window: only the very word sends, and once."""
    emulator = xeroport.Emulator("empty", limits="off")
    with emulator.serve() as url:
        xero = Xero(emulator, url)
        home = home_for(tmp_path / "home", xero)
        arguments = ["-m", "xeroport", "mcp", "--propose", "--ask-in-client", "--home", str(home)]
        calls = {
            "propose": CALLS["propose"],
            "approve": {"instance": "acme", "keys": ["From afar"]},
        }
        said = told(
            folder, {"command": sys.executable, "args": arguments, "calls": calls, "yes": yes}
        )
        approved = yes is not None and yes["word"] == "create"
        assert len(said["asked"]) == 1
        assert "From afar: creates" in said["asked"][0]
        assert "type `create`" in said["asked"][0]
        answer = said["tools"]["approve"]
        assert answer["annotations"]["destructiveHint"] is True
        assert answer["annotations"]["readOnlyHint"] is False
        assert ("From afar,sent," in answer["text"]) is approved, answer["text"]
        with xeroport.Client(**xero.credentials) as client:
            names = [contact["Name"] for contact in client.contacts.list()]
        assert names.count("From afar") == int(approved)


def check(said: dict[str, Any]) -> None:
    assert said["server"] == "xeroport"
    assert set(said["tools"]) == set(CALLS)
    for name, tool in said["tools"].items():
        assert tool["fits"], name
        assert tool["wrongFits"] is ("instance" not in CALLS[name]), name
        assert not tool["isError"], (name, tool["text"])
        assert 0 < len(tool["text"].encode()) <= MOST_BYTES
        assert tool["annotations"]["readOnlyHint"] is (name != "propose")
        assert tool["annotations"]["destructiveHint"] is False
    assert '{"n":' in said["tools"]["query"]["text"]
    assert set(said["prompts"]) == set(PROMPTS)
    assert all("`acme`" in text for text in said["prompts"].values())
    assert set(said["resources"]) == {"xeroport://guide", "xeroport://dictionary"}
    assert said["templates"] == ["xeroport://dictionary/{table}"]
