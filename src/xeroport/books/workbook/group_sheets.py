"""The sheets of a group: rates, months where rates are by month, and profit and loss and balance
sheet with a column each member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import Struct

from xeroport.books.group import CURRENT_EARNINGS_NAME, Line, Member, translated
from xeroport.books.statements.layout import ASSETS, ProfitLayout
from xeroport.books.statements.statement_model import short_date
from xeroport.books.workbook.formulas import cell
from xeroport.books.workbook.sheets import Pages

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

FIRST_RATE = 4
"""The line of the first rate, from 0."""
CLOSING, AVERAGES = 2, 3
"""The columns of the closing rate, and of the first average rate."""
MONTHS = "Months"
PROFIT_SHEET, BALANCE_SHEET = "Group profit and loss", "Group balance sheet"


class GroupResult(Struct, frozen=True):
    """The result of the group: its line on the sheet, from 0, and its amount in each column."""

    line: int
    amounts: tuple[Decimal, ...]


class Group(Struct, frozen=True):
    """A group's figures: `period` and `currency` in words, members, the lines of both statements,
    the months that have a rate each (none: one rate for the period), and whether the period is
    the financial year so far of every member."""

    name: str
    period: str
    currency: str
    members: tuple[Member, ...]
    profit: tuple[Line, ...]
    balance: tuple[Line, ...]
    layout: ProfitLayout
    months: tuple[date, ...] = ()
    is_year: bool = False


def write_group_sheets(pages: Pages, group: Group) -> None:
    """Cover, rates, profit and loss, balance sheet."""
    cover = pages.add("Cover", title=group.name, lines=(group.period, f"in {group.currency}"),
                      wide=False)  # fmt: skip
    _rates(pages, group)
    months = _months(pages, group)
    result = _Sheet(pages, group, PROFIT_SHEET, group.layout.title, months).profit()
    checks = _Sheet(pages, group, BALANCE_SHEET, "Balance Sheet", months).balance(result)
    cover.set_column(0, 0, 44)
    cover.set_column(1, 3, 18)
    line = 5
    for member in group.members:
        books = member.books
        cover.write_string(
            line, 0, f"{books.organisation} ({books.currency})", pages.style("section")
        )
        tied = f"tied to Xero until {books.tied_until}" if books.tied_until else "not tied to Xero"
        as_of = f"as of {books.as_of:%d %b %Y %H:%M} UTC" if books.as_of else ""
        cover.write_string(line + 1, 0, f"{as_of}; {tied}".strip("; "), pages.style("note"))
        line += 2
    facts = (
        (f"{group.layout.net} of the group", PROFIT_SHEET,
         cell(result.line, len(result.amounts)), result.amounts[-1], "amount"),
        ("Translation difference", BALANCE_SHEET, checks[0], checks[1], "amount"),
        ("Left over by eliminations (must be 0.00)", BALANCE_SHEET, checks[2], checks[3], "check"),
    )  # fmt: skip
    for at, (name, sheet, place, amount, style) in enumerate(facts, start=line + 1):
        cover.write_string(at, 0, name, pages.style("section"))
        cover.write_formula(at, 1, f"='{sheet}'!{place}", pages.style(style), float(amount))
    if checks[3]:
        note = (
            "What the members owe and sell to each other does not come to the same on both sides."
        )
        cover.write_string(line + 4, 0, note, pages.style("note"))


def _rates(pages: Pages, group: Group) -> None:
    sheet = pages.add("Rates", title="Rates", lines=(f"units of {group.currency} for one unit",))
    averages = [short_date(month) for month in group.months] or ["Average (profit and loss)"]
    heads = ("Organisation", "Currency", "Closing (balance sheet)", *averages)
    for at, name in enumerate(heads):
        style = "head_left" if at < CLOSING else "head"
        sheet.write_string(FIRST_RATE - 1, at, name, pages.style(style))
    for at, member in enumerate(group.members, start=FIRST_RATE):
        sheet.write_string(at, 0, member.books.organisation)
        sheet.write_string(at, 1, member.books.currency)
        for column, rate in enumerate((member.rates.closing, *member.rates.averages), CLOSING):
            sheet.write_number(at, column, float(rate), pages.style("rate"))
    note = "each month's average rate" if group.months else "the average rate of the period"
    sheet.write_string(
        FIRST_RATE + len(group.members) + 1, 0,
        f"Profit and loss is translated at {note}, the balance sheet at the closing rate. Equity "
        "of earlier years has the closing rate too: the translation difference is this year's.",
        pages.style("note"),
    )  # fmt: skip
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 10)
    sheet.set_column(CLOSING, CLOSING, 24)
    sheet.set_column(AVERAGES, AVERAGES + len(averages) - 1, 12 if group.months else 24)


def _months(pages: Pages, group: Group) -> dict[tuple[str, str, int], int]:
    """Each member's movements by month in its own currency: the sheet that translation multiplies.

    Gives (section, label, member) → its line, from 0; nothing where there is one rate."""
    if not group.months:
        return {}
    sheet = pages.add(MONTHS, title="Movements by month",
                      lines=("in the currency of each organisation",))  # fmt: skip
    for at, name in enumerate(("Account", "Organisation")):
        sheet.write_string(3, at, name, pages.style("head_left"))
    for at, month in enumerate(group.months, start=2):
        sheet.write_string(3, at, short_date(month), pages.style("head"))
    places: dict[tuple[str, str, int], int] = {}
    for line in (*group.profit, *(line for line in group.balance if line.is_average)):
        for at, member in enumerate(group.members):
            if not any(line.amounts[at]):
                continue
            row = 4 + len(places)
            places[line.section, line.label, at] = row
            sheet.write_string(row, 0, line.label, pages.style("label"))
            sheet.write_string(row, 1, f"{member.instance} ({member.books.currency})")
            for column, cents in enumerate(line.amounts[at], start=2):
                amount = float(Decimal(line.sign * cents).scaleb(-2))
                sheet.write_number(row, column, amount, pages.style("amount"))
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 1, 24)
    sheet.set_column(2, 1 + len(group.months), 12.5)
    sheet.freeze_panes(4, 2)
    sheet.repeat_rows(3)
    return places


class _Sheet:
    """One statement of a group. Columns: each member's own amount, each translated, eliminations,
    the group."""

    def __init__(
        self, pages: Pages, group: Group, name: str, title: str,
        months: dict[tuple[str, str, int], int],
    ) -> None:  # fmt: skip
        self.pages, self.group, self.months = pages, group, months
        self.result: GroupResult | None = None
        self.count = len(group.members)
        self.out = 1 + 2 * self.count
        self.whole = self.out + 1
        lines = (group.name, f"{group.period} ({group.currency})")
        self.sheet: Worksheet = pages.add(name, title=title, lines=lines)
        heads = [f"{member.instance} ({member.books.currency})" for member in group.members]
        heads += [f"{member.instance} ({group.currency})" for member in group.members]
        pages.heads(self.sheet, 4, [*heads, "Eliminations", "Group"], widths=(50, 16))
        self.at = 5

    def profit(self) -> GroupResult:
        """Write the profit and loss; its result."""
        layout = self.group.layout
        sums: list[tuple[int, int]] = []
        values: list[list[Decimal]] = []
        for name, sign in (("income", 1), ("cost_of_sales", -1), ("other_income", 1),
                           ("expenses", -1)):  # fmt: skip
            title, total = getattr(layout, name)
            lines = [line for line in self.group.profit if line.section == title]
            if name == "other_income":
                self._combine(layout.gross, sums, values)
            if not lines:
                continue
            sums.append((sign, self.at + 1 + len(lines)))
            values.append([sign * each for each in self._section(title, total, lines)])
        line = self.at
        return GroupResult(line, tuple(self._combine(layout.net, sums, values)))

    def balance(self, result: GroupResult) -> tuple[str, Decimal, str, Decimal]:
        """Write the balance sheet, with the result of the same year where it is one; the cells and
        amounts of the translation difference and of what eliminations leave over."""
        self.result = result if self.group.is_year else None
        sums: list[tuple[int, int]] = []
        values: list[list[Decimal]] = []
        equity: list[Line] = []
        for section, grouped in groupby(self.group.balance, key=lambda line: line.section):
            lines = list(grouped)
            if section == "Equity":
                equity = lines
                continue
            is_asset = section in ASSETS.values()
            sums.append((1 if is_asset else -1, self.at + 1 + len(lines)))
            totals = self._section(section, f"Total {section}", lines)
            values.append([total if is_asset else -total for total in totals])
        net_line = self.at
        net = self._combine("Net Assets", sums, values)
        first = self.at + 1
        own = self._section("Equity", "Equity before translation", equity)
        own_line = first + len(equity)
        difference = [a - b for a, b in zip(net, own, strict=True)]
        self._total_row("Translation difference", [(1, net_line), (-1, own_line)], difference)
        difference_line = self.at - 1
        self._total_row(
            "Total Equity", [(1, own_line), (1, difference_line)],
            [a + b for a, b in zip(own, difference, strict=True)],
        )  # fmt: skip
        out = self.out - 1
        return (
            cell(difference_line, self.whole), difference[-1] - difference[out],
            cell(difference_line, self.out), difference[out],
        )  # fmt: skip

    def _section(self, title: str, total: str, lines: Sequence[Line]) -> list[Decimal]:
        """Write a section; its totals by column."""
        style = self.pages.style
        self.sheet.write_string(self.at, 0, title, style("section"))
        self.at += 1
        first = self.at
        totals = [Decimal(0)] * self.whole
        for line in lines:
            for at, value in enumerate(self._line(line)):
                totals[at] += value
        self.sheet.write_string(self.at, 0, total, style("total_label"))
        for column in range(1, self.whole + 1):
            span = f"{cell(first, column)}:{cell(self.at - 1, column)}"
            self.sheet.write_formula(
                self.at, column, f"=SUM({span})", style("total"), float(totals[column - 1])
            )
        self.at += 1
        return totals

    def _line(self, line: Line) -> list[Decimal]:
        """Write an account; its amounts by column."""
        style = self.pages.style
        self.sheet.write_string(self.at, 0, line.label, style("label"))
        values: list[Decimal] = []
        if self.result is not None and line.label == CURRENT_EARNINGS_NAME:
            return self._same_result(self.result)
        for at, parts in enumerate(line.amounts):
            amount = Decimal(line.sign * sum(parts)).scaleb(-2)
            months = self._span(line, at)
            if months:
                self.sheet.write_formula(
                    self.at, 1 + at, f"=SUM({months[0]})", style("amount"), float(amount)
                )
            else:
                self.sheet.write_number(self.at, 1 + at, float(amount), style("amount"))
            values.append(amount)
        taken = Decimal(0)
        for at, member in enumerate(self.group.members):
            rates = member.rates.averages if line.is_average else (member.rates.closing,)
            amount = line.sign * translated(line.amounts[at], rates)
            column = AVERAGES if line.is_average else CLOSING
            place = f"Rates!{cell(FIRST_RATE + at, column, is_fixed=True)}"
            months = self._span(line, at)
            formula = f"=ROUND({cell(self.at, 1 + at)}*{place},2)"
            if months:
                formula = f"=SUMPRODUCT(ROUND({months[0]}*{months[1]},2))"
            self.sheet.write_formula(
                self.at, 1 + self.count + at, formula, style("amount"), float(amount)
            )
            values.append(amount)
            taken -= line.sign * translated(line.eliminated[at], rates)
        self.sheet.write_number(self.at, self.out, float(taken), style("amount"))
        span = f"{cell(self.at, 1 + self.count)}:{cell(self.at, self.out)}"
        whole = sum(values[self.count :], taken)
        self.sheet.write_formula(
            self.at, self.whole, f"=SUM({span})", style("amount"), float(whole)
        )
        self.at += 1
        return [*values, taken, whole]

    def _same_result(self, result: GroupResult) -> list[Decimal]:
        """This year's result, from the profit and loss."""
        for column, amount in enumerate(result.amounts, start=1):
            self.sheet.write_formula(
                self.at, column, f"='{PROFIT_SHEET}'!{cell(result.line, column)}",
                self.pages.style("amount"), float(amount),
            )  # fmt: skip
        self.at += 1
        return list(result.amounts)

    def _span(self, line: Line, at: int) -> tuple[str, str] | None:
        """Where a member's months and its rates of those are; None for a single amount."""
        row = self.months.get((line.section, line.label, at)) if line.is_average else None
        if row is None:
            return None
        last = len(self.group.months) - 1
        rates = FIRST_RATE + at
        return (
            f"{MONTHS}!{cell(row, 2)}:{cell(row, 2 + last)}",
            f"Rates!{cell(rates, AVERAGES, is_fixed=True)}:"
            f"{cell(rates, AVERAGES + last, is_fixed=True)}",
        )

    def _combine(
        self, label: str, sums: Sequence[tuple[int, int]], values: Sequence[Sequence[Decimal]]
    ) -> list[Decimal]:
        """A total of totals."""
        result = [sum((value[at] for value in values), Decimal(0)) for at in range(self.whole)]
        self._total_row(label, sums, result)
        return result

    def _total_row(
        self, label: str, parts: Sequence[tuple[int, int]], amounts: Sequence[Decimal]
    ) -> None:
        style = self.pages.style
        self.sheet.write_string(self.at, 0, label, style("total_label"))
        for column in range(1, self.whole + 1):
            pieces = "".join(
                f"{'+' if sign > 0 else '-'}{cell(line, column)}" for sign, line in parts
            )
            self.sheet.write_formula(
                self.at, column, f"={pieces.removeprefix('+') or 0}", style("total"),
                float(amounts[column - 1]),
            )  # fmt: skip
        self.at += 1
