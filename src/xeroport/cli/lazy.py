"""A click group that loads a command's module only when that command is run."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from xeroport.cli.completion import add_completion
from xeroport.cli.examples import add_example
from xeroport.cli.help_words import use_plain_words
from xeroport.cli.option_values import check_values
from xeroport.cli.session import INTERRUPTED, Session, end, fail, fail_unexpected, fail_usage
from xeroport.errors import InputError, UnknownName, XeroportError
from xeroport.logs import hide_passwords
from xeroport.secrets.process import harden

EXTRAS = {
    "console": "console",
    "serve": "console",
    "demo": "emulator",
    "emulator": "emulator",
    "mcp": "mcp",
}
"""What a command needs beyond `pip install xeroport`."""


def _set_home(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Session).home_argument = Path(value)


def _set_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Session).as_json = True


def common_options() -> list[click.Parameter]:
    """`--home` and `--json`, which every command takes."""
    return [
        click.Option(
            ["--home"],
            metavar="DIR",
            expose_value=False,
            callback=_set_home,
            help="Home folder; also XEROPORT_HOME.",
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_set_json,
            help="One JSON document on stdout.",
        ),
    ]


def add_common_options(command: click.Command) -> None:
    """Let the command take `--home` and `--json` too."""
    taken = {option for param in command.params for option in param.opts}
    command.params.extend(
        option for option in common_options() if not taken.intersection(option.opts)
    )


def furnish(command: click.Command, path: str) -> None:
    """Give a command, and those below it, what all have: common options, completion, an example,
    plain words for values, and values that are checked."""
    add_common_options(command)
    add_completion(command, path)
    add_example(command, path)
    use_plain_words(command, path)
    check_values(command)
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            furnish(below, f"{path} {name}")


def _loaded(name: str, place: str) -> click.Command:
    """The command at "module:attribute"; a leading dot stands for this package.

    InputError if an extra that it needs is not installed.
    """
    module, _, attribute = place.partition(":")
    try:
        loaded = importlib.import_module(module, __package__)
        found: click.Command = getattr(loaded, attribute)
    except ModuleNotFoundError as error:
        raise missing_extra(error, name) from error
    return found


def missing_extra(error: ModuleNotFoundError, command: str | None) -> Exception:
    """What to install for a library that is not there; the error itself where it is our own."""
    if error.name is None or error.name.partition(".")[0].startswith("xeroport"):
        return error
    extra = EXTRAS.get(command or "", "all")
    return InputError(
        f"`xeroport {command}` needs `{error.name}`, which is not installed",
        hint=f"`pip install 'xeroport[{extra}]'`",
    )


class _ReaderGone(Exception):
    """Nobody reads standard output any more. Click would end with 1, which says that records
    failed."""


class LazyGroup(click.Group):
    """Commands by name → ("module:attribute", one line of help).

    `main` turns every error into one line on stderr and an exit status; no traceback is shown.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.table = table
        self.params.extend(common_options())
        add_example(self, "")

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        command = self.commands.get(cmd_name)
        if command is None:
            command = _loaded(cmd_name, self.table[cmd_name][0])
            furnish(command, cmd_name)
            self.commands[cmd_name] = command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        session = ctx.find_object(Session)
        if session is not None and args and args[0] in self.table:
            session.command = args[0]
        if args and not args[0].startswith("-") and args[0] not in self.table:
            raise UnknownName("command", args[0], self.table, hint="see `xeroport --help`")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """As click's, but a reader that has gone away (`| head`) is our own to end with."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise _ReaderGone from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        if args is None:  # a process of its own, not a call inside another program
            harden()
        session = Session()
        session.words = tuple(sys.argv[1:] if args is None else args)
        hide_passwords(session.words)
        extra.setdefault("obj", session)
        run: Callable[[], Any] = lambda: super(LazyGroup, self).main(  # noqa: E731
            args,
            prog_name=prog_name or "xeroport",
            complete_var=complete_var,
            standalone_mode=False,
            windows_expand_args=windows_expand_args,
            **extra,
        )
        if not standalone_mode:
            return run()
        return end(run_to_status(run, session))


def run_to_status(run: Callable[[], Any], session: Session) -> int:
    """The exit status of an invocation, whatever it does; errors are printed on the way."""
    try:
        status = run()
    except XeroportError as error:
        return fail(error, session)
    except click.ClickException as error:
        return fail_usage(error, session)
    except (KeyboardInterrupt, click.Abort):
        told = "nothing is lost; run the same command again to continue"
        session.emit_error("Interrupted", "interrupted", told)
        click.echo(f"interrupted: {told}", err=True)
        return INTERRUPTED
    except (BrokenPipeError, _ReaderGone):
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        from xeroport.jobs.run_log import first_of
        from xeroport.store.machine_errors import of_the_machine

        if isinstance(error, ExceptionGroup):
            first = first_of(error)
            if isinstance(first, XeroportError):
                return fail(first, session)
            error = first if isinstance(first, Exception) else error
        if isinstance(error, ModuleNotFoundError):
            meant = missing_extra(error, session.command)
            if isinstance(meant, XeroportError):
                return fail(meant, session)
        said = of_the_machine(error)
        if said is not None:
            return fail(said, session)
        return fail_unexpected(error, session)
    return status if isinstance(status, int) else 0
