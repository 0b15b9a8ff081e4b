"""The ledger of the demo: tied month by month, incremental, the same in every destination."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from ledger_world import LEDGER, World

from xeroport.errors import InputError


@pytest.fixture(params=["duckdb", "postgres", "parquet"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """The URL of a destination; None for the home folder's own file."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return None if request.param == "duckdb" else f"parquet:{tmp_path / 'lake'}"


@pytest.fixture
def anywhere(place: str | None, make_synced: Callable[..., World]) -> World:
    return make_synced(url=place)


@pytest.fixture
def anywhere_with_ledger(place: str | None, make_synced: Callable[..., World]) -> World:
    return make_synced(url=place, ledger="accrual")


def test_lines_and_residual_are_xeros_balances_at_every_month_end(demo: World) -> None:
    ends = [end for (end,) in demo.rows(f"SELECT DISTINCT month_end FROM {LEDGER}.tie_out")]
    assert len(ends) >= 24
    for end in sorted(ends):
        ours, theirs = demo.ledger_balances(end), demo.xero_balances(end)
        assert ours == theirs, end


def test_documents_alone_explain_every_balance(demo: World) -> None:
    assert demo.residual() == {}


def test_the_residual_of_each_month_sums_to_zero(demo: World) -> None:
    sums = demo.rows(f"SELECT sum(amount) FROM {LEDGER}.residual_line GROUP BY month_end")
    assert all(total == 0 for (total,) in sums)


def test_every_journal_balances_and_is_of_one_record_and_day(demo: World) -> None:
    uneven = demo.rows(
        f"SELECT source_id, journal_date FROM {LEDGER}.ledger_line "
        "GROUP BY ALL HAVING sum(amount) <> 0"
    )
    assert uneven == []


def test_line_numbers_are_unique_within_a_record(demo: World) -> None:
    for table in ("ledger_line", "cash_line"):
        twice = demo.rows(
            f"SELECT record_id, line_number FROM {LEDGER}.{table} GROUP BY ALL HAVING count(*) > 1"
        )
        assert twice == []


def test_each_destination_has_the_same_ledger(anywhere: World, demo: World) -> None:
    report = anywhere.ledger()
    assert report.tied
    expected = demo.rows(f"SELECT count(*), sum(abs(amount)) FROM {LEDGER}.ledger_line")
    assert anywhere.rows(f"SELECT count(*), sum(abs(amount)) FROM {LEDGER}.ledger_line") == expected
    end = report.tied_until
    assert end is not None
    assert anywhere.ledger_balances(end) == anywhere.xero_balances(end)


def test_only_what_changed_is_derived_again(anywhere_with_ledger: World) -> None:
    anywhere = anywhere_with_ledger
    open_sales = [
        invoice
        for invoice in anywhere.books.records("Invoice")
        if invoice["Type"] == "ACCREC"
        and invoice["Status"] == "AUTHORISED"
        and invoice["AmountDue"] == invoice["Total"]
    ]
    invoice = max(open_sales, key=lambda each: each["Date"])
    anywhere.call("invoices.upsert", body={"InvoiceID": invoice["InvoiceID"], "Status": "VOIDED"})
    anywhere.sync()
    report = anywhere.ledger()
    assert (report.mode, report.records) == ("changes", 1)
    assert anywhere.rows(
        f"SELECT count(*) FROM {LEDGER}.ledger_line WHERE record_id = '{invoice['InvoiceID']}'"
    ) == [(0,)]
    assert report.calls <= 4
    end = report.tied_until
    assert end is not None
    assert anywhere.ledger_balances(end) == anywhere.xero_balances(end)


def test_a_payment_follows_its_invoice_to_another_rate(make_synced: Callable[..., World]) -> None:
    """Only the invoice is touched, but the payment's leg hangs on its rate."""
    world = make_synced(ledger="accrual")
    ((invoice_id,),) = world.rows(
        "SELECT invoice_id FROM invoice JOIN payment USING (invoice_id) "
        "WHERE invoice.currency_code = 'AUD' AND payment.status = 'AUTHORISED' "
        "ORDER BY invoice_id LIMIT 1"
    )
    world.books.query(
        f"UPDATE invoice SET currency_rate = 0.5, _synced_at = _synced_at + INTERVAL 1 DAY "
        f"WHERE invoice_id = '{invoice_id}'"
    )
    report = world.ledger(tied=False)
    assert report.mode == "changes"
    lines = f"FROM {LEDGER}.ledger_line WHERE settles_id = '{invoice_id}'"
    ((control, amount),) = world.rows(f"SELECT sum(amount), sum(currency_amount) {lines}")
    assert control == amount / Decimal("0.5")


def test_without_tie_nothing_is_asked_and_nothing_claimed(
    make_synced: Callable[..., World],
) -> None:
    world = make_synced()
    report = world.ledger(tied=False)
    assert (report.calls, report.tied, report.residual) == (0, False, [])
    assert world.rows(f"SELECT count(*) FROM {LEDGER}.tie_out") == [(0,)]


def test_from_a_month_all_before_it_is_in_the_first_residual(
    make_synced: Callable[..., World],
) -> None:
    world = make_synced()
    report = world.ledger(since=datetime.date(2026, 3, 1))
    assert report.tied_from == datetime.date(2026, 3, 31)
    end = report.tied_until
    assert end is not None
    ours, theirs = world.ledger_balances(end), world.xero_balances(end)
    profit = {str(key) for (key,) in world.rows(
        "SELECT account_id FROM account WHERE class IN ('REVENUE', 'EXPENSE') "
        "OR system_account = 'RETAINEDEARNINGS'"
    )}  # fmt: skip
    assert {k: v for k, v in ours.items() if k not in profit} == {
        k: v for k, v in theirs.items() if k not in profit
    }


def test_without_a_copy_the_first_thing_to_do_is_named(make_world: Callable[..., World]) -> None:
    with pytest.raises(InputError, match="nothing was synced") as caught:
        make_world().ledger()
    assert "sync NAME" in str(caught.value.hint)


def test_a_refused_ledger_leaves_the_old_one(make_synced: Callable[..., World]) -> None:
    world = make_synced(ledger="accrual")
    before = world.rows(
        f"SELECT count(*), max(number) FROM {LEDGER}.ledger_line, {LEDGER}.ledger_run"
    )
    world.books.query(
        "UPDATE invoice_line_item SET account_id = gen_random_uuid() WHERE position = 1"
    )
    with pytest.raises(InputError, match="not in the copy"):
        world.ledger(tied=False, all_again=True)
    assert (
        world.rows(f"SELECT count(*), max(number) FROM {LEDGER}.ledger_line, {LEDGER}.ledger_run")
        == before
    )


def test_a_table_needs_no_schema_though_there_is_a_ledger(anywhere_with_ledger: World) -> None:
    from xeroport.jobs.query import answering

    with answering("SELECT count(*) FROM invoice", url=anywhere_with_ledger.url) as answer:
        ((count,),) = list(answer.rows())
    assert count > 0
