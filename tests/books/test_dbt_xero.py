"""The package dbt_xero, unmodified, on the schema `ledger` writes: its statements are Xero's.

`XEROPORT_DBT` names the command of dbt-core with dbt-duckdb and dbt-postgres, and
`XEROPORT_DBT_PACKAGES` a folder with `xero`, `fivetran_utils` and `dbt_utils`, as `dbt deps` makes.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ledger_world import World
from tests import one_run
from tests.sync.books import NAME

from xeroport.books.dbt import as_yaml, settings
from xeroport_emulator import Emulator

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1500)]
PACKAGES = ("xero", "fivetran_utils", "dbt_utils")
MODELS = 43
"""Models of dbt_xero with the cash basis and tracking."""

Cells = dict[tuple[datetime.date, str], Decimal]
"""(month, account id or name) → amount."""


@pytest.fixture(scope="module")
def dbt() -> tuple[str, Path]:
    """The command, and the folder of packages; skips where they cannot be had."""
    command, folder = os.environ.get("XEROPORT_DBT"), os.environ.get("XEROPORT_DBT_PACKAGES")
    if not command or not folder:
        pytest.skip("set XEROPORT_DBT and XEROPORT_DBT_PACKAGES to run dbt_xero")
    lacking = [name for name in PACKAGES if not (Path(folder) / name / "dbt_project.yml").is_file()]
    if lacking:
        pytest.skip(f"`{folder}` has no dbt package `{lacking[0]}`")
    return command, Path(folder)


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def models(
    request: pytest.FixtureRequest, dbt: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The demo with its ledger on both bases, and the models that dbt_xero made of it."""
    home, url = tmp_path_factory.mktemp(request.param), None
    if request.param == "postgres":
        url = one_run.new_database("dbt_books")
    world = World(Emulator("demo", limits="off"), home, url=url)
    world.sync()
    world.ledger(cash=True)
    run_package(dbt, world.url, home / "dbt")
    yield world
    world.books.store.close()


def run_package(dbt: tuple[str, Path], url: str, project: Path) -> None:
    """A project of nothing but what `xeroport dbt` prints and the packages; every model must be."""
    command, packages = dbt
    project.mkdir()
    wanted = settings([NAME], url=url, cash=True)
    head = "name: books\nversion: '1.0'\nconfig-version: 2\n"
    (project / "dbt_project.yml").write_text(head + as_yaml(wanted["dbt_project"]))
    (project / "profiles.yml").write_text(as_yaml(wanted["profiles"]))
    (project / "dbt_packages").mkdir()
    for name in PACKAGES:
        (project / "dbt_packages" / name).symlink_to(packages / name)
    quiet = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "XEROPORT_DB_PASSWORD": ""}
    process = subprocess.run(
        [command, "--no-version-check", "run", "--project-dir", str(project), "--profiles-dir",
         str(project)],
        env=os.environ | quiet, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stdout[-6000:]
    results = json.loads((project / "target" / "run_results.json").read_text())["results"]
    assert {result["status"] for result in results} == {"success"}
    assert len(results) == MODELS


def month_starts(world: World) -> list[datetime.date]:
    ((first, last),) = world.rows(
        "SELECT min(journal_date), max(journal_date) FROM xero_xero.xero__general_ledger"
    )
    first, last = first.replace(day=1), last.replace(day=1)
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [datetime.date(month // 12, month % 12 + 1, 1) for month in months]


def reported(report: dict[str, Any], month: datetime.date) -> Iterator[tuple[Any, Decimal]]:
    """(month and account, amount) of the first column of a report of Xero."""
    rows = [row for part in report["Rows"] for row in part.get("Rows") or ()]
    for row in rows:
        attributes = row["Cells"][0].get("Attributes") or ()
        account = next((each["Value"] for each in attributes if each["Id"] == "account"), None)
        value = Decimal(row["Cells"][1].get("Value") or 0)
        if account and row["RowType"] == "Row" and value:
            yield (month, account if account[:8] != "abababab" else row["Cells"][0]["Value"]), value


def month_end(month: datetime.date) -> datetime.date:
    return (month + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)


def test_profit_and_loss_is_xeros_by_month_and_account(models: World) -> None:
    ours: Cells = defaultdict(Decimal)
    for month, account, class_, amount in models.rows(
        "SELECT date_month, account_id, account_class, sum(net_amount) "
        "FROM xero_xero.xero__profit_and_loss_report WHERE account_id IS NOT NULL GROUP BY 1, 2, 3"
    ):
        ours[month, account] += amount if class_ == "REVENUE" else -amount
    theirs: Cells = {}
    for month in month_starts(models):
        span = {"fromDate": month.isoformat(), "toDate": month_end(month).isoformat()}
        theirs |= reported(models.call("reports.profit_and_loss", span), month)
    assert len(theirs) > 300
    assert {cell: amount for cell, amount in ours.items() if amount} == theirs


def test_the_balance_sheet_is_xeros_by_month_and_account(models: World) -> None:
    ours: Cells = defaultdict(Decimal)
    for month, account, name, class_, amount in models.rows(
        "SELECT date_month, account_id, account_name, account_class, sum(net_amount) "
        "FROM xero_xero.xero__balance_sheet_report GROUP BY 1, 2, 3, 4"
    ):
        sign = 1 if class_ == "ASSET" else -1
        is_earnings = name in ("Current Year Earnings", "Retained Earnings")
        ours[month, name if is_earnings else account] += sign * amount
    theirs: Cells = defaultdict(Decimal)
    months = month_starts(models)
    retained = dict(models.rows(
        "SELECT CAST(account_id AS text), name FROM account "
        "WHERE system_account = 'RETAINEDEARNINGS'"
    ))  # fmt: skip
    for month in months:
        report = models.call("reports.balance_sheet", {"date": month_end(month).isoformat()})
        for (_, account), amount in reported(report, month):
            theirs[month, "Retained Earnings" if account in retained else account] += amount
    assert len(theirs) > 300
    assert {cell: amount for cell, amount in ours.items() if amount and cell[0] in months} == theirs


def test_the_cash_basis_is_xeros_over_all_time(models: World) -> None:
    ours = {
        account: amount
        for account, amount in models.rows(
            "SELECT account_id, sum(net_amount) FROM xero_xero.xero__cash_general_ledger GROUP BY 1"
        )
        if amount
    }
    expected = {
        str(account): amount
        for account, amount in models.rows(
            "SELECT account_id, sum(amount) FROM acme_uk_ledger.cash_line GROUP BY 1"
        )
        if amount
    }
    assert ours == expected


def test_lines_of_invoices_have_their_accounts_and_contacts(models: World) -> None:
    ((lines, accounts, contacts),) = models.rows(
        "SELECT count(*), count(account_id), count(contact_name) "
        "FROM xero_xero.xero__invoice_line_items"
    )
    assert lines == contacts > 300
    assert accounts > lines * 0.9
