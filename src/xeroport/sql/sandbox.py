"""SQL that a person wrote, over rows, in a DuckDB that reaches neither files nor network.

Maps of pushes and flows may only look at the rows handed over. The database is in memory, its
access to the outside is off and its configuration locked before the first expression is read.
"""

from __future__ import annotations

import difflib
import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import duckdb

from xeroport.destinations.typed import text
from xeroport.errors import InputError, first_line
from xeroport.sql import layouts
from xeroport.sql.layouts import Layout
from xeroport.sql.memory_bound import bounded_memory

SECONDS = 30.0
"""How long one lot of rows may take."""

NOT_FOUND = re.compile(r'Referenced (?:column|table) "([^"]+)" not found')
NO_KEY = re.compile(r'Could not find key "([^"]+)" in struct')
NO_FUNCTION = re.compile(r"Function with name \"?(\w+)\"? does not exist")
NO_TABLE = re.compile(r"Table with name \"?([^\s\"]+)\"? does not exist")


class Complaint(NamedTuple):
    """What is wrong with an expression, in our words, and what may help."""

    message: str
    hint: str | None = None


class SandboxAnswer(NamedTuple):
    """What a query gave: the SQL types of its columns, and its rows."""

    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Sandbox:
    """An empty database with no way out. Queries get their rows as one JSON parameter, which
    `rows_of` unpacks with the types of a layout."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(
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
        self.connection.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Let the database go."""
        self.connection.close()

    def run(self, sql: str, rows: Sequence[Mapping[str, Any]] = ()) -> SandboxAnswer:
        """Answer a query over `rows`; duckdb.Error where it fails, InputError where it does not
        end in `SECONDS`, or takes too much memory."""
        timer = threading.Timer(SECONDS, self.connection.interrupt)
        timer.start()
        try:
            with bounded_memory():
                cursor = self.connection.execute(sql, [json.dumps(list(rows), default=_plain)])
                types = tuple(str(each[1]) for each in cursor.description or ())
                return SandboxAnswer(types, cursor.fetchall())
        except (duckdb.OutOfMemoryException, MemoryError) as error:
            raise InputError(
                "the expressions took too much memory", hint="make shorter texts and lists"
            ) from error
        except duckdb.InterruptException as error:
            raise InputError(
                f"the expressions took more than {SECONDS:.0f} s", hint="make them simpler"
            ) from error
        finally:
            timer.cancel()

    def wrong(
        self,
        text: str,
        base: str,
        *,
        names: Iterable[str],
        tables: Iterable[str] = (),
        condition: bool = False,
    ) -> Complaint | None:
        """What is wrong with one expression over the rows of the query `base`, before any row is
        seen; `names` and `tables` are what it may speak of."""
        try:
            statements = self.connection.extract_statements(f"SELECT ({text}\n)")
            if len(statements) == 1:
                asked = f"SELECT record, ({text}\n) FROM ({base}) AS record"  # noqa: S608
                is_one = len(self.run(f"{asked} LIMIT 0").types) == 2
                if condition:
                    self.run(f"{asked} WHERE ({text}\n) LIMIT 0")
                if is_one:
                    return None
        except duckdb.Error as error:
            return _complaint(text, error, names=list(names), tables=list(tables))
        return Complaint(f"`{text}` must be one SQL expression")

    def failing(self, texts: Mapping[str, str], base: str, row: Mapping[str, Any]) -> str | None:
        """Which of some named expressions fails for a row, and why; found one by one."""
        for name, expression in texts.items():
            try:
                self.run(f"SELECT ({expression}\n) FROM ({base}) AS record", [row])  # noqa: S608
            except duckdb.Error as error:
                return f"the expression of `{name}` fails: {plain_words(error)}"
        return None


def rows_of(layout: Mapping[str, Layout]) -> str:
    """The query that gives the rows handed to `Sandbox.run`, with the types of a layout."""
    types = text(json.dumps([layouts.final(layout)]))
    return f"SELECT _r.* FROM (SELECT unnest(from_json(?::JSON, {types})) AS _r)"  # noqa: S608


def near(name: str, known: Iterable[str]) -> str | None:
    """`did you mean …?`; None where nothing is like it. Dotted names are found by their end too."""
    whole = list(known)
    ends = [name_known.rsplit(".", 1)[-1] for name_known in whole]
    closest = difflib.get_close_matches(name, [*whole, *ends], n=1, cutoff=0.6)
    return f"did you mean `{closest[0]}`?" if closest else None


def plain_words(error: Exception) -> str:
    """What DuckDB says, without the kind of error."""
    return first_line(error).split("Error: ", 1)[-1]


def _complaint(text: str, error: duckdb.Error, *, names: list[str], tables: list[str]) -> Complaint:
    complaint = str(error)
    if match := NOT_FOUND.search(complaint) or NO_KEY.search(complaint):
        return Complaint(f"there is no field `{match[1]}`", near(match[1], names))
    if isinstance(error, duckdb.PermissionException) or "disabled by conf" in complaint:
        hint = "an expression sees the record and the look-up tables"
        return Complaint(f"`{text}` uses a file or the network", hint)
    if match := NO_TABLE.search(complaint):
        return Complaint(f"there is no look-up table `{match[1]}`", near(match[1], tables))
    if match := NO_FUNCTION.search(complaint):
        return Complaint(f"there is no function `{match[1]}`")
    return Complaint(f"the expression is wrong: {plain_words(error)}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
    return format(value, "f") if isinstance(value, Decimal) else str(value)
