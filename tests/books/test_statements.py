"""Statements on the ledger are Xero's own reports, cell by cell, at several dates."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from ledger_world import World
from tests.sync.books import NAME, SCHEMA

from xeroport.books.statements.ageing import Ageing
from xeroport.books.statements.statement_model import Row, Statement
from xeroport.cli import main
from xeroport.errors import InputError, UnknownName
from xeroport.jobs.query import reading
from xeroport.jobs.statement import statement
from xeroport.jobs.statement_days import range_before
from xeroport.jobs.statement_wish import NAMES, Wish
from xeroport.jobs.workbook import write_statement

TODAY = datetime.date(2026, 11, 29)
DAYS = ["2025-03-31", "2025-09-17", "2026-03-31", "2026-04-01", "2026-09-30"]
MONTHS = [("2025-02-01", "2025-02-28"), ("2025-04-01", "2026-03-31"), ("2026-05-10", "2026-08-09")]
Cells = list[tuple[Any, ...]]


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def make(world: World, name: str, **wish: Any) -> Statement:
    return statement(NAME, name, Wish(**wish), url=world.url, today=TODAY)


def ours(rows: tuple[Row, ...]) -> Cells:
    """(label, values …) of all rows with figures."""
    return [(row.label, *map(plain, row.values)) for row in rows if row.values]


def theirs(report: dict[str, Any]) -> Cells:
    """The same of a report of Xero."""

    def walk(rows: list[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
        for row in rows:
            if row["RowType"] in ("Row", "SummaryRow"):
                label, *values = [cell.get("Value") for cell in row["Cells"]]
                yield (label, *map(plain, values))
            elif row["RowType"] == "Section":
                yield from walk(row.get("Rows") or [])

    return list(walk(report["Rows"]))


def plain(value: Any) -> str | None:
    return None if value in (None, "") else str(Decimal(str(value)).quantize(Decimal("0.01")) + 0)


@pytest.mark.parametrize("at", DAYS)
@pytest.mark.parametrize("cash", [False, True])
def test_trial_balance(demo: World, at: str, cash: bool) -> None:
    parameters = {"date": at, "paymentsOnly": cash}
    report = demo.call("reports.trial_balance", parameters)
    assert ours(make(demo, "trial-balance", at=day(at), cash=cash).rows) == theirs(report)


@pytest.mark.parametrize(("since", "until"), MONTHS)
@pytest.mark.parametrize("cash", [False, True])
def test_profit_and_loss(demo: World, since: str, until: str, cash: bool) -> None:
    parameters = {"fromDate": since, "toDate": until, "paymentsOnly": cash}
    report = demo.call("reports.profit_and_loss", parameters)
    built = make(demo, "profit-and-loss", since=day(since), until=day(until), cash=cash)
    assert ours(built.rows) == theirs(report)


@pytest.mark.parametrize(("since", "until"), MONTHS)
@pytest.mark.parametrize("category", ["Region", "Crew"])
def test_profit_and_loss_by_tracking(demo: World, since: str, until: str, category: str) -> None:
    names = dict(
        demo.rows("SELECT name, CAST(tracking_category_id AS text) FROM tracking_category")
    )
    category = category if category in names else next(iter(names))
    parameters = {"fromDate": since, "toDate": until, "trackingCategoryID": names[category]}
    report = demo.call("reports.profit_and_loss", parameters)
    built = make(
        demo, "profit-and-loss", since=day(since), until=day(until), tracking=category.upper()
    )
    assert ours(built.rows) == theirs(report)


def test_months_side_by_side_are_the_months_alone(demo: World) -> None:
    built = make(
        demo, "profit-and-loss", since=day("2026-04-01"), until=day("2026-06-30"), by="month"
    )
    assert built.columns[-1] == "Total"
    for at, month in enumerate(("2026-04", "2026-05", "2026-06")):
        report = demo.call("reports.profit_and_loss", {"fromDate": f"{month}-01"})
        expected = {cells[0]: cells[1] for cells in theirs(report)}
        column = {row.label: plain(row.values[at]) for row in built.rows if row.values}
        zero = {label for label, value in column.items() if value == "0.00"}
        assert {k: v for k, v in column.items() if k not in zero} == {
            k: v for k, v in expected.items() if v != "0.00"
        }


@pytest.mark.parametrize("at", DAYS)
@pytest.mark.parametrize("cash", [False, True])
def test_balance_sheet(demo: World, at: str, cash: bool) -> None:
    parameters = {"date": at, "paymentsOnly": cash}
    report = demo.call("reports.balance_sheet", parameters)
    built = make(demo, "balance-sheet", at=day(at), cash=cash)
    assert [cells[:2] for cells in ours(built.rows)] == [c[:2] for c in theirs(report)]


@pytest.mark.parametrize(("since", "until"), MONTHS)
def test_bank_summary(demo: World, since: str, until: str) -> None:
    report = demo.call("reports.bank_summary", {"fromDate": since, "toDate": until})
    built = make(demo, "cash", since=day(since), until=day(until))
    assert ours(built.rows) == theirs(report)


@pytest.mark.parametrize("at", ["2025-06-30", "2026-03-31", "2026-09-30"])
@pytest.mark.parametrize("name", ["aged-receivables", "aged-payables"])
def test_ageing(demo: World, at: str, name: str) -> None:
    built = make(demo, name, at=day(at))
    totals = {row.account_id: row.values[-1] for row in built.rows if row.kind == "row"}
    endpoint = f"reports.{name.replace('-', '_')}_by_contact"
    for contact in demo.books.records("Contact"):
        key = contact["ContactID"]
        report = demo.call(endpoint, {"contactId": key, "date": at, "toDate": at})
        closing = theirs_closing(report)
        assert totals.get(key, Decimal(0)) == closing, contact["Name"]


def theirs_closing(report: dict[str, Any]) -> Decimal:
    last = [row for part in report["Rows"] for row in part.get("Rows") or () if row["Cells"]][-1]
    return Decimal(last["Cells"][-1]["Value"] or 0)


@pytest.mark.parametrize("at", ["2025-06-30", "2026-03-17", "2026-11-29"])
@pytest.mark.parametrize("sales", [True, False])
def test_ageing_added_up_by_the_database_is_the_same(demo: World, at: str, sales: bool) -> None:
    built = make(demo, "aged-receivables" if sales else "aged-payables", at=day(at))
    listed = {row.account_id: row.values for row in built.rows if row.kind == "row"}
    with reading(demo.url, NAME) as connection:
        _is_the_same(listed, built.rows[-1].values, connection, at=day(at), sales=sales)


def _is_the_same(
    listed: dict[Any, Any],
    total: tuple[Any, ...],
    connection: Any,
    *,
    at: datetime.date,
    sales: bool,
) -> None:
    ask = lambda sql: connection.execute(sql).fetchall()  # noqa: E731
    ageing = Ageing(ask, SCHEMA, "duckdb", at, sales)
    contacts, count = ageing.contacts(most=1000)
    assert {row.contact_id: (*row.ages, row.total) for row in contacts} == listed
    assert count == len(listed) > 0
    assert ageing.at_a_glance(most=5) == (list(total[:-1]), contacts[:5])
    sums = ageing.currencies()
    assert tuple(map(sum, zip(*(row.ages for row in sums), strict=True))) == total[:-1]
    assert len(sums) > sales
    documents, number, amount = ageing.documents(most=1000)
    assert (number, amount) == (len(documents), total[-1])
    for currency in sums:
        assert currency.own_total == sum(
            row.due for row in documents if row.currency == currency.currency
        )
    first = contacts[0]
    for bucket, age in enumerate(first.ages):
        _, _, amount = ageing.documents(most=9, contact=first.contact_id, bucket=bucket)
        assert amount == age


@pytest.mark.parametrize(
    "wish",
    [
        {"since": day("2026-01-01"), "until": day("2026-06-30"), "by": "month", "compare": True},
        {"since": day("2026-02-10"), "until": day("2026-05-09"), "by": "month", "before": True},
        {"since": day("2026-05-10"), "until": day("2026-05-20"), "before": True},
        {"since": day("2026-04-01"), "until": day("2026-06-30"), "tracking": "Region"},
    ],
)
def test_every_column_is_the_sum_of_the_lines_in_its_span(
    demo: World, wish: dict[str, Any]
) -> None:
    built = make(demo, "profit-and-loss", **wish)
    assert len(built.spans) == len(built.columns) > 1
    for column, span in enumerate(built.spans):
        assert span
        if span.option or span.without:
            continue
        alone = make(demo, "profit-and-loss", since=span.since, until=span.until)
        sums = {row.label: row.values[0] for row in alone.rows if row.values}
        for row in built.rows:
            if row.values:
                assert row.values[column] == sums.get(row.label, 0), (row.label, span)


def test_the_range_before_is_as_long() -> None:
    assert range_before(day("2026-04-01"), day("2026-06-30")) == (
        day("2026-01-01"), day("2026-03-31"),
    )  # fmt: skip
    assert range_before(day("2026-05-10"), day("2026-05-20")) == (
        day("2026-04-29"), day("2026-05-09"),
    )  # fmt: skip
    assert range_before(day("2026-01-01"), day("2026-12-31"))[0] == day("2025-01-01")


def test_twelve_months_before_and_a_year_before_are_one_column(demo: World) -> None:
    wish = {"since": day("2025-07-01"), "before": True, "compare": True}
    built = make(demo, "profit-and-loss", until=day("2026-06-30"), **wish)
    assert [str(head) for head in built.columns] == ["30 Jun 26", "30 Jun 25"]
    by_month = make(demo, "profit-and-loss", until=day("2026-06-30"), by="month", **wish)
    assert by_month.columns[-2:] == ("Total", "Total to 30 Jun 25"), "not taken for one month"
    half = make(demo, "profit-and-loss", until=day("2025-12-31"), **wish)
    assert half.columns == ("31 Dec 25", "30 Jun 25", "31 Dec 24")


def test_balance_sheets_side_by_side_are_each_alone(demo: World) -> None:
    days = (day("2026-03-17"), day("2025-12-31"))
    beside = make(demo, "balance-sheet", at=day("2026-06-30"), days=days, compare=True)
    for column, at in enumerate((day("2026-06-30"), *days, day("2025-06-30"))):
        alone = {r.label: r.values[0] for r in make(demo, "balance-sheet", at=at).rows if r.values}
        for row in beside.rows:
            if row.values:
                assert row.values[column] == alone.get(row.label, 0), (row.label, at)


@pytest.mark.parametrize(
    ("start", "end"), [("2026-04-01", "2026-06-30"), ("2025-07-01", "2026-06-30")]
)
def test_budget(demo: World, start: str, end: str) -> None:
    periods = (day(end).year - day(start).year) * 12 + day(end).month - day(start).month + 1
    report = demo.call("reports.budget_summary", {"date": start, "periods": periods})
    expected = {
        cells[0]: sum(Decimal(value or 0) for value in cells[1:]) for cells in theirs(report)
    }
    built = make(demo, "budget-vs-actual", since=day(start), until=day(end))
    planned = {
        row.label: row.values[1] for row in built.rows if row.kind == "row" and row.values[1]
    }
    assert planned
    for label, amount in planned.items():
        assert amount == expected[label], label
    results = {row.label: row.values for row in built.rows if row.kind == "total"}
    assert results["Net Profit"][1] == expected["Net Profit"]
    for done, plan, variance, _ in (row.values for row in built.rows if row.values):
        assert abs(variance) == abs(done - plan)


def test_the_general_ledger_closes_at_the_trial_balance(demo: World) -> None:
    since, until = day("2026-05-01"), day("2026-06-30")
    built = make(demo, "general-ledger", since=since, until=until)
    closing = {
        row.account_id: row.values[-1] for row in built.rows if row.label == "Closing Balance"
    }
    assert {k: v for k, v in closing.items() if v} == demo.xero_balances(until)


def test_the_documents_behind_a_figure_sum_to_it(demo: World) -> None:
    since, until = day("2026-06-01"), day("2026-06-30")
    profit = make(demo, "profit-and-loss", since=since, until=until)
    (figure,) = [row for row in profit.rows if row.label == "Cost of Goods Sold"]
    drilled = make(demo, "profit-and-loss", since=since, until=until, drill="310")
    assert drilled.rows[-1].values[4] == figure.values[0]
    by_name = make(demo, "profit-and-loss", since=since, until=until, drill="cost of goods sold")
    assert by_name.rows == drilled.rows


def test_tax_of_documents_is_what_the_tax_account_moved(demo: World) -> None:
    """The demo pays its tax: what is left are the payments."""
    built = make(demo, "sales-tax", since=day("2025-04-01"), until=day("2026-03-31"))
    values = {row.label: row.values for row in built.rows if row.values}
    moved = values["Movement of the tax account"][1]
    before, after = (demo.xero_balances(at) for at in (day("2025-03-31"), day("2026-03-31")))
    ((tax_account,),) = demo.rows("SELECT account_id FROM account WHERE system_account = 'GST'")
    assert -moved == after[str(tax_account)] - before[str(tax_account)]


def test_a_year_earlier_is_beside_it(demo: World) -> None:
    built = make(demo, "balance-sheet", at=day("2026-02-28"), compare=True)
    assert built.columns == ("28 February 2026", "28 February 2025")
    alone = make(demo, "balance-sheet", at=day("2025-02-28"))
    beside = {row.label: row.values[1] for row in built.rows if row.values}
    for row in alone.rows:
        if row.values:
            assert beside[row.label] == row.values[0]


@pytest.mark.parametrize("name", NAMES)
def test_each_statement_as_table_json_csv_and_frame(demo: World, name: str) -> None:
    days = ["--at", "2026-06-30"] if name in (
        "trial-balance", "balance-sheet", "aged-receivables", "aged-payables"
    ) else ["--from", "2026-06-01", "--to", "2026-06-30"]  # fmt: skip
    words = ["report", NAME, name, *days, "--home", str(demo.books.home)]
    table = CliRunner().invoke(main, words)
    assert table.exit_code == 0, table.output
    assert "as of" in table.stdout
    document = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert document["as_of"]
    assert document["currency"] == "NZD"
    rows = CliRunner().invoke(main, [*words, "--csv"]).stdout.splitlines()
    assert len(rows) == 1 + sum(row["kind"] != "section" for row in document["rows"])


@pytest.mark.parametrize(
    ("name", "wish", "message"),
    [
        ("trial-balance", {"since": day("2026-01-01")}, "is of one day"),
        ("profit-and-loss", {"at": day("2026-01-01")}, "is of a range of days"),
        ("cash", {"since": day("2026-02-01"), "until": day("2026-01-01")}, "is after"),
        ("balance-sheet", {"since": day("2026-01-01")}, "is of one day"),
    ],
)
def test_a_wish_that_does_not_fit_is_refused(
    demo: World, name: str, wish: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        make(demo, name, **wish)


def test_a_name_that_is_none_gets_the_nearest(demo: World) -> None:
    for wish in ({"tracking": "Regoin"}, {"tracking": "Region=Nroth"}, {"drill": "3100"}):
        with pytest.raises(UnknownName):
            make(demo, "profit-and-loss", since=day("2026-06-01"), **wish)
    with pytest.raises(UnknownName) as far:
        make(demo, "profit-and-loss", tracking="Mars")
    assert far.value.hint == "there are `Region`, `Team`"


def test_an_excel_file_is_named_as_one(demo: World, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a name of an Excel file") as refused:
        write_statement(make(demo, "cash"), tmp_path / "cash.csv")
    assert "cash.xlsx" in str(refused.value.hint)
    assert list(tmp_path.iterdir()) == []


def test_without_a_ledger_the_command_that_makes_one_is_named(make_synced: Any) -> None:
    world = make_synced()
    with pytest.raises(InputError, match="no ledger") as caught:
        make(world, "trial-balance")
    assert caught.value.hint == f"`xeroport ledger {NAME}`"


def test_statements_do_without_streams_that_may_not_be_read(make_world: Any) -> None:
    """Scopes are often few: what was never synced is said, and the rest is still shown."""
    world = make_world()
    report = world.books.sync("accounts", "organisation", "invoices", "manual_journals")
    assert report.exit_status == 0
    assert "payments" in world.ledger().missing_streams
    for name in NAMES:
        built = make(world, name)
        assert built.rows
        assert any("not synced" in note and "payments" in note for note in built.notes)
    with pytest.raises(UnknownName):
        make(world, "profit-and-loss", tracking="Region")


@pytest.mark.parametrize(
    ("name", "wish", "message"),
    [
        ("trial-balance", {"by": "month"}, "`--by` does not go with `trial-balance`"),
        ("trial-balance", {"compare": True}, "`--compare` does not go with"),
        ("balance-sheet", {"tracking": "Region"}, "`--tracking` does not go with"),
        ("cash", {"cash": True}, "`--cash-basis` does not go with `cash`"),
        ("aged-payables", {"cash": True}, "`--cash-basis` does not go with"),
        ("sales-tax", {"by": "quarter"}, "`--by` does not go with"),
        ("budget-vs-actual", {"tracking": "Region"}, "`--tracking` does not go with"),
        ("general-ledger", {"by": "month"}, "`--by` does not go with"),
        ("profit-and-loss", {"drill": "200", "by": "month"}, "`--drill` lists documents"),
        ("profit-and-loss", {"tracking": "Region", "by": "month"}, "`--by` cannot be used"),
        ("profit-and-loss", {"tracking": "Region", "drill": "200"}, "`--drill` cannot be used"),
        ("aged-receivables", {"drill": "nobody"}, "no contact with open documents `nobody`"),
    ],
)
def test_no_wish_is_passed_over_in_silence(
    demo: World, name: str, wish: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message) as refused:
        make(demo, name, **wish)
    assert refused.value.hint


def test_a_balance_sheet_by_quarter_is_xeros_at_each_end(demo: World) -> None:
    built = make(
        demo, "balance-sheet", since=day("2026-01-01"), until=day("2026-09-30"), by="quarter"
    )
    assert built.columns == ("31 March 2026", "30 June 2026", "30 September 2026")
    for at, end in enumerate(("2026-03-31", "2026-06-30", "2026-09-30")):
        expected = {
            cells[0]: cells[1]
            for cells in theirs(demo.call("reports.balance_sheet", {"date": end}))
        }
        column = {row.label: plain(row.values[at]) for row in built.rows if row.values}
        assert {k: v for k, v in column.items() if v != "0.00"} == {
            k: v for k, v in expected.items() if v != "0.00"
        }


def test_cut_without_days_it_is_this_financial_year(demo: World) -> None:
    built = make(demo, "profit-and-loss", by="month")
    assert built.columns[0] == "30 Apr 26"
    assert built.columns[-2:] == ("29 Nov 26", "Total")


def test_the_documents_behind_one_options_figure_are_those_of_the_option(demo: World) -> None:
    (option,) = [
        name
        for (name,) in demo.rows("SELECT name FROM tracking_category_option ORDER BY 1 LIMIT 1")
    ]
    ((category,),) = demo.rows(
        "SELECT c.name FROM tracking_category AS c JOIN tracking_category_option AS o "
        f"USING (tracking_category_id) WHERE o.name = '{option}'"
    )
    tracking = f"{category}={option}"
    days = {"since": day("2026-04-01"), "until": day("2026-09-30")}
    alone = make(demo, "profit-and-loss", tracking=tracking, **days)
    columns = make(demo, "profit-and-loss", tracking=category, **days)
    at = columns.columns.index(option)
    sales = next(row for row in columns.rows if row.label == "Sales").values[at]
    assert [row.values[0] for row in alone.rows if row.label == "Sales"] == [sales]
    drilled = make(demo, "profit-and-loss", tracking=tracking, drill="200", **days)
    assert drilled.rows[-1].values[4] == -sales


def test_the_documents_behind_a_balance_and_a_debtor_sum_to_it(demo: World) -> None:
    balances = make(demo, "balance-sheet", at=day("2026-06-30"))
    (owed,) = [row.values[0] for row in balances.rows if row.label == "Accounts Receivable"]
    drilled = make(demo, "balance-sheet", at=day("2026-06-30"), drill="610")
    assert drilled.rows[-1].values[4] == owed
    ageing = make(demo, "aged-receivables", at=day("2026-06-30"))
    contact = next(row for row in ageing.rows if row.kind == "row")
    documents = make(demo, "aged-receivables", at=day("2026-06-30"), drill=contact.label.upper())
    assert documents.rows[-1].values[5] == contact.values[-1]
    (note,) = [note for note in ageing.notes if "balance of" in note] or [""]
    assert (ageing.rows[-1].values[-1] == owed) == (not note)
    if note:
        assert f"{owed:,}" in note
