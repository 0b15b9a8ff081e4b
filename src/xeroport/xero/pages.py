"""All pages of a list, whichever of Xero's ways of paging it has."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import msgspec
from msgspec import Struct

from xeroport.catalogue import Endpoint
from xeroport.errors import Unavailable
from xeroport.xero.wire.reply import Reply

Call = Callable[[Endpoint, Mapping[str, Any] | None], Awaitable[Reply]]
"""Makes one call: an endpoint and its parameters in, the reply out."""

MOST_IDS = 40
"""Ids a call; some 52 make the URL too long for Xero."""
XERO_DEFAULT = 100
"""Records a page where Xero does not heed `pageSize`; a page of fewer is the last."""
ID_LISTS = ("IDs", "ContactIDs")


class Extent(Struct, frozen=True):
    """How much a page holds, and what Xero says of the whole list (None where it says nothing)."""

    records: int
    page: int | None = None
    page_count: int | None = None
    item_count: int | None = None


class _Pagination(msgspec.Struct):
    page: int | None = None
    pageSize: int | None = None  # noqa: N815  Xero's name
    pageCount: int | None = None  # noqa: N815
    itemCount: int | None = None  # noqa: N815


def extent(endpoint: Endpoint, body: bytes) -> Extent:
    """What a page holds, without decoding its records; Unavailable for what is no page."""
    if not body.strip() or endpoint.envelope is None:
        return Extent(0)
    try:
        return _extent(endpoint.envelope, body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unavailable(
            f"Xero's answer to `{endpoint.name}` cannot be read: {error}",
            hint="check the instance's base URL, or try again in five minutes",
        ) from error


def _extent(envelope: str, body: bytes) -> Extent:
    parts = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    items = parts.get(envelope)
    count = 0
    if items is not None and bytes(items).startswith(b"["):
        count = len(msgspec.json.decode(items, type=list[msgspec.Raw]))
    if "pagination" not in parts:
        return Extent(count)
    pagination = msgspec.json.decode(parts["pagination"], type=_Pagination, strict=False)
    return Extent(count, pagination.page, pagination.pageCount, pagination.itemCount)


async def walk(
    call: Call, endpoint: Endpoint, params: Mapping[str, Any] | None
) -> AsyncGenerator[Reply, None]:
    """Page after page until Xero has no more; long lists of ids go in portions."""
    for portion in portions(endpoint, dict(params or {})):
        async with aclosing(_walk(call, endpoint, portion)) as replies:
            async for reply in replies:
                yield reply


def portions(endpoint: Endpoint, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The same question in portions of at most 40 ids."""
    for name in ID_LISTS:
        value = params.get(name)
        if name in endpoint.by_name and value is not None:
            ids = value.split(",") if isinstance(value, str) else list(value)
            if len(ids) > MOST_IDS:
                return [
                    params | {name: ids[start : start + MOST_IDS]}
                    for start in range(0, len(ids), MOST_IDS)
                ]
    return [params]


async def _walk(
    call: Call, endpoint: Endpoint, params: dict[str, Any]
) -> AsyncGenerator[Reply, None]:
    if endpoint.paging == "none":
        yield await call(endpoint, params)
    elif endpoint.paging == "offset":
        while True:
            reply = await call(endpoint, params)
            yield reply
            journals = reply.records
            if len(journals) < (endpoint.page_size or 100):
                return
            params = params | {"offset": max(int(journal["JournalNumber"]) for journal in journals)}
    else:
        sized = "pageSize" in endpoint.by_name
        size = int(params.get("pageSize") or endpoint.page_size or 100)
        page = int(params.get("page") or 1)
        while True:
            asked = params | {"page": page} | ({"pageSize": size} if sized else {})
            reply = await call(endpoint, asked)
            yield reply
            held = extent(endpoint, reply.body)
            short = held.records < min(size, XERO_DEFAULT)
            last = short if held.page_count is None else page >= held.page_count
            if last or held.records == 0:
                return
            page += 1
