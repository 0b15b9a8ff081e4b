"""Reports laid flat: no cell of Xero's own examples is lost, and months have all their days."""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from xeroport.catalogue import load
from xeroport.jobs.sync.report_rows import base_month, cells, parameters, read_report

REPORTS = ("TrialBalance", "BalanceSheet", "BankSummary", "ExecutiveSummary")


def example(spec: dict[str, Any], name: str) -> dict[str, Any]:
    reply = spec["paths"][f"/Reports/{name}"]["get"]["responses"]["200"]
    found: dict[str, Any] = reply["content"]["application/json"]["example"]
    return found


def values(rows: list[dict[str, Any]], *, header: bool = False) -> Iterator[str]:
    """Every value of the report behind the label column, found without the code under test."""
    for row in rows:
        if row.get("RowType") == "Header" and not header:
            continue
        yield from (cell["Value"] for cell in row.get("Cells", [])[1:] if cell.get("Value"))
        yield from values(row.get("Rows", []))


@pytest.mark.parametrize("name", REPORTS)
def test_every_cell_of_the_example_is_a_row(spec_document: dict[str, Any], name: str) -> None:
    reply = example(spec_document, name)
    (report,) = reply["Reports"]
    expected = list(values(report["Rows"]))
    found = [cell for cell in cells(report) if "Value" in cell]
    assert expected
    assert sorted(cell["Value"] for cell in found) == sorted(map(str, expected))
    assert len(read_report(json.dumps(reply, default=str).encode()).records) >= len(expected)


def test_section_label_period_and_account_come_from_where_they_stand() -> None:
    account = "11111111-2222-3333-4444-555555555555"
    marked = [{"Id": "account", "Value": account}]
    report = {
        "ReportName": "Profit and Loss",
        "ReportTitles": ["Profit & Loss", "Acme"],
        "Rows": [
            {"RowType": "Header", "Cells": [{"Value": ""}, {"Value": "Oct"}, {"Value": "Sep"}]},
            {
                "RowType": "Section",
                "Title": "Income",
                "Rows": [
                    {
                        "RowType": "Section",
                        "Title": "Sales",
                        "Rows": [
                            {
                                "RowType": "Row",
                                "Cells": [
                                    {"Value": "Shop", "Attributes": marked},
                                    {"Value": "1,200.50", "Attributes": marked},
                                    {"Attributes": marked},
                                ],
                            }
                        ],
                    }
                ],
            },
        ],
    }
    first, second = cells(report)
    assert first["Section"] == "Income / Sales"
    assert (first["Label"], first["Period"], first["Amount"]) == ("Shop", "Oct", "1200.50")
    assert first["AccountID"] == second["AccountID"] == account
    assert (second["Period"], "Value" in second) == ("Sep", False)


@pytest.mark.parametrize("start", [date(2023, 12, 1), date(2024, 2, 29), date(2026, 11, 23)])
def test_the_base_month_has_31_days_and_is_this_one_or_the_next(start: date) -> None:
    for ahead in range(400):
        today = start + timedelta(days=ahead)
        first, last = base_month(today)
        assert (last - first).days == 30
        assert first <= today <= last or today < first <= today + timedelta(days=31)
        assert calendar.monthrange(first.year, first.month)[1] == 31


def test_every_report_stream_asks_only_what_its_report_understands() -> None:
    streams = {name: each for name, each in load().streams.items() if each.stream_record}
    assert len(streams) == 6
    for name, endpoint in streams.items():
        assert set(parameters(name, date(2026, 11, 23))) <= set(endpoint.by_name)
