"""Uploaded files on their way into Xero, each in a folder of its own under the home folder.

Of a visitor's file name only letters, digits and a known ending reach the disk.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from xeroport.console.jobs.cell_corrections import Corrections, apply, corrected_name
from xeroport.errors import InputError, UnknownName
from xeroport.rows.excel import ENDINGS as SPREADSHEETS

ENDINGS = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl", ".parquet", *SPREADSHEETS)
NAME = re.compile(r"[A-Za-z0-9_-]{16}")
PLAIN = re.compile(r"[^A-Za-z0-9_]+")
KEPT = 50


class Upload(Struct, frozen=True):
    """One uploaded file and what is to be done with it. `columns` maps the file's columns to
    fields of Xero's, "" for those left out; None while nobody chose. `dates` and `decimal` say how
    the file writes them, `constants` are values that every record gets, `like` is the file that
    the choices were remembered from, `corrections` are cells that were corrected on the page."""

    id: str
    instance: str
    name: str
    ending: str
    endpoint: str
    at: float
    key: str = ""
    columns: dict[str, str] | None = None
    update: bool = False
    skip_invalid: bool = False
    dates: str = ""
    decimal: str = ""
    runs: tuple[int, ...] = ()
    constants: dict[str, str] = {}
    like: str = ""
    corrections: Corrections = {}


class Uploads:
    """The folder of uploads."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "console" / "uploads"

    def keep(self, content: BinaryIO, *, instance: str, name: str, endpoint: str) -> Upload:
        """Copy a file in; InputError for a kind that cannot be pushed."""
        upload = Upload(
            id=secrets.token_urlsafe(12),
            instance=instance,
            name=clean_name(name),
            ending=ending_of(name),
            endpoint=endpoint,
            at=time.time(),
        )
        folder = self._folder / upload.id
        (folder / "file").mkdir(parents=True, mode=0o700)
        self.save(upload)
        self.replace(upload, content, name=name)
        self._tidy()
        return upload

    def replace(self, upload: Upload, content: BinaryIO, *, name: str) -> Upload:
        """Put a corrected file in the place of the one before."""
        ending = ending_of(name)
        new = msgspec.structs.replace(upload, name=clean_name(name), ending=ending, corrections={})
        part = self._folder / upload.id / "incoming"
        with part.open("wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
        self.original(upload).unlink(missing_ok=True)
        part.replace(self.original(new))
        self.save(new)
        return new

    def save(self, upload: Upload) -> None:
        """Keep what was chosen."""
        path = self._folder / upload.id / "upload.json"
        path.write_bytes(msgspec.json.encode(upload))

    def find(self, instance: str, key: str) -> Upload:
        """The upload of an instance; UnknownName otherwise."""
        path = self._folder / key / "upload.json"
        if NAME.fullmatch(key) and path.exists():
            found = msgspec.json.decode(path.read_bytes(), type=Upload)
            if found.instance == instance:
                return found
        raise UnknownName("upload", key, (), hint="upload the file again")

    def recent(self, instance: str, most: int = 8) -> list[Upload]:
        """The latest uploads of an instance, newest first."""
        uploads = [
            msgspec.json.decode(path.read_bytes(), type=Upload)
            for path in self._folder.glob("*/upload.json")
        ]
        mine = [upload for upload in uploads if upload.instance == instance]
        return sorted(mine, key=lambda each: each.at, reverse=True)[:most]

    def of_run(self, instance: str, run: int) -> Upload | None:
        """The upload that a run pushed."""
        return next((e for e in self.recent(instance, KEPT) if run in e.runs), None)

    def correct(self, upload: Upload, corrections: Corrections) -> Upload:
        """Keep corrected cells, with those that were corrected before."""
        merged = {line: dict(own) for line, own in upload.corrections.items()}
        for line, own in corrections.items():
            merged.setdefault(line, {}).update(own)
        new = msgspec.structs.replace(upload, corrections=merged)
        apply(self.original(upload), merged, self._corrected(upload))
        self.save(new)
        return new

    def path(self, upload: Upload) -> Path:
        """The file to read: as it was uploaded, or with its corrections."""
        return self._corrected(upload) if upload.corrections else self.original(upload)

    def _corrected(self, upload: Upload) -> Path:
        return self._folder / upload.id / "corrected" / corrected_name(self.original(upload))

    def original(self, upload: Upload) -> Path:
        """The file itself, under a plain form of its name: reports and the outbox show it."""
        plain = PLAIN.sub("-", Path(upload.name).stem)[:60].strip("-") or "rows"
        return self._folder / upload.id / "file" / f"{plain}{upload.ending}"

    def beside(self, upload: Upload, name: str) -> Path:
        """A file of ours beside it: the map, the results."""
        return self._folder / upload.id / name

    def _tidy(self) -> None:
        """Forget the oldest beyond `KEPT`."""
        folders = [path.parent for path in self._folder.glob("*/upload.json")]
        for old in sorted(folders, key=lambda each: each.stat().st_mtime)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)


def clean_name(name: str) -> str:
    """A file name to show: its last part, without control characters, not too long."""
    last = re.split(r"[\\/]", name)[-1]
    return "".join(each for each in last if each.isprintable())[:120] or "file"


def ending_of(name: str) -> str:
    """The ending of a file's name; InputError for a kind that cannot be read."""
    ending = Path(clean_name(name)).suffix.lower()
    if ending not in ENDINGS:
        raise InputError(
            f"`{clean_name(name)}` is not a kind of file that can be pushed",
            hint="CSV, Excel, JSON, NDJSON and Parquet can; save the table as one of them first",
        )
    return ending
