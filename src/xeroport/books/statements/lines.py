"""Statements that list or group ledger lines: general ledger, bank summary, sales tax, drill."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from xeroport.books.statements.balances import label
from xeroport.books.statements.figures import of, present, tracked
from xeroport.books.statements.statement_model import Ask, Books, Row, money
from xeroport.destinations.typed import identifier, text

Line = tuple[Any, ...]
SOURCES = {
    "ACCREC": "Receivable Invoice",
    "ACCRECCREDIT": "Receivable Credit Note",
    "ACCRECPAYMENT": "Receivable Payment",
    "ARCREDITPAYMENT": "Receivable Credit Note Refund",
    "AROVERPAYMENT": "Receivable Overpayment",
    "ARPREPAYMENT": "Receivable Prepayment",
    "AROVERPAYMENTPAYMENT": "Receivable Overpayment Refund",
    "ARPREPAYMENTPAYMENT": "Receivable Prepayment Refund",
    "ACCPAY": "Payable Invoice",
    "ACCPAYCREDIT": "Payable Credit Note",
    "ACCPAYPAYMENT": "Payable Payment",
    "APCREDITPAYMENT": "Payable Credit Note Refund",
    "APOVERPAYMENT": "Payable Overpayment",
    "APPREPAYMENT": "Payable Prepayment",
    "APOVERPAYMENTPAYMENT": "Payable Overpayment Refund",
    "APPREPAYMENTPAYMENT": "Payable Prepayment Refund",
    "CASHREC": "Receive Money",
    "CASHPAID": "Spend Money",
    "TRANSFER": "Bank Transfer",
    "MANJOURNAL": "Manual Journal",
    "EXPCLAIM": "Expense Claim",
    "EXPPAYMENT": "Expense Claim Payment",
}
"""What a source is called on statements, by Xero's name for its journals."""
GENERAL_LEDGER = ("Date", "Source", "Description", "Reference", "Debit", "Credit", "Balance")
DRILL = ("Date", "Source", "Reference", "Contact", "Description", "Amount", "Record", "Record id")


def read_lines(
    ask: Ask,
    schema: str,
    *,
    since: date,
    until: date,
    account: str | None = None,
    cash: bool = False,
    option: str = "",
) -> list[Line]:
    """(account, day, source, description, reference, amount, contact, record, record id); with
    `option` those with that tracking option only."""
    lines = f"{of(schema)}.{'cash_line' if cash else 'ledger_line'}"
    one = "" if account is None else f" AND CAST(l.account_id AS text) = {text(account)}"
    between = f"BETWEEN DATE {text(since.isoformat())} AND DATE {text(until.isoformat())}"
    documents = (
        "SELECT l.account_id, l.journal_date AS day, l.source_type, l.description, l.reference, "
        "l.amount, contact.name, l.record, CAST(l.record_id AS text) AS record_id, l.line_number "
        f"FROM {lines} AS l LEFT JOIN {present(ask, schema, 'Contact')['contact']} AS contact "
        "ON CAST(contact.contact_id AS text) = CAST(l.contact_id AS text) "
        f"WHERE l.journal_date {between}{one}{tracked(lines, option) if option else ''}"
    )
    residual = (
        " UNION ALL SELECT l.account_id, l.month_end, 'not from documents', l.cause, NULL, "
        "l.amount, NULL, NULL, NULL, 0 "
        f"FROM {of(schema)}.residual_line AS l WHERE l.month_end {between}{one}"
    )
    rows = ask(
        "SELECT account_id, day, source_type, description, reference, amount, name, record, "
        f"record_id FROM ({documents}{'' if cash or option else residual}) AS lines "
        "ORDER BY account_id, day, record_id, line_number"
    )
    return [
        (str(key), day, SOURCES.get(source, source), description or contact, *rest)
        for key, day, source, description, *rest in rows
        for contact in (rest[2],)
    ]


def ledger_rows(
    books: Books, lines: list[Line], opening: Mapping[str, int], *, only: str | None = None
) -> list[Row]:
    """By account: its opening balance, each line with the balance after it, its closing balance."""
    by_account: dict[str, list[Line]] = {}
    for line in lines:
        by_account.setdefault(line[0], []).append(line)
    keys = {key for key, cents in opening.items() if cents} | by_account.keys()
    if only is not None:
        keys &= {only}
    rows: list[Row] = []
    for key in sorted(keys & books.accounts.keys(), key=lambda key: label(books, key).casefold()):
        title = label(books, key)
        balance = money(opening.get(key, 0))
        rows.append(Row("section", title, (), key, title))
        rows.append(Row("total", "Opening Balance", _values(balance), key, title))
        for _, day, source, description, reference, amount, *_rest in by_account.get(key, ()):
            balance += amount
            debit, credit = (amount, None) if amount >= 0 else (None, -amount)
            rows.append(
                Row("row", day.isoformat(),
                    (source, description, reference, debit, credit, balance), key, title)
            )  # fmt: skip
        rows.append(Row("total", "Closing Balance", _values(balance), key, title))
    return rows


def _values(balance: Decimal) -> tuple[Any, ...]:
    return (None, None, None, None, None, balance)


def drill_rows(lines: list[Line]) -> list[Row]:
    """The documents behind an account's movement, and their sum."""
    rows = [
        Row("row", day.isoformat(),
            (source, reference, contact, description, amount, record, record_id), key)
        for key, day, source, description, reference, amount, contact, record, record_id in lines
    ]  # fmt: skip
    total = sum((line[5] for line in lines), Decimal("0.00"))
    return [*rows, Row("total", "Total", (None, None, None, None, total, None, None))]


def read_cash(
    ask: Ask, schema: str, *, since: date, until: date, banks: Collection[str]
) -> dict[str, tuple[Decimal, Decimal]]:
    """Bank account → what came in and what went out between two days, both positive."""
    if not banks:
        return {}
    between = f"BETWEEN DATE {text(since.isoformat())} AND DATE {text(until.isoformat())}"
    keys = ", ".join(text(key) for key in sorted(banks))
    rows = ask(
        "SELECT account_id, coalesce(sum(CASE WHEN amount > 0 THEN amount END), 0), "
        "coalesce(sum(CASE WHEN amount < 0 THEN -amount END), 0) FROM ("
        f"SELECT account_id, amount FROM {of(schema)}.ledger_line WHERE journal_date {between} "
        f"UNION ALL SELECT account_id, amount FROM {of(schema)}.residual_line "
        f"WHERE month_end {between}) AS moved "
        f"WHERE account_id IN ({keys}) GROUP BY account_id"
    )
    return {str(key): (Decimal(inward), Decimal(outward)) for key, inward, outward in rows}


def cash_rows(
    books: Books, opening: Mapping[str, int], moved: Mapping[str, tuple[Decimal, Decimal]]
) -> list[Row]:
    """Each bank account: opening balance, received, spent, closing balance."""
    nothing = Decimal("0.00")
    banks = [
        key
        for key, account in books.accounts.items()
        if account.type == "BANK" and (opening.get(key) or key in moved or account.is_active)
    ]
    rows: list[Row] = []
    totals = [nothing] * 4
    for key in sorted(banks, key=lambda key: books.accounts[key].name.casefold()):
        start, (inward, outward) = money(opening.get(key, 0)), moved.get(key, (nothing, nothing))
        values = (start, inward, outward, start + inward - outward)
        totals = [total + value for total, value in zip(totals, values, strict=True)]
        rows.append(Row("row", books.accounts[key].name, values, key))
    rows.append(Row("total", "Total", tuple(totals)))
    return rows


def read_tax(
    ask: Ask, schema: str, *, since: date, until: date, cash: bool = False
) -> list[tuple[str, str, Decimal, Decimal]]:
    """(side, tax name, net, tax) of each tax type. `Sales` are rates on sales, and of rates for
    both sides what income lines carry."""
    lines = f"{of(schema)}.{'cash_line' if cash else 'ledger_line'}"
    rows = ask(
        "SELECT CASE WHEN rate.kind LIKE '%OUTPUT%' THEN 'Sales' "
        "WHEN rate.kind LIKE '%INPUT%' THEN 'Purchases' "
        "WHEN account.class = 'REVENUE' THEN 'Sales' ELSE 'Purchases' END AS side, "
        "coalesce(rate.name, l.tax_type) AS name, sum(l.amount), sum(l.tax_amount) "
        f"FROM {lines} AS l JOIN {identifier(schema)}.account AS account "
        "ON CAST(account.account_id AS text) = CAST(l.account_id AS text) "
        "LEFT JOIN (SELECT tax_type, max(name) AS name, max(report_tax_type) AS kind "
        f"FROM {present(ask, schema, 'TaxRate')['tax_rate']} AS known "
        "WHERE _deleted_at IS NULL GROUP BY tax_type) AS rate ON rate.tax_type = l.tax_type "
        "WHERE l.document_position IS NOT NULL AND l.tax_type IS NOT NULL "
        f"AND l.journal_date BETWEEN DATE {text(since.isoformat())} "
        f"AND DATE {text(until.isoformat())} GROUP BY 1, 2 ORDER BY 1 DESC, 2"
    )
    return [(side, name, Decimal(net), Decimal(tax)) for side, name, net, tax in rows]


def tax_rows(books: Books, parts: list[tuple[str, str, Decimal, Decimal]], moved: int) -> list[Row]:
    """Net and tax by rate, the tax due, and what the tax account moved beside the documents."""
    rows: list[Row] = []
    due = Decimal("0.00")
    for side, sign in (("Sales", -1), ("Purchases", 1)):
        rows.append(Row("section", side, section=side))
        nets = taxes = Decimal("0.00")
        for part_side, name, net, tax in parts:
            if part_side == side:
                rows.append(Row("row", name, (sign * net + 0, sign * tax + 0), None, side))
                nets, taxes = nets + sign * net, taxes + sign * tax
        rows.append(Row("total", f"Total {side}", (nets, taxes), section=side))
        due -= sign * taxes
    rows.append(Row("total", "Tax on sales less tax on purchases", (None, due)))
    other = money(-moved) - due
    if other:
        rows.append(Row("row", "Other movements of the tax account", (None, other)))
    rows.append(Row("total", "Movement of the tax account", (None, money(-moved))))
    return rows
