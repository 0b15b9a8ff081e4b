"""`order=Field [ASC|DESC], …`: the same fields as `where`, records without a value first."""

from __future__ import annotations

from typing import Any

from xeroport.catalogue import load
from xeroport_emulator.http.refusals import query_error
from xeroport_emulator.query.select import dotted


def field_path(kind: str, text: str) -> tuple[str, str]:
    """A dotted field as the catalogue spells it, and its type; Xero's 400 if there is none."""
    spelled: list[str] = []
    at: str | None = kind
    found = "text"
    for part in text.split("."):
        fields = load().record(at).fields if at is not None and at[:1].isupper() else ()
        field = next((each for each in fields if each.name.lower() == part.lower()), None)
        if field is None:
            raise query_error(f"No property or field '{part}' exists in type '{at or found}'")
        spelled.append(field.name)
        found = field.type
        at = field.of if field.type == "object" else None
    return ".".join(spelled), found


def ordered(
    kind: str, records: list[dict[str, Any]], order: str, hidden: frozenset[str] = frozenset()
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
        path, _ = field_path(kind, name)
        if path.partition(".")[0] in hidden:
            raise query_error(f"The field '{path}' cannot be used together with summaryOnly")

        def key(record: dict[str, Any], path: str = path) -> tuple[bool, Any]:
            value = dotted(record, path)
            if isinstance(value, str):
                value = value.casefold()
            elif isinstance(value, list | dict):
                value = None
            return (value is not None, 0 if value is None else value)

        records = sorted(records, key=key, reverse=down)
    return records
