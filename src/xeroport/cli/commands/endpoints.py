"""`endpoints` and `describe`: what Xero offers, from the catalogue."""

from __future__ import annotations

from typing import Any

import click

from xeroport.catalogue import Catalogue, Endpoint, Parameter, load
from xeroport.catalogue.descriptions import describe_endpoint, describe_parameter
from xeroport.cli.session import Session
from xeroport.errors import UnknownName
from xeroport.plurals import counted

SAMPLES = {
    "uuid": "00000000-0000-0000-0000-000000000000",
    "integer": "1",
    "boolean": "true",
    "date": "2026-07-01",
    "timestamp": "2026-07-01T00:00:00Z",
    "list": "a,b",
    "money": "10.00",
    "number": "1",
}
NAMED_SAMPLES = {
    "where": "'Status==\"AUTHORISED\"'",
    "FileName": "scan.pdf",
    "order": "'Date DESC'",
}


@click.command()
@click.option("--resource", metavar="R", help="Only those of one resource, such as `invoices`.")
@click.pass_obj
def endpoints(session: Session, resource: str | None) -> None:
    """List all endpoints of Xero's Accounting API, with Xero's own operationId."""
    endpoints_listed = load().endpoints
    if resource:
        known = {_resource(endpoint): None for endpoint in endpoints_listed}
        wanted = resource.lower().replace("-", "_")
        if wanted not in known:
            named = {
                endpoint.resource.lower(): _resource(endpoint) for endpoint in endpoints_listed
            }
            wanted = named.get(wanted.replace("_", ""), wanted)
        if wanted not in known:
            raise UnknownName("resource", resource, known, hint="see `xeroport endpoints`")
        endpoints_listed = tuple(
            endpoint for endpoint in endpoints_listed if _resource(endpoint) == wanted
        )
    if session.as_json:
        session.emit([summary(endpoint) for endpoint in endpoints_listed])
        return
    rows = [(e.name, f"{e.method} {e.path}", e.operation, notes(e)) for e in endpoints_listed]
    session.table(rows, ("name", "request", "operationId", "notes"))
    session.say(
        f"{counted(len(endpoints_listed), 'endpoint')}; `xeroport describe NAME` describes one"
    )


@click.command()
@click.argument("endpoint")
@click.pass_obj
def describe(session: Session, endpoint: str) -> None:
    """Describe one ENDPOINT: parameters, types, scopes, paging, fields, an example."""
    catalogue = load()
    found = catalogue.endpoint(endpoint)
    if session.as_json:
        session.emit(details(catalogue, found))
        return
    session.facts(
        {
            "name": found.name,
            "what it does": describe_endpoint(found),
            "operationId": found.operation,
            "request": f"{found.method} {found.path}",
            "scopes (2026)": " or ".join(found.granular_scopes) or None,
            "scopes (classic)": " or ".join(found.scopes) or None,
            "reply": _reply(found),
            "body": _body(found),
            "paging": paging(found),
            "notes": notes(found) or None,
        }
    )
    if found.parameters:
        session.show("")
        rows = [
            (p.name, type_of(p), p.place, p.required, describe_parameter(found, p), _values(p))
            for p in found.parameters
        ]
        session.table(rows, ("parameter", "type", "in", "required", "what it is", "values"))
    record_name = found.body_record or found.record
    if record_name:
        session.show("")
        record = catalogue.record(record_name)
        fields = [
            (f.name, f"{f.type} of {f.of}" if f.of else f.type, f.read_only, f.required)
            for f in record.fields
        ]
        session.table(fields, (f"field of {record.name}", "type", "read only", "required"))
    session.show("")
    session.show(f"example: {example(found)}")


def summary(endpoint: Endpoint) -> dict[str, Any]:
    """One endpoint in a list, as plain data."""
    return {
        "name": endpoint.name,
        "description": describe_endpoint(endpoint),
        "operation_id": endpoint.operation,
        "method": endpoint.method,
        "path": endpoint.path,
        "resource": _resource(endpoint),
        "stream": endpoint.stream,
        "retired": endpoint.retired,
        "gated": endpoint.gated,
    }


def details(catalogue: Catalogue, endpoint: Endpoint) -> dict[str, Any]:
    """All of one endpoint, as plain data."""
    record = catalogue.record(endpoint.record) if endpoint.record else None
    body = catalogue.record(endpoint.body_record) if endpoint.body_record else None
    return {
        **summary(endpoint),
        "scopes": list(endpoint.scopes),
        "granular_scopes": list(endpoint.granular_scopes),
        "parameters": list(endpoint.parameters),
        "envelope": endpoint.envelope,
        "reply": endpoint.reply,
        "record": record,
        "body": endpoint.body,
        "body_envelope": endpoint.body_envelope,
        "body_record": body,
        "paging": endpoint.paging,
        "page_size": endpoint.page_size,
        "modified_since": endpoint.modified_since,
        "idempotent": endpoint.idempotent,
        "batch": endpoint.batch,
        "example": example(endpoint),
    }


def notes(endpoint: Endpoint) -> str:
    """What is special about an endpoint, in a few words."""
    told = []
    if endpoint.retired:
        told.append(f"retired from {endpoint.retired}")
    if endpoint.gated:
        told.append(f"needs {endpoint.gated}")
    if endpoint.modified_since:
        told.append("modified_since")
    if endpoint.batch > 1:
        told.append(f"up to {counted(endpoint.batch, 'record')}")
    return "; ".join(told)


def paging(endpoint: Endpoint) -> str:
    """How an endpoint is paged, in a few words."""
    if endpoint.paging == "none":
        return "none"
    return f"by {endpoint.paging}, {endpoint.page_size} records a page; `--all` reads them all"


def type_of(parameter: Parameter) -> str:
    """A parameter's type, with its items' for a list."""
    return f"list of {parameter.of}" if parameter.of else parameter.type


def example(endpoint: Endpoint) -> str:
    """A command that calls the endpoint."""
    words = ["xeroport call acme", endpoint.name]
    shown = [p for p in endpoint.parameters if p.required]
    if "where" in endpoint.by_name:
        shown.append(endpoint.by_name["where"])
    words += [f"{p.name}={_sample(p)}" for p in shown]
    if endpoint.modified_since:
        words.append("modified_since=yesterday")
    if endpoint.body in ("json", "binary"):
        words.append("--body record.json" if endpoint.body == "json" else "--body scan.pdf")
    if endpoint.reply in ("binary", "pdf"):
        words.append(f"--output {'document.pdf' if endpoint.reply == 'pdf' else 'attachment.bin'}")
    return " ".join(words)


def _sample(parameter: Parameter) -> str:
    if parameter.name in NAMED_SAMPLES:
        return NAMED_SAMPLES[parameter.name]
    if parameter.values:
        return parameter.values[0]
    return SAMPLES.get(parameter.type, "TEXT")


def _resource(endpoint: Endpoint) -> str:
    return endpoint.name.split(".", 1)[0]


def _values(parameter: Parameter) -> str:
    return ", ".join(parameter.values)


def _reply(endpoint: Endpoint) -> str:
    if endpoint.reply != "json":
        return {"binary": "a file", "pdf": "a PDF", "empty": "empty"}[endpoint.reply]
    return f"a list of {endpoint.record}" if endpoint.envelope else f"{endpoint.record or 'JSON'}"


def _body(endpoint: Endpoint) -> str | None:
    if endpoint.body == "binary":
        return "the bytes of a file"
    if endpoint.body == "json":
        kind = endpoint.body_record or "JSON"
        return f"one to {endpoint.batch} {kind}" if endpoint.batch > 1 else f"one {kind}"
    return None
