"""What became of each record of a batch, read from Xero's reply: pure decisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from xeroport.catalogue import Catalogue, Endpoint, RecordType
from xeroport.errors import Refused
from xeroport.store.outbox.claims import Batch, Settlement
from xeroport.xero.policy.outcomes import Outcome

NO_ID_NEEDED = {"Allocation", "HistoryRecord", "TaxRate", "Currency", "PaymentService"}
NUMBERS = ("InvoiceNumber", "CreditNoteNumber", "PurchaseOrderNumber", "QuoteNumber")
ALIKE = ("Reference", "Narration", "Amount", "Date")
OTHER_REQUEST = "different request"


def fates(
    catalogue: Catalogue, endpoint: Endpoint, batch: Batch, outcomes: Sequence[Outcome] | None
) -> list[Settlement]:
    """One settlement per record of a batch that Xero answered with success.

    None as outcomes stands for a reply without a body, which is success for all. Records are
    matched by position where the natural keys there agree (or, without any, what else tells
    records apart), else by that alone; what matches nothing is unknown.
    """
    if outcomes is None:
        return [Settlement(part.position, "sent") for part in batch.parts]
    record = catalogue.record(endpoint.record) if endpoint.record else None
    if len(batch.parts) == 1 and outcomes:
        return [_settlement(0, outcomes[0], record)]
    sent = [json.loads(part.body) for part in batch.parts]
    free = dict(enumerate(outcomes))
    found: dict[int, Outcome] = {}
    if len(outcomes) == len(sent):
        for position, values in enumerate(sent):
            agrees = _agree(record, values, outcomes[position])
            if agrees is None:
                agrees = _alike(values, outcomes[position])
            if agrees is not False:
                found[position] = free.pop(position)
    for position, values in enumerate(sent):
        if position in found:
            continue
        same = [index for index, other in free.items() if _agree(record, values, other)]
        same = same or [index for index, other in free.items() if _alike(values, other) is True]
        if len(same) == 1:
            found[position] = free.pop(same[0])
    return [
        _settlement(position, found[position], record)
        if position in found
        else Settlement(position, "unknown", ("Xero's reply does not say what became of it",))
        for position in range(len(sent))
    ]


def refused(
    endpoint: Endpoint, batch: Batch, error: Refused, elements: Sequence[Outcome]
) -> list[Settlement] | None:
    """The settlements of a batch that Xero refused as a whole; None: send it in smaller ones.

    Where Xero names failed elements of a larger batch it may have created the others: they are
    unknown, and are looked up.
    """
    words = error.problems or (error.message,)
    if OTHER_REQUEST in error.message.lower():
        reason = ("Xero knows the idempotency key, but not these bytes",)
        return [Settlement(part.position, "unknown", reason) for part in batch.parts]
    if len(batch.parts) == 1:
        if endpoint.method == "DELETE" and error.status == 404 and batch.sends > 0:
            return [Settlement(0, "sent", ("it was gone already",))]
        return [Settlement(0, "rejected", words)]
    if not elements:
        return None
    failed: dict[int, Outcome] = {}
    for outcome in elements:
        for part in batch.parts:
            if part.position in failed:
                continue
            if _agree(None, json.loads(part.body), outcome):
                failed[part.position] = outcome
                break
    if not failed:
        return None
    doubt = "Xero refused other records of the batch and does not say what became of this one"
    return [
        Settlement(part.position, "rejected", failed[part.position].messages or words)
        if part.position in failed
        else Settlement(part.position, "unknown", (doubt,))
        for part in batch.parts
    ]


def _settlement(position: int, outcome: Outcome, record: RecordType | None) -> Settlement:
    if outcome.status == "error":
        words = outcome.messages or ("Xero refused it without saying why",)
        return Settlement(position, "rejected", words)
    needs_id = record is not None and record.key and record.name not in NO_ID_NEEDED
    if needs_id and outcome.id is None:
        return Settlement(position, "unknown", ("Xero said OK, but gave no id",))
    return Settlement(
        position, "sent", outcome.messages, outcome.id, number_of(record, outcome.record)
    )


def number_of(record: RecordType | None, values: Mapping[str, Any]) -> str | None:
    """What a person calls a record: its number, code or name."""
    keys = [name for key in record.natural_keys for name in key.fields] if record else []
    for name in (*NUMBERS, *keys):
        if values.get(name):
            return str(values[name])
    return None


def _agree(record: RecordType | None, values: Mapping[str, Any], outcome: Outcome) -> bool | None:
    """Whether a sent record and an outcome are the same; None where neither can say."""
    keys = [key.fields for key in record.natural_keys] if record else []
    own = [record.key] if record and record.key else []
    for fields in [*own, *keys, *((name,) for name in NUMBERS), ("Name",)]:
        ours = [values.get(name) for name in fields]
        theirs = [outcome.record.get(name) for name in fields]
        if all(ours) and all(theirs):
            same = [fold(a) == fold(b) for a, b in zip(ours, theirs, strict=True)]
            return all(same)
    return None


def _alike(values: Mapping[str, Any], outcome: Outcome) -> bool | None:
    """Whether what else was sent came back; None where nothing of it did."""
    found: bool | None = None
    for name in ALIKE:
        ours, theirs = values.get(name), outcome.record.get(name)
        if ours is None or theirs is None:
            continue
        same = Decimal(str(ours)) == theirs if name == "Amount" else fold(ours) == fold(theirs)
        if not same:
            return False
        found = True
    return found


def fold(value: Any) -> str:
    """Text as Xero compares names and numbers: without regard to case and outer blanks."""
    return str(value).strip().casefold()
