"""The process that answers one question of SQL: `python -m` runs it, with the question as a line of
JSON on standard input and the reply on standard output."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from decimal import Decimal
from threading import Timer
from typing import Any

import duckdb
import msgspec

from xeroport.console.reading.duckdb import connect_locked, make_views
from xeroport.console.reading.engine_words import duckdb_hint, first_words, postgres_hint
from xeroport.console.reading.postgres import PRIVILEGED
from xeroport.console.reading.sql_process import (
    FileTarget,
    LakeTarget,
    PostgresTarget,
    Question,
    SqlReply,
)
from xeroport.console.wording import cell
from xeroport.destinations.typed import identifier

CELL = 10_000
"""Characters of a cell that are shown."""
WHOLE = 100_000_000
"""Characters of an answer that are taken."""
MEMORY = "1GB"
ADDRESS_SPACE = 4 * 1024**3
"""Bytes beyond which the system refuses more: DuckDB's limit does not hold for all it does."""
SHORT_TYPES = re.compile(
    r"^(BOOLEAN|DATE|TIME|TIMESTAMP|INTERVAL|UUID|DECIMAL|DOUBLE|FLOAT|REAL|U?(TINY|SMALL|BIG|HUGE)?INT"
    r"|INTEGER|UINTEGER)"
)
POSTGRES_SHORT = frozenset((16, 20, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1700, 2950))
ESCAPES = re.compile(
    r"set_config|\bU&|_to_xml|\bts_stat|\bts_rewrite|dblink|pg_authid|pg_shadow|pg_user_mapping"
    r"|pg_subscription|pg_read_|pg_ls_|pg_stat_file|\blo_\w+|crosstab|connectby|xpath_table",
    re.IGNORECASE,
)
"""What could undo the role that a query runs as, run a text as SQL, or read what is no table."""


def limit() -> None:
    """No more memory than a query may take, no files written, no core left behind."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def answer(question: Question) -> SqlReply:
    """The answer to the question."""
    try:
        if isinstance(question.target, PostgresTarget):
            return _in_postgres(question, question.target)
        return _in_duckdb(question, question.target)
    except duckdb.InterruptException:
        return SqlReply(kind="slow", wrong="too slow")
    except (duckdb.OutOfMemoryException, MemoryError):
        return SqlReply(kind="memory", wrong="out of memory")
    except duckdb.Error as error:
        if "memory" in str(error).lower() and "alloc" in str(error).lower():
            return SqlReply(kind="memory", wrong="out of memory")
        return SqlReply(wrong=first_words(error), hint=duckdb_hint(error))


def _in_duckdb(question: Question, target: FileTarget | LakeTarget) -> SqlReply:
    limits: dict[str, Any] = {"memory_limit": MEMORY, "threads": 2, "temp_directory": ""}
    if isinstance(target, FileTarget):
        connection = connect_locked(target.path, limits)
    else:
        connection = duckdb.connect(config=limits)
        make_views(connection, target.schemas)
    timer = Timer(question.seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        return _selected(connection, question, target)
    finally:
        timer.cancel()
        connection.close()


def _selected(
    connection: duckdb.DuckDBPyConnection, question: Question, target: FileTarget | LakeTarget
) -> SqlReply:
    connection.execute(f"USE {identifier(question.schema)}")
    statements = connection.extract_statements(question.sql)
    if len(statements) != 1:
        return SqlReply(wrong="one statement at a time", hint="take out all but one")
    query = statements[0].query.rstrip().rstrip(";")
    if statements[0].type != duckdb.StatementType.SELECT:
        if isinstance(target, LakeTarget):
            return SqlReply(wrong="this box only reads", hint="begin with `select` or `from`")
        result = connection.execute(query)
        columns = [str(column[0]) for column in result.description or ()]
        types = [str(column[1]) for column in result.description or ()]
        return _reply(columns, types, result.fetchmany(question.most + 1), question.most)
    described = connection.execute(f"DESCRIBE {query}").fetchall()
    columns, types = [row[0] for row in described], [row[1] for row in described]
    shown = ", ".join(
        f"c{number}" if SHORT_TYPES.match(kind) else f"left(c{number}::VARCHAR, {CELL + 1})"
        for number, kind in enumerate(types)
    )
    names = ", ".join(f"c{number}" for number in range(len(types)))
    cut = f"SELECT {shown} FROM (\n{query}\n) AS answer({names}) LIMIT {question.most + 1}"  # noqa: S608
    rows = connection.execute(cut).fetchall()
    return _reply(columns, types, rows, question.most)


def _in_postgres(question: Question, target: PostgresTarget) -> SqlReply:
    import psycopg

    if found := ESCAPES.search(question.sql):
        return SqlReply(wrong="this box only reads", hint=f"take out `{found[0]}`")
    settings = (
        "-c default_transaction_read_only=on -c TimeZone=UTC -c work_mem=64MB "
        "-c max_parallel_workers_per_gather=1 "
        f"-c statement_timeout={int(question.seconds * 1000)}"
    )
    try:
        with psycopg.connect(
            target.url,
            autocommit=True,
            connect_timeout=5,
            application_name="xeroport console",
            options=settings,
            cursor_factory=psycopg.RawCursor,
        ) as connection:
            return _by_role(connection, question)
    except psycopg.errors.QueryCanceled:
        return SqlReply(kind="slow", wrong="too slow")
    except psycopg.OperationalError as error:
        return SqlReply(
            kind="unavailable", wrong=f"the database cannot be reached: {first_words(error)}"
        )
    except psycopg.Error as error:
        return SqlReply(wrong=first_words(error), hint=postgres_hint(error))


def _by_role(connection: Any, question: Question) -> SqlReply:
    """The answer as a role that cannot read the server's files, whatever role was given."""
    if connection.execute(PRIVILEGED).fetchone()[0]:
        connection.execute("SET ROLE pg_read_all_data")
    connection.execute("SELECT set_config('search_path', $1, false)", (question.schema,))
    query = question.sql.strip().rstrip(";")
    probe = connection.execute(f"SELECT * FROM (\n{query}\n) AS answer LIMIT 0", prepare=True)  # noqa: S608
    described = [(column.name, column.type_code) for column in probe.description or ()]
    shown = ", ".join(
        f"c{number}" if kind in POSTGRES_SHORT else f"left(c{number}::text, {CELL + 1})"
        for number, (_, kind) in enumerate(described)
    )
    names = ", ".join(f"c{number}" for number in range(len(described)))
    cut = f"SELECT {shown} FROM (\n{query}\n) AS answer({names}) LIMIT {question.most + 1}"  # noqa: S608
    rows = connection.execute(cut, prepare=True).fetchall()
    types = ["DECIMAL" if kind in (20, 21, 23, 700, 701, 1700) else "TEXT" for _, kind in described]
    return _reply([name for name, _ in described], types, rows, question.most)


def _reply(columns: list[str], types: list[str], rows: list[Any], most: int) -> SqlReply:
    taken: list[list[str | bool | None]] = []
    size = 0
    for row in rows[:most]:
        cells = [_cell(value) for value in row]
        size += sum(len(value) for value in cells if isinstance(value, str))
        if size > WHOLE:
            break
        taken.append(cells)
    numeric = [
        all(value is None or _is_number(value) for value in column)
        and any(value is not None for value in column)
        for column in zip(*rows[:most], strict=True)
    ] or [False] * len(columns)
    return SqlReply(columns, numeric, taken, is_cut=len(rows) > len(taken), types=types)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _cell(value: Any) -> str | bool | None:
    if value is None or isinstance(value, bool):
        return value
    if _is_number(value):
        return str(value)
    text = cell(value)
    return text if len(text) <= CELL else f"{text[:CELL]}…"


def main() -> None:
    """Answer the questions that come, one a line, until there are no more."""
    limit()
    for line in sys.stdin.buffer:
        question = msgspec.json.decode(line, type=Question)
        sys.stdout.buffer.write(msgspec.json.encode(answer(question)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
