"""The three writes that most record types have: PUT makes a record, POST changes or makes one,
POST to a path changes the one it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from xeroport_emulator.organisation.table import Record
from xeroport_emulator.rules.write import Rule, Write

Save = Callable[[Write, Record | None], Record | None]
"""Makes a new record, or changes the one it is given."""


class Verbs(NamedTuple):
    """The rules of one record type."""

    create: Rule
    upsert: Rule
    update: Rule


def either(new: Rule, change: Callable[[Write, Record], Record]) -> Save:
    """What makes a new record by one function, and changes one by another."""
    return lambda write, old: new(write) if old is None else change(write, old)


def verbs(
    kind: str,
    save: Save,
    *,
    also: tuple[str, ...] = (),
    namesake: Callable[[Write], Record | None] = lambda write: None,
    said: str = "",
) -> Verbs:
    """The rules of a record type. `also` are the fields that a path may name one by, beside its
    id; `namesake` finds the record that a POST without an id means; `said` is what a refusal calls
    the id."""

    def create(write: Write) -> Record | None:
        write.refuse_id(kind)
        return save(write, None)

    def upsert(write: Write) -> Record | None:
        return save(write, write.existing(kind, said=said) or namesake(write))

    def update(write: Write) -> Record | None:
        return save(write, write.named(kind, f"{kind}ID", *also))

    return Verbs(create, upsert, update)
