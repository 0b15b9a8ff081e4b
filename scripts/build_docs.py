"""Writes docs/reference from the catalogue and the commands; `--check` only says what is stale.

python scripts/build_docs.py [--check]
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import click

import xeroport
from xeroport.catalogue import Endpoint, RecordType, load
from xeroport.catalogue.assumptions import assumptions
from xeroport.catalogue.descriptions import describe_endpoint
from xeroport.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 96
MADE = "<!-- made by `make docs`: do not edit -->\n"


def pages() -> dict[str, str]:
    """Every generated page: its path in the project → its text."""
    found = {
        "docs/reference/endpoints.md": endpoints_page(),
        "docs/reference/records.md": records_page(),
        "docs/reference/commands.md": commands_page(),
        "docs/reference/python.md": python_page(),
        "docs/reference/assumptions.md": assumptions_page(),
    }
    if importlib.util.find_spec("xeroport_emulator.coverage"):
        module = importlib.import_module("xeroport_emulator.coverage")
        if hasattr(module, "page"):
            found["docs/coverage.md"] = module.page()
    return found


def assumptions_page() -> str:
    """What is taken for true of Xero, how sure it is, and what happens if it is wrong."""
    lines = [
        MADE,
        "# What we assume about Xero",
        "",
        "The client, the emulator and `xeroport doctor` share this table. *Evidence*: `probed` was "
        "seen on a live organisation, `documented` is stated by Xero, "
        "`reported` comes from users, `assumed` has no source.",
        "",
    ]
    rows = ((f"`{row.id}`", row.text, row.evidence, row.so) for row in assumptions().values())
    lines += table(("assumption", "what we assume", "evidence", "what we do anyway"), rows)
    return "\n".join(lines).rstrip() + "\n"


def endpoints_page() -> str:
    """All operations by resource."""
    catalogue = load()
    lines = [
        MADE,
        "# Endpoints",
        "",
        f"All {len(catalogue.endpoints)} operations of Xero's Accounting API (as described by its "
        f"OpenAPI {catalogue.version}). Either name works: `xeroport call acme invoices.list` and "
        "`xeroport call acme getInvoices` are the same call. `xeroport describe NAME` says more.",
        "",
        "*Paging*: how many records a page holds; `--all` reads all pages. *since*: knows "
        "`modified_since`. *once*: takes an idempotency key. *≤ N*: records in one request.",
        "",
    ]
    ordered = sorted(catalogue.endpoints, key=lambda each: each.name.split(".")[0])
    for resource, group in groupby(ordered, key=lambda each: each.name.split(".")[0]):
        lines += [f"## {resource}", ""]
        lines += table(
            (
                "name",
                "what it does",
                "operationId",
                "request",
                "scopes (2026)",
                "scopes (classic)",
                "notes",
            ),
            (endpoint_row(each) for each in group),
        )
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def endpoint_row(endpoint: Endpoint) -> tuple[str, ...]:
    """One operation as a row of the table."""
    return (
        f"`{endpoint.name}`",
        describe_endpoint(endpoint),
        f"`{endpoint.operation}`",
        f"`{endpoint.method} {endpoint.path}`",
        ", ".join(f"`{each}`" for each in endpoint.granular_scopes),
        ", ".join(f"`{each}`" for each in endpoint.scopes),
        "; ".join(endpoint_notes(endpoint)),
    )


def endpoint_notes(endpoint: Endpoint) -> Iterator[str]:
    """What is special about an operation."""
    if endpoint.paging != "none":
        yield f"pages of {endpoint.page_size}"
    if endpoint.modified_since:
        yield "since"
    if endpoint.idempotent:
        yield "once"
    if endpoint.batch > 1:
        yield f"≤ {endpoint.batch}"
    if endpoint.reply in ("binary", "pdf"):
        yield "answers with a file"
    if endpoint.body == "binary":
        yield "takes a file"
    if endpoint.retired:
        yield f"**retired from {endpoint.retired}**"
    if endpoint.gated:
        yield f"needs {endpoint.gated}"


def records_page() -> str:
    """All record types with their table, keys and fields."""
    catalogue = load()
    lines = [
        MADE,
        "# Record types",
        "",
        "What Xero's replies hold, and the table that a sync writes each into. *Key*: the fields "
        "that identify a record. *Known by*: the fields that identify it by its content. "
        "*Cursor*: the field that moves when it changes.",
        "",
    ]
    kept = [each for each in catalogue.record_types if each.key]
    lines += table(
        ("record", "table", "key", "known by", "cursor", "fields"), map(record_row, kept)
    )
    return "\n".join(lines).rstrip() + "\n"


def record_row(record: RecordType) -> tuple[str, ...]:
    """One record type as a row of the table."""
    natural = "; ".join(" + ".join(f"`{name}`" for name in k.fields) for k in record.natural_keys)
    return (
        f"`{record.name}`",
        f"`{record.table}`",
        ", ".join(f"`{name}`" for name in record.key),
        natural or "–",
        f"`{record.cursor}`" if record.cursor else "–",
        str(len(record.fields)),
    )


def commands_page() -> str:
    """The help of every command."""
    root = click.Context(main, info_name="xeroport", terminal_width=WIDTH)
    lines = [MADE, "# Commands", "", "```text", main.get_help(root).rstrip(), "```", ""]
    for name, (place, _) in COMMANDS.items():
        if importlib.util.find_spec(place.partition(":")[0], "xeroport.cli"):
            lines += command_lines(name, root)
    return "\n".join(lines).rstrip() + "\n"


def command_lines(name: str, parent: click.Context) -> Iterator[str]:
    """The help of one command and of those below it."""
    group = parent.command
    assert isinstance(group, click.Group)
    command = group.get_command(parent, name)
    assert command is not None
    context = click.Context(command, parent=parent, info_name=name, terminal_width=WIDTH)
    depth = "##" if parent.parent is None else "###"
    yield from (f"{depth} {context.command_path}", "", "```text")
    yield from (command.get_help(context).rstrip(), "```", "")
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            yield from command_lines(each, context)


def python_page() -> str:
    """Everything that `import xeroport` gives, with its signature and docstring."""
    exported = {name: getattr(xeroport, name) for name in xeroport.__all__ if name[0] != "_"}
    functions = [name for name, value in exported.items() if inspect.isfunction(value)]
    kinds = [name for name, value in exported.items() if inspect.isclass(value)]
    raised = [name for name in kinds if issubclass(exported[name], xeroport.XeroportError)]
    lines = [
        MADE,
        "# Python",
        "",
        "What `import xeroport` gives. [The guide](../guide/python.md) says how to use it;",
        "[the endpoint list](endpoints.md) has the names of all operations of a client.",
        "",
        "## Functions",
        "",
    ]
    for name in functions:
        lines += member_lines(f"xeroport.{name}", exported[name])
    lines += ["## Classes", ""]
    for name in kinds:
        if name not in raised:
            lines += class_lines(name, exported[name])
    tree = (xeroport.errors.__doc__ or "").split("\n\n")
    lines += ["## Errors", "", "```text", inspect.cleandoc(tree[1]), "```", "", *tree[2:]]
    for name in raised:
        lines.append(f"- **`{name}`**: {' '.join((inspect.getdoc(exported[name]) or '').split())}")
    return "\n".join(lines).rstrip() + "\n"


def class_lines(name: str, kind: type) -> Iterator[str]:
    """A class: its docstring, its fields, its methods, those of its bases in the house too."""
    yield from (f"### {name}", "", inspect.getdoc(kind) or "", "")
    bases = [base for base in kind.__mro__ if base.__module__.startswith("xeroport")]
    fields = [
        field
        for base in reversed(bases)
        for field in inspect.get_annotations(base)
        if not field.startswith("_")
    ]
    if fields:
        yield from (f"Fields: {', '.join(f'`{field}`' for field in fields)}.", "")
    members: dict[str, object] = {}
    for base in bases:
        members |= {name: value for name, value in vars(base).items() if name not in members}
    for method, value in members.items():
        if method.startswith("_"):
            continue
        if isinstance(value, property):
            yield from (f"- `{method}`: {' '.join((inspect.getdoc(value) or '').split())}",)
        elif isinstance(value, classmethod) or inspect.isfunction(value):
            value = getattr(kind, method)
            form = "await " if inspect.iscoroutinefunction(value) else ""
            text = " ".join((inspect.getdoc(value) or "").split())
            yield f"- `{form}{method}{arguments(value)}`: {text}"
    yield ""


def member_lines(name: str, function: object) -> Iterator[str]:
    """A function: its arguments and its docstring."""
    start = "await " if inspect.iscoroutinefunction(function) else ""
    yield from (f"### {name}", "", "```python", f"{start}{name}{arguments(function)}", "```", "")
    yield from (inspect.getdoc(function) or "", "")


def arguments(function: object) -> str:
    """The arguments of a function, by name, with what they are where they are left out."""
    assert callable(function)
    parameters = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in inspect.signature(function).parameters.values()
        if each.name != "self"
    ]
    return str(inspect.Signature(parameters))


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A Markdown table."""
    escaped = (tuple(cell.replace("|", "\\|") for cell in row) for row in rows)
    return [
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
        *("| " + " | ".join(row) + " |" for row in escaped),
    ]


def stale() -> list[str]:
    """The pages that are not as they would be made now."""
    return [
        name
        for name, text in pages().items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text(encoding="utf-8") != text
    ]


def build() -> None:
    """Write the pages that are stale."""
    for name in stale():
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages()[name], encoding="utf-8")
        print(f"wrote {name}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        found = stale()
        print(*(f"{name} is stale: run `make docs`" for name in found), sep="\n")
        sys.exit(1 if found else 0)
    build()
