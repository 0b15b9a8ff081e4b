"""What a hostile user types: refused in one line with a hint, and with `--json` in one document."""

from __future__ import annotations

import json
import stat
import time
from pathlib import Path

import pytest
from cli_shell import Shell, Xero

from xeroport import connect
from xeroport.cli.session import Session, fail
from xeroport.errors import InputError, NotAuthorised
from xeroport.settings import scopes, tenant_id


@pytest.mark.parametrize(
    "words",
    [
        ("instance", "list", "--wrong", "--json"),
        ("--json", "instance", "show"),
        ("call", "nobody", "invoices.list", "--json"),
        ("describe", "invoices.lst", "--json"),
        ("--json", "runs", "show", "seven"),
        ("--json", "emulator", "--port", "99999"),
    ],
)
def test_any_refusal_is_one_document_with_json(shell: Shell, words: tuple[str, ...]) -> None:
    result = shell.run(*words)
    assert result.exit_code == 2
    told = json.loads(result.stdout)["error"]
    assert told["message"] in result.stderr
    assert f"hint: {told['hint']}" in result.stderr


def test_a_stream_that_breaks_off_leaves_no_half_document(shell: Shell, own_xero: Xero) -> None:
    assert shell.add(own_xero).exit_code == 0
    body = json.dumps([{"Name": f"C{number}"} for number in range(5)])
    shell.ok("call", "acme", "contacts.upsert", "--body", "-", stdin=body)
    own_xero.emulator.faults.add("429-day", at=own_xero.emulator.app.calls + 2)
    result = shell.run("call", "acme", "contacts.list", "pageSize=2", "--all", "--json")
    assert result.exit_code == 4
    assert "error" in json.loads(result.stdout)


def test_consent_given_late_is_noticed_by_the_next_check(shell: Shell, own_xero: Xero) -> None:
    own_xero.emulator.switches.consent = False
    assert shell.add(own_xero).exit_code == 3
    assert shell.add(own_xero, "acme", "--no-check").exit_code == 0
    assert shell.run("call", "acme", "contacts.list").exit_code == 3
    own_xero.emulator.switches.consent = True
    shell.ok("instance", "check", "acme")
    shell.ok("call", "acme", "contacts.list")


def test_a_message_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    fail(InputError("`a\nb` is wrong", hint="mend\nit"), Session())
    assert capsys.readouterr().err == "error: `a b` is wrong\nhint: mend it\n"


@pytest.mark.parametrize("text", ["a b", "a\nb", "é"])
def test_a_tenant_id_that_no_header_carries(text: str) -> None:
    with pytest.raises(InputError):
        tenant_id(text)


def test_a_scope_that_no_form_carries() -> None:
    with pytest.raises(InputError):
        scopes("accounting.settings é")


def test_scopes_asked_for_must_be_granted(shell: Shell, xero: Xero) -> None:
    result = shell.add(xero, "acme", "--scopes", "accounting.settings no.such")
    assert result.exit_code == NotAuthorised.exit_status
    assert "`no.such`" in result.stderr
    assert "accounting.settings" not in result.stderr.splitlines()[0]
    assert shell.data("instance", "list") == []
    granted = "accounting.settings accounting.contacts.read"
    assert shell.add(xero, "acme", "--scopes", granted).exit_code == 0
    assert shell.data("instance", "show", "acme")["scopes"] == granted.split()


def test_a_check_gives_up_soon(shell: Shell) -> None:
    words = ("--base-url", "http://127.0.0.1:9", "--client-id", "X", "--client-secret-file", "-")
    began = time.monotonic()
    result = shell.run("instance", "add", "acme", *words, stdin="some-secret")
    assert result.exit_code == 5
    assert time.monotonic() - began < 2.5


def test_the_store_is_its_owner_s_alone(tmp_path: Path) -> None:
    home = tmp_path / "open to all"
    home.mkdir(mode=0o755)
    Shell(home).ok("instance", "list")
    for path in home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


@pytest.mark.parametrize("text", ["get /Organisation", "GET Organisation"])
def test_a_raw_call_as_people_write_it(acme: Shell, text: str) -> None:
    assert acme.data("call", "acme", text)["Organisations"]


def test_a_raw_call_with_a_query_of_its_own(acme: Shell) -> None:
    found = acme.data("call", "acme", "GET /Invoices?page=1", "pageSize=2")
    assert len(found["Invoices"]) == 2


def test_all_pages_of_what_has_no_list(acme: Shell) -> None:
    for words in (("GET /Invoices",), ("invoices.pdf", "InvoiceID=x")):
        result = acme.run("call", "acme", *words, "--all")
        assert result.exit_code == 2
        assert "is not a list" in result.stderr


def test_a_file_is_told_of_with_json(acme: Shell, tmp_path: Path) -> None:
    number = acme.data("call", "acme", "invoices.list", "pageSize=1")[0]["InvoiceID"]
    words = ("call", "acme", "invoices.pdf", f"InvoiceID={number}")
    assert acme.run(*words, "--json").exit_code == 2
    to = tmp_path / "a.pdf"
    told = acme.data(*words, "--output", str(to))
    assert told == {"saved": str(to), "bytes": to.stat().st_size}


def test_a_body_too_deep_for_anyone(acme: Shell) -> None:
    result = acme.run("call", "acme", "contacts.upsert", "--body", "-", stdin="[" * 200_000)
    assert result.exit_code == 2
    assert "unexpected" not in result.stderr


def test_removing_an_instance_tells_of_its_schedules(acme: Shell) -> None:
    name = acme.data("schedule", "set", "acme", "0 3 * * *")["name"]
    told = acme.data("instance", "remove", "acme", "--confirm", "acme")
    assert told["schedules_removed"] == [name]
    assert acme.data("schedule", "list") == []


@pytest.mark.parametrize("url", ["parquet:{file}", "duckdb:{file}/x/y.duckdb"])
def test_a_destination_that_cannot_be_written(acme: Shell, tmp_path: Path, url: str) -> None:
    (tmp_path / "file").write_text("x")
    result = acme.run("sync", "acme", "organisation", "--to", url.format(file=tmp_path / "file"))
    assert result.exit_code == 2
    assert "cannot be used" in result.stderr


@pytest.mark.parametrize("name", ["contacts.upsert", "invoices.pdf", "items.delete"])
def test_records_of_what_is_no_list(acme: Shell, name: str) -> None:
    with connect("acme", home=acme.home) as xero, pytest.raises(InputError, match="not a list"):
        next(iter(xero.records(name, {"InvoiceID": "x"})))


def test_a_write_is_noted_in_the_log_without_its_body(shell: Shell, own_xero: Xero) -> None:
    assert shell.add(own_xero).exit_code == 0
    shell.ok("call", "acme", "contacts.upsert", "--body", "-", stdin='{"Name": "Quiet Ltd"}')
    log = (shell.home / "xeroport.log").read_text()
    assert "`contacts.upsert` 200 in " in log
    assert "Quiet Ltd" not in log
