"""Numbers with their nouns: `1 call`, `2 calls`, `1,024 calls`."""

from __future__ import annotations


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """The number and the noun in the form that goes with it; `plural` where it is not noun + s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
