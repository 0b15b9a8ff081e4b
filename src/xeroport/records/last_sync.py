"""What the last sync saw of an organisation, for checks before anything is sent.

Names and codes are looked up with their status: an archived account is not an account to post to.
What was never synced is None, and then nothing is said about it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from xeroport.errors import XeroportError
from xeroport.plurals import counted

Read = Callable[[str], Iterable[Sequence[Any]]]
"""Answers a query over the tables of one instance; XeroportError where a table is not there."""
CLASSES = ("ASSET", "EQUITY", "EXPENSE", "LIABILITY", "REVENUE")
IN_BRACKETS = re.compile(r"\s*\(\d+(?:\.\d+)?%\)$")
ACTIVE = "ACTIVE"
QUERIES = {
    "accounts": "SELECT code, name, type, class, status, tax_type, account_id, system_account, "
    "_synced_at FROM account WHERE _deleted_at IS NULL",
    "contacts": "SELECT contact_id, name, contact_number, contact_status, _synced_at FROM contact "
    "WHERE _deleted_at IS NULL",
    "tax rates": "SELECT name, tax_type, status, effective_rate, can_apply_to_assets, "
    "can_apply_to_equity, can_apply_to_expenses, can_apply_to_liabilities, can_apply_to_revenue, "
    "_synced_at FROM tax_rate WHERE _deleted_at IS NULL",
    "tracking": "SELECT c.name, c.status, o.name, o.status, c._synced_at FROM tracking_category c "
    "LEFT JOIN tracking_category_option o ON o.tracking_category_id = c.tracking_category_id "
    "AND o._deleted_at IS NULL WHERE c._deleted_at IS NULL",
    "items": "SELECT code, _synced_at FROM item WHERE _deleted_at IS NULL",
    "currencies": "SELECT code, _synced_at FROM currency WHERE _deleted_at IS NULL",
    "organisation": "SELECT base_currency, period_lock_date, end_of_year_lock_date, country_code, "
    "_synced_at FROM organisation WHERE _deleted_at IS NULL",
}

TABLES = frozenset(
    {
        *("account", "contact", "currency", "item", "organisation", "tax_rate"),
        *("tracking_category", "tracking_category_option"),
    }
)
"""The tables that they are about."""


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account of the chart; `account_class` is one of `CLASSES`."""

    code: str
    name: str
    type: str
    account_class: str
    status: str
    tax_type: str | None = None
    account_id: str | None = None
    system: str | None = None

    @property
    def shown(self) -> str:
        """The account as messages name it."""
        return f"`{self.code}` ({self.name})"


@dataclass(frozen=True, slots=True)
class KnownContact:
    """A contact: its id, name and status."""

    contact_id: str
    name: str
    number: str | None
    status: str


@dataclass(frozen=True, slots=True)
class KnownTaxRate:
    """A tax rate; `classes` are those of the accounts it may stand with, None if not known."""

    name: str
    tax_type: str
    status: str
    rate: Decimal | None = None
    classes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """The lists of the last sync; None where a list was not synced.

    `tracking` is category → (status, option → status), by folded names. `place` is where they
    were read, `as_of` the oldest moment that any of them was read from Xero.
    """

    accounts: Mapping[str, KnownAccount] | None = None
    contacts: tuple[KnownContact, ...] | None = None
    tax_rates: tuple[KnownTaxRate, ...] | None = None
    tracking: Mapping[str, tuple[str, Mapping[str, str]]] | None = None
    items: frozenset[str] | None = None
    currencies: frozenset[str] | None = None
    base_currency: str | None = None
    lock_date: date | None = None
    country: str | None = None
    place: str | None = None
    as_of: datetime | None = None
    contact_ids: Mapping[str, KnownContact] = field(default_factory=dict)
    contact_names: Mapping[str, tuple[KnownContact, ...]] = field(default_factory=dict)

    @property
    def has_lists_of_lines(self) -> bool:
        """Whether there is a list of something that lines name."""
        return not (self.accounts is None and self.items is None and self.tracking is None)

    def account_of(self, account_id: str) -> KnownAccount | None:
        """The account of an id."""
        accounts = (self.accounts or {}).values()
        return next((account for account in accounts if account.account_id == account_id), None)

    def rates_called(self, name: str) -> tuple[KnownTaxRate, ...]:
        """The tax rates of a name, with or without the per cent that some regions write after it;
        the active ones where there are any."""
        if not self.tax_rates:
            return ()
        folded = fold(name)
        bare = IN_BRACKETS.sub("", folded)
        rates = self.tax_rates
        same = [rate for rate in rates if fold(rate.name) == folded] or [
            rate for rate in rates if IN_BRACKETS.sub("", fold(rate.name)) == bare
        ]
        return tuple(rate for rate in same if rate.status == ACTIVE) or tuple(same)

    def rate(self, tax_type: str) -> KnownTaxRate | None:
        """The tax rate of a code."""
        same = [rate for rate in self.tax_rates or () if rate.tax_type == tax_type]
        active = [rate for rate in same if rate.status == ACTIVE]
        return next(iter(active or same), None)

    def age(self, now: datetime) -> str | None:
        """Where the lists are from and how old they are, in words."""
        if self.place is None or self.as_of is None:
            return None
        minutes = max(int((now - self.as_of).total_seconds() // 60), 0)
        number, word = minutes, "minute"
        for size, unit in ((60, "hour"), (1440, "day")):
            if minutes >= size:
                number, word = minutes // size, unit
        old = counted(number, word) if minutes else "less than a minute"
        return f"checked against what was synced into `{self.place}`, as of {old} ago"


def fold(name: str) -> str:
    """A name as Xero compares it: without case, blanks are one blank, and an accent is the same
    however it is encoded."""
    plain = " ".join(name.split()).casefold()
    return plain if plain.isascii() else unicodedata.normalize("NFC", plain)


def read_known(read: Read, place: str) -> Known:
    """The lists of the last sync, through queries on the destination."""
    moments: list[datetime] = []

    def rows(name: str) -> list[tuple[Any, ...]] | None:
        try:
            known_rows = [tuple(row) for row in read(QUERIES[name])]
        except XeroportError:
            return None
        seen = [row[-1] for row in known_rows if isinstance(row[-1], datetime)]
        if seen:
            latest = max(moment.replace(tzinfo=moment.tzinfo or UTC) for moment in seen)
            moments.append(latest)
        return [row[:-1] for row in known_rows] or None

    accounts = rows("accounts")
    contacts = rows("contacts")
    rates = rows("tax rates")
    tracking = rows("tracking")
    items = rows("items")
    currencies = rows("currencies")
    organisation = rows("organisation")
    known_contacts = None if contacts is None else tuple(_contact(row) for row in contacts)
    first = (organisation or [(None, None, None, None)])[0]
    locks = [value for value in first[1:3] if isinstance(value, date)]
    by_name: dict[str, list[KnownContact]] = {}
    for contact in known_contacts or ():
        by_name.setdefault(fold(contact.name), []).append(contact)
    return Known(
        accounts=None if accounts is None else _accounts(accounts),
        contacts=known_contacts,
        tax_rates=None if rates is None else tuple(_rate(row) for row in rates),
        tracking=None if tracking is None else _tracking(tracking),
        items=None if items is None else frozenset(str(row[0]) for row in items),
        currencies=None if currencies is None else frozenset(str(row[0]) for row in currencies),
        base_currency=first[0],
        lock_date=max(locks) if locks else None,
        country=first[3],
        place=place if moments else None,
        as_of=min(moments) if moments else None,
        contact_ids={contact.contact_id: contact for contact in known_contacts or ()},
        contact_names={name: tuple(same) for name, same in by_name.items()},
    )


def _accounts(rows: Iterable[Sequence[Any]]) -> dict[str, KnownAccount]:
    """Code → account; an archived account does not hide an active one of the same code."""
    out: dict[str, KnownAccount] = {}
    for code, name, kind, of_class, status, tax_type, account_id, system in rows:
        if code is None:
            continue
        account = KnownAccount(
            str(code),
            str(name or ""),
            str(kind or ""),
            str(of_class or ""),
            str(status or ACTIVE),
            tax_type,
            None if account_id is None else str(account_id).lower(),
            system or None,
        )
        if account.code not in out or account.status == ACTIVE:
            out[account.code] = account
    return out


def _contact(row: Sequence[Any]) -> KnownContact:
    contact_id, name, number, status = row
    return KnownContact(str(contact_id).lower(), str(name or ""), number, str(status or ACTIVE))


def _rate(row: Sequence[Any]) -> KnownTaxRate:
    name, tax_type, status, rate, *flags = row
    known = all(flag is not None for flag in flags)
    classes = frozenset(c for c, flag in zip(CLASSES, flags, strict=True) if flag)
    return KnownTaxRate(
        str(name or ""),
        str(tax_type or ""),
        str(status or ACTIVE),
        None if rate is None else Decimal(str(rate)),
        classes if known else None,
    )


def _tracking(rows: Iterable[Sequence[Any]]) -> dict[str, tuple[str, dict[str, str]]]:
    out: dict[str, tuple[str, dict[str, str]]] = {}
    for category, status, option, option_status in rows:
        _, options = out.setdefault(fold(str(category)), (str(status or ACTIVE), {}))
        if option is not None:
            options[fold(str(option))] = str(option_status or ACTIVE)
    return out
