"""Numbers with their nouns and verbs: `1 call is`, `2 calls are`, `1,024 calls`."""

from __future__ import annotations


def word_for(number: int, one: str, many: str | None = None) -> str:
    """The form that goes with the number: `one`, or `many` where that is not `one` + s."""
    return one if number == 1 else many or one + "s"


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """The number and the noun in the form that goes with it; `plural` where it is not noun + s."""
    return f"{number:,} {word_for(number, noun, plural)}"
