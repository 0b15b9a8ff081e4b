"""The organisation the emulator keeps: tables of records, changed together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from xeroport.catalogue import load
from xeroport.clock import Clock
from xeroport_emulator.organisation import stock
from xeroport_emulator.organisation.balances import contact_balances
from xeroport_emulator.organisation.country import ReportingHabits
from xeroport_emulator.organisation.currencies import currency_name
from xeroport_emulator.organisation.table import Record, Table, words

TABLES = words(
    "Account BankTransaction BankTransfer BatchPayment BrandingTheme Budget Contact ContactGroup "
    "CreditNote Currency Employee ExpenseClaim Invoice Item Journal LinkedTransaction "
    "ManualJournal Organisation Overpayment Payment PaymentService Prepayment PurchaseOrder "
    "Quote Receipt RepeatingInvoice TaxRate TrackingCategory User"
)
"""The record types with a table of their own."""

ZONES = {
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "GMTSTANDARDTIME": "Europe/London",
    "EASTERNSTANDARDTIME": "America/New_York",
    "UTC": "UTC",
}
"""Xero's name of a time zone → the usual one."""

Committed = Callable[[Table, Record | None, Record | None], None]


class Organisation:
    """One organisation's books as records.

    Field names that begin with `_` are the emulator's own and are never shown. `rates` says how
    many units of a currency one unit of the base currency buys, for documents without a rate.
    `reporting` is how the country's reports look. `archived_names` is the switch of that name.
    `derived` holds what is made of the tables when first asked for, such as the books.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        base_currency: str = "NZD",
        country: str = "NZ",
        seed: int = 0,
        rates: dict[str, Decimal] | None = None,
    ) -> None:
        self.clock = clock
        self.catalogue = load()
        self.tables = {name: Table(name, self.catalogue.record(name).key[0]) for name in TABLES}
        self.rates = dict(rates or {})
        self.reporting = ReportingHabits()
        self.counters: dict[str, int] = {}
        self.listeners: list[Committed] = []
        self.derived: dict[type, Any] = {}
        self.archived_names = "refused"
        self._seed = seed
        self._open: list[tuple[Table, Record | None, Record | None]] | None = None
        for table in self.tables.values():
            table.listeners.append(self._changed)
        self.tables["Organisation"].load(
            [
                {
                    "OrganisationID": self.new_id(),
                    "Name": "Xeroport Demo",
                    "LegalName": "Xeroport Demo",
                    "PaysTax": True,
                    "Version": {"GB": "UK"}.get(country, country)
                    if country in ("AU", "GB", "NZ", "US")
                    else "GLOBAL",
                    "OrganisationType": "COMPANY",
                    "OrganisationEntityType": "COMPANY",
                    "BaseCurrency": base_currency,
                    "CountryCode": country,
                    "IsDemoCompany": False,
                    "OrganisationStatus": "ACTIVE",
                    "FinancialYearEndDay": 31,
                    "FinancialYearEndMonth": 3,
                    "SalesTaxBasis": "PAYMENTS",
                    "SalesTaxPeriod": "TWOMONTHS",
                    "DefaultSalesTax": "Tax Exclusive",
                    "DefaultPurchasesTax": "Tax Exclusive",
                    "CreatedDateUTC": self.now(),
                    "Timezone": "NEWZEALANDSTANDARDTIME",
                    "ShortCode": "!xp" + str(seed).rjust(3, "0"),
                    "Class": "STANDARD",
                    "Edition": "BUSINESS",
                    "Addresses": [],
                    "Phones": [],
                    "ExternalLinks": [],
                    "PaymentTerms": {},
                }
            ]
        )
        currency = {"Code": base_currency, "Description": currency_name(base_currency)}
        self.tables["Currency"].load([currency])

    @property
    def details(self) -> Record:
        """The one record of the organisation itself: name, base currency, lock dates …"""
        return self.tables["Organisation"].only()

    def amend(self, **fields: Any) -> None:
        """Change fields of the organisation's own record, such as `PeriodLockDate`."""
        self.tables["Organisation"].replace({**self.details, **fields})

    @property
    def beginning(self) -> str:
        """What it was made with: organisations that begin alike become alike by the same writes."""
        details = {name: value for name, value in self.details.items() if name != "CreatedDateUTC"}
        return repr((self._seed, self.counters, self.rates, details))

    def take_over(self, other: Organisation) -> None:
        """Hold what another organisation holds; neither changes with the other, since records are
        never changed in place."""
        for name, table in self.tables.items():
            table.take_over(other.tables[name])
        self.rates = dict(other.rates)
        self.counters = dict(other.counters)

    @property
    def base_currency(self) -> str:
        """The currency the books are kept in."""
        return str(self.details["BaseCurrency"])

    @property
    def no_tax(self) -> str:
        """The tax type of lines without tax; Australia has had no `NONE` since 2013."""
        rate = self.tables["TaxRate"].get("NONE")
        return "NONE" if rate is None or rate.get("Status") == "ACTIVE" else "BASEXCLUDED"

    @property
    def locked_until(self) -> date | None:
        """The last day of the locked period: nothing dated on it or before may change."""
        details = self.details
        dates = [details.get("PeriodLockDate"), details.get("EndOfYearLockDate")]
        return max((each for each in dates if each is not None), default=None)

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's time zone."""
        return ZoneInfo(ZONES.get(str(self.details["Timezone"]), "UTC"))

    def now(self) -> datetime:
        """The clock's instant in whole milliseconds."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def today(self) -> date:
        """The calendar date now, UTC."""
        return self.now().date()

    def new_id(self) -> str:
        """A new id; the same sequence for the same seed, going on where `counters` stand."""
        count = self.counters["id"] = self.counters.get("id", 0) + 1
        digest = blake2b(b"%d %d" % (self._seed, count), digest_size=16).hexdigest()
        variant = "89ab"[int(digest[16], 16) & 3]
        return (
            f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:]}"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Changes inside the block happen together; an exception takes all of them back."""
        self._open = []
        counters = dict(self.counters)
        try:
            yield
        except BaseException:
            self._undo(counters)
            raise
        self._commit()

    def save(self, table: str, record: Record, *, bump: bool = True) -> Record:
        """Add or replace a record; `bump` moves its UpdatedDateUTC, where it has one. Documents
        move the stock of the tracked items on their lines."""
        target = self.tables[table]
        if table in ("Invoice", "CreditNote", "BankTransaction"):
            record = stock.moved(self, target.get(record[target.key]), record)
        if bump and "UpdatedDateUTC" in self.catalogue.record(table).by_name:
            record = {**record, "UpdatedDateUTC": self.now()}
        elif bump and table == "BankTransfer":
            record = {**record, "_SavedDateUTC": self.now()}
        if record[target.key] in target:
            target.replace(record)
        else:
            target.add(record)
        return record

    def balances(self, contact_id: str) -> Record | None:
        """What a contact owes and is owed, base currency; None if nothing was ever approved."""
        return contact_balances(self.tables, contact_id, self.today())

    def groups_of(self, contact_id: str) -> list[Record]:
        """The contact groups a contact is a member of, without their members."""
        return [
            {key: value for key, value in group.items() if key != "Contacts"}
            for group in self.tables["ContactGroup"]
            if group["Status"] == "ACTIVE"
            and any(each["ContactID"] == contact_id for each in group.get("Contacts", ()))
        ]

    def _changed(self, table: Table, before: Record | None, after: Record | None) -> None:
        if self._open is not None:
            self._open.append((table, before, after))
        else:
            self._tell(table, before, after)

    def _tell(self, table: Table, before: Record | None, after: Record | None) -> None:
        for listener in self.listeners:
            listener(table, before, after)

    def _commit(self) -> None:
        done, self._open = self._open or [], None
        for table, before, after in done:
            self._tell(table, before, after)

    def _undo(self, counters: dict[str, int]) -> None:
        done, self._open = self._open or [], []
        for table, before, after in reversed(done):
            if before is None and after is not None:
                table.remove(after[table.key])
            elif before is not None and after is None:
                table.add(before)
            elif before is not None:
                table.replace(before)
        self._open = None
        self.counters = counters
