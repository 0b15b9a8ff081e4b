"""Many instances from one CSV file, checked side by side; each is saved on its own.

Columns: `name`, `client_id` and one of `client_secret_file`, `client_secret_env` (a variable's
name) or `client_secret`; optional are the settings that `instance add` takes, with `_`.
"""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from xeroport import logs, settings
from xeroport.credentials import Secret
from xeroport.errors import InputError, XeroportError
from xeroport.jobs import connecting
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

AT_ONCE = 16
SECRETS = ("client_secret_file", "client_secret_env", "client_secret")
SETTINGS = (
    "base_url",
    "identity_url",
    "time_zone",
    "date_format",
    "rate_limit",
    "concurrency",
    "scopes",
    "tenant_id",
)


class Imported(Struct, frozen=True):
    """What became of one line: `error` is None where the instance was added."""

    line: int
    name: str
    organisation: str | None = None
    error: str | None = None
    hint: str | None = None


def read(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    """(line, values) of a file's rows; InputError if its columns are not those of instances."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            rows: list[tuple[int, Mapping[str, str]]] = [
                (reader.line_num, {k: v.strip() for k, v in row.items()}) for row in reader
            ]
            heads = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, AttributeError) as error:
        raise InputError(f"`{path}` cannot be read as CSV in UTF-8: {error}") from error
    known = {"name", "client_id", *SECRETS, *SETTINGS}
    for head in heads:
        if head not in known:
            raise InputError(f"`{path}` has an unknown column `{head}`", hint=", ".join(known))
    if "name" not in heads or "client_id" not in heads or not set(heads) & set(SECRETS):
        raise InputError(
            f"`{path}` must have the columns `name`, `client_id` and `client_secret_file`",
            hint="or `client_secret_env`, the name of a variable, or `client_secret`",
        )
    if not rows:
        raise InputError(f"`{path}` has no instance in it", hint="one a line, below the heads")
    return rows


async def import_all(
    store: Store,
    path: Path,
    *,
    check: bool = True,
    transport: Any = None,
    tell: Callable[[Imported], None] = lambda _: None,
) -> list[Imported]:
    """Add the instances of a file, each if its credentials work; one result a line."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(line: int, row: Mapping[str, str]) -> Imported:
        async with slots:
            made = await _add(store, path, line, row, check=check, transport=transport)
            tell(made)
            return made

    return list(await asyncio.gather(*(one(line, row) for line, row in read(path))))


async def _add(
    store: Store, path: Path, line: int, row: Mapping[str, str], *, check: bool, transport: Any
) -> Imported:
    name = row.get("name", "")
    try:
        instances.check_name(name)
        secret = _secret(row, path.parent)
        added = await connecting.add(
            store, _instance(row), secret, check=check, transport=transport
        )
    except XeroportError as error:
        return Imported(line, name, error=error.message, hint=error.hint)
    return Imported(line, name, organisation=added.organisation)


def _instance(row: Mapping[str, str]) -> Instance:
    base = settings.base_url(row.get("base_url") or settings.XERO_BASE)
    return Instance(
        name=row["name"],
        base_url=base,
        identity_url=settings.identity_url(base, row.get("identity_url")),
        client_id=settings.client_id(row["client_id"]),
        time_zone=settings.time_zone(row.get("time_zone") or settings.DEFAULT_ZONE),
        date_format=settings.date_format(row.get("date_format") or settings.DEFAULT_FORMAT),
        rate_limit=settings.rate_limit(row.get("rate_limit") or settings.DEFAULT_RATE),
        concurrency=settings.concurrency(row.get("concurrency") or "5"),
        scopes=settings.scopes(row.get("scopes") or ""),
        tenant_id=row.get("tenant_id") or None,
    )


def _secret(row: Mapping[str, str], folder: Path) -> Secret:
    """The client secret of a row; a file's path is relative to the CSV file."""
    if variable := row.get("client_secret_env"):
        text = os.environ.get(variable, "")
        place = f"the variable `{variable}`"
    elif named := row.get("client_secret_file"):
        place = f"`{named}`"
        try:
            text = (folder / named).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{place} cannot be read: {error}") from error
    else:
        text, place = row.get("client_secret") or "", "the column `client_secret`"
    word = text.strip()
    if not word or len(word.split()) != 1:
        raise InputError(f"there is no client secret in {place}", hint="one word, and no more")
    logs.hide(word)
    return Secret(word)
