"""Every source and every target: what is carried, once, and what happens when it changes."""

from __future__ import annotations

import asyncio
import csv
import json
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from flow_world import START, World, invoice, receiving

from xeroport.console.web.page_words import in_flow
from xeroport.jobs.flow import registry
from xeroport.jobs.flow.due import run_told, with_news
from xeroport.jobs.schedule.job_kinds import all_runners
from xeroport.jobs.schedule.scheduler import Scheduler
from xeroport.store import flows, inbox, instances, runs, schedules
from xeroport.store.inbox import Event
from xeroport.store.outbox import outbox
from xeroport_emulator.gateway.faults import parsed_faults

INVOICES = """
[source]
instance = "acme"
endpoint = "invoices.list"
[fields]
number = "InvoiceNumber"
contact = "Contact.Name"
total = "Total"
date = "Date"
[target]
TARGET
"""
CONTACTS = """
key = "no"
[source]
files = "contacts.csv"
[fields]
ContactNumber = "no"
Name = "name"
[target]
instance = "acme"
endpoint = "contacts.create"
"""


def into(target: str, text: str = INVOICES) -> str:
    return text.replace("TARGET", target)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line, parse_float=Decimal) for line in path.read_text().splitlines()]


def test_a_file_per_run_with_what_is_new(world: World) -> None:
    world.add(into('file = "out/{date}/invoices-{run}.ndjson"'))
    world.put("invoices.create", invoice("INV-1"))
    world.put("invoices.create", invoice("INV-2", amount="0.3333"))
    first = world.run()
    out = world.folder / "out" / "2026-11-02"
    assert lines(out / f"invoices-{first.run}.ndjson") == [
        {"number": "INV-1", "contact": "Bluebell Ltd", "total": 21, "date": "2026-11-01"},
        {
            "number": "INV-2",
            "contact": "Bluebell Ltd",
            "total": Decimal("0.67"),
            "date": "2026-11-01",
        },
    ]
    assert world.run().counts == {}
    world.put("invoices.create", invoice("INV-3"))
    third = world.run()
    assert [e["number"] for e in lines(out / f"invoices-{third.run}.ndjson")] == ["INV-3"]
    assert len(list(out.iterdir())) == 2


def test_a_csv_has_the_fields_as_columns(world: World) -> None:
    world.add(into('file = "invoices-{run}.csv"'))
    world.put("invoices.create", invoice("INV-1", Contact={"Name": 'Rose, "the" Ltd'}))
    run = world.run().run
    with (world.folder / f"invoices-{run}.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row == {
        "number": "INV-1",
        "contact": 'Rose, "the" Ltd',
        "total": "21",
        "date": "2026-11-01",
    }


def test_a_table_holds_each_record_once_and_as_it_is_now(world: World) -> None:
    world.add(into('table = "made.sales"\nto = "duckdb:own.duckdb"'))
    made = world.put("invoices.create", invoice("INV-1"))
    world.put("invoices.create", invoice("INV-2"))
    assert world.run().steps == {0: {"sent": 2}}
    world.put(
        "invoices.upsert",
        {
            "InvoiceID": made["InvoiceID"],
            "LineItems": [
                {"Description": "x", "Quantity": 1, "UnitAmount": "5.05", "AccountCode": "200"}
            ],
        },
    )
    assert world.run().steps == {0: {"sent": 1}}
    with duckdb.connect(str(world.folder / "own.duckdb"), read_only=True) as books:
        rows = books.execute("SELECT number, total, date FROM made.sales ORDER BY 1").fetchall()
        day = datetime(2026, 11, 1).date()
        assert rows == [("INV-1", Decimal("5.05"), day), ("INV-2", Decimal(21), day)]


def test_a_query_gives_its_new_and_changed_rows(world: World) -> None:
    path = world.folder / "shop.duckdb"
    with duckdb.connect(str(path)) as shop:
        shop.execute("CREATE TABLE customer (no INTEGER, name VARCHAR, since DATE)")
        shop.execute("INSERT INTO customer VALUES (1, 'Rose', '2026-01-01'), (2, 'Fern', NULL)")
    world.add(
        """
key = "no"
where = "name <> ''"
[source]
sql = "select * from customer order by no"
from = "duckdb:shop.duckdb"
[fields]
ContactNumber = "no"
Name = "name"
[target]
instance = "acme"
endpoint = "contacts.create"
on_change = "update"
"""
    )
    assert world.run().steps == {0: {"sent": 2}}
    with duckdb.connect(str(path)) as shop:
        shop.execute("UPDATE customer SET name = 'Fern & Co' WHERE no = 2")
        shop.execute("INSERT INTO customer VALUES (3, 'Ivy', NULL)")
    report = world.run()
    assert report.counts == {"read": 3, "matched": 3, "same": 1, "new": 1, "changed": 1}
    assert sorted(each["Name"] for each in world.held("Contact")) == ["Fern & Co", "Ivy", "Rose"]


def hear(world: World, *resources: str) -> None:
    world.clock.advance(1)
    at = f"{world.clock.now():%Y-%m-%dT%H:%M:%S.%f}"
    events = [Event("t", each, "INVOICE", "UPDATE", at) for each in resources]
    inbox.receive(world.store, "acme", events, world.clock.now())


def test_webhook_events_become_the_records_as_they_are_now(world: World) -> None:
    text = into('file = "out-{run}.ndjson"')
    world.add(text.replace('endpoint = "invoices.list"', 'webhooks = "invoices"'))
    one = world.put("invoices.create", invoice("INV-1"))
    two = world.put("invoices.create", invoice("INV-2"))
    world.put("invoices.create", invoice("INV-3"))
    hear(world, one["InvoiceID"], two["InvoiceID"])
    hear(world, one["InvoiceID"], "00000000-0000-0000-0000-000000000000")
    told = asyncio.run(run_told(world.store))
    assert told == ["flow"]
    found = lines(next(world.folder.glob("out-*.ndjson")))
    assert [each["number"] for each in found] == ["INV-1", "INV-2"]
    assert with_news(world.store) == []
    assert inbox.unread(world.store, "acme", "flow flow") == ()
    report = world.run()
    found = lines(world.folder / f"out-{report.run}.ndjson")
    assert [each["number"] for each in found] == ["INV-3"], "what no webhook told of"
    assert world.run().counts == {}


def test_webhooks_of_records_that_are_read_one_by_one(world: World) -> None:
    text = """
[source]
instance = "acme"
webhooks = "payments"
[fields]
amount = "Amount"
[target]
file = "out-{run}.ndjson"
"""
    world.add(text)
    world.put("invoices.create", invoice("INV-1"))
    paid = {"Invoice": {"InvoiceNumber": "INV-1"}, "Account": {"Code": world.bank()["Code"]}}
    made = world.put("payments.create", {**paid, "Amount": "4.50", "Date": "2026-11-02"})
    at = f"{world.clock.now():%Y-%m-%dT%H:%M:%S.%f}"
    kinds = (made["PaymentID"], "00000000-0000-0000-0000-000000000000")
    events = [Event("t", each, "PAYMENT", "CREATE", at) for each in kinds]
    inbox.receive(world.store, "acme", events, world.clock.now())
    report = world.run()
    found = lines(world.folder / f"out-{report.run}.ndjson")
    assert found == [{"amount": Decimal("4.5")}]


def test_a_refused_record_waits_with_its_reason_until_it_is_mended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.put("contacts.create", {"Name": "Rose"})
    world.write("contacts.csv", "no,name\n1,Rose\n2,Fern\n,Ivy\n4,<b>\n")
    world.add(CONTACTS)
    report = world.run()
    assert (report.status, report.exit_status) == ("partial", 1)
    assert report.steps == {0: {"sent": 1, "refused": 3}}
    refused = world.refused()
    assert "already assigned" in refused["1"].messages[0]
    assert refused["contacts.csv:4"].messages == ("the key is empty",)
    assert "takes no `<` or `>`" in refused["4"].messages[0]
    assert world.run().counts == {}, "what was refused is not tried again by itself"
    with monkeypatch.context() as patch:
        patch.setattr(runs, "KEPT", 1)
        empty = [world.run().run for _ in range(3)]
    held = [each.id for each in runs.recent(world.store, job="flow")]
    assert held == [empty[-1], report.run], "a run with open refusals is not forgotten"

    (rose,) = [each for each in world.held("Contact") if each["Name"] == "Rose"]
    world.put("contacts.upsert", {"ContactID": rose["ContactID"], "Name": "Rose of old"})
    world.add(CONTACTS.replace('"name"', "\"replace(name, '<b>', 'B')\""))
    again = world.retry(report.run)
    assert again.steps == {0: {"sent": 2, "refused": 1}}
    names = sorted(each["Name"] for each in world.held("Contact"))
    assert names == ["B", "Fern", "Rose", "Rose of old"]
    assert world.retry(report.run, everything=True).steps == {0: {"refused": 1}}
    assert len(world.held("Contact")) == 4, "nothing goes twice into Xero"
    world.write("contacts.csv", "no,name\n1,Rose\n2,Fern\n3,Ivy\n4,<b>\n,Moss\n")
    assert world.run().steps == {0: {"sent": 1, "refused": 1}}
    assert set(world.refused()) == {"contacts.csv:6"}, "the line without a key is mended"


def test_a_refused_post_is_kept_and_everything_can_be_posted_again(world: World) -> None:
    with receiving() as receiver:
        world.add(into(f'url = "{receiver.url}"'))
        for number in range(3):
            world.put("invoices.create", invoice(f"INV-{number}"))
        receiver.answers = [422]
        report = world.run()
        assert report.steps == {0: {"sent": 2, "refused": 1}}
        (kept,) = world.refused().values()
        assert kept.messages == ("the receiver answered 422: no such customer",)
        assert world.retry(report.run).steps == {0: {"sent": 1}}
        keys = {key for key, _ in receiver.got}
        assert len(receiver.got) == len(keys) == 3
        assert world.retry(report.run, everything=True).steps == {0: {"sent": 3}}
        assert len(receiver.got) == 6
        assert {key for key, _ in receiver.got} == keys, "a repeat has the same key"


def test_a_busy_receiver_is_asked_again(world: World) -> None:
    with receiving() as receiver:
        world.add(into(f'url = "{receiver.url}"'))
        world.put("invoices.create", invoice("INV-1"))
        receiver.answers = [503, 429]
        assert world.run().steps == {0: {"sent": 1}}
        world.put("invoices.create", invoice("INV-2"))
        receiver.answers = [500, 500, 500]
        report = world.run()
        assert (report.exit_status, report.steps) == (5, {0: {"ready": 1}})
        assert world.run().status == "done"
        assert [body["number"] for _, body in receiver.got] == ["INV-1", "INV-2"]


@pytest.mark.parametrize(
    ("on_change", "held", "status"), [("refuse", "Rose", "refused"), ("keep", "Rose", "sent")]
)
def test_changes_that_are_not_sent(world: World, on_change: str, held: str, status: str) -> None:
    world.add(f'{CONTACTS}on_change = "{on_change}"\n')
    world.write("contacts.csv", "no,name\n1,Rose\n")
    world.run()
    world.write("contacts.csv", "no,name\n1,Rosa\n")
    assert world.run().steps == {0: {status: 1}}
    assert [each["Name"] for each in world.held("Contact")] == [held]


def test_two_flows_never_share_a_key_in_the_outbox(world: World) -> None:
    world.write("contacts.csv", "no,name\n1,Rose\n")
    world.write("others.csv", "no,name\n1,Fern\n")
    world.add(CONTACTS, "one")
    world.add(
        CONTACTS.replace("contacts.csv", "others.csv").replace('"no"\nName', '"no || 5"\nName'),
        "two",
    )
    assert world.run("one").steps == {0: {"sent": 1}}
    assert world.run("two").steps == {0: {"sent": 1}}
    keys = [each.key for each in outbox.deliveries(world.store, "acme")]
    assert keys == ["one:1", "two:1"]


def test_since_reads_again_what_changed_and_sends_what_is_new(world: World) -> None:
    world.add(into('file = "out-{run}.ndjson"'))
    world.put("invoices.create", invoice("INV-1"))
    world.clock.advance(10 * 86_400)
    world.put("invoices.create", invoice("INV-2"))
    assert world.run().counts["new"] == 2
    report = world.run(since="-7d")
    assert report.counts == {"read": 1, "matched": 1, "same": 1}
    assert world.run(since="-20d").counts["same"] == 2
    flows.remove(world.store, "flow")
    world.add(into('file = "again-{run}.ndjson"'))
    report = world.run(since="-7d")
    assert [e["number"] for e in lines(world.folder / f"again-{report.run}.ndjson")] == ["INV-2"]


def test_since_says_nothing_to_a_query(world: World) -> None:
    text = CONTACTS.replace('files = "contacts.csv"', 'sql = "select 1 as no, 2 as name"')
    world.add(text)
    assert "`--since` has no effect on a query" in str(world.run(since="-7d").stopped)


def test_relative_dates_count_from_when_the_run_was_due(world: World) -> None:
    text = into('file = "out-{run}.ndjson"').replace('"Date"', '"due()"')
    text = 'time_zone = "Pacific/Auckland"\nwhere = "Date > due() - INTERVAL 4 DAY"\n' + text
    world.add(text.replace("[fields]", 'since = "-2d"\n[fields]'))
    world.put("invoices.create", invoice("OLD"))
    world.clock.advance(86_400)
    world.put("invoices.create", invoice("NEW", Date="2026-11-03"))
    world.clock.advance(30 * 86_400)
    late = world.run(due=START + timedelta(days=1, hours=12))
    found = {e["number"]: e["date"] for e in lines(world.folder / f"out-{late.run}.ndjson")}
    assert found == {"OLD": "2026-11-04T10:00:00Z", "NEW": "2026-11-04T10:00:00Z"}
    assert runs.get(world.store, late.run).arguments["due"].startswith("2026-11-03T21:00")


def test_a_scheduled_flow_says_once_that_its_database_is_gone(world: World) -> None:
    said = world.folder / "said"
    world.write("say.sh", f"cat >> {said}; echo >> {said}")
    path = world.folder / "shop.duckdb"
    with duckdb.connect(str(path)) as shop:
        shop.execute("CREATE TABLE customer AS SELECT 1 AS no, 'Rose' AS name")
    text = CONTACTS.replace('files = "contacts.csv"', 'sql = "select * from customer"')
    text = text.replace("[fields]", 'from = "duckdb:shop.duckdb"\n[fields]')
    script = world.folder / "say.sh"
    world.add(f'schedule = "0 3 * * *"\nnotify = "sh {script}"\n{text}')
    gone = path.rename(path.with_suffix(".gone"))

    async def night() -> None:
        runners = all_runners(world.store)
        scheduler = Scheduler(world.store, runners)
        world.clock.advance(86_400)
        assert scheduler.start_due() == 1
        await scheduler.settle()

    for _ in range(3):
        asyncio.run(night())
    gone.rename(path)
    asyncio.run(night())
    asyncio.run(night())
    firings = schedules.firings(world.store, "flow/flow")
    assert [each.status for each in firings] == ["done", "done", "failed", "failed", "failed"]
    assert "shop.duckdb` is not there" in (firings[-1].message or "")
    assert firings[0].due == datetime(2026, 11, 7, 3, tzinfo=UTC)
    notices = [json.loads(line) for line in said.read_text().splitlines()]
    assert [each["event"] for each in notices] == ["opened", "closed"]
    assert [each["Name"] for each in world.held("Contact")] == ["Rose"]


def test_a_bad_file_stops_no_other(world: World) -> None:
    world.write("a.csv", "no,name\n1,Rose\n")
    world.write("b.csv", "no,nmae\n2,Fern\n")
    world.write("c.csv", "")
    world.write("d.csv", "no,name\n4,Ivy\n5\n")
    world.add(CONTACTS.replace("contacts.csv", "*.csv"))
    report = world.run()
    assert report.steps == {0: {"sent": 2, "refused": 1}}
    assert len(report.problems) == 2
    assert "`b.csv`: `flow`: fields.Name: there is no field `name`" in report.problems[0]
    assert report.problems[1] == "`c.csv`: `c.csv` is empty"
    assert "the row has 1 value" in world.refused()["d.csv:3"].messages[0]
    world.write("b.csv", "no,name\n2,Fern\n")
    assert world.run().steps == {0: {"sent": 1}}


def test_lines_of_one_key_stay_together_in_a_large_file(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows are taken in lots; an order whose lines lie across two lots is one invoice."""
    from xeroport.jobs.flow import intake

    monkeypatch.setattr(intake, "AT_ONCE", 7)
    rows = [f"{order},{line}" for order in range(20) for line in range(order % 5 + 1)]
    world.write("orders.csv", "order_no,line\n" + "\n".join(rows) + "\n")
    world.add(
        """
key = "order_no"
[source]
files = "orders.csv"
[fields]
Type = "'ACCREC'"
InvoiceNumber = "'W-' || order_no"
"Contact.Name" = "'Rose'"
Date = "'2026-11-01'"
DueDate = "'2026-11-09'"
"LineItems.Description" = "line"
"LineItems.Quantity" = "1"
"LineItems.UnitAmount" = "1"
"LineItems.AccountCode" = "'200'"
[target]
instance = "acme"
endpoint = "invoices.create"
"""
    )
    assert world.run().steps == {0: {"sent": 20}}
    found = {each["InvoiceNumber"]: len(each["LineItems"]) for each in world.held("Invoice")}
    assert found == {f"W-{order}": order % 5 + 1 for order in range(20)}


def test_a_list_longer_than_a_page_is_read_whole_while_it_moves(world: World) -> None:
    world.add(into('file = "out-{run}.ndjson"'))
    for number in range(230):
        world.put("invoices.create", invoice(f"INV-{number}"))
    report = world.run()
    assert report.counts["new"] == 230
    found = lines(world.folder / f"out-{report.run}.ndjson")
    assert {each["number"] for each in found} == {f"INV-{number}" for number in range(230)}


def test_a_step_put_in_between_doubles_nothing(world: World) -> None:
    world.write("contacts.csv", "no,name\n1,Rose\n")
    history = """
[[then]]
[then.fields]
Name = "'Twin ' || no"
[then.target]
instance = "acme"
endpoint = "contact_groups.create"
"""
    world.add(CONTACTS + history)
    assert world.run().steps == {0: {"sent": 1}, 1: {"sent": 1}}
    between = '\n[[then]]\n[then.target]\nfile = "out-{run}.ndjson"\n'
    world.add(CONTACTS + between + history)
    assert world.run(since="-1d").steps == {1: {"sent": 1}, 2: {"sent": 1}}
    assert len(world.held("Contact")) == len(world.held("ContactGroup")) == 1
    assert len(list(world.folder.glob("out-*.ndjson"))) == 1


def test_what_is_settled_in_the_outbox_shows_in_the_flow(world: World) -> None:
    world.put("contacts.create", {"Name": "Rose"})
    world.write("contacts.csv", "no,name\n1,Rose\n")
    world.add(CONTACTS)
    assert world.run().steps == {0: {"refused": 1}}
    (delivery,) = outbox.deliveries(world.store, "acme")
    outbox.discard(world.store, delivery, "wrong customer", world.clock.now().timestamp())
    (found,) = registry.refused_of(world.store, "flow", 10, now=world.clock.now())
    assert found.messages == ("wrong customer",)


def test_a_change_waits_for_its_earlier_version_and_goes_after_it(world: World) -> None:
    """A version whose fate is unknown is looked up first; then the change goes, in one run."""
    world.add(f'{CONTACTS}on_change = "update"\n')
    world.write("contacts.csv", "no,name\n1,Rose\n")
    world.emulators["acme"].faults.plan.extend(parsed_faults("drop-after:100%"))
    assert world.run().exit_status == 5
    assert [each["Name"] for each in world.held("Contact")] == ["Rose"]
    world.emulators["acme"].faults.clear()
    world.clock.advance(1_000)
    world.write("contacts.csv", "no,name\n1,Rosa\n")
    assert world.run().steps == {0: {"sent": 1}}
    assert [each["Name"] for each in world.held("Contact")] == ["Rosa"]


def test_a_date_that_fits_two_ways_says_where_a_flow_learns_it(world: World) -> None:
    flow = CONTACTS.replace("contacts", "invoices").replace('ContactNumber = "no"\nName = "name"', (
        'Type = "kind"\nInvoiceNumber = "no"\n"Contact.Name" = "name"\nDate = "day"\n'
        '"LineItems.Description" = "name"'
    ))  # fmt: skip
    world.write("invoices.csv", "no,kind,name,day\n1,ACCREC,Rose,03/04/2026\n")
    world.add(flow)
    assert world.run().steps == {0: {"refused": 1}}
    (refused,) = world.refused().values()
    (message,) = [text for text in refused.messages if "two ways" in text]
    command = "`xeroport instance edit acme --date-format DD/MM/YYYY`"
    assert message == f"Date: `03/04/2026` fits two ways to write dates (set how: {command})"
    assert in_flow(message).endswith("dates (set how: *Settings* of the organisation)")
    acme = instances.get(world.store, "acme")
    instances.save(world.store, replace(acme, date_format="DD/MM/YYYY"))
    world.retry(1)
    assert [invoice["Date"] for invoice in world.held("Invoice")] == [date(2026, 4, 3)]


def test_nothing_is_on_its_way_before_the_organisation_is_known(world: World) -> None:
    """An unchecked second instance: the flow asks once which organisation it reaches, and without
    an answer neither takes nor repeats anything into Xero."""
    acme = instances.get(world.store, "acme")
    secret = instances.secret(world.store, "acme")
    instances.add(world.store, replace(acme, name="twin"), secret)
    world.put("contacts.create", {"Name": "Rose"})
    world.write("contacts.csv", "no,name\n1,Rose\n")
    world.add(CONTACTS.replace('"acme"', '"twin"'))
    faults = world.emulators["acme"].faults
    faults.plan.extend(parsed_faults("500:100%@organisation.get"))
    stopped = world.run()
    assert (stopped.exit_status, stopped.steps) == (5, {})
    assert outbox.counts(world.store, "twin") == {}
    faults.clear()
    world.clock.advance(1_000)
    refused = world.run()
    assert refused.steps == {0: {"refused": 1}}
    assert instances.get(world.store, "twin").organisation_id is not None
    unchecked = replace(instances.get(world.store, "twin"), organisation_id=None)
    instances.save(world.store, unchecked)
    faults.plan.extend(parsed_faults("500:100%@organisation.get"))
    world.write("contacts.csv", "no,name\n1,Rosa\n")
    assert world.retry(refused.run).exit_status == 5
    assert [held.status for held in world.refused().values()] == ["refused"]


def test_a_query_waits_for_the_file_that_this_process_writes(world: World) -> None:
    path = world.folder / "shop.duckdb"
    with duckdb.connect(str(path), config={"threads": 1}) as shop:
        shop.execute("CREATE TABLE customer AS SELECT 1 AS no, 'Rose' AS name")
        text = CONTACTS.replace('files = "contacts.csv"', 'sql = "select * from customer"')
        world.add(text.replace("[fields]", 'from = "duckdb:shop.duckdb"\n[fields]'))
        timer = threading.Timer(0.5, shop.close)
        timer.start()
        assert world.run().steps == {0: {"sent": 1}}
        timer.join()


def test_postgres_gives_rows_and_takes_a_table(world: World, postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as shop:
        shop.execute("CREATE TABLE customer (no int, name text, owes numeric, at timestamptz)")
        shop.execute("INSERT INTO customer VALUES (1, 'Rose', 1234567890.05, '2026-11-01 10:00Z')")
        shop.execute("INSERT INTO customer VALUES (2, 'Fern', NULL, NULL)")
        text = f"""
key = "no"
[source]
sql = "select * from customer order by no"
from = "{postgres_url}"
[fields]
name = "upper(name)"
owes = "owes::DECIMAL(18, 2)"
at = "at"
tags = "[no, no + 1]"
[target]
table = "made.customers"
to = "{postgres_url}"
"""
        world.add(text)
        report = world.run()
        assert (report.message, report.steps) == (None, {0: {"sent": 2}})
        shop.execute("UPDATE customer SET owes = 3 WHERE no = 2")
        assert world.run().counts == {"read": 2, "matched": 2, "same": 1, "changed": 1}
        rows = shop.execute("SELECT name, owes, at, tags FROM made.customers ORDER BY name")
        assert rows.fetchall() == [
            ("FERN", Decimal(3), None, "[2, 3]"),
            ("ROSE", Decimal("1234567890.05"), datetime(2026, 11, 1, 10), "[1, 2]"),
        ]
    gone = text.replace("@", "@nowhere.invalid:1,", 1) if "@" in text else text
    if gone != text:
        world.add(gone)
        assert world.run().status == "failed"


def test_a_field_of_any_name_is_meant_by_its_name(world: World) -> None:
    world.write("contacts.csv", "Customer No.,end,at\n1,Rose,x\n")
    text = CONTACTS.replace('key = "no"', 'key = "Customer No."').replace('"name"', '"end"')
    world.add(text.replace('"no"', '"at"'))
    assert world.run().steps == {0: {"sent": 1}}
    assert [(e["Name"], e["ContactNumber"]) for e in world.held("Contact")] == [("Rose", "x")]
