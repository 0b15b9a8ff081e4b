"""Taking back what a push run made in Xero: what would happen to each record, a tick for each
effect, then the undo through the outbox."""

from __future__ import annotations

import asyncio
from collections import Counter

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.pages.outbox import said_of
from xeroport.console.web.address_numbers import run_number
from xeroport.console.web.effects import Effect, as_effects, not_agreed
from xeroport.console.web.forms import form_at
from xeroport.console.web.render import page, said
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.errors import XeroportError
from xeroport.jobs.push import undo_run as undo
from xeroport.jobs.push.undo_run import UndoPlan
from xeroport.store import runs

SHOWN = 500


def _plan(request: Request) -> UndoPlan:
    store = console(request).store
    return asyncio.run(undo.plan(store, runs.get(store, run_number(request)).id))


def _effects(planned: UndoPlan) -> tuple[Effect, ...]:
    return as_effects(Counter(undoing.effect for undoing in planned.undoings))


def review(
    request: Request, planned: UndoPlan | None = None, wrong: XeroportError | None = None
) -> HTMLResponse:
    """What undoing the run would do; Xero is asked what the records are now, unless that was
    `planned` just before."""
    planned = planned or _plan(request)
    return page(
        request,
        "undo.html",
        here="runs",
        run=planned.run,
        undoings=planned.undoings[:SHOWN],
        more=len(planned.undoings) - SHOWN,
        kept=planned.kept[:SHOWN],
        effects=_effects(planned),
        wrong=wrong,
    )


def carry_out(request: Request, form: FormData) -> Response:
    """Undo what was agreed to."""
    planned = _plan(request)
    where = f"/runs/{planned.run}"
    if not planned.undoings:
        return said(request, where, "Nothing of this run can be undone.", tone="warn")
    if wrong := not_agreed(_effects(planned), form, "tick it if that is what you want"):
        return review(request, planned, wrong)
    done = asyncio.run(undo.undo(console(request).store, planned))
    return said_of(request, where, done, f"Undo of run {planned.run}", sent="undone")


ROUTES = [
    page_at("/runs/{run}/undo", review, "act"),
    form_at("/runs/{run}/undo", carry_out),
]
