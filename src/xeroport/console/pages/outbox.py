"""The outbox: every record on its way into Xero, with what is stuck; retry and discard."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import get_args

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
from xeroport.jobs.push.checked import effects_of
from xeroport.jobs.push.resend import resend
from xeroport.store import instances
from xeroport.store.outbox import outbox
from xeroport.store.outbox.outbox import Delivery, Due, Status

SHOWN = 500


def listing(request: Request) -> HTMLResponse:
    """The outbox of an instance, narrowed by status and endpoint."""
    return _listing(request)


def _listing(
    request: Request, wrong: XeroportError | None = None, found: FormData | None = None
) -> HTMLResponse:
    """The same; `found` is the form that could not be done, whose ticks stay."""
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    counts = outbox.counts(state.store, instance.name)
    asked = request.query_params.get("status")
    status = next((arg for arg in get_args(Status) if arg == asked), None)
    endpoint = request.query_params.get("endpoint")
    endpoint = endpoint if endpoint in counts else None
    deliveries = list(
        outbox.deliveries(
            state.store,
            instance.name,
            status=(status,) if status else (),
            endpoint=endpoint,
            limit=SHOWN + 1,
        )
    )
    return page(
        request,
        "outbox.html",
        status=422 if wrong else 200,
        here="outbox",
        instance=instance,
        counts=counts,
        statuses=get_args(Status),
        only=status,
        endpoint=endpoint,
        deliveries=deliveries[:SHOWN],
        more=len(deliveries) > SHOWN,
        wrong=wrong,
        ticked=_ticked(found) if found else frozenset(),
        is_sure=found is not None and text(found, "sure") == "yes",
        reason=text(found, "reason") if found else "",
    )


def _ticked(found: FormData) -> frozenset[str]:
    return frozenset(str(number) for number in found.getlist("delivery"))


async def act(request: Request) -> Response:
    """Retry or discard the ticked deliveries."""
    return await run_in_threadpool(_act, request, await form(request))


def _act(request: Request, found: FormData) -> Response:
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    where = f"/instances/{instance.name}/outbox"
    do = choice(found, "do", "retry", "discard")
    ticked = _ticked(found)
    chosen = [
        delivery
        for delivery in outbox.deliveries(state.store, instance.name)
        if str(delivery.id) in ticked
    ]
    if not chosen:
        wrong = InputError("nothing was ticked", hint="tick the records you mean")
        return _listing(request, wrong, found)
    if do == "retry":
        effects = _effects(request, chosen)
        if not_agreed(effects, found):
            return page(
                request,
                "outbox_confirm.html",
                here="outbox",
                instance=instance,
                effects=effects,
                chosen=chosen,
                sure=text(found, "sure"),
            )
        return _retry(request, instance.name, chosen, sure=text(found, "sure") == "yes")
    reason = text(found, "reason")
    if not reason:
        wrong = InputError("a discarded record needs a reason", hint="say why they are discarded")
        return _listing(request, wrong, found)
    done = sum(_discard(request, delivery, reason) for delivery in chosen)
    return said(request, where, f"{done} of {len(chosen)} are discarded.")


def _effects(request: Request, chosen: list[Delivery]) -> tuple[Effect, ...]:
    """What sending these again would do that cannot be taken back."""
    due = (Due(item.send_by, item.ids, item.body, 1) for item in chosen if item.status != "sent")
    return as_effects(effects_of(due))


def _retry(request: Request, name: str, chosen: list[Delivery], *, sure: bool) -> Response:
    """Send again what was ticked and look the unknown up in Xero; `sure` sends those again too."""
    store = console(request).store
    if sure:
        for each in chosen:
            if each.status == "unknown":
                outbox.retry(store, each)
    done = asyncio.run(resend(store, name, chosen))
    counts = Counter(result.status for result in done.results)
    became = ", ".join(f"{number} {badge(status)[1].lower()}" for status, number in counts.items())
    where = f"/instances/{name}/outbox"
    if done.stopped is not None:
        stopped = done.stopped
        return said(request, where, stopped.message, tone="bad", hint=stopped.hint or "")
    tone = "good" if set(counts) <= {"sent"} else "warn"
    return said(request, where, f"Tried again: {became}.", tone=tone)


def _discard(request: Request, delivery: Delivery, reason: str) -> bool:
    try:
        outbox.discard(console(request).store, delivery, reason, time.time())
    except InputError:
        return False
    return True


ROUTES = [
    page_at("/instances/{instance}/outbox", listing),
    form_at("/instances/{instance}/outbox", act),
]
