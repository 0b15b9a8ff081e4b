"""Every example reply of Xero's own description lands without a reject, wherever it goes.

Source: the `example`s of the Accounting API's OpenAPI description (16.1.0), which come from real
replies: budget periods that are months, amounts as text, ratios of 27 digits, overpayments among
the prepayments.
"""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from xeroport.catalogue import Endpoint, load
from xeroport.destinations import Batch, LandedBatch, open_destination
from xeroport.jobs.sync.landing import LandingFile, Page, read_page
from xeroport.jobs.sync.record_shapes import RecordShapes
from xeroport.jobs.sync.report_rows import read_report

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def examples(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """operationId → the example of its good reply."""
    found = {}
    for methods in document["paths"].values():
        for method, operation in methods.items():
            reply = operation.get("responses", {}).get("200", {}) if method == "get" else {}
            example = reply.get("content", {}).get("application/json", {}).get("example")
            if example is not None:
                found[operation["operationId"]] = example
    return found


def streams_of() -> dict[str, tuple[str, Endpoint]]:
    """operationId of every reply that holds records of a stream → stream, and its endpoint."""
    found: dict[str, tuple[str, Endpoint]] = {}
    for stream, endpoint in load().streams.items():
        found[endpoint.operation] = stream, endpoint
        for other in load().endpoints:
            same = other.record == endpoint.record and other.envelope == endpoint.envelope
            if same and not endpoint.stream_record and other.method == "GET":
                found.setdefault(other.operation, (stream, endpoint))
    return found


def page_of(endpoint: Endpoint, example: dict[str, Any]) -> Page:
    body = json.dumps(example, default=str).encode()  # YAML reads some texts as moments
    if endpoint.stream_record:
        return read_report(body)
    return read_page(endpoint, body, RecordShapes(str(endpoint.record)))


def land(
    destination: Any, folder: Path, stream: str, endpoint: Endpoint, page: Page
) -> LandedBatch:
    file = LandingFile(folder / f"{stream}.ndjson")
    file.add(page.records, form=page.form, said=page.said, met=page.met)
    record = str(endpoint.stream_record or endpoint.record)
    landed: LandedBatch = destination.land(
        Batch(
            stream=stream,
            record=record,
            number=destination.checkpoints().get(stream, Batch).number + 1
            if stream in destination.checkpoints()
            else 1,
            state="{}",
            synced_at=NOON,
            files=(file.close(),),
            longest=file.longest,
            form=file.form,
            said=file.said,
            met=file.met,
            replace_all=not load().record(record).key,
        )
    )
    return landed


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_every_example_lands_without_a_reject(
    tmp_path: Path, spec_document: Any, kind: str, request: pytest.FixtureRequest
) -> None:
    url = (
        str(request.getfixturevalue("postgres_url"))
        if kind == "postgres"
        else f"{kind}:{tmp_path / kind}"
    )
    wrong, count = [], 0
    where = streams_of()
    with closing(open_destination(url, instance="acme")) as destination:
        for operation, example in examples(spec_document).items():
            if operation not in where:
                continue
            stream, endpoint = where[operation]
            page = page_of(endpoint, example)
            assert page.records, operation
            landed = land(destination, tmp_path, stream, endpoint, page)
            count += 1
            if landed.rejected:
                wrong.append((operation, landed.rejected))
    assert wrong == []
    assert count > 50
