"""New rows that name a tax rate, tracking option, theme or currency that nobody has read yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from xeroport.catalogue.reading import StreamReading
from xeroport.errors import XeroportError
from xeroport.jobs.query import answering

LINES = ("invoice", "credit_note", "bank_transaction", "purchase_order")

UNKNOWN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "tax": tuple(
        (
            f"{table}_line_item",
            "tax_type <> '' AND tax_type NOT IN "
            "(SELECT tax_type FROM tax_rate WHERE tax_type IS NOT NULL)",
        )
        for table in LINES
    ),
    "tracking": tuple(
        (
            f"{table}_line_item_tracking",
            "(tracking_category_id, option) NOT IN (SELECT tracking_category_id, name "
            "FROM tracking_category_option WHERE tracking_category_id IS NOT NULL "
            "AND name IS NOT NULL)",
        )
        for table in LINES
    ),
    "theme": tuple(
        (
            table,
            "branding_theme_id NOT IN "
            "(SELECT branding_theme_id FROM branding_theme WHERE branding_theme_id IS NOT NULL)",
        )
        for table in ("invoice", "quote", "purchase_order")
    ),
    "currency": tuple(
        (table, "currency_code NOT IN (SELECT code FROM currency WHERE code IS NOT NULL)")
        for table in ("invoice", "bank_transaction")
    ),
}
"""Kind of name → tables that name one, and the condition that it is unknown."""


def pointed_at(
    readings: Mapping[str, StreamReading], *, since: datetime, url: str, instance: str
) -> set[str]:
    """The streams that a row written at or after `since` (our clock) points into in vain."""
    kinds = {kind for reading in readings.values() for kind in reading.pointed_at_by}
    dangling = {kind for kind in kinds if _finds(kind, since, url, instance)}
    return {
        stream
        for stream, reading in readings.items()
        if dangling.intersection(reading.pointed_at_by)
    }


def _finds(kind: str, since: datetime, url: str, instance: str) -> bool:
    """Whether a new row names something unknown; a table that is not there has no row."""
    moment = f"TIMESTAMPTZ '{since.isoformat()}'"
    for table, condition in UNKNOWN[kind]:
        rows = f"FROM {table} WHERE _synced_at >= {moment} AND {condition}"
        try:
            with answering(f"SELECT 1 {rows} LIMIT 1", url=url, instance=instance) as answer:
                if next(answer.rows(), None) is not None:
                    return True
        except XeroportError:
            continue
    return False
