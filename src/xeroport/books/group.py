"""Several organisations as one: accounts mapped, amounts translated, dealings among them taken out.

Amounts are cents of each organisation's own currency, debits positive; a rate is units of the
group's currency for one unit of the organisation's.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

from msgspec import Struct

from xeroport.books.statements.balances import CURRENT_EARNINGS, year_to_date
from xeroport.books.statements.layout import (
    ASSETS,
    LIABILITIES,
    ProfitLayout,
    profit_section,
)
from xeroport.books.statements.model import Books, Figures
from xeroport.books.statements.profit import SECTIONS
from xeroport.books.tie import PROFIT
from xeroport.errors import InputError


class Rate(Struct, frozen=True):
    """Of one currency: the average of the period, for profit and loss, and the closing rate, for
    the balance sheet."""

    average: Decimal
    closing: Decimal


class Mapped(Struct, frozen=True):
    """What a mapping says of an account: the group's account, and whether it is taken out."""

    group: str
    is_eliminated: bool


class Member(Struct, frozen=True):
    """One organisation of the group, with its movements of the period and its balances."""

    instance: str
    books: Books
    moved: Mapping[str, int]
    balances: Mapping[str, int]
    rate: Rate


class Line(Struct, frozen=True):
    """One account of the group: cents of each member in its own currency, and whether each is
    taken out; shown with `sign`."""

    section: str
    label: str
    sign: int
    amounts: tuple[int, ...]
    eliminated: tuple[int, ...]
    is_average: bool = False


Accounts = Mapping[tuple[str, str], Mapped]


def read_mapping(path: Path | None) -> dict[tuple[str, str], Mapped]:
    """(instance or `*`, account code or name) → the group's account.

    InputError names the line that is not right. Columns: `instance`, `account`, `group`, and
    `eliminate` (yes or nothing).
    """
    mapping: dict[tuple[str, str], Mapped] = {}
    for number, row in _rows(path, ("account", "group")):
        account, group = row["account"], row["group"]
        if not account or not group:
            raise InputError(f"`{path}` line {number}: `account` and `group` must be filled")
        instance = row.get("instance") or "*"
        eliminate = (row.get("eliminate") or "").casefold()
        if eliminate not in ("", "no", "yes", "true", "false", "1", "0"):
            raise InputError(
                f"`{path}` line {number}: `{eliminate}` is neither yes nor no",
                hint="leave `eliminate` empty, or write `yes`",
            )
        is_eliminated = eliminate in ("yes", "true", "1")
        mapping[instance, account.casefold()] = Mapped(group, is_eliminated)
    return mapping


def read_rates(path: Path | None) -> dict[str, Rate]:
    """Currency → its rates into the group's currency. Columns: `currency`, `average`, `closing`."""
    rates: dict[str, Rate] = {}
    for number, row in _rows(path, ("currency", "average", "closing")):
        try:
            rate = Rate(Decimal(row["average"]), Decimal(row["closing"]))
        except InvalidOperation as error:
            raise InputError(
                f"`{path}` line {number}: `{row['average']}` and `{row['closing']}` are not rates",
                hint="a rate is a number such as `1.0832`",
            ) from error
        if rate.average <= 0 or rate.closing <= 0:
            raise InputError(f"`{path}` line {number}: a rate is more than 0")
        rates[row["currency"].upper()] = rate
    return rates


def _rows(path: Path | None, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    if path is None:
        return []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        heads = [(name or "").strip().casefold() for name in reader.fieldnames or ()]
        lacking = [name for name in needed if name not in heads]
        if lacking:
            raise InputError(
                f"`{path}` has no column `{lacking[0]}`",
                hint=f"its first line must name {', '.join(f'`{name}`' for name in needed)}",
            )
        reader.fieldnames = heads
        return [
            (number, {name: (value or "").strip() for name, value in row.items() if name})
            for number, row in enumerate(reader, start=2)
        ]


def rate_of(currency: str, group_currency: str, rates: Mapping[str, Rate]) -> Rate:
    """The rates of a currency; InputError where they are needed and not named."""
    if currency in rates:
        return rates[currency]
    if currency == group_currency:
        return Rate(Decimal(1), Decimal(1))
    raise InputError(
        f"there is no rate of {currency} into {group_currency}",
        hint="name it with `--rates rates.csv`, whose columns are currency,average,closing",
    )


def member_balances(books: Books, figures: Figures, until: date) -> dict[str, int]:
    """Balances of a balance sheet: this year's result on its own line."""
    balances = year_to_date(books, figures, until)
    result = sum(cents for key, cents in balances.items() if books.accounts[key].class_ in PROFIT)
    kept = {
        key: cents for key, cents in balances.items() if books.accounts[key].class_ not in PROFIT
    }
    return kept | {CURRENT_EARNINGS: result}


def profit_lines(members: Sequence[Member], mapping: Accounts, layout: ProfitLayout) -> list[Line]:
    """The group's profit and loss by section and account."""
    signs = dict(SECTIONS)
    titles = {name: getattr(layout, name)[0] for name in signs}
    gathered: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for at, member in enumerate(members):
        for key, cents in member.moved.items():
            account = member.books.accounts.get(key)
            section = profit_section(account.type, account.class_) if account else None
            if account is None or section is None or not cents:
                continue
            _add(gathered, members, at, section, member, key, cents, mapping)
    return [
        Line(titles[section], label, signs[section], tuple(amounts), tuple(out), is_average=True)
        for (section, label), (amounts, out) in sorted(
            gathered.items(),
            key=lambda item: (list(signs).index(item[0][0]), item[0][1].casefold()),
        )
    ]


def balance_lines(members: Sequence[Member], mapping: Accounts) -> list[Line]:
    """The group's balance sheet by section and account; equity last."""
    sections = [*dict.fromkeys(ASSETS.values()), *dict.fromkeys(LIABILITIES.values()), "Equity"]
    gathered: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for at, member in enumerate(members):
        for key, cents in member.balances.items():
            if not cents:
                continue
            if key == CURRENT_EARNINGS:
                place = gathered.setdefault(
                    ("Equity", "Current Year Earnings"), _nothing(len(members))
                )
                place[0][at] += cents
                continue
            kind = member.books.accounts[key].type
            section = ASSETS.get(kind) or LIABILITIES.get(kind) or "Equity"
            _add(gathered, members, at, section, member, key, cents, mapping)
    return [
        Line(
            section, label, 1 if section in ASSETS.values() else -1, tuple(amounts), tuple(out),
            is_average=label == "Current Year Earnings",
        )
        for (section, label), (amounts, out) in sorted(
            gathered.items(), key=lambda item: (sections.index(item[0][0]), item[0][1].casefold())
        )
    ]  # fmt: skip


def _nothing(count: int) -> tuple[list[int], list[int]]:
    return [0] * count, [0] * count


def _add(
    gathered: dict[tuple[str, str], tuple[list[int], list[int]]],
    members: Sequence[Member],
    at: int,
    section: str,
    member: Member,
    key: str,
    cents: int,
    mapping: Accounts,
) -> None:
    account = member.books.accounts[key]
    mapped = next(
        (
            mapping[instance, name.casefold()]
            for instance in (member.instance, "*")
            for name in (account.code or "", account.name)
            if (instance, name.casefold()) in mapping
        ),
        Mapped(account.name, False),
    )
    amounts, eliminated = gathered.setdefault((section, mapped.group), _nothing(len(members)))
    amounts[at] += cents
    if mapped.is_eliminated:
        eliminated[at] += cents


def translated(cents: int, rate: Decimal) -> Decimal:
    """An amount in the group's currency, to the cent."""
    amount = Decimal(cents).scaleb(-2) * rate
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
