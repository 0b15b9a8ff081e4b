"""Each kind of statement: which figures it is made of, and how they are laid out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct, structs

from xeroport.books.statements import lines
from xeroport.books.statements.ageing import BUCKETS, OPEN_COLUMNS, Ageing, aged_rows, open_rows
from xeroport.books.statements.balances import balance_rows, label, trial_rows
from xeroport.books.statements.figures import (
    BEGINNING,
    read_budget,
    read_figures,
    tracking_options,
)
from xeroport.books.statements.layout import profit_layout
from xeroport.books.statements.profit import budget_rows, profit_accounts, profit_rows
from xeroport.books.statements.statement_model import (
    Ask,
    Books,
    ColumnSpan,
    Figures,
    Row,
    Statement,
    long_date,
    money,
    short_date,
)
from xeroport.books.tie import PROFIT
from xeroport.books.views import Dialect
from xeroport.errors import UnknownName
from xeroport.jobs.statement_days import ONE_DAY, Range, parts_of, range_before, year_before
from xeroport.jobs.statement_wish import Wish


class DatedWish(Struct, frozen=True):
    """A wish with its days filled in, and what it is answered from."""

    ask: Ask
    dialect: Dialect
    schema: str
    books: Books
    wish: Wish
    since: date
    until: date


def _blank(
    name: str,
    title: str,
    period: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    spans: Sequence[ColumnSpan | None] = (),
) -> Statement:
    return Statement(name, title, "", period, "", tuple(columns), tuple(rows), spans=tuple(spans))


def _figures(
    asked: DatedWish, *ranges: Range,
    option: str | None = None, accounts: Collection[str] | None = None,
) -> Figures:  # fmt: skip
    """Movements; of these ranges of days and these accounts only, where they are named."""
    cuts = {day for since, until in ranges for day in (since, until + ONE_DAY) if day}
    return read_figures(
        asked.ask, asked.schema, until=max((until for _, until in ranges), default=asked.until),
        cash=asked.wish.cash, option=option, cuts=cuts, accounts=accounts,
        since=None if any(since is None for since, _ in ranges) else min(cuts, default=None),
    )  # fmt: skip


def _trial_balance(asked: DatedWish) -> Statement:
    year = asked.books.year_end.start(asked.until)
    figures = _figures(asked, (None, year - ONE_DAY), (asked.until.replace(day=1), asked.until))
    built = _blank(
        "trial-balance", "Trial Balance", f"As at {long_date(asked.until)}",
        ("Debit", "Credit", "YTD Debit", "YTD Credit"),
        trial_rows(asked.books, figures, asked.until),
    )  # fmt: skip
    return _with_residual(built, figures, None, asked.until)


def _with_residual(
    built: Statement, figures: Figures, since: date | None, until: date
) -> Statement:
    return structs.replace(built, not_from_documents=money(figures.unexplained(since, until)))


def _profit_and_loss(asked: DatedWish) -> Statement:
    books, wish = asked.books, asked.wish
    title = profit_layout(books.region).title
    period = f"{long_date(asked.since)} to {long_date(asked.until)}"
    whole = (asked.since, asked.until)
    accounts = profit_accounts(books)
    if wish.tracking and "=" not in wish.tracking:
        figures = _figures(asked, whole, accounts=accounts)
        heads, columns, spans = _tracked(asked, figures)
    else:
        titled = [
            (short_date(until), (since, until))
            for since, until in parts_of(asked.since, asked.until, wish.by)
        ]
        if len(titled) > 1:
            titled.append(("Total", whole))
        titled += _beside(wish, whole, "Total to " if len(titled) > 1 else "")
        option = _option(asked)
        figures = _figures(
            asked, *(days for _, days in titled), option=option or None, accounts=accounts
        )
        heads = [head for head, _ in titled]
        columns = [figures.moved(*days) for _, days in titled]
        spans = [ColumnSpan(*days, option=option) for _, days in titled]
        period += f", {wish.tracking}" if wish.tracking else ""
    rows = profit_rows(books, columns)
    built = _blank("profit-and-loss", title, period, heads, rows, spans=spans)
    return _with_residual(built, figures, asked.since, asked.until)


def _beside(
    wish: Wish, whole: tuple[date, date], words: str
) -> list[tuple[str, tuple[date, date]]]:
    """The ranges to compare with; one column where twelve months before are a year before."""
    ranges = [range_before(*whole)] if wish.before else []
    if wish.compare:
        ranges.append((year_before(whole[0]), year_before(whole[1])))
    return [(f"{words}{short_date(days[1])}", days) for days in dict.fromkeys(ranges)]


def _tracked(
    asked: DatedWish, figures: Figures
) -> tuple[list[str], list[Mapping[str, int]], list[ColumnSpan]]:
    """A column for each option of a category, what has none, and the total."""
    category = asked.wish.tracking or ""
    options = tracking_options(asked.ask, asked.schema, category)
    whole = (asked.since, asked.until)
    columns: list[Mapping[str, int]] = [
        _figures(asked, whole, option=key, accounts=profit_accounts(asked.books)).moved(*whole)
        for key in options
    ]
    heads = list(options.values())
    spans = [ColumnSpan(*whole, option=key) for key in options]
    moved = figures.moved(*whole)
    rest = {
        key: cents - sum(column.get(key, 0) for column in columns) for key, cents in moved.items()
    }
    heads += ["Unassigned", "Total"]
    columns += [rest, moved]
    spans += [ColumnSpan(*whole, without=category), ColumnSpan(*whole)]
    return heads, columns, spans


def _option(asked: DatedWish) -> str:
    """The id of the one option that is wished, as `Category=Option`; UnknownName."""
    category, _, only = (asked.wish.tracking or "").partition("=")
    if not category:
        return ""
    options = tracking_options(asked.ask, asked.schema, category)
    for key, name in options.items():
        if name.casefold() == only.casefold():
            return key
    raise UnknownName(f"option of `{category}`", only, options.values())


def _balance_sheet(asked: DatedWish) -> Statement:
    days = [asked.until, *asked.wish.days]
    if asked.wish.by:
        days = [end for _, end in parts_of(asked.since, asked.until, asked.wish.by)]
    if asked.wish.compare and year_before(asked.until) not in days:
        days.append(year_before(asked.until))
    starts = [asked.books.year_end.start(day) for day in days]
    figures = _figures(
        asked, *((None, day) for day in days), *((None, start - ONE_DAY) for start in starts)
    )
    built = _blank(
        "balance-sheet", "Balance Sheet", f"As at {long_date(asked.until)}",
        [long_date(day) for day in days], balance_rows(asked.books, figures, days),
        spans=[ColumnSpan(None, day) for day in days],
    )  # fmt: skip
    return _with_residual(built, figures, None, asked.until)


def _general_ledger(asked: DatedWish) -> Statement:
    figures = _figures(asked)
    listed = lines.read_lines(
        asked.ask, asked.schema, since=asked.since, until=asked.until, cash=asked.wish.cash
    )
    opening = figures.moved(None, asked.since - timedelta(days=1))
    rows = lines.ledger_rows(asked.books, listed, opening)
    period = f"{long_date(asked.since)} to {long_date(asked.until)}"
    built = _blank("general-ledger", "General Ledger", period, lines.GENERAL_LEDGER[1:], rows)
    return _with_residual(built, figures, asked.since, asked.until)


def drill(asked: DatedWish, *, is_balance: bool) -> Statement:
    """The documents behind one account's figure; of a balance all that made it."""
    wanted = asked.wish.drill or ""
    keys = [
        key
        for key, account in asked.books.accounts.items()
        if wanted in (account.code, account.account_id)
        or wanted.casefold() == account.name.casefold()
    ]
    if not keys:
        codes = [account.code or account.name for account in asked.books.accounts.values()]
        raise UnknownName("account", wanted, codes)
    since = asked.since
    if is_balance and asked.wish.since is None:
        is_result = asked.books.accounts[keys[0]].class_ in PROFIT
        since = asked.books.year_end.start(asked.until) if is_result else BEGINNING
    listed = lines.read_lines(
        asked.ask, asked.schema, since=since, until=asked.until, account=keys[0],
        cash=asked.wish.cash, option=_option(asked),
    )  # fmt: skip
    period = f"{long_date(since)} to {long_date(asked.until)}"
    if since == BEGINNING:
        period = f"Until {long_date(asked.until)}"
    title = f"Documents on {label(asked.books, keys[0])}"
    if asked.wish.tracking:
        title += f", {asked.wish.tracking}"
    return _blank("drill", title, period, lines.DRILL[1:], lines.drill_rows(listed))


def open_documents(asked: DatedWish, *, sales: bool) -> Statement:
    """The open documents of one contact, by name or id."""
    ageing = Ageing(asked.ask, asked.schema, asked.dialect, asked.until, sales)
    documents, *_ = ageing.documents()
    wanted = (asked.wish.drill or "").casefold()
    chosen = [
        document
        for document in documents
        if wanted in (document.contact.casefold(), document.contact_id)
    ]
    if not chosen:
        names = sorted({document.contact for document in documents})
        similar = [name for name in names if wanted in name.casefold()]
        raise UnknownName(
            "contact with open documents",
            asked.wish.drill or "",
            names,
            hint=f"did you mean `{similar[0]}`?"
            if similar
            else "the statement without `--drill` lists them all",
        )
    return _blank(
        "drill", f"Open documents of {chosen[0].contact}", f"As at {long_date(asked.until)}",
        OPEN_COLUMNS, open_rows(chosen),
    )  # fmt: skip


def _aged(asked: DatedWish, *, sales: bool) -> Statement:
    ageing = Ageing(asked.ask, asked.schema, asked.dialect, asked.until, sales)
    rows = aged_rows(ageing.all_contacts())
    name = "aged-receivables" if sales else "aged-payables"
    built = _blank(
        name, f"Aged {'Receivables' if sales else 'Payables'}", f"As at {long_date(asked.until)}",
        (*BUCKETS, "Total"), rows,
    )  # fmt: skip
    notes = (
        "from documents, at the rate of each document",
        *ageing.beside(asked.books, rows[-1].values[-1]),
    )
    return structs.replace(built, notes=notes)


def _budget(asked: DatedWish) -> Statement:
    whole = (asked.since, asked.until)
    figures = _figures(asked, whole, accounts=profit_accounts(asked.books))
    planned = read_budget(asked.ask, asked.schema, since=asked.since, until=asked.until)
    built = _blank(
        "budget-vs-actual", "Budget vs Actual",
        f"{long_date(asked.since)} to {long_date(asked.until)}",
        ("Actual", "Budget", "Variance", "Variance %"),
        budget_rows(asked.books, figures.moved(*whole), planned),
        spans=(ColumnSpan(*whole), None, None, None),
    )  # fmt: skip
    if not planned:
        built = structs.replace(built, notes=("no overall budget was synced for these months",))
    return _with_residual(built, figures, asked.since, asked.until)


def _cash(asked: DatedWish) -> Statement:
    before = asked.since - ONE_DAY
    banks = {key for key, account in asked.books.accounts.items() if account.type == "BANK"}
    figures = _figures(asked, (None, before), (asked.since, asked.until), accounts=banks)
    moved = lines.read_cash(
        asked.ask, asked.schema, since=asked.since, until=asked.until, banks=banks
    )
    during = ColumnSpan(asked.since, asked.until)
    built = _blank(
        "cash", "Bank Summary", f"From {long_date(asked.since)} to {long_date(asked.until)}",
        ("Opening Balance", "Cash Received", "Cash Spent", "Closing Balance"),
        lines.cash_rows(asked.books, figures.moved(None, before), moved),
        spans=(ColumnSpan(None, before), during, during, ColumnSpan(None, asked.until)),
    )  # fmt: skip
    return _with_residual(built, figures, asked.since, asked.until)


def _sales_tax(asked: DatedWish) -> Statement:
    figures = _figures(asked)
    parts = lines.read_tax(
        asked.ask, asked.schema, since=asked.since, until=asked.until, cash=asked.wish.cash
    )
    moved = figures.moved(asked.since, asked.until)
    tax = sum(
        moved.get(key, 0) for key, each in asked.books.accounts.items() if each.system == "GST"
    )
    return _blank(
        "sales-tax", "Sales Tax", f"{long_date(asked.since)} to {long_date(asked.until)}",
        ("Net", "Tax"), lines.tax_rows(asked.books, parts, tax),
    )  # fmt: skip


BUILDERS: Mapping[str, Callable[[DatedWish], Statement]] = {
    "trial-balance": _trial_balance,
    "profit-and-loss": _profit_and_loss,
    "balance-sheet": _balance_sheet,
    "general-ledger": _general_ledger,
    "aged-receivables": lambda asked: _aged(asked, sales=True),
    "aged-payables": lambda asked: _aged(asked, sales=False),
    "budget-vs-actual": _budget,
    "cash": _cash,
    "sales-tax": _sales_tax,
}
