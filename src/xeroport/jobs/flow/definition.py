"""Flow files: TOML → a frozen `Flow`, with every problem of the file at once.

    key = "order_no"
    [source]
    files = "orders/*.csv"
    [fields]
    InvoiceNumber = "'WEB-' || order_no"
    [target]
    instance = "acme"
    endpoint = "invoices.create"

`docs/guide/flows.md` has it all.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from xeroport.errors import InputError
from xeroport.records.maps import flat
from xeroport.sql.sandbox import near

Kind = Literal["xero", "webhooks", "files", "sql"]
TargetKind = Literal["xero", "table", "file", "http"]
Change = Literal["update", "keep", "refuse"]
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
TOP = {
    *("name", "key", "where", "each", "schedule", "time_zone", "notify"),
    *("source", "lookup", "fields", "target", "then"),
}
SOURCES: dict[str, tuple[Kind, set[str]]] = {
    "endpoint": ("xero", {"instance", "endpoint", "params", "since"}),
    "webhooks": ("webhooks", {"instance", "webhooks"}),
    "files": ("files", {"files"}),
    "sql": ("sql", {"sql", "from", "instance", "ledger"}),
}
TARGETS: dict[str, tuple[TargetKind, set[str]]] = {
    "endpoint": ("xero", {"instance", "endpoint", "on_change"}),
    "table": ("table", {"table", "to"}),
    "file": ("file", {"file"}),
    "url": ("http", {"url", "headers"}),
}
CHANGES = ("update", "keep", "refuse")


@dataclass(frozen=True, slots=True)
class FlowFault:
    """One thing that is wrong in a flow file, and where: a dotted place such as `fields.Date`."""

    place: str
    message: str
    hint: str | None = None

    def text(self) -> str:
        """The fault in one line."""
        where = f"{self.place}: " if self.place else ""
        return f"{where}{self.message}{f' ({self.hint})' if self.hint else ''}"


@dataclass(frozen=True, slots=True)
class FlowSource:
    """Where records come from; which fields are set goes by `kind`. With `ledger`, that of the
    instance is brought up to date before its query is asked."""

    kind: Kind
    instance: str | None = None
    endpoint: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    since: str | None = None
    webhooks: str | None = None
    files: str | None = None
    sql: str | None = None
    url: str | None = None
    ledger: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where records go; which fields are set goes by `kind`."""

    kind: TargetKind
    instance: str | None = None
    endpoint: str | None = None
    on_change: Change = "refuse"
    table: str | None = None
    to: str | None = None
    file: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LookupFile:
    """A CSV whose row with `key` equal to the expression `on` joins each record, by its name."""

    name: str
    file: str
    key: str | None = None
    on: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One target, what it gets (`fields`; none: the record as it is), and of which records."""

    target: Target
    fields: Mapping[str, str]
    where: str | None = None
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow file, read; relative paths in it begin at `folder`."""

    name: str
    source: FlowSource
    steps: tuple[Step, ...]
    folder: Path
    key: tuple[str, ...] = ()
    where: str | None = None
    each: tuple[str, str] | None = None
    lookups: tuple[LookupFile, ...] = ()
    schedule: str | None = None
    time_zone: str | None = None
    notify: str | None = None


class Section:
    """A table of the file: gives its values by type, and gathers what is wrong with them."""

    def __init__(self, values: Any, place: str, faults: list[FlowFault]) -> None:
        self.place = place
        self.faults = faults
        self.values: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
        if not isinstance(values, Mapping):
            self.fault("", "this must be a table", f"`[{place}]`")

    def fault(self, name: str, message: str, hint: str | None = None) -> None:
        """Add a fault at a name of this table."""
        place = ".".join(part for part in (self.place, name) if part)
        self.faults.append(FlowFault(place, message, hint))

    def only(self, known: set[str]) -> None:
        """Fault every name that is not among these."""
        for name in self.values:
            if name not in known:
                said = near(name, known) or f"here go {_list(sorted(known))}"
                self.fault(name, f"`{name}` is not known here", said)

    def text(self, name: str, *, needed: bool = False) -> str | None:
        """A text, or None; empty ones are faults."""
        value = self.values.get(name)
        if value is None:
            if needed:
                self.fault(name, f"`{name}` is missing")
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(name, f"`{name}` must be text and not empty")
            return None
        return value

    def flag(self, name: str) -> bool:
        """True or false; false if it is not there."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            self.fault(name, f"`{name}` must be `true` or `false`")
        return value is True

    def key(self) -> tuple[str, ...]:
        """The expressions of `key`: one, or a list of them."""
        value = self.values.get("key", [])
        parts = [value] if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(e, str) and e.strip() for e in parts):
            self.fault("key", "`key` must be an SQL expression, or a list of them")
            return ()
        return tuple(parts)

    def table(self, name: str) -> Mapping[str, Any]:
        """A table, empty if there is none."""
        value = self.values.get(name, {})
        if not isinstance(value, Mapping):
            self.fault(name, f"`{name}` must be a table")
            return {}
        return value

    def expressions(self, name: str) -> dict[str, str]:
        """A table of SQL expressions; nested tables become dotted names."""
        found: dict[str, str] = {}
        for path, value in flat(self.table(name)):
            if isinstance(value, str) and value.strip():
                found[path] = value
            else:
                hint = 'a fixed text is `"\'ACCREC\'"`, a number `"5"`'
                self.fault(f"{name}.{path}", "this must be text: an SQL expression", hint)
        return found


def read(path: Path) -> tuple[str, str]:
    """The text of a flow file and the name it has unless it gives one; InputError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InputError(
            f"the flow file `{path}` cannot be read: {reason.lower()}", hint="check the path"
        ) from error
    return text, path.stem.lower().replace("_", "-")


def parse(text: str, *, name: str, folder: Path) -> tuple[Flow | None, list[FlowFault]]:
    """The flow in a TOML text, and all that is wrong with it; None where it cannot be used at
    all."""
    faults: list[FlowFault] = []
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return None, [FlowFault("", f"this is not TOML: {error}")]
    top = Section(document, "", faults)
    top.only(TOP)
    name = top.text("name") or name
    if not NAME.fullmatch(name):
        top.fault("name", f"`{name}` is not a name", "lower-case letters, digits and `-`")
    source = _source(Section(document.get("source", {}), "source", faults))
    key = top.key()
    steps = [_step(top, document, key)]
    then = document.get("then", [])
    if not isinstance(then, list):
        top.fault("then", "`then` must be written `[[then]]`")
        then = []
    for number, each in enumerate(then, start=1):
        section = Section(each, f"then.{number}", faults)
        section.only({"where", "key", "fields", "target"})
        steps.append(_step(section, section.values, section.key() or key))
    flow = Flow(
        name=name,
        source=source or FlowSource("files"),
        steps=tuple(step for step in steps if step),
        folder=folder,
        key=key,
        where=top.text("where"),
        each=_each(top),
        lookups=tuple(_lookups(top)),
        schedule=top.text("schedule"),
        time_zone=top.text("time_zone"),
        notify=top.text("notify"),
    )
    if not key and flow.source.kind in ("files", "sql"):
        top.fault("key", "`key` is missing", "an expression that is different for every record")
    return (flow if source and all(steps) else None), faults


def _source(section: Section) -> FlowSource | None:
    kind = _kind(section, {name: kind for name, (kind, _) in SOURCES.items()}, "source")
    if kind is None:
        return None
    section.only(next(known for each, known in SOURCES.values() if each == kind))
    ledger = kind == "sql" and section.flag("ledger")
    needs_instance = ledger or kind in ("xero", "webhooks")
    return FlowSource(
        kind,
        instance=section.text("instance", needed=needs_instance),
        endpoint=section.text("endpoint"),
        params=section.table("params"),
        since=section.text("since"),
        webhooks=section.text("webhooks"),
        files=section.text("files"),
        sql=section.text("sql"),
        url=section.text("from"),
        ledger=ledger,
    )


def _step(section: Section, document: Mapping[str, Any], key: tuple[str, ...]) -> Step | None:
    place = ".".join(part for part in (section.place, "target") if part)
    target = _target(Section(document.get("target", {}), place, section.faults))
    if target is None:
        return None
    fields = section.expressions("fields")
    if not fields and target.kind in ("xero", "table"):
        section.fault("fields", f"`[fields]` is missing: a {target.kind} target needs it")
    where = section.text("where") if section.place else None
    return Step(target, fields, where, key)


def _target(section: Section) -> Target | None:
    kind = _kind(section, {name: kind for name, (kind, _) in TARGETS.items()}, "target")
    if kind is None:
        return None
    section.only(next(known for each, known in TARGETS.values() if each == kind))
    change = section.text("on_change") or "refuse"
    if change not in CHANGES:
        section.fault("on_change", f"`{change}` is none of {_list(list(CHANGES))}")
        change = "refuse"
    headers = {}
    for name, value in section.table("headers").items():
        if isinstance(value, str):
            headers[str(name)] = value
        else:
            section.fault(f"headers.{name}", "this must be a text")
    return Target(
        kind,
        instance=section.text("instance", needed=kind == "xero"),
        endpoint=section.text("endpoint"),
        on_change=cast(Change, change),
        table=section.text("table"),
        to=section.text("to"),
        file=section.text("file"),
        url=section.text("url"),
        headers=headers,
    )


def _kind(section: Section, kinds: Mapping[str, Any], what: str) -> Any:
    given = [name for name in kinds if name in section.values]
    if len(given) == 1:
        return kinds[given[0]]
    said = "says more than one thing" if given else "does not say what kind it is"
    section.fault("", f"the {what} {said}", f"give one of {_list(list(kinds))}")
    return None


def _each(top: Section) -> tuple[str, str] | None:
    given = top.table("each")
    if not given:
        return None
    (name, expression), *more = given.items()
    if more or not isinstance(expression, str) or not name.isidentifier():
        top.fault("each", "`each` takes one name and one list", '`each.line = "LineItems"`')
        return None
    return name, expression


def _lookups(top: Section) -> Iterator[LookupFile]:
    for name, values in top.table("lookup").items():
        section = Section(values, f"lookup.{name}", top.faults)
        section.only({"file", "key", "on"})
        if not name.isidentifier():
            section.fault("", f"`{name}` is not a name", "letters, digits and `_`")
        file = section.text("file", needed=True)
        if file is not None:
            yield LookupFile(name, file, section.text("key"), section.text("on"))


def _list(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
