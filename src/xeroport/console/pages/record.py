"""One record in full: its fields, its lines and other parts, links to the records it refers to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from xeroport.console.reading import tables
from xeroport.console.reading.books_protocol import Reading
from xeroport.console.reading.tables import Family
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import instance_of
from xeroport.destinations.typed import identifier as quoted
from xeroport.errors import UnknownName
from xeroport.store.instances import schema_name

PARTS = 500
"""Rows of one child table that the page shows."""
TITLES = (
    "invoice_number", "credit_note_number", "purchase_order_number", "quote_number",
    "bank_transfer_number", "name", "code", "title", "description", "narration", "reference",
)  # fmt: skip


@dataclass(frozen=True)
class Value:
    """One field of the record; `link` leads to the record it names."""

    name: str
    value: Any
    link: str | None


@dataclass(frozen=True)
class RecordPart:
    """The rows of one child table; columns that are empty throughout are left out."""

    table: str
    columns: list[str]
    rows: list[list[Any]]
    cut: bool


def one(request: Request) -> HTMLResponse:
    """The record that the address names by its key."""
    instance = instance_of(request)
    table = str(request.path_params["table"])
    family = tables.families().get(table)
    if family is None or family.table != table or not family.key:
        raise UnknownName("record", table, (), hint="open a record from its table")
    key = [request.query_params.get(name, "") for name in family.key]
    schema = schema_name(instance.name)
    with reading(request, instance) as books:
        columns = tables.columns(books, schema, table)
        present = tables.present(books, schema)
        found = books.rows(
            f"SELECT * FROM {quoted(schema)}.{quoted(table)} WHERE {tables.is_key(family)} LIMIT 1",  # noqa: S608
            key,
        )
        if not found:
            raise UnknownName("record", ", ".join(key), (), hint="it may have been removed")
        parts = [
            _part(books, schema, name, family, key)
            for name, _ in family.children
            if name in present
        ]
    values = {column.name: value for column, value in zip(columns, found[0], strict=True)}
    fields = [
        Value(name, value, _link(instance.name, name, value, present, table))
        for name, value in values.items()
        if value not in (None, "") and not name.startswith("_") and not _is_copy(name, values)
    ]
    about = [Value(name, v, None) for name, v in values.items() if name.startswith("_") and v]
    title = next((values[name] for name in TITLES if values.get(name)), None)
    return page(
        request,
        "record.html",
        here="data",
        instance=instance,
        table=table,
        record=family.record,
        title=title or ", ".join(key),
        fields=fields,
        empty=sum(value in (None, "") for value in values.values()),
        about=about,
        parts=[part for part in parts if part.rows],
    )


def _is_copy(name: str, values: dict[str, Any]) -> bool:
    """Whether a field only repeats another as text, such as `date_string`."""
    return name.removesuffix("_string") != name and values.get(name[:-7]) is not None


def _part(books: Reading, schema: str, table: str, family: Family, key: list[str]) -> RecordPart:
    names, rows = tables.record_parts(books, schema, table, family, key, most=PARTS + 1)
    kept = [
        index
        for index, name in enumerate(names)
        if name not in family.key
        and not name.startswith("_")
        and any(row[index] not in (None, "") for row in rows)
    ]
    kept.sort(key=lambda index: names[index].endswith("_id"))
    return RecordPart(
        table=table,
        columns=[names[index] for index in kept],
        rows=[[row[index] for index in kept] for row in rows[:PARTS]],
        cut=len(rows) > PARTS,
    )


def _link(instance: str, name: str, value: Any, present: set[str], table: str) -> str | None:
    """The address of the record that a column such as `contact_id` names."""
    if not name.endswith("_id"):
        return None
    other = name.removesuffix("_id")
    family = tables.families().get(other)
    if other == table or other not in present or family is None or family.key != (name,):
        return None
    return f"/instances/{instance}/data/{other}/record?{urlencode({name: str(value)})}"


ROUTES = [page_at("/instances/{instance}/data/{table}/record", one)]
