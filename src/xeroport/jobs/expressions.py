"""SQL expressions over rows, in a DuckDB that reaches neither files nor network.

Push maps and flows let a person write SQL; what they write may only look at the row. The database
is in memory, its access to the outside is off and its configuration locked before the first
expression is read.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import duckdb

from xeroport.errors import InputError

CHUNK = 2_000
SECONDS = 30.0
"""How long the expressions may take for one chunk of rows."""


def locked_down() -> duckdb.DuckDBPyConnection:
    """An empty database in memory with no way out."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "allow_community_extensions": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_access": "false",
            "memory_limit": "512MB",
            "python_enable_replacements": "false",
            "temp_directory": "",
            "threads": "1",
        },
    )
    connection.execute("SET lock_configuration = true")
    return connection


class Expressions:
    """Named expressions and a condition, evaluated for rows whose columns are known.

    `texts` says that every column is text, so that mistakes show before the first row is read;
    otherwise a column's type is that of its first value.
    """

    def __init__(
        self,
        columns: Sequence[str],
        expressions: Mapping[str, str],
        *,
        where: str | None = None,
        texts: bool = True,
    ) -> None:
        self._types: dict[str, str] = dict.fromkeys(columns, "VARCHAR") if texts else {}
        self._columns = tuple(columns)
        self._names = tuple(expressions)
        self._expressions = tuple(expressions.values())
        self._where = where
        self._connection = locked_down()
        for name, text in [*expressions.items(), *([("where", where)] if where else [])]:
            self._check(name, text, bind=texts)

    def rows(
        self, rows: Iterable[tuple[int, Mapping[str, Any]]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """For each numbered row that meets the condition, its number and the named values."""
        source = iter(rows)
        while chunk := list(islice(source, CHUNK)):
            yield from self._chunk(chunk)

    def close(self) -> None:
        """Let the database go."""
        self._connection.close()

    def _check(self, name: str, text: str, *, bind: bool) -> None:
        """One expression, and nothing that ends it and begins something else."""
        empty = [(0, dict.fromkeys(self._columns))]
        sql = f"SELECT ({text}\n) FROM ({self._table(empty)}) LIMIT 0"  # noqa: S608  # noqa: S608 (a user's)
        try:
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1:
                raise InputError(f"`{name}` must be one SQL expression: `{text}`")
            if bind:
                self._connection.execute(sql, [self._json(empty)])
        except duckdb.Error as error:
            raise InputError(
                f"the expression of `{name}` is wrong: {_said(error)}",
                hint=f"the columns are {', '.join(f'`{each}`' for each in self._columns[:20])}",
            ) from error

    def _chunk(
        self, chunk: Sequence[tuple[int, Mapping[str, Any]]]
    ) -> list[tuple[int, dict[str, Any]]]:
        shown = ", ".join(f"({text}\n)" for text in self._expressions)
        condition = f"WHERE ({self._where}\n)" if self._where else ""
        sql = f'SELECT "_line", {shown} FROM ({self._table(chunk)}) {condition}'  # noqa: S608
        timer = threading.Timer(SECONDS, self._connection.interrupt)
        timer.start()
        try:
            found = self._connection.execute(sql, [self._json(chunk)]).fetchall()
        except duckdb.InterruptException as error:
            raise InputError(f"the expressions took more than {SECONDS:.0f} s") from error
        except duckdb.Error as error:
            raise InputError(self._explain(chunk, error)) from error
        finally:
            timer.cancel()
        return [(row[0], dict(zip(self._names, row[1:], strict=True))) for row in found]

    def _explain(self, chunk: Sequence[tuple[int, Mapping[str, Any]]], error: duckdb.Error) -> str:
        """Which row and which expression failed, found by trying them one by one."""
        parts = list(zip(self._names, self._expressions, strict=True))
        parts += [("where", self._where)] if self._where else []
        for row in chunk:
            for name, text in parts:
                sql = f"SELECT ({text}\n) FROM ({self._table(chunk)})"  # noqa: S608
                try:
                    self._connection.execute(sql, [self._json([row])]).fetchall()
                except duckdb.Error as precise:
                    return f"line {row[0]}: the expression of `{name}` fails: {_said(precise)}"
        return f"an expression fails: {_said(error)}"

    def _table(self, chunk: Sequence[tuple[int, Mapping[str, Any]]]) -> str:
        for column in self._columns:
            if column not in self._types:
                values = (row[column] for _, row in chunk if row.get(column) is not None)
                found = next((_type(value) for value in values), None)
                if found:
                    self._types[column] = found
        fields = {"_line": "BIGINT"}
        fields |= {column: self._types.get(column, "VARCHAR") for column in self._columns}
        layout = json.dumps([fields]).replace("'", "''")
        return f"SELECT unnest(from_json(?::JSON, '{layout}'), recursive := true)"

    def _json(self, chunk: Sequence[tuple[int, Mapping[str, Any]]]) -> str:
        rows = [{**{name: row.get(name) for name in self._columns}, "_line": n} for n, row in chunk]
        return json.dumps(rows, default=str)


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, int):
        return "HUGEINT"
    if isinstance(value, float):
        return "DOUBLE"
    if isinstance(value, Decimal):
        return "DECIMAL(38, 10)"
    if isinstance(value, datetime):
        return "TIMESTAMPTZ" if value.tzinfo else "TIMESTAMP"
    if isinstance(value, date):
        return "DATE"
    return "JSON" if isinstance(value, dict | list) else "VARCHAR"


def _said(error: duckdb.Error) -> str:
    text = str(error)
    with suppress(IndexError):
        text = text.strip().splitlines()[0]
    return text.split("Error: ", 1)[-1]
