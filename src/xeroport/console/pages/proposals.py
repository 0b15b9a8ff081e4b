"""Proposals: documents that an agent, or `push --hold`, put into the outbox for a person to see.
Approve with a tick for each effect, or decline."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.web.effects import Effect, as_effects, not_agreed
from xeroport.console.web.forms import choice, form, text
from xeroport.console.web.render import page, said
from xeroport.console.web.roles import form_at, page_at
from xeroport.console.web.state import console
from xeroport.console.web.wording import badge
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.push import proposals
from xeroport.jobs.push.proposals import Proposal
from xeroport.store import instances
from xeroport.store.instances import Instance
from xeroport.store.outbox import decisions

SHOWN = 500


def listing(request: Request) -> HTMLResponse:
    """What waits for a person."""
    instance = instances.get(console(request).store, request.path_params["instance"])
    return _page(request, instance)


def _page(
    request: Request,
    instance: Instance,
    *,
    ticked: frozenset[str] = frozenset(),
    wrong: XeroportError | None = None,
) -> HTMLResponse:
    held = proposals.held(console(request).store, instance.name)[:SHOWN]
    chosen = [item for item in held if item.mark in ticked] or held
    return page(
        request,
        "proposals.html",
        status=422 if wrong else 200,
        here="proposals",
        instance=instance,
        held=held,
        verbs=proposals.VERBS,
        ticked=ticked,
        effects=_effects(chosen),
        words=proposals.described(chosen, instance.base_currency) if chosen else "",
        wrong=wrong,
    )


def _effects(chosen: list[Proposal]) -> tuple[Effect, ...]:
    counts: Counter[str] = Counter()
    for item in chosen:
        counts.update(item.effects)
    return as_effects(counts)


async def act(request: Request) -> Response:
    """Approve or decline the ticked proposals."""
    return await run_in_threadpool(_act, request, await form(request))


def _act(request: Request, found: FormData) -> Response:
    store = console(request).store
    instance = instances.get(store, request.path_params["instance"])
    where = f"/instances/{instance.name}/proposals"
    do = choice(found, "do", "approve", "decline")
    ticked = frozenset(str(value) for value in found.getlist("delivery"))
    chosen = [item for item in proposals.held(store, instance.name) if item.mark in ticked]
    if not ticked:
        return said(request, where, "Nothing was ticked.", tone="warn")
    if len(chosen) < len(ticked):
        wrong = InputError(
            "some of the proposals were changed or decided in the meantime",
            hint="check them again; nothing was sent",
        )
        return _page(request, instance, wrong=wrong)
    person = text(found, "person")[:80]
    if not person:
        wrong = InputError("say who decides", hint="the name goes into the record's history")
        return _page(request, instance, ticked=ticked, wrong=wrong)
    if do == "decline":
        deliveries = [item.delivery for item in chosen]
        reason = text(found, "reason")[:300]
        declined = decisions.decline(store, deliveries, person, reason, time.time())
        return said(request, where, f"{len(declined)} of {len(chosen)} are declined.")
    if missing := not_agreed(_effects(chosen), found):
        words = " ".join(effect.words for effect in missing)
        wrong = InputError(words, hint="tick it if that is what you want; nothing was sent")
        return _page(request, instance, ticked=ticked, wrong=wrong)
    done = asyncio.run(proposals.approve(store, instance.name, chosen, person=person))
    if done.stopped is not None:
        hint = done.stopped.hint or ""
        return said(request, where, done.stopped.message, tone="bad", hint=hint)
    counts = Counter(result.status for result in done.results)
    words = ", ".join(f"{n:,} {badge(status)[1].lower()}" for status, n in counts.items())
    tone = "good" if set(counts) <= {"sent"} else "warn"
    return said(request, where, f"Approved by {person}: {words}.", tone=tone)


ROUTES = [
    page_at("/instances/{instance}/proposals", listing),
    form_at("/instances/{instance}/proposals", act),
]
