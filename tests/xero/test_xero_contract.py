"""Every operation of Xero's description, through the client, against the description."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from spec_server import FILE, Description, Operation, SpecServer
from xeroport.xero.client import XeroClient

OPERATIONS = 235
NASTY = "Ünder & over #1 [a+b]=c?d%.png"
MS_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")
NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def moment(text: str) -> datetime | None:
    found = MS_DATE.fullmatch(text)
    if found:  # the milliseconds are UTC
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1]))
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


# Example requests of the description that break its own schemas: an SDK's way of writing, and an
# envelope where the schema has the record itself.
MENDED: dict[str, Any] = {
    "createBankTransactions": {
        "BankTransactions": [
            {
                "Type": "SPEND",
                "Contact": {"ContactID": "00000000-0000-0000-0000-000000000000"},
                "LineItems": [{"Description": "Foobar", "Quantity": 1.0, "UnitAmount": 20.0}],
                "BankAccount": {"Code": "088"},
            }
        ]
    },
    "deletePayment": {"Status": "DELETED"},
}


class Expected:
    """The value that a field of the description must come out as, worked out on its own."""

    def __init__(self, description: Description) -> None:
        self.description = description

    def value(self, schema: dict[str, Any], value: Any) -> Any:
        schema = self.description.resolve(schema)
        if value is None:
            return None
        if isinstance(value, dict):
            properties = schema.get("properties", {})
            return {key: self.value(properties.get(key, {}), each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.value(schema.get("items", {}), each) for each in value]
        kind = schema.get("type")
        if schema.get("x-is-msdate") or (kind == "string" and schema.get("format") == "date"):
            found = moment(value)
            return found.date() if found else value
        if schema.get("x-is-msdate-time") or schema.get("format") == "date-time":
            return moment(value) or value
        if kind == "number" or schema.get("x-is-money"):
            return Decimal(str(value)) if NUMBER.fullmatch(str(value)) else value
        if kind == "integer":
            return int(Decimal(str(value))) if NUMBER.fullmatch(str(value)) else value
        if kind == "boolean" and isinstance(value, str):
            return {"true": True, "false": False}.get(value.lower(), value)
        if kind == "string" and isinstance(value, int | Decimal) and not isinstance(value, bool):
            return str(value)
        return value


def differences(at: str, wanted: Any, got: Any) -> list[str]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        found = (
            [f"{at}: {sorted(wanted.keys() ^ got.keys())}"] if wanted.keys() ^ got.keys() else []
        )
        return found + [
            line
            for key in wanted.keys() & got.keys()
            for line in differences(f"{at}.{key}", wanted[key], got[key])
        ]
    if isinstance(wanted, list) and isinstance(got, list):
        found = [] if len(wanted) == len(got) else [f"{at}: {len(wanted)} became {len(got)}"]
        for index, (one, two) in enumerate(zip(wanted, got, strict=False)):
            found += differences(f"{at}[{index}]", one, two)
        return found
    same = type(wanted) is type(got) and str(wanted) == str(got)
    return [] if same else [f"{at}: {wanted!r} became {got!r}"]


def argument(description: Description, name: str, schema: dict[str, Any]) -> Any:
    """A value for a parameter; texts that need every kind of encoding."""
    schema = description.resolve(schema)
    kind, form = schema.get("type"), schema.get("format")
    if kind == "array" or "items" in schema:
        return [argument(description, name, schema["items"])] * 3
    if "enum" in schema:
        return schema["enum"][-1]
    if form == "uuid":
        return "297c2dc5-cc47-4afd-8ec8-74990b8761e9"
    if form == "date":
        return date(2026, 7, 1)
    if kind == "integer":
        return 2
    if kind == "boolean":
        return True
    return NASTY if name != "where" else 'Name=="Tom & Jerry"&&Total>=1.10'


async def drive(
    client: XeroClient, server: SpecServer, operation: Operation, folder: Path
) -> list[str]:
    """Call one operation with all its parameters; the list of what was wrong."""
    description = server.description
    params = {
        name: argument(description, name, each["schema"])
        for place in ("path", "query")
        for name, each in operation.named(place).items()
    }
    kwargs: dict[str, Any] = {}
    if "If-Modified-Since" in operation.named("header"):
        kwargs["modified_since"] = datetime(2026, 7, 1, 10, 30, 15, 999_999, tzinfo=UTC)
    sent: Any = None
    media = next(iter(operation.request), None)
    if media == "application/json":
        content = operation.request[media]
        sent = MENDED.get(operation.id, content["example"])
        example = json.loads(json.dumps(sent), parse_float=Decimal)
        kwargs["body"] = Expected(description).value(content["schema"], example)
    elif media is not None:
        kwargs["body"] = FILE
    before = (len(server.seen), len(server.problems))
    reply = await client.call(operation.id, params, force=True, **kwargs)
    found = server.problems[before[1] :]
    if server.seen[before[0] :] != [operation.id]:
        found.append(f"called {server.seen[before[0] :]} for {operation.id}")
    if media == "application/json" and isinstance(sent, dict):
        schema = operation.request[media]["schema"]
        wrapped = description.envelope(schema)
        if wrapped is not None and wrapped[0] not in sent:
            sent = {wrapped[0]: [sent]}
        own = description.problems(schema, sent)
        found = [line for line in found if line.removeprefix(f"{operation.id}: ") not in own]
        wanted = as_xero_reads(description, schema, sent)
        found += differences("body", wanted, as_xero_reads(description, schema, server.bodies[-1]))
    if operation.reply_type is None:
        return found if reply.body == b"" and reply.status == operation.status else [*found, "body"]
    if operation.reply_type != "application/json":
        to = folder / f"{operation.id}.bin"
        saved = await client.call(operation.id, params, force=True, to=to, **kwargs)
        if reply.body != FILE or to.read_bytes() != FILE or saved.body != b"":
            found.append("the file came back changed")
        return found
    schema = operation.reply["schema"]
    example = json.loads(json.dumps(description.example(operation)), parse_float=Decimal)
    wrapped = description.envelope(schema)
    if wrapped is None:
        wanted = [Expected(description).value(schema, example)]
    else:
        key, item = wrapped
        listed = example[key] if key in example else example["CISSetting"]
        listed = [listed] if isinstance(listed, dict) else listed
        wanted = [Expected(description).value(item, each) for each in listed]
        if not wanted:
            found.append("the example holds no record")
    return found + differences("reply", wanted, reply.records)


def as_xero_reads(description: Description, schema: dict[str, Any], value: Any) -> Any:
    """A body as values, so that `1.0` and `1.00`, `/Date(…)/` and ISO dates compare equal."""
    exact = json.loads(json.dumps(value), parse_float=Decimal)
    return plain(Expected(description).value(schema, exact))


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return value.normalize() if isinstance(value, Decimal) else value


def test_every_operation_of_the_description(
    spec_document: dict[str, Any], client_of: Callable[..., XeroClient], tmp_path: Path
) -> None:
    description = Description(spec_document)
    assert len(description.operations) == OPERATIONS
    server = SpecServer(description)
    failures: dict[str, Any] = {}

    async def run() -> None:
        async with client_of(server, rate_limit=1_000_000) as client:
            for operation in description.operations:
                try:
                    found = await drive(client, server, operation, tmp_path)
                except Exception as error:
                    found = [f"{type(error).__name__}: {error}"]
                if found:
                    failures[operation.id] = found

    asyncio.run(run())
    lines = [f"{name}: {line}" for name, found in failures.items() for line in found]
    assert not lines, f"{len(failures)} operations\n" + "\n".join(lines)
    assert set(server.seen) == {each.id for each in description.operations}


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        ("/api.xro/2.0/Invoices?page_size=2", "unknown query parameter page_size"),
        ("/api.xro/2.0/Invoices?page=two", "page is not an integer"),
        ("/api.xro/2.0/Nothing", "no operation"),
    ],
)
def test_the_server_notices_wrong_requests(
    spec_document: dict[str, Any], spoil: str, problem: str
) -> None:
    import httpx2

    server = SpecServer(Description(spec_document))

    async def run() -> None:
        transport = httpx2.ASGITransport(app=server)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as http:
            await http.get(spoil)

    asyncio.run(run())
    assert any(problem in line for line in server.problems)
