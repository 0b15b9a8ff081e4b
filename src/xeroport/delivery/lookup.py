"""Records of Xero by a field that tells them apart, each by the cheapest question there is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from xeroport.catalogue import Catalogue, Endpoint, RecordType
from xeroport.errors import Refused
from xeroport.xero.client import XeroClient

AT_ONCE = 10
"""Keys in one `where`: more alternatives are slow in large organisations."""
NUMBERS_AT_ONCE = 40
"""Numbers in one list parameter, so that the URL stays short enough for Xero."""
WHOLE_LISTS = {"TaxRate", "Currency", "TrackingCategory", "ContactGroup", "Account", "Item"}
"""Records of which an organisation has few, in lists without pages."""


def can_find(catalogue: Catalogue, record: RecordType, field: str, value: Any) -> bool:
    """False where only a filter could find it, and the value holds what no filter can."""
    lister = None if record.name == "TrackingOption" else _lister(catalogue, record)
    if lister is None or '"' not in str(value):
        return True
    names = {"searchTerm", "InvoiceNumbers", field}
    return record.name in {"PurchaseOrder", *WHOLE_LISTS} or bool(names & set(lister.by_name))


async def find(
    client: XeroClient,
    catalogue: Catalogue,
    record: RecordType,
    field: str,
    values: Sequence[Any],
    *,
    within: Collection[str] = (),
) -> AsyncIterator[dict[str, Any]]:
    """All records that may have one of the values in a field, and perhaps others.

    `within` are the path parameters, as JSON, of what the records are part of.
    """
    lister = _lister(catalogue, record)
    if record.name == "TrackingOption":
        for category in {json.loads(each)["TrackingCategoryID"] for each in within}:
            params = {"TrackingCategoryID": category}
            reply = await client.call("tracking_categories.get", params)
            for found in reply.records:
                for option in found.get("Options", ()):
                    yield option
        return
    if record.name == "PurchaseOrder":
        for value in values:
            try:
                params = {"PurchaseOrderNumber": value}
                reply = await client.call("purchase_orders.get_by_number", params)
            except Refused as error:
                if error.status != 404:
                    raise
                continue
            for found in reply.records:
                yield found
        return
    if record.name in WHOLE_LISTS:
        async for found in client.records(lister):
            yield found
        return
    numbers = next((n for n in ("InvoiceNumbers",) if n in lister.by_name), None)
    if numbers is not None:
        plain = [value for value in values if "," not in str(value)]
        for start in range(0, len(plain), NUMBERS_AT_ONCE):
            params = {numbers: plain[start : start + NUMBERS_AT_ONCE]}
            async for found in client.records(lister, params):
                yield found
        values = [value for value in values if "," in str(value)]
    if field in lister.by_name:
        for value in values:
            async for found in client.records(lister, {field: value}):
                yield found
        return
    async for found in _where(client, lister, field, values):
        yield found


async def _where(
    client: XeroClient, lister: Endpoint, field: str, values: Sequence[Any]
) -> AsyncIterator[dict[str, Any]]:
    """By filter; a value with a quotation mark cannot be written there and is searched for."""
    more = {"includeArchived": True} if "includeArchived" in lister.by_name else {}
    plain = [str(value) for value in values if '"' not in str(value)]
    for start in range(0, len(plain), AT_ONCE):
        where = " OR ".join(f'{field}=="{value}"' for value in plain[start : start + AT_ONCE])
        async for found in client.records(lister, {"where": where, **more}):
            yield found
    for value in (str(value) for value in values if '"' in str(value)):
        async for found in client.records(lister, {"searchTerm": value.split('"')[0], **more}):
            yield found


def _lister(catalogue: Catalogue, record: RecordType) -> Endpoint:
    return next(e for e in catalogue.streams.values() if e.record == record.name)
