"""`schedule` and `webhook` on the command line, wrong input first."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from xeroport.cli import main
from xeroport.secrets.vault import Secret
from xeroport.store import flows, inbox, instances, schedules
from xeroport.store.calls import budgets
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.inbox import Event
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
        (("schedule", "set", "acme", "0 0 30 2 *"), "the schedule `0 0 30 2 *` never runs"),
        (("schedule", "set", "acme", "sometimes"), "`sometimes` is not a time"),
        (("schedule", "set", "acme", "daily"), "say at which time of day"),
        (("schedule", "set", "acme"), "say when it runs"),
        (("schedule", "set", "acme", "--every", "7m"), "every 7 minutes does not divide"),
        (("schedule", "set", "acme", "--every", "soon"), "`soon` is not an interval"),
        (("schedule", "set", "acme", "--every", "15m", "hourly"), "both say when it runs"),
        (("schedule", "set", "acme", "cron", "61 * * * *"), "the minute goes from 0 to 59"),
        (("schedule", "set", "acme", "0 * * * *", "invoice"), "there is no stream `invoice`"),
        (("schedule", "set", "acme", "0 * * * *", "--time-zone", "Mars"), "time zone `Mars`"),
        (
            ("schedule", "set", "acme", "0 * * * *", "--notify", "nosuch x"),
            "no command `nosuch`",
        ),
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


def test_a_schedule_says_its_next_times_and_its_share_of_the_day(home: Path) -> None:
    made = run(home, "schedule", "set", "acme", "daily", "at", "06:00")
    assert re.search(r"then at \d{4}-\d\d-\d\d 06:00 and \d{4}-\d\d-\d\d 06:00", made.stderr)
    assert "takes up to 4% of the day's calls" in made.stderr
    run(home, "schedule", "set", "acme", "*/20 8,9,17 * * 1-5")
    (found,) = json.loads(run(home, "schedule", "list", "--json").stdout)
    assert len(found["next_times"]) == 3
    assert found["next_times"] == sorted(found["next_times"])
    assert 0.15 < found["share_of_day"] < 0.25, "nine runs on a working day"
    assert "%" in run(home, "schedule", "list").stdout


@pytest.mark.parametrize("day_left", [None, 4_900])
def test_what_does_not_fit_is_refused_once_the_limit_is_known(
    home: Path, day_left: int | None
) -> None:
    shared = instances.budgets_of(Calls(home), instances.get(Store(home), "acme"))
    if day_left is not None:
        now = time.time()
        granted = shared.reserve(now)
        assert isinstance(granted, budgets.GrantedCall)
        shared.release(granted.call, now, budgets.LimitsLeft(day=day_left))
    told = run(home, "schedule", "set", "acme", "--every", "5m")
    if day_left is None:
        assert told.exit_code == 0, "only a warning: the limit is not known"
        assert "a sync every 5 minutes takes" in told.stderr
    else:
        assert told.exit_code == 2
        assert "a day of 5,000" in told.stderr
        assert "`--every 10m` fits" in told.stderr
        assert run(home, "schedule", "set", "acme", "--every", "5m", "--anyway").exit_code == 0
        assert run(home, "schedule", "set", "acme", "--every", "10m").exit_code == 0


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


def test_a_second_schedule_of_an_instance_says_that_it_replaces_the_first(home: Path) -> None:
    first = run(home, "schedule", "set", "acme", "hourly", "invoices")
    assert "replaces" not in first.stderr
    second = run(home, "schedule", "set", "acme", "daily", "at", "06:00")
    assert "this replaces `0 * * * *` of `invoices`: an instance has one schedule" in second.stderr
    again = run(home, "schedule", "set", "acme", "daily", "at", "06:00")
    assert "replaces" not in again.stderr
    assert len(json.loads(run(home, "schedule", "list", "--json").stdout)) == 1


def test_a_signing_key_is_sealed_and_never_shown(home: Path) -> None:
    result = run(home, "webhook", "key", "acme", "--key-file", "-", given="planted-signing-key\n")
    assert result.exit_code == 0
    assert "planted-signing-key" not in result.output
    assert inbox.key(Store(home), "acme").reveal() == "planted-signing-key"
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"planted-signing-key" not in written


FLOW = """
[source]
instance = "{source}"
endpoint = "invoices.list"
[fields]
Name = "Contact.Name"
ContactNumber = "InvoiceID"
[target]
{target}
"""
ELSEWHERE = 'file = "out.ndjson"'
INTO_ACME = 'instance = "acme"\nendpoint = "contacts.create"'


def test_an_instance_says_what_goes_with_it_and_takes_it(home: Path, tmp_path: Path) -> None:
    store = Store(home)
    acme = instances.get(store, "acme")
    instances.add(store, replace(acme, name="other"), Secret("secret"))
    for name, source, target in (
        ("out-of-it", "acme", ELSEWHERE),
        ("into-it", "other", INTO_ACME),
        ("apart", "other", ELSEWHERE),
    ):
        made = tmp_path / f"{name}.toml"
        made.write_text(FLOW.format(source=source, target=target))
        assert run(home, "flow", "add", str(made)).exit_code == 0
    run(home, "schedule", "set", "acme", "0 6 * * *")
    run(home, "webhook", "key", "acme", "--key-file", "-", given="key\n")
    news = Event("t", "r", "INVOICE", "UPDATE", "2026-11-20T00:00:00.000")
    inbox.receive(store, "acme", [news], datetime.now(UTC))

    told = run(home, "instance", "remove", "acme", "--confirm", "amce")
    assert (told.exit_code, len(instances.all_instances(store))) == (2, 2)
    listed = run(home, "instance", "remove", "acme")
    assert listed.stderr.splitlines()[:6] == [
        "removing `acme` also removes:",
        "  its schedule `acme`",
        "  its schedule `webhook/acme`",
        "  its webhook signing key and 1 event in its inbox",
        "  the flow `into-it`, which reads from it or writes to it, with its records",
        "  the flow `out-of-it`, which reads from it or writes to it, with its records",
    ]
    assert len(instances.all_instances(store)) == 2

    gone = run(home, "instance", "remove", "acme", "--confirm", "acme", "--json")
    assert json.loads(gone.stdout) == {
        "name": "acme",
        "removed": True,
        "schedules_removed": ["acme", "webhook/acme"],
        "flows_removed": ["into-it", "out-of-it"],
        "events_removed": 1,
        "unsent_removed": 0,
        "sent_remembered": 0,
    }
    assert [each.name for each in flows.all_flows(store)] == ["apart"]
    assert schedules.all_schedules(store) == ()
    assert inbox.recent(store) == ()
    assert run(home, "flow", "list").exit_code == 0
