"""The schema that dbt_xero reads, from the copy and the derived ledger: `<instance>_fivetran`.

Journals are tables, all else views. Every id is text, as the package expects.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from xeroport.books.derive import count
from xeroport.books.inputs import ROOTS, key_of
from xeroport.books.places.workspace import Workspace, schemas
from xeroport.books.schema import (
    CASH_LINE,
    CASH_TRACKING,
    LEDGER_LINE,
    RESIDUAL,
    TRACKING,
    BookTable,
)
from xeroport.books.views import fill
from xeroport.destinations.typed import identifier

FOLDER = Path(__file__).parent / "fivetran_tables"

COPIED = (
    "account", "contact", "invoice", "invoice_line_item",
    "invoice_line_item_has_tracking_category", "organization", "bank_transaction",
    "credit_note", "tracking_category", "tracking_category_option",
    "tracking_category_has_option",
)  # fmt: skip
"""Tables that are views of the copy."""


@cache
def _query(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8").rstrip()


XERO_JOURNALS = {
    "$journal": "journal",
    "$line": "journal_line",
    "$tracking": "journal_line_tracking_category",
}
"""Tables of Xero's own journals in the copy, as the queries name them."""


def has_journals(workspace: Workspace) -> bool:
    """Whether Xero's own journals were synced: few connections may read them."""
    return all(table in workspace.synced for table in XERO_JOURNALS.values())


def add_fivetran(
    workspace: Workspace, *, cash: bool, only_due: bool, from_journals: bool = False
) -> None:
    """Write the journals, and queue the views. With `only_due` the lines of records in `due_id`
    are replaced, else all; `from_journals` writes Xero's own, without the residual."""
    connection = workspace.connection
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE tax_name AS SELECT tax_type, any_value(name) AS name "
        + (
            f"FROM {workspace.synced['tax_rate']} GROUP BY tax_type"
            if "tax_rate" in workspace.synced
            else "FROM (SELECT NULL::VARCHAR AS tax_type, NULL::VARCHAR AS name) GROUP BY tax_type"
        )
    )
    if from_journals:
        sources = {mark: workspace.synced[table] for mark, table in XERO_JOURNALS.items()}
        for name in _names("journal"):
            query = _put(_query(f"xero_{name}"), sources)
            connection.execute(
                f"CREATE OR REPLACE TABLE {workspace.of('fivetran')}.{name} AS {query}"
            )
    else:
        _journals(workspace, "journal", LEDGER_LINE, TRACKING, residual=True, only_due=only_due)
    if cash:
        _journals(
            workspace, "journal_cash", CASH_LINE, CASH_TRACKING, residual=False, only_due=False
        )
    else:
        for name in _names("journal_cash"):
            connection.execute(f"DROP TABLE IF EXISTS {workspace.of('fivetran')}.{name}")
    schema = schemas(workspace.schema)["fivetran"]
    for name in COPIED:
        workspace.views[schema, name] = fill(
            _query(name), workspace.schema, workspace.copied, dialect=workspace.dialect
        )


def _names(journal: str) -> tuple[str, str, str]:
    """The tables of journals, of their lines, and of the tracking of those."""
    return journal, f"{journal}_line", f"{journal}_line_has_tracking_category"


def _journals(
    workspace: Workspace,
    name: str,
    lines: BookTable,
    tracking: BookTable,
    *,
    residual: bool,
    only_due: bool,
) -> None:
    connection, place = workspace.connection, workspace.of("fivetran")
    head, line, tracked = _names(name)
    stamps = " UNION ALL ".join(
        f"SELECT {key_of(table)} AS record_id, "
        + ("created_date_utc" if table == "bank_transfer" else "updated_date_utc")
        + f" AS updated_date_utc FROM {identifier(table)}"
        for table in ROOTS
    )
    none = f"(SELECT * FROM {workspace.ledger}.{RESIDUAL.name} WHERE false)"
    sources = {
        "$lines": f"{workspace.ledger}.{lines.name}",
        "$tracking": f"{workspace.ledger}.{tracking.name}",
        "$residual": f"{workspace.ledger}.{RESIDUAL.name}" if residual else none,
        "$stamps": stamps,
    }
    parts = ((line, "journal_line"), (tracked, "journal_line_has_tracking_category"))
    has_lines = only_due and _has_table(workspace, line)
    connection.execute(
        f"CREATE OR REPLACE TABLE {place}.{head} AS {_put(_query('journal'), sources)}"
    )
    if not has_lines:
        for table, query in parts:
            connection.execute(
                f"CREATE OR REPLACE TABLE {place}.{table} AS {_put(_query(query), sources)}"
            )
    else:
        due = (
            f"(SELECT * FROM {sources['$lines']} WHERE record_id IN (SELECT record_id FROM due_id))"
        )
        for table, query in parts if count(connection, "due_id") else ():
            connection.execute(
                f"DELETE FROM {place}.{table} WHERE _record_id IN (SELECT record_id FROM due_id)"
            )
            connection.execute(
                f"INSERT INTO {place}.{table} {_put(_query(query), sources | {'$lines': due})}"
            )
        connection.execute(f"DELETE FROM {place}.{line} WHERE _record_id IS NULL")
    if residual:
        connection.execute(
            f"INSERT INTO {place}.{line} {_put(_query('residual_journal_line'), sources)}"
        )


def _put(query: str, sources: dict[str, str]) -> str:
    for mark, source in sources.items():
        query = query.replace(mark, source)
    return query


def _has_table(workspace: Workspace, name: str) -> bool:
    return bool(
        workspace.connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() "
            "AND schema_name = $1 AND table_name = $2",
            [schemas(workspace.schema)["fivetran"], name],
        ).fetchone()
    )
