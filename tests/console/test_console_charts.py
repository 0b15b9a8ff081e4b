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
from console_world import Visitor, bare, visiting

from xeroport.console.reading.periods import end_of_month, months_after
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.statement import statement
from xeroport.jobs.statement_wish import Wish
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
SELECT contact_id, remaining_credit, date, {rate}
FROM acme_uk.{table} AS credit
WHERE type = '{type}' AND status = 'AUTHORISED' AND remaining_credit <> 0
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
    credits = [
        (row[0], row[2], -row[1], row[3])
        for table, of_type in (
            ("credit_note", f"{side}CREDIT"),
            ("overpayment", "RECEIVE-OVERPAYMENT" if sales else "SPEND-OVERPAYMENT"),
            ("prepayment", "RECEIVE-PREPAYMENT" if sales else "SPEND-PREPAYMENT"),
        )
        for row in rows(home, CREDITS.format(table=table, type=of_type, rate=rate_of(table)))
    ]
    open_ = [
        (row[0], row[2] or row[3], row[4], row[5]) for row in rows(home, OPEN.format(type=side))
    ]
    contacts: dict[str, Decimal] = {}
    late = Decimal(0)
    for contact, since, open_amount, rate in (*open_, *credits):
        due = based(open_amount, rate)
        contacts[str(contact)] = contacts.get(str(contact), Decimal(0)) + due
        late += due if since < TODAY else 0
    return sum(contacts.values(), Decimal(0)), late, contacts


def rate_of(table: str) -> str:
    """The rate of a credit; what was paid ahead may have it on its bank transaction only."""
    if table == "credit_note":
        return "currency_rate"
    return (
        "coalesce(currency_rate, (SELECT max(b.currency_rate) FROM acme_uk.bank_transaction b "
        f"WHERE b.{table}_id = credit.{table}_id))"
    )


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
    assert sum(amount(row[1]) for row in ages[1:]) == late
    debtors = chart(page, "debtors")
    largest = sorted(contacts.values(), reverse=True)[:10]
    assert [amount(row[1]) for row in debtors] == largest
    accounts = dict(
        rows(home, f"SELECT name, sum(amount) FROM ({POSTED}) WHERE type = 'BANK' GROUP BY name")
    )
    cash = chart(page, "cash")
    assert len(cash) == len(accounts)
    for name, balance in cash:
        assert amount(balance) == accounts[name], name


def test_statements_go_out_as_csv_and_excel_with_the_same_figures(anna: Visitor) -> None:
    page = anna.get(f"{BASE}/statements/profit-and-loss?period=last-year").text
    net = re.findall(r'<td class="number"><a [^>]*>([^<]+)</a></td></tr>', page)[-1]
    table = anna.get(f"{BASE}/statements/profit-and-loss/csv?period=last-year")
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert table.text.strip().splitlines()[-1].split(",")[-1] == str(amount(net))
    for key in ("profit-and-loss", "balance-sheet", "receivables", "payables", "cash", "budget"):
        assert anna.get(f"{BASE}/statements/{key}/csv").text.count("\n") > 2
        book = anna.get(f"{BASE}/statements/{key}/xlsx")
        assert book.content.startswith(b"PK")
        assert book.headers["content-disposition"] == f'attachment; filename="{key}.xlsx"'


def test_what_is_owed_says_why_its_account_has_another_balance(anna: Visitor, home: Path) -> None:
    for key, name in (("receivables", "aged-receivables"), ("payables", "aged-payables")):
        page = unescape(anna.get(f"{BASE}/statements/{key}?at=2026-09-30").text)
        built = statement(
            "acme-uk", name, Wish(at=date(2026, 9, 30)),
            url=f"duckdb:{home / 'books.duckdb'}", today=TODAY,
        )  # fmt: skip
        said = [note for note in built.notes if note.startswith("the balance of")]
        assert [f"T{note[1:]}." in page for note in said] == [True] * len(said)
        assert said or "The balance of" not in page
    assert said or key == "payables"


def test_what_settles_a_credit_and_what_is_left_are_its_total(anna: Visitor, home: Path) -> None:
    """Also where it was paid back."""
    refunded = rows(home, "SELECT DISTINCT credit_note_id FROM acme_uk.credit_note_payment")
    others = rows(home, "SELECT credit_note_id FROM acme_uk.credit_note LIMIT 8")
    assert refunded
    for (key,) in refunded + others:
        ((of_type, total, left),) = rows(
            home,
            "SELECT type, total, remaining_credit FROM acme_uk.credit_note "
            f"WHERE credit_note_id = '{key}'",
        )
        kind = "sales" if of_type == "ACCRECCREDIT" else "supplier"
        page = anna.get(f"{BASE}/books/{kind}-credit-notes/{key}").text
        settled = [amount(text.split()[0]) for text in re.findall(r"data-settled>([^<]+)<", page)]
        assert sum(settled) + left == total, key
        assert ">Refund" in page or (key,) not in refunded


def test_an_account_leads_to_its_lines_in_words(anna: Visitor, home: Path) -> None:
    ((key,),) = rows(home, "SELECT account_id FROM acme_uk.account WHERE code = '310'")
    page = anna.get(f"{BASE}/books/accounts/{key}").text
    for words in ("Direct costs", "Expense", "GST on Expenses"):
        assert words in page
    assert not re.search(r">(DIRECTCOSTS|EXPENSE|INPUT2|NONE)<", page)
    link = re.search(r'href="([^"]+)">Lines in the ledger<', page)
    assert link
    assert ">310 Cost of Goods Sold<" in anna.get(link[1]).text
    listed = anna.get(f"{BASE}/books/accounts").text
    assert not re.search(r">(DIRECTCOSTS|Directcosts|EXPENSE|INPUT2|NONE)<", listed)
    assert "090 Business Account" in anna.get(f"{BASE}/books/payments").text


def test_amounts_in_the_base_currency_say_so(anna: Visitor, home: Path) -> None:
    ((journal,),) = rows(home, "SELECT manual_journal_id FROM acme_uk.manual_journal LIMIT 1")
    assert ">Amount NZD<" in anna.get(f"{BASE}/books/manual-journals/{journal}").text
    assert re.search(r">[\d,.]+ NZD<", anna.get(f"{BASE}/books/items").text)


@pytest.mark.parametrize(
    "query",
    ["profit-and-loss?first=31/31/2026", "profit-and-loss?period=never", "balance-sheet?at=soon",
     "profit-and-loss?first=1990-01-01&by=month", "receivables?at=last+month",
     "profit-and-loss?first=2026-05-01&last=2026-01-01", "cash?last=0001-01-01",
     "profit-and-loss?tracking=Nothing", "profit-and-loss?by=day", "balance-sheet?at=9999-12-31"],
)  # fmt: skip
def test_what_is_no_period_is_refused_in_place(anna: Visitor, query: str) -> None:
    reply = anna.get(f"{BASE}/statements/{query}")
    assert reply.status_code == 422
    assert 'role="alert"' in reply.text
    assert 'data-kind="total"' in reply.text, "the usual statement is shown below"


@pytest.mark.parametrize(
    "path",
    ["nothing", "account/x'", "account/11111111-2222-4333-8444-555555555555", "lines",
     "lines?group='", "cash/open", "nothing/open"],
)  # fmt: skip
def test_what_is_no_statement_is_not_there(anna: Visitor, path: str) -> None:
    assert anna.get(f"{BASE}/statements/{path}").status_code == 404


@pytest.mark.parametrize(
    "path", ["lines?group=cash&first=soon", "receivables/open?at=soon", "receivables/open?age=%27",
             "receivables/open?contact=%27%00&currency=%27--", "lines?group=net&option=%27%00",
             "lines?group=net&without=%27&first=2026-01-01&last=2026-02-01"],
)  # fmt: skip
def test_lines_take_any_address(anna: Visitor, path: str) -> None:
    reply = anna.get(f"{BASE}/statements/{path}")
    assert reply.status_code == (422 if "soon" in path else 200), reply.text


def test_the_page_says_when_and_how_far_the_ledger_is_proved(anna: Visitor) -> None:
    for path in ("overview", "statements/profit-and-loss", "statements/cash"):
        page = anna.get(f"{BASE}/{path}").text
        assert "From the ledger of" in page
        assert "Tied to Xero's trial balance" in unescape(page)


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
