"""Xero's reports, drawn from the ledger only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xeroport_emulator.accounting.report_shape import ReportRefused
from xeroport_emulator.accounting.reports.aged import aged_payables, aged_receivables
from xeroport_emulator.accounting.reports.balance_sheet import balance_sheet
from xeroport_emulator.accounting.reports.bank_summary import bank_summary
from xeroport_emulator.accounting.reports.budget_summary import budget_summary
from xeroport_emulator.accounting.reports.executive_summary import executive_summary
from xeroport_emulator.accounting.reports.profit_and_loss import profit_and_loss
from xeroport_emulator.accounting.reports.tax_return import published
from xeroport_emulator.accounting.reports.ten_ninety_nine import ten_ninety_nine
from xeroport_emulator.accounting.reports.trial_balance import trial_balance
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

__all__ = ["REPORTS", "ReportRefused", "published", "report"]

Report = Callable[[Organisation, Mapping[str, Any]], list[Record]]

REPORTS: dict[str, Report] = {
    "AgedPayablesByContact": aged_payables,
    "AgedReceivablesByContact": aged_receivables,
    "BalanceSheet": balance_sheet,
    "BankSummary": bank_summary,
    "BudgetSummary": budget_summary,
    "ExecutiveSummary": executive_summary,
    "ProfitAndLoss": profit_and_loss,
    "TenNinetyNine": ten_ninety_nine,
    "TrialBalance": trial_balance,
}
"""The last part of a report's path → what draws it."""


def report(name: str, organisation: Organisation, params: Mapping[str, Any]) -> Record:
    """`{"Reports": [...]}` of one report, by the last part of its path.

    Parameters by Xero's names, as text or as values. Raises KeyError for an unknown report (404)
    and ReportRefused for parameters that Xero answers with 400.
    """
    return {"Reports": REPORTS[name](organisation, params)}
