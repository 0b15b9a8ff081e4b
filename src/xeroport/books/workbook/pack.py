"""The monthly pack: cover with the proof, profit and loss by month, balances, ageing, ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from xeroport.books.missing_streams import HowMissing, in_words
from xeroport.books.statements.layout import COSTS
from xeroport.books.statements.statement_model import Statement
from xeroport.books.workbook.formulas import cell
from xeroport.books.workbook.sheets import Pages, heading, write_rows
from xeroport.plurals import counted

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

LEDGER = ("Date", "Account code", "Account", "Source", "Reference", "Contact", "Description",
          "Debit", "Credit", "Amount")  # fmt: skip
MOST_LINES = 1_000_000
"""Lines of a general ledger that fit on one sheet."""


class ResidualLine(Struct, frozen=True):
    """What Xero has on an account and no document explains."""

    account: str
    amount: Decimal
    cause: str


class Proof(Struct, frozen=True):
    """What the cover says of how far the figures are proved."""

    organisation: str
    currency: str
    period: str
    as_of: datetime | None
    derived_at: datetime | None
    tied_from: date | None
    tied_until: date | None
    lines: int
    journals: int
    missing: Mapping[str, HowMissing]
    residual: tuple[ResidualLine, ...]


class Pack(Struct, frozen=True):
    """All that a pack shows. `months` is the profit and loss with a column a month, then the
    total, the year before and the budget; `ledger` are lines in the order of `LEDGER`."""

    proof: Proof
    months: Statement
    month_count: int
    balance_sheet: Statement
    trial_balance: Statement
    receivables: Statement
    payables: Statement
    tracking: tuple[Statement, ...]
    ledger: tuple[tuple[Any, ...], ...]


def write_pack(pages: Pages, pack: Pack) -> None:
    """Write all sheets of a pack, the cover first."""
    cover = pages.add("Cover", title=pack.proof.organisation, wide=False)
    places = _profit(pages, pack)
    pages.statement("Balance sheet", pack.balance_sheet)
    pages.statement("Trial balance", pack.trial_balance)
    pages.statement("Receivables", pack.receivables)
    pages.statement("Payables", pack.payables)
    for built in pack.tracking:
        pages.statement(f"P&L by {built.period.partition(',')[0]}", built)
    _ledger(pages, pack)
    _cover(pages, cover, pack)
    _chart(pages, cover, pack, places)


def _profit(pages: Pages, pack: Pack) -> dict[str, int]:
    """Months side by side; the total and the variance are formulas."""
    built, count = pack.months, pack.month_count
    sheet = pages.add("Profit and loss", title=built.title, lines=heading(built))
    top = 2 + len(heading(built))
    pages.heads(sheet, top, (*built.columns, "Variance"), widths=(38, 12.5))
    places = write_rows(pages, sheet, built.rows, first=top + 1)
    total, budget = count + 1, count + 3
    for index, row in enumerate(built.rows):
        if not row.values:
            continue
        line = top + 1 + index
        style = pages.style("total" if row.kind == "total" else "amount")
        figures = [value for value in row.values if isinstance(value, Decimal)]
        if row.kind == "row" and count > 1:
            span = f"{cell(line, 1)}:{cell(line, count)}"
            sheet.write_formula(line, total, f"=SUM({span})", style, float(figures[count]))
        is_cost = row.section in COSTS
        left, right = (budget, total) if is_cost else (total, budget)
        difference = figures[left - 1] - figures[right - 1]
        sheet.write_formula(
            line, budget + 1, f"={cell(line, left)}-{cell(line, right)}", style, float(difference)
        )
    return places


def _ledger(pages: Pages, pack: Pack) -> None:
    """Every line of the period as a table with filters, with the sum of what is shown."""
    sheet = pages.add(
        "General ledger",
        title="General Ledger",
        lines=(pack.proof.organisation, f"{pack.proof.period} ({pack.proof.currency})"),
    )
    lines = pack.ledger[:MOST_LINES]
    first = 5
    date_style, amount = pages.style("date"), pages.style("amount")
    for at, line in enumerate(lines, start=first + 1):
        for column, value in enumerate(line):
            if value is None:
                continue
            if column == 0:
                sheet.write_datetime(at, 0, value, date_style)
            elif column >= 7:
                sheet.write_number(at, column, float(value), amount)
            else:
                sheet.write_string(at, column, str(value))
    last = first + max(len(lines), 1)
    sheet.add_table(
        first, 0, last, len(LEDGER) - 1,
        {
            "name": "GeneralLedger",
            "style": "Table Style Light 1",
            "columns": [
                {"header": name, "header_format": pages.style("head" if at >= 7 else "head_left")}
                for at, name in enumerate(LEDGER)
            ],
        },
    )  # fmt: skip
    sheet.write_string(3, 6, "Shown", pages.style("total_label"))
    for column in (7, 8, 9):
        span = f"{cell(first + 1, column)}:{cell(last, column)}"
        shown = sum((Decimal(line[column] or 0) for line in lines), Decimal(0))
        sheet.write_formula(3, column, f"=SUBTOTAL(109,{span})", pages.style("total"), float(shown))
    for column, width in enumerate((12, 15, 30, 26, 18, 26, 34, 13, 13, 13)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(first + 1, 0)
    sheet.repeat_rows(first)
    if len(pack.ledger) > MOST_LINES:
        sheet.write_string(
            2,
            0,
            f"the first {MOST_LINES:,} of {counted(len(pack.ledger), 'line')}",
            pages.style("note"),
        )


def _cover(pages: Pages, sheet: Worksheet, pack: Pack) -> None:
    """What the pack is, how far it is proved, and what no document says."""
    proof = pack.proof
    facts: list[tuple[str, Any]] = [
        ("Period", proof.period),
        ("Currency", proof.currency),
        ("Copy of Xero as of", _moment(proof.as_of)),
        ("Ledger derived at", _moment(proof.derived_at)),
        ("Ledger", f"{counted(proof.lines, 'line')} in {counted(proof.journals, 'journal')}"),
        (
            "Tied to Xero's trial balance",
            f"{proof.tied_from:%d %b %Y} to {proof.tied_until:%d %b %Y}, every month end"
            if proof.tied_from and proof.tied_until
            else "no",
        ),
        ("Streams not synced", ", ".join(in_words(proof.missing)) or "none"),
    ]
    for at, (name, value) in enumerate(facts, start=2):
        sheet.write_string(at, 0, name, pages.style("section"))
        sheet.write_string(at, 1, str(value))
    line = len(facts) + 3
    line = _checks(pages, sheet, pack, line)
    sheet.write_string(
        line, 0, "What Xero has and no document explains (residual)", pages.style("section")
    )
    if not proof.residual:
        sheet.write_string(line + 1, 0, "nothing", pages.style("label"))
    for at, each in enumerate(proof.residual, start=line + 1):
        sheet.write_string(at, 0, each.account, pages.style("label"))
        sheet.write_number(at, 1, float(each.amount), pages.style("amount"))
        sheet.write_string(at, 2, each.cause, pages.style("note"))
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, 6, 14)


def _checks(pages: Pages, sheet: Worksheet, pack: Pack, line: int) -> int:
    """Sums that must be zero, worked out from the other sheets; the next free line."""
    sheet.write_string(line, 0, "Checks (must be 0.00)", pages.style("section"))
    balance = _lines(pack.balance_sheet)
    trial = _lines(pack.trial_balance)
    checks = [
        (
            "Net assets less equity",
            f"='Balance sheet'!{cell(balance['Net Assets'], 1)}"
            f"-'Balance sheet'!{cell(balance['Total Equity'], 1)}",
        ),
        (
            "Debits less credits of the trial balance",
            f"='Trial balance'!{cell(trial['Total'], 3)}-'Trial balance'!{cell(trial['Total'], 4)}",
        ),
        ("Sum of the general ledger", f"=ROUND('General ledger'!{cell(3, 9)},2)"),
    ]
    for at, (name, formula) in enumerate(checks, start=line + 1):
        sheet.write_string(at, 0, name, pages.style("label"))
        sheet.write_formula(at, 1, formula, pages.style("check"), 0)
    return line + len(checks) + 2


def _lines(built: Statement) -> dict[str, int]:
    """The line of each total of a statement's sheet, from 0."""
    first = 3 + len(heading(built))
    return {row.label: first + at for at, row in enumerate(built.rows) if row.kind == "total"}


def _chart(pages: Pages, cover: Worksheet, pack: Pack, places: dict[str, int]) -> None:
    """Income, costs and profit by month, drawn on the cover from the profit and loss."""
    totals = [row.label for row in pack.months.rows if row.kind == "total"]
    wanted = [totals[0], totals[-1]] if totals else []
    chart = pages.book.add_chart({"type": "column"})
    top = 2 + len(heading(pack.months))
    for label in wanted:
        line = places[label]
        chart.add_series(
            {
                "name": ["Profit and loss", line, 0],
                "categories": ["Profit and loss", top, 1, top, pack.month_count],
                "values": ["Profit and loss", line, 1, line, pack.month_count],
            }
        )
    chart.set_title({"name": f"{' and '.join(wanted)} by month", "name_font": {"size": 11}})
    chart.set_legend({"position": "bottom"})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True}})
    chart.set_size({"width": 720, "height": 300})
    cover.insert_chart(17 + max(len(pack.proof.residual), 1), 0, chart)


def _moment(moment: datetime | None) -> str:
    return f"{moment:%d %b %Y %H:%M} UTC" if moment else "unknown"
