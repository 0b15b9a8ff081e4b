"""The two ways in which a write is refused."""

from __future__ import annotations


class Refusal(Exception):
    """The element breaks a rule; `errors` are Xero's sentences. Nothing of it stays."""

    def __init__(self, *errors: str) -> None:
        super().__init__(*errors)
        self.errors = errors


class Missing(Exception):
    """The path names a record that does not exist: Xero answers 404."""
