"""The outbox: every record on its way into Xero, with what is stuck; retry and discard."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import get_args

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.web.effects import Effect, as_effects, not_agreed
from xeroport.console.web.forms import choice, form_at, text
from xeroport.console.web.render import page, said, said_wrong
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console, instance_of
from xeroport.console.wording import badge
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.push.dry_run import preview_of
from xeroport.jobs.push.resend import ResendResult, resend
from xeroport.store.outbox import outbox
from xeroport.store.outbox.enqueuing import DueRecord
from xeroport.store.outbox.outbox import Delivery, Status

SHOWN = 500


def listing(
    request: Request, wrong: XeroportError | None = None, form: FormData | None = None
) -> HTMLResponse:
    """The outbox of an instance, narrowed by status and endpoint; the ticks of a `form` that could
    not be done stay."""
    state = console(request)
    instance = instance_of(request)
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
        here="outbox",
        instance=instance,
        counts=counts,
        statuses=get_args(Status),
        only=status,
        endpoint=endpoint,
        deliveries=deliveries[:SHOWN],
        more=len(deliveries) > SHOWN,
        wrong=wrong,
        ticked=_ticked(form) if form else frozenset(),
        is_sure=form is not None and text(form, "sure") == "yes",
        reason=text(form, "reason") if form else "",
    )


def _ticked(form: FormData) -> frozenset[str]:
    return frozenset(str(number) for number in form.getlist("delivery"))


def act(request: Request, form: FormData) -> Response:
    """Retry or discard the ticked deliveries."""
    state = console(request)
    instance = instance_of(request)
    where = f"/instances/{instance.name}/outbox"
    do = choice(form, "do", "retry", "discard")
    ticked = _ticked(form)
    chosen = [
        delivery
        for delivery in outbox.deliveries(state.store, instance.name)
        if str(delivery.id) in ticked
    ]
    if not chosen:
        wrong = InputError("nothing was ticked", hint="tick the records you mean")
        return listing(request, wrong, form)
    if do == "retry":
        effects = _effects(request, chosen)
        if not_agreed(effects, form, "tick it if that is what you want"):
            return page(
                request,
                "outbox_confirm.html",
                here="outbox",
                instance=instance,
                effects=effects,
                chosen=chosen,
                sure=text(form, "sure"),
            )
        return _retry(request, instance.name, chosen, sure=text(form, "sure") == "yes")
    reason = text(form, "reason")
    if not reason:
        wrong = InputError("a discarded record needs a reason", hint="say why they are discarded")
        return listing(request, wrong, form)
    done = sum(_discard(request, delivery, reason) for delivery in chosen)
    return said(request, where, f"{done} of {len(chosen)} are discarded.")


def _effects(request: Request, chosen: list[Delivery]) -> tuple[Effect, ...]:
    """What sending these again would do that cannot be taken back."""
    due = (
        DueRecord(item.send_by, item.ids, item.body, 1) for item in chosen if item.status != "sent"
    )
    return as_effects(preview_of(due).effects)


def _retry(request: Request, name: str, chosen: list[Delivery], *, sure: bool) -> Response:
    """Send again what was ticked and look the unknown up in Xero; `sure` sends those again too."""
    store = console(request).store
    if sure:
        for each in chosen:
            if each.status == "unknown":
                outbox.retry(store, each)
    done = asyncio.run(resend(store, name, chosen))
    return said_of(request, f"/instances/{name}/outbox", done, "Tried again")


def said_of(
    request: Request, where: str, done: ResendResult, begin: str, *, sent: str = "sent"
) -> Response:
    """Go to a page and say there what became of deliveries."""
    if done.stopped is not None:
        return said_wrong(request, where, done.stopped)
    counts = Counter(result.status for result in done.results)
    words = ", ".join(
        f"{number:,} {sent if status == 'sent' else badge(status)[1].lower()}"
        for status, number in counts.items()
    )
    tone = "good" if set(counts) <= {"sent"} else "warn"
    return said(request, where, f"{begin}: {words}.", tone=tone)


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
