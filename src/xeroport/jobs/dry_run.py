"""What a push would send, call by call, without sending or enqueueing anything."""

from __future__ import annotations

import json
from collections.abc import Iterator

from xeroport.catalogue import Catalogue, Endpoint
from xeroport.jobs import targets
from xeroport.jobs.push_report import Plan, Request
from xeroport.store.claims import MAX_BYTES
from xeroport.store.staging import Draft, Staging
from xeroport.xero.parameters import target

SHOWN = 20


def plan_of(
    catalogue: Catalogue,
    endpoint: Endpoint,
    staging: Staging,
    *,
    day_remaining: int | None,
    minute_limit: int,
    update: bool,
) -> Plan:
    """The calls for the staged records that are not in Xero yet; the first `SHOWN` in full."""
    requests: list[Request] = []
    calls = records = 0
    for group in _groups(staging, targets.capacity(catalogue, endpoint), update=update):
        calls += 1
        records += len(group)
        if len(requests) < SHOWN:
            bodies = [draft.body for draft in group]
            sent = targets.compose(endpoint, bodies)
            shown = sent.body if sent.content_type is None else bodies[0]
            path = target(endpoint, json.loads(group[0].ids))
            requests.append(
                Request(
                    endpoint.method,
                    f"/api.xro/2.0{path}",
                    len(group),
                    len(sent.body),
                    shown.decode(),
                )
            )
    return Plan(records, calls, day_remaining, minute_limit, tuple(requests))


def _groups(staging: Staging, most: int, *, update: bool) -> Iterator[list[Draft]]:
    group: list[Draft] = []
    size = 0
    for draft in staging.unsent(update=update):
        full = len(group) >= most or size + len(draft.body) > MAX_BYTES
        if group and (full or draft.ids != group[0].ids):
            yield group
            group, size = [], 0
        group.append(draft)
        size += len(draft.body) + 1
    if group:
        yield group
