"""The chart of accounts as the ledger asks it: by id, by code, by what an account is for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from xeroport_emulator.organisation.reporting import CLASS_OF

Record = Mapping[str, Any]
Account = Mapping[str, Any]

ASSETS = {
    "BANK": "Bank",
    "CURRENT": "Current Assets",
    "INVENTORY": "Current Assets",
    "PREPAYMENT": "Current Assets",
    "FIXED": "Fixed Assets",
    "NONCURRENT": "Non-current Assets",
}
"""Account type → section of the balance sheet, assets."""

LIABILITIES = {
    "CURRLIAB": "Current Liabilities",
    "PAYG": "Current Liabilities",
    "LIABILITY": "Current Liabilities",
    "TERMLIAB": "Non-current Liabilities",
}
"""Account type → section of the balance sheet, liabilities."""

PROFIT = {
    "REVENUE": "Income",
    "SALES": "Income",
    "DIRECTCOSTS": "Less Cost of Sales",
    "OTHERINCOME": "Plus Other Income",
    "EXPENSE": "Less Operating Expenses",
    "OVERHEADS": "Less Operating Expenses",
    "DEPRECIATN": "Less Operating Expenses",
}
"""Account type → section of the profit and loss."""

_STAND_INS = {
    "DEBTORS": ("Accounts Receivable", "610", "CURRENT"),
    "CREDITORS": ("Accounts Payable", "800", "CURRLIAB"),
    "GST": ("GST", "820", "CURRLIAB"),
    "ROUNDING": ("Rounding", "860", "CURRLIAB"),
    "HISTORICAL": ("Historical Adjustment", "840", "CURRLIAB"),
    "UNPAIDEXPCLM": ("Unpaid Expense Claims", "801", "CURRLIAB"),
    "REALISEDCURRENCYGAIN": ("Realised Currency Gains", "498", "EXPENSE"),
    "UNREALISEDCURRENCYGAIN": ("Unrealised Currency Gains", "499", "EXPENSE"),
    "BANKCURRENCYGAIN": ("Bank Revaluations", "497", "EXPENSE"),
    "RETAINEDEARNINGS": ("Retained Earnings", "960", "EQUITY"),
    "TRACKINGTRANSFERS": ("Tracking Transfers", "877", "CURRLIAB"),
}
"""System account → what stands in for it where an organisation's chart lacks it."""

_NAMESPACE = uuid.UUID("5f0d4a7e-7c0b-4b0f-9d0e-3b6f1f2f8a11")


class Chart:
    """Lookups over accounts and tax rates, made once and thrown away when either changes."""

    def __init__(
        self,
        accounts: Iterable[Record],
        tax_rates: Iterable[Record] = (),
        *,
        before: Chart | None = None,
    ) -> None:
        self.accounts: dict[str, Record] = {}
        self._by_code: dict[str, str] = {}
        self._system: dict[str, str] = {}
        for account in accounts:
            key = account["AccountID"]
            self.accounts[key] = account
            if account.get("Code") and account.get("Status") != "DELETED":
                self._by_code.setdefault(account["Code"], key)
            if account.get("SystemAccount"):
                self._system.setdefault(account["SystemAccount"], key)
        if before is not None:
            self._by_code = {**before._by_code, **self._by_code}
            self._system = {**before._system, **self._system}
            self.accounts = {**before.accounts, **self.accounts}
        self.sunk_shares: dict[str | None, Decimal] = {}
        """Tax type → the share of it that cannot be recovered and so is cost, where there is."""
        for rate in tax_rates:
            sunk = _non_recoverable(rate)
            if sunk:
                self.sunk_shares[rate["TaxType"]] = sunk

    def system(self, purpose: str) -> str:
        """The id of the account for `purpose` (`DEBTORS`, `GST` …); a stand-in if there is none."""
        found = self._system.get(purpose)
        if found is None:
            name, code, kind = _STAND_INS[purpose]
            found = str(uuid.uuid5(_NAMESPACE, purpose))
            self._system[purpose] = found
            self.accounts[found] = {
                "AccountID": found,
                "Name": name,
                "Code": code,
                "Type": kind,
                "Class": CLASS_OF[kind],
                "SystemAccount": purpose,
                "Status": "ACTIVE",
            }
        return found

    def account_of(self, line: Record) -> str:
        """The id of the account a line or nested account names; historical adjustment if none."""
        key = line.get("AccountID")
        if key is not None:
            return str(key)
        code = line.get("AccountCode") or line.get("Code")
        found = self._by_code.get(code) if code else None
        return found if found is not None else self.system("HISTORICAL")


def _non_recoverable(rate: Record) -> Decimal | None:
    parts = rate.get("TaxComponents") or ()
    total = sum((Decimal(part.get("Rate") or 0) for part in parts), Decimal(0))
    sunk = sum(
        (Decimal(part.get("Rate") or 0) for part in parts if part.get("IsNonRecoverable")),
        Decimal(0),
    )
    return sunk / total if sunk and total else None
