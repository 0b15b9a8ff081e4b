"""A key that went to Xero by another endpoint of the same records: it must not make a second one.

`invoices.create` and `invoices.upsert` both make a bill where there is none, and Xero holds nothing
of a bill unique. The outbox knows a key by its endpoint, so that it would send both.
"""

from __future__ import annotations

from xeroport.catalogue import Endpoint, load
from xeroport.jobs.push.checked import Checked
from xeroport.records import targets
from xeroport.rows.problems import FilePlace, Problem
from xeroport.store.outbox.enqueuing import siblings
from xeroport.store.outbox.staging import Staging

MAKING = frozenset({"create", "upsert"})


def refuse_second_ways(
    staging: Staging, endpoint: Endpoint, instance: str, checked: Checked
) -> int:
    """Take records that would be made a second time out of the staging, each with its problem; how
    many there were. What names its record, or is held unique by Xero, changes it and may go."""
    record = targets.record_of(endpoint)
    if record is None or endpoint.verb not in MAKING:
        return 0
    others = [
        other.name
        for other in load().endpoints
        if other.is_write
        and other.verb in MAKING
        and other.body_record == endpoint.body_record
        and other.name != endpoint.name
    ]
    refused = 0
    for sibling in siblings(staging, instance, others):
        is_named = targets.natural_key(record, targets.as_sent(sibling.body)) is not None
        if is_named or targets.repeatable(endpoint, sibling.body):
            continue
        refused += 1
        said = f"`{sibling.key}` went to `{sibling.endpoint}` before, and is {sibling.status} there"
        hint = f"push it to `{sibling.endpoint}`, or give it a key of its own"
        checked.tally.add([Problem(FilePlace(sibling.line), said, hint)])
        staging.refuse(sibling.line, sibling.key, [said])
        staging.drop(sibling.key)
    return refused
