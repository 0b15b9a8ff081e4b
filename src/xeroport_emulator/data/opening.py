"""What every organisation has from its first day: accounts, tax rates, a theme, its owner.

The chart and the tax rates are the country's; system accounts exist only here, since Xero makes
them itself. Bank accounts, trade and the rest belong to the data sets.
"""

from __future__ import annotations

from xeroport_emulator.data.regions import COUNTRIES, AccountRow, Region, TaxRow, region
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.reporting import CLASS_OF, reporting_name
from xeroport_emulator.organisation.table import Record

_WITHOUT_CLAIMS = {"404", "416", "477", "478", "505"}
"""Costs that no expense claim is for."""


def open_books(organisation: Organisation) -> None:
    """Load the accounts, tax rates, standard theme and owner into a new organisation."""
    now = organisation.now()
    tables = organisation.tables
    here = region_of(organisation)
    tables["Account"].load(_account(organisation, here, row) for row in here.accounts)
    tables["TaxRate"].load(_tax_rate(here, row) for row in here.tax_rates)
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


def join_scheme(organisation: Organisation) -> None:
    """Add the accounts of the construction industry scheme; it cannot be left again."""
    here = region_of(organisation)
    for row in here.scheme_accounts:
        organisation.tables["Account"].add(_account(organisation, here, row))


def region_of(organisation: Organisation) -> Region:
    """The data of the organisation's country; New Zealand's for any without data of its own."""
    version = str(organisation.details["Version"])
    return region(version if version in COUNTRIES else "NZ")


def _account(organisation: Organisation, here: Region, row: AccountRow) -> Record:
    reporting = row.reporting or CLASS_OF[row.kind][:3]
    return {
        "AccountID": organisation.new_id(),
        "Code": row.code,
        "Name": row.name,
        "Type": row.kind,
        "Class": CLASS_OF[row.kind],
        "Status": "ACTIVE",
        "TaxType": row.tax_type,
        "Description": row.name,
        **({} if row.own else {"SystemAccount": row.system}),
        "EnablePaymentsToAccount": row.code in here.payments_to,
        "ShowInExpenseClaims": row.kind in ("EXPENSE", "OVERHEADS")
        and not row.system
        and row.code not in _WITHOUT_CLAIMS,
        "BankAccountType": "",
        "ReportingCode": reporting,
        "ReportingCodeName": reporting_name(reporting),
        "AddToWatchlist": False,
        "HasAttachments": False,
        "UpdatedDateUTC": organisation.now(),
    }


def _tax_rate(here: Region, row: TaxRow) -> Record:
    can = {
        "CanApplyToAssets": "A",
        "CanApplyToEquity": "E",
        "CanApplyToExpenses": "X",
        "CanApplyToLiabilities": "L",
        "CanApplyToRevenue": "R",
    }
    component = {
        "Name": here.tax_component,
        "Rate": row.percent,
        "IsCompound": False,
        "IsNonRecoverable": False,
    }
    return {
        "Name": row.name,
        "TaxType": row.tax_type,
        **({"ReportTaxType": row.report} if row.report else {}),
        **{field: letter in row.applies for field, letter in can.items()},
        "DisplayTaxRate": row.percent,
        "EffectiveRate": row.percent,
        "Status": row.status,
        "TaxComponents": [component],
    }
