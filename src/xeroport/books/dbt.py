"""What dbt_xero needs to be told: its variables for one or many instances, and a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from xeroport.books.places.workspace import schemas
from xeroport.errors import InputError
from xeroport.store.instances import schema_name

PASSWORD = "{{ env_var('XEROPORT_DB_PASSWORD') }}"  # noqa: S105
"""A password is never printed: dbt takes it from the environment."""


def settings(names: Sequence[str], *, url: str, cash: bool) -> dict[str, Any]:
    """`dbt_project` (the variables) and `profiles`; InputError for a lake: dbt reads none."""
    scheme, _, rest = url.partition(":")
    if scheme == "parquet":
        raise InputError(
            "dbt reads DuckDB and Postgres, not a folder of Parquet files",
            hint="sync into `duckdb:PATH` or `postgresql://…`, then `xeroport ledger NAME`",
        )
    if scheme == "duckdb":
        database = Path(rest).stem
        output: dict[str, Any] = {"type": "duckdb", "path": rest, "schema": "xero", "threads": 2}
    else:
        parts = urlsplit(url)
        database = unquote(parts.path.lstrip("/"))
        output = {
            "type": "postgres",
            "host": parts.hostname or "localhost",
            "port": parts.port or 5432,
            "user": unquote(parts.username or ""),
            "password": PASSWORD,
            "dbname": database,
            "schema": "xero",
            "threads": 2,
        }
    places = [(name, schemas(schema_name(name))["fivetran"]) for name in names]
    if len(places) == 1:
        variables: dict[str, Any] = {"xero_database": database, "xero_schema": places[0][1]}
    else:
        variables = {
            "xero_sources": [
                {"database": database, "schema": schema, "name": name} for name, schema in places
            ]
        }
    variables["xero__using_journal_cash"] = cash
    return {
        "dbt_project": {"profile": "xeroport", "vars": variables},
        "profiles": {"xeroport": {"target": "books", "outputs": {"books": output}}},
    }


def as_yaml(value: Mapping[str, Any], indent: int = 0) -> str:
    """Plain settings as YAML."""
    lines: list[str] = []
    pad = "  " * indent
    for name, part in value.items():
        if isinstance(part, Mapping):
            lines += [f"{pad}{name}:", as_yaml(part, indent + 1)]
        elif isinstance(part, list):
            lines.append(f"{pad}{name}:")
            for item in part:
                body = as_yaml(item, indent + 2).splitlines()
                lines.append(f"{pad}  - {body[0].strip()}")
                lines += body[1:]
        else:
            lines.append(f"{pad}{name}: {_scalar(part)}")
    return "\n".join(lines)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
