"""What is done with a finished document: e-mail it, show it online, print it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from xeroport.catalogue.model import Endpoint
from xeroport.emulator.message import Reply, Request
from xeroport.emulator.owners import owner
from xeroport.emulator.pdf import printed
from xeroport.emulator.problems import invalid
from xeroport.emulator.render import compact, head

if TYPE_CHECKING:
    from xeroport.emulator.app import Application

MAILS_A_DAY = 1000
_SENDABLE = ("SUBMITTED", "AUTHORISED", "PAID")


def email(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Send an invoice to its contact: it counts as sent, and its history says so."""
    _, record = owner(app, endpoint, ids)
    identity = {"InvoiceID": record["InvoiceID"]}
    problems = []
    if record.get("Type") != "ACCREC":
        problems.append("Only sales invoices can be e-mailed.")
    if record.get("Status") not in _SENDABLE:
        problems.append("Only SUBMITTED, AUTHORISED and PAID invoices can be e-mailed.")
    contact_id = record.get("Contact", {}).get("ContactID")
    contact = app.organisation.tables["Contact"].get(contact_id)
    if not (contact or {}).get("EmailAddress"):
        problems.append("The contact has no e-mail address.")
    today = app.now().date().isoformat()
    if app.extras.mails.get(today, 0) >= MAILS_A_DAY:
        problems.append("The daily limit of e-mails has been reached.")
    if problems:
        raise invalid(identity, *problems)
    app.extras.mails[today] = app.extras.mails.get(today, 0) + 1
    app.organisation.save("Invoice", {**record, "SentToContact": True})
    return Reply(204)


def online(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """Where the contact can see an invoice; the address leads to no page."""
    _, record = owner(app, endpoint, ids)
    if record.get("Type") != "ACCREC" or record.get("Status") == "DRAFT":
        raise invalid(
            {"InvoiceID": record["InvoiceID"]},
            "An online invoice exists only for approved sales invoices.",
        )
    token = hashlib.sha256(record["InvoiceID"].encode()).hexdigest()[:40]
    shown = [{"OnlineInvoiceUrl": f"{request.origin}/online/{token}"}]
    return Reply(200, compact({**head(app.now()), "OnlineInvoices": shown}))


def pdf(app: Application, endpoint: Endpoint, ids: dict[str, str], request: Request) -> Reply:
    """The document as a PDF."""
    table, record = owner(app, endpoint, ids)
    content = printed(table.name, record, app.organisation.details, at=app.now())
    return Reply(200, content, "application/pdf")
