"""Several organisations as one: accounts mapped, amounts translated, internal transactions removed.

Amounts are cents of each organisation's own currency, debits positive. Profit and loss is
translated part by part of the period (its months, or the whole), the balance sheet at the closing
rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from xeroport.books.group_inputs import AccountMapping, Accounts
from xeroport.books.statements.balances import year_to_date
from xeroport.books.statements.layout import ASSETS, LIABILITIES, ProfitLayout, profit_section
from xeroport.books.statements.profit import SECTIONS
from xeroport.books.statements.statement_model import Books, Figures
from xeroport.books.tie import PROFIT

CURRENT_EARNINGS_NAME = "Current Year Earnings"


class Translation(Struct, frozen=True):
    """The rates of one organisation: an average for each part of the period, and the closing rate
    of the balance sheet."""

    averages: tuple[Decimal, ...]
    closing: Decimal


class Member(Struct, frozen=True):
    """One organisation of the group: its movements in each part of the period, its balances, and
    its movements of this year by the same parts, which make this year's result."""

    instance: str
    books: Books
    moved: tuple[Mapping[str, int], ...]
    balances: Mapping[str, int]
    year: tuple[Mapping[str, int], ...]
    rates: Translation


class Line(Struct, frozen=True):
    """One account of the group, shown with `sign`: for each member cents in its own currency, in
    all and taken out. `is_average` amounts are by parts of the period, others a single one."""

    section: str
    label: str
    sign: int
    amounts: tuple[tuple[int, ...], ...]
    eliminated: tuple[tuple[int, ...], ...]
    is_average: bool = False


def member_balances(books: Books, figures: Figures, until: date) -> dict[str, int]:
    """Balances of a balance sheet without this year's result."""
    balances = year_to_date(books, figures, until)
    return {
        key: cents for key, cents in balances.items() if books.accounts[key].class_ not in PROFIT
    }


class _Gathered:
    """The amounts of a group's accounts by section and name, collected member by member."""

    def __init__(self, members: Sequence[Member], mapping: Accounts, parts: int) -> None:
        self.mapping = mapping
        self.zero = [[0] * parts for _ in members]
        self.sums: dict[tuple[str, str], tuple[list[list[int]], list[list[int]]]] = {}

    def add(self, at: int, section: str, member: Member, key: str, part: int, cents: int) -> None:
        """Add an account's amount of a part of the period."""
        mapped = mapped_to(member, key, self.mapping)
        self.put(at, section, mapped.group, part, cents, is_eliminated=mapped.is_eliminated)

    def put(
        self, at: int, section: str, label: str, part: int, cents: int, *, is_eliminated: bool
    ) -> None:
        """Add an amount to a line of the group."""
        amounts, eliminated = self.sums.setdefault(
            (section, label), ([[*row] for row in self.zero], [[*row] for row in self.zero])
        )
        amounts[at][part] += cents
        if is_eliminated:
            eliminated[at][part] += cents


def profit_lines(members: Sequence[Member], mapping: Accounts, layout: ProfitLayout) -> list[Line]:
    """The group's profit and loss by section and account."""
    signs = dict(SECTIONS)
    titles = {name: getattr(layout, name)[0] for name in signs}
    gathered = _Gathered(members, mapping, len(members[0].moved))
    for at, member in enumerate(members):
        for part, moved in enumerate(member.moved):
            for key, cents in moved.items():
                account = member.books.accounts.get(key)
                section = profit_section(account.type, account.class_) if account else None
                if section is not None and cents:
                    gathered.add(at, section, member, key, part, cents)
    order = list(signs)
    return [
        Line(titles[section], label, signs[section], _frozen(amounts), _frozen(out), True)
        for (section, label), (amounts, out) in sorted(
            gathered.sums.items(),
            key=lambda item: (order.index(item[0][0]), item[0][1].casefold()),
        )
    ]


def balance_lines(members: Sequence[Member], mapping: Accounts) -> list[Line]:
    """The group's balance sheet by section and account; equity last. What is taken out of profit
    and loss is taken out of this year's result too."""
    sections = [*dict.fromkeys(ASSETS.values()), *dict.fromkeys(LIABILITIES.values()), "Equity"]
    gathered = _Gathered(members, mapping, 1)
    results = _Gathered(members, mapping, len(members[0].year))
    for at, member in enumerate(members):
        for key, cents in member.balances.items():
            if cents:
                kind = member.books.accounts[key].type
                section = ASSETS.get(kind) or LIABILITIES.get(kind) or "Equity"
                gathered.add(at, section, member, key, 0, cents)
        for part, moved in enumerate(member.year):
            for key, cents in moved.items():
                account = member.books.accounts.get(key)
                if cents and account is not None and account.class_ in PROFIT:
                    is_eliminated = mapped_to(member, key, mapping).is_eliminated
                    results.put(
                        at, "Equity", CURRENT_EARNINGS_NAME, part, cents,
                        is_eliminated=is_eliminated,
                    )  # fmt: skip
    lines = [
        Line(
            section, label, 1 if section in ASSETS.values() else -1, _frozen(amounts), _frozen(out)
        )
        for (section, label), (amounts, out) in gathered.sums.items()
    ] + [
        Line(section, label, -1, _frozen(amounts), _frozen(out), True)
        for (section, label), (amounts, out) in results.sums.items()
    ]
    return sorted(lines, key=lambda line: (sections.index(line.section), line.label.casefold()))


def _frozen(amounts: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in amounts)


def mapped_to(member: Member, key: str, mapping: Accounts) -> AccountMapping:
    """The group's account of a member's: its own name where the mapping says nothing."""
    account = member.books.accounts[key]
    return next(
        (
            mapping[instance, name.casefold()]
            for instance in (member.instance, "*")
            for name in (account.code or "", account.name)
            if (instance, name.casefold()) in mapping
        ),
        AccountMapping(account.name, False),
    )


def translated(cents: Sequence[int], rates: Sequence[Decimal]) -> Decimal:
    """Amounts in the group's currency, each part to the cent at its own rate, in all."""
    return sum(
        (
            (Decimal(part).scaleb(-2) * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
            for part, rate in zip(cents, rates, strict=True)
        ),
        Decimal("0.00"),
    )
