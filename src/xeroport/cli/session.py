"""What every command shares: where its home is, how it prints, how an error ends the process.

Data goes to stdout, all else to stderr. A command takes a `Session` (`@click.pass_obj`) and
returns its exit status, or None for 0.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xeroport.config import ERROR_FILE
from xeroport.errors import InputError, Refused, XeroportError
from xeroport.logs import redact, visible, without_passwords

if TYPE_CHECKING:
    from xeroport.store.database import Store

INTERRUPTED = 130
QUOTED = r"(?<!\w)'([^']*)'(?!\w)"
EXTRA = r"(unexpected extra arguments? )\(([^()]*)\)$"
CLICK_WORDS = (
    (r" is not a valid integer( range)?$", " is not a whole number"),
    (r" is not a valid float( range)?$", " is not a number"),
    (r" does not match the format `%Y-%m-%d`$", " is not a date such as `2026-01-31`"),
    (r"(?:File|Directory|Path) (`.*`) is a file$", r"\1 is a file, not a folder"),
    (r"(?:File|Directory|Path) (`.*`) is a directory$", r"\1 is a folder, not a file"),
    (r"(?:File|Directory|Path) (`.*`) does not exist$", r"there is no \1"),
)
"""What click says, and what we say instead."""
T = TypeVar("T")


class Session:
    """One invocation: its home folder, its store, and whether data is wanted as JSON."""

    def __init__(self) -> None:
        self.home_argument: Path | None = None
        self.as_json = False
        self.words: tuple[str, ...] = ()
        self.command: str | None = None
        self._has_emitted = False
        self._error_file = os.environ.pop(ERROR_FILE, None)  # not for what this one starts

    @property
    def home(self) -> Path:
        """The home folder; it need not exist."""
        from xeroport.config import home_folder

        return home_folder(self.home_argument)

    @cached_property
    def store(self) -> Store:
        """The store of the home folder, opened at first use, and with it the log."""
        from xeroport import log_file
        from xeroport.cli.wait_messages import WaitMessages
        from xeroport.store.database import Store

        store = Store(self.home)
        log_file.set_up(self.home)
        for warning in store.warnings:
            self.warn(warning)
        WaitMessages.listen(self)
        self._keep_logins(store)
        return store

    def _keep_logins(self, store: Store) -> None:
        """Refresh logins before Xero lets them expire; every command does this."""
        import time

        from xeroport.store import logins

        if not logins.quiet(store, time.time()):
            return
        from xeroport.jobs import background
        from xeroport.jobs.logins.login_state import keep_alive

        for problem in background.run(lambda: keep_alive(store)):
            self.warn(problem, hint="`xeroport login --list` shows its state")

    def emit(self, value: object) -> None:
        """Print one JSON document on stdout; decimals stay exact, dates are ISO 8601."""
        self._has_emitted = True
        click.echo(to_json(value))

    def emit_around(self, value: object, mark: str, items: Iterable[str]) -> None:
        """`emit` a document in which the text `mark` stands for a list of JSON texts, streamed."""
        self._has_emitted = True
        head, tail = to_json(value).split(f'"{mark}"')
        click.echo(f"{head}[", nl=False)
        comma = ""
        for item in items:
            click.echo(f"{comma}\n{item}", nl=False)
            comma = ","
        click.echo(f"]{tail}")

    def emit_error(
        self, kind: str, message: str, hint: str | None, problems: Sequence[str] = ()
    ) -> None:
        """With `--json`, say on stdout too what went wrong, unless data is there already; and leave
        it, with its problems, in the file that whoever started this command named."""
        self._leave_error({"kind": kind, "message": message, "hint": hint, "problems": problems})
        self.as_json = self.as_json or "--json" in self.words  # not parsed yet
        if self.as_json and not self._has_emitted:
            self.emit({"error": {"kind": kind, "message": message, "hint": hint}})

    def _leave_error(self, error: Mapping[str, object]) -> None:
        if self._error_file:
            Path(self._error_file).write_text(to_json(error), "utf-8")

    def interrupted(self, text: str) -> int:
        """Say how things stand after Ctrl-C; the exit status."""
        hint = "run the same command again to continue"
        self.emit_error("Interrupted", text, hint)
        self.say(text)
        self.say(f"hint: {hint}")
        return INTERRUPTED

    def show(self, text: str) -> None:
        """Print data as text on stdout."""
        click.echo(text)

    def say(self, text: str) -> None:
        """Print a line for a person on stderr."""
        click.echo(visible(text), err=True)

    def answer(self, value: object, text: str) -> None:
        """Say what was done; with `--json`, print `value` as the one document."""
        if self.as_json:
            self.emit(value)
        else:
            self.say(text)

    def listing(
        self,
        values: object,
        rows: Iterable[Sequence[object]],
        heads: Sequence[str],
        *,
        none: str,
    ) -> None:
        """Print a list as a table, or say `none` if it is empty; with `--json`, its values."""
        if self.as_json:
            self.emit(values)
            return
        shown = list(rows)
        self.table(shown, heads)
        if not shown:
            self.say(none)

    def done(self, text: str, **facts: object) -> None:
        """Say that something is done; with `--json`, as the one document."""
        self.answer({"done": text} | facts, text)

    def warn(self, text: str, *, hint: str | None = None) -> None:
        """Print a warning, and what to do about it, on stderr."""
        click.echo(visible(f"warning: {text}"), err=True)
        if hint:
            click.echo(visible(f"hint: {hint}"), err=True)

    def table(self, rows: Iterable[Sequence[object]], heads: Sequence[str]) -> None:
        """Print rows in aligned columns on stdout; numbers to the right, None as `-`."""
        click.echo(as_table(rows, heads))

    def facts(self, values: Mapping[str, object]) -> None:
        """Print names and values, one a line, aligned, on stdout."""
        width = max(map(len, values), default=0)
        for name, value in values.items():
            click.echo(f"{name:<{width}}  {_cell(value)}".rstrip())


def to_json(value: object, *, indent: int = 2) -> str:
    """A JSON text of plain values, decimals as exact numbers, dataclasses as objects."""
    import msgspec

    encoded = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode(value)
    return (msgspec.json.format(encoded, indent=indent) if indent else encoded).decode()


def as_table(rows: Iterable[Sequence[object]], heads: Sequence[str]) -> str:
    """Rows as text in aligned columns, under their heads."""
    from decimal import Decimal

    raw = [tuple(row) for row in rows]
    cells = [[_cell(value) for value in row] for row in raw]
    right = [
        all(isinstance(row[i], int | float | Decimal | None) for row in raw)
        and any(row[i] is not None and not isinstance(row[i], bool) for row in raw)
        for i in range(len(heads))
    ]
    widths = [max([len(head), *(len(row[i]) for row in cells)]) for i, head in enumerate(heads)]

    def line(values: Sequence[str]) -> str:
        placed = zip(values, widths, right, strict=True)
        return "  ".join(v.rjust(w) if r else v.ljust(w) for v, w, r in placed).rstrip()

    return "\n".join([line(heads), line(["-" * w for w in widths]), *map(line, cells)])


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return visible(", ".join(map(str, value)))
    return visible(str(value).replace("\n", " "))


def fail(error: XeroportError, session: Session | None = None) -> int:
    """Print an expected error in one line, and its hint; gives the exit status.

    What Xero refused comes with Xero's own words, as far as they are not in the line already.
    """
    hint = error.hint
    if hint is None and isinstance(error, InputError) and session and session.command:
        hint = f"see `xeroport {session.command} --help`"
    message = redact(without_passwords(one_line(error.message)))
    problems = error.problems if isinstance(error, Refused) else ()
    more = [visible(problem) for problem in problems if problem not in error.message]
    hint = redact(without_passwords(one_line(hint))) if hint else None
    _print_error(session, type(error).__name__, message, hint, more)
    return error.exit_status


def _print_error(
    session: Session | None,
    kind: str,
    message: str,
    hint: str | None,
    problems: Sequence[str] = (),
) -> None:
    """One line for an error, one each for what else is known, and one for the hint."""
    if session is not None:
        session.emit_error(kind, message, hint, problems)
    click.echo(f"error: {message}", err=True)
    for line in problems:
        click.echo(f"  {line}", err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)


def fail_usage(error: click.ClickException, session: Session) -> int:
    """Print a usage error in one line, or the help where nothing was asked; the exit status."""
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and context is not None:
        click.echo(context.get_help(), err=True)
        return 2
    told = re.sub(QUOTED, r"`\1`", lower_first(error.format_message()).rstrip("."))
    for words, ours in CLICK_WORDS:
        told = re.sub(words, ours, told)
    told = redact(without_passwords(one_line(re.sub(EXTRA, r"\1`\2`", told))))
    hint = None if context is None else f"see `{context.command_path} --help`"
    _print_error(session, "UsageError", told, hint)
    return 2


def fail_unexpected(error: BaseException, session: Session) -> int:
    """Put the traceback into the log, and one line with the log's place on stderr."""
    import logging

    from xeroport import log_file

    path = log_file.set_up(session.home)
    logging.getLogger("xeroport").error("unexpected error", exc_info=error)
    told = f"unexpected {type(error).__name__}; what was done before it is kept"
    hint = None if path is None else f"the details are in `{path}`"
    _print_error(session, "Unexpected", told, hint)
    return 1


def one_line(text: str) -> str:
    """The text with its line breaks shown as blanks, and nothing in it that acts on a terminal."""
    return visible(" ".join(text.splitlines()))


def lower_first(text: str) -> str:
    """The text with a small first letter, unless it begins with an acronym or a literal."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def run_async(work: Callable[[], Any]) -> Any:
    """Run a coroutine function to its end; Ctrl-C cancels it cleanly."""
    import asyncio

    return asyncio.run(work())


def end(status: object) -> None:
    """Leave the process with what a command returned."""
    sys.exit(status if isinstance(status, int) else 0)
