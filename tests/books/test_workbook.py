"""The monthly pack and the group in Excel: the statements' own figures, formulas that give them."""

from __future__ import annotations

import asyncio
import datetime
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from ledger_world import World
from python_calamine import CalamineWorkbook
from synced_demo import synced
from tests.sync.books import NAME, URL

from xeroport.cli import main
from xeroport.errors import InputError
from xeroport.jobs.consolidation import GroupOrder, group_of, write_group
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.statement import statement
from xeroport.jobs.statement_wish import Wish
from xeroport.jobs.sync.run import sync_instance
from xeroport.jobs.workbook import write_pack_of
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.instances import Instance

TODAY = datetime.date(2026, 11, 29)
FIRST, LAST = datetime.date(2026, 4, 1), datetime.date(2026, 9, 30)
OTHER = "acme-au"
SHEETS = [
    "Cover", "Profit and loss", "Balance sheet", "Trial balance", "Receivables", "Payables",
    "P&L by Region", "General ledger",
]  # fmt: skip


@pytest.fixture(scope="module")
def pack(demo: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "pack.xlsx"
    write_pack_of(NAME, path, url=demo.url, since=FIRST, until=LAST, today=TODAY)
    return path


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two instances of one emulator in one file; the second keeps its books in dollars."""
    world = synced(tmp_path_factory.mktemp("group"))
    emulator, store = world.books.emulator, world.books.store
    other = Instance(
        name=OTHER, base_url=URL, identity_url=URL, client_id=emulator.client_id, rate_limit=60_000
    )
    instances.add(store, other, Secret(emulator.client_secret))
    asyncio.run(sync_instance(store, OTHER, to=world.url))
    for name in (NAME, OTHER):
        asyncio.run(ledger_instance(store, name, to=world.url))
    world.books.query("UPDATE acme_au.organisation SET base_currency = 'AUD', name = 'Other'")
    yield world
    store.close()


def sheet(path: Path, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python(skip_empty_area=False)


def by_label(path: Path, name: str) -> dict[str, list[Any]]:
    return {str(row[0]): row[1:] for row in sheet(path, name) if row and row[0]}


def test_the_pack_has_its_sheets(pack: Path) -> None:
    names = CalamineWorkbook.from_path(pack).sheet_names
    assert [name for name in SHEETS if name not in names] == []


def test_each_figure_of_the_statements_is_in_the_pack(pack: Path, demo: World) -> None:
    cases = {
        "Balance sheet": ("balance-sheet", {"at": LAST, "compare": True}),
        "Trial balance": ("trial-balance", {"at": LAST}),
        "Receivables": ("aged-receivables", {"at": LAST}),
        "Payables": ("aged-payables", {"at": LAST}),
    }
    for name, (what, wish) in cases.items():
        built = statement(NAME, what, Wish(**wish), url=demo.url, today=TODAY)
        held = by_label(pack, name)
        for row in built.rows:
            if row.values:
                cells = [
                    Decimal(str(value or 0)).quantize(Decimal("0.01")) for value in held[row.label]
                ]
                assert cells[: len(row.values)] == [value or Decimal(0) for value in row.values]


def test_the_months_have_total_year_before_budget_and_variance(pack: Path, demo: World) -> None:
    held = by_label(pack, "Profit and loss")
    whole = statement(
        NAME, "budget-vs-actual", Wish(since=FIRST, until=LAST), url=demo.url, today=TODAY
    )
    for row in whole.rows:
        if row.values and row.label in held:
            actual, budget, variance, _ = row.values
            cells = [
                Decimal(str(value or 0)).quantize(Decimal("0.01")) for value in held[row.label]
            ]
            assert (cells[6], cells[8], cells[9]) == (actual, budget, variance), row.label
            assert sum(cells[:6]) == actual
    before = statement(
        NAME, "profit-and-loss",
        Wish(since=datetime.date(2025, 4, 1), until=datetime.date(2025, 9, 30)),
        url=demo.url, today=TODAY,
    )  # fmt: skip
    for row in before.rows:
        if row.values:
            assert Decimal(str(held[row.label][7])).quantize(Decimal("0.01")) == row.values[0]


def test_the_ledger_is_a_table_of_real_dates_and_numbers(pack: Path, demo: World) -> None:
    rows = sheet(pack, "General ledger")
    head = next(at for at, row in enumerate(rows) if row and row[0] == "Date")
    lines = rows[head + 1 :]
    assert all(isinstance(row[0], datetime.date) and isinstance(row[9], float) for row in lines)
    assert round(sum(row[9] for row in lines), 2) == 0
    assert {row[0] for row in lines} <= {
        FIRST + datetime.timedelta(days=day) for day in range((LAST - FIRST).days + 1)
    }
    with zipfile.ZipFile(pack) as parts:
        tables = [name for name in parts.namelist() if name.startswith("xl/tables/")]
        assert len(tables) == 1
        assert b"autoFilter" in parts.read(tables[0])


def test_totals_are_formulas_and_pages_are_set_up(pack: Path) -> None:
    with zipfile.ZipFile(pack) as parts:
        texts = {n: parts.read(n).decode() for n in parts.namelist() if "worksheets/sheet" in n}
        assert any("charts/chart" in name for name in parts.namelist())
    formulas = {name: len(re.findall("<f>", text)) for name, text in texts.items()}
    assert sum(count > 5 for count in formulas.values()) >= 6
    assert all("fitToHeight" in text for text in texts.values())
    assert sum('state="frozen"' in text for text in texts.values()) >= 7


def order(group: World, **more: Any) -> GroupOrder:
    return GroupOrder((NAME, OTHER), group.url, TODAY, since=FIRST, until=LAST, **more)


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_a_group_adds_up_what_is_translated_less_what_is_taken_out(
    group: World, tmp_path: Path
) -> None:
    rates = written(tmp_path / "rates.csv", "currency,average,closing\nAUD,1.10,1.05\n")
    accounts = written(
        tmp_path / "accounts.csv",
        "instance,account,group,eliminate\n*,200,Trading,\n*,220,Trading,\n"
        f"{OTHER},205,Fees inside the group,yes\n{NAME},412,Fees inside the group,yes\n",
    )
    wanted = order(group, accounts=accounts, rates=rates)
    built = group_of(wanted)
    path = tmp_path / "group.xlsx"
    write_group(wanted, path)
    alone = statement(
        NAME, "profit-and-loss", Wish(since=FIRST, until=LAST), url=group.url, today=TODAY
    )
    figures = {row.label: row.values[0] for row in alone.rows if row.values}
    held = by_label(path, "Group profit and loss")
    trading = figures["Sales"] + figures["Repairs and Service"]
    assert held["Trading"][0] == pytest.approx(float(trading))
    assert held["Trading"][3] == pytest.approx(round(float(trading) * 1.1, 2), abs=0.011)
    assert held["Trading"][5] == pytest.approx(held["Trading"][2] + held["Trading"][3])
    fees = [row for row in built.profit if row.label == "Fees inside the group"]
    assert len(fees) == 2
    rows = [r for r in sheet(path, "Group profit and loss") if r[0] == "Fees inside the group"]
    assert all(row[5] != 0 for row in rows)
    balance = by_label(path, "Group balance sheet")
    assert balance["Net Assets"] == pytest.approx(balance["Total Equity"])
    assert balance["Current Year Earnings"] == pytest.approx(held["Net Profit"])
    income, cost = (row[5] for row in rows)
    cover = by_label(path, "Cover")
    assert cover["Left over by eliminations (must be 0.00)"][0] == pytest.approx(
        cost - income, abs=0.011
    ) or cover["Left over by eliminations (must be 0.00)"][0] == pytest.approx(
        income - cost, abs=0.011
    )
    result = figures["Net Profit"]
    expected = result * (Decimal("1.05") - Decimal("1.10"))
    assert balance["Translation difference"][3] == pytest.approx(float(expected), abs=0.5)
    assert balance["Translation difference"][:2] == [0, 0]


MONTHLY = {"2026-04": "1.10", "2026-05": "1.12", "2026-06": "1.09", "2026-07": "1.08",
           "2026-08": "1.0733", "2026-09": "1.0512"}  # fmt: skip


def monthly_rates() -> str:
    """Each month's own average, and the closing rate of the last."""
    lines = [f"AUD,{month},{rate},{'1.05' if month == '2026-09' else ''}\n"
             for month, rate in MONTHLY.items()]  # fmt: skip
    return "currency,month,average,closing\n" + "".join(lines)


def test_each_month_has_its_own_rate(group: World, tmp_path: Path) -> None:
    """Every account, month by month by hand; the difference is what is left of the result."""
    wanted = order(group, rates=written(tmp_path / "rates.csv", monthly_rates()))
    path = tmp_path / "group.xlsx"
    write_group(wanted, path)
    by_month = statement(
        NAME, "profit-and-loss", Wish(since=FIRST, until=LAST, by="month"), url=group.url,
        today=TODAY,
    )  # fmt: skip
    held = by_label(path, "Group profit and loss")
    cents, rates = Decimal("0.01"), [Decimal(rate) for rate in MONTHLY.values()]
    result = Decimal(0)
    for row in by_month.rows:
        if row.kind != "row":
            continue
        expected = sum(
            (value * rate).quantize(cents, ROUND_HALF_UP)
            for value, rate in zip(row.values[:6], rates, strict=True)
        )
        assert held[row.label][1] == pytest.approx(float(row.values[6])), row.label
        assert held[row.label][3] == pytest.approx(float(expected)), row.label
        result += expected if row.section.endswith("Income") else -expected
    assert held["Net Profit"][3] == pytest.approx(float(result))
    balance = by_label(path, "Group balance sheet")
    assert balance["Current Year Earnings"][3] == pytest.approx(float(result), abs=0.5)
    net = by_month.rows[-1].values[6]
    left = net * Decimal("1.05") - result
    assert balance["Translation difference"][3] == pytest.approx(float(left), abs=0.5)
    assert by_label(path, "Rates")["Other"][1:8] == [
        pytest.approx(1.05), *(pytest.approx(float(rate)) for rate in rates)
    ]  # fmt: skip
    assert any(row[0] == "Sales" for row in sheet(path, "Months"))


def test_rates_and_accounts_may_be_tables_of_the_destination(group: World, tmp_path: Path) -> None:
    with duckdb.connect(group.url.removeprefix("duckdb:")) as books:
        books.execute("CREATE SCHEMA IF NOT EXISTS finance")
        books.execute(
            "CREATE OR REPLACE TABLE finance.rates AS SELECT 'AUD' AS currency, "
            "DATE '2026-09-30' AS month, 1.1 AS average, 1.05 AS closing "
            "UNION ALL SELECT 'AUD', NULL, 1.2, NULL"
        )
    built = group_of(order(group, rates="finance.rates"))
    assert built.members[1].rates.closing == Decimal("1.05")
    assert built.members[1].rates.averages == (*[Decimal("1.2")] * 5, Decimal("1.1"))


def test_a_rate_that_is_missing_is_named(group: World, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no average rate of AUD into NZD"):
        group_of(order(group))
    without_june = "".join(
        line for line in monthly_rates().splitlines(keepends=True) if "2026-06" not in line
    )
    with pytest.raises(InputError, match="no average rate of AUD into NZD for 2026-06"):
        group_of(order(group, rates=written(tmp_path / "rates.csv", without_june)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("currency,average\nAUD,1\n", "no column `closing`"),
        ("currency,average,closing\nAUD,one,1\n", "line 2: `one` is not a rate"),
        ("currency,average,closing\nAUD,NaN,1\n", "line 2: `NaN` is not a rate"),
        ("currency,average,closing\nAUD,0,1\n", "line 2: a rate is more than 0"),
        ("currency,average,closing\n,1,1\n", "line 2: `currency` is empty"),
        ("currency,average,closing\nAUD,1,1\naud,1,1\n", "line 3: AUD is in line 2 too"),
        ("currency,month,average,closing\nAUD,2026-13,1,1\n", "line 2: `2026-13` is not a month"),
        ("currency,month,average,closing\nAUD,May,1,1\n", "line 2: `May` is not a month"),
        ("currency,average,closing\n", "has a header, but no rows"),
        ("currency,average,closing\nAUD,,1\n", "no average rate of AUD"),
    ],
)
def test_bad_rates_are_refused_by_their_line(
    group: World, tmp_path: Path, text: str, message: str
) -> None:
    rates = written(tmp_path / "rates.csv", text)
    with pytest.raises(InputError, match=message):
        group_of(order(group, rates=rates))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("instance,account\n*,200\n", "no column `group`"),
        ("account,group\n200,\n", "line 2: `account` and `group` must be filled"),
        ("account,group,eliminate\n200,Sales,maybe\n", "line 2: `maybe` is neither yes nor no"),
        ("account,group\n200,Sales\n200,Trade\n", "line 3: `200` is in line 2 too"),
        ("account,group\n9999,Sales\n", "line 2: no instance has an account `9999`"),
        ("instance,account,group\nacme-nz,200,Sales\n", "line 2: `acme-nz` is not in this group"),
        ("instance,account,group\nacme-au,9999,Sales\n", "line 2: `acme-au` has no account `9999`"),
    ],
)
def test_bad_mappings_are_refused_by_their_line(
    group: World, tmp_path: Path, text: str, message: str
) -> None:
    rates = written(tmp_path / "rates.csv", "currency,average,closing\nAUD,1,1\n")
    accounts = written(tmp_path / "accounts.csv", text)
    with pytest.raises(InputError, match=message):
        group_of(order(group, rates=rates, accounts=accounts))


def test_the_command_says_what_is_wrong(demo: World, tmp_path: Path) -> None:
    home = ["--home", str(demo.books.home)]
    for words, message in (
        (["workbook", NAME, "pack.xls"], "name one or more instances"),
        (["workbook", NAME, str(tmp_path / "no" / "pack.xlsx")], "there is no folder"),
        (["workbook", "acme-uj", "pack.xlsx"], "acme-uj"),
        (["workbook", NAME, NAME, "pack.xlsx"], f"`{NAME}` is named twice"),
        (["workbook", NAME, "pack.xlsx", "--rates", "r.csv"], "`--rates` is for a group"),
    ):
        result = CliRunner().invoke(main, [*words, *home])
        assert result.exit_code == 2
        assert message in result.stderr
    path = tmp_path / "pack.xlsx"
    result = CliRunner().invoke(main, ["workbook", NAME, str(path), *home])
    assert result.exit_code == 0, result.output
    assert path.stat().st_size > 50_000


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_works_out_the_same(pack: Path, group: World, tmp_path: Path) -> None:
    """Every formula, worked out anew by another program, gives the figure that we wrote."""
    rates = written(tmp_path / "rates.csv", "currency,average,closing\nAUD,1.10,1.05\n")
    monthly = written(tmp_path / "monthly.csv", monthly_rates())
    consolidated, by_month = tmp_path / "group.xlsx", tmp_path / "by_month.xlsx"
    write_group(order(group, rates=rates), consolidated)
    write_group(order(group, rates=monthly), by_month)
    profile = tmp_path / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items '
        'xmlns:oor="http://openoffice.org/2001/registry"><item '
        'oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" '
        'oor:op="fuse"><value>0</value></prop></item></oor:items>'
    )
    for path in (pack, consolidated, by_month):
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to",
             "ods", "--outdir", str(tmp_path / "out"), str(path)],
            check=True, capture_output=True, timeout=200,
        )  # fmt: skip
        ours = CalamineWorkbook.from_path(path)
        theirs = CalamineWorkbook.from_path(tmp_path / "out" / f"{path.stem}.ods")
        for name in ours.sheet_names:
            left = ours.get_sheet_by_name(name).to_python(skip_empty_area=False)
            right = theirs.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for line, row in enumerate(left):
                for column, value in enumerate(row):
                    if isinstance(value, float):
                        other = right[line][column] or 0
                        assert other == pytest.approx(value, abs=0.005), (name, line, column)
