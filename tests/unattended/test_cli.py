"""`schedule` and `webhook` on the command line, wrong input first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from xeroport.cli import main
from xeroport.credentials import Secret
from xeroport.store import inbox, instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    base = "http://127.0.0.1:1"
    instance = Instance(
        name="acme", base_url=base, identity_url=base, client_id="id", time_zone="Pacific/Auckland"
    )
    instances.add(Store(tmp_path), instance, Secret("secret"))
    return tmp_path


def run(home: Path, *arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, [*arguments, "--home", str(home)], input=given)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("schedule", "set", "acm", "*/30 * * * *"), "there is no instance `acm`"),
        (("schedule", "set", "acme", "0 0 30 2 *"), "`0 0 30 2 *` is not a schedule"),
        (("schedule", "set", "acme", "hourly"), "`hourly` is not a schedule"),
        (("schedule", "set", "acme", "0 * * * *", "invoice"), "there is no stream `invoice`"),
        (("schedule", "set", "acme", "0 * * * *", "--time-zone", "Mars"), "time zone `Mars`"),
        (("schedule", "set", "acme", "0 * * * *", "--notify", "ftp://x/"), "`ftp://x/` cannot be"),
        (("schedule", "pause", "acme"), "there is no schedule `acme`"),
        (("webhook", "key", "acme"), "`--key-file` is missing"),
        (("webhook", "list", "nobody"), "there is no instance `nobody`"),
    ],
)
def test_wrong_input_is_told_in_one_line_and_changes_nothing(
    home: Path, arguments: tuple[str, ...], words: str
) -> None:
    result = run(home, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[0]
    assert result.stderr.splitlines()[1].startswith("hint: ")
    assert json.loads(run(home, "schedule", "list", "--json").stdout) == []


def test_a_schedule_is_set_listed_paused_and_removed(home: Path) -> None:
    assert run(home, "schedule", "set", "acme", "0 6 * * *", "invoices").exit_code == 0
    (found,) = json.loads(run(home, "schedule", "list", "--json").stdout)
    assert found["time_zone"] == "Pacific/Auckland"
    assert found["arguments"] == {"streams": ["invoices"]}
    assert run(home, "schedule", "pause", "acme").exit_code == 0
    assert "paused" in run(home, "schedule", "list").stdout
    assert "06:00 Pacific/Auckland" in run(home, "schedule", "resume", "acme").stderr
    assert run(home, "schedule", "runs", "acme").exit_code == 0
    assert run(home, "schedule", "remove", "acme").exit_code == 0
    assert json.loads(run(home, "schedule", "list", "--json").stdout) == []


def test_a_signing_key_is_sealed_and_never_shown(home: Path) -> None:
    result = run(home, "webhook", "key", "acme", "--key-file", "-", given="planted-signing-key\n")
    assert result.exit_code == 0
    assert "planted-signing-key" not in result.output
    assert inbox.key(Store(home), "acme").reveal() == "planted-signing-key"
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"planted-signing-key" not in written
