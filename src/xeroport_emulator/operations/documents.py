"""What is done with a finished document: e-mail it, show it online, print it."""

from __future__ import annotations

import hashlib

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.refusals import invalid
from xeroport_emulator.http.render import compact, head
from xeroport_emulator.operations.owners import owner
from xeroport_emulator.world import World

MAILS_A_DAY = 1000
_SENDABLE = ("SUBMITTED", "AUTHORISED", "PAID")


def email(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Send an invoice to its contact: it counts as sent, and its history says so."""
    _, record = owner(world, endpoint, ids)
    identity = {"InvoiceID": record["InvoiceID"]}
    problems = []
    if record.get("Type") != "ACCREC":
        problems.append("Only sales invoices can be e-mailed.")
    if record.get("Status") not in _SENDABLE:
        problems.append("Only SUBMITTED, AUTHORISED and PAID invoices can be e-mailed.")
    contact_id = record.get("Contact", {}).get("ContactID")
    contact = world.organisation.tables["Contact"].get(contact_id)
    if not (contact or {}).get("EmailAddress"):
        problems.append("The contact has no e-mail address.")
    today = world.now().date().isoformat()
    if world.extras.mails.get(today, 0) >= MAILS_A_DAY:
        problems.append("The daily limit of e-mails has been reached.")
    if problems:
        raise invalid(identity, *problems)
    world.extras.mails[today] = world.extras.mails.get(today, 0) + 1
    world.organisation.save("Invoice", {**record, "SentToContact": True})
    return Reply(204)


def online(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Where the contact can see an invoice; the address leads to no page."""
    _, record = owner(world, endpoint, ids)
    if record.get("Type") != "ACCREC" or record.get("Status") == "DRAFT":
        raise invalid(
            {"InvoiceID": record["InvoiceID"]},
            "An online invoice exists only for approved sales invoices.",
        )
    token = hashlib.sha256(record["InvoiceID"].encode()).hexdigest()[:40]
    shown = [{"OnlineInvoiceUrl": f"{request.origin}/online/{token}"}]
    return Reply(200, compact({**head(world.now()), "OnlineInvoices": shown}))


def pdf(world: World, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """The document as a PDF."""
    table, record = owner(world, endpoint, ids)
    from xeroport_emulator.operations.pdf import printed  # needs the extra `emulator`

    content = printed(table.name, record, world.organisation.details, at=world.now())
    return Reply(200, content, "application/pdf")
