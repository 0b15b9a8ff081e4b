"""Tables of a destination as the target of a flow: one row a key, newer contents replace older.

The table is made with the types that the fields' expressions have; later fields add columns, and a
column of whole numbers becomes one of decimals when the first of those comes. A record with a value
that its column cannot hold as it is is refused alone, and the others are written.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from xeroport.destinations import default_url, is_postgres
from xeroport.jobs.flow.context import FlowContext
from xeroport.jobs.flow.sources import located
from xeroport.jobs.flow.table_columns import KEY, Rows
from xeroport.store import flows
from xeroport.store.flows import FlowRecord

AT_ONCE = 2_000
NESTED = ("STRUCT", "MAP", "UNION")

Write = Callable[[str, str, Mapping[str, str], Rows], Mapping[str, str]]
"""Writes rows into a table of columns with types; gives the reason for each key that is unfit."""


async def to_table(context: FlowContext, number: int) -> None:
    """Write what is ready; writing it again after a crash changes nothing."""
    store, flow, clock = context.store, context.flow, context.store.clock
    types = flows.get(store, flow.name).state.get("types", {}).get(str(number), {})
    target = flow.steps[number].target
    url = located(target.to, flow.folder) or default_url(store.home)
    write = _writer(url)
    columns = {KEY: "VARCHAR", **{name: column_type(of) for name, of in types.items()}}
    ready = flows.ready(store, flow.name, number)
    for start in range(0, len(ready), AT_ONCE):
        records = ready[start : start + AT_ONCE]
        rows = [row_of(record, types) for record in records]
        unfit = await asyncio.to_thread(write, url, target.table or "", columns, rows)
        with store.transaction() as connection:
            for record in records:
                if (reason := unfit.get(record.key)) is None:
                    flows.settle(connection, record, "sent", clock.now())
                else:
                    flows.settle(connection, record, "refused", clock.now(), messages=[reason])


def check_url(url: str | None) -> str | None:
    """What is wrong with the destination of a table, or None."""
    if url is None or url.startswith(("duckdb:", "postgresql://", "postgres://")):
        return None
    return f"a table goes into `duckdb:PATH` or `postgresql://…`, not into `{url}`"


def _writer(url: str) -> Write:
    if is_postgres(url):
        from xeroport.jobs.flow.table_postgres import write_postgres

        return write_postgres
    from xeroport.jobs.flow.table_duckdb import write_duckdb

    return write_duckdb


def row_of(record: FlowRecord, types: Mapping[str, str]) -> dict[str, Any]:
    """A record's values by column, every value as text; what is nested is JSON."""
    body = json.loads(record.body or "{}", parse_float=Decimal)
    row: dict[str, Any] = {KEY: record.key}
    for name in types:
        row[name] = _text(value_at(body, name))
    return row


def value_at(body: Mapping[str, Any], name: str) -> Any:
    """The value at a dotted name; None where there is none."""
    value: Any = body
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


def column_type(of: str) -> str:
    """A field's SQL type as that of a column; what is nested is kept as JSON text."""
    if of.endswith("]") or of.startswith(NESTED):
        return "VARCHAR"
    return "VARCHAR" if of in ('"NULL"', "NULL", "JSON") else of
