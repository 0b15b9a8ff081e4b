"""Arguments checked where they come in, so that a wrong type is reported at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path, PurePath

from xeroport.catalogue import Endpoint
from xeroport.errors import InputError


def check_texts(**arguments: object) -> None:
    """InputError for the first of these arguments that is not text; None stands for one left
    out."""
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


def check_call(endpoint: object, params: object) -> None:
    """InputError unless these name an endpoint and its parameters."""
    if not isinstance(endpoint, str | Endpoint):
        raise InputError(
            f"`endpoint` must be text, not {_kind(endpoint)}", hint='such as `"invoices.list"`'
        )
    if params is not None and not isinstance(params, Mapping):
        raise InputError(
            f"`params` must be a mapping, not {_kind(params)}", hint='such as `{"page": 2}`'
        )


def names(what: str, value: object) -> tuple[str, ...]:
    """One name, or several, as a tuple; InputError for anything else."""
    several = (value,) if isinstance(value, str) else value
    texts = tuple(several) if isinstance(several, Iterable) else (None,)
    if not all(isinstance(text, str) for text in texts):
        raise InputError(f"`{what}` must be text, or a list of it, not {_kind(value)}")
    return tuple(str(text) for text in texts)


def path(name: str, value: object) -> Path | None:
    """A path that may be text; InputError for anything else."""
    if value is None:
        return None
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"`{name}` must be a path, not {_kind(value)}")
    return Path(value).expanduser()


def day(name: str, value: object) -> date | None:
    """A day that may be text; of a moment, its day. InputError for anything else."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InputError(
            f"`{name}` is not a date: `{value}`", hint="write it as `YYYY-MM-DD`"
        ) from None


def _kind(value: object) -> str:
    return "None" if value is None else type(value).__name__
