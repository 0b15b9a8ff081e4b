"""What statements read: figures of the ledger, by queries that every destination answers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from xeroport.books.missing_streams import from_text
from xeroport.books.places.workspace import schemas
from xeroport.books.statements.statement_model import Ask, Books, Figures
from xeroport.books.tie import Account, YearEnd
from xeroport.catalogue.columns import Table, tables
from xeroport.destinations.typed import column_types, identifier, text
from xeroport.errors import InputError, UnknownName


def read_books(ask: Ask, schema: str, *, instance: str) -> Books:
    """The organisation, chart and last run; InputError where no ledger was derived."""
    names = ask(
        "SELECT table_name FROM information_schema.tables "
        f"WHERE table_schema = {text(schemas(schema)['ledger'])} AND table_name = 'ledger_run'"
    )
    runs = ask(
        "SELECT synced_until, tied_until, basis, missing "
        f"FROM {of(schema)}.ledger_run ORDER BY number DESC LIMIT 1"
    ) if names else ()  # fmt: skip
    if not runs:
        raise InputError(
            f"there is no ledger of `{instance}` yet", hint=f"`xeroport ledger {instance}`"
        )
    synced_until, tied_until, basis, missing = runs[0]
    ((name, currency, country, version, month, day),) = ask(
        "SELECT name, base_currency, country_code, version, financial_year_end_month, "
        f"financial_year_end_day FROM {identifier(schema)}.organisation LIMIT 1"
    )
    accounts = {
        str(key): Account(
            account_id=str(key), code=code or None, name=label or "", type=kind or "",
            class_=class_ or "", system=system or "",
            is_foreign=bool(foreign) and foreign != currency, is_active=status == "ACTIVE",
        )
        for key, code, label, kind, class_, system, foreign, status in ask(
            "SELECT account_id, code, name, type, class, system_account, currency_code, status "
            f"FROM {identifier(schema)}.account"
        )
    }  # fmt: skip
    return Books(
        organisation=name or instance,
        currency=currency or "",
        region=country or version or "",
        year_end=YearEnd(month or 12, day or 31),
        accounts=accounts,
        as_of=synced_until,
        tied_until=tied_until,
        has_cash="cash" in (basis or ""),
        missing=from_text(missing),
    )


KINDS = {
    "DECIMAL": "numeric",
    "VARCHAR": "text",
    "JSON": "text",
    "UUID": "uuid",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BOOLEAN": "boolean",
    "BIGINT": "bigint",
    "INTEGER": "integer",
}
"""DuckDB's types as names that every destination knows."""


def present(ask: Ask, schema: str, *records: str) -> dict[str, str]:
    """Table → where it is in SQL, of the tables of record types; an empty one for a table that was
    never synced, because the connection may not read it."""
    held = {
        str(name)
        for (name,) in ask(
            f"SELECT table_name FROM information_schema.tables WHERE table_schema = {text(schema)}"
        )
    }
    return {
        table.name: f"{identifier(schema)}.{identifier(table.name)}"
        if table.name in held
        else _empty(table)
        for record in records
        for table in tables(record)
    }


def _empty(table: Table) -> str:
    columns = ", ".join(
        f"CAST(NULL AS {KINDS[kind.partition('(')[0]]}) AS {identifier(name)}"
        for name, kind in column_types(table).items()
    )
    return f"(SELECT {columns} WHERE false)"


def of(schema: str) -> str:
    """The schema of an instance's ledger, quoted."""
    return identifier(schemas(schema)["ledger"])


def read_figures(
    ask: Ask,
    schema: str,
    *,
    until: date,
    cash: bool = False,
    option: str | None = None,
    since: date | None = None,
    cuts: Collection[date] = (),
    accounts: Collection[str] | None = None,
) -> Figures:
    """Movements from a day (None: the beginning) to another; of one tracking option only, or (None)
    all with the residual. With `accounts` no movements of others are read.

    With `cuts`, the first days of all ranges that will be asked for, movements between two of them
    are added up by the database and dated to the earlier one: a few rows in place of every day's.
    """
    lines = f"{of(schema)}.{'cash_line' if cash else 'ledger_line'}"
    only = ""
    if option is not None:
        only = tracked(lines, option)
    later = f" AND journal_date >= DATE {text(since.isoformat())}" if since else ""
    if accounts is not None:
        keys = ", ".join(text(key) for key in sorted(accounts)) or "NULL"
        only += f" AND account_id IN ({keys})"
    movements = ask(
        f"SELECT account_id, {_dated(cuts, until)} AS day, sum(amount) FROM {lines} AS l "
        f"WHERE journal_date <= DATE {text(until.isoformat())}{later}{only} GROUP BY 1, 2"
    )
    residual = (
        ask(
            f"SELECT account_id, month_end, sum(amount) FROM {of(schema)}.residual_line "
            f"WHERE month_end <= DATE {text(until.isoformat())} GROUP BY account_id, month_end"
        )
        if option is None and not cash
        else ()
    )
    return Figures(_cents(movements), _cents(residual))


def tracked(lines: str, option: str) -> str:
    """The condition that leaves the lines `l` with a tracking option."""
    return (
        f" AND EXISTS (SELECT 1 FROM {lines}_tracking AS t WHERE t.record_id = l.record_id "
        f"AND t.line_number = l.line_number AND CAST(t.tracking_option_id AS text) = "
        f"{text(option)})"
    )


FEW = 4
BEGINNING = date(1, 1, 1)
"""What is before the first cut is dated to."""


def _dated(cuts: Collection[date], until: date) -> str:
    """The day that a line is dated to, as SQL: its own, the last cut before it, or, as quickly for
    many cuts that are first days of months, the first of its month."""
    if not cuts:
        return "journal_date"
    days = sorted(day for day in cuts if day <= until)
    beginning = f"DATE {text(BEGINNING.isoformat())}"
    if not days:
        return beginning
    if len(days) > FEW and all(day.day == 1 for day in days):
        return "CAST(date_trunc('month', journal_date) AS date)"
    steps = " ".join(
        f"WHEN journal_date >= DATE {text(day.isoformat())} THEN DATE {text(day.isoformat())}"
        for day in reversed(days)
    )
    return f"CASE {steps} ELSE {beginning} END"


def _cents(rows: Any) -> tuple[tuple[str, date, int], ...]:
    """Sums in whole cents; InputError where the ledger's amounts are not exact."""
    return tuple((str(key), day, _exact(amount)) for key, day, amount in rows)


def _exact(amount: Any) -> int:
    if isinstance(amount, float):
        raise InputError(
            "the amounts of the ledger are floating-point numbers, which are not exact",
            hint="`xeroport ledger NAME --full` writes them again as decimals",
        )
    return int(Decimal(amount) * 100)


def tracking_options(ask: Ask, schema: str, category: str) -> dict[str, str]:
    """Option id → name, of a tracking category by its name; UnknownName with the nearest."""
    held = present(ask, schema, "TrackingCategory")
    rows = ask(
        "SELECT c.name, o.tracking_option_id, o.name "
        f"FROM {held['tracking_category']} AS c "
        f"JOIN {held['tracking_category_option']} AS o "
        "ON o.tracking_category_id = c.tracking_category_id "
        "WHERE c._deleted_at IS NULL ORDER BY c.name, o.position"
    )
    options = {
        str(key): label for name, key, label in rows if name.casefold() == category.casefold()
    }
    if not options:
        names = sorted({str(row[0]) for row in rows})
        raise UnknownName(
            "tracking category", category, names,
            hint="there are " + ", ".join(f"`{name}`" for name in names)
            if names
            else "the copy has none: `xeroport sync NAME tracking_categories`",
        )  # fmt: skip
    return options


def read_budget(ask: Ask, schema: str, *, since: date, until: date) -> dict[str, int]:
    """Account → overall budget in cents from one month to another."""
    held = present(ask, schema, "Budget")
    rows = ask(
        "SELECT line.account_id, sum(balance.amount) "
        f"FROM {held['budget']} AS budget "
        f"JOIN {held['budget_line']} AS line ON line.budget_id = budget.budget_id "
        f"JOIN {held['budget_line_budget_balance']} AS balance "
        "ON balance.budget_id = line.budget_id AND balance.budget_line_position = line.position "
        "WHERE budget.type = 'OVERALL' AND budget._deleted_at IS NULL "
        f"AND balance.period >= DATE {text(since.replace(day=1).isoformat())} "
        f"AND balance.period <= DATE {text(until.isoformat())} "
        "GROUP BY line.account_id"
    )
    return {str(key): int(Decimal(amount or 0) * 100) for key, amount in rows}


def count_held(ask: Ask, schema: str, table: str) -> int:
    """How many records of a table are not gone at Xero; 0 where it was never synced."""
    if not ask(
        f"SELECT 1 FROM information_schema.tables WHERE table_schema = {text(schema)} "
        f"AND table_name = {text(table)}"
    ):
        return 0
    ((count,),) = ask(
        f"SELECT count(*) FROM {identifier(schema)}.{identifier(table)} WHERE _deleted_at IS NULL"
    )
    return int(count)


def tracking_categories(ask: Ask, schema: str) -> list[str]:
    """The names of the active tracking categories."""
    held = present(ask, schema, "TrackingCategory")
    rows = ask(
        f"SELECT name FROM {held['tracking_category']} AS category "
        "WHERE _deleted_at IS NULL AND status = 'ACTIVE' ORDER BY name"
    )
    return [str(name) for (name,) in rows]


def read_proof(
    ask: Ask, schema: str, *, until: date
) -> tuple[dict[str, Any], list[tuple[str, Decimal, str]]]:
    """The last run, and the residual up to a day by account and cause, the largest first."""
    names = ("derived_at", "tied_from", "tied_until", "lines", "journals")
    (row,) = ask(
        f"SELECT {', '.join(names)} FROM {of(schema)}.ledger_run ORDER BY number DESC LIMIT 1"
    )
    residual = ask(
        "SELECT coalesce(a.code || ' ', '') || a.name, sum(l.amount), l.cause "
        f"FROM {of(schema)}.residual_line AS l JOIN {identifier(schema)}.account AS a "
        "ON CAST(a.account_id AS text) = CAST(l.account_id AS text) "
        f"WHERE l.month_end <= DATE {text(until.isoformat())} "
        "GROUP BY a.code, a.name, l.cause ORDER BY sum(abs(l.amount)) DESC, 1"
    )
    return dict(zip(names, row, strict=True)), [
        (str(n), Decimal(a), str(c)) for n, a, c in residual
    ]
