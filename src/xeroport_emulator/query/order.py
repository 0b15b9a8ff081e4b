"""`order=Field [ASC|DESC], …`: the same fields as `where`, records without a value first."""

from __future__ import annotations

from typing import Any

from xeroport_emulator.http.refusals import query_error
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.query.values import Reader, reader, spelled


def ordered(
    organisation: Organisation,
    kind: str,
    records: list[dict[str, Any]],
    order: str,
    hidden: frozenset[str] = frozenset(),
) -> list[dict[str, Any]]:
    """The records in that order; ties stay as they were. Refused for fields the reply hides."""
    for term in reversed([each.strip() for each in order.split(",") if each.strip()]):
        name, _, direction = term.partition(" ")
        down = direction.strip().upper() in ("DESC", "DESCENDING")
        if direction.strip() and direction.strip().upper() not in (
            "ASC",
            "DESC",
            "ASCENDING",
            "DESCENDING",
        ):
            raise query_error(f"Syntax error in order '{term}'")
        path, _ = spelled(kind, name)
        if path.partition(".")[0] in hidden:
            raise query_error(f"The field '{path}' cannot be used together with summaryOnly")

        get = reader(organisation, kind, path)

        def key(record: dict[str, Any], get: Reader = get) -> tuple[bool, Any]:
            value = get(record)
            if isinstance(value, str):
                value = value.casefold()
            elif isinstance(value, list | dict):
                value = None
            return (value is not None, 0 if value is None else value)

        records = sorted(records, key=key, reverse=down)
    return records
