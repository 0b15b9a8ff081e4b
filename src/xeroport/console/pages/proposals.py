"""Proposals: documents that an agent, or `push --hold`, put into the outbox for a person to see.
Approve with a tick for each effect, or decline."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.pages.outbox import said_of
from xeroport.console.web.effects import Effect, as_effects, not_agreed
from xeroport.console.web.forms import choice, form_at, text
from xeroport.console.web.render import page, said
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console, instance_of
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.push import proposals
from xeroport.jobs.push.checked import EFFECTS
from xeroport.jobs.push.proposals import Proposal
from xeroport.store.outbox import decisions

SHOWN = 500


def listing(
    request: Request,
    wrong: XeroportError | None = None,
    ticked: frozenset[str] = frozenset(),
) -> HTMLResponse:
    """What waits for a person; what was `ticked` in a refused form stays so."""
    instance = instance_of(request)
    held = proposals.held(console(request).store, instance.name)[:SHOWN]
    chosen = [item for item in held if item.mark in ticked] or held
    return page(
        request,
        "proposals.html",
        here="proposals",
        instance=instance,
        held=held,
        verbs=EFFECTS,
        ticked=ticked,
        effects=_effects(chosen),
        words=proposals.described(chosen, instance.base_currency) if chosen else "",
        wrong=wrong,
    )


def _effects(chosen: list[Proposal]) -> tuple[Effect, ...]:
    return as_effects(Counter(effect for item in chosen for effect in item.effects))


def act(request: Request, form: FormData) -> Response:
    """Approve or decline the ticked proposals."""
    store = console(request).store
    instance = instance_of(request)
    where = f"/instances/{instance.name}/proposals"
    do = choice(form, "do", "approve", "decline")
    ticked = frozenset(str(value) for value in form.getlist("delivery"))
    chosen = [item for item in proposals.held(store, instance.name) if item.mark in ticked]
    if not ticked:
        return said(request, where, "Nothing was ticked.", tone="warn")
    if len(chosen) < len(ticked):
        wrong = InputError(
            "some of the proposals were changed or decided in the meantime",
            hint="check them again; nothing was sent",
        )
        return listing(request, wrong)
    person = text(form, "person")[:80]
    if not person:
        wrong = InputError("say who decides", hint="the name goes into the record's history")
        return listing(request, wrong, ticked)
    if do == "decline":
        deliveries = [item.delivery for item in chosen]
        reason = text(form, "reason")[:300]
        declined = decisions.decline(store, deliveries, person, reason, time.time())
        return said(request, where, f"{len(declined)} of {len(chosen)} are declined.")
    hint = "tick it if that is what you want; nothing was sent"
    if refused := not_agreed(_effects(chosen), form, hint):
        return listing(request, refused, ticked)
    done = asyncio.run(proposals.approve(store, instance.name, chosen, person=person))
    return said_of(request, where, done, f"Approved by {person}")


ROUTES = [
    page_at("/instances/{instance}/proposals", listing),
    form_at("/instances/{instance}/proposals", act),
]
