"""The webhook inbox: what Xero reported, and how far it was brought in; signing keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport import logs
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.guard import is_loopback
from xeroport.console.web.render import page, said, said_wrong
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.errors import InputError
from xeroport.jobs.schedule import polling
from xeroport.jobs.webhooks.events import RECORDS, TEST, check_key, test_delivery
from xeroport.server.delivering import Address, deliver, own_receiver
from xeroport.store import inbox, instances, schedulers, schedules

WHERE = "/webhooks-inbox"
STEP = 100
MOST = 2000
TAKEN = (200, 401)
"""What a signed delivery and a wrongly signed one are answered with."""


def listing(request: Request) -> HTMLResponse:
    """Inboxes with a key, and the latest events of all or of one instance."""
    store = console(request).store
    names = [instance.name for instance in instances.all_instances(store)]
    only = request.query_params.get("instance")
    only = only if only in names else None
    limit = whole(request.query_params.get("show"), STEP, high=MOST)
    found = inbox.recent(store, only, limit + 1)
    return page(
        request,
        "inbox.html",
        here="inbox",
        base=_address(request),
        inboxes=inbox.overview(store),
        polled={
            schedule.target for schedule in schedules.all_schedules(store) if not schedule.paused
        },
        names=names,
        only=only,
        kept=found[:limit],
        streams=RECORDS,
        test=TEST,
        more=min(limit + STEP, MOST) if len(found) > limit and limit < MOST else None,
    )


def _address(request: Request) -> str:
    """By which address Xero reaches the receiver, as far as is known here: that of this page,
    unless only this machine has it. Xero delivers over HTTPS alone."""
    host = request.url.hostname or ""
    return "https://YOUR-HOST" if is_loopback(host) else f"https://{request.url.netloc}"


def set_key(request: Request, form: FormData) -> Response:
    """Keep a signing key, sealed."""
    store = console(request).store
    name = instances.get(store, text(form, "instance")).name
    try:
        key = check_key(text(form, "key"))
    except InputError as error:
        return said_wrong(request, WHERE, error)
    logs.hide(key.reveal())
    polling.listen(store, name, key, now=datetime.now(UTC))
    return said(
        request,
        WHERE,
        f"The signing key of `{name}` is saved.",
        hint="*Send a test delivery* tries it; in the app at Xero, enter the address below.",
    )


def try_delivery(request: Request, form: FormData) -> Response:
    """Sign a delivery with the key that is kept, and send it to the receiver of Xero's."""
    store = console(request).store
    instance = instances.get(store, text(form, "instance"))
    try:
        key = inbox.key(store, instance.name)
    except InputError as error:
        return said_wrong(request, WHERE, error)
    now = datetime.now(UTC)
    body, signed = test_delivery(
        key, tenant=instance.tenant_id or "", at=f"{now:%Y-%m-%dT%H:%M:%S}"
    )
    wrong = f"not {signed}"
    answers = _answers(request, instance.name, body, (signed, wrong))
    if answers.statuses != TAKEN:
        return said(
            request,
            WHERE,
            f"The test delivery was answered with {answers.statuses[0]}, a wrongly signed one "
            f"with {answers.statuses[1]}.",
            tone="bad",
            hint="see the log of this console",
        )
    return said(
        request,
        f"{WHERE}?instance={instance.name}",
        "The signed test delivery was accepted; one with a wrong signature was refused.",
        hint="It is the first event below."
        if answers.by_serve
        else "For Xero's own deliveries start `xeroport serve`, which listens for them.",
    )


@dataclass(frozen=True)
class DeliveryAnswers:
    """The statuses that deliveries were answered with; `by_serve` where `xeroport serve` did."""

    statuses: tuple[int, ...]
    by_serve: bool


def _answers(
    request: Request, name: str, body: bytes, signatures: tuple[str, ...]
) -> DeliveryAnswers:
    """Send a delivery under each signature over HTTP: to the receiver of `serve` where this page
    comes from one, else to one that is opened for it."""

    def sent_to(address: Address) -> tuple[int, ...]:
        return tuple(deliver(address, name, body, signature) for signature in signatures)

    store = console(request).store
    if "serve" in schedulers.alive(store, datetime.now(UTC)):
        statuses = sent_to(request.scope["server"])
        if statuses == TAKEN:
            return DeliveryAnswers(statuses, by_serve=True)
    with own_receiver(store) as address:
        return DeliveryAnswers(sent_to(address), by_serve=False)


ROUTES = [
    page_at(WHERE, listing),
    form_at(f"{WHERE}/key", set_key),
    form_at(f"{WHERE}/try", try_delivery),
]
