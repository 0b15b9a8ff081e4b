"""What differs by country: one file of data each, and what reads them.

Tax rates, charts and settings of new organisations in the four countries that custom connections
exist in.
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec import Struct, convert

from xeroport_emulator.organisation.country import ReportingHabits, TaxReturn
from xeroport_emulator.organisation.table import Record

COUNTRIES: Final = {"NZ": "nz", "AU": "au", "UK": "uk", "US": "us"}
"""Xero's name of a country's version → its file."""

_CODE_KEYS = {"AccountCode", "COGSAccountCode", "InventoryAssetAccountCode"}
_ACCOUNT_KEYS = {"Account", "BankAccount", "FromBankAccount", "ToBankAccount"}


class TaxRow(Struct, frozen=True):
    """One tax rate; `applies` has the first letters of Assets, Equity, eXpenses, Liabilities and
    Revenue, `report` is empty where the country has no such thing."""

    name: str
    tax_type: str
    percent: Decimal
    report: str
    applies: str
    status: str = "ACTIVE"


class AccountRow(Struct, frozen=True):
    """One account of the chart; `own` are those that the company made later."""

    code: str
    name: str
    kind: str
    tax_type: str
    reporting: str = ""
    system: str = ""
    own: bool = False


class Region(Struct, frozen=True):
    """A country's data, as its file has it."""

    country: str
    version: str
    currency: str
    zone: str
    financial_year_end: tuple[int, int]
    sales_tax_basis: str
    sales_tax_period: str
    default_tax: str
    tax_number_name: str
    tax_number: str
    tax_component: str
    foreign_currency: str
    payments_to: tuple[str, ...]
    tax_rates: tuple[TaxRow, ...]
    accounts: tuple[AccountRow, ...]
    tax_types: dict[str, str]
    account_codes: dict[str, str]
    report_words: dict[str, str]
    compared_years: int = 1
    scheme_accounts: tuple[AccountRow, ...] = ()
    boxes_1099: dict[str, str] = {}
    tax_return: TaxReturn | None = None

    def __repr__(self) -> str:
        return f"<Region {self.country}>"

    @property
    def reporting(self) -> ReportingHabits:
        """How its reports look."""
        return ReportingHabits(
            self.report_words, self.compared_years, self.tax_return, self.boxes_1099
        )

    @property
    def details(self) -> Record:
        """The fields of an organisation's own record that the country decides."""
        day, month = self.financial_year_end
        return {
            "Version": self.version,
            "CountryCode": self.country,
            "FinancialYearEndDay": day,
            "FinancialYearEndMonth": month,
            "SalesTaxBasis": self.sales_tax_basis,
            "SalesTaxPeriod": self.sales_tax_period,
            "DefaultSalesTax": self.default_tax,
            "DefaultPurchasesTax": self.default_tax,
            "TaxNumberName": self.tax_number_name,
            "Timezone": self.zone,
        }

    def code(self, code: str) -> str:
        """The account here that does what this code of New Zealand's chart does there."""
        return self.account_codes.get(code, code)

    def tax_type(self, tax_type: str) -> str:
        """The tax type here that does what New Zealand's does."""
        nz = region("NZ").tax_types
        use = next((name for name, each in nz.items() if each == tax_type), None)
        return self.tax_types[use] if use is not None else tax_type

    def percent(self, tax_type: str) -> Decimal:
        """The percent of a tax type here."""
        return next(rate.percent for rate in self.tax_rates if rate.tax_type == tax_type)

    def translated(self, value: Any) -> Any:
        """An element of a write, made for New Zealand, with this country's codes."""
        if self is region("NZ"):
            return value
        if isinstance(value, list | tuple):
            return [self.translated(item) for item in value]
        if not isinstance(value, dict):
            return value
        translated: Record = {}
        for key, field in value.items():
            if key in _CODE_KEYS and isinstance(field, str):
                translated[key] = self.code(field)
            elif key == "TaxType" and isinstance(field, str):
                translated[key] = self.tax_type(field)
            elif key in _ACCOUNT_KEYS and isinstance(field, dict) and "Code" in field:
                translated[key] = {**field, "Code": self.code(field["Code"])}
            else:
                translated[key] = self.translated(field)
        return translated


@cache
def region(name: str) -> Region:
    """The data of a country by Xero's name of it: `NZ`, `AU`, `UK` or `US`; ValueError for any
    other."""
    if name not in COUNTRIES:
        raise ValueError(
            f"there is no country `{name}`; use {', '.join(f'`{c}`' for c in COUNTRIES)}"
        )
    text = Path(__file__).with_name(f"{COUNTRIES[name]}.toml").read_text("utf-8")
    values = tomllib.loads(text)
    values["financial_year_end"] = tuple(values["financial_year_end"])
    values["payments_to"] = tuple(values["payments_to"])
    values["tax_rates"] = tuple(_tax_row(line) for line in _lines(values["tax_rates"]))
    chart = [_account_row(line) for line in _lines(values["accounts"])]
    own = [_account_row(line, own=True) for line in _lines(values.pop("own_accounts"))]
    held = values.get("scheme_accounts", "")
    values["scheme_accounts"] = tuple(_account_row(line) for line in _lines(held))
    if "tax_return" in values:
        values["tax_return"] = convert(values["tax_return"], TaxReturn)
    values["accounts"] = tuple(sorted((*chart, *own), key=lambda each: each.code))
    return Region(**values)


def _lines(text: str) -> list[str]:
    return [line for line in text.strip().splitlines() if line]


def _account_row(line: str, *, own: bool = False) -> AccountRow:
    code, name, kind, tax_type, *rest = line.split("|")
    reporting, system = (*rest, "", "")[:2]
    return AccountRow(code, name, kind, tax_type, reporting, system, own)


def _tax_row(line: str) -> TaxRow:
    name, tax_type, percent, report, applies, *status = line.split("|")
    exact = Decimal(percent).quantize(Decimal("0.0001"))
    return TaxRow(name, tax_type, exact, report, applies, *status)
