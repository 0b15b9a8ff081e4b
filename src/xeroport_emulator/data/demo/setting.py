"""The stage of the demo: the company itself, banks, contacts, items, tracking, budget, people."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from xeroport_emulator.data import names
from xeroport_emulator.data.demo.story import FIRST_DAY, Story, one_line
from xeroport_emulator.organisation.table import Record

LOCKED = date(2024, 12, 31)
_CUSTOMERS, _ABROAD, _SUPPLIERS = 36, 6, 18


class Setting:
    """What there is before trade begins; other parts name it by id, code or name."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._contacts = 0
        self._company()
        self._money()
        self._tracking()
        self._items()
        chance = story.chance
        everyone = names.companies(chance, _CUSTOMERS + _ABROAD + _SUPPLIERS)
        self.customers = [self._contact(name) for name in everyone[:_CUSTOMERS]]
        self.abroad = [
            self._contact(name, currency=story.region.foreign_currency)
            for name in everyone[_CUSTOMERS : _CUSTOMERS + _ABROAD]
        ]
        self.suppliers = [
            self._contact(name, supplier=True) for name in everyone[_CUSTOMERS + _ABROAD :]
        ]
        self._groups()
        self._people()

    def close(self, day: date) -> None:
        """What is decided last: next year's budget, standing invoices, an archived contact."""
        self._budget(day)
        self._standing(day)
        self.story.write(
            "contacts.update",
            {"ContactStatus": "ARCHIVED"},
            ContactID=self._contact("Old Jetty Holdings Ltd"),
        )
        for name in ("Café Māhina & Sons", "Brødrene Åse & Co"):
            self._contact(name)
        self._tracked_item()
        self._lock()

    def _tracked_item(self) -> None:
        """Stock that is kept, of which there is none yet."""
        self.story.write(
            "items.create",
            {
                "Code": "TANK-S",
                "Name": "Steel tank, kept in stock",
                "InventoryAssetAccountCode": "630",
                "PurchaseDetails": {
                    "UnitPrice": Decimal("640.00"),
                    "COGSAccountCode": "310",
                    "TaxType": "INPUT2",
                },
                "SalesDetails": {
                    "UnitPrice": Decimal("980.00"),
                    "AccountCode": "200",
                    "TaxType": "OUTPUT2",
                },
            },
        )

    def _lock(self) -> None:
        """An account of old is archived, and the books of the first weeks are closed."""
        story = self.story
        account = story.write(
            "accounts.create",
            {"Code": "207", "Name": "Hire of Tanks", "Type": "REVENUE", "TaxType": "OUTPUT2"},
        )
        story.write("accounts.update", {"Status": "ARCHIVED"}, AccountID=account["AccountID"])
        story.organisation.amend(PeriodLockDate=LOCKED, EndOfYearLockDate=LOCKED)

    def _company(self) -> None:
        story, organisation = self.story, self.story.organisation
        organisation.amend(
            Name="Brightwater Systems",
            LegalName="Brightwater Systems Ltd",
            IsDemoCompany=True,
            Class="DEMO",
            RegistrationNumber="9429041234567",
            TaxNumber=story.region.tax_number,
            LineOfBusiness="Water systems",
            CreatedDateUTC=organisation.now(),
            PaymentTerms={
                "Bills": {"Day": 20, "Type": "OFFOLLOWINGMONTH"},
                "Sales": {"Day": 14, "Type": "DAYSAFTERBILLDATE"},
            },
            Addresses=[names.address(story.chance)],
            Phones=[names.phone(story.chance, "OFFICE")],
        )
        organisation.tables["BrandingTheme"].load(
            [
                {
                    "BrandingThemeID": organisation.new_id(),
                    "Name": "Service",
                    "Type": "INVOICE",
                    "SortOrder": 1,
                    "CreatedDateUTC": organisation.now(),
                }
            ]
        )

    def _money(self) -> None:
        write = self.story.write
        here = self.story.region
        foreign = here.foreign_currency
        write("currencies.create", {"Code": foreign})
        self.story.organisation.rates[foreign] = Decimal("0.92")
        for code, name, number, currency in (
            ("090", "Business Account", "01-0123-0456789-00", here.currency),
            ("091", "Savings Account", "01-0123-0456789-25", here.currency),
            ("092", "Foreign Currency Account", "082-991-456789123", foreign),
        ):
            write(
                "accounts.create",
                {
                    "Code": here.code(code),
                    "Name": name,
                    "Type": "BANK",
                    "BankAccountNumber": number,
                    "CurrencyCode": currency,
                },
            )
        service = write(
            "payment_services.create",
            {
                "PaymentServiceName": "Card by mail",
                "PaymentServiceUrl": "https://pay.example.com/?invoice=[INVOICENUMBER]",
                "PayNowText": "Pay by card",
            },
        )
        theme = next(iter(self.story.organisation.tables["BrandingTheme"]))
        write(
            "branding_themes.payment_services.add",
            {"PaymentServiceID": service["PaymentServiceID"]},
            BrandingThemeID=theme["BrandingThemeID"],
        )

    def _tracking(self) -> None:
        write = self.story.write
        for name, options in (("Region", names.REGIONS), ("Team", names.TEAMS)):
            category = write("tracking_categories.create", {"Name": name})
            for option in options:
                write(
                    "tracking_categories.options.create",
                    {"Name": option},
                    TrackingCategoryID=category["TrackingCategoryID"],
                )

    def _items(self) -> None:
        for ware in names.WARES:
            item: Record = {
                "Code": ware.code,
                "Name": ware.name,
                "Description": ware.description,
                "SalesDetails": {
                    "UnitPrice": ware.price,
                    "AccountCode": ware.account,
                    "TaxType": "OUTPUT2",
                },
            }
            if ware.cost:
                item["PurchaseDescription"] = ware.description
                item["PurchaseDetails"] = {
                    "UnitPrice": ware.cost,
                    "AccountCode": "310",
                    "TaxType": "INPUT2",
                }
            self.story.write("items.create", item)

    def _contact(self, name: str, *, supplier: bool = False, currency: str = "") -> str:
        """A new contact; its id."""
        chance = self.story.chance
        first, last = names.person(chance)
        self._contacts += 1
        contact: Record = {
            "Name": name,
            "ContactNumber": f"BW-{self._contacts:04d}",
            "FirstName": first,
            "LastName": last,
            "EmailAddress": names.mailbox(name),
            "Addresses": [names.address(chance), names.address(chance, "POBOX")],
            "Phones": [names.phone(chance), names.phone(chance, "MOBILE")],
        }
        if currency:
            contact["DefaultCurrency"] = currency
        if supplier:
            contact["Addresses"] = contact["Addresses"][:1]  # Xero shows the other kind empty
            contact["BankAccountDetails"] = f"01-0{chance.randrange(100, 999)}-0987654-00"
            contact["AccountNumber"] = f"S{chance.randrange(1000, 9999)}{len(name)}"
        elif self._contacts % 3 == 0:
            contact["AccountNumber"] = f"C{self._contacts:05d}"
        if not supplier and self.story.happens(0.4):
            other, surname = names.person(chance)
            contact["ContactPersons"] = [
                {
                    "FirstName": other,
                    "LastName": surname,
                    "EmailAddress": f"{other.lower()}.{surname.lower()}@example.com",
                    "IncludeInEmails": True,
                }
            ]
        return str(self.story.write("contacts.create", contact)["ContactID"])

    def _groups(self) -> None:
        write = self.story.write
        for name, members in (
            ("Service contracts", self.customers[:14]),
            ("Australia", self.abroad),
            ("Preferred suppliers", self.suppliers[:6]),
        ):
            group = write("contact_groups.create", {"Name": name})
            for member in members:
                write(
                    "contact_groups.contacts.add",
                    {"ContactID": member},
                    ContactGroupID=group["ContactGroupID"],
                )

    def _people(self) -> None:
        organisation = self.story.organisation
        organisation.tables["User"].load(
            {
                "UserID": organisation.new_id(),
                "EmailAddress": f"{first.lower()}@example.com",
                "FirstName": first,
                "LastName": last,
                "IsSubscriber": False,
                "OrganisationRole": role,
                "UpdatedDateUTC": organisation.now(),
            }
            for first, last, role in (
                ("Mere", "Paewai", "STANDARD"),
                ("Lars", "Dawes", "INVOICEONLY"),
            )
        )

    def _budget(self, day: date) -> None:
        """The overall budget: the running and the next financial year by month."""
        organisation = self.story.organisation
        planned = (
            ("200", 62_000),
            ("205", 9_000),
            ("220", 6_500),
            ("310", 31_000),
            ("325", 1_900),
            ("400", 700),
            ("449", 900),
            ("469", 2_100),
            ("477", 13_500),
            ("489", 280),
        )
        months = [date(2026 + (3 + at) // 12, (3 + at) % 12 + 1, 1) for at in range(24)]
        accounts = organisation.tables["Account"]
        lines = []
        for code, amount in planned:
            code = self.story.region.code(code)
            account = accounts.first("Code", code)
            if account is None:
                continue
            lines.append(
                {
                    "AccountID": account["AccountID"],
                    "AccountCode": code,
                    "BudgetBalances": [
                        {
                            "Period": month,
                            "Amount": Decimal(amount + amount // 100 * at),
                            "Notes": "" if at else "Agreed in March",
                        }
                        for at, month in enumerate(months)
                    ],
                }
            )
        organisation.tables["Budget"].load(
            [
                {
                    "BudgetID": organisation.new_id(),
                    "Type": "OVERALL",
                    "Status": "APPROVED",
                    "Description": "Overall Budget",
                    "BudgetLines": lines,
                    "Tracking": [],
                    "UpdatedDateUTC": organisation.now(),
                }
            ]
        )

    def _standing(self, day: date) -> None:
        """Yearly service for some customers, invoiced by itself every month."""
        start = FIRST_DAY.replace(year=day.year) + timedelta(days=30)
        for customer in self.customers[:6]:
            ends = {"EndDate": start + timedelta(days=365)} if customer == self.customers[0] else {}
            self.story.write(
                "repeating_invoices.create",
                {
                    "Type": "ACCREC",
                    "Contact": {"ContactID": customer},
                    "Schedule": {
                        "Period": 1,
                        "Unit": "MONTHLY",
                        "DueDate": 20,
                        "DueDateType": "OFFOLLOWINGMONTH",
                        "StartDate": start,
                        **ends,
                    },
                    "LineItems": [
                        one_line(
                            "Water system on subscription",
                            self.story.between(60, 240),
                            "220",
                            "OUTPUT2",
                        )
                    ],
                    "LineAmountTypes": "Exclusive",
                    "Reference": "Subscription",
                    "Status": "AUTHORISED",
                },
            )
