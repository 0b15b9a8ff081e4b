"""What runs automatically: schedules, and when each was last due; add, pause, resume, remove."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport import logs, settings
from xeroport.console.jobs import permitted
from xeroport.console.jobs.choices import time_zones
from xeroport.console.web.cron_words import DAYS, PRESETS, as_cron
from xeroport.console.web.forms import choice, form_at, text
from xeroport.console.web.page_words import on_page
from xeroport.console.web.render import page, said
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.console.wording import moment
from xeroport.errors import UnknownName, XeroportError
from xeroport.jobs.alerts import alert_targets, mail, notify
from xeroport.jobs.schedule.job_kinds import sync_arguments
from xeroport.jobs.schedule.plan import (
    InstancePlan,
    interval_on_busiest_day,
    plan_for,
    plan_of,
    upcoming,
)
from xeroport.jobs.sync.options import chosen
from xeroport.secrets.vault import Secret
from xeroport.store import alert_places, instances, notices, places, schedulers, schedules
from xeroport.store.database import Store
from xeroport.store.schedules import Schedule

WHERE = "/schedules"
FIRINGS = 50
NOTHING_RUNS = "Nothing runs schedules now: have this console run them, or start `xeroport serve`."
FIELDS = ("instance", "every", "at", "day", "cron", "time_zone", "streams", "to", "notify")


def listing(
    request: Request,
    typed: dict[str, str] | None = None,
    wrong: XeroportError | None = None,
    *,
    typed_mail: dict[str, str] | None = None,
    **more: Any,
) -> HTMLResponse:
    """Every schedule, and a form for another. What was typed into a form that was refused stays
    there; `more` is a note that the page shows."""
    store = console(request).store
    now = datetime.now(UTC)
    with_firing = [
        (
            schedule,
            next(iter(schedules.firings(store, schedule.name, 1)), None),
            upcoming(schedule)[1:],
            _plan(store, schedule, now),
        )
        for schedule in schedules.all_schedules(store)
    ]
    return page(
        request,
        "schedules.html",
        here="schedules",
        schedules=with_firing,
        untold=[notice for notice in notices.waiting(store) if notice.problem is not None],
        instances=instances.all_instances(store),
        zones=time_zones(),
        given=typed or dict.fromkeys(FIELDS, ""),
        wrong=wrong,
        alert_places=alert_places.all_places(store),
        mail=alert_places.mail_server(store),
        typed_mail=typed_mail,
        presets=PRESETS,
        days=DAYS,
        **running(request),
        **more,
    )


def _plan(store: Store, schedule: Schedule, now: datetime) -> InstancePlan | None:
    try:
        return plan_of(store, schedule, now)
    except UnknownName:  # its instance is gone, which its runs say
        return None


def running(request: Request) -> dict[str, Any]:
    """What a page says of whether anything runs schedules."""
    state = console(request)
    return {
        "runs_them": schedulers.alive(state.store, datetime.now(UTC)),
        "runs_here": state.scheduler.is_running,
    }


def add(request: Request, form: FormData) -> Response:
    """Set the schedule of an instance."""
    store = console(request).store
    values = {name: text(form, name) for name in FIELDS}
    try:
        instance = instances.get(store, values["instance"])
        streams = values["streams"].replace(",", " ").split()
        cron, now = _cron(values), datetime.now(UTC)
        time_zone = settings.time_zone(values["time_zone"] or instance.time_zone)
        every = interval_on_busiest_day(cron, time_zone, now)
        plan = plan_for(store, instance.name, every, streams=chosen(streams))
        if plan.limit_known and not plan.fits:
            raise plan.problem
        schedule = schedules.put(
            store,
            instance.name,
            kind="sync",
            target=instance.name,
            cron=cron,
            time_zone=time_zone,
            now=now,
            arguments=_arguments(store, instance.name, streams, values["to"]),
            notify=alert_targets.from_console(store, values["notify"])
            if values["notify"]
            else None,
        )
    except XeroportError as error:
        return listing(request, values, error)
    return said(
        request,
        WHERE,
        f"`{schedule.name}` is synced next on "
        f"{moment(schedule.next_due, schedule.time_zone).rsplit(':', 1)[0]}. "
        + (
            f"It takes up to {plan.share:.0%} of the day's calls."
            if plan.fits
            else f"But {plan.problem.message}; {plan.problem.hint}."
        ),
        tone="good" if plan.fits else "warn",
        hint="" if schedulers.alive(store, datetime.now(UTC)) else NOTHING_RUNS,
    )


def _cron(given: dict[str, str]) -> str:
    return as_cron(
        given["every"], at=given["at"] or "06:00", day=given["day"] or "Monday", cron=given["cron"]
    )


def run_here(request: Request, form: FormData) -> Response:
    """Have this console run the schedules, or no longer."""
    scheduler = console(request).scheduler
    if choice(form, "do", "start", "stop") == "stop":
        scheduler.stop()
        return said(request, WHERE, "This console no longer runs schedules.")
    scheduler.start()
    return said(
        request,
        WHERE,
        "This console runs the schedules now, and whenever it is started again.",
        hint="They run while it is open; `xeroport serve` runs them without it.",
    )


def try_alert(request: Request, form: FormData) -> Response:
    """Send a test alert to what was typed."""
    store = console(request).store
    values = {name: text(form, name) for name in FIELDS}
    try:
        target = alert_targets.from_console(store, values["notify"])
    except XeroportError as error:
        return listing(request, values, error)
    problem = notify.try_out(store, target, now=datetime.now(UTC))
    note = ("good", "The test alert was accepted.", "")
    if problem is not None:
        note = ("bad", f"The test alert was not accepted: {on_page(problem)}", "")
    return listing(request, values, notes=[note])


def set_mail(request: Request, form: FormData) -> Response:
    """Set the mail server that alerts by e-mail go through."""
    store = console(request).store
    before = alert_places.mail_server(store)
    typed = {name: text(form, name) for name in ("host", "port", "security", "sender", "user")}
    try:
        server = mail.from_console(
            typed["host"],
            port=typed["port"],
            security=typed["security"] or "tls",
            sender=typed["sender"],
            user=typed["user"],
        )
    except XeroportError as error:
        return listing(request, None, error, typed_mail=typed)
    password = Secret(text(form, "password"))
    logs.hide(password.reveal())
    same = before is not None and (before.host, before.user) == (server.host, server.user)
    kept = before.password if same and before is not None and not password else password
    alert_places.name_host(store, server.host, by="console")
    alert_places.set_mail_server(store, replace(server, password=kept or None))
    return said(
        request,
        WHERE,
        f"Alerts by e-mail go through `{server.host}`.",
        hint="*Send a test alert* tries it.",
    )


def _arguments(store: Store, instance: str, streams: list[str], to: str) -> dict[str, Any]:
    """What the sync is kept with; a destination that the command line named brings its password."""
    streams = list(chosen(streams)) if streams else []
    if not to:
        return sync_arguments(store, instance, streams=streams)
    named = {place.shown: place.url for place in places.known(store, instance)}
    url = permitted.destination(store.home, to, named=named)
    to = named[url].reveal() if url in named else url
    return sync_arguments(store, instance, streams=streams, to=to)


def act(request: Request, form: FormData) -> Response:
    """Pause, resume or remove a schedule."""
    store = console(request).store
    name = schedules.get(store, text(form, "name")).name
    match text(form, "do"):
        case "pause":
            schedules.pause(store, name)
            return said(request, WHERE, f"`{name}` is paused.")
        case "resume":
            schedules.resume(store, name, datetime.now(UTC))
            return said(request, WHERE, f"`{name}` runs again from its next time.")
        case "remove":
            schedules.remove(store, name)
            return said(request, WHERE, f"The schedule `{name}` is removed.")
    return said(request, WHERE, "Nothing was chosen.", tone="warn")


def firings(request: Request) -> HTMLResponse:
    """The runs of one schedule that fell due, newest first."""
    store = console(request).store
    schedule = schedules.get(store, request.query_params.get("name", ""))
    return page(
        request,
        "firings.html",
        here="schedules",
        schedule=schedule,
        firings=schedules.firings(store, schedule.name, FIRINGS),
    )


ROUTES = [
    page_at(WHERE, listing),
    form_at(WHERE, add),
    form_at(f"{WHERE}/act", act),
    form_at(f"{WHERE}/run-here", run_here),
    form_at(f"{WHERE}/mail", set_mail),
    form_at(f"{WHERE}/try-alert", try_alert),
    page_at(f"{WHERE}/due", firings),
]
