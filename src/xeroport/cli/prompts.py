"""Values that a command needs: from its options, else asked for on a terminal, else refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from xeroport.errors import InputError
from xeroport.secrets.vault import Secret

T = TypeVar("T")


def has_terminal() -> bool:
    """Whether a person can be asked."""
    return sys.stdin.isatty()


def setting(
    given: str | None, label: str, default: str, parse: Callable[[str], T], *, ask: bool
) -> T:
    """A setting with a default: the one given, else asked for if wanted, else the default."""
    if given is not None:
        return parse(given)
    return _ask(label, parse, default=default) if ask and has_terminal() else parse(default)


def needed(given: str | None, label: str, option: str, parse: Callable[[str], T]) -> T:
    """A value without a default: the one given, else asked for, else a refusal that names it."""
    if given is not None:
        return parse(given)
    if not has_terminal():
        raise missing(option)
    return _ask(label, parse)


def again(label: str, before: str) -> str:
    """A value that turned out wrong, asked for again; Enter keeps it."""
    return str(click.prompt(label, default=before, err=True))


def secret(file: str | None, label: str, option: str) -> Secret:
    """A secret from a file (`-` is stdin), else asked for without echo; never from an argument."""
    if file is not None:
        text = sys.stdin.readline() if file == "-" else read_text(Path(file))
    elif has_terminal():
        text = click.prompt(label, hide_input=True, err=True)
    else:
        raise missing(option)
    word = text.strip()
    if not word or len(word.split()) != 1:
        place = "stdin" if file == "-" else f"`{file}`" if file else "what was typed"
        raise InputError(
            f"there is {'more than one word' if word else 'no secret'} in {place}",
            hint="give the client secret and nothing else",
        )
    from xeroport import logs

    logs.hide(word)
    return Secret(word)


def read_text(path: Path) -> str:
    """A text file's content; InputError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"`{path}` is not text in UTF-8", hint="check the file") from None
    except OSError as error:
        raise unreadable(path, error) from None


def read_bytes(source: str) -> bytes:
    """A file's bytes, or all of stdin for `-`; InputError if it cannot be read."""
    if source == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise unreadable(Path(source), error) from None


def unreadable(path: Path, error: OSError) -> InputError:
    """The refusal for a file that cannot be read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"there is no file `{path}`", hint="check the path")
    reason = (error.strerror or str(error)).lower()
    return InputError(f"`{path}` cannot be read: {reason}", hint="check the path")


def missing(option: str) -> InputError:
    """The refusal where nobody can be asked for a value."""
    return InputError(
        f"`{option}` is missing, and there is no terminal to ask on", hint=f"add `{option} …`"
    )


def _ask(label: str, parse: Callable[[str], T], *, default: str | None = None) -> T:
    while True:
        try:
            return parse(click.prompt(label, default=default, err=True))
        except InputError as error:
            click.echo(f"{error.message}; {error.hint}" if error.hint else error.message, err=True)
