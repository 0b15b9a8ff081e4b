"""Titles and sections of statements by country, as Xero words them."""

from __future__ import annotations

from msgspec import Struct

ASSETS = {
    "BANK": "Bank",
    "CURRENT": "Current Assets",
    "INVENTORY": "Current Assets",
    "PREPAYMENT": "Current Assets",
    "FIXED": "Fixed Assets",
    "NONCURRENT": "Non-current Assets",
}
LIABILITIES = {
    "CURRLIAB": "Current Liabilities",
    "PAYG": "Current Liabilities",
    "LIABILITY": "Current Liabilities",
    "WAGESPAYABLELIABILITY": "Current Liabilities",
    "SUPERANNUATIONLIABILITY": "Current Liabilities",
    "PAYGLIABILITY": "Current Liabilities",
    "TERMLIAB": "Non-current Liabilities",
}


class ProfitLayout(Struct, frozen=True):
    """The words of a profit and loss: sections with their totals, and the two results."""

    title: str = "Profit & Loss"
    income: tuple[str, str] = ("Income", "Total Income")
    cost_of_sales: tuple[str, str] = ("Less Cost of Sales", "Total Cost of Sales")
    gross: str = "Gross Profit"
    other_income: tuple[str, str] = ("Plus Other Income", "Total Other Income")
    expenses: tuple[str, str] = ("Less Operating Expenses", "Total Operating Expenses")
    net: str = "Net Profit"


PROFIT: dict[str, ProfitLayout] = {
    "NZ": ProfitLayout(),
    "AU": ProfitLayout(gross="GROSS PROFIT", net="NET PROFIT"),
    "US": ProfitLayout(
        title="Income Statement",
        income=("Revenue", "Total Revenue"),
    ),
    "UK": ProfitLayout(
        title="Profit and Loss",
        income=("Turnover", "Total Turnover"),
        cost_of_sales=("Cost of Sales", "Total Cost of Sales"),
        expenses=("Administrative Costs", "Total Administrative Costs"),
    ),
}

COSTS = frozenset(
    words[0] for layout in PROFIT.values() for words in (layout.cost_of_sales, layout.expenses)
)
"""Titles of sections that take from the result, in all countries."""


def profit_layout(region: str) -> ProfitLayout:
    """The words for a country (`GB` is the UK); New Zealand's where Xero's are not known."""
    return PROFIT.get({"GB": "UK"}.get(region, region), PROFIT["NZ"])


def profit_section(type_: str, class_: str) -> str | None:
    """The field of `ProfitLayout` that an account is listed under; None for other accounts."""
    if class_ not in ("REVENUE", "EXPENSE"):
        return None
    if type_ == "DIRECTCOSTS":
        return "cost_of_sales"
    if type_ == "OTHERINCOME":
        return "other_income"
    return "income" if class_ == "REVENUE" else "expenses"
