"""A Xero made of nothing but Xero's own description: it checks each request against it and answers
with its example. It shares no code with the client."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, unquote

from jsonschema import Draft202012Validator

METHODS = ("get", "put", "post", "delete")
PREFIX = "/api.xro/2.0"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TENANT = "70784a63-d24b-46a9-a4db-0e70a274b056"
FILE = bytes(range(256)) * 40


def jwt(payload: dict[str, Any]) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(payload)}.c2ln"


@dataclass
class Operation:
    """One operation as the description has it, references resolved."""

    id: str
    method: str
    path: str
    parameters: list[dict[str, Any]]
    request: dict[str, Any]
    reply_type: str | None
    reply: dict[str, Any]
    status: int
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        quoted = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        self.pattern = re.compile(quoted)

    def named(self, place: str) -> dict[str, dict[str, Any]]:
        return {each["name"]: each for each in self.parameters if each["in"] == place}


class Description:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = json.loads(json.dumps(document, default=str))
        self.schemas = self.document["components"]["schemas"]
        self.operations = [
            self._operation(path, item, method)
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        ]

    def resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def _operation(self, path: str, item: dict[str, Any], method: str) -> Operation:
        found = item[method]
        status, reply = next((c, r) for c, r in found["responses"].items() if c.startswith("2"))
        content = self.resolve(reply).get("content") or {}
        return Operation(
            id=found["operationId"],
            method=method.upper(),
            path=found.get("x-path", path),
            parameters=[
                self.resolve(each)
                for each in item.get("parameters", []) + found.get("parameters", [])
            ],
            request=self.resolve(found.get("requestBody", {})).get("content", {}),
            reply_type=next(iter(content), None),
            reply=next(iter(content.values()), {}),
            status=int(status),
        )

    def example(self, operation: Operation) -> Any:
        """The description's example reply; three reports have none and get a sister's."""
        if "example" in operation.reply:
            return operation.reply["example"]
        sister = next(each for each in self.operations if each.id == "getReportBalanceSheet")
        return sister.reply["example"]

    def envelope(self, schema: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        """(key, item schema) where a schema only wraps one list."""
        properties = self.resolve(schema).get("properties", {})
        lists = {
            key: node["items"]
            for key, node in properties.items()
            if node.get("type") == "array" and "$ref" in node["items"] and key != "Warnings"
        }
        rest = set(properties) - set(lists) - {"Warnings", "pagination"}
        return next(iter(lists.items())) if len(lists) == 1 and not rest else None

    def problems(self, schema: dict[str, Any], value: Any) -> list[str]:
        whole = {**schema, "components": self.document["components"]}
        return [
            f"{error.json_path}: {error.message[:200]}"
            for error in Draft202012Validator(whole).iter_errors(value)
        ]


class SpecServer:
    """The ASGI application. `seen` is the operations that were called, `problems` what was wrong
    with the requests, `bodies` the JSON that came."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self.seen: list[str] = []
        self.problems: list[str] = []
        self.bodies: list[Any] = []
        self.token = jwt({"xero_tenant_id": TENANT, "scope": ["accounting.contacts"]})
        self.compressed = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {k.decode().lower(): v.decode() for k, v in scope["headers"]}
        path = scope["raw_path"].decode()
        query = scope["query_string"].decode()
        if path == "/connect/token":
            reply = json.dumps({"access_token": self.token, "expires_in": 1800}).encode()
            await _answer(send, 200, "application/json", reply)
            return
        operation = self._find(scope["method"], path, headers)
        if operation is None:
            self.problems.append(f"no operation for {scope['method']} {path}")
            await _answer(send, 404, "text/plain", b"The resource you're looking for is not there")
            return
        self.seen.append(operation.id)
        before = len(self.problems)
        self._check_path(operation, path)
        self._check_query(operation, query)
        self._check_headers(operation, headers)
        self._check_body(operation, headers, body)
        for index in range(before, len(self.problems)):
            self.problems[index] = f"{operation.id}: {self.problems[index]}"
        await self._reply(send, operation)

    def _find(self, method: str, path: str, headers: dict[str, str]) -> Operation | None:
        pdf = headers.get("accept") == "application/pdf"
        found = []
        for operation in self.description.operations:
            match = operation.pattern.fullmatch(path.removeprefix(PREFIX))
            if operation.method != method or match is None or not path.startswith(PREFIX):
                continue
            if pdf != (operation.reply_type == "application/pdf"):
                continue
            fixed = len(re.sub(r"\{\w+\}", "", operation.path))
            uuids = [
                bool(UUID.fullmatch(unquote(text)))
                for name, text in match.groupdict().items()
                if operation.named("path")[name]["schema"].get("format") == "uuid"
            ]
            if all(uuids):
                found.append((fixed, len(uuids), operation))
        found.sort(key=lambda each: each[:2])
        return found[-1][2] if found else None

    def _check_path(self, operation: Operation, path: str) -> None:
        match = operation.pattern.fullmatch(path.removeprefix(PREFIX))
        assert match is not None
        for name, parameter in operation.named("path").items():
            self._check_value(name, parameter["schema"], unquote(match[name]))

    def _check_query(self, operation: Operation, query: str) -> None:
        known = operation.named("query")
        given = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
        for name in given.keys() - known.keys():
            self.problems.append(f"unknown query parameter {name}")
        for name, parameter in known.items():
            if name in given:
                self._check_value(name, parameter["schema"], given[name])
            elif parameter.get("required"):
                self.problems.append(f"missing query parameter {name}")

    def _check_value(self, name: str, schema: dict[str, Any], text: str) -> None:
        schema = self.description.resolve(schema)
        kind, form = schema.get("type"), schema.get("format")
        if kind == "array" or "items" in schema:
            for item in text.split(","):
                self._check_value(name, schema["items"], item)
        elif kind == "integer" and not re.fullmatch(r"-?\d+", text):
            self.problems.append(f"{name} is not an integer: {text}")
        elif kind == "boolean" and text not in ("true", "false"):
            self.problems.append(f"{name} is not a boolean: {text}")
        elif form == "uuid" and not UUID.fullmatch(text):
            self.problems.append(f"{name} is not a UUID: {text}")
        elif form == "date":
            date.fromisoformat(text)
        elif "enum" in schema and text not in schema["enum"]:
            self.problems.append(f"{name} is not one of {schema['enum']}: {text}")

    def _check_headers(self, operation: Operation, headers: dict[str, str]) -> None:
        known = operation.named("header")
        wanted = {
            "application/json": "application/json",
            "application/pdf": "application/pdf",
        }.get(operation.reply_type or "application/json", "*/*")
        checks = {
            "authorization": f"Bearer {self.token}",
            "xero-tenant-id": TENANT,
            "accept": wanted,
            "accept-encoding": "gzip",
        }
        for name, value in checks.items():
            if headers.get(name) != value:
                self.problems.append(f"header {name} is {headers.get(name)}, not {value}")
        key = headers.get("idempotency-key")
        if ("Idempotency-Key" in known) != (key is not None) or len(key or "") > 128:
            self.problems.append(f"Idempotency-Key is {key}")
        since = headers.get("if-modified-since")
        if since is not None and "If-Modified-Since" not in known:
            self.problems.append("If-Modified-Since is not known here")
        if since is not None and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", since):
            self.problems.append(f"If-Modified-Since is {since}")

    def _check_body(self, operation: Operation, headers: dict[str, str], body: bytes) -> None:
        if not operation.request:
            if body:
                self.problems.append(f"a body of {len(body)} bytes where there is none")
            return
        media, content = next(iter(operation.request.items()))
        if media != "application/json":
            if body != FILE:
                self.problems.append("the file did not arrive as it was sent")
            if headers.get("content-type") != "image/png":
                self.problems.append(f"content-type is {headers.get('content-type')}")
            self.bodies.append(None)
            return
        if not headers.get("content-type", "").startswith("application/json"):
            self.problems.append(f"content-type is {headers.get('content-type')}")
        value = json.loads(body) if body else {}
        self.bodies.append(value)
        self.problems.extend(self.description.problems(content["schema"], value))

    async def _reply(self, send: Any, operation: Operation) -> None:
        media = operation.reply_type
        if media is None:
            await _answer(send, operation.status, None, b"")
        elif media != "application/json":
            await _answer(send, 200, media, FILE)
        else:
            text = json.dumps(self.description.example(operation), indent=2).replace("\n", "\r\n")
            self.compressed = not self.compressed
            await _answer(send, 200, media, text.encode(), compressed=self.compressed)


async def _answer(
    send: Any, status: int, media: str | None, body: bytes, *, compressed: bool = False
) -> None:
    headers = [(b"x-minlimit-remaining", b"60"), (b"date", b"Mon, 23 Nov 2026 10:00:00 GMT")]
    if media:
        headers.append((b"content-type", media.encode()))
    if compressed:
        headers.append((b"content-encoding", b"gzip"))
        body = gzip.compress(body)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
