"""The state file: the whole organisation in one MessagePack document, replaced as a whole.

Decimals, dates and instants are extension types 1, 2 and 3, as text.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from xeroport.emulator.extras import Extras, File
from xeroport.errors import InputError

if TYPE_CHECKING:
    from xeroport.emulator.app import Application

VERSION = 1


def _packed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _packed(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_packed(each) for each in value]
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


def keep(app: Application, path: Path) -> None:
    """Write the organisation and what hangs on it; a crash leaves the former file."""
    organisation = app.organisation
    document = {
        "version": VERSION,
        "client_secret": app.identity.client_secret,
        "rates": organisation.rates,
        "counters": organisation.counters,
        "created": sorted(app.created),
        "tables": {name: list(table) for name, table in organisation.tables.items()},
        "files": {
            owner: [{"details": each.details, "content": each.content} for each in files]
            for owner, files in app.extras.files.items()
        },
        "notes": app.extras.notes,
        "mails": app.extras.mails,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as out:
        out.write(msgspec.msgpack.encode(_packed(document)))
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)


def restore(app: Application, path: Path) -> None:
    """Fill the application's new organisation from a state file; InputError if it is none."""
    try:
        document = msgspec.msgpack.decode(path.read_bytes(), ext_hook=_unpacked)
        if document["version"] != VERSION:
            raise ValueError(document["version"])
        organisation = app.organisation
        for name, records in document["tables"].items():
            table = organisation.tables[name]
            for each in list(table):
                table.remove(each[table.key])
            table.load(records)
        organisation.rates.update(document["rates"])
        organisation.counters.update(document["counters"])
        app.identity.client_secret = document["client_secret"]
        app.created.update(document["created"])
        app.extras = Extras(
            files={
                owner: [File(each["details"], each["content"]) for each in files]
                for owner, files in document["files"].items()
            },
            notes=document["notes"],
            mails=document["mails"],
        )
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, OSError) as error:
        raise InputError(
            f"`{path}` is no state of the emulator",
            hint="name another file, or remove it to begin anew",
        ) from error
