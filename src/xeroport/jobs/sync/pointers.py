"""New rows that name a tax rate, tracking option, theme or currency that nobody has read yet."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from xeroport.catalogue.reading import StreamReading

Ask = Callable[[str, Sequence[str]], list[tuple[Any, ...]]]
"""`Destination.ask`: a query on tables in braces, and their names."""

LINES = ("invoice", "credit_note", "bank_transaction", "purchase_order")

UNKNOWN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "tax": tuple(
        (
            f"{table}_line_item",
            "tax_type <> '' AND tax_type NOT IN "
            "(SELECT tax_type FROM {tax_rate} WHERE tax_type IS NOT NULL)",
        )
        for table in LINES
    ),
    "tracking": tuple(
        (
            f"{table}_line_item_tracking",
            "(tracking_category_id, option) NOT IN (SELECT tracking_category_id, name "
            "FROM {tracking_category_option} WHERE tracking_category_id IS NOT NULL "
            "AND name IS NOT NULL)",
        )
        for table in LINES
    ),
    "theme": tuple(
        (
            table,
            "branding_theme_id NOT IN "
            "(SELECT branding_theme_id FROM {branding_theme} WHERE branding_theme_id IS NOT NULL)",
        )
        for table in ("invoice", "quote", "purchase_order")
    ),
    "currency": tuple(
        (table, "currency_code NOT IN (SELECT code FROM {currency} WHERE code IS NOT NULL)")
        for table in ("invoice", "bank_transaction")
    ),
}
"""Kind of name → tables that name one, and the condition that it is unknown."""


NAMED = {
    "tax": "tax_rate",
    "tracking": "tracking_category_option",
    "theme": "branding_theme",
    "currency": "currency",
}
"""Kind of name → the table that has it."""


def pointed_at(
    readings: Mapping[str, StreamReading],
    *,
    since: datetime,
    written: Container[str],
    ask: Ask,
) -> set[str]:
    """The streams that a row written at or after `since` (our clock) points to and that do not have
    the record; only the tables that were `written` are looked into."""
    kinds = {kind for reading in readings.values() for kind in reading.pointed_at_by}
    dangling = {
        kind
        for kind in kinds
        if any(
            _finds(ask, table, condition, since, names=NAMED[kind])
            for table, condition in UNKNOWN[kind]
            if table in written
        )
    }
    return {
        stream
        for stream, reading in readings.items()
        if dangling.intersection(reading.pointed_at_by)
    }


def _finds(ask: Ask, table: str, condition: str, since: datetime, *, names: str) -> bool:
    """Whether a new row of a table names something unknown; `names` is the table that would have
    it. Moments stand without a zone, so that files are searched by them."""
    moment = since.astimezone(UTC).replace(tzinfo=None)
    new = f"FROM {{{table}}} WHERE _synced_at >= TIMESTAMP '{moment}' AND {condition}"
    return bool(ask(f"SELECT 1 {new} LIMIT 1", (table, names)))
