"""Views that add up what they say: schema `<instance>_reporting`, in base and document currency."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import Struct

from xeroport.books.places.workspace import Workspace, schemas
from xeroport.catalogue import load
from xeroport.catalogue.columns import tables
from xeroport.destinations.typed import column_types, identifier

Dialect = Literal["duckdb", "postgres"]
FOLDER = Path(__file__).parent / "reporting_views"


class View(Struct, frozen=True):
    """A view: its name, what it adds up, and what its columns hold; its SQL is the file `query`
    (else that of its name), with `side`'s words at their marks."""

    name: str
    about: str
    columns: dict[str, str]
    query: str = ""
    side: Mapping[str, str] = {}

    def sql(self) -> str:
        """Its SQL, for tables of any instance."""
        query = (FOLDER / f"{self.query or self.name}.sql").read_text(encoding="utf-8").rstrip()
        for mark, word in self.side.items():
            query = query.replace(mark, word)
        return query


SALES = {"$document": "invoice", "$invoice": "ACCREC", "$money": "RECEIVE", "$sign": "-"}
PURCHASES = {"$document": "bill", "$invoice": "ACCPAY", "$money": "SPEND", "$sign": ""}
"""The words in which a view of customers differs from that of suppliers."""


_DOCUMENT_LINE = {
    "date": "Date of the document",
    "document": "Kind of document",
    "number": "Its number or reference",
    "contact_id": "Customer or supplier",
    "contact": "Their name",
    "account_code": "Account of the line",
    "account": "Name of that account",
    "description": "Text of the line",
    "amount": "Base currency, without tax; credit notes are negative",
    "tax": "Tax on the line, base currency",
    "currency_code": "Currency of the document",
    "currency_amount": "The amount in that currency",
    "record_id": "Id of the document",
    "line": "Position of the line in it",
}
_OPEN = {
    "document": "Kind of document; credits are negative",
    "number": "Its number or reference",
    "contact_id": "Customer or supplier",
    "contact": "Their name",
    "date": "Date of the document",
    "due_date": "When it is due; credits have none",
    "amount": "What is open, in the base currency",
    "currency_code": "Currency of the document",
    "currency_amount": "What is open, in that currency",
    "record_id": "Id of the document",
}
_SALES_LINES = "Lines of approved sales invoices and their credit notes."
_PURCHASE_LINES = "Lines of approved bills and their credit notes."
_RECEIVABLE = "What customers owe: open invoices less open credit."
_PAYABLE = "What is owed to suppliers: open bills less open credit."
VIEWS: tuple[View, ...] = (
    View("sales", _SALES_LINES, _DOCUMENT_LINE, "document_lines", SALES),
    View("purchases", _PURCHASE_LINES, _DOCUMENT_LINE, "document_lines", PURCHASES),
    View("receivable", _RECEIVABLE, _OPEN, "open_documents", SALES),
    View("payable", _PAYABLE, _OPEN, "open_documents", PURCHASES),
    View(
        "cash",
        "Every movement on a bank account.",
        {
            "date": "Day of the movement",
            "account_code": "Bank account",
            "account": "Its name",
            "kind": "Xero's name for the journal, or `not from documents`",
            "reference": "Number or reference; the likely cause where no document explains it",
            "contact": "Customer or supplier",
            "amount": "Base currency; money in is positive",
            "currency_code": "Currency of the document",
            "currency_amount": "The amount in that currency",
            "record": "Table of the document",
            "record_id": "Its id",
        },
    ),
    View(
        "profit_and_loss",
        "Income and costs by month and account.",
        {
            "month": "First day of the month",
            "section": "`income`, `cost of sales`, `other income`, `operating expenses`",
            "account_code": "Account",
            "account": "Its name",
            "amount": "Base currency; income and costs are both positive",
            "profit": "The same signed by what it does to the profit: their sum is the result",
            "not_from_documents": "The part of `profit` that is residual",
            "account_id": "Id of the account",
        },
    ),
    View(
        "balance_sheet",
        "Balances by month end and account.",
        {
            "month_end": "Last day of the month",
            "section": "`assets`, `liabilities`, `equity`",
            "type": "Xero's type of the account",
            "account_code": "Account",
            "account": "Its name, or the earnings of this year and of earlier ones",
            "amount": "Base currency; assets less liabilities are equity",
            "account_id": "Id of the account",
        },
    ),
)


def add_reporting(workspace: Workspace) -> None:
    """Queue the views of `<instance>_reporting`."""
    names = schemas(workspace.schema)
    for view in VIEWS:
        workspace.views[names["reporting"], view.name] = fill(
            view.sql(), workspace.schema, workspace.copied, dialect=workspace.dialect
        )


def fill(query: str, schema: str, synced: Mapping[str, str], *, dialect: Dialect) -> str:
    """A view's SQL for one instance: tables by schema (never by catalogue, so that a renamed file
    still works), an empty one for a table that was never synced, and amounts in base currency."""

    def table(match: re.Match[str]) -> str:
        name = match[1]
        if name == "ledger":
            return identifier(schemas(schema)["ledger"])
        if name in synced:
            return f"{identifier(schema)}.{identifier(name)}"
        return _empty(name, dialect)

    filled = re.sub(r"\{(\w+)\}", table, query)
    return re.sub(r"\$base\((\w+); (\w+)\)", lambda m: base(m[1], m[2], dialect), filled)


def base(amount: str, rate: str, dialect: Dialect) -> str:
    """An amount in the base currency, to the cent, half away from zero, as SQL of a dialect."""
    if dialect == "postgres":
        return f"CAST(round({amount} / coalesce(nullif({rate}, 0), 1), 2) AS numeric(18, 2))"
    units = f"CAST(abs({amount}) * 10000 AS HUGEINT)"
    whole = f"CAST(CAST({rate} AS DECIMAL(18, 10)) * 10000000000 AS HUGEINT)"
    rounded = f"((2 * {units} * 100000000 + {whole}) // (2 * {whole}))"
    converted = f"CAST(CAST(sign({amount}) * {rounded} AS DECIMAL(18, 0)) * 0.01 AS DECIMAL(18, 2))"
    return (
        f"CASE WHEN coalesce({rate}, 0) IN (0, 1) THEN CAST({amount} AS DECIMAL(18, 2)) "
        f"ELSE {converted} END"
    )


def _empty(name: str, dialect: Dialect) -> str:
    kinds = _column_types(name)
    if dialect == "postgres":
        from xeroport.destinations.postgres import postgres_type

        kinds = {column: postgres_type(kind) for column, kind in kinds.items()}
    columns = ", ".join(
        f"CAST(NULL AS {kind}) AS {identifier(column)}" for column, kind in kinds.items()
    )
    return f"(SELECT {columns} WHERE false)"


@cache
def _column_types(name: str) -> dict[str, str]:
    """The columns of a table of the copy, its own or that of a list within a record."""
    for record in load().record_types:
        for table in tables(record.name):
            if table.name == name:
                return dict(column_types(table))
    raise ValueError(f"there is no table `{name}`")
