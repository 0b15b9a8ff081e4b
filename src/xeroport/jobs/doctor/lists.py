"""One call of every list: pages, sizes, fields and types, as Xero really sends them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from xeroport.catalogue import Endpoint, load
from xeroport.errors import DayLimitReached, XeroportError
from xeroport.jobs.doctor.reply_forms import misfits, unknown_fields
from xeroport.jobs.doctor.report import Observation
from xeroport.plurals import counted
from xeroport.xero.client import XeroClient
from xeroport.xero.wire.reply import Reply

PAGE = 2
WITHOUT_COUNT = frozenset({"quotes.list", "linked_transactions.list"})
MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class ListReply:
    """The first page of one list, as plain JSON; `error` where it could not be read."""

    endpoint: Endpoint
    reply: Reply | None
    envelope: dict[str, Any]
    error: str | None = None

    @property
    def records(self) -> list[Any]:
        """The records of the page."""
        found = self.envelope.get(str(self.endpoint.envelope)) or []
        return found if isinstance(found, list) else [found]

    @property
    def pagination(self) -> dict[str, Any] | None:
        """Xero's `pagination`, None where the reply has none."""
        found = self.envelope.get("pagination")
        return found if isinstance(found, dict) else None


def list_endpoints() -> Iterator[Endpoint]:
    """The lists that can be read without an id, reports and gated ones left out."""
    for endpoint in load().streams.values():
        if endpoint.gated is None and endpoint.stream_record is None:
            yield endpoint


async def read_lists(client: XeroClient) -> list[ListReply]:
    """The first page of every list, two records where pages can be that small."""
    return [await _read(client, endpoint) for endpoint in list_endpoints()]


async def _read(client: XeroClient, endpoint: Endpoint) -> ListReply:
    params: dict[str, Any] = {}
    if "page" in endpoint.by_name:
        params["page"] = 1
    if "pageSize" in endpoint.by_name:
        params["pageSize"] = PAGE
    try:
        reply = await client.call(endpoint, params, force=True)
        envelope = json.loads(reply.body) if reply.body else {}
    except DayLimitReached:
        raise
    except (XeroportError, ValueError) as error:
        return ListReply(endpoint, None, {}, type(error).__name__)
    return ListReply(endpoint, reply, envelope if isinstance(envelope, dict) else {})


def pagination_object(lists: Iterable[ListReply]) -> Observation:
    """Which paged lists send `pagination`."""
    odd = []
    for page in lists:
        if page.error or page.endpoint.paging != "page":
            continue
        expected = page.endpoint.name not in WITHOUT_COUNT
        if (page.pagination is not None) != expected:
            odd.append(f"{page.endpoint.name} {'without' if expected else 'with'} it")
    if odd:
        return Observation("pagination-object", "differs", ", ".join(odd))
    return Observation("pagination-object", "held", "as expected in every paged list")


def page_size(lists: Iterable[ListReply]) -> Observation:
    """Whether `pageSize=2` gave two records where there are more."""
    ignored, heeded = [], 0
    for page in lists:
        if page.pagination is None or "pageSize" not in page.endpoint.by_name:
            continue
        count = page.pagination.get("itemCount")
        if isinstance(count, int) and count > PAGE:
            heeded += len(page.records) == PAGE
            if len(page.records) != PAGE:
                ignored.append(
                    f"{page.endpoint.name}: {counted(len(page.records), 'record')} for {PAGE}"
                )
    if ignored:
        return Observation("page-size", "differs", ", ".join(ignored))
    if not heeded:
        return Observation("page-size", "unclear", "no list has more than two records")
    return Observation("page-size", "held", f"followed by {counted(heeded, 'list')}")


def fields_known(lists: Iterable[ListReply]) -> Observation:
    """Fields without a place in the catalogue, by path and form."""
    found: dict[str, str] = {}
    for page in lists:
        for record in page.records:
            found.update(unknown_fields(str(page.endpoint.record), record))
    return _named("fields-known", found, "every field has a place")


def shapes_decode(lists: Iterable[ListReply]) -> Observation:
    """Values that do not fit their type, by path and form."""
    found: dict[str, str] = {}
    unread = []
    for page in lists:
        if page.error:
            unread.append(f"{page.endpoint.name}: {page.error}")
        for record in page.records:
            found.update(misfits(str(page.endpoint.record), record))
    if unread and not found:
        return Observation("shapes-decode", "unclear", "not read: " + ", ".join(unread))
    return _named("shapes-decode", found, "every value fits its type")


def _named(assumption: str, found: dict[str, str], otherwise: str) -> Observation:
    if not found:
        return Observation(assumption, "held", otherwise)
    named = [f"{path} ({form})" for path, form in sorted(found.items())]
    rest = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return Observation(assumption, "differs", ", ".join(named[:MOST_NAMED]) + rest)
