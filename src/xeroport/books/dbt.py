"""What dbt_xero needs to be told: its variables for one or many instances, and a profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
        output = _postgres(url)
        database = str(output["dbname"])
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


def _postgres(url: str) -> dict[str, Any]:
    """A profile of a Postgres URL, whose query may name what its other parts leave out."""
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    user = str(parts.get("user") or "")
    return {
        "type": "postgres",
        "host": parts.get("host") or "localhost",
        "port": int(parts.get("port") or 5432),
        "user": user,
        "password": PASSWORD,
        "dbname": parts.get("dbname") or user,
        "schema": "xero",
        "threads": 2,
    } | {name: parts[name] for name in ("sslmode", "sslrootcert") if name in parts}


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
