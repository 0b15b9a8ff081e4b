"""Every run with its figures; one run with its log, live while it runs; stopping it."""

from __future__ import annotations

import msgspec
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport.console.jobs.run_progress import shown
from xeroport.console.web.address_numbers import run_number, whole
from xeroport.console.web.forms import form_at
from xeroport.console.web.render import page, said
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.store import instances, runs

STEP = 50
MOST = 1000
JOBS = ("sync", "push", "flow", "webhook")


def listing(request: Request) -> HTMLResponse:
    """The latest runs, of all instances or of one."""
    store = console(request).store
    names = [instance.name for instance in instances.all_instances(store)]
    query = request.query_params
    instance = query.get("instance") if query.get("instance") in names else None
    job = query.get("job") if query.get("job") in JOBS else None
    limit = whole(query.get("show"), STEP, high=MOST)
    recent = runs.recent(store, limit + 1, instance=instance, job=job)
    return page(
        request,
        "runs.html",
        here="runs",
        runs=[shown(run) for run in recent[:limit]],
        names=names,
        instance=instance,
        job=job,
        jobs=JOBS,
        more=min(limit + STEP, MOST) if len(recent) > limit and limit < MOST else None,
    )


def one(request: Request) -> HTMLResponse:
    """One run."""
    state = console(request)
    run = runs.get(state.store, run_number(request))
    report = msgspec.json.format(msgspec.json.encode(run.report), indent=2).decode()
    return page(
        request,
        "run.html",
        here="runs",
        run=run,
        flow=run.arguments.get("flow") if run.job == "flow" else None,
        progress=shown(run),
        lines=runs.lines(state.store, run.id),
        report=report if run.report else "",
        upload=state.uploads.of_run(run.instance, run.id) if run.job == "push" else None,
        counts=run.report.get("counts") or {},
        can_stop=state.work.is_ours(run.id),
    )


def stop(request: Request, _: FormData) -> Response:
    """Stop a run cleanly."""
    number = run_number(request)
    if runs.get(console(request).store, number).status != "running":
        return said(request, f"/runs/{number}", "It has ended already.", tone="warn")
    console(request).work.stop(number)
    return said(request, f"/runs/{number}", "Stopping. What is done so far is saved.", tone="busy")


def report(request: Request) -> Response:
    """A run's report as JSON, to keep or to send on."""
    run = runs.get(console(request).store, run_number(request))
    return Response(
        msgspec.json.encode(run.report),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="run-{run.id}.json"'},
    )


ROUTES = [
    page_at("/runs", listing),
    page_at("/runs/{run}", one),
    page_at("/runs/{run}/report.json", report),
    form_at("/runs/{run}/stop", stop),
]
