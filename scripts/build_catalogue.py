"""Build `catalogue/accounting.json` from Xero's OpenAPI description and `overrides.toml`.

Only facts are taken (names, types, paths, limits, scopes); no sentence of the source is kept.
Run it with `make catalogue`; SPEC is the path of `xero_accounting.yaml`.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "xeroport" / "catalogue"
METHODS = ("get", "put", "post", "delete")
JSON = "application/json"
SCALARS = {"uuid": "uuid", "date": "date", "date-time": "timestamp"}

Node = dict[str, Any]


def snake(name: str) -> str:
    """`BankTransactions` → `bank_transactions`, `CISSettings` → `cis_settings`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


class Spec:
    """The parsed OpenAPI document with its references resolved on demand."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.schemas: Node = document["components"]["schemas"]

    def resolve(self, node: Node) -> Node:
        while "$ref" in node:
            target: Any = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def envelope(self, name: str) -> tuple[str, str] | None:
        """(key, record type) where schema NAME only wraps a list of records, else None."""
        properties = self.schemas[name].get("properties", {})
        lists = {
            key: node["items"]["$ref"].rsplit("/", 1)[1]
            for key, node in properties.items()
            if node.get("type") == "array" and "$ref" in node["items"] and key != "Warnings"
        }
        rest = set(properties) - set(lists) - {"Warnings", "pagination"}
        return None if rest or len(lists) != 1 else next(iter(lists.items()))


def value_type(spec: Spec, node: Node) -> Node:
    """The catalogue's type of a schema node: type, of, enum."""
    if "$ref" in node:
        name = node["$ref"].rsplit("/", 1)[1]
        target = spec.schemas[name]
        if "enum" in target:
            return {"type": "text", "enum": name}
        return {"type": "object", "of": name}
    kind = node.get("type", "string")
    if kind == "array" or "items" in node:
        inner = value_type(spec, node["items"])
        return {"type": "list", "of": inner.get("of", inner["type"])}
    if node.get("x-is-msdate"):
        return {"type": "date"}
    if node.get("x-is-msdate-time"):
        return {"type": "timestamp"}
    if node.get("x-is-money"):
        return {"type": "money"}
    if kind in ("number", "integer", "boolean"):
        return {"type": kind}
    found: Node = {"type": SCALARS.get(node.get("format", ""), "text")}
    if "enum" in node:
        found["values"] = [str(value) for value in node["enum"] if value != ""]
    return found


def record_types(spec: Spec, overrides: Node) -> list[Node]:
    found = []
    extra = overrides.get("records", {})
    for name, schema in spec.schemas.items():
        if schema.get("type", "object") != "object" or name in ("Error", "Element"):
            continue
        if spec.envelope(name) and not (name.endswith("Setup") or name in extra):
            continue
        properties: Node = schema.get("properties", {})
        required = set(schema.get("required", ()))
        fields = []
        for key, node in properties.items():
            field = {"name": key, **value_type(spec, node)}
            if node.get("readOnly"):
                field["read_only"] = True
            if key in required:
                field["required"] = True
            if "maxLength" in node:
                field["max_length"] = node["maxLength"]
            field.update(extra.get(name, {}).get("fields", {}).get(key, {}))
            fields.append(field)
        known = {field["name"] for field in fields}
        added: Node = extra.get(name, {}).get("added", {})
        fields += [
            {"name": k, **(t if isinstance(t, dict) else {"type": t}), "read_only": True}
            for k, t in added.items()
            if k not in known
        ]
        record: Node = {"name": name, "table": snake(name), "fields": fields}
        if f"{name}ID" in properties:
            record["key"] = [f"{name}ID"]
        if "UpdatedDateUTC" in properties:
            record["cursor"] = "UpdatedDateUTC"
        record.update(
            {k: v for k, v in extra.get(name, {}).items() if k not in ("fields", "added")}
        )
        found.append(record)
    return found


def cell_types(overrides: Node) -> list[Node]:
    """Our own record types for the cells of reports: the same fields, a table each."""
    fields: Node = overrides["cells"]["fields"]
    shared = [{"name": name, "type": kind, "read_only": True} for name, kind in fields.items()]
    return [
        {"name": name, "table": table, "fields": shared}
        for name, table in overrides["cells"].items()
        if name != "fields"
    ]


def endpoint_name(method: str, path: str, operation: str, names: Node) -> str:
    """`GET /Invoices/{InvoiceID}/Attachments` → `invoices.attachments.list`."""
    if operation in names:
        return str(names[operation])
    parts = [part for part in path.strip("/").split("/") if not part.startswith("{")]
    scope = ".".join(snake(part) for part in parts)
    one = path.endswith("}")
    if parts[-1] == "Attachments":
        by_name = path.endswith("{FileName}")
        if method == "get":
            return f"{scope}.{'get_by_name' if by_name else 'get' if one else 'list'}"
        return f"{scope}.{'add' if method == 'put' else 'replace'}"
    if parts[-1] == "History":
        return f"{scope}.{'list' if method == 'get' else 'add'}"
    if parts[0] == "Reports" and len(parts) > 1:
        return scope
    if method == "get":
        return f"{scope}.{'get' if one else 'list'}"
    if method == "put":
        return f"{scope}.create"
    if method == "delete":
        return f"{scope}.delete"
    return f"{scope}.{'update' if one else 'upsert'}"


def granular_scopes(method: str, path: str, overrides: Node) -> list[str]:
    """The scopes of 2026, any one of which suffices; the least privileged first."""
    table: Node = overrides["scopes"]
    root = path.split("/")[1]
    if "/Attachments" in path:
        families = table["Attachments"]
    elif path.endswith("/PaymentServices"):
        families = table["PaymentServices"]
    elif path.endswith("/CISSettings"):
        families = table["CISSettings"]
    elif root == "Reports":
        tail = path.split("/")[2:] or [""]
        families = table["Reports"].get(tail[0], table["Reports"]["published"])
    else:
        families = table[root]
    found = []
    for family in families:
        if family.endswith(".read") or family == "paymentservices":
            found.append(family)
        elif method == "get":
            found += [f"{family}.read", family]
        else:
            found.append(family)
    return found


def endpoints(spec: Spec, overrides: Node) -> list[Node]:
    found = []
    for path, item in spec.document["paths"].items():
        for method in METHODS:
            if method in item:
                found.append(endpoint(spec, overrides, path, item, method))
    return found


def endpoint(spec: Spec, overrides: Node, path: str, item: Node, method: str) -> Node:
    operation: Node = item[method]
    identifier = operation["operationId"]
    root = path.split("/")[1]
    real_path = operation.get("x-path", path)
    raw = [spec.resolve(p) for p in item.get("parameters", []) + operation.get("parameters", [])]
    headers = {p["name"] for p in raw if p["in"] == "header"}
    name = endpoint_name(method, path, identifier, overrides["names"])
    made: Node = {
        "name": name,
        "operation": identifier,
        "method": method.upper(),
        "path": real_path,
        "resource": root,
    }
    made.update(reply_shape(spec, operation))
    made.update(body_shape(spec, operation))
    made["parameters"] = [parameter(spec, p) for p in raw if p["in"] != "header"]
    queries = {p["name"] for p in raw if p["in"] == "query"}
    if "page" in queries:
        made["paging"] = "page"
        made["page_size"] = 1000 if "pageSize" in queries else 100
    elif "offset" in queries:
        made["paging"], made["page_size"] = "offset", 100
    if "If-Modified-Since" in headers:
        made["modified_since"] = True
    if "Idempotency-Key" in headers:
        made["idempotent"] = True
    if "body_envelope" in made:
        made["batch"] = overrides["batch"].get(root, overrides["batch"]["default"])
    collection = "{" not in path and path.count("/") == 1
    if method == "get" and made.get("reply", "json") == "json" and collection and root != "Reports":
        made["stream"] = True
    made["scopes"] = operation["security"][0]["OAuth2"]
    made["granular_scopes"] = granular_scopes(method, path, overrides)
    for table in ("retired", "gated"):
        if root in overrides[table]:
            made[table] = overrides[table][root]
    made.update(overrides.get("endpoints", {}).get(name, {}))
    return made


def parameter(spec: Spec, node: Node) -> Node:
    made: Node = {"name": node["name"], "place": node["in"], **value_type(spec, node["schema"])}
    if node.get("required"):
        made["required"] = True
    return made


def reply_shape(spec: Spec, operation: Node) -> Node:
    status = next(code for code in operation["responses"] if code.startswith("2"))
    content = spec.resolve(operation["responses"][status]).get("content")
    if not content:
        return {"reply": "empty"}
    media, node = next(iter(content.items()))
    if media != JSON:
        return {"reply": "pdf" if media == "application/pdf" else "binary"}
    name = node["schema"]["$ref"].rsplit("/", 1)[1]
    wrapped = spec.envelope(name)
    if wrapped is None:
        return {"record": name}
    return {"envelope": wrapped[0], "record": wrapped[1]}


def body_shape(spec: Spec, operation: Node) -> Node:
    if "requestBody" not in operation:
        return {}
    media, node = next(iter(spec.resolve(operation["requestBody"])["content"].items()))
    if media != JSON:
        return {"body": "binary"}
    name = node["schema"]["$ref"].rsplit("/", 1)[1]
    if name == "RequestEmpty":
        return {"body": "empty"}
    wrapped = spec.envelope(name)
    if wrapped is None or name == "Setup":
        return {"body": "json", "body_record": name}
    return {"body": "json", "body_envelope": wrapped[0], "body_record": wrapped[1]}


def build(source: Path) -> str:
    """The text of `accounting.json`: one record type or endpoint a line, so that diffs read."""
    spec = Spec(yaml.load(source.read_text(), Loader=yaml.CSafeLoader))
    overrides = tomllib.loads((PACKAGE / "overrides.toml").read_text())
    enums = {
        name: [str(value) for value in schema["enum"] if value != ""]
        for name, schema in spec.schemas.items()
        if "enum" in schema
    }
    lines = ["{", f'"version": {json.dumps(spec.document["info"]["version"])},', '"enums": {']
    lines += listed(f"{json.dumps(name)}: {json.dumps(values)}" for name, values in enums.items())
    lines += ["},", '"records": [']
    records = record_types(spec, overrides) + cell_types(overrides)
    lines += listed(json.dumps(record) for record in records)
    lines += ["],", '"endpoints": [']
    lines += listed(json.dumps(made) for made in endpoints(spec, overrides))
    return "\n".join([*lines, "]", "}", ""])


def listed(items: Any) -> list[str]:
    made = list(items)
    return [item + ("," if index < len(made) - 1 else "") for index, item in enumerate(made)]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: build_catalogue.py SPEC")
    (PACKAGE / "accounting.json").write_text(build(Path(sys.argv[1])))
