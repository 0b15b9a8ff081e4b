"""`xeroport call`: what goes out is what was meant, what comes back is exact."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from cli_shell import Shell, Xero

from xeroport.catalogue import load
from xeroport.cli.commands.call import understood
from xeroport.errors import InputError
from xeroport.store.instances import Instance

UNKNOWN = "00000000-0000-0000-0000-000000000001"
ASKED = datetime(2026, 11, 1, 11, 30, tzinfo=UTC)
KIWI = Instance("a", "http://localhost", "http://localhost", "X", time_zone="Pacific/Auckland")


def test_one_reply_is_one_document(acme: Shell) -> None:
    by_name = acme.data("call", "acme", "organisation.get")
    assert by_name == json.loads(acme.ok("call", "acme", "getOrganisations").stdout)
    assert by_name[0]["Name"]
    assert by_name[0]["CreatedDateUTC"].endswith("Z")


def test_all_pages_as_lines_and_as_one_document(acme: Shell) -> None:
    lines = acme.ok("call", "acme", "invoices.list", "pageSize=7", "--all").stdout.splitlines()
    assert len(lines) == 30
    assert len({json.loads(line)["InvoiceID"] for line in lines}) == 30
    document = acme.data("call", "acme", "invoices.list", "pageSize=7", "--all")
    assert document == [json.loads(line) for line in lines]
    assert len(acme.data("call", "acme", "invoices.list", "pageSize=7")) == 7


def test_numbers_are_exact(shell: Shell, own_xero: Xero) -> None:
    assert shell.add(own_xero).exit_code == 0
    body = '{"Code": "A", "SalesDetails": {"UnitPrice": 1234567.1234}}'
    shell.ok("call", "acme", "items.upsert", "--body", "-", stdin=body)
    text = shell.ok("call", "acme", "items.list").stdout
    found = json.loads(text, parse_float=Decimal)
    assert found[0]["SalesDetails"]["UnitPrice"] == Decimal("1234567.1234")


def test_a_body_is_sent_and_its_unknown_field_told(shell: Shell, own_xero: Xero) -> None:
    assert shell.add(own_xero).exit_code == 0
    body = '{"Name": "Ørsted", "EmailAdress": "a@b.example", "Phones": [{"PhoneNumbr": "1"}]}'
    result = shell.ok("call", "acme", "contacts.upsert", "--body", "-", stdin=body)
    assert "`EmailAdress`" in result.stderr
    assert "did you mean `EmailAddress`?" in result.stderr
    assert "`Phones.PhoneNumbr`" in result.stderr
    assert [each["Name"] for each in shell.data("call", "acme", "contacts.list")] == ["Ørsted"]


def test_an_attachment_goes_and_comes_back_as_a_file(
    shell: Shell, own_xero: Xero, tmp_path: Path
) -> None:
    assert shell.add(own_xero).exit_code == 0
    made = shell.data("call", "acme", "contacts.upsert", "--body", "-", stdin='{"Name": "A"}')
    owner = f"ContactID={made[0]['ContactID']}"
    content = bytes(range(256)) * 300
    (tmp_path / "scan.pdf").write_bytes(content)
    shell.ok(
        "call", "acme", "contacts.attachments.add", owner, "FileName=scan.pdf",
        "--body", str(tmp_path / "scan.pdf"),
    )  # fmt: skip
    target = tmp_path / "back.pdf"
    shell.ok(
        "call", "acme", "contacts.attachments.get_by_name", owner, "FileName=scan.pdf",
        "--output", str(target),
    )  # fmt: skip
    assert target.read_bytes() == content


def test_a_refused_record_is_one(shell: Shell, own_xero: Xero) -> None:
    assert shell.add(own_xero).exit_code == 0
    body = '[{"Name": "A"}, {"EmailAddress": "nobody@example.com"}]'
    result = shell.run("call", "acme", "contacts.upsert", "--body", "-", stdin=body)
    assert result.exit_code == 1
    assert "record 2 was refused" in result.stderr
    assert [each["Name"] for each in shell.data("call", "acme", "contacts.list")] == ["A"]


def test_what_the_catalogue_does_not_know_is_reachable(acme: Shell) -> None:
    found = acme.data("call", "acme", "GET /Organisation")
    assert found["Organisations"][0]["Name"]


def test_output_to_a_file(acme: Shell, tmp_path: Path) -> None:
    path = tmp_path / "lines.ndjson"
    result = acme.ok("call", "acme", "invoices.list", "--all", "--output", str(path))
    assert result.stdout == ""
    assert len(path.read_text().splitlines()) == 30
    assert [each.name for each in tmp_path.iterdir() if each.suffix] == ["lines.ndjson"]


@pytest.mark.parametrize(
    ("words", "told", "hint"),
    [
        (("nobody", "invoices.list"), "no instance `nobody`", "instance list"),
        (("acme", "invoice.list"), "no endpoint `invoice.list`", "`invoices.list`"),
        (("acme", "getInvoicse"), "no endpoint `getInvoicse`", "`getInvoice"),
        (("acme", "invoices.list", "pagesize=3"), "`pagesize`", "did you mean `pageSize`?"),
        (("acme", "invoices.list", "page"), "not a parameter", "key=value"),
        (("acme", "invoices.list", "page=1", "page=2"), "twice", "commas"),
        (("acme", "invoices.list", "page=one"), "whole number", "describe"),
        (("acme", "invoices.list", "summaryOnly=maybe"), "`true` or `false`", "describe"),
        (("acme", "invoices.get"), "needs the parameter `InvoiceID`", "InvoiceID="),
        (("acme", "invoices.get", "InvoiceID=5"), "must be a UUID", "describe"),
        (("acme", "reports.trial_balance", "date=soon"), "`soon` is not a date", "YYYY-MM-DD"),
        (("acme", "organisation.get", "modified_since=today"), "cannot be limited", "describe"),
        (("acme", "invoices.list", "modified_since=whenever"), "not a date", "yesterday"),
        (("acme", "invoices.upsert", "--body", "nowhere.json"), "no file `nowhere.json`", "path"),
        (("acme", "invoices.list", "--body", "-"), "takes no body", "`--body`"),
        (("acme", "invoices.upsert", "--body", "-"), "line 1, column 2", "record"),
        (("acme", "invoices.upsert", "--all"), "is not a list", "`--all`"),
        (("acme", "invoices.upsert"), "needs a body", "`--body FILE`"),
        (("acme", "receipts.list"), "2027-02-01", "--force"),
    ],
)
def test_bad_input(acme: Shell, words: tuple[str, ...], told: str, hint: str) -> None:
    result = acme.run("call", *words, stdin="{nonsense")
    assert result.exit_code == 2, result.stderr
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert lines[0].startswith("error: ")
    assert told in lines[0]
    assert lines[1].startswith("hint: ")
    assert hint in lines[1]
    assert len(lines) == 2


def test_a_record_that_is_not_there(acme: Shell) -> None:
    result = acme.run("call", "acme", "invoices.get", f"InvoiceID={UNKNOWN}")
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr


def test_an_output_that_cannot_be_written(acme: Shell, tmp_path: Path) -> None:
    where = str(tmp_path / "no" / "such" / "folder.json")
    result = acme.run("call", "acme", "invoices.list", "--all", "--output", where)
    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_dates_are_read_in_the_instance_s_zone_and_format() -> None:
    invoices = load().endpoint("invoices.list")
    asked = understood(KIWI, invoices, ("modified_since=yesterday",), ASKED)
    assert asked.modified_since == datetime(2026, 10, 31, 11, tzinfo=UTC)
    report = load().endpoint("reports.trial_balance")
    day = understood(KIWI, report, ("date=today",), ASKED).params["date"]
    assert day.isoformat() == "2026-11-02"


def test_a_value_may_hold_an_equals_sign() -> None:
    invoices = load().endpoint("invoices.list")
    found = understood(KIWI, invoices, ('where=Status=="AUTHORISED"',), ASKED)
    assert found.params == {"where": 'Status=="AUTHORISED"'}
    with pytest.raises(InputError):
        understood(KIWI, invoices, ("=x",), ASKED)


def test_every_endpoint_can_be_described_and_has_an_example(shell: Shell) -> None:
    listed = shell.data("endpoints")
    assert len(listed) == 235
    for each in load().endpoints:
        told = shell.data("describe", each.operation)
        assert told["name"] == each.name
        assert told["example"].startswith(f"xeroport call acme {each.name}")
        for parameter in each.parameters:
            assert not parameter.required or f"{parameter.name}=" in told["example"]
    assert "InvoiceID" in shell.ok("describe", "invoices.get").stdout


def test_endpoints_of_one_resource(shell: Shell) -> None:
    found = shell.data("endpoints", "--resource", "Quotes")
    assert {each["resource"] for each in found} == {"quotes"}
    assert found == shell.data("endpoints", "--resource", "quotes")
    wrong = shell.run("endpoints", "--resource", "quots")
    assert wrong.exit_code == 2
    assert "did you mean `quotes`?" in wrong.stderr


def test_budget_after_a_call(acme: Shell) -> None:
    before = acme.data("budget", "acme")
    acme.ok("call", "acme", "organisation.get")
    after = acme.data("budget", "acme")
    assert after["minute_limit"] == 6000
    assert after["minute_remaining"] == before["minute_remaining"] - 1
    assert after["in_flight"] == 0
