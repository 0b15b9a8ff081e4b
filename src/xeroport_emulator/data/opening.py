"""What every organisation has from its first day: accounts, tax rates, a theme, its owner.

A small company's chart in the manner of New Zealand; system accounts exist only here, since Xero
makes them itself. Bank accounts, trade and the rest belong to the data sets.
"""

from __future__ import annotations

from decimal import Decimal

from xeroport_emulator.accounting.chart import class_of
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

_SALES, _COSTS, _NO_TAX = "OUTPUT2", "INPUT2", "NONE"

_ACCOUNTS = (
    ("200", "Sales", "REVENUE", _SALES, ""),
    ("205", "Installation", "REVENUE", _SALES, ""),
    ("220", "Repairs and Service", "REVENUE", _SALES, ""),
    ("260", "Other Revenue", "REVENUE", _SALES, ""),
    ("270", "Interest Income", "OTHERINCOME", _NO_TAX, ""),
    ("310", "Cost of Goods Sold", "DIRECTCOSTS", _COSTS, ""),
    ("325", "Freight Inwards", "DIRECTCOSTS", _COSTS, ""),
    ("400", "Advertising", "EXPENSE", _COSTS, ""),
    ("404", "Bank Fees", "EXPENSE", _NO_TAX, ""),
    ("408", "Cleaning", "EXPENSE", _COSTS, ""),
    ("412", "Consulting and Accounting", "EXPENSE", _COSTS, ""),
    ("416", "Depreciation", "DEPRECIATN", _NO_TAX, ""),
    ("420", "Entertainment", "EXPENSE", _COSTS, ""),
    ("425", "Freight and Courier", "EXPENSE", _COSTS, ""),
    ("429", "General Expenses", "EXPENSE", _COSTS, ""),
    ("433", "Insurance", "EXPENSE", _COSTS, ""),
    ("437", "Interest Expense", "EXPENSE", _NO_TAX, ""),
    ("441", "Legal Expenses", "EXPENSE", _COSTS, ""),
    ("445", "Light, Power, Heating", "EXPENSE", _COSTS, ""),
    ("449", "Motor Vehicle Expenses", "EXPENSE", _COSTS, ""),
    ("453", "Office Expenses", "EXPENSE", _COSTS, ""),
    ("461", "Printing and Stationery", "EXPENSE", _COSTS, ""),
    ("469", "Rent", "OVERHEADS", _COSTS, ""),
    ("473", "Repairs and Maintenance", "EXPENSE", _COSTS, ""),
    ("477", "Salaries", "EXPENSE", _NO_TAX, ""),
    ("485", "Subscriptions", "EXPENSE", _COSTS, ""),
    ("489", "Telephone and Internet", "EXPENSE", _COSTS, ""),
    ("493", "Travel", "EXPENSE", _COSTS, ""),
    ("497", "Bank Revaluations", "EXPENSE", _NO_TAX, "BANKCURRENCYGAIN"),
    ("498", "Unrealised Currency Gains", "EXPENSE", _NO_TAX, "UNREALISEDCURRENCYGAIN"),
    ("499", "Realised Currency Gains", "EXPENSE", _NO_TAX, "REALISEDCURRENCYGAIN"),
    ("505", "Income Tax Expense", "EXPENSE", _NO_TAX, ""),
    ("610", "Accounts Receivable", "CURRENT", _NO_TAX, "DEBTORS"),
    ("620", "Prepayments", "CURRENT", _NO_TAX, ""),
    ("630", "Inventory", "INVENTORY", _NO_TAX, ""),
    ("710", "Office Equipment", "FIXED", _COSTS, ""),
    ("711", "Less Accumulated Depreciation on Office Equipment", "FIXED", _NO_TAX, ""),
    ("720", "Computer Equipment", "FIXED", _COSTS, ""),
    ("721", "Less Accumulated Depreciation on Computer Equipment", "FIXED", _NO_TAX, ""),
    ("800", "Accounts Payable", "CURRLIAB", _NO_TAX, "CREDITORS"),
    ("801", "Unpaid Expense Claims", "CURRLIAB", _NO_TAX, "UNPAIDEXPCLM"),
    ("803", "Wages Payable", "CURRLIAB", _NO_TAX, "WAGEPAYABLES"),
    ("820", "GST", "CURRLIAB", _NO_TAX, "GST"),
    ("825", "Employee Tax Payable", "CURRLIAB", _NO_TAX, ""),
    ("830", "Income Tax", "CURRLIAB", _NO_TAX, ""),
    ("835", "Customer Deposits", "CURRLIAB", _NO_TAX, ""),
    ("840", "Historical Adjustment", "CURRLIAB", _NO_TAX, "HISTORICAL"),
    ("850", "Suspense", "CURRLIAB", _NO_TAX, ""),
    ("860", "Rounding", "CURRLIAB", _NO_TAX, "ROUNDING"),
    ("877", "Tracking Transfers", "CURRLIAB", _NO_TAX, "TRACKINGTRANSFERS"),
    ("900", "Loan", "TERMLIAB", _NO_TAX, ""),
    ("960", "Retained Earnings", "EQUITY", _NO_TAX, "RETAINEDEARNINGS"),
    ("970", "Owner Funds Introduced", "EQUITY", _NO_TAX, ""),
    ("980", "Owner Drawings", "EQUITY", _NO_TAX, ""),
)
"""Code, name, type, tax type, system account."""

_PAYABLE_FROM = {"970", "980"}
_CLAIMABLE = {"400", "420", "425", "429", "449", "453", "461", "485", "489", "493"}

_TAX_RATES = (
    ("15% GST on Expenses", _COSTS, Decimal("15.0000"), "INPUT", False),
    ("15% GST on Income", _SALES, Decimal("15.0000"), "OUTPUT", True),
    ("GST on Imports", "GSTONIMPORTS", Decimal("0.0000"), "GSTONIMPORTS", False),
    ("No GST", _NO_TAX, Decimal("0.0000"), "NONE", None),
    ("Zero Rated", "ZERORATED", Decimal("0.0000"), "ZERORATEDOUTPUT", True),
)
"""Name, tax type, percent, where it is reported, for income (None: for both)."""


def open_books(organisation: Organisation) -> None:
    """Load the accounts, tax rates, standard theme and owner into a new organisation."""
    now = organisation.now()
    tables = organisation.tables
    tables["Account"].load(
        {
            "AccountID": organisation.new_id(),
            "Code": code,
            "Name": name,
            "Type": kind,
            "Class": class_of(kind),
            "Status": "ACTIVE",
            "TaxType": tax,
            "SystemAccount": system,
            "EnablePaymentsToAccount": code in _PAYABLE_FROM,
            "ShowInExpenseClaims": code in _CLAIMABLE,
            "BankAccountType": "",
            "AddToWatchlist": False,
            "HasAttachments": False,
            "UpdatedDateUTC": now,
        }
        for code, name, kind, tax, system in _ACCOUNTS
    )
    tables["TaxRate"].load(map(_tax_rate, _TAX_RATES))
    tables["BrandingTheme"].load(
        [
            {
                "BrandingThemeID": organisation.new_id(),
                "Name": "Standard",
                "Type": "INVOICE",
                "SortOrder": 0,
                "CreatedDateUTC": now,
            }
        ]
    )
    tables["User"].load(
        [
            {
                "UserID": organisation.new_id(),
                "EmailAddress": "owner@example.com",
                "FirstName": "Robin",
                "LastName": "Tahere",
                "IsSubscriber": True,
                "OrganisationRole": "FINANCIALADVISER",
                "UpdatedDateUTC": now,
            }
        ]
    )


def _tax_rate(row: tuple[str, str, Decimal, str, bool | None]) -> Record:
    name, tax_type, percent, report, income = row
    return {
        "Name": name,
        "TaxType": tax_type,
        "ReportTaxType": report,
        "Status": "ACTIVE",
        "CanApplyToAssets": income is not True,
        "CanApplyToEquity": income is None,
        "CanApplyToExpenses": income is not True,
        "CanApplyToLiabilities": income is None,
        "CanApplyToRevenue": income is not False,
        "DisplayTaxRate": percent,
        "EffectiveRate": percent,
        "TaxComponents": [
            {"Name": "GST", "Rate": percent, "IsCompound": False, "IsNonRecoverable": False}
        ],
    }
