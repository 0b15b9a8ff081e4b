"""What a flow that was written in the console may name: files below the folder `files` of the home,
`https://` addresses on the internet, alerts that the console may set. Whatever the command line has
put into the same flow before stays allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from xeroport.errors import InputError, XeroportError
from xeroport.jobs.alerts import alert_targets
from xeroport.jobs.alerts.public_addresses import is_public
from xeroport.jobs.flow.definition import Flow, FlowFault
from xeroport.jobs.flow.into_http import ENVIRONMENT
from xeroport.store import alert_places
from xeroport.store.database import Store

FOLDER = "files"
"""The folder of the home that flows of the console read from and write into."""
WILD = frozenset("*?[")
Place = tuple[str, str, tuple[str, ...]]
"""Where it stands in the file, of which kind it is, and what it names."""


def files_folder(home: Path) -> Path:
    """Where relative paths of a flow of the console begin."""
    return home.absolute() / FOLDER


def places(flow: Flow) -> Iterator[Place]:
    """Everything outside the organisation and the books that a flow names."""
    folder = str(flow.folder)
    source = flow.source
    if source.files is not None:
        yield "source.files", "path", (folder, source.files)
    if source.sql is not None:
        yield "source.sql", "sql", (source.url or "", source.instance or "", source.sql)
    for lookup in flow.lookups:
        yield f"lookup.{lookup.name}.file", "path", (folder, lookup.file)
    for number, step in enumerate(flow.steps):
        at, target = (f"then.{number}.target" if number else "target"), step.target
        if target.file is not None:
            yield f"{at}.file", "path", (folder, target.file)
        if target.to is not None:
            yield f"{at}.to", "database", (folder, target.to)
        if target.url is not None:
            headers = [part for pair in sorted(target.headers.items()) for part in pair]
            yield f"{at}.url", "url", (target.url, *headers)
    if flow.notify is not None:
        yield "notify", "alert", (flow.notify,)


def faults(store: Store, flow: Flow, before: Flow | None) -> list[FlowFault]:
    """What a flow names that a console user may not; `before` is the same flow as it is kept."""
    known = {place[1:] for place in places(before)} if before is not None else set()
    refusals = []
    for at, kind, names in places(flow):
        if (kind, names) in known:
            continue
        try:
            _check(store, kind, names)
        except XeroportError as error:
            refusals.append(FlowFault(at, error.message, error.hint))
    return refusals


def _check(store: Store, kind: str, names: tuple[str, ...]) -> None:
    match kind:
        case "path":
            _check_path(store.home, *names)
        case "database":
            folder, url = names
            scheme, _, path = url.partition(":")
            if scheme != "duckdb" or not path.endswith(".duckdb"):
                raise InputError(
                    "this database cannot be set from the console",
                    hint="leave `to` out for the organisation's books, or name a DuckDB file",
                )
            _check_path(store.home, folder, path)
        case "sql":
            raise InputError(
                "a query cannot be set as a source from the console",
                hint="add this flow on the command line: `xeroport flow add FILE`",
            )
        case "url":
            _check_url(*names)
            alert_places.name_host(store, alert_targets.host_of(names[0]), by="console")
        case _:
            if alert_targets.from_console(store, names[0]) != names[0]:
                raise InputError(
                    f"`{names[0]}` cannot receive alerts", hint=f"write `mailto:{names[0]}`"
                )


def _check_path(home: Path, folder: str, text: str) -> None:
    root = files_folder(home)
    parts = PurePosixPath(text.replace("\\", "/").partition("#")[0]).parts
    fixed = []
    for part in parts:
        if WILD & set(part):
            break
        fixed.append(part)
    is_plain = parts and "\0" not in text and not parts[0].startswith(("/", "~"))
    is_ours = Path(folder).absolute() == root
    if (
        not is_plain
        or not is_ours
        or ".." in parts
        or ":" in parts[0]
        or not (root / Path(*fixed)).resolve().is_relative_to(root.resolve())
    ):
        raise InputError(
            f"`{text}` is not below the folder `{FOLDER}` of the home folder",
            hint="write it relative to that folder, such as `orders/*.csv`",
        )


def _check_url(url: str, *headers: str) -> None:
    if not url.startswith("https://") or not is_public(url):
        raise InputError(
            f"`{url[:200]}` cannot be set from the console",
            hint="use an `https://` address on the internet; a flow to any other is added on the "
            "command line, and can be changed here from then on",
        )
    for name, value in zip(headers[::2], headers[1::2], strict=True):
        if value.startswith(ENVIRONMENT):
            raise InputError(
                f"the header `{name}` reads the environment, which the console may not",
                hint="add this flow on the command line: `xeroport flow add FILE`",
            )
