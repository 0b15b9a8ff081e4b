"""Instants as the store keeps them: UTC, ISO 8601 text, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime


def to_text(instant: datetime) -> str:
    """An aware instant as text with microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str | None) -> datetime | None:
    """The instant of a text made by `to_text`; None stays None."""
    return None if text is None else datetime.fromisoformat(text)
