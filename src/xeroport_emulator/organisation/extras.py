"""What hangs on records and is not part of them: attachments, notes, e-mails sent."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

Record = dict[str, Any]


class File(Struct):
    """An attachment: what the API tells of it, and its bytes."""

    details: Record
    content: bytes


class Extras(Struct):
    """By the id of the record they hang on."""

    files: dict[str, list[File]] = field(default_factory=dict)
    notes: dict[str, list[Record]] = field(default_factory=dict)
    mails: dict[str, int] = field(default_factory=dict)
