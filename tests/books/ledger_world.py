"""An emulated organisation, its copy, and the ledger derived from it."""

from __future__ import annotations

import asyncio
import datetime
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
from tests.sync.books import NAME, SCHEMA, Books, memory

from xeroport.destinations.manifest import MANIFEST, read_manifest
from xeroport.jobs.ledger import LedgerReport, ledger_instance
from xeroport.jobs.query import answering
from xeroport.xero.client import open_client
from xeroport_emulator import Emulator
from xeroport_emulator.accounting.books import books_of
from xeroport_emulator.organisation.organisation import Organisation

LEDGER = f"{SCHEMA}_ledger"
PROFIT = {"REVENUE", "EXPENSE"}


class World:
    """The emulator's organisation, its copy at `url`, and the ledger there."""

    def __init__(self, emulator: Emulator, home: Path, *, url: str | None = None) -> None:
        self.books = Books(emulator, home)
        self.url = url or self.books.url
        self.books.store.transport = httpx2.ASGITransport(app=emulator.app)  # type: ignore[arg-type]

    @property
    def organisation(self) -> Organisation:
        return self.books.emulator.organisation

    def sync(self, *streams: str, **options: Any) -> None:
        report = self.books.sync(*streams, to=self.url, **options)
        assert report.exit_status == 0, report.error

    def ledger(self, **options: Any) -> LedgerReport:
        work = ledger_instance(self.books.store, NAME, to=self.url, **options)
        return asyncio.run(work)

    def call(self, endpoint: str, parameters: Any = None, *, body: Any = None) -> Any:
        """The first record of Xero's reply."""

        async def work() -> Any:
            async with open_client(self.books.store, NAME) as client:
                return (await client.call(endpoint, parameters, body=body)).records

        records = asyncio.run(work())
        return records[0] if records else None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The answer to a query over the copy; of a lake only the tables are opened that the query
        names."""
        if self.url == self.books.url:
            return self.books.query(sql)
        if self.url.startswith("parquet:") and "information_schema" not in sql:
            return lake_rows(Path(self.url.partition(":")[2]), sql)
        with answering(sql, url=self.url, instance=NAME) as answer:
            return list(answer.rows())

    def ledger_balances(self, day: datetime.date, *, residual: bool = True) -> dict[str, Decimal]:
        """Account → balance at a day, lines and residual of all time (no year is closed)."""
        parts = [f"SELECT account_id, journal_date AS day, amount FROM {LEDGER}.ledger_line"]
        if residual:
            parts.append(f"SELECT account_id, month_end, amount FROM {LEDGER}.residual_line")
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for account, amount in self.rows(
            "SELECT account_id, sum(amount) FROM "
            f"({' UNION ALL '.join(parts)}) AS line WHERE day <= DATE '{day}' GROUP BY account_id"
        ):
            sums[str(account)] += amount
        return {account: amount for account, amount in sums.items() if amount}

    def xero_balances(self, day: datetime.date) -> dict[str, Decimal]:
        """The same, of the emulator's own books."""
        moved = books_of(self.organisation).movements(day)
        return {account: amount for account, amount in moved.items() if amount}

    def residual(self) -> dict[str, Decimal]:
        """Account code → residual of all months, without regard to sign, in cents of a whole."""
        return dict(
            self.rows(
                f"SELECT code, sum(abs(amount)) FROM {LEDGER}.residual_line AS line "
                "JOIN account ON CAST(account.account_id AS VARCHAR) "
                "= CAST(line.account_id AS VARCHAR) GROUP BY code ORDER BY code"
            )
        )


def lake_rows(folder: Path, sql: str) -> list[tuple[Any, ...]]:
    """The answer to a query over the folders of a lake."""
    words = set(re.findall(r"\w+", sql))
    connection = memory()
    connection.execute("ATTACH ':memory:' AS lake")
    try:
        for manifest in folder.glob(f"*/{MANIFEST}"):
            schema = f"lake.{manifest.parent.name}"
            connection.execute(f"CREATE SCHEMA {schema}")
            for table, parts in read_manifest(manifest.parent).parts.items():
                if table in words:
                    files = [str(manifest.parent / part) for part in parts]
                    connection.execute(
                        f"CREATE VIEW {schema}.{table} AS "
                        f"FROM read_parquet({files}, union_by_name = true)"
                    )
        connection.execute(f"USE lake.{SCHEMA}")
        return connection.execute(sql).fetchall()
    finally:
        connection.execute("USE memory")
        connection.execute("DETACH lake")
