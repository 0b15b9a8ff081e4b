"""Sending, whole: cells corrected on the page, one value for every record, the map to keep, undo of
a run, and proposals that a person approves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from console_world import Visitor, visiting

from xeroport.jobs.sync.run import sync_instance
from xeroport.rows.source import open_file
from xeroport.secrets.vault import Secret
from xeroport.store import instances, runs
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.outbox import outbox
from xeroport_emulator import Emulator

HEAD = "InvoiceNumber,Contact.Name,Date,LineItems.Description,LineItems.Quantity,LineItems.UnitAmount,LineItems.AccountCode\n"  # noqa: E501
ROWS = (
    HEAD + 'S-1,"River\nLtd",2026-11-01,Advice,1,100.00,200\n'
    "\n"
    "S-2,River Ltd,2026-31-31,Advice,many,50.00,200\n"
)
PUSH = "/instances/acme/push"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[tuple[Visitor, Emulator, Store]]:
    """A console over an instance of an emulator of its own."""
    emulator = Emulator("demo", limits="off", seed=5)
    with emulator.serve() as base_url:
        store = Store(tmp_path / "home")
        instance = Instance(
            name="acme", base_url=base_url, identity_url=base_url,
            client_id=emulator.client_id, rate_limit=6000, base_currency="NZD",
        )  # fmt: skip
        instances.add(store, instance, Secret(emulator.client_secret))
        asyncio.run(
            sync_instance(
                store, "acme", streams=["accounts", "contacts", "tax_rates", "organisation"]
            )
        )
        with visiting(tmp_path / "home") as visitor:
            yield visitor, emulator, store


def upload(visitor: Visitor, rows: str = ROWS) -> tuple[str, str]:
    """Where the upload's page is, and the page."""
    reply = visitor.upload(f"{PUSH}/upload", "rows.csv", rows.encode(), endpoint="invoices.create")
    assert reply.status_code == 200, reply.text
    return str(reply.url.path), reply.text


def invoices(emulator: Emulator) -> dict[str, Any]:
    """Number → invoice, as the emulator has them."""
    table = emulator.organisation.tables["Invoice"]
    return {str(record.get("InvoiceNumber")): record for record in table}


def settled(visitor: Visitor, where: str) -> str:
    reply = visitor.get(where)
    while "data-reload" in reply.text:
        reply = visitor.get(where)
    return reply.text


def test_cells_are_corrected_on_the_page_and_the_file_stays(
    world: tuple[Visitor, Emulator, Store],
) -> None:
    visitor, _, _ = world
    where, page = upload(visitor)
    assert 'value="2026-31-31" aria-label="Date, line 5"' in page
    assert 'value="many"' in page
    visitor.post(
        where,
        **{
            "fix.line": ["5", "5"],
            "fix.column": ["Date", "LineItems.Quantity"],
            "fix.before": ["2026-31-31", "many"],
            "fix.value": ["2026-11-02", "3"],
        },
    )
    page = settled(visitor, where)
    assert "2026-31-31" not in page
    assert "Download the file with your corrections" in page
    corrected = visitor.get(f"{where}/corrected").text
    assert corrected.splitlines()[4] == "S-2,River Ltd,2026-11-02,Advice,3,50.00,200"
    assert corrected.splitlines()[1:3] == ['S-1,"River', 'Ltd",2026-11-01,Advice,1,100.00,200']
    uploads = visitor.app.state.console.uploads
    kept = uploads.find("acme", where.rsplit("/", 1)[1])
    assert "2026-31-31" in uploads.original(kept).read_text(), "the file itself is as it was"


def test_cells_of_a_mapped_file_are_corrected_under_its_own_names(
    world: tuple[Visitor, Emulator, Store],
) -> None:
    visitor, _, _ = world
    where, _ = upload(visitor, "InvoiceNumber,Contact.Name,qty\nS-1,River Ltd,many\n")
    visitor.post(where, endpoint="invoices.create", **{
        "map": "yes", "column": ["InvoiceNumber", "Contact.Name", "qty"],
        "field.0": "InvoiceNumber", "field.1": "Contact.Name", "field.2": "LineItems.Quantity",
        "constant.field": "Type", "constant.value": "ACCREC",
    })  # fmt: skip
    page = settled(visitor, where)
    assert 'name="fix.column" value="qty"' in page
    assert 'value="many" aria-label="qty, line 2"' in page


def test_the_same_columns_get_the_same_map(world: tuple[Visitor, Emulator, Store]) -> None:
    """Fields, constants, formats and key are those of the last file with this header."""
    visitor, _, _ = world
    rows = "no,who,on,text,n,each\nS-1,River Ltd,01/11/2026,Advice,1,100\n"
    where, page = upload(visitor, rows)
    assert "Its columns are those of" not in page
    names = ["no", "who", "on", "text", "n", "each"]
    fields = ["InvoiceNumber", "Contact.Name", "Date", "LineItems.Description",
              "LineItems.Quantity", "LineItems.UnitAmount"]  # fmt: skip
    chosen = {
        "map": "yes", "column": names, "endpoint": "invoices.create", "key": "no",
        "dates": "DD/MM/YYYY", "constant.field": ["LineItems.AccountCode", "Type"],
        "constant.value": ["200", "ACCREC"],
    } | {f"field.{number}": field for number, field in enumerate(fields)}  # fmt: skip
    visitor.post(where, **chosen)
    assert "1 record is ready" in settled(visitor, where)
    again, page = upload(visitor, rows.replace("S-1", "S-9"))
    assert "Its columns are those of <strong>rows.csv</strong>" in page
    assert "1 record is ready" in page
    assert visitor.get(f"{again}/map.toml").text.count("=") == 6
    _, page = upload(visitor, rows.replace("who", "whom"))
    assert "Its columns are those of" not in page
    visitor.post(again, do="guess")
    assert 'name="constant.field" value="LineItems.AccountCode"' not in settled(visitor, again)
    _, page = upload(visitor, rows.replace("S-1", "S-10"))
    assert "Its columns are those of" not in page


def test_cells_of_a_workbook_are_corrected_on_the_page(
    world: tuple[Visitor, Emulator, Store], tmp_path: Path
) -> None:
    """Rows keep their numbers, other values their kinds, and the corrected sheet can be loaded."""
    import xlsxwriter

    visitor, emulator, _ = world
    path = tmp_path / "orders.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(2, 1, HEAD.strip().split(","))
        for row, (number, quantity) in enumerate((("X-1", 2), ("X-2", "many")), start=3):
            sheet.write_row(row, 1, [number, "River Ltd"])
            sheet.write_datetime(row, 3, datetime(2026, 11, 2), day)
            sheet.write_row(row, 4, ["Advice", quantity, 50.5, "200"])
    reply = visitor.upload(
        f"{PUSH}/upload", path.name, path.read_bytes(), endpoint="invoices.create"
    )
    where = reply.url.path
    assert 'value="many" aria-label="LineItems.Quantity, line 5"' in reply.text
    visitor.post(where, **{
        "fix.line": "5", "fix.column": "LineItems.Quantity", "fix.value": "3",
        "fix.before": "many",
    })  # fmt: skip
    page = settled(visitor, where)
    assert "--set" not in page
    assert "<em>The same in every record</em>" in page
    assert 'name="set" value="Type=ACCPAY"' in page
    visitor.post(where, set="Type=ACCREC")
    assert "All 2 records are ready" in settled(visitor, where)
    loaded = visitor.get(f"{where}/corrected")
    assert "corrected-orders.xlsx" in loaded.headers["content-disposition"]
    (tmp_path / "back.xlsx").write_bytes(loaded.content)
    rows = list(open_file(str(tmp_path / "back.xlsx")).rows)
    before = list(open_file(str(path)).rows)
    assert [row.line for row in rows] == [row.line for row in before] == [4, 5]
    assert rows[0].values == before[0].values
    assert rows[1].values == {**before[1].values, "LineItems.Quantity": "3"}
    visitor.post(f"{where}/send", agree=["approve"])
    for job in visitor.app.state.console.work.jobs():
        assert job.process.wait(timeout=60) == 0
    assert {"X-1", "X-2"} <= set(invoices(emulator))


def test_one_value_goes_into_every_record(world: tuple[Visitor, Emulator, Store]) -> None:
    visitor, _, _ = world
    where, page = upload(visitor, HEAD + "S-3,River Ltd,2026-11-01,Advice,1,100.00,200\n")
    visitor.post(
        where, map="no", endpoint="invoices.create",
        **{"constant.field": ["Type", "DueDate", ""],
           "constant.value": ["ACCREC", "2026-12-01", "x"]},
    )  # fmt: skip
    page = settled(visitor, where)
    assert 'value="DueDate"' in page
    body = unescape(page)
    assert '"Type":"ACCREC"' in body.replace(" ", "")
    assert "Goes to Xero" in page
    assert "100.00 <small>NZD" in page
    assert "1 <small>sales invoice<" in page
    assert "Xero makes drafts of new ones" in page
    assert "synced into the DuckDB file <code>books.duckdb</code>" in page


def test_before_sending_it_says_how_many_of_what(
    world: tuple[Visitor, Emulator, Store],
) -> None:
    visitor, _, _ = world
    rows = HEAD.replace("\n", ",DueDate,Type,Status\n") + "".join(
        f"K-{number},River Ltd,2026-11-01,Advice,1,10.00,{account},2026-12-01,{type_},{status}\n"
        for number, (account, type_, status) in enumerate(
            [
                ("200", "ACCREC", "DRAFT"),
                ("200", "ACCREC", "AUTHORISED"),
                ("400", "ACCPAY", "AUTHORISED"),
            ]
        )
    )
    page = upload(visitor, rows)[1]
    assert "2 <small>sales invoices<" in page
    assert "1 <small>bill<" in page
    assert "<dt>Drafts</dt><dd>1" in page
    assert "<dt>Approved</dt><dd>2" in page
    assert "Creates sales invoices and bills" in page


def test_the_columns_can_be_kept_as_a_map(world: tuple[Visitor, Emulator, Store]) -> None:
    visitor, _, _ = world
    rows = "no,customer\nS-4,River Ltd\n"
    where, _ = upload(visitor, rows)
    visitor.post(
        where, map="yes", endpoint="invoices.create", column=["no", "customer"],
        **{"field.0": "InvoiceNumber", "field.1": "Contact.Name"},
    )  # fmt: skip
    page = settled(visitor, where)
    assert "map.toml" in page
    assert '"InvoiceNumber" = "\\"no\\""' in visitor.get(f"{where}/map.toml").text


def test_what_a_run_made_is_undone_with_a_tick(world: tuple[Visitor, Emulator, Store]) -> None:
    visitor, emulator, store = world
    rows = (
        HEAD.replace("\n", ",Type,Status\n")
        + "S-5,River Ltd,2026-11-01,Advice,1,10.00,200,ACCREC,DRAFT\n"
    )
    where, _ = upload(visitor, rows)
    run = visitor.post(f"{where}/send").url.path
    for job in visitor.app.state.console.work.jobs():
        assert job.process.wait(timeout=60) == 0
    results = visitor.get(f"{where}/results").text
    assert "1 sent now." in results
    assert "https://go.xero.com/organisationlogin/" in results
    assert "AccountsReceivable" in results
    visitor.post(f"{where}/send")
    page = visitor.get(run).text
    assert f'href="{run}/undo"' in page
    asked = visitor.get(f"{run}/undo").text
    assert "is deleted" in asked
    assert "It deletes 1 record in Xero." in asked
    refused = visitor.post(f"{run}/undo")
    assert refused.status_code == 422
    done = visitor.post(f"{run}/undo", agree="delete")
    assert "1 undone" in done.text
    made = invoices(emulator)["S-5"]
    assert made["Status"] == "DELETED"
    assert "Nothing can be undone" in visitor.get(f"{run}/undo").text
    assert visitor.get("/runs/9999/undo").status_code == 404
    sync = runs.recent(store, 5, job="sync")[0]
    assert visitor.get(f"/runs/{sync.id}/undo").status_code == 422


def test_proposals_wait_for_a_person(world: tuple[Visitor, Emulator, Store]) -> None:
    from xeroport.cli import main as command_line

    visitor, emulator, store = world
    rows = store.home.parent / "held.csv"
    rows.write_text(
        HEAD.replace("\n", ",Type,Status\n")
        + "P-1,River Ltd,2026-11-01,Advice,1,10.00,200,ACCREC,AUTHORISED\n"
        + "P-2,River Ltd,2026-11-01,Advice,1,20.00,200,ACCREC,DRAFT\n"
    )
    with pytest.raises(SystemExit):
        command_line(
            ["--home", str(store.home), "push", "acme", "invoices.create", str(rows), "--hold",
             "--yes"]
        )  # fmt: skip
    assert outbox.counts(store, "acme")["invoices.create"] == {"held": 2}
    assert "2 proposals wait for your approval" in visitor.get("/instances/acme").text
    where = "/instances/acme/proposals"
    page = visitor.get(where).text
    assert "P-1" in page
    assert "It approves 1 record." in page
    seen = re.findall(r'name="delivery" value="([\w-]+)"', page)
    rows.write_text(rows.read_text().replace("1,10.00", "1,99.00"))
    again = ["push", "acme", "invoices.create", str(rows), "--hold", "--update", "--yes"]
    with pytest.raises(SystemExit):
        command_line(["--home", str(store.home), *again])
    changed = visitor.post(where, do="approve", delivery=seen, person="Ann", agree="approve")
    assert changed.status_code == 422
    assert "changed or decided in the meantime" in changed.text
    ids = re.findall(r'name="delivery" value="([\w-]+)"', changed.text)
    assert ids[1] == seen[1]
    assert ids[0] != seen[0]
    assert "Nothing was ticked" in visitor.post(where, do="approve", person="Ann").text
    assert visitor.post(where, do="approve", delivery=ids).status_code == 422, "nobody decides"
    asked = visitor.post(where, do="approve", delivery=ids, person="Ann")
    assert asked.status_code == 422
    assert "nothing was sent" in asked.text.lower()
    assert outbox.counts(store, "acme")["invoices.create"] == {"held": 2}
    declined = visitor.post(where, do="decline", delivery=ids[1], person="Ann", reason="twice")
    assert "1 of 1 are declined" in declined.text
    done = visitor.post(where, do="approve", delivery=ids[0], person="Ann", agree="approve")
    assert "Approved by Ann: 1 sent" in done.text
    numbers = invoices(emulator)
    assert "P-1" in numbers
    assert "P-2" not in numbers


def test_every_endpoint_and_parameter_says_what_it_is_for(
    world: tuple[Visitor, Emulator, Store],
) -> None:
    visitor, _, _ = world
    listed = visitor.get("/endpoints?q=email+invoice").text
    assert "invoices.email" in listed
    page = visitor.get("/endpoints/invoices.list").text
    assert page.count("<small>") > 10
