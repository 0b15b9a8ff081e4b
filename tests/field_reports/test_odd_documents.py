"""Kind 8: replies that look otherwise than the description says, in all three destinations.

Sources: Xero-OpenAPI's example and xero-python PR#58 (budget periods, B29), xero-python#131 (`null`
for a list, X1), fivetran/dbt_xero#39 (journals without lines, X2), Xero-OpenAPI PR#143 and PR#93
(statuses outside the list, X3), two reports of refunds whose document stands under `Invoice`.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from test_example_replies import land, page_of

from xeroport.catalogue import load
from xeroport.destinations import open_destination

ID = "11111111-2222-3333-4444-5555555555{:02}".format
BUDGET = {
    "BudgetID": ID(1),
    "Type": "OVERALL",
    "UpdatedDateUTC": "/Date(1782864000000+0000)/",
    "BudgetLines": [
        {
            "AccountID": ID(2),
            "AccountCode": "200",
            "BudgetBalances": [
                {"Period": "2026-07", "Amount": "1000", "Notes": ""},
                {"Period": "2026-08", "Amount": "-250.5"},
            ],
        }
    ],
    "Tracking": [],
}
REPLIES: dict[str, tuple[str, Any]] = {
    "a budget with months": ("budgets", {"Budgets": [BUDGET]}),
    "one budget as an object": ("budgets", {"Budgets": BUDGET}),
    "a budget without lines": ("budgets", {"Budgets": [{"BudgetID": ID(1), "Type": "OVERALL"}]}),
    "null for lists": (
        "invoices",
        {"Invoices": [{"InvoiceID": ID(3), "LineItems": None, "Payments": None, "Total": 1.5}]},
    ),
    "a journal without lines": (
        "journals",
        {"Journals": [{"JournalID": ID(4), "JournalNumber": 7, "JournalLines": []}]},
    ),
    "statuses of no list": (
        "manual_journals",
        {"ManualJournals": [{"ManualJournalID": ID(5), "Narration": "x", "Status": "ARCHIVED"}]},
    ),
    "a refund under Invoice": (
        "payments",
        {
            "Payments": [
                {
                    "PaymentID": ID(6),
                    "PaymentType": "ARCREDITPAYMENT",
                    "Amount": 12.5,
                    "Invoice": {"InvoiceID": ID(7), "Type": "ACCRECCREDIT"},
                }
            ]
        },
    ),
}


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_they_land_without_a_reject(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = (
        str(request.getfixturevalue("postgres_url"))
        if kind == "postgres"
        else f"{kind}:{tmp_path / kind}"
    )
    with closing(open_destination(url, instance="odd")) as destination:
        for name, (stream, reply) in REPLIES.items():
            endpoint = load().streams[stream]
            landed = land(destination, tmp_path, stream, endpoint, page_of(endpoint, reply))
            assert (landed.rejected, landed.rows.get(tables_of(stream))) == (0, 1), name


def tables_of(stream: str) -> str:
    """The table of a stream's records."""
    return stream.removesuffix("s")
