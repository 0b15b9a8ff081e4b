"""What may be asked of each statement, and which days are meant."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, get_args

from msgspec import Struct

from xeroport.books.statements.statement_model import Books
from xeroport.books.tie import month_end
from xeroport.errors import InputError

Name = Literal[
    "trial-balance", "profit-and-loss", "balance-sheet", "general-ledger", "aged-receivables",
    "aged-payables", "budget-vs-actual", "cash", "sales-tax",
]  # fmt: skip
NAMES: tuple[str, ...] = get_args(Name)
AT_A_DAY = frozenset({"trial-balance", "balance-sheet", "aged-receivables", "aged-payables"})
"""Statements of a day; the others are of a range of days."""
TAKES: Mapping[str, frozenset[str]] = {
    "trial-balance": frozenset({"cash", "drill"}),
    "profit-and-loss": frozenset({"by", "tracking", "compare", "cash", "drill"}),
    "balance-sheet": frozenset({"by", "compare", "cash", "drill"}),
    "general-ledger": frozenset({"cash", "drill"}),
    "aged-receivables": frozenset({"drill"}),
    "aged-payables": frozenset({"drill"}),
    "budget-vs-actual": frozenset({"cash", "drill"}),
    "cash": frozenset({"drill"}),
    "sales-tax": frozenset({"cash", "drill"}),
}
"""Statement → the wishes it knows; another one would be passed over in silence."""
OPTIONS = {
    "by": "--by",
    "tracking": "--tracking",
    "compare": "--compare",
    "cash": "--cash-basis",
    "drill": "--drill",
}


class Wish(Struct, frozen=True):
    """What is asked: a day or a range of days, and how the columns are cut. `before` adds the range
    of the same length right before, `days` are more days beside `at`."""

    at: date | None = None
    since: date | None = None
    until: date | None = None
    by: str | None = None
    tracking: str | None = None
    compare: bool = False
    before: bool = False
    days: tuple[date, ...] = ()
    cash: bool = False
    drill: str | None = None


AGED = frozenset({"aged-receivables", "aged-payables"})


def check_fit(name: str, wish: Wish) -> None:
    """InputError for a wish that the statement does not know, or that another one excludes."""
    wishes = [field for field in OPTIONS if getattr(wish, field)]
    for field in wishes:
        if field not in TAKES[name]:
            takers = [f"`{other}`" for other, known in TAKES.items() if field in known]
            raise InputError(
                f"`{OPTIONS[field]}` does not go with `{name}`",
                hint=f"it can be used with {', '.join(takers)}",
            )
    cut = next((OPTIONS[field] for field in ("by", "compare") if field in wishes), None)
    if wish.drill and cut:
        raise InputError(
            f"`--drill` lists documents, and `{cut}` makes columns",
            hint="leave one out; `--from` and `--to` narrow the documents",
        )
    if wish.tracking and "=" not in wish.tracking and (cut or wish.drill):
        raise InputError(
            f"`--tracking {wish.tracking}` makes a column for each option, "
            f"so that `{cut or '--drill'}` cannot be used with it",
            hint=f"name one option, such as `--tracking {wish.tracking}=North`",
        )


def days_of(name: str, wish: Wish, today: date, books: Books) -> tuple[date, date]:
    """The first and the last day. Where none is named, a range is this month, or this financial
    year where it is cut into columns."""
    is_cut = name == "balance-sheet" and wish.by is not None and wish.at is None
    if name in AT_A_DAY and (wish.since or wish.until) and not wish.drill and not is_cut:
        raise InputError(f"`{name}` is of one day", hint="name it with `--at 2026-06-30`")
    if name not in AT_A_DAY and wish.at:
        raise InputError(f"`{name}` is of a range of days", hint="name it with `--from` and `--to`")
    month = month_end(wish.since) if wish.since and not wish.by else today
    until = wish.at or wish.until or month
    since = wish.since or (books.year_end.start(until) if wish.by else until.replace(day=1))
    if since > until:
        raise InputError(
            f"`{since}` is after `{until}`", hint="`--from` is the first day, `--to` the last"
        )
    return since, until
