"""The names of reporting codes, which every account has."""

from __future__ import annotations

_REPORTING = {
    "ASS": "Asset",
    "EQU": "Equity",
    "EXP": "Expense",
    "LIA": "Liabilities",
    "REV": "Revenue",
    "REV.TRA.GOO": "Sale of goods",
    "EXP.EMP": "Employment costs",
    "ASS.CUR.REC.TRA": "Trade receivables",
    "ASS.CUR.INY": "Inventories",
    "LIA.CUR.TAX.VAT": "Value added tax",
}
"""Reporting code, or its first part → its name."""


def reporting_name(code: str) -> str:
    """The name of a reporting code, by itself or by its first part."""
    return _REPORTING.get(code) or _REPORTING.get(code[:3], "")
