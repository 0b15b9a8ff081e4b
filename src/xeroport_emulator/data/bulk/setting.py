"""The stage of a bulk organisation: contacts, items, banks, tracking, and what records share."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from xeroport_emulator.data import names
from xeroport_emulator.data.opening import region_of
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules import nested

LAST_DAY = date(2026, 10, 31)
"""The last day of trade."""

FOREIGN = "USD"
_DAYS = 3 * 365
_FOREIGN_SHARE = 0.06


class Cents(dict[int, Decimal]):
    """So many cents → the one object for that amount."""

    def __missing__(self, amount: int) -> Decimal:
        exact = self[amount] = Decimal(amount).scaleb(-2)
        return exact


class Setting:
    """What trade refers to. Equal amounts, dates and references are one object."""

    def __init__(self, organisation: Organisation, chance: random.Random, count: int) -> None:
        self.organisation = organisation
        self.days = _DAYS
        self.first = LAST_DAY - timedelta(days=_DAYS)
        self.region = region_of(organisation)
        self.currency = organisation.base_currency
        self.foreign_currency = FOREIGN if self.currency != FOREIGN else "CAD"
        self.one = Decimal(1)
        self.zero = Decimal("0.00")
        self.nothing: list[Record] = []
        self.customers: list[Record] = []
        self.suppliers: list[Record] = []
        self.foreign: set[str] = set()
        self.theme = next(iter(organisation.tables["BrandingTheme"]))["BrandingThemeID"]
        self._chance = chance
        self._count = count
        self.cents = Cents().__getitem__
        self._quantities = {n: Decimal(n).quantize(Decimal("1.0000")) for n in range(1, 41)}
        self._dates: dict[date, date] = {}
        self._rates: dict[date, Decimal] = {}
        self._starts: dict[date, datetime] = {}
        accounts = organisation.tables["Account"]
        self.accounts: dict[str, str] = {
            account["Code"]: account["AccountID"] for account in accounts
        }
        self._sold: list[tuple[Record, int]] = []
        self._bought: list[tuple[Record, names.Purchase]] = []
        self.bank: Record = {}
        self.savings: Record = {}
        self._tracking: list[list[Record]] = []
        self._percents = {rate.tax_type: int(rate.percent) for rate in self.region.tax_rates}
        self._untaxed = self.region.tax_type("ZERORATED")

    def key(self) -> str:
        """A new id, as text of a version 4 UUID."""
        text = f"{self._chance.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def on(self, day: date) -> date:
        """The one object for that day."""
        return self._dates.setdefault(day, day)

    def rate(self, day: date) -> Decimal:
        """How many dollars one unit of the base currency bought that day."""
        found = self._rates.get(day)
        if found is None:
            found = Decimal(610000 + day.toordinal() * 37 % 40000).scaleb(-6)
            self._rates[day] = found
        return found

    def stamp(self, chance: random.Random, day: date) -> datetime:
        """An instant of that day, in milliseconds."""
        start = self._starts.get(day)
        if start is None:
            start = self._starts[day] = datetime.combine(day, time(), UTC)
        return start + timedelta(milliseconds=chance.randrange(86_400_000))

    def load(self) -> None:
        """Load contacts, items, bank accounts, tracking and the foreign currency."""
        self._load_banks()
        self._load_tracking()
        self._load_items()
        self._load_contacts()
        self.organisation.tables["Currency"].load(
            [{"Code": self.foreign_currency, "Description": self.foreign_currency}]
        )
        self.organisation.rates[self.foreign_currency] = self.rate(LAST_DAY)

    def lines(
        self, chance: random.Random, *, sales: bool, taxed: bool = True
    ) -> tuple[list[Record], Decimal, Decimal]:
        """One to five lines, their net sum and their tax."""
        found, net, tax, cents = [], 0, 0, self.cents
        for _ in range(chance.choice((1, 2, 2, 3, 3, 3, 4, 5))):
            if sales:
                shared, price = chance.choice(self._sold)
                quantity = chance.randrange(1, 13)
            else:
                shared, purchase = chance.choice(self._bought)
                price = chance.randrange(purchase.least, purchase.most) * 100
                quantity = 1
            amount = price * quantity
            percent = self._percents[shared["TaxType"]]
            gst = (amount * percent + 50) // 100 if taxed else 0
            net, tax = net + amount, tax + gst
            found.append(
                {
                    **shared,
                    "LineItemID": self.key(),
                    "Quantity": self._quantities[quantity],
                    "UnitAmount": cents(price),
                    "LineAmount": cents(amount),
                    "TaxAmount": cents(gst),
                    "TaxType": shared["TaxType"] if taxed else self._untaxed,
                    "Tracking": chance.choice(self._tracking),
                }
            )
        return found, self.cents(net), self.cents(tax)

    def _load_banks(self) -> None:
        stamp = datetime.combine(self.first, time(9), UTC)
        banks: list[Record] = [
            {
                "AccountID": self.key(),
                "Code": self.region.code(code),
                "Name": name,
                "Type": "BANK",
                "Class": "ASSET",
                "Status": "ACTIVE",
                "TaxType": self.region.tax_types["none"],
                "SystemAccount": "",
                "EnablePaymentsToAccount": True,
                "ShowInExpenseClaims": False,
                "BankAccountNumber": number,
                "BankAccountType": "BANK",
                "CurrencyCode": self.currency,
                "AddToWatchlist": False,
                "HasAttachments": False,
                "UpdatedDateUTC": stamp,
            }
            for code, name, number in (
                ("090", "Business Account", "01-0123-0456789-00"),
                ("091", "Savings Account", "01-0123-0456789-25"),
            )
        ]
        self.organisation.tables["Account"].load(banks)
        self.bank, self.savings = (nested.account(bank) for bank in banks)

    def _load_tracking(self) -> None:
        category: Record = {
            "TrackingCategoryID": self.key(),
            "Name": "Region",
            "Status": "ACTIVE",
            "Options": [
                {"TrackingOptionID": self.key(), "Name": name, "Status": "ACTIVE"}
                for name in names.REGIONS
            ],
        }
        self.organisation.tables["TrackingCategory"].load([category])
        self._tracking = [
            [],
            *(
                [
                    {
                        "TrackingCategoryID": category["TrackingCategoryID"],
                        "TrackingOptionID": option["TrackingOptionID"],
                        "Name": category["Name"],
                        "Option": option["Name"],
                    }
                ]
                for option in category["Options"]
            ),
        ]

    def _load_items(self) -> None:
        items = []
        stamp = datetime.combine(self.first, time(10), UTC)
        for at in range(min(max(self._count // 200, len(names.WARES)), 500)):
            ware = names.WARES[at % len(names.WARES)]
            series = at // len(names.WARES)
            code = f"{ware.code}-{series:02d}" if series else ware.code
            name = f"{ware.name} ({series})" if series else ware.name
            item: dict[str, Any] = {
                "ItemID": self.key(),
                "Code": code,
                "Name": name,
                "Description": ware.description,
                "PurchaseDescription": ware.description,
                "IsTrackedAsInventory": False,
                "IsSold": True,
                "IsPurchased": bool(ware.cost),
                "SalesDetails": {
                    "UnitPrice": ware.price,
                    "AccountCode": ware.account,
                    "TaxType": "OUTPUT2",
                },
                "PurchaseDetails": (
                    {"UnitPrice": ware.cost, "AccountCode": "310", "TaxType": "INPUT2"}
                    if ware.cost
                    else {}
                ),
                "UpdatedDateUTC": stamp,
            }
            item = self.region.translated(item)
            items.append(item)
            shared = {
                "ItemCode": code,
                "Description": ware.description,
                "AccountCode": ware.account,
                "AccountID": self.accounts[self.region.code(ware.account)],
                "Item": {"ItemID": item["ItemID"], "Name": name, "Code": code},
                "TaxType": "OUTPUT2",
            }
            self._sold.append((self.region.translated(shared), int(ware.price.scaleb(2))))
        for purchase in names.PURCHASES:
            bought = {
                "Description": purchase.description,
                "AccountCode": purchase.account,
                "AccountID": self.accounts[self.region.code(purchase.account)],
                "TaxType": "INPUT2",
            }
            self._bought.append((self.region.translated(bought), purchase))
        self.organisation.tables["Item"].load(items)

    def _load_contacts(self) -> None:
        chance = self._chance
        contacts = []
        count = max(self._count // 20, 12)
        for at, name in enumerate(names.companies(chance, count)):
            first, last = names.person(chance)
            supplier = at % 5 == 4
            contact: Record = {
                "ContactID": self.key(),
                "ContactStatus": "ACTIVE",
                "ContactNumber": f"C{at + 1:06d}",
                "Name": name,
                "FirstName": first,
                "LastName": last,
                "EmailAddress": names.mailbox(name),
                "BankAccountDetails": "",
                "Addresses": [names.address(chance), {"AddressType": "POBOX"}],
                "Phones": [names.phone(chance)],
                "ContactPersons": self.nothing,
                "IsSupplier": supplier,
                "IsCustomer": not supplier,
                "HasAttachments": False,
                "UpdatedDateUTC": self.stamp(chance, self.first),
            }
            contacts.append(contact)
            (self.suppliers if supplier else self.customers).append(nested.contact(contact))
            if not supplier and chance.random() < _FOREIGN_SHARE:
                self.foreign.add(contact["ContactID"])
                contact["DefaultCurrency"] = self.foreign_currency
        self.organisation.tables["Contact"].load(contacts)
        groups = []
        for name, members in (("Customers", self.customers), ("Suppliers", self.suppliers)):
            group = {"ContactGroupID": self.key(), "Name": name, "Status": "ACTIVE"}
            groups.append({**group, "Contacts": members[:200]})
        self.organisation.tables["ContactGroup"].load(groups)
