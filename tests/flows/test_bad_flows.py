"""Flows that are wrong: every problem at once, the nearest name, and nothing sent or kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flow_world import World, invoice

from xeroport.cli import main
from xeroport.secrets.vault import Secret
from xeroport.store import flows, inbox, schedules
from xeroport.store.outbox import outbox

XERO = """
[source]
instance = "acme"
endpoint = "invoices.list"
[fields]
number = "InvoiceNumber"
[target]
url = "http://127.0.0.1:9/"
"""
ORDERS = """
key = "order_no"
[source]
files = "*.csv"
[fields]
Type = "'ACCREC'"
"Contact.Name" = "customer"
InvoiceNumber = "order_no"
"LineItems.Description" = "item"
[target]
instance = "acme"
endpoint = "invoices.create"
"""


def told(world: World, text: str, name: str = "flow") -> list[str]:
    return [each.text() for each in world.check(text, name).faults]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("InvoiceNumber", "InvoiceNumbr"), "did you mean `InvoiceNumber`?"),
        (("InvoiceNumber", "Contact.Nmae"), "did you mean `Name`?"),
        (('"InvoiceNumber"', "\"(SELECT content FROM read_text('/etc/passwd'))\""), "a file or"),
        (('"InvoiceNumber"', "\"(SELECT * FROM 'x.csv')\""), "uses a file or the network"),
        (
            ('"InvoiceNumber"', "\"(SELECT a FROM 'https://x.example/y.csv')\""),
            "uses a file",
        ),
        (('"InvoiceNumber"', '"(SELECT a FROM accuonts)"'), "there is no look-up table"),
        (('"InvoiceNumber"', '"1; DROP TABLE x"'), "the expression is wrong"),
        (('"InvoiceNumber"', '"1), (2"'), "must be one SQL expression"),
        (('"InvoiceNumber"', "\"getenv('HOME')\""), "there is no function `getenv`"),
        (('"InvoiceNumber"', '"sum(Total)"'), "the expression is wrong"),
        (('"InvoiceNumber"', "5"), "must be text: an SQL expression"),
        (('"acme"', '"amce"'), "there is no instance `amce`"),
        (("invoices.list", "invoices.lst"), "there is no endpoint `invoices.lst`"),
        (("invoices.list", "invoices.get"), "did you mean `invoices.list`?"),
        (("[source]", "schedul = 'x'\n[source]"), "did you mean `schedule`?"),
        (("[source]", "schedule = '0 0 30 2 *'\n[source]"), "never runs"),
        (("[source]", "schedule = '0 0 31 2 *'\n[source]"), "schedule"),
        (("[source]", "time_zone = 'Mars/Base'\n[source]"), "there is no time zone `Mars/Base`"),
        (("[source]", "notify = 'ftp://x/'\n[source]"), "`ftp://x/` cannot be notified"),
        (("[source]", "notify = 'true'\n[source]"), "alerts on scheduled runs only"),
        (("[source]", "each.line = 'Total'\n[source]"), "is not a list"),
        (("[source]", "lookup.a.file = 'none.csv'\n[source]"), "there is no file"),
        (("[fields]", 'params.wher = "x"\n[fields]'), "did you mean `where`?"),
        (("[fields]", "params.page = 2\n[fields]"), "no parameter `page` that a flow may set"),
        (("[fields]", 'since = "lately"\n[fields]'), "`lately` is not a date"),
        (("http://127.0.0.1:9/", "ftp://x/"), "is not an http(s) URL"),
        (("[target]", "[target]\ntable = 'x'"), "the target says more than one thing"),
        (("[target]\n", "[targe]\n"), "did you mean `target`?"),
        (("[fields]", "[fields"), "this is not TOML"),
    ],
)
def test_a_wrong_flow_is_told(world: World, change: tuple[str, str], words: str) -> None:
    assert told(world, XERO) == []
    text = XERO.replace(*change)
    assert text != XERO
    found = told(world, text)
    assert any(words in each for each in found), found


def test_all_problems_come_at_once(world: World) -> None:
    world.write("orders.csv", "order_no,customer,item\n1,Rose,Fern\n")
    assert told(world, ORDERS) == []
    text = ORDERS.replace('"customer"', '"custmer"').replace("Description", "Descripton")
    text = text.replace('"acme"', '"amce"').replace("[source]", "schedule = 'x'\n[source]")
    found = told(world, text)
    for words in ("`customer`?", "`LineItems.Description`?", "no instance `amce`", "schedule"):
        assert any(words in each for each in found), (words, found)


def test_a_secret_header_never_travels_in_the_clear(world: World) -> None:
    text = XERO.replace("http://127.0.0.1:9/", "http://shop.example/")
    assert told(world, text) == []
    found = told(world, text + '\n[target.headers]\nAuthorization = "env:X"\n')
    assert any("unencrypted" in each for each in found)


def test_the_preview_shows_real_records_and_sends_nothing(world: World) -> None:
    world.write("orders.csv", "order_no,customer,item\n1,Rose,Fern\n2,,Fern\n")
    checked = world.check(ORDERS)
    good, bad = checked.made
    assert json.loads(good.body or "")["Contact"] == {"Name": "Rose"}
    assert bad.body is None
    assert "`Contact` is missing" in bad.problems[0]
    assert checked.exit_status == 1
    assert list(outbox.deliveries(world.store, "acme")) == []
    world.put("invoices.create", invoice("INV-1"))
    assert [json.loads(each.body or "") for each in world.check(XERO).made] == [{"number": "INV-1"}]
    assert flows.all_flows(world.store) == ()


def between(source: str, target: str, **more: str) -> str:
    text = f"""
[source]
instance = "{source}"
endpoint = "invoices.list"
[fields]
Type = "Type"
InvoiceNumber = "InvoiceNumber"
"Contact.Name" = "Contact.Name"
"LineItems.Description" = "'x'"
[target]
instance = "{target}"
endpoint = "invoices.create"
"""
    for old, new in more.items():
        text = text.replace(old, new)
    return text


def test_flows_that_would_feed_each_other_are_refused(tmp_path: Path) -> None:
    world = World(tmp_path, ("a", "b", "c"))
    assert "`flow` → `flow`" in told(world, between("a", "a"))[0]
    world.add(between("a", "b"), "one")
    world.add(between("b", "c"), "two")
    (found,) = told(world, between("c", "a"), "three")
    assert "it would feed itself: `three` → `one` → `two` → `three`" in found
    assert told(world, between("a", "c"), "three") == []
    hooks = between("c", "a").replace('endpoint = "invoices.list"', 'webhooks = "invoices"')
    assert "it would feed itself" in told(world, hooks, "three")[0]
    contacts = """
[source]
instance = "c"
endpoint = "contacts.list"
[fields]
Name = "Name"
[target]
instance = "a"
endpoint = "contacts.upsert"
"""
    assert told(world, contacts, "four") == []


def test_files_and_tables_that_feed_each_other_are_refused(world: World) -> None:
    out = """
key = "a"
[source]
files = "in/*.csv"
[fields]
a = "a"
[target]
file = "out/x-{run}.csv"
"""
    world.add(out, "out")
    back = out.replace("in/*.csv", "out/*.csv").replace("out/x-", "in/x-")
    assert "it would feed itself: `back` → `out` → `back`" in told(world, back, "back")[0]
    table = """
key = "a"
[source]
sql = "select a from made.wanted"
from = "duckdb:x.duckdb"
[fields]
a = "a"
[target]
table = "made.wanted"
to = "duckdb:x.duckdb"
"""
    assert any("it would feed itself" in each for each in told(world, table))


def shell(world: World, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--home", str(world.store.home)])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "none.toml"), "the flow file `none.toml` cannot be read"),
        (("check", "none"), "there is no flow `none`"),
        (("add", "none.toml"), "the flow file `none.toml` cannot be read"),
        (("run", "none"), "there is no flow `none`"),
        (("runs", "none"), "there is no flow `none`"),
        (("refused", "none"), "there is no flow `none`"),
        (("enable", "none"), "there is no flow `none`"),
        (("remove", "none"), "there is no flow `none`"),
        (("retry", "77"), "there is no run `77`"),
    ],
)
def test_wrong_names_are_told_in_one_line(
    world: World, arguments: tuple[str, ...], words: str
) -> None:
    result = shell(world, "flow", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr.splitlines()[0]
    assert result.stderr.splitlines()[1].startswith("hint: ")


def test_a_wrong_file_is_not_added(world: World) -> None:
    path = world.write("bad.toml", XERO.replace("InvoiceNumber", "InvoiceNumbr"))
    result = shell(world, "flow", "add", str(path))
    assert result.exit_code == 2
    assert "did you mean `InvoiceNumber`?" in result.stderr
    assert flows.all_flows(world.store) == ()


def test_a_flow_is_added_listed_disabled_and_removed(world: World) -> None:
    path = world.write("orders-in.toml", "schedule = '0 6 * * *'\n" + ORDERS)
    world.write("orders.csv", "order_no,customer,item\n1,Rose,Fern\n")
    assert shell(world, "flow", "check", str(path)).exit_code == 0
    added = shell(world, "flow", "add", str(path))
    assert "`orders-in` is added; it runs next at" in added.stderr
    (planned,) = schedules.all_schedules(world.store)
    assert (planned.kind, planned.target, planned.name) == ("flow", "orders-in", "flow/orders-in")
    (listed,) = json.loads(shell(world, "flow", "list", "--json").stdout)
    assert (listed["from"], listed["to"]) == ("*.csv", ["acme invoices.create"])
    assert shell(world, "flow", "disable", "orders-in").exit_code == 0
    assert schedules.get(world.store, "flow/orders-in").paused
    stopped = shell(world, "flow", "run", "orders-in")
    assert (stopped.exit_code, "is disabled" in stopped.stderr) == (2, True)
    assert shell(world, "flow", "enable", "orders-in").exit_code == 0
    assert ORDERS in shell(world, "flow", "show", "orders-in").stdout
    assert shell(world, "flow", "remove", "orders-in").exit_code == 0
    assert schedules.all_schedules(world.store) == ()


def test_what_would_keep_a_flow_from_working_is_noted(world: World) -> None:
    text = XERO.replace('endpoint = "invoices.list"', 'webhooks = "invoices"')
    assert text != XERO
    text += 'headers.Authorization = "env:NOT_THERE"\n'
    notes = world.check(text, preview=False).notes
    assert "`acme` has no webhook signing key yet" in notes[0]
    assert "the environment variable `NOT_THERE`" in notes[1]
    inbox.set_key(world.store, "acme", Secret("key"))
    assert len(world.check(text, preview=False).notes) == 1


def test_a_preview_finds_the_few_records_that_meet_the_condition(world: World) -> None:
    for number in range(30):
        world.put("invoices.create", invoice(f"INV-{number}"))
    text = XERO.replace("[source]", "where = \"InvoiceNumber = 'INV-29'\"\n[source]", 1)
    checked = world.check(text)
    assert (checked.read, len(checked.made)) == (30, 1)
    assert world.check(text.replace("INV-29", "none")).notes == (
        "none of the records that were tried met `where`",
    )
