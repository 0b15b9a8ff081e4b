"""Why a residual is most likely there: a guess by the account, said as such."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from xeroport.books.tie import Account, Cell

OPENING = "opening (conversion) balances"
STOCK = "cost of tracked stock"
RATES = "revaluation of foreign balances"
PAYROLL = "payroll posted by Xero"
DEPRECIATION = "depreciation of fixed assets posted by Xero"
CONVERTING = "cents of documents in other currencies"
RECONCILING = "small differences accepted in a bank reconciliation"
TAX = "tax returns filed, and tax on imports"
CIS = "deductions of the construction industry scheme"
EDITED = "an edit or deletion the changes did not show; a full sync explains it"

_BY_SYSTEM = {
    "BANKCURRENCYGAIN": RATES,
    "UNREALISEDCURRENCYGAIN": RATES,
    "GST": TAX,
    "GSTONIMPORTS": TAX,
    "ROUNDING": RECONCILING,
    "HISTORICAL": OPENING,
    "WAGEPAYABLES": PAYROLL,
    "CISASSET": CIS,
    "CISASSETS": CIS,
    "CISLIABILITY": CIS,
}
_BY_TYPE = {
    "INVENTORY": STOCK,
    "DEPRECIATN": DEPRECIATION,
    "WAGESEXPENSE": PAYROLL,
    "WAGESPAYABLELIABILITY": PAYROLL,
    "SUPERANNUATIONEXPENSE": PAYROLL,
    "SUPERANNUATIONLIABILITY": PAYROLL,
    "PAYGLIABILITY": PAYROLL,
}


FEW_CENTS = 100
"""Below this, the rounding of foreign documents is the likely cause where there are any."""


def opened_at(cells: Sequence[Cell]) -> date | None:
    """The month end at which Xero's books begin, if documents are older: its first trial balance
    with anything in it. What those documents say is in the opening balances."""
    first = min((cell.month_end for cell in cells), default=None)
    begun = min((cell.month_end for cell in cells if cell.xero), default=None)
    return None if begun == first else begun


def cause(
    account: Account,
    *,
    cents: int,
    is_first: bool,
    missing: Collection[str] = (),
    has_foreign: bool = False,
    has_cis: bool = False,
) -> str:
    """The most likely cause of a residual on an account. `is_first` up to the first month end that
    is tied or at which Xero's books begin; `missing` are streams that were never synced,
    `has_foreign` where documents are in other currencies, `has_cis` where the month has a residual
    on an account of the construction industry scheme."""
    if is_first:
        return OPENING
    if missing:
        return f"streams that were not synced: {', '.join(missing)}"
    if has_cis and account.system in {"DEBTORS", "CREDITORS"}:
        return CIS
    if account.is_stock:
        return STOCK
    if has_foreign and abs(cents) < FEW_CENTS:
        return CONVERTING
    if account.system in _BY_SYSTEM:
        return _BY_SYSTEM[account.system]
    if account.type in _BY_TYPE:
        return _BY_TYPE[account.type]
    if account.type == "FIXED":
        return DEPRECIATION
    if account.is_foreign or (has_foreign and account.system in {"DEBTORS", "CREDITORS"}):
        return RATES
    if account.type == "BANK":
        return RECONCILING
    return EDITED
