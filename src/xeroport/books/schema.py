"""The tables of a derived ledger: their columns, types and meaning, as data."""

from __future__ import annotations

from msgspec import Struct

MONEY = "DECIMAL(18, 2)"


class BookColumn(Struct, frozen=True):
    """One column: its name, DuckDB type, and what it holds."""

    name: str
    type: str
    about: str


class BookTable(Struct, frozen=True):
    """One table of the ledger's schema."""

    name: str
    about: str
    columns: tuple[BookColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def definition(self) -> str:
        """The columns as a CREATE TABLE lists them, in DuckDB."""
        return ", ".join(f"{column.name} {column.type}" for column in self.columns)


def _table(name: str, about: str, *columns: tuple[str, str, str]) -> BookTable:
    return BookTable(name, about, tuple(BookColumn(*column) for column in columns))


_LINE = (
    ("record", "VARCHAR", "Table of the record that was derived: `invoice`, `payment` …"),
    ("record_id", "UUID", "Id of that record"),
    ("line_number", "INTEGER", "Number of the line within the record, with gaps"),
    ("source_type", "VARCHAR", "Xero's name for such a journal: `ACCREC`, `CASHPAID` …"),
    ("source_id", "UUID", "Id of the document as Xero's journals name it"),
    ("journal_date", "DATE", "The day it posts"),
    ("account_id", "UUID", "Account it posts to"),
    ("amount", MONEY, "Base currency; debits positive, credits negative"),
    ("tax_type", "VARCHAR", "Tax type of the line"),
    (
        "tax_amount",
        MONEY,
        "Tax on the line, signed like `amount`; itself posted on the tax account",
    ),
    ("description", "VARCHAR", "Text of the line"),
    ("contact_id", "UUID", "Customer or supplier"),
    ("reference", "VARCHAR", "Number of the document, or its reference"),
    ("currency_code", "VARCHAR", "Currency of the document"),
    ("currency_amount", "DECIMAL(18, 4)", "Amount in the document's currency, signed"),
    ("document_id", "UUID", "Document whose line this is"),
    ("document_position", "INTEGER", "Position of that line in the document"),
    ("settles_id", "UUID", "Document whose receivable or payable this line moves"),
)

LEDGER_LINE = _table("ledger_line", "Every line of every journal, accrual basis.", *_LINE)
CASH_LINE = _table("cash_line", "The same on a cash basis; filled with `--cash`.", *_LINE)
TRACKING = _table(
    "ledger_line_tracking",
    "Tracking options of ledger lines.",
    ("record_id", "UUID", "With `line_number`, the ledger line"),
    ("line_number", "INTEGER", "Number of the line within the record"),
    ("tracking_category_id", "UUID", "Tracking category"),
    ("tracking_option_id", "UUID", "Tracking option"),
    ("category", "VARCHAR", "Name of the category when the document was saved"),
    ("option", "VARCHAR", "Name of the option when the document was saved"),
)
CASH_TRACKING = BookTable(
    "cash_line_tracking", "Tracking options of cash lines.", columns=TRACKING.columns
)
RESIDUAL = _table(
    "residual_line",
    "What Xero's trial balance has and no document explains, by month and account.",
    ("month_end", "DATE", "The month in which the difference arose"),
    ("account_id", "UUID", "Account"),
    ("amount", MONEY, "Base currency; debits positive"),
    ("cause", "VARCHAR", "Most likely cause"),
)
TIE_OUT = _table(
    "tie_out",
    "Xero's trial balance beside the ledger, by month and account.",
    ("month_end", "DATE", "Last day of the month"),
    ("account_id", "UUID", "Account"),
    ("xero", MONEY, "Balance in Xero's trial balance: year to date for revenue and expenses"),
    ("derived", MONEY, "The same from ledger lines and the residual of earlier months"),
    ("residual", MONEY, "The difference, which is this month's residual"),
    ("read_at", "TIMESTAMP", "When Xero reported it (UTC)"),
)
RUN = _table(
    "ledger_run",
    "One row for each time the ledger was derived, the newest last.",
    ("number", "INTEGER", "Number of the run, from 1"),
    ("derived_at", "TIMESTAMP", "When (UTC)"),
    ("synced_until", "TIMESTAMP", "Newest row of the copy that it knew (UTC)"),
    (
        "chart",
        "VARCHAR",
        "Fingerprint of chart, taxes and rules; if it differs, all is derived again",
    ),
    ("mode", "VARCHAR", "`full` or `changes`"),
    ("basis", "VARCHAR", "`accrual`, or `accrual and cash`"),
    ("base_currency", "VARCHAR", "Currency of `amount`"),
    ("records", "INTEGER", "Records that were derived in this run"),
    ("lines", "BIGINT", "Number of ledger lines"),
    ("journals", "BIGINT", "Number of journals"),
    ("tied_from", "DATE", "First month end that is tied to Xero's trial balance"),
    ("tied_until", "DATE", "Last one"),
    ("residual", MONEY, "Sum of the debits of the residual"),
    ("missing", "VARCHAR", "Streams that were not synced (`never`) or only `in part`, as JSON"),
    ("left_out", "VARCHAR", "Approved records without lines or rate, with commas"),
    ("dbt_from", "VARCHAR", "What dbt_xero reads: journals of `documents`, or `Xero`'s own"),
)

TABLES: tuple[BookTable, ...] = (
    LEDGER_LINE, TRACKING, CASH_LINE, CASH_TRACKING, RESIDUAL, TIE_OUT, RUN,
)  # fmt: skip
"""All tables of `<instance>_ledger`."""
