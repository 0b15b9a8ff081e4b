"""No sum on a page of the console differs from the statement it belongs to: every figure of every
statement, and what each leads to, on the demo with more than 50 hard documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from ledger_world import World
from tests.console.console_world import Visitor
from tests.sync.books import NAME, SCHEMA

from xeroport.console.reading.document_kinds import KINDS
from xeroport.jobs.statement import statement
from xeroport.jobs.statement_wish import Wish

BASE = f"/instances/{NAME}"
TODAY = date(2026, 11, 29)
FROM, TO = date(2026, 1, 1), date(2026, 6, 30)
ROW = re.compile(r'<tr data-kind="(\w+)".*?</tr>', re.DOTALL)
CELL = re.compile(r'<td class="number">(?:<a href="([^"]+)">)?([^<]*)')
FEW = 6
"""Figures of a page whose lines are opened, spread over all of it; the soak opens all."""

Cells = list[tuple[str, str]]


def amount(text: str) -> Decimal | None:
    text = unescape(text).strip().removesuffix("%").strip()
    return None if text in ("", "–") else Decimal(text.replace(",", "").replace("−", "-"))


def figures(page: str) -> list[tuple[str, Cells]]:
    """Kind, then (link, text) of each figure, of all rows of a statement."""
    return [
        (row[1], [(unescape(link), text) for link, text in CELL.findall(row[0])])
        for row in ROW.finditer(page)
    ]


def sums(page: str) -> list[Decimal]:
    return [
        abs(value) for text in re.findall(r"data-sum>([^<]*)<", page)
        if (value := amount(text)) is not None
    ]  # fmt: skip


def opened(anna: Visitor, linked: Cells, every: bool) -> Iterator[tuple[str, str, str]]:
    """Figures with the text of the pages that they lead to."""
    step = 1 if every else max(1, len(linked) // FEW)
    for link, text in linked[::step]:
        assert link, f"{text} leads nowhere"
        reply = anna.get(link)
        assert reply.status_code == 200, link
        yield link, text, reply.text


ALL = pytest.mark.parametrize(
    "every",
    [False, pytest.param(True, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])],
    ids=["some", "all"],
)
STATEMENTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("profit-and-loss", "profit-and-loss", {"since": FROM, "until": TO}, ""),
    ("profit-and-loss", "profit-and-loss",
     {"since": FROM, "until": TO, "by": "month", "compare": True}, "by=month&compare=1"),
    ("profit-and-loss", "profit-and-loss",
     {"since": FROM, "until": TO, "before": True, "by": "quarter"}, "by=quarter&before=1"),
    ("profit-and-loss", "profit-and-loss",
     {"since": FROM, "until": TO, "tracking": "Region"}, "tracking=Region"),
    ("balance-sheet", "balance-sheet", {"at": TO, "compare": True}, "compare=1"),
    ("balance-sheet", "balance-sheet", {"at": date(2026, 3, 17)}, "at=2026-03-17"),
    ("cash", "cash", {"since": FROM, "until": TO}, ""),
    ("budget", "budget-vs-actual", {"since": FROM, "until": TO}, ""),
]  # fmt: skip


@ALL
@pytest.mark.parametrize(("key", "name", "wish", "query"), STATEMENTS)
def test_every_figure_of_a_statement_is_the_ledger_s_and_leads_to_its_lines(
    anna: Visitor,
    hard: World,
    key: str,
    name: str,
    wish: dict[str, Any],
    query: str,
    every: bool,
) -> None:
    days = f"first={FROM}&last={TO}" if "since" in wish else f"at={wish['at']}"
    page = anna.get(f"{BASE}/statements/{key}?{days}&{query}").text
    built = statement(NAME, name, Wish(**wish), url=hard.url, today=TODAY)
    shown = figures(page)
    expected = [row for row in built.rows if row.kind != "section"]
    assert [[amount(text) for _, text in cells] for _, cells in shown] == [
        list(row.values) for row in expected
    ]
    linked = [
        cell
        for _, cells in shown
        for cell, span in zip(cells, built.spans, strict=False)
        if span and amount(cell[1])
    ]
    assert len(linked) > 8
    for link, text, lines in opened(anna, linked, every):
        if key == "cash" and "first" in link:
            continue  # received and spent are one side each of those lines
        if "/profit-and-loss" not in link:
            assert sums(lines) == [abs(amount(text) or 0)], link


@ALL
@pytest.mark.parametrize(
    ("key", "name"), [("receivables", "aged-receivables"), ("payables", "aged-payables")]
)
@pytest.mark.parametrize("at", [date(2026, 3, 17)])
def test_every_figure_of_what_is_owed_is_that_of_its_documents(
    anna: Visitor, hard: World, key: str, name: str, at: date, every: bool
) -> None:
    page = anna.get(f"{BASE}/statements/{key}?at={at}").text
    built = statement(NAME, name, Wish(at=at), url=hard.url, today=TODAY)
    shown = [[amount(text) for _, text in cells] for kind, cells in figures(page) if kind != "own"]
    assert sorted(shown) == sorted(list(row.values) for row in built.rows)  # type: ignore[type-var]
    linked = [cell for kind, cells in figures(page) if kind != "own" for cell in cells if cell[0]]
    assert len(linked) > 10
    for link, text, documents in opened(anna, linked, every):
        assert sums(documents) == [abs(amount(text) or 0)], link
    document = re.findall(rf'href="({BASE}/books/[\w-]+/[\w-]{{36}})"', documents)
    assert anna.get(document[-1]).status_code == 200


def test_what_is_owed_in_each_currency_adds_up_in_that_currency(anna: Visitor) -> None:
    page = anna.get(f"{BASE}/statements/receivables?at={TODAY}").text
    own = [cells for kind, cells in figures(page) if kind == "own"]
    assert len(own) > 1
    for cells in own:
        link, text = cells[-1]
        documents = anna.get(link).text
        currency = re.findall(r"currency=(\w+)", link)[0]
        if currency != "NZD":
            assert f"{text} {currency}" in documents


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.total], ids=lambda kind: kind.key)
def test_the_totals_of_a_list_are_those_of_its_posted_records(
    anna: Visitor, hard: World, kind: Any
) -> None:
    page = anna.get(f"{BASE}/books/{kind.key}").text
    sign = f"CASE WHEN {kind.sign} THEN -1 ELSE 1 END * " if kind.sign else ""
    posted = "status IN ('AUTHORISED', 'PAID', 'POSTED')" if kind.posted else "true"
    owners = {
        "bank_transfer": (("account", "account_id", "bank_transfer.from_bank_account_id"),),
        "payment": tuple(  # Xero gives the id of a credit as the invoice's
            (table, f"{table}_id", "coalesce(payment.invoice_id, payment.prepayment_id)")
            for table in ("invoice", "credit_note", "prepayment", "overpayment")
        ),
    }
    currency = ", ".join(
        f"(SELECT o.currency_code FROM {SCHEMA}.{table} o WHERE o.{key} = {column})"
        for table, key, column in owners.get(kind.table, ())
    ) or kind.currency  # fmt: skip
    sums = hard.rows(
        f"SELECT coalesce({currency}, ''), "
        f"sum({sign}{kind.total}) FILTER (WHERE {posted}) FROM {SCHEMA}.{kind.table} "
        f"WHERE _deleted_at IS NULL {'AND ' + kind.where if kind.where else ''} GROUP BY 1"
    )
    shown = {
        currency: amount(text.split()[0])
        for currency, text in re.findall(r'data-total="(\w*)">([^<]+)<', page)
    }
    assert shown == dict(sums)
    assert "" not in shown, "no sum without its currency"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.total], ids=lambda kind: kind.key)
def test_no_amount_stands_without_its_currency(anna: Visitor, kind: Any) -> None:
    """In the rows of a list, in a search for one of its amounts, and on the document itself."""
    page = anna.get(f"{BASE}/books/{kind.key}").text
    cells = re.findall(r'<td class="number">([^<]*)</td>', page.split("<tbody>")[1])
    assert cells
    for text in cells:
        assert re.fullmatch(r"−?[\d,]+\.\d\d [A-Z]{3}", text), text
    address = re.findall(rf'href="({BASE}/books/{kind.key}/[\w-]{{36}})"', page)[0]
    document = anna.get(address).text
    stated = re.findall(r"<dd[^>]*>([^<]*\d\.\d\d[^<]*)</dd>", document)
    assert stated
    for text in stated:
        assert re.search(r"[A-Z]{3}", text), text
    found = anna.get(f"{BASE}/search", params={"q": cells[-1].split()[0]}).text
    for text in re.findall(r'<td class="number">([^<]+)</td>', found):
        assert re.search(r" [A-Z]{3}$", text), text


def test_a_payment_leads_to_what_it_pays(anna: Visitor, hard: World) -> None:
    """Also a refund of a credit, of which Xero gives the id as if it were an invoice."""
    for (payment,) in hard.rows(
        f"SELECT max(CAST(payment_id AS text)) FROM {SCHEMA}.payment "
        "WHERE status = 'AUTHORISED' GROUP BY payment_type, invoice_type"
    ):
        page = anna.get(f"{BASE}/books/payments/{payment}").text
        link = re.search(r'<dt>For</dt><dd><a href="([^"]+)"', page)
        assert link, payment
        paid = anna.get(link[1])
        assert paid.status_code == 200
        assert f"/books/payments/{payment}" in paid.text


def test_an_own_currency_has_no_sign_beside_debit_and_credit(anna: Visitor) -> None:
    page = anna.get(f"{BASE}/statements/lines?group=income&first=2024-01-01").text
    own = re.findall(r'<td class="number muted">([^<]+)</td>', page)
    assert own
    assert not [text for text in own if "−" in text or "-" in text]
    assert re.search(r"Of which in [A-Z]{3}, credit</th>", page)


def test_every_document_adds_up_and_its_journal_balances(anna: Visitor, hard: World) -> None:
    """Lines and tax are the total, what settles it and what is left are the total, debits are
    credits: of every hard document, and of some others."""
    keys = hard.rows(
        f"SELECT CASE type WHEN 'ACCREC' THEN 'sales-invoices' ELSE 'bills' END, invoice_id, "
        f"total, amount_due FROM {SCHEMA}.invoice WHERE status IN ('AUTHORISED', 'PAID') "
        "ORDER BY updated_date_utc DESC LIMIT 20"
    )
    for key, document, total, due in keys:
        page = anna.get(f"{BASE}/books/{key}/{document}").text
        shown = {
            name: amount(text.split()[0])
            for name, text in re.findall(r'data-figure-of="([\w-]+)">([^<]+)<', page)
        }
        assert shown["total"] == total, document
        assert shown["left"] == due, document
        assert shown["subtotal"] + shown["tax"] == total, document
        settled = [amount(text.split()[0]) for text in re.findall(r"data-settled>([^<]+)<", page)]
        assert sum(value or 0 for value in settled) + due == total, document
        debits = [amount(text) for text in re.findall(r"data-debit>([^<]+)<", page)]
        credits = [amount(text) for text in re.findall(r"data-credit>([^<]+)<", page)]
        assert sum(value or 0 for value in debits) == sum(value or 0 for value in credits)
        assert debits


def test_what_a_contact_owes_is_the_statement_s(anna: Visitor, hard: World) -> None:
    for name, words in (("aged-receivables", "Owes you"), ("aged-payables", "You owe")):
        built = statement(NAME, name, Wish(at=date.today()), url=hard.url, today=date.today())
        for row in built.rows[:3]:
            page = anna.get(f"{BASE}/books/contacts/{row.account_id}").text
            found = re.search(rf'data-figure-of="{words}">([^<]+) NZD', page)
            assert found
            assert amount(found[1]) == row.values[-1]
