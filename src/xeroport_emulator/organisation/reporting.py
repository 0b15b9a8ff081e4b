"""What an account has of its type: its class, and the name of its reporting code."""

from __future__ import annotations

CLASSES = {
    "ASSET": ("BANK", "CURRENT", "FIXED", "INVENTORY", "NONCURRENT", "PREPAYMENT"),
    "EQUITY": ("EQUITY",),
    "EXPENSE": ("DEPRECIATN", "DIRECTCOSTS", "EXPENSE", "OVERHEADS"),
    "LIABILITY": ("CURRLIAB", "LIABILITY", "TERMLIAB", "PAYG"),
    "REVENUE": ("OTHERINCOME", "REVENUE", "SALES"),
}
CLASS_OF = {kind: name for name, kinds in CLASSES.items() for kind in kinds}
"""Account type → its class, such as `ASSET` for `BANK`."""

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
