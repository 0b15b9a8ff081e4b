"""SQL that a program wrote about one instance: one SELECT over that instance's tables, or refused.

The statement is parsed, never searched as text. Tables must be those of the instance, functions
that read settings, files or other queries are refused. Whoever runs the statement still runs it
on a read-only connection without access to files or network; this keeps other instances out.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import duckdb

from xeroport.errors import InputError, UnknownName, first_line

MOST_CHARACTERS = 20_000
TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
REFUSED = re.compile(
    r"current_setting|set_config|getenv|getvariable|current_(database|schemas?|catalog)|version"
    r"|(session_|current_)?user|query(_table)?|nextval|currval|glob|sniff_csv|dblink.*|has_.*_privilege"
    r"|(duckdb|pragma|pg|lo|inet|txid|ts|read|write|json_execute|sqlite|postgres|storage)_.*"
    r"|.*_to_xml.*|parse_duckdb_log_message|from_substrait.*|get_substrait.*|repeat_row|.*_description"
)
"""Functions that reach beyond the rows: settings, files, catalogues, text run as SQL."""

_lock = threading.Lock()


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    settings: dict[str, Any] = {"enable_external_access": "false", "memory_limit": "128MB"}
    return duckdb.connect(":memory:", config=settings)


def check(sql: str, *, schema: str, tables: Collection[str]) -> None:
    """InputError unless this is one SELECT over `tables`, bare or in `schema`."""
    statement = _parsed(sql)
    named = _named_by_with(statement)
    known = {table.lower() for table in tables}
    for node in _nodes(statement):
        kind = node.get("type")
        if "function_name" in node:
            _check_function(str(node["function_name"]).lower())
        if kind == "BASE_TABLE":
            _check_table(node, schema.lower(), known, named)
        elif kind == "SHOW_REF":
            raise InputError(
                "only SELECT is answered here", hint="`tables` and `columns` say what there is"
            )
        elif kind == "TABLE_FUNCTION":
            name = str(node.get("function", {}).get("function_name", "")).lower()
            if name not in TABLE_FUNCTIONS:
                raise InputError(
                    f"the function `{name}` cannot be used here",
                    hint="select from the instance's tables",
                )


def _parsed(sql: str) -> Any:
    if len(sql) > MOST_CHARACTERS:
        raise InputError(
            f"the SQL is longer than {MOST_CHARACTERS:,} characters", hint="ask in parts"
        )
    try:
        with _lock:
            row = _parser().execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
    except duckdb.Error as error:
        raise InputError(f"this is not SQL: {first_line(error)}") from None
    document = json.loads(row[0]) if row else {}
    if document.get("error"):
        said = str(document.get("error_message", "")).splitlines() or ["it cannot be read"]
        if document.get("error_type") == "not implemented":
            raise InputError("only one SELECT is answered here", hint="begin with `select`")
        raise InputError(f"the SQL cannot be read: {said[0]}")
    statements = document.get("statements", [])
    if len(statements) != 1:
        raise InputError("one SELECT at a time", hint="ask each in a call of its own")
    return statements[0]


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the parsed statement."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _check_function(name: str) -> None:
    if REFUSED.fullmatch(name):
        raise InputError(f"the function `{name}` cannot be used here")


def _check_table(node: dict[str, Any], schema: str, known: set[str], named: set[str]) -> None:
    name, place = str(node.get("table_name", "")), str(node.get("schema_name", ""))
    if node.get("catalog_name") or place.lower() not in ("", schema):
        raise InputError(
            f"`{place}.{name}` belongs to another instance or to the database itself",
            hint="only the tables of the instance that was named can be read",
        )
    if name.lower() in known or (not place and name.lower() in named):
        return
    raise UnknownName("table", name, sorted(known), hint="`tables` lists what there is")


def _named_by_with(statement: Any) -> set[str]:
    """The names that WITH defines. Outside its part of the statement such a name would mean a
    table of the database itself, so those names are refused."""
    names: set[str] = set()
    for node in _nodes(statement):
        entries = node.get("cte_map", {})
        if isinstance(entries, dict):
            names |= {str(entry.get("key", "")).lower() for entry in entries.get("map", [])}
    taken = sorted(name for name in names if name in _own_views() or name.startswith("pg_"))
    if taken:
        raise InputError(
            f"`{taken[0]}` is a name of the database's own", hint="choose another after `with`"
        )
    return names


@cache
def _own_views() -> frozenset[str]:
    """The names that the database itself gives to its views and table functions."""
    with _lock:
        rows = _parser().execute(
            "SELECT view_name FROM duckdb_views() WHERE internal "
            "UNION SELECT function_name FROM duckdb_functions() WHERE function_type = 'table'"
        )
        return frozenset(row[0].lower() for row in rows.fetchall())
