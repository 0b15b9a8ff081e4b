"""Records → ledger lines: the rules of `rules/` run over a copy, for all of it or for what changed.

DuckDB does the work, whatever the destination: a rule is a SELECT over the record's tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

import duckdb
from msgspec import Struct

from xeroport.books.inputs import ROOTS, key_of, open_views, rule
from xeroport.books.schema import CASH_LINE, CASH_TRACKING, LEDGER_LINE, TRACKING, BookTable
from xeroport.destinations.typed import identifier
from xeroport.errors import InputError

DOCUMENTS = ("invoice", "credit_note", "bank_transaction", "manual_journal", "expense_claim")
"""Rules that give the heads of documents which post by their lines."""

SETTLEMENTS = ("payment", "expense_payment", "allocation")
"""Rules that give what is settled, by what, at which rates."""

RATE = 10_000_000_000


class Derivation(Struct, frozen=True):
    """What a derivation did: how many records, all or only changes, since which day the ledger
    may differ from before (None: nothing does), and the records that had to be left out."""

    records: int
    is_full: bool
    changed_from: date | None
    synced_until: datetime | None
    chart: str
    left_out: tuple[str, ...]


def prepare(connection: duckdb.DuckDBPyConnection, synced: Mapping[str, str]) -> None:
    """Macros, views of the copy, and the chart."""
    connection.execute(rule("macros"))
    open_views(connection, synced)
    for name in ("chart", "documents", "settled"):
        connection.execute(rule(name))


def fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    """What every line and tie depends on: where accounts, taxes, the year end or rules change, all
    is derived again, and Xero asked about every month."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(_rule_names()):
        digest.update(rule(name).encode())
    for table in (LEDGER_LINE, TRACKING):
        digest.update(table.definition().encode())
    for query in (
        "SELECT * FROM code_account ORDER BY ALL",
        "SELECT * FROM system_account ORDER BY ALL",
        "SELECT * FROM foreign_account ORDER BY ALL",
        "SELECT * FROM lost_tax ORDER BY ALL",
        "SELECT tracking_option_id, name FROM tracking_category_option ORDER BY ALL",
        "SELECT account_id, class FROM account ORDER BY ALL",
        "SELECT base_currency, financial_year_end_month, financial_year_end_day FROM organisation",
    ):
        digest.update(repr(connection.execute(query).fetchall()).encode())
    return digest.hexdigest()


def _rule_names() -> tuple[str, ...]:
    return (
        "macros", "chart", "documents", "settled", *DOCUMENTS, "prepayment", "document_legs",
        "document_ledger", "overpayment", "bank_transfer", *SETTLEMENTS, "settlement_legs",
        "settlement_ledger", "dependents", "cash_ledger", "tracking",
    )  # fmt: skip


def synced_until(
    connection: duckdb.DuckDBPyConnection, synced: Mapping[str, str]
) -> datetime | None:
    """When the newest row of the tables that post was written."""
    stamps = [
        f"SELECT max(greatest(_synced_at, coalesce(_deleted_at, _synced_at))) FROM {synced[name]}"
        for name in (*ROOTS, "receipt")
        if name in synced
    ]
    if not stamps:
        return None
    (newest,) = connection.execute(
        f"SELECT max(stamp) FROM ({' UNION ALL '.join(stamps)}) AS stamps (stamp)"
    ).fetchall()[0]
    return newest if isinstance(newest, datetime) else None


def touch(
    connection: duckdb.DuckDBPyConnection, synced: Mapping[str, str], *, since: datetime | None
) -> None:
    """Make `due_id`: the records written after `since`, and those whose lines depend on them; none
    where `since` is None."""
    connection.execute("CREATE OR REPLACE TEMP TABLE due_id (record_id UUID)")
    if since is None:
        return
    for name in (*ROOTS, "receipt"):
        if name in synced:
            connection.execute(
                f"INSERT INTO due_id SELECT CAST({key_of(name)} AS UUID) FROM {synced[name]} "
                "WHERE greatest(_synced_at, coalesce(_deleted_at, _synced_at)) > $1",
                [since],
            )
    connection.execute(rule("dependents"))
    connection.execute("CREATE OR REPLACE TEMP TABLE due_id AS SELECT DISTINCT * FROM due_id")


def choose_due(connection: duckdb.DuckDBPyConnection, *, is_full: bool) -> int:
    """A view `due_<table>` of the records to derive: all, or those in `due_id`; how many."""
    for name in ROOTS:
        only = f" WHERE {key_of(name)} IN (SELECT record_id FROM due_id)"
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW due_{name} AS SELECT * FROM {identifier(name)}"
            + ("" if is_full else only)
        )
    if is_full:
        return sum(count(connection, identifier(name)) for name in ROOTS)
    return count(connection, "due_id")


def work_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Run the rules up to their legs, in temporary tables."""
    heads = " UNION ALL ".join(rule(name) for name in DOCUMENTS)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE document AS "
        f"SELECT * FROM ({heads}) WHERE NOT is_rateless(currency_code, rate)"
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE held_document AS {rule('prepayment')}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE any_document AS FROM document UNION ALL FROM held_document"
    )
    connection.execute(rule("document_legs").replace("$documents", "any_document"))
    _hold_prepayments(connection)
    parts = " UNION ALL ".join(rule(name) for name in SETTLEMENTS)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE settlement AS {parts}")
    connection.execute(rule("settlement_legs"))


def _hold_prepayments(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `held_leg` and `held_sum`: on which accounts prepayments are held."""
    legs = rule("document_ledger").replace("$documents", "held_document")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE held_leg AS SELECT * FROM ({legs}) WHERE line_number <> 1"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE held_sum AS "
        "SELECT document_id, sum(cents)::BIGINT AS cents FROM held_leg "
        "GROUP BY document_id HAVING sum(cents) <> 0"
    )


def legs(*, whole: bool = False) -> str:
    """All legs as one query; with `whole`, allocations at one rate too (for the cash basis)."""
    return " UNION ALL ".join(
        f"SELECT * FROM ({query})"
        for query in (
            rule("document_ledger").replace("$documents", "document"),
            rule("overpayment"),
            rule("bank_transfer"),
            rule("settlement_ledger").replace("$all", "true" if whole else "false"),
        )
    )


def as_lines(query: str) -> str:
    """A query of legs, with its columns as those of the ledger."""
    amounts = {"amount": "money(cents)", "tax_amount": "money(tax_cents)"}
    chosen = ", ".join(
        f"CAST({amounts.get(column.name, column.name)} AS {column.type}) AS {column.name}"
        for column in LEDGER_LINE.columns
    )
    return f"SELECT {chosen} FROM ({query})"


def tracking_of(lines: str) -> str:
    """The tracking of ledger lines, as a query; `lines` is a table or query of them."""
    return rule("tracking").replace("$lines", lines)


def write_lines(connection: duckdb.DuckDBPyConnection, ledger: str, *, is_full: bool) -> None:
    """Replace the lines of the records that are due, and their tracking, in schema `ledger`."""
    query = as_lines(legs())
    if is_full:
        replace_table(connection, ledger, LEDGER_LINE, query)
        replace_table(connection, ledger, TRACKING, tracking_of(f"{ledger}.{LEDGER_LINE.name}"))
        return
    for table in (LEDGER_LINE, TRACKING):
        connection.execute(
            f"DELETE FROM {ledger}.{table.name} USING due_id "
            f"WHERE {table.name}.record_id = due_id.record_id"
        )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE new_line AS {query}")
    connection.execute(f"INSERT INTO {ledger}.{LEDGER_LINE.name} FROM new_line")
    connection.execute(f"INSERT INTO {ledger}.{TRACKING.name} {tracking_of('new_line')}")


def write_cash(connection: duckdb.DuckDBPyConnection, ledger: str, *, wanted: bool) -> None:
    """Fill the lines of the cash basis, or empty them: a stale one would mislead."""
    if not wanted:
        for table in (CASH_LINE, CASH_TRACKING):
            connection.execute(f"DELETE FROM {ledger}.{table.name}")
        return
    connection.execute(f"CREATE OR REPLACE TEMP TABLE whole_leg AS {legs(whole=True)}")
    query = as_lines(rule("cash_ledger").replace("($legs)", "whole_leg"))
    replace_table(connection, ledger, CASH_LINE, query)
    replace_table(connection, ledger, CASH_TRACKING, tracking_of(f"{ledger}.{CASH_LINE.name}"))


def replace_table(
    connection: duckdb.DuckDBPyConnection, schema: str, table: BookTable, query: str
) -> None:
    """Fill a table of the ledger again."""
    connection.execute(f"CREATE OR REPLACE TABLE {schema}.{table.name} ({table.definition()})")
    connection.execute(f"INSERT INTO {schema}.{table.name} {query}")


def unposted(connection: duckdb.DuckDBPyConnection, ledger: str) -> tuple[str, ...]:
    """Records that are approved and have no line in the ledger: their lines, or the rate of their
    currency, are not in the copy."""
    query = rule("unposted").replace("$lines", f"{ledger}.{LEDGER_LINE.name}")
    return tuple(str(name) for (name,) in connection.execute(query).fetchall())


def check_lines(
    connection: duckdb.DuckDBPyConnection, ledger: str, *, only_due: bool = False
) -> None:
    """Refuse a ledger that no statement could be made from: InputError names the document."""
    lines = f"{ledger}.{LEDGER_LINE.name}"
    if only_due:
        lines = f"(SELECT * FROM {lines} WHERE record_id IN (SELECT record_id FROM due_id))"
    unknown = connection.execute(
        f"SELECT record, coalesce(reference, CAST(record_id AS VARCHAR)), journal_date, amount "
        f"FROM {lines} WHERE account_id IS NULL "
        f"OR account_id NOT IN (SELECT account_id FROM account) ORDER BY journal_date LIMIT 1"
    ).fetchone()
    if unknown is not None:
        record, reference, day, amount = unknown
        raise InputError(
            f"{record.replace('_', ' ')} `{reference}` of {day} posts {amount} to an account that "
            "is not in the copy",
            hint="read the chart again: `xeroport sync NAME accounts --full`",
        )
    uneven = connection.execute(
        f"SELECT record, any_value(reference), journal_date, sum(amount) FROM {lines} "
        "GROUP BY record, record_id, journal_date HAVING sum(amount) <> 0 LIMIT 1"
    ).fetchone()
    if uneven is not None:
        record, reference, day, amount = uneven
        raise InputError(
            f"the journal of {record.replace('_', ' ')} `{reference}` of {day} does not balance: "
            f"{amount} is left",
            hint="read the stream again with `xeroport sync NAME --full`",
        )


def is_typed(connection: duckdb.DuckDBPyConnection, ledger: str) -> bool:
    """Whether the lines have the types of this version: money in them is exact."""
    kinds = {
        str(name): str(kind)
        for name, kind, *_ in connection.execute(f"DESCRIBE {ledger}.{LEDGER_LINE.name}").fetchall()
    }
    return all(
        kinds.get(column.name) == column.type.replace(" ", "") for column in LEDGER_LINE.columns
    )


def first_day(connection: duckdb.DuckDBPyConnection, lines: str) -> date | None:
    """The first day on which records in `due_id` post, in a table of lines."""
    found = connection.execute(
        f"SELECT min(journal_date) FROM {lines} WHERE record_id IN (SELECT record_id FROM due_id)"
    ).fetchone()
    return found[0] if found else None


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """How many rows a table has."""
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
    return int(rows)
