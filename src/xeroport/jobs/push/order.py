"""What to push and how, as a person or a program asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xeroport import settings
from xeroport.catalogue import Endpoint
from xeroport.errors import InputError
from xeroport.jobs.push.checked import Guard
from xeroport.records import targets
from xeroport.records.readings import FormatWish
from xeroport.rows.problems import ALIKE
from xeroport.rows.source import Source
from xeroport.settings import Mark
from xeroport.store.outbox.enqueuing import Revise

if TYPE_CHECKING:
    from xeroport.records.maps import Map


@dataclass(frozen=True, slots=True)
class Order:
    """What to push and how; see `docs/guide/push.md`."""

    instance: str
    endpoint: str
    rows: Source | None = None
    path: str | None = None
    key: tuple[str, ...] = ()
    layout: Map | None = None
    constants: Mapping[str, Any] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    update: bool = False
    skip_invalid: bool = False
    dry_run: bool = False
    clears: bool = False
    wish: FormatWish = field(default_factory=FormatWish)
    guard: Guard = field(default_factory=Guard)
    out: Path | None = None
    files: Path | None = None
    held: bool = False
    most_problems: int = 1_000
    most_alike: int = ALIKE


def wish_of(dates: str | None, decimal: str | None) -> FormatWish:
    """What a person said of dates and numbers; InputError where it is no format or mark."""
    if decimal not in (None, ".", ","):
        raise InputError(f"`{decimal}` is not a decimal mark", hint="it is `.` or `,`")
    mark: Mark | None = None if decimal is None else "." if decimal == "." else ","
    return FormatWish(None if dates is None else settings.date_format(dates), mark)


def key_of(key: str | Sequence[str] | None) -> tuple[str, ...]:
    """The columns of a key, from their names or from one text that joins them by `,`."""
    if key is None:
        return ()
    parts = key.split(",") if isinstance(key, str) else key
    return tuple(part.strip() for part in parts)


def reviser_of(order: Order, endpoint: Endpoint) -> Revise | None:
    """How a record that was sent before is changed; None where the order does not ask for it."""
    if not order.update:
        return None
    return lambda draft, xero_id: targets.revision(endpoint, draft, xero_id)
