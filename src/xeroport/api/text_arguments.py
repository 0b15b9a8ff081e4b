"""Arguments that must be text, checked where they come in: a wrong type is named, not met later."""

from __future__ import annotations

from pathlib import PurePath

from xeroport.errors import InputError


def check_texts(**arguments: object) -> None:
    """InputError for the first of these arguments that is no text; None is for those left out."""
    for name, value in arguments.items():
        if value is None or isinstance(value, str):
            continue
        hint = None
        if isinstance(value, PurePath) and name == "to":
            hint = f"such as `duckdb:{value}` or `parquet:{value}`"
        elif isinstance(value, bytes):
            hint = "decode it: `.decode()`"
        raise InputError(f"`{name}` must be text, not {type(value).__name__}", hint=hint)


def check_named(**arguments: object) -> None:
    """The same for arguments that cannot be left out."""
    for name, value in arguments.items():
        if value is None:
            raise InputError(f"`{name}` must be text, not None")
    check_texts(**arguments)
