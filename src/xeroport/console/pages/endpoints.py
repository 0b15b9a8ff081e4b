"""All endpoints of the catalogue: searchable list, and one endpoint with its *Try it* form."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

import duckdb
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.catalogue import Catalogue, Endpoint, RecordType
from xeroport.catalogue.descriptions import describe_endpoint, describe_parameter
from xeroport.console.jobs import endpoint_examples
from xeroport.console.jobs.same_call import as_command, as_python
from xeroport.console.reading import record_ids, tables
from xeroport.console.reading.engine_words import unreadable
from xeroport.console.web.chosen_place import reading
from xeroport.console.web.render import current_instance, page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.errors import XeroportError
from xeroport.store import instances
from xeroport.store.instances import schema_name

METHODS = ("GET", "POST", "PUT", "DELETE")
MOST_VALUES = 24
SMALL_WORDS = frozenset(("a", "an", "and", "for", "in", "of", "on", "or", "the", "to", "with"))
DEPTH = 2
"""How deep an example body goes into nested records."""
USUAL = frozenset((
    "Type", "Name", "Code", "Contact", "Date", "DueDate", "LineItems", "Description",
    "Quantity", "UnitAmount", "AccountCode", "EmailAddress", "Narration", "JournalLines",
    "LineAmount", "Account", "BankAccount", "Invoice", "Amount",
))  # fmt: skip
"""Fields that a first record of any kind is made of."""
SAMPLES = {
    "text": "",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "money": 0.00,
    "number": 0,
    "integer": 0,
    "boolean": False,
    "date": "2026-01-31",
    "timestamp": "2026-01-31T00:00:00",
}


def listing(request: Request) -> HTMLResponse:
    """Every endpoint, grouped by resource, narrowed by words and method."""
    query = request.query_params
    words = _words(query.get("q", ""))
    method = query.get("method", "")
    of_method = [
        endpoint
        for endpoint in console(request).catalogue.endpoints
        if method not in METHODS or endpoint.method == method
    ]
    scores = [_score(endpoint, words) for endpoint in of_method]
    best = max(scores, default=0)
    matching = [
        endpoint
        for endpoint, score in zip(of_method, scores, strict=True)
        if score == best and (score or not words)
    ]
    groups = [
        (key, list(endpoint)) for key, endpoint in groupby(matching, lambda e: e.name.split(".")[0])
    ]
    return page(
        request,
        "endpoints.html",
        here="endpoints",
        groups=groups,
        found=len(matching),
        are_near=bool(words) and 0 < best < len(words),
        total=len(console(request).catalogue.endpoints),
        q=query.get("q", ""),
        method=method,
        methods=METHODS,
        about=describe_endpoint,
    )


def _words(text: str) -> list[str]:
    """What is searched for, without the small words of a sentence."""
    words = text.lower().split()
    return [word for word in words if word not in SMALL_WORDS] or words


def _score(endpoint: Endpoint, words: list[str]) -> int:
    """How many of the words an endpoint has."""
    text = " ".join(
        (
            endpoint.name,
            endpoint.operation,
            endpoint.method,
            endpoint.path,
            describe_endpoint(endpoint),
            *endpoint.scopes,
        )
    ).lower()
    return sum(word in text for word in words)


def one(request: Request) -> Response:
    """One endpoint: what it takes, what it gives, and a form to try it."""
    endpoint = console(request).catalogue.endpoint(request.path_params["endpoint"])
    if request.query_params.get("example") != "1":
        return detail(request, endpoint, values={})
    known, missing = _known_values(request)
    body = None
    if endpoint.body == "json":
        element = endpoint_examples.element(endpoint, known)
        if element is not None and endpoint.body_envelope:
            element = {endpoint.body_envelope: [element]}
        body = None if element is None else json.dumps(element, indent=2)
    values = endpoint_examples.parameters(endpoint, known)
    return detail(request, endpoint, values=values, body=body, has_example=True, no_values=missing)


def _known_values(
    request: Request,
) -> tuple[endpoint_examples.ExampleValues, XeroportError | None]:
    """What the chosen organisation's books have, or general values and why there are no others."""
    general = endpoint_examples.ExampleValues()
    name = current_instance(request)
    if name is None:
        return general, None
    instance = instances.get(console(request).store, name)
    schema = schema_name(name)
    try:
        with reading(request, instance) as books:
            return endpoint_examples.known_values(
                books, schema, tables.present(books, schema)
            ), None
    except XeroportError as error:
        return general, error
    except duckdb.Error as error:
        return general, unreadable(error)


def detail(
    request: Request,
    endpoint: Endpoint,
    *,
    values: dict[str, str],
    body: str | None = None,
    **more: Any,
) -> HTMLResponse:
    """The endpoint's page, its form filled with `values`; `more` brings a reply or a question."""
    state = console(request)
    names = [instance.name for instance in instances.all_instances(state.store)]
    chosen = values.get("instance") or current_instance(request) or "NAME"
    filled = {
        parameter.name: values[parameter.name]
        for parameter in endpoint.parameters
        if values.get(parameter.name)
    }
    record = endpoint.body_record or endpoint.record
    known = state.catalogue.records.get(record or "")
    shared: dict[str, Any] = {
        "endpoint": endpoint,
        "values": values,
        "body": example(state.catalogue, endpoint) if body is None else body,
        "names": names,
        "chosen": chosen,
        "values_of": lambda field: _some(state.catalogue.values(field)),
        "fields": known.fields if known else (),
        "record": record,
        "command": as_command(endpoint, chosen, filled),
        "python": as_python(endpoint, chosen, filled),
        "about": describe_endpoint(endpoint),
        "about_parameter": lambda parameter: describe_parameter(endpoint, parameter),
        "is_whole": bool(names) and endpoint_examples.is_whole(endpoint, filled),
        "has_example": False,
        "no_values": None,
        "by_name": {name for name, (_, columns) in record_ids.NAMES.items() if columns},
        "reply": None,
        "ask": False,
        "wrong": None,
    }
    return page(request, "endpoint.html", here="endpoints", **(shared | more))


def _some(values: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a field; of a long list those at its beginning, and how many there are."""
    if len(values) <= MOST_VALUES:
        return values
    return (*values[:MOST_VALUES], f"… {len(values)} in all")


def example(catalogue: Catalogue, endpoint: Endpoint) -> str:
    """A body to start from: the writable fields that matter most, as indented JSON."""
    if endpoint.body != "json" or endpoint.body_record not in catalogue.records:
        return ""
    assert endpoint.body_record is not None
    element = _sample(catalogue, catalogue.record(endpoint.body_record), DEPTH)
    wrapped: object = element
    if endpoint.body_envelope:
        wrapped = {endpoint.body_envelope: [element]}
    return json.dumps(wrapped, indent=2)


def _sample(catalogue: Catalogue, record: RecordType, depth: int) -> dict[str, object]:
    """A record with its required fields, or its first few writable ones where none is required."""
    writable = [field for field in record.fields if not field.read_only]
    chosen = [field for field in writable if field.required or field.name in USUAL]
    if not chosen:
        chosen = [field for field in writable if field.type != "uuid"][:5]
    sample_record: dict[str, object] = {}
    for sample_field in chosen:
        if sample_field.type in {"object", "list"}:
            if depth == 0 or sample_field.of not in catalogue.records:
                continue
            assert sample_field.of is not None
            inner = catalogue.record(sample_field.of)
            if sample_field.type == "list":
                sample_record[sample_field.name] = [_sample(catalogue, inner, depth - 1)]
            else:
                sample_record[sample_field.name] = {_reference(inner): ""}
        else:
            values = catalogue.values(sample_field)
            sample_record[sample_field.name] = values[0] if values else SAMPLES[sample_field.type]
    return sample_record


def _reference(record: RecordType) -> str:
    """The field that names a record inside another: its code, name or number, else its id."""
    natural = [name for key in record.natural_keys for name in key.fields]
    usual = [name for name in ("Code", "Name", *natural, *record.key) if name in record.by_name]
    return usual[0] if usual else record.fields[0].name


ROUTES = [
    page_at("/endpoints", listing),
    page_at("/endpoints/{endpoint}", one),
]
