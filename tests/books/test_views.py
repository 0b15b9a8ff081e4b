"""The reporting views: their sums are those of Xero's reports, in every destination."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from ledger_world import LEDGER, SCHEMA, World
from synced_demo import synced
from tests import one_run
from tests.sync.books import NAME

from xeroport.books.fivetran import COPIED
from xeroport.books.views import VIEWS
from xeroport.jobs.statement import Wish, statement

REPORTING = f"{SCHEMA}_reporting"
FIVETRAN = f"{SCHEMA}_fivetran"
GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "ledger.md"


@pytest.fixture(scope="module", params=["duckdb", "postgres", "parquet"])
def anywhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    home = tmp_path_factory.mktemp("views")
    url = None if request.param == "duckdb" else f"parquet:{home / 'lake'}"
    if request.param == "postgres":
        url = one_run.new_database("views")
    return synced(home, url, ledger="accrual")


def amount(text: object) -> Decimal:
    return Decimal(str(text)).quantize(Decimal("0.01"))


@pytest.mark.parametrize("month", ["2026-01", "2025-03", "2026-09"])
def test_the_months_profit_is_xeros(anywhere: World, month: str) -> None:
    first = datetime.date.fromisoformat(f"{month}-01")
    report = anywhere.call("reports.profit_and_loss", {"fromDate": first.isoformat()})
    ours = dict(anywhere.rows(
        f"SELECT account, amount FROM {REPORTING}.profit_and_loss WHERE month = DATE '{first}'"
    ))  # fmt: skip
    theirs = {
        row["Cells"][0]["Value"]: amount(row["Cells"][1]["Value"])
        for section in report["Rows"] if section.get("Title")
        for row in section["Rows"] if row["RowType"] == "Row"
    }  # fmt: skip
    assert {name: amount(value) for name, value in ours.items()} == theirs


def test_the_balance_sheet_balances_and_is_the_trial_balances(anywhere: World) -> None:
    end = max(end for (end,) in anywhere.rows(f"SELECT month_end FROM {LEDGER}.tie_out"))
    sides = dict(anywhere.rows(
        f"SELECT section, sum(amount) FROM {REPORTING}.balance_sheet "
        f"WHERE month_end = DATE '{end}' GROUP BY section"
    ))  # fmt: skip
    assert sides["assets"] - sides["liabilities"] == sides["equity"]
    report = anywhere.call("reports.balance_sheet", {"date": end.isoformat()})
    flat = str(report)
    for (value,) in anywhere.rows(
        f"SELECT amount FROM {REPORTING}.balance_sheet WHERE month_end = DATE '{end}'"
    ):
        assert f"'{amount(value)}'" in flat


def test_receivables_are_what_contacts_owe(anywhere: World) -> None:
    """Open credit counts against open invoices, foreign amounts at their document's rate."""
    owed = {
        str(contact): amount(value)
        for contact, value in anywhere.rows(
            f"SELECT contact_id, sum(amount) FROM {REPORTING}.receivable GROUP BY contact_id"
        )
    }
    for contact in anywhere.books.records("Contact"):
        from xeroport_emulator.organisation.balances import contact_balances

        tables = anywhere.organisation.tables
        today = datetime.date(2026, 11, 29)
        sums = contact_balances(tables, contact["ContactID"], today) or {}
        expected = (sums.get("AccountsReceivable") or {}).get("Outstanding", Decimal(0))
        assert owed.get(contact["ContactID"], Decimal(0)) == expected


def test_sales_leave_drafts_and_voids_out_and_take_credits_off(anywhere: World) -> None:
    ((ours,),) = anywhere.rows(
        f"SELECT sum(amount) FROM {REPORTING}.sales WHERE currency_code = 'NZD'"
    )
    theirs = Decimal(0)
    for kind, sign in (("Invoice", 1), ("CreditNote", -1)):
        for record in anywhere.books.records(kind):
            if (
                record["Type"] in ("ACCREC", "ACCRECCREDIT")
                and record["Status"] in ("AUTHORISED", "PAID")
                and record["CurrencyCode"] == "NZD"
            ):
                theirs += sign * record["SubTotal"]
    assert amount(ours) == amount(theirs)


def test_every_view_has_its_documented_columns(anywhere: World) -> None:
    guide = GUIDE.read_text()
    for view in VIEWS:
        assert f"`{view.name}`" in guide
        columns = [
            name for (name,) in anywhere.rows(
                "SELECT column_name FROM information_schema.columns "
                f"WHERE table_schema = '{REPORTING}' AND table_name = '{view.name}' "
                "ORDER BY ordinal_position"
            )
        ]  # fmt: skip
        assert columns == list(view.columns)
        for name, about in view.columns.items():
            assert f"| `{name}` | {about} |" in guide


def test_journals_for_dbt_sum_to_the_trial_balance(anywhere: World) -> None:
    ours = {
        key: amount(value)
        for key, value in anywhere.rows(
            f"SELECT account_id, sum(net_amount) FROM {FIVETRAN}.journal_line GROUP BY account_id"
        )
        if value
    }
    ends = [end for (end,) in anywhere.rows(f"SELECT max(month_end) FROM {LEDGER}.tie_out")]
    assert ends
    theirs = anywhere.ledger_balances(datetime.date(2027, 1, 1))
    assert ours == theirs


def test_the_schema_for_dbt_has_text_ids_and_unique_keys(anywhere: World) -> None:
    kinds = anywhere.rows(
        "SELECT DISTINCT data_type FROM information_schema.columns "
        f"WHERE table_schema = '{FIVETRAN}' AND column_name LIKE '%\\_id' ESCAPE '\\' "
        "AND column_name <> '_record_id'"
    )
    assert {kind for (kind,) in kinds} <= {"VARCHAR", "text"}
    keys = {
        "journal": "journal_id",
        "journal_line": "journal_line_id",
        "invoice_line_item": "line_item_id",
        "account": "account_id",
    }
    for table, key in keys.items():
        ((count, distinct),) = anywhere.rows(
            f"SELECT count(*), count(DISTINCT {key}) FROM {FIVETRAN}.{table}"
        )
        assert count == distinct > 0
    for name in COPIED:
        anywhere.rows(f"SELECT * FROM {FIVETRAN}.{name} LIMIT 1")
    assert anywhere.rows(
        f"SELECT count(*) FROM {FIVETRAN}.journal_line AS l "
        f"WHERE l.journal_id NOT IN (SELECT journal_id FROM {FIVETRAN}.journal)"
    ) == [(0,)]


def test_views_work_in_a_copy_of_the_file_under_another_name(demo: World, tmp_path: Path) -> None:
    copy = tmp_path / "renamed.duckdb"
    shutil.copy(demo.url.removeprefix("duckdb:"), copy)
    with duckdb.connect(str(copy)) as connection:
        for view in VIEWS:
            connection.execute(f"SELECT * FROM {REPORTING}.{view.name} LIMIT 1")


def test_the_journals_follow_what_changed(make_synced: Callable[..., World]) -> None:
    world = make_synced(ledger="accrual")
    payments = [p for p in world.books.records("Payment") if p["Status"] == "AUTHORISED"]
    paid = max(payments, key=lambda payment: payment["Date"])
    world.call("payments.delete", {"PaymentID": paid["PaymentID"]}, body={"Status": "DELETED"})
    world.sync()
    assert world.ledger(tied=False).mode == "changes"
    whole = world.rows(
        f"SELECT account_id, sum(net_amount) FROM {FIVETRAN}.journal_line GROUP BY 1 ORDER BY 1"
    )
    world.ledger(tied=False, all_again=True)
    assert whole == world.rows(
        f"SELECT account_id, sum(net_amount) FROM {FIVETRAN}.journal_line GROUP BY 1 ORDER BY 1"
    )


def test_a_renamed_contact_owes_as_one_by_its_new_name(anywhere: World) -> None:
    """Xero does not count a document as changed when its contact gets another name."""
    (contact, old), *_ = anywhere.rows(
        f"SELECT contact_id, min(contact) FROM {REPORTING}.receivable GROUP BY contact_id "
        "HAVING count(*) > 1 ORDER BY contact_id"
    )
    anywhere.call("contacts.upsert", body={"ContactID": str(contact), "Name": f"{old} 2026"})
    anywhere.call(
        "invoices.create",
        body={
            "Type": "ACCREC", "Status": "AUTHORISED", "Contact": {"ContactID": str(contact)},
            "Date": "2026-11-02", "DueDate": "2026-11-09",
            "LineItems": [{"Description": "x", "UnitAmount": 1, "AccountCode": "200"}],
        },
    )  # fmt: skip
    anywhere.sync()
    anywhere.ledger()
    (names,) = anywhere.rows(
        "SELECT min(contact), max(contact), count(*) > 1 FROM "
        f"{REPORTING}.receivable WHERE contact_id = '{contact}'"
    )
    assert names == (f"{old} 2026", f"{old} 2026", True)
    day = datetime.date(2026, 11, 30)
    report = statement(NAME, "aged-receivables", Wish(at=day), url=anywhere.url, today=day)
    assert [row.label for row in report.rows if str(row.label).startswith(old)] == [f"{old} 2026"]
