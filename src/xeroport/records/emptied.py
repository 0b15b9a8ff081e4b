"""Empty values given on purpose: sent where Xero clears by them, otherwise named as not cleared.

Facts of field reports: an empty text clears (a phone by its type), an empty list does not, and of
dates only the planned day of a payment can be cleared, by its twin that is text.
"""

from __future__ import annotations

from typing import Any

from xeroport.catalogue import RecordType
from xeroport.records.column_paths import RecordPath, field_at
from xeroport.records.findings import Finding
from xeroport.records.from_rows import look

CLEARED_BY = {("Invoice", "ExpectedPaymentDate"): "ExpectedPaymentDateString"}
"""Dates that an empty text under another name clears."""


def settle_emptied(
    record: RecordType,
    values: dict[str, Any],
    emptied: list[RecordPath],
    *,
    is_update: bool,
    is_as_read: bool,
) -> list[Finding]:
    """Leave in a cleaned record the empty values that clear something; the others are findings
    where the record changes one of Xero's. They say nothing where it is new, or was read from
    Xero as it is, and nothing inside lists, which are replaced as a whole."""
    findings: list[Finding] = []
    for path in emptied:
        if is_update and _clears(record, values, path):
            continue
        holder = look(values, path[:-1]) if len(path) > 1 else values
        if isinstance(holder, dict):
            holder.pop(str(path[-1]), None)
        if is_update and not is_as_read and all(isinstance(part, str) for part in path):
            name = ".".join(str(part) for part in path if isinstance(part, str))
            said = f"`{name}` is empty, and Xero does not clear it by that: what it has stays"
            findings.append(Finding(path, said, "clear it in Xero", "warning"))
    return findings


def _clears(record: RecordType, values: dict[str, Any], path: RecordPath) -> bool:
    """Whether Xero clears a field by an empty value; adds what does it under another name."""
    twin = CLEARED_BY.get((record.name, str(path[0]))) if len(path) == 1 else None
    if twin is not None:
        values[twin] = ""
        return True
    names = [part for part in path if isinstance(part, str)]
    spec = field_at(record, names)
    if spec is None or spec.type != "text" or spec.enum or spec.values:
        return False
    is_known_by = len(path) == 1 and (
        spec.name in record.key or any(spec.name in key.fields for key in record.natural_keys)
    )
    return not is_known_by
