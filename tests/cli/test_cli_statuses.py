"""What Xero says, as exit statuses and words: 3 for access, 4 for the day, and runs shown."""

from __future__ import annotations

import json

from cli_shell import Shell, Xero

from xeroport.store import runs
from xeroport.store.database import Store
from xeroport_emulator import Emulator


def test_consent_not_given_yet(shell: Shell, own_xero: Xero) -> None:
    own_xero.emulator.switches.change(consent=False)
    result = shell.add(own_xero)
    assert result.exit_code == 3
    assert "consent" in result.stderr.lower()
    assert shell.data("instance", "list") == []
    own_xero.emulator.switches.change(consent=True)
    assert shell.add(own_xero).exit_code == 0


def test_disconnected_after_it_was_added(shell: Shell, own_xero: Xero) -> None:
    assert shell.add(own_xero).exit_code == 0
    own_xero.emulator.switches.change(connected=False)
    assert shell.run("call", "acme", "contacts.list").exit_code == 3
    checked = shell.run("instance", "check", "acme", "--json")
    assert checked.exit_code == 3
    assert json.loads(checked.stdout)["health"] == "not_authorised"
    assert shell.data("instance", "show", "acme")["health"] == "not_authorised"


def test_an_empty_list_says_so(shell: Shell, own_xero: Xero) -> None:
    """Not only the heads of its columns; with `--json` it is an empty document."""
    assert "none yet" in shell.ok("instance", "list").stderr
    assert shell.add(own_xero).exit_code == 0
    for words, said in (
        (["outbox", "acme"], "the outbox is empty: `xeroport push`"),
        (["outbox", "acme", "--status", "rejected"], "none of these"),
        (["runs"], "no runs yet"),
        (["schedule", "list"], "nothing yet: `xeroport schedule set"),
        (["flow", "list"], "none yet: `xeroport flow add FILE`"),
        (["webhook", "list"], "nothing yet: `xeroport serve`"),
        (["login", "--list"], "none yet: `xeroport login`"),
        (["alert", "list"], "no place yet: `xeroport alert add"),
    ):
        assert said in shell.ok(*words).stderr, words
        assert not shell.data(*words) or words[0] == "alert", words


def test_a_scope_that_is_missing_is_named(shell: Shell, own_xero: Xero) -> None:
    own_xero.emulator.switches.change(scopes=["accounting.settings.read"])
    assert shell.add(own_xero).exit_code == 0
    result = shell.run("call", "acme", "contacts.list")
    assert result.exit_code == 3
    assert "accounting.contacts.read" in result.stderr


def test_the_day_limit_stops_with_4_and_says_until_when(shell: Shell) -> None:
    emulator = Emulator("empty", limits="minute=60,day=3", seed=9)
    with emulator.serve() as base_url:
        assert shell.add(Xero(emulator, base_url)).exit_code == 0
        statuses = [shell.run("call", "acme", "contacts.list").exit_code for _ in range(4)]
        assert statuses == [0, 0, 4, 4]
        result = shell.run("call", "acme", "contacts.list")
    assert "until `20" in result.stderr
    assert "hint: " in result.stderr
    left = shell.data("budget", "acme")
    assert left["day_remaining"] == 0
    assert left["day_resets_at"] > "20"


def test_runs_are_listed_and_shown(shell: Shell) -> None:
    store = Store(shell.home)
    first = runs.start(store, "acme", "sync", {"streams": ["invoices"]})
    runs.log(store, first, "page 1 of 2")
    runs.finish(store, first, "partial", {"records": 7, "streams": [{"name": "invoices"}]})
    second = runs.start(store, "beta", "push", {})
    listed = shell.data("runs")
    assert [each["id"] for each in listed] == [second, first]
    assert [each["id"] for each in shell.data("runs", "--instance", "acme")] == [first]
    shown = shell.data("runs", "show", str(first))
    assert shown["report"]["records"] == 7
    assert [each["text"] for each in shown["lines"]] == ["page 1 of 2"]
    text = shell.ok("runs", "show", str(first)).stdout
    assert "partial" in text
    assert "page 1 of 2" in text
    assert shell.ok("runs").stdout.splitlines()[2].split()[:4] == [
        str(second), "beta", "push", "running",
    ]  # fmt: skip
