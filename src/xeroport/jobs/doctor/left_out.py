"""Read-only probes of what a plain list leaves out: voided, archived and deleted records."""

from __future__ import annotations

from typing import Any

from xeroport.jobs.doctor.probes import count_of, records_of
from xeroport.jobs.doctor.report import Observation, observed
from xeroport.plurals import counted
from xeroport.xero.client import XeroClient

SAMPLE = 100
"""Invoices that are looked through for contacts and tax types that no list has."""
ASKED_BY_ID = 40
"""Contacts that one call asks for by id: more would make the address too long."""


async def left_out(client: XeroClient) -> list[Observation]:
    """Which records a plain list leaves out, by filters and by what documents name."""
    parameters = {"page": 1, "pageSize": SAMPLE, "order": "UpdatedDateUTC DESC"}
    documents = records_of(await client.call("invoices.list", parameters))
    return [
        await _voided(client),
        await _archived(client, documents),
        await _deleted(client, documents),
    ]


async def _voided(client: XeroClient) -> Observation:
    everything = await _count(client, "invoices.list", {})
    voided = await _count(client, "invoices.list", {"where": 'Status=="VOIDED"'})
    others = await _count(client, "invoices.list", {"where": 'Status!="VOIDED"'})
    if not voided or others is None:
        return Observation("voided-in-lists", "unclear", "there are no voided invoices")
    return observed(
        "voided-in-lists", everything == voided + others, "counted with and without them"
    )


async def _archived(client: XeroClient, documents: list[Any]) -> Observation:
    name, archived = "archived-contacts", {"where": 'ContactStatus=="ARCHIVED"'}
    everybody = {"includeArchived": True}
    plain = await _count(client, "contacts.list", {})
    whole = await _count(client, "contacts.list", everybody)
    if plain is None or whole is None:
        return Observation(name, "unclear", "the list has no count")
    if whole > plain:
        return Observation(name, "held", "more with includeArchived than without")
    if await _count(client, "contacts.list", archived):
        return Observation(name, "differs", "they are listed without includeArchived too")
    if await _count(client, "contacts.list", {**everybody, **archived}):
        return Observation(name, "differs", "includeArchived adds them to a filtered list only")
    ids = sorted({contact for record in documents if (contact := _contact(record))})[:ASKED_BY_ID]
    if ids:
        asked = {"IDs": ids, "page": 1, "pageSize": SAMPLE, **everybody}
        shown = len(records_of(await client.call("contacts.list", asked)))
        if shown < len(ids):
            missing = counted(len(ids) - shown, "contact")
            said = f"{missing} of invoices in no list, with includeArchived or without"
            return Observation(name, "differs", said)
    return Observation(name, "unclear", "no archived contact can be seen")


async def _deleted(client: XeroClient, documents: list[Any]) -> Observation:
    name = "deleted-tax-rates"
    rates = [r for r in records_of(await client.call("tax_rates.list")) if isinstance(r, dict)]
    deleted = [rate for rate in rates if rate.get("Status") not in (None, "ACTIVE")]
    if deleted:
        return Observation(name, "held", f"{len(deleted)} that are not active")
    filtered = await client.call("tax_rates.list", {"where": 'Status!="ACTIVE"'})
    hidden = [rate for rate in records_of(filtered) if rate.get("Status") not in (None, "ACTIVE")]
    if hidden:
        return Observation(name, "differs", f"{len(hidden)} are listed only when asked for")
    used = {tax_type for record in documents for tax_type in _tax_types(record)}
    unlisted = used - {rate.get("TaxType") for rate in rates}
    if unlisted:
        said = f"{counted(len(unlisted), 'tax type')} of invoices in no list"
        return Observation(name, "differs", said)
    return Observation(name, "unclear", "no deleted rate can be seen")


def _contact(record: Any) -> str | None:
    contact = record.get("Contact") if isinstance(record, dict) else None
    found = contact.get("ContactID") if isinstance(contact, dict) else None
    return found if isinstance(found, str) else None


def _tax_types(record: Any) -> set[str]:
    lines = record.get("LineItems") if isinstance(record, dict) else None
    found = {line.get("TaxType") for line in lines or () if isinstance(line, dict)}
    return {tax_type for tax_type in found if isinstance(tax_type, str) and tax_type}


async def _count(client: XeroClient, endpoint: str, params: dict[str, Any]) -> int | None:
    return count_of(await client.call(endpoint, {"page": 1, "pageSize": 1, **params}))
