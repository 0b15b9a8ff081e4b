"""Which record of Xero each file to attach belongs to: by its id, or by what people call it.

A number or name is looked up in Xero before anything is checked, since a file attached to a wrong
record is seen by its customer. What finds no record, or several, is listed with the other problems.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from xeroport.catalogue import Endpoint, RecordType, load
from xeroport.delivery.identity import fold
from xeroport.delivery.lookup import can_find, find
from xeroport.delivery.status_lookup import STATUS
from xeroport.errors import InputError
from xeroport.plurals import counted
from xeroport.records.attachment_rows import owner_of
from xeroport.records.document_checks import GONE
from xeroport.records.field_checks import UUID
from xeroport.records.targets import FILE_COLUMN
from xeroport.rows.source import Row, Source, text_of
from xeroport.xero.client import XeroClient

MOST_FILES = 10
"""Attachments that Xero keeps of one record."""

Held = dict[str, list[str]]
"""Folded name → Xero's ids of the records that have it."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The records that files are attached to: `key` is their id, `fields` what else names one."""

    record: RecordType
    key: str
    fields: tuple[str, ...]

    @property
    def noun(self) -> str:
        """The record type in words."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.record.name).lower()


def owner_for(endpoint: Endpoint) -> Owner:
    """The owner that the path of an endpoint for attachments names."""
    key = owner_of(endpoint)
    record = next(record_type for record_type in load().record_types if record_type.key == (key,))
    names = [
        natural_key.fields[0] for natural_key in record.natural_keys if len(natural_key.fields) == 1
    ]
    return Owner(record, key, tuple(names))


async def with_ids(
    source: Source, owner: Owner, open_client: Callable[[], AbstractAsyncContextManager[XeroClient]]
) -> Source:
    """The source with Xero's id of each row's owner; rows without one are broken.

    A row names its owner in the column of the id, or in one of its natural keys. A client is
    opened only where something must be looked up.
    """
    if source.columns is not None and not {owner.key, *owner.fields} & set(source.columns):
        others = "".join(f", or `{name}`," for name in owner.fields)
        raise InputError(
            f"the column `{owner.key}` is missing",
            hint=f"it{others} says which {owner.noun} each file belongs to",
        )
    rows = list(source.rows)
    asked: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in rows:
        name, fields = _named(row, owner)
        if name and fields and not UUID.fullmatch(name):
            asked[fields].add(name)
    ids_by_field: dict[tuple[str, ...], Held] = {}
    if asked:
        async with open_client() as client:
            for fields, names in asked.items():
                ids_by_field[fields] = await _held(client, owner, fields, sorted(names))
    files: Counter[str] = Counter()
    owned = [
        _assigned(row, owner, ids_by_field, files, in_folder=source.unit == "file") for row in rows
    ]
    columns = source.columns
    if columns is not None:
        columns = (
            owner.key,
            *(column for column in columns if column not in (owner.key, *owner.fields)),
        )
    return replace(source, rows=iter(owned), columns=columns)


def _named(row: Row, owner: Owner) -> tuple[str, tuple[str, ...]]:
    """What a row calls its owner, and the fields that may be meant by it."""
    for column in (owner.key, *owner.fields):
        value = row.values.get(column)
        if value is not None and text_of(value):
            return text_of(value), owner.fields if column == owner.key else (column,)
    return "", ()


async def _held(
    client: XeroClient, owner: Owner, fields: Sequence[str], names: Iterable[str]
) -> Held:
    """The ids of the records that have one of the names in the first field that knows it."""
    held: Held = {}
    left = list(names)
    for field in fields:
        can = [name for name in left if can_find(owner.record, field, name)]
        wanted = {fold(name) for name in can}
        live: defaultdict[str, list[str]] = defaultdict(list)
        ended: defaultdict[str, list[str]] = defaultdict(list)
        if can:
            async for record in find(client, owner.record, field, can):
                if (name := fold(record.get(field, ""))) in wanted:
                    is_gone = any(record.get(each) in GONE for each in STATUS)
                    (ended if is_gone else live)[name].append(str(record[owner.key]))
        held.update(ended | live)
        left = [name for name in left if fold(name) not in held]
    return held


def _assigned(
    row: Row,
    owner: Owner,
    ids_by_field: Mapping[tuple[str, ...], Held],
    files: Counter[str],
    *,
    in_folder: bool,
) -> Row:
    """A row with its owner's id, or broken; `files` counts those of each owner."""
    name, fields = _named(row, owner)
    if row.broken or not name:
        return row
    shown = f"`{_shown(row, name)}`: " if in_folder else ""
    ids = [name] if UUID.fullmatch(name) else ids_by_field.get(fields, {}).get(fold(name), [])
    if len(ids) != 1:
        return structs.replace(row, broken=shown + _why(name, owner, fields, sorted(set(ids))))
    files[ids[0]] += 1
    if files[ids[0]] > MOST_FILES:
        said = f"{shown}`{name}` has more than {MOST_FILES} files, and Xero keeps no more for one"
        return structs.replace(row, broken=said)
    others = {n: value for n, value in row.values.items() if n not in owner.fields}
    return structs.replace(row, values={**others, owner.key: ids[0]})


def _why(name: str, owner: Owner, fields: Sequence[str], ids: Sequence[str]) -> str:
    if not fields:
        return f"a {owner.noun} is known by its `{owner.key}` only, and `{name}` is not one"
    named = f"with the {' or '.join(f'`{field}`' for field in fields)} `{name}`"
    if not ids:
        return f"Xero has no {owner.noun} {named}"
    listed = ", ".join(f"`{each}`" for each in ids[:3])
    return f"Xero has {counted(len(ids), 'record')} {named}; say which by `{owner.key}`: {listed}"


def _shown(row: Row, name: str) -> str:
    """The place of a row's file in its folder."""
    path = Path(str(row.values.get(FILE_COLUMN)))
    return f"{name}/{path.name}" if path.parent.name == name else path.name
