"""From an endpoint to what answers it: lists, single records, writes, reports and the rest."""

from __future__ import annotations

from collections.abc import Callable

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.gateway.faults import Struck
from xeroport_emulator.http.message import Reply, Request
from xeroport_emulator.http.render import head
from xeroport_emulator.operations import singles
from xeroport_emulator.operations.attachments import attach, attachment_bytes, attachment_list
from xeroport_emulator.operations.documents import email, online, pdf
from xeroport_emulator.operations.history import add_notes, note_list
from xeroport_emulator.operations.owners import owner
from xeroport_emulator.operations.writes import written
from xeroport_emulator.query.lists import listed
from xeroport_emulator.world import World

Answer = Callable[[World, Endpoint, dict[str, str], Request], Reply]

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
    world: World,
    endpoint: Endpoint,
    ids: dict[str, str],
    request: Request,
    struck: Struck | None = None,
) -> Reply:
    """The reply to an authorised call; `struck` names the faults that befall it."""
    found = special(endpoint)
    if found is not None:
        return found(world, endpoint, ids, request)
    if endpoint.is_write:
        return written(world, endpoint, ids, request)
    if not ids:
        return listed(world, endpoint, request, struck)
    _, record = owner(world, endpoint, ids)
    return world.enveloped(
        endpoint, request, head(world.now(), endpoint.record), [record], single=True
    )
