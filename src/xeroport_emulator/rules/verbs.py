"""The three writes that most record types have: PUT makes a record, POST changes or makes one,
POST to a path changes the one it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules.write import Rule, Write


class Verbs(NamedTuple):
    """The rules of one record type."""

    create: Rule
    upsert: Rule
    update: Rule


def verbs(
    kind: str,
    save: Callable[[Write, Record | None], Record],
    *,
    also: tuple[str, ...] = (),
    namesake: Callable[[Write], Record | None] = lambda write: None,
) -> Verbs:
    """The rules of a record type. `save` makes a new record, or changes the one it is given;
    `also` are the fields that a path may name one by, beside its id; `namesake` finds the record
    that a POST without an id means."""

    def create(write: Write) -> Record:
        write.refuse_id(kind)
        return save(write, None)

    def upsert(write: Write) -> Record:
        return save(write, write.existing(kind) or namesake(write))

    def update(write: Write) -> Record:
        return save(write, write.named(kind, f"{kind}ID", *also))

    return Verbs(create, upsert, update)
