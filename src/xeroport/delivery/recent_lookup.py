"""Records without a natural key that Xero failed on or refused: are they among what changed since?

Xero answered the call with a 5xx while it answered others, or refused all of it, so that nothing
should have been done.
The list of all that changed since the sending, by Xero's own clock, says whether something was: if
no record there resembles one that was sent, it goes again in a smaller batch. A record that does
keeps it unknown, for a person: two equal payments on one day are ordinary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from xeroport.catalogue import Endpoint, RecordType, load
from xeroport.clock import Uptime
from xeroport.delivery.identity import fold, number_of
from xeroport.records.document_checks import line_sum
from xeroport.store.outbox.unknown_outcomes import DoubtfulDelivery
from xeroport.xero.client import XeroClient

SLACK = 60.0
"""Seconds before the sending from which changes are asked for."""
ROUNDING = Decimal("0.10")
COMPARED = ("Type", "Date", "Narration")


def recent_list(record: RecordType) -> Endpoint | None:
    """The list that gives what changed of a record type since a moment; None if there is none."""
    lists = (stream for stream in load().streams.values() if stream.record == record.name)
    return next((each for each in lists if each.modified_since), None)


def can_ask(doubtful: DoubtfulDelivery, uptime: Uptime) -> bool:
    """Whether it is known how long ago a record was sent."""
    first = doubtful.first_sent
    return first is not None and first.uptime is not None and uptime.since(first.uptime) is not None


async def changed_since(
    client: XeroClient, lister: Endpoint, group: Sequence[DoubtfulDelivery], uptime: Uptime
) -> list[dict[str, Any]]:
    """All records of a list that changed since the first of a group was sent, on Xero's clock."""
    ages = [
        uptime.since(doubtful.first_sent.uptime) or 0.0
        for doubtful in group
        if doubtful.first_sent is not None and doubtful.first_sent.uptime is not None
    ]
    now = (await client.call("organisation.get")).server_time.timestamp()
    since = datetime.fromtimestamp(now - max(ages) - SLACK, UTC)
    records: list[dict[str, Any]] = []
    async for reply in client.pages(lister.name, modified_since=since):
        records += reply.records
    return records


def resembling(
    record: RecordType, sent: Mapping[str, Any], candidates: Sequence[Mapping[str, Any]]
) -> str | None:
    """The name or id of a record that may be the one that was sent; what a record does not say
    counts as the same."""
    for held in candidates:
        if all(_same(sent.get(name), held.get(name)) for name in COMPARED) and _same_sum(
            sent, held
        ):
            return number_of(record, held) or str(
                held.get(record.key[0] if record.key else "", "?")
            )
    return None


def _same(ours: Any, theirs: Any) -> bool:
    if ours in (None, "") or theirs in (None, ""):
        return True
    if isinstance(theirs, datetime):
        theirs = theirs.date()
    return fold(ours)[:10] == fold(theirs)[:10] if _is_day(ours) else fold(ours) == fold(theirs)


def _is_day(value: Any) -> bool:
    text = str(value)
    return len(text) >= 10 and text[4:5] == "-" and text[7:8] == "-" and text[:4].isdigit()


def _same_sum(sent: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    for ours, names in ((sent.get("Amount"), ("Amount",)), (line_sum(sent), ("SubTotal", "Total"))):
        theirs = [held[name] for name in names if isinstance(held.get(name), Decimal | int)]
        if ours is None or not theirs:
            continue
        if all(abs(Decimal(str(ours)) - Decimal(their)) > ROUNDING for their in theirs):
            return False
    return True
