"""What was chosen for a file, remembered by its header: the next file with the same columns gets
the same fields, constants, formats and key."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from xeroport.console.jobs.columns_to_fields import header
from xeroport.console.jobs.uploads import Upload, Uploads
from xeroport.errors import XeroportError

KEPT = 200


class FileChoices(Struct, frozen=True):
    """The choices for a header; `name` is the file that they were made for."""

    name: str
    columns: dict[str, str] | None = None
    key: str = ""
    dates: str = ""
    decimal: str = ""
    constants: dict[str, str] = {}


CHOSEN = FileChoices.__struct_fields__[1:]
"""The choices, named as an upload has them."""


class RememberedLayouts:
    """One small file for each header and kind of record."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "console" / "layouts"

    def remember(self, upload: Upload, names: tuple[str, ...]) -> None:
        """Keep the choices of an upload for its header."""
        layout = FileChoices(upload.name, *(getattr(upload, field) for field in CHOSEN))
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(upload.endpoint, names)
        part = path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(layout))
        part.replace(path)
        for old in sorted(self._folder.glob("*.json"), key=lambda e: e.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)

    def find(self, endpoint: str, names: tuple[str, ...]) -> FileChoices | None:
        """What was chosen last for a header; None where it is new."""
        try:
            text = self._path(endpoint, names).read_bytes()
            return msgspec.json.decode(text, type=FileChoices)
        except (OSError, msgspec.DecodeError):
            return None

    def header_of(self, uploads: Uploads, upload: Upload) -> tuple[str, ...] | None:
        """The columns of an upload; None where it cannot be read, which its page says."""
        try:
            return header(str(uploads.path(upload)))
        except XeroportError:
            return None

    def as_before(self, uploads: Uploads, upload: Upload) -> Upload:
        """The upload with what was chosen for the last file that had the same columns."""
        names = self.header_of(uploads, upload)
        layout = self.find(upload.endpoint, names) if names else None
        if layout is None:
            return upload
        chosen = {field: getattr(layout, field) for field in CHOSEN}
        new = msgspec.structs.replace(upload, **chosen, like=layout.name)
        uploads.save(new)
        return new

    def forget(self, endpoint: str, names: tuple[str, ...]) -> None:
        """Forget what was chosen for a header."""
        self._path(endpoint, names).unlink(missing_ok=True)

    def _path(self, endpoint: str, names: tuple[str, ...]) -> Path:
        mark = msgspec.json.encode((endpoint, names))
        return self._folder / f"{hashlib.blake2b(mark, digest_size=16).hexdigest()}.json"
