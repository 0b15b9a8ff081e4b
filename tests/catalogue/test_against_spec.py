"""The catalogue, operation by operation, against Xero's own description."""

from __future__ import annotations

from typing import Any

import pytest

from spec_server import Description, Operation
from xeroport.catalogue import Endpoint, Field, load

HEADERS = {"xero-tenant-id", "If-Modified-Since", "Idempotency-Key", "contentType"}
GRANULAR_READ = {"paymentservices"}


@pytest.fixture(scope="module")
def description(spec_document: dict[str, Any]) -> Description:
    return Description(spec_document)


def pairs(description: Description) -> list[tuple[Operation, Endpoint]]:
    catalogue = load()
    return [(each, catalogue.endpoint(each.id)) for each in description.operations]


def kind(description: Description, schema: dict[str, Any]) -> tuple[str, str | None]:
    """The catalogue's (type, of) for a schema, worked out from Xero's marks."""
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    node = description.resolve(schema)
    if "enum" in node:
        return ("text", None)
    if node.get("type") == "array" or "items" in node:
        inner, of = kind(description, node["items"])
        return ("list", of or inner)
    if name:
        return ("object", name)
    if node.get("x-is-msdate"):
        return ("date", None)
    if node.get("x-is-msdate-time"):
        return ("timestamp", None)
    if node.get("x-is-money"):
        return ("money", None)
    plain = {"number": "number", "integer": "integer", "boolean": "boolean"}
    if node.get("type") in plain:
        return (plain[node["type"]], None)
    forms = {"uuid": "uuid", "date": "date", "date-time": "timestamp"}
    return (forms.get(node.get("format", ""), "text"), None)


def test_the_same_operations_and_no_others(description: Description) -> None:
    assert sorted(each.operation for each in load().endpoints) == sorted(
        each.id for each in description.operations
    )
    assert len({each.name for each in load().endpoints}) == len(description.operations) == 235


def test_method_path_and_parameters(description: Description) -> None:
    for operation, endpoint in pairs(description):
        assert (endpoint.method, endpoint.path) == (operation.method, operation.path)
        wanted = {
            (
                each["name"],
                each["in"],
                kind(description, each["schema"]),
                bool(each.get("required")),
            )
            for each in operation.parameters
            if each["in"] in ("path", "query")
        }
        got = {
            (each.name, each.place, (each.type, each.of), each.required)
            for each in endpoint.parameters
        }
        assert got == wanted, endpoint.name
        assert {e["name"] for e in operation.parameters if e["in"] == "header"} <= HEADERS


def test_headers(description: Description) -> None:
    for operation, endpoint in pairs(description):
        names = operation.named("header")
        assert endpoint.idempotent == ("Idempotency-Key" in names), endpoint.name
        assert endpoint.modified_since == ("If-Modified-Since" in names), endpoint.name


def test_paging(description: Description) -> None:
    for operation, endpoint in pairs(description):
        names = operation.named("query")
        wanted = "page" if "page" in names else "offset" if "offset" in names else "none"
        assert endpoint.paging == wanted, endpoint.name
        size = None if wanted == "none" else 1000 if "pageSize" in names else 100
        assert endpoint.page_size == size, endpoint.name


def test_replies(description: Description) -> None:
    catalogue = load()
    media = {None: "empty", "application/json": "json", "application/pdf": "pdf"}
    for operation, endpoint in pairs(description):
        wanted = media.get(operation.reply_type, "binary")
        assert endpoint.reply == wanted, endpoint.name
        if wanted != "json":
            assert (endpoint.envelope, endpoint.record) == (None, None)
            continue
        schema = operation.reply["schema"]
        wrapped = description.envelope(schema)
        if wrapped is None:
            assert endpoint.envelope is None
            assert endpoint.record == schema["$ref"].rsplit("/", 1)[1]
        else:
            assert endpoint.envelope == wrapped[0], endpoint.name
            assert endpoint.record == wrapped[1]["$ref"].rsplit("/", 1)[1]
        assert catalogue.record(str(endpoint.record))


def test_bodies(description: Description) -> None:
    for operation, endpoint in pairs(description):
        media = next(iter(operation.request), None)
        if media is None:
            assert endpoint.body == "none", endpoint.name
            continue
        if media != "application/json":
            assert endpoint.body == "binary", endpoint.name
            continue
        schema = operation.request[media]["schema"]
        name = schema["$ref"].rsplit("/", 1)[1]
        if name == "RequestEmpty":  # the documentation says: an empty body
            assert endpoint.body == "empty", endpoint.name
            continue
        assert endpoint.body == "json", endpoint.name
        wrapped = None if name == "Setup" else description.envelope(schema)
        got = (endpoint.body_envelope, endpoint.body_record)
        wanted = (None, name) if wrapped is None else (wrapped[0], wrapped[1]["$ref"].split("/")[3])
        assert got == wanted, endpoint.name


def test_scopes(description: Description) -> None:
    for operation, endpoint in pairs(description):
        declared = next(
            item[endpoint.method.lower()]["security"][0]["OAuth2"]
            for item in description.document["paths"].values()
            if item.get(endpoint.method.lower(), {}).get("operationId") == operation.id
        )
        assert list(endpoint.scopes) == declared, endpoint.name
        assert endpoint.granular_scopes, endpoint.name
        if endpoint.is_write:
            writes = [s for s in endpoint.granular_scopes if not s.endswith(".read")]
            assert writes == list(endpoint.granular_scopes), endpoint.name
        else:
            first = endpoint.granular_scopes[0]
            assert first.endswith(".read") or first in GRANULAR_READ, endpoint.name


def test_batches(description: Description) -> None:
    for _, endpoint in pairs(description):
        if endpoint.body_envelope is None:
            assert endpoint.batch == 1, endpoint.name
        else:
            single = endpoint.resource in ("Accounts", "TaxRates")
            assert endpoint.batch == (1 if single else 50), endpoint.name


def test_every_field_of_every_record(description: Description) -> None:
    ours = {each.stream_record for each in load().endpoints}
    for record in load().record_types:
        if record.name in ours:
            continue
        properties = description.schemas[record.name].get("properties", {})
        got = {field.name: field for field in record.fields}
        assert properties.keys() <= got.keys(), record.name
        for name, schema in properties.items():
            field: Field = got[name]
            wanted = kind(description, schema)
            assert (field.type, field.of) == wanted, f"{record.name}.{name}"
            node = description.resolve(schema)
            if "enum" in node:
                values = [str(value) for value in node["enum"] if value != ""]
                assert list(load().values(field)) == values, f"{record.name}.{name}"
            if "maxLength" in node:
                assert field.max_length == node["maxLength"], f"{record.name}.{name}"


def test_every_object_a_field_refers_to_exists(description: Description) -> None:
    scalars = {"text", "uuid", "money", "number", "integer", "boolean", "date", "timestamp"}
    for record in load().record_types:
        for field in record.fields:
            if field.type in ("object", "list") and field.of not in scalars:
                assert load().record(str(field.of)), f"{record.name}.{field.name}"
