"""What runs by itself: schedules with their last and next runs; add, pause, resume, remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from xeroport.console.forms import form, text
from xeroport.console.render import page, said
from xeroport.console.state import console
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.runners import sync_arguments
from xeroport.store import instances, schedules
from xeroport.store.schedules import Firing, Schedule

USUAL = {
    "*/15 * * * *": "every 15 minutes",
    "*/30 * * * *": "every 30 minutes",
    "0 * * * *": "every hour",
    "0 */6 * * *": "every six hours",
    "0 2 * * *": "every night at 2:00",
    "0 6 * * 1-5": "on weekdays at 6:00",
}
FIRINGS = 100


@dataclass(frozen=True)
class Shown:
    """One schedule with the last run that fell due, and what its times mean."""

    schedule: Schedule
    words: str
    last: Firing | None


def listing(request: Request) -> HTMLResponse:
    """All schedules, and a form for another."""
    return _listing(request, None)


def _listing(request: Request, wrong: XeroportError | None) -> HTMLResponse:
    store = console(request).store
    found = [
        Shown(each, USUAL.get(each.cron, each.cron), _last(request, each.name))
        for each in schedules.all_schedules(store)
    ]
    return page(
        request,
        "schedules.html",
        status=422 if wrong else 200,
        here="schedules",
        schedules=found,
        names=[each.name for each in instances.all_instances(store)],
        usual=USUAL,
        wrong=wrong,
    )


def _last(request: Request, name: str) -> Firing | None:
    found = schedules.firings(console(request).store, name, 1)
    return found[0] if found else None


def one(request: Request) -> HTMLResponse:
    """One schedule with the runs that fell due."""
    store = console(request).store
    found = schedules.get(store, str(request.path_params["name"]))
    return page(
        request,
        "schedule.html",
        here="schedules",
        schedule=found,
        words=USUAL.get(found.cron, found.cron),
        firings=schedules.firings(store, found.name, FIRINGS),
    )


async def put(request: Request) -> Response:
    """Sync an instance at times."""
    return await run_in_threadpool(_put, request, await form(request))


def _put(request: Request, found: FormData) -> Response:
    store = console(request).store
    try:
        instance = instances.get(store, text(found, "instance"))
        made = schedules.put(
            store,
            instance.name,
            kind="sync",
            target=instance.name,
            cron=text(found, "own") or text(found, "cron"),
            time_zone=instance.time_zone,
            now=datetime.now(UTC),
            arguments=sync_arguments(store, streams=(), to=None),
        )
    except XeroportError as error:
        return _listing(request, error)
    return said(
        request, "/schedules", f"{made.target} is synced {USUAL.get(made.cron, made.cron)}."
    )


async def act(request: Request) -> Response:
    """Pause, resume or remove a schedule."""
    return await run_in_threadpool(_act, request, await form(request))


def _act(request: Request, found: FormData) -> Response:
    store = console(request).store
    name = schedules.get(store, str(request.path_params["name"])).name
    done = text(found, "do")
    if done == "pause":
        schedules.pause(store, name)
        return said(request, "/schedules", f"{name} is paused.")
    if done == "resume":
        schedules.resume(store, name, datetime.now(UTC))
        return said(request, "/schedules", f"{name} goes on.")
    if done == "remove":
        schedules.remove(store, name)
        return said(request, "/schedules", f"The schedule {name} is removed.")
    raise InputError("a schedule can be paused, resumed or removed")


ROUTES = [
    Route("/schedules", listing),
    Route("/schedules", put, methods=["POST"]),
    Route("/schedules/{name}", one),
    Route("/schedules/{name}", act, methods=["POST"]),
]
