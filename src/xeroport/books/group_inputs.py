"""What a group is made with: rates of currencies by month, and accounts mapped and taken out.

A rate is units of the group's currency for one unit of an organisation's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

from msgspec import Struct

from xeroport.books.tie import month_end
from xeroport.errors import InputError
from xeroport.rows.row import Source
from xeroport.rows.source import text_of

RATE_COLUMNS = ("currency", "average", "closing")
ACCOUNT_COLUMNS = ("account", "group")
YES, NO = ("yes", "true", "1"), ("", "no", "false", "0")


class RateLine(Struct, frozen=True):
    """A line of rates: what it says of a currency, in a month or (None) in all that have no line
    of their own."""

    average: Decimal | None
    closing: Decimal | None


Rates = Mapping[tuple[str, date | None], RateLine]
"""(currency, last day of a month or None) → its rates."""


class AccountMapping(Struct, frozen=True):
    """What a mapping says of an account: the group's account, whether it is taken out, and the
    line that says so."""

    group: str
    is_eliminated: bool
    line: int = 0


Accounts = Mapping[tuple[str, str], AccountMapping]
"""(instance or `*`, account code or name in small letters) → the group's account."""


def read_rates(source: Source) -> dict[tuple[str, date | None], RateLine]:
    """Rates of a table with the columns `currency`, `average`, `closing` and perhaps `month`.

    InputError names the line that is not right."""
    rates: dict[tuple[str, date | None], RateLine] = {}
    lines: dict[tuple[str, date | None], int] = {}
    for line, row in _rows(source, RATE_COLUMNS):
        place = f"`{source.name}` {source.unit} {line}"
        currency = row["currency"].upper()
        if not currency:
            raise InputError(f"{place}: `currency` is empty", hint="a code such as `AUD`")
        key = currency, _month(row.get("month") or "", place)
        if key in rates:
            named = f"{currency} {key[1]:%Y-%m}" if key[1] else currency
            raise InputError(
                f"{place}: {named} is in line {lines[key]} too",
                hint="a currency is named once, or once for each `month`",
            )
        rates[key] = RateLine(_rate(row["average"], place), _rate(row["closing"], place))
        lines[key] = line
    return rates


def _rate(text: str, place: str) -> Decimal | None:
    if not text:
        return None
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal("NaN")
    if not rate.is_finite():
        raise InputError(f"{place}: `{text}` is not a rate", hint="a number such as `1.0832`")
    if rate <= 0:
        raise InputError(f"{place}: a rate is more than 0", hint="a number such as `1.0832`")
    return rate


def _month(text: str, place: str) -> date | None:
    """The last day of `2026-05`, or of the month that a date is in."""
    if not text:
        return None
    try:
        return month_end(date.fromisoformat(text if len(text) > 7 else f"{text}-01"))
    except ValueError as error:
        raise InputError(
            f"{place}: `{text}` is not a month", hint="write it as `YYYY-MM`, such as `2026-05`"
        ) from error


def has_months(rates: Rates) -> bool:
    """Whether any rate is of one month."""
    return any(month is not None for _, month in rates)


def average_of(currency: str, group_currency: str, rates: Rates, month: date | None) -> Decimal:
    """The average rate of a month (its last day), or (None) of the whole period; InputError where
    none is named."""
    return _find(currency, group_currency, rates, month, "average")


def closing_of(currency: str, group_currency: str, rates: Rates, day: date) -> Decimal:
    """The closing rate at a day: that of its month, else the one for all; InputError where none is
    named."""
    return _find(currency, group_currency, rates, month_end(day), "closing")


def _find(
    currency: str, group_currency: str, rates: Rates, month: date | None, which: str
) -> Decimal:
    for key in ((currency, month), (currency, None)):
        rate = getattr(rates[key], which) if key in rates else None
        if isinstance(rate, Decimal):
            return rate
    if currency == group_currency:
        return Decimal(1)
    when = f" for {month:%Y-%m}" if month is not None and has_months(rates) else ""
    raise InputError(
        f"there is no {which} rate of {currency} into {group_currency}{when}",
        hint="name it with `--rates rates.csv`, whose columns are currency,average,closing "
        "and, for rates by month, month",
    )


def read_mapping(source: Source) -> dict[tuple[str, str], AccountMapping]:
    """The accounts of a table with the columns `account`, `group`, and perhaps `instance` (else
    `*`) and `eliminate` (yes or nothing). InputError names the line that is not right."""
    mapping: dict[tuple[str, str], AccountMapping] = {}
    for line, row in _rows(source, ACCOUNT_COLUMNS):
        place = f"`{source.name}` {source.unit} {line}"
        account, group = row["account"], row["group"]
        if not account or not group:
            raise InputError(
                f"{place}: `account` and `group` must be filled",
                hint="an account by code or name, and what the group calls it",
            )
        eliminate = (row.get("eliminate") or "").casefold()
        if eliminate not in (*YES, *NO):
            raise InputError(
                f"{place}: `{eliminate}` is neither yes nor no",
                hint="leave `eliminate` empty, or write `yes`",
            )
        key = row.get("instance") or "*", account.casefold()
        if key in mapping:
            raise InputError(
                f"{place}: `{account}` is in line {mapping[key].line} too",
                hint="an account is mapped once for each instance",
            )
        mapping[key] = AccountMapping(group, eliminate in YES, line)
    return mapping


def check_mapping(mapping: Accounts, accounts: Mapping[str, Iterable[str]], *, name: str) -> None:
    """InputError for a line about an instance or an account that is not there. `accounts` is
    instance → codes and names, in small letters; `name` is the file."""
    names = {instance: set(known) for instance, known in accounts.items()}
    everywhere = set().union(*names.values())
    for (instance, account), mapped in mapping.items():
        place = f"`{name}` line {mapped.line}"
        if instance != "*" and instance not in names:
            raise InputError(
                f"{place}: `{instance}` is not in this group",
                hint=f"it has {', '.join(f'`{known}`' for known in names)}",
            )
        if account not in (everywhere if instance == "*" else names[instance]):
            where = "no instance" if instance == "*" else f"`{instance}`"
            has = "has" if instance == "*" else "has no"
            raise InputError(
                f"{place}: {where} {has} {'an ' if instance == '*' else ''}account `{account}`",
                hint="write its code, or its name as it is in Xero",
            )


def _rows(source: Source, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """(line, column → text) of a table; InputError where a column is missing."""
    heads = [name.strip().casefold() for name in source.columns or ()]
    lacking = [name for name in needed if name not in heads]
    if lacking:
        raise InputError(
            f"`{source.name}` has no column `{lacking[0]}`",
            hint=f"its first line must name {', '.join(f'`{name}`' for name in needed)}",
        )
    rows: list[tuple[int, dict[str, str]]] = []
    for row in source.rows:
        if row.broken:
            raise InputError(f"`{source.name}` {source.unit} {row.line}: {row.broken}")
        values = {
            name.strip().casefold(): text_of(value)
            for name, value in row.values.items()
            if value is not None
        }
        rows.append((row.line, {name: values.get(name, "") for name in heads}))
    return rows
