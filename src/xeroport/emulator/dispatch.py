"""From an endpoint to what answers it: lists, single records, writes, reports and the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from xeroport.catalogue.model import Endpoint
from xeroport.emulator import singles
from xeroport.emulator.attachments import attach, attachment_bytes, attachment_list
from xeroport.emulator.documents import email, online, pdf
from xeroport.emulator.history import add_notes, note_list
from xeroport.emulator.lists import listed
from xeroport.emulator.message import Reply, Request
from xeroport.emulator.owners import owner
from xeroport.emulator.render import head
from xeroport.emulator.trouble import Struck
from xeroport.emulator.writes import written

if TYPE_CHECKING:
    from xeroport.emulator.app import Application

Answer = Callable[["Application", Endpoint, dict[str, str], Request], Reply]

BY_NAME: dict[str, Answer] = {
    "budgets.get": singles.budget,
    "branding_themes.payment_services.list": singles.theme_services,
    "contacts.cis_settings": singles.contact_cis,
    "invoice_reminders.list": singles.reminders,
    "invoices.email": email,
    "invoices.online_invoice": online,
    "journals.get": singles.one_journal,
    "journals.get_by_number": singles.one_journal,
    "journals.list": singles.journal_list,
    "organisation.actions": singles.actions,
    "organisation.cis_settings": singles.organisation_cis,
}
BY_ENDING: tuple[tuple[str, Answer], ...] = (
    (".attachments.list", attachment_list),
    (".attachments.get", attachment_bytes),
    (".attachments.get_by_name", attachment_bytes),
    (".attachments.add", attach),
    (".attachments.replace", attach),
    (".history.list", note_list),
    (".history.add", add_notes),
    (".pdf", pdf),
)


def special(endpoint: Endpoint) -> Answer | None:
    """What answers an endpoint that is no plain list, record or write."""
    if endpoint.name.startswith("reports."):
        return singles.drawn
    for ending, found in BY_ENDING:
        if endpoint.name.endswith(ending):
            return found
    return BY_NAME.get(endpoint.name)


def answer(
    app: Application,
    endpoint: Endpoint,
    ids: dict[str, str],
    request: Request,
    struck: Struck | None = None,
) -> Reply:
    """The reply to an authorised call; `struck` names the faults that befall it."""
    found = special(endpoint)
    if found is not None:
        return found(app, endpoint, ids, request)
    if endpoint.is_write:
        return written(app, endpoint, ids, request)
    if not ids:
        return listed(app, endpoint, request, struck)
    _, record = owner(app, endpoint, ids)
    return app.enveloped(endpoint, request, head(app.now()), [record])
