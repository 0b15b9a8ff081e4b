"""A statement as the rows of a page: every figure leads to the lines or documents behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from xeroport.books.statements.ageing import AgedContact, AgedCurrency
from xeroport.books.statements.balances import CURRENT_EARNINGS, retained_account
from xeroport.books.statements.layout import profit_layout
from xeroport.books.statements.statement_model import Books, ColumnSpan, Row, Statement
from xeroport.console.reading.account_groups import slug


@dataclass(frozen=True)
class Figure:
    """One figure of a statement and where it leads; `is_share` says that it is a percentage."""

    value: Decimal | None
    link: str = ""
    is_share: bool = False


@dataclass(frozen=True)
class FigureRow:
    """One line of a page: `kind` is that of the statement's row, `code` the account's."""

    kind: str
    label: str
    figures: tuple[Figure, ...] = ()
    code: str = ""
    link: str = ""
    currency: str = ""


SHARE = "Variance %"


def figure_rows(built: Statement, books: Books, base: str) -> list[FigureRow]:
    """The rows of a statement; `base` is the address of the organisation's statements."""
    return [_row(row, built, books, base) for row in built.rows]


def _row(row: Row, built: Statement, books: Books, base: str) -> FigureRow:
    figures = tuple(
        Figure(value, _link(row, built.spans[at], built, books, base), built.columns[at] == SHARE)
        for at, value in enumerate(row.values)
    )
    account = books.accounts.get(row.account_id or "")
    whole = _whole(built.spans)
    return FigureRow(
        kind=row.kind,
        label=row.label,
        figures=figures,
        code=(account.code or "") if account else "",
        link=_link(row, whole, built, books, base) if row.kind == "row" and whole else "",
    )


def _whole(spans: Sequence[ColumnSpan | None]) -> ColumnSpan | None:
    """The span that the name of an account leads to: the only one there is, or the last total."""
    plain = [span for span in spans if span and not (span.option or span.without)]
    return plain[0] if len(plain) == 1 else None


def _link(row: Row, span: ColumnSpan | None, built: Statement, books: Books, base: str) -> str:
    if span is None or row.kind == "section":
        return ""
    if row.account_id == CURRENT_EARNINGS:
        start = books.year_end.start(span.until)
        return f"{base}/profit-and-loss?{urlencode({'first': start, 'last': span.until})}"
    days = {"first": span.since or "", "last": span.until, "option": span.option,
            "without": span.without}  # fmt: skip
    if row.account_id and span.since is None and row.account_id == retained_account(books):
        return f"{base}/lines?{_query(days, group='retained')}"
    if row.account_id:
        return f"{base}/account/{row.account_id}?{_query(days)}"
    group = _group(row, built, books)
    return f"{base}/lines?{_query(days, group=group)}" if group else ""


def _query(days: Mapping[str, object], **more: object) -> str:
    return urlencode({key: value for key, value in {**more, **days}.items() if value})


def _group(row: Row, built: Statement, books: Books) -> str:
    """The accounts that a total adds up, as `account_groups` names them."""
    if built.name == "cash":
        return "cash"
    if built.name == "balance-sheet":
        return slug(row.section or row.label)
    layout = profit_layout(books.region)
    totals = {getattr(layout, name)[1]: name
              for name in ("income", "cost_of_sales", "other_income", "expenses")}  # fmt: skip
    totals |= {layout.gross: "gross", layout.net: "net"}
    return totals.get(row.label, "")


def aged_page(
    contacts: Sequence[AgedContact], currencies: Sequence[AgedCurrency], address: str, at: str
) -> list[FigureRow]:
    """Contacts, then the total of all, then what is open in each other currency, in its own."""

    def figures(ages: Sequence[Decimal], total: Decimal, **narrowed: str) -> Iterator[Figure]:
        for bucket, amount in enumerate(ages):
            yield Figure(amount, f"{address}?{_query({'at': at}, age=str(bucket), **narrowed)}")
        yield Figure(total, f"{address}?{_query({'at': at}, **narrowed)}")

    rows = [
        FigureRow(
            "row",
            contact.name or "No name",
            tuple(figures(contact.ages, contact.total, contact=contact.contact_id)),
            link=f"{address}?{_query({'at': at}, contact=contact.contact_id)}",
        )
        for contact in contacts
    ]
    sums = [sum(column, Decimal("0.00")) for column in zip(*(c.ages for c in currencies),
                                                           strict=True)]  # fmt: skip
    if currencies:
        total = sum(sums, Decimal("0.00"))
        rows.append(FigureRow("total", "Total", tuple(figures(sums, total))))
    if len(currencies) > 1:
        rows += [
            FigureRow(
                "own",
                f"Of which in {each.currency or 'no currency'}",
                tuple(figures(each.own_ages, each.own_total, currency=each.currency)),
                currency=each.currency,
            )
            for each in currencies
        ]
    return rows
