"""What a file or rows become, without a store and without Xero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xeroport.catalogue import load
from xeroport.jobs.push.prepare import prepare
from xeroport.jobs.push.run import Order
from xeroport.records.checks import prune
from xeroport.records.from_rows import documents
from xeroport.records.last_sync import Known
from xeroport.rows.source import from_rows, open_file
from xeroport.store.instances import Instance

ACME = Instance("acme", "http://localhost", "http://localhost", "client")


def records_of(endpoint: str, given: Path | list[dict[str, Any]], **more: Any) -> list[Any]:
    """The key, the values and the error messages of each document."""
    source = open_file(str(given)) if isinstance(given, Path) else from_rows(given)
    order = Order("acme", endpoint, **more)
    found = load().endpoint(endpoint)
    prepared = prepare(order, ACME, found, source, Known())
    out: list[Any] = []
    for document in documents(prepared.source, prepared.plan):
        left_out = prepared.template.left_out if prepared.template else None
        if left_out is not None and not left_out.takes(document):
            continue
        values, findings = prepared.checker.record_of(document.values, document.ids)
        messages = [each.message for each in document.problems]
        messages += [each.message for each in findings if each.level == "error"]
        out.append((document.key, prune(values), messages))
    return out
