"""No figure of a page differs from the ledger: every card, every row of every chart and every line
of every statement is worked out again from the ledger's lines and the documents."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from console_world import Visitor, visiting

from xeroport.console.reading.periods import end_of_month, months_after
from xeroport.jobs.ledger import ledger_instance
from xeroport.store.database import Store

BASE = "/instances/acme-uk"
TODAY = datetime.now(UTC).date()
MONTH = TODAY.replace(day=1)
POSTED = """
SELECT a.class, a.type, a.name, l.day, l.amount FROM (
    SELECT account_id, journal_date AS day, amount FROM acme_uk_ledger.ledger_line
    UNION ALL SELECT account_id, month_end, amount FROM acme_uk_ledger.residual_line
) l JOIN acme_uk.account a USING (account_id)
"""
OPEN = """
SELECT contact_id, contact_name, due_date, date, amount_due, currency_rate
FROM acme_uk.invoice WHERE type = '{type}' AND status = 'AUTHORISED' AND amount_due <> 0
"""
CREDITS = """
SELECT contact_id, remaining_credit, currency_rate
FROM acme_uk.{table} WHERE type = '{type}' AND status = 'AUTHORISED' AND remaining_credit <> 0
"""


@pytest.fixture(scope="module")
def home(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The synced home with its ledger."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        copy = tmp_path_factory.mktemp("ledger") / "home"
        shutil.copytree(synced, copy)
        store = Store(copy)
        report = asyncio.run(ledger_instance(store, "acme-uk"))
        assert report.exit_status == 0, report.error
        store.close()
        yield copy


@pytest.fixture(scope="module")
def anna(home: Path) -> Iterator[Visitor]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        with visiting(home) as visitor:
            yield visitor


def rows(home: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "books.duckdb"), read_only=True) as books:
        return books.execute(sql).fetchall()


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "").replace("−", "-"))


def cards(page: str) -> dict[str, Decimal]:
    found = re.findall(r'data-card="([^"]+)">([^<]+)</a>', page)
    return {label: amount(text) for label, text in found}


def chart(page: str, key: str) -> list[list[str]]:
    table = page.split(f'data-chart="{key}"')[1].split("</table>")[0].split("<tbody>")[1]
    cells = re.compile(r"<t[hd][^>]*>(?:<a [^>]*>)?([^<]*)")
    return [
        [unescape(c) for c in cells.findall(row)] for row in table.split("</tr>") if "<t" in row
    ]


def profit(home: Path, first: date, last: date) -> tuple[Decimal, Decimal]:
    """Income and costs between two days, from the ledger's lines."""
    ((income, costs),) = rows(
        home,
        f"SELECT -sum(amount) FILTER (WHERE class = 'REVENUE'), "
        f"sum(amount) FILTER (WHERE class = 'EXPENSE') FROM ({POSTED}) "
        f"WHERE day >= '{first}' AND day <= '{last}'",
    )
    return income or Decimal(0), costs or Decimal(0)


def based(value: Decimal, rate: Decimal | None) -> Decimal:
    """An amount in the base currency, to the cent."""
    return (value / (rate or 1)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def owed(home: Path, side: str) -> tuple[Decimal, Decimal, dict[str, Decimal]]:
    """What is open after credits, what of it is overdue, and by contact; from the documents."""
    sales = side == "ACCREC"
    open_ = rows(home, OPEN.format(type=side))
    credits = [
        row
        for table, of_type in (
            ("credit_note", f"{side}CREDIT"),
            ("overpayment", "RECEIVE-OVERPAYMENT" if sales else "SPEND-OVERPAYMENT"),
            ("prepayment", "RECEIVE-PREPAYMENT" if sales else "SPEND-PREPAYMENT"),
        )
        for row in rows(home, CREDITS.format(table=table, type=of_type))
    ]
    contacts: dict[str, Decimal] = {}
    for row in open_:
        due = based(row[4], row[5])
        contacts[str(row[0])] = contacts.get(str(row[0]), Decimal(0)) + due
    for row in credits:
        due = based(row[1], row[2])
        contacts[str(row[0])] = contacts.get(str(row[0]), Decimal(0)) - due
    late = sum((based(r[4], r[5]) for r in open_ if (r[2] or r[3]) < TODAY), Decimal(0))
    return sum(contacts.values(), Decimal(0)), late, contacts


def test_every_card_is_the_ledger_s(anna: Visitor, home: Path) -> None:
    page = anna.get(f"{BASE}/overview").text
    income, costs = profit(home, months_after(MONTH, -11), end_of_month(MONTH))
    receivable, late, _ = owed(home, "ACCREC")
    payable, _, _ = owed(home, "ACCPAY")
    ((cash,),) = rows(home, f"SELECT sum(amount) FROM ({POSTED}) WHERE type = 'BANK'")
    assert cards(page) == {
        "Income": income,
        "Costs": costs,
        "Net profit": income - costs,
        "Owed by customers": receivable,
        "Overdue": late,
        "Owed to suppliers": payable,
        "Cash": cash,
    }
    assert page.count("NZD, ") >= 7, "a currency beside every amount"


def test_every_row_of_every_chart_is_the_ledger_s(anna: Visitor, home: Path) -> None:
    page = anna.get(f"{BASE}/overview").text
    months = chart(page, "months")
    assert len(months) > 12
    for label, income, costs, net in months:
        month = datetime.strptime(label, "%b %Y").replace(tzinfo=UTC).date()
        expected = profit(home, month, end_of_month(month))
        assert (amount(income), amount(costs)) == expected, label
        assert amount(net) == expected[0] - expected[1], label
    receivable, late, contacts = owed(home, "ACCREC")
    ages = chart(page, "ages")
    assert sum(amount(row[1]) for row in ages) == receivable
    assert sum(amount(row[1]) for row in ages[1:5]) == late
    debtors = chart(page, "debtors")
    largest = sorted(contacts.values(), reverse=True)[:10]
    assert [amount(row[1]) for row in debtors] == largest
    accounts = dict(
        rows(home, f"SELECT name, sum(amount) FROM ({POSTED}) WHERE type = 'BANK' GROUP BY name")
    )
    cash = chart(page, "cash")
    assert len(cash) == len(accounts)
    for name, balance in cash:
        assert amount(balance) == accounts[name.partition(" ")[2]], name


@pytest.mark.parametrize("by", ["", "month"])
def test_the_profit_and_loss_adds_up_and_leads_to_its_lines(
    anna: Visitor, home: Path, by: str
) -> None:
    address = f"{BASE}/statements/profit-and-loss?period=last-12-months&by={by}"
    page = anna.get(address).text
    last = [amount(text) for text in re.findall(r"data-last>([^<]+)<", page)]
    income, costs = profit(home, months_after(MONTH, -11), end_of_month(MONTH))
    assert last[-1] == income - costs
    if by:
        assert sum(last[:-1]) == last[-1]
    links = re.findall(
        rf'<td class="number"><a href="({BASE}/statements/account/[^"]+)">([^<]+)', page
    )
    assert len(links) > 10
    for link, text in links[:: max(1, len(links) // 12)]:
        lines = unescape(anna.get(unescape(link)).text)
        total = re.search(r"Sum of all.*?</tfoot>", lines, re.DOTALL)
        assert total
        sums = [amount(cell) for cell in re.findall(r'class="number">([\d,.]+)<', total[0])]
        assert sums == [abs(amount(text))], link
        documents = re.findall(rf'href="({BASE}/books/[^"]+/[\w-]{{36}})"', lines)
        assert documents, link
        assert anna.get(documents[0]).status_code == 200


def test_the_balance_sheet_balances_at_every_month_end(anna: Visitor, home: Path) -> None:
    for back in (0, 1, 7, 12):
        day = end_of_month(months_after(MONTH, -back))
        page = anna.get(f"{BASE}/statements/balance-sheet?at={day}&compare=1").text
        totals = re.findall(r'class="sum">.*?<td class="number">([^<]+)<', page, re.DOTALL)
        ((assets, liabilities),) = rows(
            home,
            f"SELECT sum(amount) FILTER (WHERE class = 'ASSET'), "
            f"-sum(amount) FILTER (WHERE class = 'LIABILITY') FROM ({POSTED}) WHERE day <= '{day}'",
        )
        assert [amount(text) for text in totals[:3]] == [assets, liabilities, assets - liabilities]
        assert amount(re.findall(r"data-last>([^<]+)<", page)[0]) == assets - liabilities


@pytest.mark.parametrize(("key", "side"), [("receivables", "ACCREC"), ("payables", "ACCPAY")])
def test_ageing_is_that_of_the_documents(anna: Visitor, home: Path, key: str, side: str) -> None:
    page = anna.get(f"{BASE}/statements/{key}").text
    total, late, contacts = owed(home, side)
    last = [amount(text) for text in re.findall(r"data-last>([^<]+)<", page)]
    assert last[-1] == total == sum(last[:-1])
    assert sum(last[1:5]) == late
    assert page.count("?contact=") == len(contacts)


def test_statements_go_out_as_csv_with_the_same_figures(anna: Visitor) -> None:
    page = anna.get(f"{BASE}/statements/profit-and-loss?period=last-year").text
    (net,) = re.findall(r"data-last>([^<]+)<", page)
    table = anna.get(f"{BASE}/statements/profit-and-loss/csv?period=last-year")
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert table.text.strip().splitlines()[-1].split(",")[-1] == str(amount(net))
    for key in ("balance-sheet", "receivables", "payables", "cash"):
        assert anna.get(f"{BASE}/statements/{key}/csv").status_code == 200


@pytest.mark.parametrize(
    "query",
    ["profit-and-loss?first=31/31/2026", "profit-and-loss?period=never", "balance-sheet?at=soon",
     "profit-and-loss?first=1990-01-01&by=month",
     "profit-and-loss?first=2026-05-01&last=2026-01-01"],
)  # fmt: skip
def test_what_is_no_period_is_refused_in_place(anna: Visitor, query: str) -> None:
    reply = anna.get(f"{BASE}/statements/{query}")
    assert reply.status_code == 422
    assert 'role="alert"' in reply.text
    assert "Total income" in reply.text or "Total assets" in reply.text
    assert anna.get(f"{BASE}/statements/nothing").status_code == 404
    assert anna.get(f"{BASE}/statements/account/x'").status_code == 404


def test_the_page_says_when_and_how_far_the_ledger_is_proved(anna: Visitor) -> None:
    for path in ("overview", "statements/profit-and-loss", "statements/cash"):
        page = anna.get(f"{BASE}/{path}").text
        assert "From the ledger of" in page
        assert "Tied to Xero's trial balance" in unescape(page)


def bare(synced: Path, home: Path) -> Path:
    """The synced home without what was derived."""
    shutil.copytree(synced, home)
    with duckdb.connect(str(home / "books.duckdb")) as books:
        for schema in ("acme_uk_reporting", "acme_uk_ledger"):
            books.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    return home


def test_without_a_ledger_no_figure_is_shown_and_it_can_be_built(
    synced: Path, tmp_path: Path
) -> None:
    with visiting(bare(synced, tmp_path / "home")) as visitor:
        for path in ("overview", "statements/profit-and-loss", "statements/balance-sheet"):
            page = visitor.get(f"{BASE}/{path}").text
            assert "No ledger yet" in page
            assert "Build the ledger" in page
            assert "data-card" not in page


def test_the_ledger_is_built_from_the_page(synced: Path, tmp_path: Path) -> None:
    with visiting(bare(synced, tmp_path / "home")) as visitor:
        reply = visitor.post(f"{BASE}/statements/build", tie="no")
        assert reply.url.path.startswith("/runs/")
        (job,) = visitor.app.state.console.work.jobs()
        assert job.process.wait(timeout=90) == 0
        page = visitor.get(f"{BASE}/overview").text
        assert "Not compared with Xero" in page
        assert cards(page)["Income"] > 0
