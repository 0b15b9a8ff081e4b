"""Each of the field reports that this project began from is tried by a test of this folder."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from field_shell import opened

from xeroport.catalogue import load

CASES = (
    *(f"B{number:02}" for number in (*range(1, 14), 15, 17, *range(19, 24), 25, 28, 29)),
    *("X1", "X2", "X3", "X5", "X6"),
)
"""Their numbers; tests name them in their names, or in a sentence about their sources."""
UNLISTED = (
    ("Invoice", "InvoicePaymentServices"),
    ("CreditNote", "ID"),
    ("Prepayment", "ID"),
    ("Overpayment", "ID"),
    ("PurchaseOrder", "Type"),
    ("PurchaseOrder", "IsDiscounted"),
    ("Quote", "HasAttachments"),
    ("TrackingOption", "IsArchived"),
    ("TrackingOption", "IsDeleted"),
    ("TrackingOption", "IsActive"),
    ("Budget", "Status"),
    ("BankTransfer", "DateString"),
    ("BankTransfer", "CreatedDateUTCString"),
)
"""Fields that Xero sends and its description leaves out."""


def names_of_cases() -> set[str]:
    """The numbers that tests of this folder name, besides those of this file."""
    named: set[str] = set()
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        tests = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for test in tests:
            named |= {part.upper() for part in re.findall(r"(?<=_)[bx]\d+(?=_)", test)}
        if path != Path(__file__):
            named |= set(re.findall(r"\b[BX]\d+\b", text))
    return named


def test_every_case_is_tried() -> None:
    assert set(CASES) - names_of_cases() == set()


@pytest.mark.parametrize(("record", "field"), UNLISTED)
def test_x6_a_field_that_the_description_lacks_is_known(record: str, field: str) -> None:
    assert field in load().records[record].by_name


@pytest.mark.parametrize("country", ["NZ", "AU", "UK", "US"])
def test_x6_they_are_no_news_at_any_sync(tmp_path: Path, country: str) -> None:
    streams = ("invoices", "credit_notes", "purchase_orders", "quotes", "tracking_categories")
    with opened(tmp_path / "home", country=country) as shell:
        result = shell.ok(
            "sync", "acme", *streams, "budgets", "bank_transfers", "reports", "--json"
        )
    told = {each["stream"]: each["drift"] for each in json.loads(result.stdout)["streams"]}
    assert told == {stream: {} for stream in (*streams, "budgets", "bank_transfers", "reports")}
    assert "is new at Xero" not in result.stderr
