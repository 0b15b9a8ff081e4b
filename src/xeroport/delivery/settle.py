"""What became of each record of a batch, read from Xero's reply: pure decisions.

A refusal settles only what cannot be there: where an earlier sending of the same bytes may have
been carried out, "must be unique" is what a record says that is there already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from xeroport.catalogue import Endpoint, RecordType, load
from xeroport.delivery.compare import differences
from xeroport.delivery.identity import alike, number_of, same_record
from xeroport.errors import Refused
from xeroport.records.targets import as_sent
from xeroport.store.outbox.claims import Claim, Settlement
from xeroport.xero.policy.outcomes import Outcome

TAKEN = re.compile(
    r"\bunique\b|\bduplicate|already (exist|assigned|been|in use|taken|used)|is taken",
    re.IGNORECASE,
)
"""What Xero says of a number, name or code that a record has already."""
NO_ID_NEEDED = {"Allocation", "HistoryRecord", "TaxRate", "Currency", "PaymentService"}
OTHER_REQUEST = "different request"
ABSENT = {404, 405, 410, 501}
"""Statuses that say of an endpoint without ids in its path that Xero does not have it."""


def settlements(
    endpoint: Endpoint,
    batch: Claim,
    outcomes: Sequence[Outcome] | None,
    *,
    resent: bool = False,
) -> list[Settlement]:
    """One settlement per record of a batch that Xero answered with success.

    None as outcomes stands for a reply without a body, which is success for all. Records are
    matched by position where the natural keys there agree (or, without any, what else tells
    records apart), else by that alone; what matches nothing is unknown. `resent` says that an
    earlier sending may have been carried out.
    """
    if outcomes is None:
        return [Settlement(part.position, "sent") for part in batch.parts]
    record = load().record(endpoint.record) if endpoint.record else None
    sent = [as_sent(part.body) for part in batch.parts]
    matched = _matched(record, sent, outcomes)
    compared = record if endpoint.record == endpoint.body_record else None
    return [
        _settlement(
            position,
            asked_for(sent[position], batch.parts[position].expected),
            outcome,
            record,
            compared,
            resent=resent,
            doubted=batch.parts[position].doubted,
        )
        if (outcome := matched.get(position)) is not None
        else Settlement(position, "unknown", (_unmatched(record, outcomes, len(sent)),))
        for position in range(len(sent))
    ]


def asked_for(sent: dict[str, Any], expected: str) -> dict[str, Any]:
    """What was sent, with what its row said of what only Xero writes."""
    return sent if expected == "{}" else sent | as_sent(expected.encode())


def _matched(
    record: RecordType | None, sent: Sequence[Mapping[str, Any]], outcomes: Sequence[Outcome]
) -> dict[int, Outcome]:
    """Position → the outcome that is about the record there."""
    free = dict(enumerate(outcomes))
    matched: dict[int, Outcome] = {}
    if len(outcomes) == len(sent):
        for position, values in enumerate(sent):
            reply = outcomes[position].record
            agrees = same_record(record, values, reply)
            if agrees is None and len(sent) > 1:
                agrees = alike(values, reply)
            if agrees is not False or (len(sent) == 1 and outcomes[0].status == "error"):
                matched[position] = free.pop(position)
    for position, values in enumerate(sent):
        if position in matched:
            continue
        same = [index for index, other in free.items() if same_record(record, values, other.record)]
        same = same or [i for i, other in free.items() if alike(values, other.record) is True]
        if len(same) == 1 and same_record(record, values, free[same[0]].record) is not False:
            matched[position] = free.pop(same[0])
    return matched


def _unmatched(record: RecordType | None, outcomes: Sequence[Outcome], count: int) -> str:
    name = number_of(record, outcomes[0].record) if count == 1 and outcomes else None
    if name is not None:
        return f"Xero answered with another record, `{name}`"
    return "Xero's reply does not say what became of it"


def refused(
    endpoint: Endpoint,
    batch: Claim,
    error: Refused,
    elements: Sequence[Outcome],
) -> list[Settlement] | None:
    """The settlements of a batch that Xero refused as a whole at its first sending; None: send it
    in smaller ones.

    Where Xero names failed elements of a larger batch it may have created the others: they are
    unknown, and are looked up.
    """
    words = error.problems or (error.message,)
    if is_other_request(error):
        reason = ("Xero knows the idempotency key, but not these bytes",)
        return [Settlement(part.position, "unknown", reason) for part in batch.parts]
    if len(batch.parts) == 1:
        if batch.parts[0].doubted and _is_taken(words):
            return [_perhaps_ours(0, words)]
        return [Settlement(0, "rejected", words)]
    if not elements:
        return None
    failed: dict[int, Outcome] = {}
    for outcome in elements:
        for part in batch.parts:
            if part.position in failed:
                continue
            if same_record(None, as_sent(part.body), outcome.record):
                failed[part.position] = outcome
                break
    if not failed:
        return None
    doubt = "Xero refused other records of the batch and does not say what became of this one"
    settled: list[Settlement] = []
    for part in batch.parts:
        said = failed[part.position].messages or words if part.position in failed else ()
        if not said:
            settled.append(Settlement(part.position, "unknown", (doubt,)))
        elif part.doubted and _is_taken(said):
            settled.append(_perhaps_ours(part.position, said))
        else:
            settled.append(Settlement(part.position, "rejected", said))
    return settled


def _is_taken(words: Sequence[str]) -> bool:
    return any(TAKEN.search(each) for each in words)


def _perhaps_ours(position: int, words: Sequence[str]) -> Settlement:
    """The outcome of a record whose number is taken, perhaps by its own earlier sending."""
    doubt = "an earlier attempt may have been carried out; to the next one Xero said:"
    return Settlement(position, "unknown", (doubt, *words))


def is_other_request(error: Refused) -> bool:
    """Whether Xero says that it knows the idempotency key with other bytes."""
    return OTHER_REQUEST in error.message.lower()


def is_endpoint_absent(endpoint: Endpoint, error: Refused) -> bool:
    """Whether a refusal is about the endpoint as a whole, so that no other record would fare
    better."""
    if error.status not in ABSENT or error.problems:
        return False
    return error.status != 404 or not endpoint.path_names


def _settlement(
    position: int,
    sent: Mapping[str, Any],
    outcome: Outcome,
    record: RecordType | None,
    compared: RecordType | None,
    *,
    resent: bool,
    doubted: bool,
) -> Settlement:
    if outcome.status == "error":
        words = outcome.messages or ("Xero refused it without saying why",)
        if doubted and _is_taken(words):
            return _perhaps_ours(position, words)
        if resent:
            doubt = "an earlier attempt may have been carried out; to the second one Xero said:"
            return Settlement(position, "unknown", (doubt, *words))
        return Settlement(position, "rejected", words)
    needs_id = record is not None and record.key and record.name not in NO_ID_NEEDED
    if needs_id and outcome.id is None:
        return Settlement(position, "unknown", ("Xero said OK, but gave no id",))
    return Settlement(
        position,
        "sent",
        outcome.messages,
        outcome.id,
        number_of(record, outcome.record),
        differences(compared, sent, outcome.record),
    )
