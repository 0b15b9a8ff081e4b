"""Journals: what the ledger posted, numbered in the order it was posted, never changed.

They begin when somebody first looks, with the journals of all records as they are then, oldest
first. From then on a changed record makes a journal that takes the old posting back and one with
the new, at the next look.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from xeroport_emulator.accounting.books import Books, books_of
from xeroport_emulator.accounting.posting import Posting
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record

PAGE = 100
"""Journals in one reply."""

_NAMESPACE = uuid.UUID("0d4f9b1a-52d0-4bd3-9a4c-6a7c0a3f5b2e")
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_SOURCES = {
    "RECEIVE": "CASHREC",
    "SPEND": "CASHPAID",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENT",
    "AROVERPAYMENTPAYMENT": "AROVERPAYMENT",
    "APOVERPAYMENTPAYMENT": "APOVERPAYMENT",
    "ARPREPAYMENTPAYMENT": "ARPREPAYMENT",
    "APPREPAYMENTPAYMENT": "APPREPAYMENT",
}
"""Type of a bank transaction, credit or payment → source type of its journals."""

_KINDS = {"BankTransfer": "TRANSFER", "ExpenseClaim": "EXPCLAIM"}


class _Entry(NamedTuple):
    """One journal: legs packed as the books pack them; a reversal takes them back."""

    kind: str
    key: str
    packed: bytes
    reversal: bool
    created: datetime


class JournalRoll:
    """All journals of an organisation, in order."""

    def __init__(self, organisation: Organisation, books: Books) -> None:
        self._now: Callable[[], datetime] = organisation.now
        self._tables = organisation.tables
        self._books = books
        self._entries: list[_Entry] = []
        self._fresh: list[_Entry] = []
        books.refresh()
        for kind, key, packed in books.posted():
            self._add(kind, key, packed, self._stamp(kind, key))
        self._fresh.sort(key=lambda each: each.created)
        books.watchers.append(self._note)

    def entries(self) -> list[_Entry]:
        """All of them; number n is at place n - 1."""
        self._books.refresh()
        self._entries += self._fresh
        self._fresh.clear()
        return self._entries

    def record(self, number: int) -> Record:
        """The journal of that number as Xero shows it."""
        entry = self._entries[number - 1]
        legs = self._legs(entry)
        source = self._tables[entry.kind].get(entry.key) or {}
        of = str(source.get("PaymentType") or source.get("Type") or "")
        journal: Record = {
            "JournalID": _identity(entry, number),
            "JournalDate": legs[0].date,
            "JournalNumber": number,
            "CreatedDateUTC": entry.created,
            "SourceID": entry.key,
            "SourceType": _KINDS.get(entry.kind) or _SOURCES.get(of) or of or "MANJOURNAL",
            "JournalLines": [
                self._line(leg, f"{number} {at}") for at, leg in enumerate(legs) if leg.amount
            ],
        }
        reference = source.get("Reference") or source.get("Narration")
        return {**journal, "Reference": reference} if reference else journal

    def _note(self, kind: str, key: str, before: bytes, after: bytes) -> None:
        now = self._now()
        if before and after.startswith(before):
            self._add(kind, key, after[len(before) :], now)
            return
        self._add(kind, key, before, now, reversal=True)
        self._add(kind, key, after, self._stamp(kind, key))

    def _add(
        self, kind: str, key: str, packed: bytes, created: datetime, *, reversal: bool = False
    ) -> None:
        """One journal for each day that the legs post on: allocations have days of their own."""
        for day_legs in self._books.by_day(packed):
            self._fresh.append(_Entry(kind, key, day_legs, reversal, created))

    def _stamp(self, kind: str, key: str) -> datetime:
        record = self._tables[kind].get(key) or {}
        stamp = record.get("UpdatedDateUTC") or record.get("CreatedDateUTC")
        return stamp if isinstance(stamp, datetime) else _BEGINNING

    def _legs(self, entry: _Entry) -> tuple[Posting, ...]:
        """The legs with their texts, if the record still posts the same, else without."""
        bare = self._books.unpack(entry.packed)
        if entry.reversal:
            return tuple(leg._replace(amount=-leg.amount) for leg in bare)
        whole = self._books.legs(entry.kind, entry.key)
        same_day = tuple(leg for leg in whole if leg.date == bare[0].date)
        full = same_day[-len(bare) :] if len(same_day) >= len(bare) else ()
        return full if self._books.pack(full) == entry.packed else bare

    def _line(self, leg: Posting, place: str) -> Record:
        account = self._books.chart.accounts[leg.account_id]
        line: Record = {
            "JournalLineID": str(uuid.uuid5(_NAMESPACE, f"{leg.account_id} {place}")),
            "AccountID": leg.account_id,
            "AccountCode": account.get("Code") or "",
            "AccountType": account["Type"],
            "AccountName": account["Name"],
            "Description": leg.description,
            "NetAmount": leg.amount,
            "GrossAmount": leg.amount + leg.tax_amount,
            "TaxAmount": leg.tax_amount + Decimal("0.00"),
            "TrackingCategories": [
                choice for option in leg.tracking if (choice := self._choice(option)) is not None
            ],
        }
        if leg.tax_type:
            rate = self._tables["TaxRate"].get(leg.tax_type) or {}
            line["TaxType"] = leg.tax_type
            line["TaxName"] = rate.get("Name") or leg.tax_type
        return line

    def _choice(self, option: str) -> Record | None:
        for category in self._tables["TrackingCategory"]:
            for each in category.get("Options") or ():
                if each["TrackingOptionID"] == option:
                    return {
                        "TrackingCategoryID": category["TrackingCategoryID"],
                        "TrackingOptionID": option,
                        "Name": category["Name"],
                        "Option": each["Name"],
                    }
        return None


_CASH_HAS_NOT = {"Invoice", "CreditNote"}


def _identity(entry: _Entry, number: int) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{entry.kind} {entry.key} {number}"))


def _roll(organisation: Organisation) -> JournalRoll:
    found = organisation.derived.get(JournalRoll)
    if found is None:
        found = organisation.derived[JournalRoll] = JournalRoll(
            organisation, books_of(organisation)
        )
    return found


def journal_page(
    organisation: Organisation,
    *,
    after: int = 0,
    created: Callable[[datetime], bool] | None = None,
    payments_only: bool = False,
    limit: int = PAGE,
) -> list[Record]:
    """Journals with a number greater than `after`, oldest first, at most `limit`.

    `created` keeps those whose CreatedDateUTC passes; `payments_only` leaves out the journals of
    documents that no money moved for.
    """
    roll = _roll(organisation)
    found: list[Record] = []
    entries = roll.entries()
    for at in range(max(after, 0), len(entries)):
        entry = entries[at]
        if payments_only and entry.kind in _CASH_HAS_NOT:
            continue
        if created is None or created(entry.created):
            found.append(roll.record(at + 1))
            if len(found) >= limit:
                break
    return found


def journal(organisation: Organisation, reference: str) -> Record | None:
    """One journal by its number or its id, without SourceID and SourceType as Xero shows it
    then; None if there is none."""
    roll = _roll(organisation)
    entries, wanted = roll.entries(), reference.lower()
    numbers = range(1, len(entries) + 1)
    if wanted.isdecimal():
        number = int(wanted) if len(wanted) < 10 and int(wanted) in numbers else None
    else:
        number = next((n for n in numbers if _identity(entries[n - 1], n) == wanted), None)
    if number is None:
        return None
    found = roll.record(number)
    return {name: found[name] for name in found if name not in ("SourceID", "SourceType")}
