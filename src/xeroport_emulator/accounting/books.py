"""An organisation's ledger, kept up to date with its tables: movements by account and day.

Only sums are kept (cents by account, day, tracking and side), and for each record its own legs,
packed, so that a changed record can be taken back out. A report reads the sums; nothing is posted
before a report first asks.
"""

from __future__ import annotations

import datetime
import struct
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import accumulate, starmap
from typing import TypeVar

from xeroport_emulator.accounting.chart import Chart
from xeroport_emulator.accounting.ledger import KINDS, allocations, postings, shares
from xeroport_emulator.accounting.posting import Posting, control
from xeroport_emulator.accounting.revaluation import revaluation
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record, Table

Value = TypeVar("Value")

_LEG = struct.Struct("<iiiq")
_HUNDRED = Decimal(100)
_SETTLED_BY_LINES = {"Invoice", "CreditNote"}

Entry = tuple[int, int, int, int]
"""A leg as numbers: account, day, tracking and cents."""

Sums = defaultdict[tuple[int, int, bool], dict[int, int]]
"""(account, tracking, is a debit) → cents by day; accounts and trackings by their numbers."""

Running = tuple[list[int], list[int]]
"""Days in order, and the cents until the end of each; the latter begins with the 0 before all."""


class Numbered(dict[Value, int]):
    """Values with their numbers, which are given out in the order the values are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.in_order: list[Value] = []

    def __missing__(self, value: Value) -> int:
        number = self[value] = len(self.in_order)
        self.in_order.append(value)
        return number


class Books:
    """The ledger of one organisation; every figure in base currency, debits positive."""

    def __init__(self, organisation: Organisation) -> None:
        self._tables = organisation.tables
        self._chart: Chart | None = None
        self._chart_at = -1
        self._accounts: Numbered[str] = Numbered()
        self._trackings: Numbered[tuple[str, ...]] = Numbered()
        self._sums: Sums = defaultdict(dict)
        self._packed: dict[str, dict[str, bytes]] = {kind: {} for kind in KINDS}
        self._dirty: dict[str, dict[str, None]] = {kind: {} for kind in KINDS}
        self._seen: dict[str, int] = dict.fromkeys(KINDS, 0)
        self._cash: tuple[int, Sums] | None = None
        self._version = 0
        self._totals: dict[
            tuple[frozenset[str], frozenset[str], bool], dict[int, tuple[Running, Running]]
        ] = {}
        self._running_at = 0
        self._rates = organisation.rates
        self.revalued = False
        self.watchers: list[Callable[[str, str, bytes, bytes], None]] = []
        for kind in KINDS:
            self._tables[kind].listeners.append(self._note)

    @property
    def chart(self) -> Chart:
        """The chart of accounts as it is now; codes of old still lead to their account."""
        accounts, rates = self._tables["Account"], self._tables["TaxRate"]
        at = accounts.changes + rates.changes
        if self._chart is None or at != self._chart_at:
            self._chart = Chart(accounts, rates, before=self._chart)
            self._chart_at = at
        return self._chart

    def document(self, kind: str, key: str) -> Record | None:
        """The record of that type and id, if it is there."""
        return self._tables[kind].get(key)

    def legs(self, kind: str, key: str) -> tuple[Posting, ...]:
        """What one record posts now."""
        record = self.document(kind, key)
        return postings(kind, record, self) if record is not None else ()

    def posted(self) -> Iterator[tuple[str, str, bytes]]:
        """Kind, id and packed legs of every record that posts."""
        for kind, packed in self._packed.items():
            for key, legs in packed.items():
                yield kind, key, legs

    def refresh(self) -> None:
        """Post what has changed since the last time."""
        for kind in KINDS:
            table, dirty = self._tables[kind], self._dirty[kind]
            if table.changes == self._seen[kind]:
                if not dirty:
                    continue
                touched: Iterable[str] = list(dirty)
            else:
                everything = dict.fromkeys(record[table.key] for record in table)
                everything.update(dict.fromkeys(self._packed[kind]))
                touched, self._seen[kind] = list(everything), table.changes
            dirty.clear()
            self._version += 1
            for key in touched:
                self._repost(kind, key)

    def movements(
        self,
        until: datetime.date,
        *,
        since: datetime.date | None = None,
        tracking: frozenset[str] = frozenset(),
        without: frozenset[str] = frozenset(),
        cash: bool = False,
    ) -> dict[str, Decimal]:
        """Account id → net movement from `since` (or the beginning) to `until`, both included.

        Only legs with all the options of `tracking` and none of `without` count; `cash` counts a
        document when it is paid, not when it is issued.
        """
        return {
            account: debit + credit
            for account, (debit, credit) in self.turnover(
                until, since=since, tracking=tracking, without=without, cash=cash
            ).items()
        }

    def balance(self, account: str, until: datetime.date) -> Decimal:
        """What has moved on one account until a day, that day included; debits positive."""
        self.refresh()
        number, last = self._accounts[account], until.toordinal()
        sides = (by_day for (of, _, _), by_day in self._sums.items() if of == number)
        cents = sum(sum(cents for day, cents in side.items() if day <= last) for side in sides)
        return Decimal(cents).scaleb(-2)

    def turnover(
        self,
        until: datetime.date,
        *,
        since: datetime.date | None = None,
        tracking: frozenset[str] = frozenset(),
        without: frozenset[str] = frozenset(),
        cash: bool = False,
    ) -> dict[str, tuple[Decimal, Decimal]]:
        """Like `movements`, debits and credits apart (credits negative)."""
        self.refresh()
        last = until.toordinal()
        first = since.toordinal() if since is not None else 0
        found = {}
        running, accounts = self._running(tracking, without, cash=cash), self._accounts.in_order
        for number, (debits, credits) in running.items():
            debit, credit = _between(debits, first, last), _between(credits, first, last)
            if debit is not None or credit is not None:
                found[accounts[number]] = (
                    Decimal(debit or 0).scaleb(-2),
                    Decimal(credit or 0).scaleb(-2),
                )
        if self.revalued and not cash and not tracking:
            self._revalue(found, since, until)
        return found

    def _running(
        self, tracking: frozenset[str], without: frozenset[str], *, cash: bool
    ) -> dict[int, tuple[Running, Running]]:
        """Account → its debits and its credits by day, added up; kept until something changes."""
        if self._running_at != self._version:
            self._totals.clear()
            self._running_at = self._version
        chosen = (tracking, without, cash)
        if chosen not in self._totals:
            self._totals[chosen] = self._added_up(tracking, without, cash=cash)
        return self._totals[chosen]

    def _added_up(
        self, tracking: frozenset[str], without: frozenset[str], *, cash: bool
    ) -> dict[int, tuple[Running, Running]]:
        wanted = {
            number
            for number, options in enumerate(self._trackings.in_order)
            if tracking.issubset(options) and without.isdisjoint(options)
        }
        parts: dict[int, tuple[list[dict[int, int]], list[dict[int, int]]]] = {}
        for (account, options, is_debit), by_day in self._basis(cash).items():
            if options in wanted:
                sides = parts.get(account)
                if sides is None:
                    sides = parts[account] = ([], [])
                sides[not is_debit].append(by_day)
        return {
            account: (_run_up(debits), _run_up(credits))
            for account, (debits, credits) in parts.items()
        }

    def _revalue(
        self,
        found: dict[str, tuple[Decimal, Decimal]],
        since: datetime.date | None,
        until: datetime.date,
    ) -> None:
        """Add what the day's rates make of open foreign documents between two days."""
        moved = revaluation(self._tables, self.chart, self._rates, until)
        if since is not None:
            before = since - datetime.timedelta(days=1)
            for key, amount in revaluation(self._tables, self.chart, self._rates, before).items():
                moved[key] = moved.get(key, Decimal(0)) - amount
        for key, amount in moved.items():
            debit, credit = found.get(key, (Decimal(0), Decimal(0)))
            found[key] = (debit + amount, credit) if amount > 0 else (debit, credit + amount)

    def unpack(self, packed: bytes) -> tuple[Posting, ...]:
        """The legs a watcher was given, without their texts."""
        return tuple(
            Posting(
                self._accounts.in_order[account],
                datetime.date.fromordinal(day),
                Decimal(cents).scaleb(-2),
                self._trackings.in_order[options],
            )
            for account, day, options, cents in _LEG.iter_unpack(packed)
        )

    def by_day(self, packed: bytes) -> Iterator[bytes]:
        """Packed legs, those of each day by themselves, in the order of their first legs."""
        days: dict[int, list[bytes]] = {}
        for account, day, options, cents in _LEG.iter_unpack(packed):
            days.setdefault(day, []).append(_LEG.pack(account, day, options, cents))
        for legs in days.values():
            yield b"".join(legs)

    def pack(self, legs: Iterable[Posting]) -> bytes:
        """Legs as bytes: account, day, tracking and cents of each."""
        return _packed(self._entries(legs))

    def _note(self, table: Table, before: Record | None, after: Record | None) -> None:
        self._seen[table.name] += 1
        record = after or before
        if record is not None:
            self._dirty[table.name][record[table.key]] = None

    def _repost(self, kind: str, key: str) -> None:
        packed = self._packed[kind]
        entries = self._entries(self.legs(kind, key))
        before, after = packed.get(key, b""), _packed(entries)
        if before == after:
            return
        _count(self._sums, _LEG.iter_unpack(before), -1)
        _count(self._sums, entries)
        if after:
            packed[key] = after
        else:
            del packed[key]
        for watcher in self.watchers:
            watcher(kind, key, before, after)

    def _entries(self, legs: Iterable[Posting]) -> list[Entry]:
        accounts, trackings = self._accounts, self._trackings
        return [
            (
                accounts[leg.account_id],
                leg.date.toordinal(),
                trackings[leg.tracking],
                int(leg.amount * _HUNDRED),
            )
            for leg in legs
        ]

    def _basis(self, cash: bool) -> Sums:
        if not cash:
            return self._sums
        if self._cash is None or self._cash[0] != self._version:
            self._cash = (self._version, self._cash_sums())
        return self._cash[1]

    def _cash_sums(self) -> Sums:
        sums: Sums = defaultdict(dict)
        for kind in KINDS:
            for key in self._packed[kind]:
                for leg in self._cash_legs(kind, key):
                    _count(sums, self._paid_lines(leg))
        return sums

    def _cash_legs(self, kind: str, key: str) -> Sequence[Posting]:
        """A document posts nothing of its own; what settles it posts the document's lines."""
        record = self.document(kind, key)
        if record is None or kind == "Invoice":
            return ()
        if kind == "ManualJournal" and record.get("ShowOnCashBasisReports") is False:
            return ()
        if kind == "CreditNote":
            return allocations(kind, record, self)
        return postings(kind, record, self)

    def _paid_lines(self, leg: Posting) -> list[Entry]:
        """A leg, or the lines of the document that it settles, in proportion."""
        document = self.document(*leg.settles) if leg.settles is not None else None
        if leg.settles is None or document is None or leg.settles[0] not in _SETTLED_BY_LINES:
            return self._entries([leg])
        kind, day = leg.settles[0], leg.date.toordinal()
        account = self.chart.system(control(kind, document)[0])
        own = postings(kind, document, self)
        lines = [each for each in own if each.account_id != account and each.settles is None]
        amounts = shares([line.amount for line in lines], leg.amount)
        accounts, trackings = self._accounts, self._trackings
        entries = [
            (accounts[line.account_id], day, trackings[line.tracking], int(amount * _HUNDRED))
            for line, amount in zip(lines, amounts, strict=False)  # none for lines of nothing
            if amount
        ]
        return entries or self._entries([leg])


def _packed(entries: Iterable[Entry]) -> bytes:
    return b"".join(starmap(_LEG.pack, entries))


def _count(sums: Sums, entries: Iterable[Entry], sign: int = 1) -> None:
    for account, day, options, cents in entries:
        by_day = sums[account, options, cents > 0]
        by_day[day] = by_day.get(day, 0) + sign * cents


def _run_up(parts: list[dict[int, int]]) -> Running:
    """One side of an account, of all its trackings."""
    by_day = parts[0] if len(parts) == 1 else {}
    if len(parts) > 1:
        for part in parts:
            for day, cents in part.items():
                by_day[day] = by_day.get(day, 0) + cents
    days = sorted(by_day)
    return days, list(accumulate(map(by_day.__getitem__, days), initial=0))


def _between(side: Running, first: int, last: int) -> int | None:
    """The cents of the days from one to another, both included; None where there is no such day."""
    days, totals = side
    begin, end = bisect_left(days, first), bisect_right(days, last)
    return totals[end] - totals[begin] if begin < end else None


def books_of(organisation: Organisation) -> Books:
    """The books of an organisation; made when first asked for, then kept with it."""
    found = organisation.derived.get(Books)
    if found is None:
        found = organisation.derived[Books] = Books(organisation)
    return found
