"""Two keys of one push that Xero took for one record: only one of them is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from xeroport.catalogue import Endpoint
from xeroport.records.targets import as_sent, record_of
from xeroport.store.outbox import outbox
from xeroport.store.outbox.claims import Claim, Settlement
from xeroport.store.outbox.staging import Staging

CREATES = {"create", "upsert"}


def reject_shared_ids(
    staging: Staging, endpoint: Endpoint, batch: Claim, settlements: Sequence[Settlement]
) -> list[Settlement]:
    """The settlements, where one whose id another key of the push has already is not sent.

    Only of what makes records: rows that change a record by its id may well share it.
    """
    record = record_of(endpoint)
    if record is None or not record.key or endpoint.path_names or endpoint.verb not in CREATES:
        return list(settlements)
    ids = [each.xero_id for each in settlements if each.status == "sent" and each.xero_id]
    holders = outbox.keys_by_xero_id(staging, endpoint.name, ids)
    if not holders and len(set(ids)) == len(ids):
        return list(settlements)
    parts = {part.position: part for part in batch.parts}
    decided: list[Settlement] = []
    for settlement in settlements:
        identifier = settlement.xero_id
        part = parts[settlement.position]
        if settlement.status != "sent" or identifier is None or names_itself(record.key, part.body):
            decided.append(settlement)
            continue
        holder = holders.setdefault(identifier, part.key)
        if holder != part.key:
            words = (
                f"Xero took it for the record of `{holder}` ({identifier}): "
                "two keys, and one record in Xero"
            )
            settlement = replace(
                settlement,
                status="rejected",
                messages=(words, *settlement.messages),
                differences=(),
            )
        decided.append(settlement)
    return decided


def names_itself(key: Sequence[str], body: bytes) -> bool:
    """Whether a record gives its own id, and so changes the one that Xero has."""
    values = as_sent(body)
    return all(values.get(name) for name in key)
