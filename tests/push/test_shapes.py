"""Rows → documents → what Xero gets: dotted columns, templates, maps, queries, every target."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from push_world import World, invoice

from xeroport.catalogue import load
from xeroport.errors import InputError
from xeroport.records import maps, targets
from xeroport.rows import source
from xeroport.sql.expressions import Expressions

SALES = """*ContactName,EmailAddress,POAddressLine1,POCity,*InvoiceNumber,Reference,*InvoiceDate,\
*DueDate,Total,InventoryItemCode,*Description,*Quantity,*UnitAmount,Discount,*AccountCode,\
*TaxType,TaxAmount,TrackingName1,TrackingOption1,TrackingName2,TrackingOption2,Currency,\
BrandingTheme
Bluebell Ltd,a@b.example,1 High St,York,T-1,PO9,2026-11-05,2026-11-30,,,\
Widgets,2,10.00,10,200,NONE,,,,,,,
,,,,T-1,,,,,,Gadgets,1,5.505,,200,NONE,,,,,,,
Acorn Ltd,,,,T-2,,2026-11-06,2026-11-30,,,Things,3,1.25,,200,NONE,,,,,,,
"""
BILLS = """*ContactName,EmailAddress,*InvoiceNumber,*InvoiceDate,*DueDate,Total,InventoryItemCode,\
Description,*Quantity,*UnitAmount,*AccountCode,*TaxType,TaxAmount,TrackingName1,TrackingOption1,\
TrackingName2,TrackingOption2,Currency
Supplier A,,77,2026-11-05,2026-11-30,,,Paper,1,9,400,NONE,,,,,,
Supplier B,,77,2026-11-05,2026-11-30,,,Pens,1,8,400,NONE,,,,,,
"""


def test_the_sales_template_makes_invoices_with_all_their_lines(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "SalesInvoices.csv"
    path.write_text(SALES)
    report = world.push("invoices.create", path)
    assert report.ok, report.results
    held = {each["InvoiceNumber"]: each for each in world.held("Invoice")}
    assert set(held) == {"T-1", "T-2"}
    assert held["T-1"]["Type"] == "ACCREC"
    assert held["T-1"]["Reference"] == "PO9"
    assert [line["LineAmount"] for line in held["T-1"]["LineItems"]] == [18, Decimal("5.51")]
    contact = next(c for c in world.held("Contact") if c["Name"] == "Bluebell Ltd")
    assert contact["EmailAddress"] == "a@b.example"
    assert report.results[0].key == "T-1"
    assert report.results[1].line == 4


def test_the_bills_template_knows_bills_by_supplier_and_number(
    world: World, tmp_path: Path
) -> None:
    path = tmp_path / "Bills.csv"
    path.write_text(BILLS)
    report = world.push("invoices.create", path, constants={"Type": "ACCPAY"})
    assert report.ok, report.results
    assert [each["Type"] for each in world.held("Invoice")] == ["ACCPAY", "ACCPAY"]
    assert [each.key for each in report.results] == ["Supplier A / 77", "Supplier B / 77"]
    assert any("stay `unknown`" in note for note in report.notes)


def test_rows_with_one_key_become_one_document(world: World, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "no,InvoiceNumber,Type,Contact.Name,LineItems.Description,LineItems.Quantity,"
        "LineItems.UnitAmount,LineItems.AccountCode\n"
        "1,A,ACCREC,X Ltd,one,1,1,200\n1,A,ACCREC,X Ltd,two,2,1.5,200\n"
        "2,B,ACCREC,X Ltd,three,1,9,200\n"
    )
    assert world.push("invoices.create", path, key="no").ok
    held = {each["InvoiceNumber"]: each for each in world.held("Invoice")}
    assert [line["Description"] for line in held["A"]["LineItems"]] == ["one", "two"]
    assert held["A"]["SubTotal"] == 4


def test_header_values_that_disagree_are_named(world: World, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text(
        "InvoiceNumber,Type,Contact.Name,Date,LineItems.Description,LineItems.Quantity,"
        "LineItems.UnitAmount\nA,ACCREC,X Ltd,2026-11-01,one,1,1\n"
        "A,ACCREC,X Ltd,2026-11-02,two,1,x\n"
    )
    report = world.push("invoices.create", path, key="InvoiceNumber")
    assert [(p.place.line, p.place.column) for p in report.problems] == [(3, 4), (3, 7)]
    assert report.problems[0].message == "`2026-11-02` differs from `2026-11-01` in line 2"


def test_a_map_file_makes_records_of_any_rows(world: World, tmp_path: Path) -> None:
    rows, layout = tmp_path / "o.csv", tmp_path / "m.toml"
    rows.write_text("order,who,net,state\n7,X Ltd,12.50,paid\n8,Y Ltd,1,open\n")
    layout.write_text(
        """where = "state = 'paid'"
[fields]
InvoiceNumber = "'W-' || \\"order\\""
Type = "'ACCREC'"
"Contact.Name" = "who"
"LineItems.Description" = "'Order'"
"LineItems.Quantity" = "1"
"LineItems.UnitAmount" = "net::DECIMAL(18, 4) / 2"
"LineItems.AccountCode" = "'200'"
"""
    )
    report = world.push("invoices.create", rows, key="order", layout=maps.read(layout))
    assert report.ok, (report.problems, report.results)
    (held,) = world.held("Invoice")
    assert held["InvoiceNumber"] == "W-7"
    assert held["LineItems"][0]["UnitAmount"] == Decimal("6.25")


@pytest.mark.parametrize(
    "expression",
    [
        "(SELECT content FROM read_text('/etc/hostname'))",
        "(SELECT count(*) FROM '/etc/hostname')",
        "getenv('HOME')",
        "1); ATTACH '/etc/hostname' AS x; SELECT (1",
        "(SELECT count(*) FROM read_csv('http://127.0.0.1:1/x'))",
        "(SELECT value FROM duckdb_settings() WHERE set_config('x', 'y'))",
    ],
)
def test_expressions_reach_nothing_but_the_row(expression: str) -> None:
    with pytest.raises(InputError):
        list(Expressions(["a"], {"x": expression}).rows([source.Row(1, {"a": "1"})]))


def test_every_row_that_an_expression_fails_for_is_named() -> None:
    """Every failing expression of every row, and the rows between go on, in their order."""
    engine = Expressions(
        ["a", "b"], {"x": "a::INTEGER", "y": "b::DATE"}, where="coalesce(a, '') <> 'skip'"
    )
    given = [("1", "2026-01-01"), ("one", "2026-01-01"), ("skip", "x"), ("2", "x"), ("two", "y")]
    rows = [source.Row(n, {"a": a, "b": b}) for n, (a, b) in enumerate(given, start=2)]
    rows.insert(2, source.Row(99, {}, "ragged"))
    found = list(engine.rows(rows))
    assert [row.line for row in found] == [2, 3, 99, 5, 6]
    assert found[0].broken is None
    assert found[0].values["x"] == 1
    assert [str(row.broken).count("the expression of") for row in found[1:]] == [1, 0, 1, 2]
    assert "of `x` fails" in str(found[1].broken)
    assert found[3].values == {"x": 2}


def test_what_an_expression_sees_of_json_is_what_its_records_say() -> None:
    """A field that the first record lacks is known, a whole number is not rounded, and one record
    with a word for a number is wrong alone."""
    engine = Expressions(None, {"x": "price * 2", "y": "note"}, texts=False)
    given: list[dict[str, Any]] = [{"price": 1}, {"price": Decimal("2.5"), "note": "n"}]
    given += [{"price": "much"}, {"price": 4}]
    found = list(engine.rows(source.Row(n, row) for n, row in enumerate(given)))
    assert [row.values.get("x") for row in found] == [2, 5, None, 8]
    assert [row.broken is None for row in found] == [True, True, False, True]
    assert found[1].values["y"] == "n"
    with pytest.raises(InputError, match="there is no field `pryce`") as caught:
        list(Expressions(None, {"x": "pryce"}, texts=False).rows([source.Row(1, given[0])]))
    assert caught.value.hint == "did you mean `price`?"


def test_queries_and_parquet(world: World, tmp_path: Path) -> None:
    database = tmp_path / "shop.duckdb"  # called like its schema, as *Sync all* does
    with duckdb.connect(str(tmp_path / "new.duckdb")) as connection:
        connection.execute("CREATE SCHEMA shop")
        connection.execute(
            "CREATE TABLE shop.c AS SELECT 'C' || i AS \"ContactNumber\", 'N ' || i AS \"Name\", "
            "DATE '2026-01-01' AS made FROM range(3) t(i)"
        )
        connection.execute(f"COPY shop.c TO '{tmp_path}/c.parquet'")
    (tmp_path / "new.duckdb").rename(database)
    given = source.from_query("SELECT * EXCLUDE made FROM shop.c", f"duckdb:{database}")
    order = {"key": ("ContactNumber",)}
    import asyncio

    from xeroport.jobs.push.run import Order, push_async

    report = asyncio.run(
        push_async(world.store, Order("acme", "contacts.create", rows=given, **order))
    )
    assert report.counts == {"sent": 3}
    ignored = frozenset({"made"})
    again = world.push(
        "contacts.create", tmp_path / "c.parquet", key="ContactNumber", ignored=ignored
    )
    assert (again.counts, again.already) == ({"sent": 3}, 3)


def test_targets_below_a_record(world: World, tmp_path: Path) -> None:
    """Path ids come from columns: history notes, tracking options, attachments, e-mails."""
    assert world.push(
        "invoices.create", [invoice("A-1", Status="AUTHORISED")], key="InvoiceNumber"
    ).ok
    (held,) = world.held("Invoice")
    owner = held["InvoiceID"]
    notes = [{"InvoiceID": owner, "Details": f"note {n}", "no": n} for n in range(3)]
    assert world.push("invoices.history.add", notes, key="no").counts == {"sent": 3}
    assert world.push("tracking_categories.create", [{"Name": "Region"}]).ok
    category = world.held("TrackingCategory")[0]["TrackingCategoryID"]
    options = [{"TrackingCategoryID": category, "Name": n} for n in ("North", "South")]
    assert world.push("tracking_categories.options.create", options, key="Name").ok
    folder = tmp_path / "files" / owner
    folder.mkdir(parents=True)
    (folder / "a bill & more.txt").write_text("hello")
    report = world.push("invoices.attachments.add", tmp_path / "files")
    assert report.counts == {"sent": 1}, report.results
    files = tmp_path / "files.csv"
    files.write_text(f"InvoiceID,File\n{owner},files/{owner}/a bill & more.txt\n")
    assert world.push("invoices.attachments.add", files).counts == {"sent": 1}


def test_accounts_go_one_a_call(world: World) -> None:
    rows = [{"Code": f"9{n}", "Name": f"Account {n}", "Type": "EXPENSE"} for n in range(3)]
    report = world.push("accounts.create", rows)
    assert report.counts == {"sent": 3}
    assert len({each.batch for each in report.results}) == 3


def test_allocations(world: World) -> None:
    assert world.push(
        "invoices.create",
        [invoice("A-1", amount="50", Status="AUTHORISED")],
        key="InvoiceNumber",
    ).ok
    note = {
        "Type": "ACCRECCREDIT",
        "CreditNoteNumber": "C-1",
        "Status": "AUTHORISED",
        "Contact": {"Name": "Bluebell Ltd"},
        "Date": "2026-11-01",
        "LineAmountTypes": "NoTax",
        "LineItems": invoice("x")["LineItems"],
    }
    assert world.push("credit_notes.create", [note], key="CreditNoteNumber").ok
    rows = [
        {
            "CreditNoteID": world.held("CreditNote")[0]["CreditNoteID"],
            "Invoice": {"InvoiceID": world.held("Invoice")[0]["InvoiceID"]},
            "Amount": "5.00",
            "Date": "2026-11-02",
            "no": 1,
        }
    ]
    report = world.push("credit_notes.allocations.create", rows, key="no")
    assert report.counts == {"sent": 1}, report.results
    assert world.held("Invoice")[0]["AmountDue"] == 95


def test_every_write_has_a_capacity_and_a_shape() -> None:
    catalogue = load()
    for endpoint in catalogue.endpoints:
        if endpoint.is_write:
            assert 1 <= targets.capacity(endpoint) <= 50
            if endpoint.body == "json":
                assert json.loads(targets.compose(endpoint, [b"{}"]).body) is not None
        else:
            with pytest.raises(InputError, match="only reads"):
                targets.writable(endpoint.name)


@pytest.mark.parametrize(
    "sql",
    ["select 1; rollback; begin read write; drop table c", "drop table c", "select 1; select 2",
     "copy (select 1) to program 'touch /tmp/never'"],
)  # fmt: skip
def test_a_query_as_a_source_changes_nothing(postgres_url: str, sql: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS c (n int)")
        with pytest.raises(InputError, match="the query failed"):
            list(source.from_query(sql, postgres_url).rows)
        assert connection.execute("SELECT count(*) FROM c").fetchone() == (0,)
        connection.execute("DROP TABLE c")


@pytest.mark.parametrize(
    "sql", ["select * from read_text('FILE')", "copy (select 1) to 'FILE'", "attach 'FILE' as x"]
)
def test_a_query_as_a_source_reaches_no_other_file(tmp_path: Path, sql: str) -> None:
    shop, other = tmp_path / "shop.duckdb", tmp_path / "other.txt"
    duckdb.connect(str(shop)).close()
    other.write_text("CANARY")
    with pytest.raises(InputError, match="the query failed"):
        list(source.from_query(sql.replace("FILE", str(other)), f"duckdb:{shop}").rows)
    assert other.read_text() == "CANARY"


def test_a_postgres_query_is_a_source(world: World, postgres_url: str) -> None:
    import psycopg

    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute('CREATE TABLE c ("ContactNumber" text, "Name" text, n numeric)')
        connection.execute(
            "INSERT INTO c SELECT 'P' || i, 'Name ' || i, 1.5 FROM generate_series(1, 3) i"
        )
    given = source.from_query('SELECT "ContactNumber", "Name", n FROM c ORDER BY 1', postgres_url)
    rows = list(given.rows)
    assert [row.line for row in rows] == [1, 2, 3]
    assert rows[0].values == {"ContactNumber": "P1", "Name": "Name 1", "n": Decimal("1.5")}
    with pytest.raises(InputError, match="the query failed"):
        source.from_query("SELECT nothing", postgres_url)


def test_the_address_of_a_template_is_the_postal_one(world: World, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(
        "*ContactName,POAddressLine1,*InvoiceNumber,*InvoiceDate,*DueDate,*Description,*Quantity,"
        "*UnitAmount,*AccountCode\nBluebell Ltd,1 High St,T-1,2026-11-01,2026-12-01,W,1,5,200\n"
    )
    assert world.push("invoices.create", path, constants={"Type": "ACCREC"}).ok
    addresses = {a["AddressType"]: a for a in world.held("Contact")[0]["Addresses"]}
    assert addresses["POBOX"]["AddressLine1"] == "1 High St"
    assert not addresses["STREET"].get("AddressLine1")
