"""Statements of the ledger, as pages show them: every figure is a line of a view of
`<instance>_reporting` or a sum of such lines in the base currency, and nothing else is added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from xeroport.console.reading.documents import source
from xeroport.console.reading.protocol import Reading
from xeroport.console.reading.tables import present

ZERO = Decimal(0)
PROFIT_SECTIONS = (
    ("income", "Income"),
    ("cost of sales", "Cost of sales"),
    ("other income", "Other income"),
    ("operating expenses", "Operating expenses"),
)
BALANCE_SECTIONS = (("assets", "Assets"), ("liabilities", "Liabilities"), ("equity", "Equity"))
AGES = ("Not due yet", "1–30 days", "31–60 days", "61–90 days", "Over 90 days", "Credits")


@dataclass(frozen=True)
class Basis:
    """What the ledger was derived from: when, from which state of the copy, how far it is tied to
    Xero's trial balance, and what it cannot explain or lacks."""

    derived_at: datetime
    synced_until: datetime | None
    currency: str
    tied_from: date | None
    tied_until: date | None
    residual: Decimal
    missing: str
    left_out: str


@dataclass(frozen=True)
class StatementLine:
    """One line: its label, one amount a column, and the account it is about (None for a sum)."""

    label: str
    amounts: tuple[Decimal, ...]
    account_id: str | None = None
    is_sum: bool = False


@dataclass(frozen=True)
class StatementSection:
    """A heading with its lines and their sum."""

    title: str
    lines: tuple[StatementLine, ...]
    total: StatementLine


def basis(reading: Reading, schema: str) -> Basis | None:
    """The latest derivation; None where there is no ledger yet."""
    ledger = f"{schema}_ledger"
    if "ledger_run" not in present(reading, ledger) or not present(reading, _views(schema)):
        return None
    rows = reading.rows(
        "SELECT derived_at, synced_until, base_currency, tied_from, tied_until, residual, missing, "  # noqa: S608
        f"left_out FROM {source(ledger, 'ledger_run')} ORDER BY number DESC LIMIT 1"
    )
    if not rows:
        return None
    row = rows[0]
    return Basis(
        row[0], row[1], row[2] or "", row[3], row[4], row[5] or ZERO, row[6] or "", row[7] or ""
    )


def _views(schema: str) -> str:
    return f"{schema}_reporting"


def profit_and_loss(
    reading: Reading, schema: str, spans: Sequence[tuple[date, date]]
) -> tuple[list[StatementSection], StatementLine]:
    """The sections and the net profit, one column for each span of whole months."""
    rows = reading.rows(
        "SELECT section, account_id, account_code, account, month, sum(amount), sum(profit) "  # noqa: S608
        f"FROM {source(_views(schema), 'profit_and_loss')} WHERE month >= $1 AND month <= $2 "
        "GROUP BY section, account_id, account_code, account, month",
        (min(first for first, _ in spans), max(last for _, last in spans)),
    )
    sections = []
    profit = [ZERO] * len(spans)
    for key, title in PROFIT_SECTIONS:
        accounts: dict[tuple[str, str, str], list[Decimal]] = {}
        total = [ZERO] * len(spans)
        for section, account_id, code, name, month, amount, effect in rows:
            if section != key:
                continue
            for column, (first, last) in enumerate(spans):
                if first <= month <= last:
                    line = accounts.setdefault(
                        (code or "", name or "", str(account_id)), [ZERO] * len(spans)
                    )
                    line[column] += amount
                    total[column] += amount
                    profit[column] += effect
        lines = [
            StatementLine(
                " ".join(part for part in (code, name) if part), tuple(amounts), account_id
            )
            for (code, name, account_id), amounts in sorted(accounts.items())
            if any(amounts)
        ]
        if lines:
            total_line = StatementLine(f"Total {title.lower()}", tuple(total), is_sum=True)
            sections.append(StatementSection(title, tuple(lines), total_line))
    return sections, StatementLine("Net profit", tuple(profit), is_sum=True)


def balance_sheet(
    reading: Reading, schema: str, days: Sequence[date]
) -> tuple[list[StatementSection], StatementLine]:
    """The sections at the end of the months of these days, and assets less liabilities."""
    view = source(_views(schema), "balance_sheet")
    cells: dict[tuple[str, str, str, str], list[Decimal]] = {}
    for column, day in enumerate(days):
        rows = reading.rows(
            "SELECT section, account_id, account_code, account, sum(amount) "  # noqa: S608
            f"FROM {view} WHERE month_end = (SELECT max(month_end) FROM {view} "
            "WHERE month_end <= $1) GROUP BY section, account_id, account_code, account",
            (day,),
        )
        for section, account_id, code, name, amount in rows:
            cell = (section, code or "~", name or "", str(account_id or ""))
            cells.setdefault(cell, [ZERO] * len(days))[column] += amount
    sections = []
    totals: dict[str, list[Decimal]] = {}
    for key, title in BALANCE_SECTIONS:
        own = {name: amounts for name, amounts in sorted(cells.items()) if name[0] == key}
        total = [sum((a[c] for a in own.values()), ZERO) for c in range(len(days))]
        totals[key] = total
        lines = [
            StatementLine(
                f"{'' if code == '~' else code + ' '}{name}", tuple(amounts), account_id or None
            )
            for (_, code, name, account_id), amounts in own.items()
            if any(amounts)
        ]
        total_line = StatementLine(f"Total {title.lower()}", tuple(total), is_sum=True)
        sections.append(StatementSection(title, tuple(lines), total_line))
    net = tuple(a - b for a, b in zip(totals["assets"], totals["liabilities"], strict=True))
    return sections, StatementLine("Assets less liabilities", net, is_sum=True)


def ageing(
    reading: Reading, schema: str, view: str, today: date
) -> list[tuple[str, str, tuple[Decimal, ...]]]:
    """What each contact owes or is owed, by days after the due date: contact id, name, and an
    amount for each of `AGES`, credits last and negative; the largest sum first."""
    rows = reading.rows(
        "SELECT contact_id, max(contact), CASE WHEN due_date IS NULL AND amount < 0 THEN 5 "  # noqa: S608
        "WHEN $1::DATE - coalesce(due_date, date) <= 0 THEN 0 "
        "ELSE least(floor(($1::DATE - coalesce(due_date, date) + 29) / 30.0), 4) END AS age, "
        f"sum(amount) FROM {source(_views(schema), view)} GROUP BY contact_id, age",
        (today,),
    )
    contacts: dict[str, tuple[str, list[Decimal]]] = {}
    for contact_id, name, age, amount in rows:
        entry = contacts.setdefault(str(contact_id or ""), (name or "No name", [ZERO] * len(AGES)))
        entry[1][int(age)] += amount
    found = [(key, name, tuple(amounts)) for key, (name, amounts) in contacts.items()]
    return sorted(found, key=lambda item: (-sum(item[2]), item[1]))


def cash(reading: Reading, schema: str, day: date) -> list[tuple[str, str, Decimal]]:
    """Bank accounts with their balance at the end of a day: account id, name, amount."""
    rows = reading.rows(
        "SELECT a.account_id, c.account_code, c.account, sum(c.amount) "  # noqa: S608
        f"FROM {source(_views(schema), 'cash')} c "
        f"JOIN {source(schema, 'account')} a ON a.name = c.account "
        "AND a.code IS NOT DISTINCT FROM c.account_code "
        "WHERE c.date <= $1 GROUP BY a.account_id, c.account_code, c.account ORDER BY 4 DESC",
        (day,),
    )
    return [
        (str(row[0]), " ".join(part for part in (row[1], row[2]) if part), row[3]) for row in rows
    ]


def months_of_profit(
    reading: Reading, schema: str, first: date, last: date
) -> list[tuple[date, Decimal, Decimal]]:
    """Month, income and costs, as the profit and loss has them."""
    return [
        (row[0], row[1] or ZERO, row[2] or ZERO)
        for row in reading.rows(
            "SELECT month, sum(amount) FILTER (WHERE section IN ('income', 'other income')), "  # noqa: S608
            "sum(amount) FILTER (WHERE section NOT IN ('income', 'other income')) "
            f"FROM {source(_views(schema), 'profit_and_loss')} "
            "WHERE month >= $1 AND month <= $2 GROUP BY month ORDER BY month",
            (first, last),
        )
    ]


@dataclass(frozen=True)
class Movement:
    """One line of an account: its day, what it is, the record behind it, and its amount."""

    date: date
    record: str
    record_id: str
    source_type: str
    reference: str
    contact: str
    description: str
    amount: Decimal
    currency: str
    currency_amount: Decimal | None


MOVEMENTS = 500


def movements(
    reading: Reading, schema: str, account_id: str, first: date, last: date
) -> tuple[list[Movement], Decimal, int]:
    """The lines of an account between two days (the latest `MOVEMENTS`), their sum and number;
    debits are positive."""
    ledger = f"{schema}_ledger"
    union = (
        "SELECT journal_date AS day, record, record_id::VARCHAR AS record_id, source_type, "  # noqa: S608
        "reference, contact_id::VARCHAR AS contact_id, description, amount, currency_code, "
        f"currency_amount FROM {source(ledger, 'ledger_line')} WHERE account_id::VARCHAR = $1 "
        "AND journal_date >= $2 AND journal_date <= $3 UNION ALL "
        "SELECT month_end, 'residual', NULL, 'not from documents', NULL, NULL, cause, amount, "
        f"NULL, NULL FROM {source(ledger, 'residual_line')} WHERE account_id::VARCHAR = $1 "
        "AND month_end >= $2 AND month_end <= $3"
    )
    values: tuple[Any, ...] = (account_id, first, last)
    ((total, count),) = reading.rows(
        f"SELECT coalesce(sum(amount), 0), count(*) FROM ({union}) AS moved",  # noqa: S608
        values,
    )
    rows = reading.rows(
        f"SELECT m.*, c.name FROM ({union}) AS m LEFT JOIN {source(schema, 'contact')} c "  # noqa: S608
        "ON c.contact_id::VARCHAR = m.contact_id "
        f"ORDER BY m.day DESC, m.record_id LIMIT {MOVEMENTS}",
        values,
    )
    lines = [
        Movement(
            row[0], row[1], str(row[2] or ""), str(row[3] or ""), str(row[4] or ""),
            str(row[10] or ""), str(row[6] or ""), row[7], str(row[8] or ""), row[9],
        )
        for row in rows
    ]  # fmt: skip
    return lines, total, int(count)
