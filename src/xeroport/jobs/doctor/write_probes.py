"""Probes that write into a demo company, and take back what they wrote."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from xeroport.errors import DayLimitReached, Refused, XeroportError
from xeroport.jobs.doctor.probes import records_of
from xeroport.jobs.doctor.report import Observation, observed
from xeroport.xero.client import XeroClient

EMAIL = "doctor@xeroport.example"


@dataclass(slots=True)
class Visit:
    """What a visit has written so far, to be taken back at its end.

    `undo` holds endpoint, parameters and body of each call that takes something back.
    """

    client: XeroClient
    mark: str = field(default_factory=lambda: f"xeroport doctor {uuid.uuid4().hex[:8]}")
    undo: list[tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=list)

    async def contact(self, name: str, **fields: Any) -> dict[str, Any]:
        """Create a contact; it is archived at the end. Refused if Xero takes none."""
        reply = await self.client.call("contacts.create", body=[{"Name": name, **fields}])
        contact: dict[str, Any] = records_of(reply)[0]
        if is_refused(contact):
            raise Refused("Xero did not accept the contact", status=reply.status)
        return self.took(contact)

    def took(self, contact: dict[str, Any]) -> dict[str, Any]:
        """Remember to archive a contact."""
        body = {"ContactID": contact["ContactID"], "ContactStatus": "ARCHIVED"}
        step = ("contacts.update", {"ContactID": contact["ContactID"]}, body)
        if step not in self.undo:
            self.undo.append(step)
        return contact

    async def draft(self, contact: dict[str, Any]) -> dict[str, Any]:
        """Create a draft invoice; it is deleted at the end."""
        body = {
            "Type": "ACCREC",
            "Status": "DRAFT",
            "Contact": {"ContactID": contact["ContactID"]},
            "LineItems": [{"Description": self.mark, "Quantity": 1, "UnitAmount": 1}],
        }
        reply = await self.client.call("invoices.create", {"summarizeErrors": False}, body=[body])
        invoice: dict[str, Any] = records_of(reply)[0]
        if not is_refused(invoice):
            self.undo.insert(0, _end("invoices.update", "InvoiceID", invoice["InvoiceID"]))
        return invoice

    async def clean_up(self) -> list[str]:
        """Take everything back; the ids of what could not be."""
        left: list[str] = []
        for endpoint, params, body in self.undo:
            try:
                await self.client.call(endpoint, params, body=body)
            except XeroportError:
                left += params.values()
        return left


def is_refused(element: dict[str, Any]) -> bool:
    """Whether one answer of a batch is a refusal."""
    return element.get("StatusAttributeString") == "ERROR"


def _end(endpoint: str, key: str, identifier: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return endpoint, {key: identifier}, {key: identifier, "Status": "DELETED"}


async def replay(visit: Visit) -> Observation:
    """The same request twice under one Idempotency-Key."""
    key, name = str(uuid.uuid4()), f"{visit.mark} replay"
    ids = []
    for _ in range(2):
        reply = await visit.client.call(
            "contacts.create", body=[{"Name": name}], idempotency_key=key
        )
        ids.append(visit.took(records_of(reply)[0])["ContactID"])
    return observed(
        "idempotent-replay", len(set(ids)) == 1, f"{len(set(ids))} made by two requests"
    )


async def batch(visit: Visit) -> Observation:
    """A good record, a bad one and a good one in a single call."""
    names = [f"{visit.mark} first", "", f"{visit.mark} third"]
    reply = await visit.client.call(
        "contacts.create", {"summarizeErrors": False}, body=[{"Name": name} for name in names]
    )
    elements = records_of(reply)
    for element in elements:
        if not is_refused(element):
            visit.took(element)
    statuses = [str(element.get("StatusAttributeString")) for element in elements]
    held = statuses == ["OK", "ERROR", "OK"] and elements[2].get("Name") == names[2]
    return observed("one-answer-a-record", held, ", ".join(statuses))


async def clearing(visit: Visit) -> Observation:
    """An e-mail address, emptied by an update."""
    contact = await visit.contact(f"{visit.mark} clearing", EmailAddress=EMAIL)
    identifier = contact["ContactID"]
    body = {"ContactID": identifier, "EmailAddress": ""}
    await visit.client.call("contacts.update", {"ContactID": identifier}, body=body)
    after = records_of(await visit.client.call("contacts.get", {"ContactID": identifier}))[0]
    held = not after.get("EmailAddress")
    return observed("empty-clears", held, "cleared" if held else "the address stayed")


async def same_name(visit: Visit) -> Observation:
    """A second contact under the same name in capitals."""
    name = f"{visit.mark} twin"
    first = await visit.contact(name)
    try:
        second = await visit.contact(name.upper())
    except Refused as error:
        return Observation("name-is-unique", "held", f"refused, status {error.status}")
    held = second["ContactID"] == first["ContactID"]
    return observed("name-is-unique", held, "one contact" if held else "two contacts")


async def deleted_draft(visit: Visit) -> Observation:
    """A draft invoice that is deleted, in the delta since just before."""
    contact = await visit.contact(f"{visit.mark} draft")
    before = (await visit.client.call("organisation.get")).server_time - timedelta(seconds=2)
    invoice = await visit.draft(contact)
    endpoint, params, body = visit.undo.pop(0)
    await visit.client.call(endpoint, params, body=body)
    reply = await visit.client.call(
        "invoices.list", {"page": 1, "IDs": [invoice["InvoiceID"]]}, modified_since=before
    )
    statuses = [str(record.get("Status")) for record in records_of(reply)]
    return observed("deleted-in-delta", statuses == ["DELETED"], ", ".join(statuses) or "nothing")


async def archived_contact(visit: Visit) -> Observation:
    """A draft invoice for a contact that was archived just now."""
    contact = await visit.contact(f"{visit.mark} archived")
    endpoint, params, body = visit.undo.pop()
    await visit.client.call(endpoint, params, body=body)
    try:
        invoice = await visit.draft(contact)
    except Refused as error:
        return Observation("archived-contact-refused", "held", f"refused, status {error.status}")
    held = is_refused(invoice)
    return observed("archived-contact-refused", held, "refused" if held else "taken")


async def quote_update(visit: Visit) -> Observation:
    """A quote with terms, updated without naming them."""
    contact = await visit.contact(f"{visit.mark} quote")
    whole = {
        "Contact": {"ContactID": contact["ContactID"]},
        "Date": visit.client.today().isoformat(),
        "LineItems": [{"Description": visit.mark, "Quantity": 1, "UnitAmount": 1}],
    }
    reply = await visit.client.call("quotes.create", body=[{**whole, "Terms": visit.mark}])
    quote = records_of(reply)[0]
    change = {**whole, "QuoteID": quote["QuoteID"], "Reference": "changed"}
    await visit.client.call("quotes.update", {"QuoteID": quote["QuoteID"]}, body=change)
    after = records_of(await visit.client.call("quotes.get", {"QuoteID": quote["QuoteID"]}))[0]
    end = {**whole, "QuoteID": quote["QuoteID"], "Status": "DELETED"}
    visit.undo.insert(0, ("quotes.update", {"QuoteID": quote["QuoteID"]}, end))
    seen = "the terms were cleared" if not after.get("Terms") else "the terms stayed"
    seen += "" if after.get("QuoteNumber") == quote.get("QuoteNumber") else ", the number changed"
    return Observation("quote-update-clears", "held", seen)


WriteProbe = Callable[[Visit], Awaitable[Observation]]
WRITE_PROBES: dict[str, WriteProbe] = {
    "idempotent-replay": replay,
    "one-answer-a-record": batch,
    "empty-clears": clearing,
    "name-is-unique": same_name,
    "deleted-in-delta": deleted_draft,
    "archived-contact-refused": archived_contact,
    "quote-update-clears": quote_update,
}


async def write_probes(client: XeroClient) -> tuple[list[Observation], list[str]]:
    """All probes that write, one after another, and the ids of what could not be undone."""
    visit = Visit(client)
    seen: list[Observation] = []
    try:
        for assumption, probe in WRITE_PROBES.items():
            try:
                seen.append(await probe(visit))
            except DayLimitReached:
                raise
            except (XeroportError, LookupError) as error:
                seen.append(Observation(assumption, "unclear", type(error).__name__))
    finally:
        left = await visit.clean_up()
    return seen, left
