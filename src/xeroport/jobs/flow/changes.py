"""What changed in a list of Xero's since a flow last looked, each change once.

Paged lists are read by seeking: always page 1 from the last stamp on, so that a record which
moves during the walk is not skipped. Where that cannot move on (a page full of one second, or not
in the order of change), page numbers are walked until a walk meets nothing new; as long as none
does, the checkpoint stays. Each read reaches back a little over the last; what came
before, by id and `UpdatedDateUTC`, is left out. The checkpoint is Xero's clock, never ours.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from xeroport.catalogue import Endpoint, load
from xeroport.jobs.sync.position import OVERLAP, seek_after
from xeroport.jobs.sync.proof import MOST_ROUNDS
from xeroport.xero.client import XeroClient
from xeroport.xero.wire.reply import Reply

State = dict[str, Any]
"""`cursor`: what to ask from (ISO, UTC); `seen`: id → stamp of what was given since then."""


async def changed(
    client: XeroClient,
    endpoint: Endpoint,
    params: Mapping[str, Any],
    *,
    held: Mapping[str, Any],
    since: datetime | None = None,
) -> AsyncIterator[tuple[list[dict[str, Any]], State | None]]:
    """Lots of records, each with the checkpoint that goes with it.

    `since` asks from a moment of one's own; the checkpoint stays None then. Lists that know no
    If-Modified-Since are given whole every time.
    """
    record = load().record(endpoint.record or "")
    stamp = record.cursor or ""
    if not endpoint.modified_since or not record.key or endpoint.paging == "offset":
        async for reply in client.pages(endpoint, params):
            yield reply.records, None
        return
    cursor = held.get("cursor")
    start = since or (datetime.fromisoformat(cursor) if cursor else None)
    seen: dict[str, str] = {} if since else dict(held.get("seen", {}))

    def fresh(reply: Reply) -> list[dict[str, Any]]:
        changes = []
        for read_record in reply.records:
            identity, at = str(read_record.get(record.key[0])), str(read_record.get(stamp))
            if not read_record.get(stamp) or seen.get(identity) != at:
                changes.append(read_record)
                seen[identity] = at
        return changes

    def state(moment: datetime | None) -> State | None:
        if since is not None:
            return None
        edge = str(moment) if moment else ""
        recent = {identity: at for identity, at in seen.items() if at >= edge}
        return {"cursor": moment.isoformat() if moment else None, "seen": recent}

    first: datetime | None = None
    if endpoint.paging == "none":
        reply = await client.call(endpoint, params, modified_since=start)
        first = reply.server_time
        yield fresh(reply), None
    else:
        size = endpoint.page_size or 100
        paging: dict[str, Any] = {"pageSize": size} if "pageSize" in endpoint.by_name else {}
        frm, number, rounds, missed, in_order = start, 1, 0, 0, True
        while True:
            reply = await client.call(
                endpoint, {**params, **paging, "page": number}, modified_since=frm
            )
            first = first or reply.server_time
            stamps = [record[stamp] for record in reply.records if record.get(stamp)]
            count = len(reply.records)
            in_order = in_order and len(stamps) == count and stamps == sorted(stamps)
            new = fresh(reply)
            missed += len(new)
            onward = seek_after(stamps[-1]) if in_order and count == size else None
            if onward is not None and (frm is None or onward > frm):
                frm, number, missed = onward, 1, 0
                yield new, state(frm)
                continue
            yield new, None
            if count == size:
                number += 1
            elif number == 1 or not missed:
                break
            elif rounds == MOST_ROUNDS:
                return
            else:
                rounds += 1
                number, missed, in_order = 1, 0, True
    end = (first - OVERLAP).replace(microsecond=0)
    yield [], state(max(end, start) if start else end)
