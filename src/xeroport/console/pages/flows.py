"""Flows: where each reads and writes, with counts; its runs; what was refused, and the cure."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xeroport.console.pages.flow_editor import drop_folder, edit
from xeroport.console.pages.schedules import running
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.render import page, said
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.errors import InputError
from xeroport.jobs.flow.corrections import correct, values_of
from xeroport.jobs.flow.registry import forget, overview, set_enabled, source_text, target_text
from xeroport.jobs.flow.run import load_flow
from xeroport.store import flows, runs

RUNS = 20
REFUSED = 200


def listing(request: Request) -> HTMLResponse:
    """Every flow."""
    found = overview(console(request).store)
    return page(request, "flows.html", here="flows", flows=found, **running(request))


def one(request: Request) -> HTMLResponse:
    """One flow: its picture, its file, its runs, what was refused."""
    store = console(request).store
    saved = flows.get(store, request.path_params["flow"])
    try:
        flow = load_flow(saved)
    except InputError:
        flow = None
    steps = [(target_text(step.target), step) for step in flow.steps] if flow else []
    refused = flows.refused(store, saved.name, REFUSED)
    wanted = request.query_params.get("correct", "")
    correcting = next(
        (
            refused_record
            for refused_record in refused
            if str(refused_record.id) == wanted and refused_record.status == "refused"
        ),
        None,
    )
    return page(
        request,
        "flow.html",
        here="flows",
        kept=saved,
        flow=flow,
        source=source_text(flow) if flow else "?",
        steps=steps,
        counts=flows.counts(store, saved.name),
        runs=[runs.get(store, number) for number in flows.runs_of(store, saved.name, RUNS)],
        refused=refused,
        correcting=correcting,
        values=values_of(correcting) if correcting else {},
        folder=drop_folder(console(request), flow),
    )


def act(request: Request, form: FormData) -> Response:
    """Run, enable or disable a flow, or send the refused records of its last run again."""
    state = console(request)
    name = flows.get(state.store, request.path_params["flow"]).name
    where = f"/flows/{name}"
    match text(form, "do"):
        case "run":
            return RedirectResponse(f"/runs/{state.work.start('flow', 'run', name)}", 303)
        case "retry":
            number = text(form, "run")
            if not number.isdecimal() or int(number) not in flows.runs_of(state.store, name, 1000):
                raise InputError(f"`{name}` has no run `{number}`")
            return RedirectResponse(f"/runs/{state.work.start('flow', 'retry', number)}", 303)
        case "edit":
            return RedirectResponse(edit(state, name), 303)
        case "correct":
            return _correct(request, name, form)
        case "remove":
            if text(form, "sure") != "yes":
                return said(request, where, "Nothing was removed.", tone="warn", hint="Tick it.")
            forget(state.store, name)
            return said(request, "/flows", f"The flow `{name}` is removed.")
        case "enable":
            set_enabled(state.store, name, True, datetime.now(UTC))
            return said(request, where, f"`{name}` is enabled.")
        case "disable":
            set_enabled(state.store, name, False, datetime.now(UTC))
            return said(request, where, f"`{name}` does not run until it is enabled again.")
    return said(request, where, "Nothing was chosen.", tone="warn")


def _correct(request: Request, name: str, form: FormData) -> Response:
    """Change what the source gave for a refused record, and send it again."""
    state = console(request)
    number = text(form, "record")
    if not number.isdecimal() or len(number) > 15:
        raise InputError("there is no such record", hint="reload the page")
    places = [str(place) for place in form.getlist("place")]
    texts = [str(value) for value in form.getlist("value")]
    values = dict(zip(places, texts, strict=False))
    run = correct(state.store, name, int(number), values, now=datetime.now(UTC))
    return RedirectResponse(f"/runs/{state.work.start('flow', 'retry', str(run))}", 303)


ROUTES = [
    page_at("/flows", listing),
    page_at("/flows/{flow}", one),
    form_at("/flows/{flow}", act),
]
