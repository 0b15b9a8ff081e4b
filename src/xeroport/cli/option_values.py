"""What options take, checked before anything is done: no empty value, and files that can be
written; and the options that several commands have."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from xeroport.cli.session import Session
from xeroport.errors import InputError

MAY_BE_EMPTY = frozenset({"scopes", "tenant_id", "identity_url", "decimal_mark", "reason"})
"""Options for which an empty value goes back to the default, of `instance` and `outbox`."""
GROUPS_WITH_EMPTY = frozenset({"instance", "outbox"})
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
URL = r"[A-Za-z][A-Za-z0-9+.-]+://"


def check_values(command: click.Command) -> None:
    """Have the command refuse options with an empty value."""
    parse = command.parse_args

    def parse_args(context: click.Context, words: list[str]) -> list[str]:
        session = context.find_object(Session)
        if session is not None:
            refuse_empty(session, command, words)
        return parse(context, words)

    if not isinstance(command, click.Group):
        command.parse_args = parse_args  # type: ignore[method-assign, assignment]


def refuse_empty(session: Session, command: click.Command, words: Sequence[str]) -> None:
    """InputError for an option of the command whose value is empty or blank.

    An empty shell variable (`--to "$TO"`) would otherwise mean the default.
    """
    options = {
        name: parameter
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.is_flag and not parameter.count
        for name in parameter.opts
    }
    before = ""
    for word in words:
        if word == "--":
            return
        name, equals, value = word.partition("=")
        option, value = (before, word) if before in options else (name, value if equals else "x")
        before = "" if before in options else word
        if option not in options or value.strip():
            continue
        if session.command in GROUPS_WITH_EMPTY and options[option].name in MAY_BE_EMPTY:
            continue
        raise InputError(f"`{option}` has an empty value", hint="give it one, or leave it out")


def destination(
    *names: str, of: str = "The destination that was synced to.", default: str = "the last one"
) -> Decorator:
    """The option of a command for where the books are, or go."""
    text = f"{of} Default: XEROPORT_TO, or {default}."
    return click.option(*names, metavar="URL", envvar="XEROPORT_TO", help=text)


def day(*names: str, text: str) -> Decorator:
    """An option that takes a day."""
    return click.option(*names, type=click.DateTime(["%Y-%m-%d"]), callback=_day, help=text)


def _day(_: click.Context, __: click.Parameter, moment: datetime | None) -> date | None:
    return moment and moment.date()


def file_to_write(text: str) -> Path:
    """The path of a file that a command writes; InputError where there can be none."""
    path = Path(text)
    if text == "-" or not text.strip() or re.match(URL, text):
        raise InputError(f"`{text}` is not a file to write", hint="give the path of a file")
    if path.is_dir():
        raise InputError(
            f"`{text}` cannot be written: it is a folder", hint="give the path of a file in it"
        )
    if not path.parent.is_dir():
        raise InputError(
            f"`{text}` cannot be written: there is no folder `{path.parent}`",
            hint="create the folder first",
        )
    return path


def to_write(_: click.Context, __: click.Parameter, text: str | None) -> Path | None:
    """The callback of an option that names a file to write."""
    return None if text is None else file_to_write(text)


def to_write_or_stdout(_: click.Context, __: click.Parameter, text: str | None) -> Path | None:
    """The same where `-` is standard output, as is the option left out."""
    return None if text in (None, "-") else file_to_write(str(text))
