"""Many instances from one CSV file: read whole, checked side by side, saved one by one.

Columns: `name`, `client_id` and one of `client_secret_file`, `client_secret_env` (a variable's
name) or `client_secret`; optional are the settings that `instance add` takes, with `_`. While any
line is wrong in itself nothing is tried and nothing is saved. Then each is saved if it gets in.
"""

from __future__ import annotations

import asyncio
import csv
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from msgspec import Struct

from xeroport import logs, settings
from xeroport.errors import InputError, UnknownName, XeroportError
from xeroport.jobs.instances import connect
from xeroport.plurals import counted
from xeroport.rows import excel, source
from xeroport.rows.row import without_unfit
from xeroport.rows.values import text_of
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance, schema_name

AT_ONCE = 16
SECRETS = ("client_secret_file", "client_secret_env", "client_secret")
SETTINGS = (
    "base_url",
    "identity_url",
    "time_zone",
    "date_format",
    "decimal_mark",
    "rate_limit",
    "concurrency",
    "scopes",
    "tenant_id",
)
Outcome = Literal["added", "there already", "refused", "wrong", "not tried"]


class ImportResult(Struct, frozen=True):
    """What became of one line. `wrong` in itself, `refused` by Xero or the store: `error` says
    why, and `exit_status` is what that alone would end with."""

    line: int
    name: str
    outcome: Outcome
    organisation: str | None = None
    error: str | None = None
    hint: str | None = None
    exit_status: int = 0


@dataclass(frozen=True)
class ImportRow:
    """A line that is right in itself."""

    line: int
    instance: Instance
    secret: Secret


def read(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    """(line, values) of a file's rows; InputError if its columns are not those of instances."""
    named, sheet = excel.split(str(path))
    if sheet is not None or Path(named).suffix.lower() in excel.ENDINGS:
        return _in_sheet(path)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(_rows(csv.DictReader(file, restval="", strict=True), path))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"`{path}` cannot be read: {reason}", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise InputError(f"`{path}` is not UTF-8", hint="save it as CSV in UTF-8") from error
    except csv.Error as error:
        raise InputError(f"`{path}` is not CSV: {error}", hint="save it as CSV in UTF-8") from error
    if not rows:
        raise InputError(f"`{path}` has no instance in it", hint="one per line, below the header")
    return rows


def _in_sheet(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    """The rows of a spreadsheet, every cell as text."""
    opened = source.open_file(str(path))
    heads = list(opened.columns or ())
    _check_heads(heads, path)
    rows: list[tuple[int, Mapping[str, str]]] = []
    for row in without_unfit(opened.rows):
        if row.broken:
            raise InputError(f"`{path.name}` row {row.line}: {row.broken}")
        cells = {head: row.values.get(head) for head in heads}
        rows.append((row.line, {h: "" if v is None else text_of(v) for h, v in cells.items()}))
    return rows


def _rows(reader: csv.DictReader[str], path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    heads = [fieldname.strip() for fieldname in reader.fieldnames or ()]
    _check_heads(heads, path)
    reader.fieldnames = heads
    ended = reader.line_num
    for row in reader:
        first, ended = ended + 1, reader.line_num
        extra = row.pop(None, None)
        values = {key: value.strip() for key, value in row.items()}
        if extra:
            values[""] = (
                f"has {counted(len(heads) + len(extra), 'value')} "
                f"for {counted(len(heads), 'column')}"
            )
        yield first, values


def _check_heads(heads: Sequence[str], path: Path) -> None:
    known = ("name", "client_id", *SECRETS, *SETTINGS)
    for head in heads:
        if head not in known:
            raise UnknownName("column", head, known, of=str(path), hint=f"use {', '.join(known)}")
    if "name" not in heads or "client_id" not in heads or not set(heads) & set(SECRETS):
        raise InputError(
            f"`{path}` must have the columns `name`, `client_id` and `client_secret_file`",
            hint="or `client_secret_env`, the name of a variable, or `client_secret`",
        )


async def import_all(
    store: Store,
    path: Path,
    *,
    check: bool = True,
    tell: Callable[[ImportResult], None] = lambda _: None,
) -> list[ImportResult]:
    """Add the instances of a file; one result a line. An instance that is there already, with
    the same settings, stays as it is, so that the same file can be imported again."""
    rows, wrong, there = _sorted_out(store, path)
    if wrong:
        spared = [ImportResult(row.line, row.instance.name, "not tried") for row in rows]
        return _by_line(wrong + spared + there)
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(row: ImportRow) -> ImportResult:
        async with slots:
            outcome = await _add(store, row, check=check)
            tell(outcome)
            return outcome

    return _by_line([*await asyncio.gather(*map(one, rows)), *there])


def _by_line(imported: Sequence[ImportResult]) -> list[ImportResult]:
    return sorted(imported, key=lambda instance: instance.line)


def _sorted_out(
    store: Store, path: Path
) -> tuple[list[ImportRow], list[ImportResult], list[ImportResult]]:
    """The lines to add, those that are wrong in themselves, and those that are there already."""
    known = {schema_name(each.name): each for each in instances.each_instance(store)}
    lines: dict[str, int] = {}
    rows, wrong, there = [], [], []
    for line, values in read(path):
        name = values["name"]
        try:
            if "" in values:
                raise InputError(f"the line {values['']}", hint="quote values with a comma in them")
            instance = _instance(values)
            if (before := lines.setdefault(schema_name(name), line)) != line:
                raise InputError(f"line {before} has that name already", hint="names are unique")
            held = known.get(schema_name(name))
            if held is not None and _is_same(held, instance):
                there.append(ImportResult(line, name, "there already", held.organisation))
                continue
            if held is not None:
                raise InputError(
                    f"there is already an instance `{held.name}` with other settings",
                    hint=f"change it with `xeroport instance edit {held.name}`, or rename the line",
                )
            rows.append(ImportRow(line, instance, _secret(values, path.parent)))
        except XeroportError as error:
            wrong.append(_failed(line, name, "wrong", error))
    return rows, wrong, there


def _failed(line: int, name: str, outcome: Outcome, error: XeroportError) -> ImportResult:
    return ImportResult(
        line,
        " ".join(name.split()),
        outcome,
        error=" ".join(error.message.split()),
        hint=error.hint,
        exit_status=error.exit_status,
    )


async def _add(store: Store, row: ImportRow, *, check: bool) -> ImportResult:
    name = row.instance.name
    try:
        added = await connect.add(store, row.instance, row.secret, check=check)
    except XeroportError as error:
        return _failed(row.line, name, "refused", error)
    return ImportResult(row.line, name, "added", organisation=added.organisation)


def _is_same(held: Instance, wanted: Instance) -> bool:
    """Whether an instance has the settings that a line asks for, whatever checks have learned."""
    return all(getattr(held, each) == getattr(wanted, each) for each in ("client_id", *SETTINGS))


def _instance(row: Mapping[str, str]) -> Instance:
    base = settings.base_url(row.get("base_url") or settings.XERO_BASE)
    return Instance(
        name=instances.check_name(row["name"]),
        base_url=base,
        identity_url=settings.identity_url(base, row.get("identity_url")),
        client_id=settings.client_id(row["client_id"]),
        time_zone=settings.time_zone(row.get("time_zone") or settings.DEFAULT_ZONE),
        date_format=settings.date_format(row.get("date_format") or settings.DEFAULT_FORMAT),
        decimal_mark=settings.decimal_mark(row.get("decimal_mark") or ""),
        rate_limit=settings.rate_limit(row.get("rate_limit") or settings.DEFAULT_RATE),
        concurrency=settings.concurrency(row.get("concurrency") or "5"),
        scopes=settings.scopes(row.get("scopes") or ""),
        tenant_id=row.get("tenant_id") or None,
    )


def _secret(row: Mapping[str, str], folder: Path) -> Secret:
    """The client secret of a row; a file's path is relative to the CSV file."""
    secret_columns = [column for column in SECRETS if row.get(column)]
    if len(secret_columns) != 1:
        raise InputError(
            "there is no client secret"
            if not secret_columns
            else f"{' and '.join(secret_columns)} are both given",
            hint=f"fill one of {', '.join(f'`{column}`' for column in SECRETS)}",
        )
    if variable := row.get("client_secret_env"):
        if variable not in os.environ:
            raise InputError(
                f"the variable `{variable}` is not set", hint="export it, or use a file"
            )
        text, place = os.environ[variable], f"the variable `{variable}`"
    elif named := row.get("client_secret_file"):
        place = f"`{named}`"
        try:
            text = (folder / named).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise InputError(
                f"{place} cannot be read: {reason}", hint="its path is relative to the CSV file"
            ) from error
    else:
        text, place = row["client_secret"], "the column `client_secret`"
    word = text.strip()
    if not word or len(word.split()) != 1:
        raise InputError(
            f"there is no client secret in {place}", hint="give one word and nothing else"
        )
    logs.hide(word)
    return Secret(word)
