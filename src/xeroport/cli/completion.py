"""What the shell offers after a Tab: instances, endpoints, streams, destinations, flows, files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import click

from xeroport.cli.session import Session

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Names = Callable[[Session, click.Context], Iterable[str]]
SHELLS = ("bash", "fish", "zsh")
DESTINATIONS = ("duckdb:", "parquet:", "postgresql://")


def add_completion(command: click.Command, path: str) -> None:
    """Let the command's arguments and options complete."""
    for parameter in command.params:
        names, kind = _names_for(path, parameter.name or ""), _path_kind(parameter)
        if (names or kind) and parameter._custom_shell_complete is None:
            parameter._custom_shell_complete = _completer(names, kind)


def instance_names(context: click.Context, incomplete: str) -> list[CompletionItem]:
    """The instances whose names begin so, where the name of one stands in place of a command."""
    return _completer(_instances, None)(context, click.Argument(["name"]), incomplete)


def _path_kind(parameter: click.Parameter) -> str | None:
    """Whether a parameter is the path of a file or of a folder; None where it is neither."""
    shown = parameter.metavar or ""
    if "FILE" in shown or parameter.name == "file":
        return "file"
    return "dir" if shown == "DIR" else None


def _names_for(path: str, parameter: str) -> Names | None:
    """What a parameter of a command may be; None where the shell cannot know."""
    if parameter in ("name", "names"):
        if path.startswith("flow"):
            return _stored("SELECT name FROM flow")
        if path.startswith("schedule") and not path.endswith("set"):
            return _stored("SELECT name FROM schedule")
        if path in ("login", "logout"):
            return _stored("SELECT name FROM login")
        if path.startswith("alert"):
            return _stored("SELECT name FROM alert_place")
        return None if path == "instance add" else _instances
    return {
        "instance": _instances,
        "patterns": _instances,
        "flow": _stored("SELECT name FROM flow"),
        "endpoint": _endpoints,
        "resource": _resources,
        "streams": _streams,
        "to": _destinations,
        "place": _destinations,
        "origin": _destinations,
        "words": _instances,
        "shell": _shells,
        "pairs": _parameters,
    }.get(parameter)


def _completer(
    names: Names | None, kind: str | None
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        with contextlib.suppress(Exception):  # a Tab never fails; it only offers less
            session = context.find_object(Session) or Session()
            known = sorted(names(session, context)) if names else []
            if items := [CompletionItem(name) for name in known if name.startswith(incomplete)]:
                return items
        return [CompletionItem(incomplete, type=kind)] if kind else []

    return complete


def _store_exists(session: Session) -> bool:
    from xeroport.store.database import FILE_NAME

    return (session.home / FILE_NAME).is_file()


def _instances(session: Session, _: click.Context) -> Iterator[str]:
    from xeroport.store import instances

    if _store_exists(session):
        for instance in instances.each_instance(session.store):
            yield instance.name


def _stored(sql: str) -> Names:
    """The first column of a query on the store."""

    def names(session: Session, _: click.Context) -> Iterator[str]:
        if _store_exists(session):
            for row in session.store.connection.execute(sql):
                yield row[0]

    return names


def _shells(_: Session, __: click.Context) -> Iterable[str]:
    return SHELLS


def _endpoints(_: Session, __: click.Context) -> Iterator[str]:
    from xeroport.catalogue import load

    for endpoint in load().endpoints:
        yield endpoint.name


def _resources(_: Session, __: click.Context) -> set[str]:
    from xeroport.catalogue import load

    return {endpoint.name.partition(".")[0] for endpoint in load().endpoints}


def _streams(_: Session, __: click.Context) -> Iterable[str]:
    from xeroport.catalogue import load

    return load().streams


def _destinations(session: Session, _: click.Context) -> Iterator[str]:
    yield from DESTINATIONS
    if _store_exists(session):
        for row in session.store.connection.execute("SELECT DISTINCT shown FROM place"):
            if row["shown"] and "…" not in row["shown"]:
                yield row["shown"]


def _parameters(_: Session, context: click.Context) -> Iterator[str]:
    from xeroport.catalogue import load

    endpoint = load().endpoint(context.params["endpoint"])
    for parameter in endpoint.parameters:
        yield f"{parameter.name}="
    if endpoint.modified_since:
        yield "modified_since="
