"""Writes the stubs of the Python API and the fingerprints of tables from the catalogue; `--check`
only says what is stale.

python scripts/build_stubs.py [--check]
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from xeroport.api.endpoints import groups
from xeroport.api.operations import argument_name, gives, options, signature
from xeroport.catalogue import Endpoint, Field, Parameter, RecordType, load
from xeroport.catalogue.fingerprints import laid_out

SOURCE = Path(__file__).resolve().parent.parent / "src" / "xeroport"
MADE = '"""Made by `make docs` from the catalogue: do not edit."""\n'
MOST_VALUES = 30
"""A field with more known values than this is plain text to the type checker."""
READ = {
    "text": "str",
    "uuid": "str",
    "money": "Decimal",
    "number": "Decimal",
    "integer": "int",
    "boolean": "bool",
    "date": "date",
    "timestamp": "datetime",
}
WRITTEN = {
    "text": "str",
    "uuid": "str | UUID",
    "money": "Decimal | int | float | str",
    "number": "Decimal | int | float | str",
    "integer": "int",
    "boolean": "bool",
    "date": "date | str",
    "timestamp": "datetime | str",
}
OPTIONS = {
    "modified_since": "datetime | date | str | None",
    "idempotency_key": "str | None",
    "force": "bool",
    "timeout": "float | None",
    "retries": "int | None",
    "headers": "Mapping[str, str] | None",
}


def stubs() -> dict[Path, str]:
    """Every generated stub, and the fingerprints: path → text."""
    return {
        SOURCE / "types.pyi": types_stub(),
        SOURCE / "api" / "endpoints.pyi": endpoints_stub(),
        SOURCE / "catalogue" / "fingerprints.json": fingerprints_text(),
    }


def fingerprints_text() -> str:
    """The fingerprints of the tables of all streams."""
    records = {str(each.stream_record or each.record) for each in load().streams.values()}
    return json.dumps({record: laid_out(record) for record in sorted(records)}, indent=2) + "\n"


def types_stub() -> str:
    """The record types, as read and as written, and the names of the endpoints."""
    catalogue = load()
    records = [record for record in catalogue.record_types if not record.name.endswith("Cell")]
    lines = [
        MADE,
        "from datetime import date, datetime",
        "from decimal import Decimal",
        "from typing import Any, Literal, TypedDict",
        "from uuid import UUID",
        "",
        "EndpointName = Literal[",
        *(f'    "{endpoint.name}",' for endpoint in catalogue.endpoints),
        "]",
    ]
    for record in [*records, catalogue.record("ReportCell")]:
        lines += record_lines(record)
    return "\n".join(lines) + "\n"


def record_lines(record: RecordType) -> Iterator[str]:
    """One record type as two TypedDicts."""
    for suffix, total in (("", ""), ("Input", ", total=False")):
        yield ""
        yield f"class {record.name}{suffix}(TypedDict{total}):"
        for field in record.fields:
            if suffix and field.read_only:
                continue
            yield f"    {field.name}: {field_type(field, suffix)}"
        if not record.fields or (suffix and all(field.read_only for field in record.fields)):
            yield "    pass"


def field_type(field: Field, suffix: str) -> str:
    """The type of a field of a record as it is read, or as it is written (`Input`)."""
    scalars = WRITTEN if suffix else READ
    if field.type == "object":
        return f"{field.of}{suffix}" if field.of else "dict[str, Any]"
    if field.type == "list":
        item = scalars.get(field.of or "") or (f"{field.of}{suffix}" if field.of else "Any")
        return f"list[{item}]"
    values = load().values(field)
    if suffix and field.type == "text" and 0 < len(values) <= MOST_VALUES:
        known = ", ".join(f'"{value}"' for value in values)
        return f"Literal[{known}] | str"
    return scalars[field.type]


def endpoints_stub() -> str:
    """The groups of operations as classes, for blocking and for awaiting clients."""
    lines = [
        "# mypy: disable-error-code=overload-overlap",
        MADE,
        "from builtins import list as List",
        "from collections.abc import AsyncIterator, Iterator, Mapping, Sequence",
        "from datetime import date, datetime",
        "from functools import cache",
        "from typing import Any, Literal, overload",
        "from uuid import UUID",
        "",
        "from xeroport import types as t",
        "from xeroport.api import operations",
        "from xeroport.catalogue import Endpoint",
        "",
        "@cache",
        "def groups() -> dict[str, tuple[str, ...]]: ...",
    ]
    for mode in ("", "Async"):
        for group in sorted(groups(), key=lambda name: (-name.count("."), name)):
            if group:
                lines += group_lines(group, mode)
        lines += outermost_lines(mode)
    return "\n".join(lines) + "\n"


def class_name(group: str, mode: str) -> str:
    """`invoices.attachments` → `InvoicesAttachments`."""
    return mode + "".join(part.title() for part in group.replace(".", "_").split("_"))


def group_lines(group: str, mode: str) -> Iterator[str]:
    """One group of operations as a class."""
    yield from ("", f"class {class_name(group, mode)}:")
    for name in groups()[group]:
        full = f"{group}.{name}"
        if full in groups():
            yield f"    {name}: {class_name(full, mode)}"
        else:
            yield from operation_lines(load().endpoint(full), mode)


def outermost_lines(mode: str) -> Iterator[str]:
    """The class that clients inherit: all groups, and `records` by endpoint."""
    yield from ("", f"class {mode}Endpoints:")
    for name in groups()[""]:
        yield f"    {name}: {class_name(name, mode)}"
    iterator = "AsyncIterator" if mode else "Iterator"
    shared = (
        "params: Mapping[str, Any] | None = None, *, "
        "modified_since: datetime | date | str | None = None, "
        "timeout: float | None = None, retries: int | None = None, "
        "headers: Mapping[str, str] | None = None, force: bool = False"
    )
    for endpoint in load().endpoints:
        if gives(endpoint) == "records" and endpoint.record:
            yield "    @overload"
            yield (
                f'    def records(self, endpoint: Literal["{endpoint.name}"], {shared}, '
                f"raw: Literal[False] = False) -> {iterator}[t.{endpoint.record}]: ..."
            )
    for raw, item in (("Literal[True]", "bytes"), ("Literal[False] = False", "dict[str, Any]")):
        yield "    @overload"
        yield (
            f"    def records(self, endpoint: Endpoint | str, {shared}, raw: {raw}) "
            f"-> {iterator}[{item}]: ..."
        )
    call = "endpoint: Endpoint, request: operations.OperationCall"
    yield f"    def _operate(self, {call}) -> Any: ..."


def operation_lines(endpoint: Endpoint, mode: str) -> Iterator[str]:
    """One operation as a method; two overloads where it takes one record or several."""
    start = "async def" if mode else "def"
    if gives(endpoint) != "as given":
        body = f"t.{endpoint.body_record}Input | t.{endpoint.body_record}"
        arguments = parameters(endpoint, body)
        yield f"    {start} {endpoint.verb}({arguments}) -> {result(endpoint)}: ..."
        return
    one = f"t.{endpoint.body_record}Input | t.{endpoint.body_record}"
    for body, given in (
        (one, f"t.{endpoint.record}"),
        (f"Sequence[{one}]", f"List[t.{endpoint.record}]"),
    ):
        yield "    @overload"
        yield f"    {start} {endpoint.verb}({parameters(endpoint, body)}) -> {given}: ..."


def parameters(endpoint: Endpoint, body: str) -> str:
    """The parameters of an operation, with their types."""
    by_argument = {argument_name(each.name): each for each in endpoint.parameters}
    texts = ["self"]
    has_star = False
    for name, parameter in signature(endpoint).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not has_star:
            texts.append("*")
            has_star = True
        if name == "body":
            texts.append(f"body: {'bytes' if endpoint.body == 'binary' else body}")
        elif name in by_argument:
            kind = parameter_type(by_argument[name])
            optional = parameter.default is not inspect.Parameter.empty
            texts.append(f"{name}: {kind} | None = None" if optional else f"{name}: {kind}")
        elif name in options(endpoint):
            default = "False" if name == "force" else "None"
            texts.append(f"{name}: {OPTIONS[name]} = {default}")
    return ", ".join(texts)


def parameter_type(parameter: Parameter) -> str:
    """The type of a parameter."""
    if parameter.type == "list":
        return f"Sequence[{WRITTEN.get(parameter.of or 'text', 'str')}]"
    if parameter.values and len(parameter.values) <= MOST_VALUES:
        return f"Literal[{', '.join(repr(value) for value in parameter.values)}] | str".replace(
            "'", '"'
        )
    return WRITTEN[parameter.type].replace("Decimal | int | float | str", "int | float")


def result(endpoint: Endpoint) -> str:
    """The type of what an operation gives."""
    kind = gives(endpoint)
    if kind in ("bytes", "nothing"):
        return "bytes" if kind == "bytes" else "None"
    record = f"t.{endpoint.record}" if endpoint.record else "dict[str, Any]"
    return f"List[{record}]" if kind == "records" else record


def stale() -> list[str]:
    """The stubs that are not as they would be made now."""
    return [
        str(path.relative_to(SOURCE))
        for path, text in stubs().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def build() -> None:
    """Write all stubs."""
    for path, text in stubs().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(SOURCE)}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        found = stale()
        print(*(f"{name} is stale: run `make docs`" for name in found), sep="\n")
        sys.exit(1 if found else 0)
    build()
