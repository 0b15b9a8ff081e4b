"""The state file: the whole organisation in one MessagePack document, and a log of changes.

Decimals, dates and instants are extension types 1, 2 and 3, as text.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from xeroport.errors import InputError
from xeroport_emulator.identity.server import Identity
from xeroport_emulator.organisation.extras import File
from xeroport_emulator.organisation.table import Record, Table
from xeroport_emulator.world import World

VERSION = 1
LONGEST_LOG = 32 << 20
"""Bytes of a log after which it is worked into the file."""


def _packed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _packed(field) for name, field in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(item) for item in value]
    if isinstance(value, Decimal):
        return msgspec.msgpack.Ext(1, str(value).encode())
    if isinstance(value, datetime):
        return msgspec.msgpack.Ext(3, value.isoformat().encode())
    if isinstance(value, date):
        return msgspec.msgpack.Ext(2, value.isoformat().encode())
    return value


def _unpacked(code: int, data: memoryview) -> Any:
    text = bytes(data).decode()
    if code == 1:
        return Decimal(text)
    return date.fromisoformat(text) if code == 2 else datetime.fromisoformat(text)


class StateFile:
    """Keeps a world's organisation in a file, and what has changed since in a log beside it.

    Every change is appended to the log as it is made, so that a killed process loses nothing; a
    log that has grown long is worked into the file. InputError if the file cannot be written.
    """

    def __init__(self, world: World, identity: Identity, path: Path) -> None:
        self._world = world
        self._identity = identity
        self._path = path
        self._log = path.with_name(path.name + ".log")
        world.keeps_changes = True
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._log.open("ab").close()
        except OSError as error:
            raise InputError(
                f"the state cannot be kept in `{path}`: {error.strerror}",
                hint="name a file in a folder that can be written to",
            ) from error

    def save(self) -> None:
        """Write the whole file again; a crash leaves the former file and its log."""
        tables = {name: list(table) for name, table in self._world.organisation.tables.items()}
        document = {"version": VERSION, "tables": tables, **self._rest(None)}
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("wb") as out:
            out.write(msgspec.msgpack.encode(_packed(document)))
            out.flush()
            os.fsync(out.fileno())
        beside.replace(self._path)
        self._log.unlink(missing_ok=True)
        self._world.touched.clear()

    @property
    def is_behind(self) -> bool:
        """Whether records have changed since the file and its log were written."""
        return bool(self._world.touched)

    def note(self) -> None:
        """Log what was touched; the first change of all makes the file."""
        if not self._path.exists():
            self.save()
            return
        tables = self._world.organisation.tables
        changed = [(name, key, tables[name].get(key)) for name, key in self._world.touched]
        entry = {"changed": changed, **self._rest({key for _, key in self._world.touched})}
        body = msgspec.msgpack.encode(_packed(entry))
        with self._log.open("ab") as out:
            out.write(len(body).to_bytes(8, "big") + body)
            size = out.tell()
        self._world.touched.clear()
        if size > LONGEST_LOG:
            self.save()

    def restore(self) -> None:
        """Fill the world's new organisation; InputError if the file is no state."""
        try:
            document = msgspec.msgpack.decode(self._path.read_bytes(), ext_hook=_unpacked)
            if document["version"] != VERSION:
                raise ValueError(document["version"])
            for name, records in document["tables"].items():
                table = self._world.organisation.tables[name]
                for each in list(table):
                    table.remove(each[table.key])
                table.load(records)
            self._take_in(document)
            for entry in self._logged():
                for name, key, record in entry["changed"]:
                    _put(self._world.organisation.tables[name], key, record)
                self._take_in(entry)
        except (msgspec.DecodeError, KeyError, TypeError, ValueError, OSError) as error:
            raise InputError(
                f"`{self._path}` is not a state of the emulator",
                hint="name another file, or remove it to start again",
            ) from error
        self._world.touched.clear()

    def _logged(self) -> Iterator[Any]:
        """The entries of the log; a last one that was cut off was never answered for."""
        log = self._log.read_bytes() if self._log.exists() else b""
        while len(log) >= 8 and len(log) >= (end := 8 + int.from_bytes(log[:8], "big")):
            yield msgspec.msgpack.decode(log[8:end], ext_hook=_unpacked)
            log = log[end:]

    def _rest(self, owners: set[str] | None) -> dict[str, Any]:
        """All but the tables; files, notes and marks of those owners only, if any are named."""
        world, extras = self._world, self._world.extras
        files = {
            owner: [{"details": name_of.details, "content": name_of.content} for name_of in file]
            for owner, file in extras.files.items()
            if owners is None or owner in owners
        }
        return {
            "client_secret": self._identity.client_secret,
            "grants": self._identity.grants.as_dict(),
            "rates": world.organisation.rates,
            "counters": world.organisation.counters,
            "created": sorted(world.created if owners is None else world.created & owners),
            "files": files,
            "notes": {k: v for k, v in extras.notes.items() if owners is None or k in owners},
            "mails": extras.mails,
        }

    def _take_in(self, rest: dict[str, Any]) -> None:
        world = self._world
        world.organisation.rates.update(rest["rates"])
        world.organisation.counters.update(rest["counters"])
        self._identity.client_secret = rest["client_secret"]
        self._identity.grants.restore(rest.get("grants", {}))
        world.created.update(rest["created"])
        for owner, files in rest["files"].items():
            world.extras.files[owner] = [File(file["details"], file["content"]) for file in files]
        world.extras.notes.update(rest["notes"])
        world.extras.mails = rest["mails"]


def _put(table: Table, key: str, record: Record | None) -> None:
    if record is None:
        if key in table:
            table.remove(key)
    elif key in table:
        table.replace(record)
    else:
        table.add(record)
