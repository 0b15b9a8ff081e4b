"""One instance: its streams and how complete they are, budgets, the last runs; *Sync now*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xeroport.console.jobs import budget_gauges
from xeroport.console.jobs.run_progress import complete_note, shown
from xeroport.console.pages.schedules import running
from xeroport.console.reading import tables
from xeroport.console.reading.books_protocol import NoBooks
from xeroport.console.web.chosen_place import chosen, reading
from xeroport.console.web.forms import form_at
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console, instance_of
from xeroport.errors import XeroportError
from xeroport.plurals import counted
from xeroport.store import runs, schedules
from xeroport.store.database import Store
from xeroport.store.instances import Instance, budgets_of, schema_name
from xeroport.store.outbox import outbox
from xeroport.store.runs import Run


@dataclass(frozen=True)
class Stream:
    """One stream: what is held, and what its last run said."""

    name: str
    table: str | None
    rows: int | None
    at: datetime | None
    mode: str
    note: str
    is_complete: bool | None
    state: str

    @property
    def words(self) -> str:
        """Its name as people write it; xeroport's own stands beside it."""
        return self.name.replace("_", " ").capitalize()


def one(request: Request) -> HTMLResponse:
    """The instance's page."""
    state = console(request)
    instance = instance_of(request)
    recent = runs.recent(state.store, 8, instance=instance.name)
    busy = next((run for run in recent if run.status == "running"), None)
    held, unread = _held(request, instance)
    now = budgets_of(state.calls, instance).state()
    return page(
        request,
        "summary.html",
        here="summary",
        instance=instance,
        streams=_streams(request, instance, held),
        gauges=budget_gauges.gauges(now, instance),
        runs=[shown(run) for run in recent],
        busy=busy,
        progress=shown(busy) if busy else None,
        run=busy,
        can_stop=busy is not None and state.work.is_ours(busy.id),
        unread=unread,
        schema=schema_name(instance.name),
        home=home_of(state.store, instance, recent),
        needs=needs_of(state.store, instance),
        **running(request),
    )


@dataclass(frozen=True)
class Home:
    """What a person wants to know first: how fresh and how complete the copy is, what is next."""

    synced_at: datetime | None
    complete: int
    streams: int
    next_due: datetime | None


def home_of(store: Store, instance: Instance, recent: Sequence[Run]) -> Home:
    """The state of an organisation at a glance."""
    syncs = [run for run in recent if run.job == "sync" and run.status in ("done", "partial")]
    last = next(iter(syncs), None)
    streams = _lines_of(last) if last else []
    read = [stream for stream in streams if stream.get("status") != "not_allowed"]
    planned = [
        schedule
        for schedule in schedules.all_schedules(store)
        if schedule.target == instance.name and not schedule.paused
    ]
    first = min(planned, key=lambda schedule: schedule.next_due, default=None)
    return Home(
        synced_at=last.finished_at if last else None,
        complete=sum(stream.get("complete") is True for stream in read),
        streams=len(read),
        next_due=first.next_due if first else None,
    )


def needs_of(store: Store, instance: Instance) -> list[tuple[str, str]]:
    """What waits for a person: words, and where to go."""
    base = f"/instances/{instance.name}"
    needs = []
    if instance.health not in ("operational", None) and instance.checked:
        needs.append(("The connection does not work", f"{base}/settings"))
    waiting = outbox.totals(store, instance.name)
    held = waiting.get("held", 0)
    if held:
        words = counted(held, "proposal waits", "proposals wait")
        needs.append((f"{words} for your approval", f"{base}/proposals"))
    for status, one, many in (
        ("rejected", "record was rejected by Xero", "records were rejected by Xero"),
        ("unknown", "record may be in Xero or not", "records may be in Xero or not"),
    ):
        number = waiting.get(status, 0)
        if number:
            needs.append((counted(number, one, many), f"{base}/outbox?status={status}"))
    for schedule in schedules.all_schedules(store):
        if schedule.target == instance.name and schedule.failing_since:
            needs.append(("Its schedule fails", f"/schedules/due?name={schedule.name}"))
    last = next(iter(runs.recent(store, 1, instance=instance.name, job="sync")), None)
    if last and last.status in ("failed", "lost"):
        needs.append(("The last sync failed", f"/runs/{last.id}"))
    return needs


def _held(request: Request, instance: Instance) -> tuple[dict[str, int], XeroportError | None]:
    """Table → rows, and why nothing could be read."""
    try:
        with reading(request, instance) as books:
            return dict(tables.names(books, schema_name(instance.name))), None
    except NoBooks:
        return {}, None
    except XeroportError as error:
        return {}, error


def _streams(request: Request, instance: Instance, held: dict[str, int]) -> list[Stream]:
    """Every stream of the catalogue, those that hold something or said something first."""
    state = console(request)
    lines: dict[str, tuple[Run, dict[str, Any]]] = {}
    for run in reversed(runs.recent(state.store, 40, instance=instance.name, job="sync")):
        for line in _lines_of(run):
            lines[str(line.get("stream") or line.get("name"))] = (run, line)
    families = {family.record: family.table for family in tables.families().values()}
    records = {name: stream.record for name, stream in state.catalogue.streams.items()}
    listed = []
    for name in dict.fromkeys([*lines, *records]):
        known = (name, families.get(records.get(name) or ""))
        table = next((stream for stream in known if stream in held), None)
        last = lines.get(name)
        line = last[1] if last else {}
        listed.append(
            Stream(
                name=name,
                table=table,
                rows=held.get(table) if table else None,
                at=last[0].started_at if last else None,
                mode=str(line.get("mode") or ""),
                note=complete_note(line),
                is_complete=line.get("complete"),
                state=str(line.get("status") or ""),
            )
        )
    return sorted(listed, key=lambda stream: (stream.at is None, stream.name))


def _lines_of(run: Run) -> list[dict[str, Any]]:
    streams = run.report.get("streams", [])
    if isinstance(streams, dict):
        return [{"stream": name, **each} for name, each in streams.items()]
    return [stream for stream in streams if isinstance(stream, dict)]


def sync(request: Request, form: FormData) -> Response:
    """Start a sync and show its run."""
    words = ["--full"] if form.get("full") == "yes" else []
    state = console(request)
    instance = instance_of(request)
    for each in runs.recent(state.store, 8, instance=instance.name, job="sync"):
        if each.status == "running":
            return RedirectResponse(f"/runs/{each.id}", 303)
    into = chosen(request, instance).place.url
    run = state.work.start("sync", instance.name, *words, into=into, then=("ledger", instance.name))
    return RedirectResponse(f"/runs/{run}", 303)


ROUTES = [
    page_at("/instances/{instance}", one),
    form_at("/instances/{instance}/sync", sync),
]
