"""Replies as Xero writes them, landed as a sync lands them, and the legs that are made of them."""

from __future__ import annotations

import json
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.field_reports.test_example_replies import land, page_of

from xeroport.books import derive
from xeroport.books.places import open_workspace
from xeroport.catalogue import load
from xeroport.destinations import open_destination

CHART = {
    "090": ("Bank", "BANK", "ASSET", "", "NZD"),
    "091": ("Savings", "BANK", "ASSET", "", "NZD"),
    "092": ("Sydney", "BANK", "ASSET", "", "AUD"),
    "093": ("Boston", "BANK", "ASSET", "", "USD"),
    "200": ("Sales", "REVENUE", "REVENUE", "", None),
    "220": ("Repairs", "REVENUE", "REVENUE", "", None),
    "310": ("Cost of goods", "DIRECTCOSTS", "EXPENSE", "", None),
    "400": ("Advertising", "EXPENSE", "EXPENSE", "", None),
    "620": ("Prepayments", "PREPAYMENT", "ASSET", "", None),
    "630": ("Stock", "INVENTORY", "ASSET", "", None),
    "610": ("Owed by customers", "CURRENT", "ASSET", "DEBTORS", None),
    "800": ("Owed to suppliers", "CURRLIAB", "LIABILITY", "CREDITORS", None),
    "820": ("VAT", "CURRLIAB", "LIABILITY", "GST", None),
    "860": ("Rounding", "CURRLIAB", "LIABILITY", "ROUNDING", None),
    "497": ("Realised gains", "EXPENSE", "EXPENSE", "REALISEDCURRENCYGAIN", None),
    "801": ("Unpaid claims", "CURRLIAB", "LIABILITY", "UNPAIDEXPCLM", None),
    "960": ("Earlier years", "EQUITY", "EQUITY", "RETAINEDEARNINGS", None),
}


def key(name: str) -> str:
    """An id for a word."""
    return str(uuid.uuid5(uuid.UUID(int=7), name))


def day(text: str) -> str:
    """A date as Xero writes it in JSON."""
    from datetime import UTC, datetime

    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return f"/Date({int(moment.timestamp() * 1000)}+0000)/"


class Replies:
    """Records by stream, each as its reply has it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records: dict[str, list[dict[str, Any]]] = {}
        self.left_out: tuple[str, ...] = ()
        self.add("organisation", OrganisationID=key("org"), Name="Fjord", BaseCurrency="NZD",
                 CountryCode="NZ", FinancialYearEndMonth=3, FinancialYearEndDay=31)  # fmt: skip
        for code, (name, kind, class_, system, currency) in CHART.items():
            more = {"SystemAccount": system} if system else {}
            more |= {"CurrencyCode": currency} if currency else {}
            self.add("accounts", AccountID=key(code), Code=code, Name=name, Type=kind,
                     Status="ACTIVE", **{"Class": class_}, **more,
                     UpdatedDateUTC=day("2020-01-01"))  # fmt: skip

    def add(self, stream: str, **record: Any) -> dict[str, Any]:
        """A record of a stream; dates of `YYYY-MM-DD` become Xero's."""
        for name in ("Date", "DueDate", "ReportingDate"):
            if name in record:
                record[name] = day(record[name])
        self.records.setdefault(stream, []).append(record)
        return record

    def legs(self, *, table: str = "ledger_line") -> list[tuple[str, str, str, str]]:
        """(source type, day, account code, amount) of each leg."""
        url = f"duckdb:{self.folder / 'books.duckdb'}"
        with closing(open_destination(url, instance="acme")) as destination:
            for stream, records in self.records.items():
                endpoint = load().streams[stream]
                reply = {str(endpoint.envelope): records}
                page = page_of(endpoint, json.loads(json.dumps(reply)))
                landed = land(destination, self.folder, stream, endpoint, page)
                assert landed.rejected == 0, landed
        with open_workspace(url, instance="acme") as workspace:
            connection, ledger = workspace.connection, workspace.ledger
            derive.prepare(connection, workspace.synced)
            derive.touch(connection, workspace.synced, since=None)
            derive.choose_due(connection, is_full=True)
            derive.work_out(connection)
            derive.write_lines(connection, ledger, is_full=True)
            derive.write_cash(connection, ledger, wanted=table == "cash_line")
            derive.check_lines(connection, ledger)
            self.left_out = derive.unposted(connection, ledger)
            return connection.execute(
                "SELECT source_type, CAST(journal_date AS VARCHAR), code, CAST(amount AS VARCHAR) "
                f"FROM {ledger}.{table} JOIN {workspace.synced['account']} USING (account_id) "
                "ORDER BY journal_date, source_type, record_id, line_number"
            ).fetchall()
