"""A copy of a few records in memory, and the legs that the rules make of them."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import duckdb

from xeroport.books import derive
from xeroport.books.inputs import columns
from xeroport.books.schema import LEDGER_LINE, TRACKING

NAMESPACE = uuid.UUID(int=0)

CHART = {
    "090": ("Bank", "BANK", "ASSET", "", "NZD"),
    "092": ("Australian bank", "BANK", "ASSET", "", "AUD"),
    "200": ("Sales", "REVENUE", "REVENUE", "", None),
    "220": ("Repairs", "REVENUE", "REVENUE", "", None),
    "400": ("Advertising", "EXPENSE", "EXPENSE", "", None),
    "404": ("Bank fees", "EXPENSE", "EXPENSE", "", None),
    "835": ("Deposits", "CURRLIAB", "LIABILITY", "", None),
    "AR": ("Receivable", "CURRENT", "ASSET", "DEBTORS", None),
    "AP": ("Payable", "CURRLIAB", "LIABILITY", "CREDITORS", None),
    "GST": ("GST", "CURRLIAB", "LIABILITY", "GST", None),
    "ROUND": ("Rounding", "CURRLIAB", "LIABILITY", "ROUNDING", None),
    "GAIN": ("Realised gains", "EXPENSE", "EXPENSE", "REALISEDCURRENCYGAIN", None),
    "CLAIM": ("Unpaid claims", "CURRLIAB", "LIABILITY", "UNPAIDEXPCLM", None),
    "EARN": ("Retained earnings", "EQUITY", "EQUITY", "RETAINEDEARNINGS", None),
}


def key(name: str) -> uuid.UUID:
    """An id that a test may name by a word."""
    return uuid.uuid5(NAMESPACE, name)


class Copy:
    """Records by table; `legs()` posts them all."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {table: [] for table in columns()}
        self.add("organisation", base_currency="NZD")
        for code, (name, kind, _, system, currency) in CHART.items():
            self.add(
                "account", account_id=key(code), code=code, name=name, type=kind,
                system_account=system, currency_code=currency, status="ACTIVE",
            )  # fmt: skip

    def add(self, table: str, **values: Any) -> None:
        """A row; ids may be words."""
        row = {
            name: key(value) if name.endswith("_id") and isinstance(value, str) else value
            for name, value in values.items()
        }
        self.rows[table].append(row)

    def document(
        self, table: str, name: str, lines: list[tuple[Any, ...]], *, style: str = "Exclusive",
        **values: Any,
    ) -> None:  # fmt: skip
        """A document and its lines: (account code, amount, tax, tax type)."""
        key_name = f"{table}_id"
        day = values.pop("date", "2026-01-15")
        self.add(table, **{key_name: name}, date=day, line_amount_types=style, **values)
        child = "manual_journal_line" if table == "manual_journal" else f"{table}_line_item"
        for position, (code, amount, tax, *more) in enumerate(lines, start=1):
            self.add(
                child, **{key_name: name}, position=position, account_code=code,
                line_amount=amount, tax_amount=tax, tax_type=more[0] if more else "OUTPUT2",
            )  # fmt: skip

    def connect(self, *, cash: bool = False) -> duckdb.DuckDBPyConnection:
        """The ledger of these records, in `ledger`."""
        connection = duckdb.connect()
        connection.execute("CREATE SCHEMA copy; CREATE SCHEMA ledger")
        synced: dict[str, str] = {}
        for table, kinds in columns().items():
            kinds = kinds | {"_synced_at": "TIMESTAMP", "_deleted_at": "TIMESTAMP"}
            made = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
            connection.execute(f"CREATE TABLE copy.{table} ({made})")
            for row in self.rows[table]:
                unknown = row.keys() - kinds.keys()
                assert not unknown, f"no rule reads {unknown} of {table}"
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" * len(row))
                values = [str(v) if isinstance(v, uuid.UUID) else v for v in row.values()]
                connection.execute(f"INSERT INTO copy.{table} ({names}) VALUES ({marks})", values)
            synced[table] = f"copy.{table}"
        derive.prepare(connection, synced)
        derive.touch(connection, synced, since=None)
        derive.choose_due(connection, is_full=True)
        derive.work_out(connection)
        for table in (LEDGER_LINE, TRACKING, derive.CASH_LINE, derive.CASH_TRACKING):
            connection.execute(f"CREATE TABLE ledger.{table.name} ({table.definition()})")
        derive.write_lines(connection, "ledger", is_full=True)
        derive.write_cash(connection, "ledger", wanted=cash)
        derive.check_lines(connection, "ledger")
        return connection

    def legs(self, *, table: str = "ledger_line") -> list[tuple[Any, ...]]:
        """(source type, day, account code, amount) of each leg, in order of record and number."""
        with self.connect(cash=table == "cash_line") as connection:
            rows = connection.execute(
                "SELECT source_type, CAST(journal_date AS VARCHAR), code, amount "
                f"FROM ledger.{table} JOIN copy.account USING (account_id) "
                "ORDER BY journal_date, source_type, record_id, line_number"
            ).fetchall()
        return [(*row[:3], str(row[3])) for row in rows]

    def posted(self) -> list[tuple[str, str]]:
        """(account code, amount) of each leg."""
        return [(code, amount) for _, _, code, amount in self.legs()]


def money(text: str) -> Decimal:
    """An amount."""
    return Decimal(text)
