"""Push a file: upload → columns and all problems → dry run → send → results per record."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from xeroport.console import fitting
from xeroport.console.fitting import Fitted
from xeroport.console.forms import form, text
from xeroport.console.numbers import whole
from xeroport.console.render import page
from xeroport.console.state import Console, console
from xeroport.console.uploads import Upload
from xeroport.errors import InputError, UnknownName, XeroportError
from xeroport.jobs import mapping
from xeroport.jobs.examine import Guard
from xeroport.jobs.push import Order, push_async
from xeroport.jobs.push_report import PushReport
from xeroport.store import instances, outbox
from xeroport.store.instances import Instance

FIRST = ("invoices.create", "invoices.upsert", "contacts.upsert", "items.upsert")
"""What is pushed most, on top of the list."""
PAGE = 200
SHOWN_PROBLEMS = 300


@dataclass(frozen=True)
class Reviewed:
    """What a look at an upload found out; `wrong` where it cannot even be read."""

    fitted: Fitted | None
    report: PushReport | None
    wrong: XeroportError | None


def start(request: Request) -> HTMLResponse:
    """The upload form, earlier uploads, and the state of the outbox."""
    return _start(request, None)


def _start(request: Request, wrong: XeroportError | None) -> HTMLResponse:
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    counts: dict[str, int] = {}
    for by_status in outbox.counts(state.store, instance.name).values():
        for status, number in by_status.items():
            counts[status] = counts.get(status, 0) + number
    return page(
        request,
        "push.html",
        status=422 if wrong else 200,
        here="push",
        instance=instance,
        endpoints=_writable(state),
        first=FIRST,
        recent=[
            (e, datetime.fromtimestamp(e.at, UTC)) for e in state.uploads.recent(instance.name)
        ],
        counts=counts,
        wrong=wrong,
    )


def _writable(state: Console) -> list[str]:
    """The endpoints that rows of a file can go to."""
    return [
        each.name
        for each in state.catalogue.endpoints
        if each.is_write and each.body != "binary" and each.retired is None
    ]


async def upload(request: Request) -> Response:
    """Take a file in."""
    found = await form(request, files=1)
    return await run_in_threadpool(_upload, request, found)


def _upload(request: Request, found: FormData) -> Response:
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    try:
        file = _file(found)
        endpoint = text(found, "endpoint")
        if endpoint not in _writable(state):
            raise UnknownName("endpoint to push to", endpoint, _writable(state))
        kept = state.uploads.keep(
            file.file, instance=instance.name, name=file.filename or "", endpoint=endpoint
        )
    except XeroportError as error:
        return _start(request, error)
    return RedirectResponse(_address(kept), 303)


def _file(found: FormData) -> UploadFile:
    file = found.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise InputError("no file was chosen", hint="choose one, then press the button")
    return file


def _address(kept: Upload) -> str:
    return f"/instances/{kept.instance}/push/{kept.id}"


def _found(request: Request) -> tuple[Console, Instance, Upload]:
    state = console(request)
    instance = instances.get(state.store, request.path_params["instance"])
    return state, instance, state.uploads.find(instance.name, str(request.path_params["upload"]))


def review(request: Request) -> HTMLResponse:
    """Columns, problems and the dry run of an upload."""
    state, instance, kept = _found(request)
    looked = _look(state, kept)
    endpoint = state.catalogue.endpoint(kept.endpoint)
    return page(
        request,
        "push_review.html",
        here="push",
        instance=instance,
        upload=kept,
        endpoints=_writable(state),
        fields=fitting.fields_of(state.catalogue, endpoint),
        fitted=looked.fitted,
        report=looked.report,
        wrong=looked.wrong,
        errors=[e for e in looked.report.problems if e.level == "error"] if looked.report else [],
        warnings=[e for e in looked.report.problems if e.level != "error"] if looked.report else [],
        most=SHOWN_PROBLEMS,
        can_send=_can_send(kept, looked),
    )


def _look(state: Console, kept: Upload) -> Reviewed:
    """Read and check the file, as a dry run of the push does."""
    endpoint = state.catalogue.endpoint(kept.endpoint)
    fitted: Fitted | None = None
    try:
        fitted = fitting.fit(str(state.uploads.path(kept)), state.catalogue, endpoint, kept.columns)
        report = asyncio.run(push_async(state.store, _order(state, kept, fitted)))
    except XeroportError as error:
        return Reviewed(fitted, None, error)
    return Reviewed(fitted, report, None)


def _order(state: Console, kept: Upload, fitted: Fitted) -> Order:
    layout = None
    if fitted.is_renamed:
        layout = mapping.read(_write_map(state, kept, fitted))
    return Order(
        kept.instance,
        kept.endpoint,
        path=str(state.uploads.path(kept)),
        key=tuple(part.strip() for part in kept.key.split(",") if part.strip()),
        layout=layout,
        ignored=frozenset() if layout else _left_out(fitted),
        update=kept.update,
        skip_invalid=kept.skip_invalid,
        dry_run=True,
        guard=Guard(agreed=True),
    )


def _write_map(state: Console, kept: Upload, fitted: Fitted) -> Path:
    path = state.uploads.beside(kept, "map.toml")
    path.write_text(fitting.as_map(fitted), encoding="utf-8")
    return path


def _left_out(fitted: Fitted) -> frozenset[str]:
    if fitted.template:
        return frozenset()
    return frozenset(each.name for each in fitted.columns if not each.field)


def _can_send(kept: Upload, looked: Reviewed) -> bool:
    report = looked.report
    if report is None or report.plan is None or report.plan.records == 0:
        return False
    return kept.skip_invalid or not (report.invalid or report.conflicts)


async def choose(request: Request) -> Response:
    """Keep what was chosen: endpoint, key, columns, options."""
    return await run_in_threadpool(_choose, request, await form(request))


def _choose(request: Request, found: FormData) -> Response:
    state, _, kept = _found(request)
    endpoint = text(found, "endpoint", kept.endpoint)
    if endpoint not in _writable(state):
        raise UnknownName("endpoint to push to", endpoint, _writable(state))
    columns = {
        str(name): text(found, f"field.{number}")
        for number, name in enumerate(found.getlist("column"))
        if isinstance(name, str)
    }
    has_columns = bool(columns) and text(found, "map") == "yes"
    new = msgspec.structs.replace(
        kept,
        endpoint=endpoint,
        key=text(found, "key"),
        columns=columns if has_columns and endpoint == kept.endpoint else None,
        update=text(found, "update") == "yes",
        skip_invalid=text(found, "skip_invalid") == "yes",
    )
    state.uploads.save(new)
    return RedirectResponse(f"{_address(new)}#found", 303)


async def replace(request: Request) -> Response:
    """Take a mended file in the place of the one before."""
    found = await form(request, files=1)
    return await run_in_threadpool(_replace, request, found)


def _replace(request: Request, found: FormData) -> Response:
    state, _, kept = _found(request)
    file = _file(found)
    new = state.uploads.replace(kept, file.file, name=file.filename or "")
    return RedirectResponse(f"{_address(new)}#found", 303)


async def send(request: Request) -> Response:
    """Start the push, as the command line would."""
    found = await form(request)
    return await run_in_threadpool(_send, request, found)


def _send(request: Request, found: FormData) -> Response:
    state, instance, kept = _found(request)
    endpoint = state.catalogue.endpoint(kept.endpoint)
    fitted = fitting.fit(str(state.uploads.path(kept)), state.catalogue, endpoint, kept.columns)
    words = ["push", instance.name, kept.endpoint, str(state.uploads.path(kept))]
    words += ["--key", kept.key] if kept.key else []
    if fitted.is_renamed:
        words += ["--map", str(_write_map(state, kept, fitted))]
    else:
        for name in sorted(_left_out(fitted)):
            words += ["--ignore", name]
    words += ["--update"] if kept.update else []
    words += ["--skip-invalid"] if kept.skip_invalid else []
    words += ["--yes", "--out", str(state.uploads.beside(kept, "results.csv"))]
    run = state.work.start(*words)
    state.uploads.save(msgspec.structs.replace(kept, runs=(*kept.runs, run)))
    return RedirectResponse(f"/runs/{run}", 303)


def results(request: Request) -> HTMLResponse:
    """What became of each record, with Xero's own words."""
    state, instance, kept = _found(request)
    path = state.uploads.beside(kept, "results.csv")
    offset = whole(request.query_params.get("from"), 0, low=0)
    status = request.query_params.get("status", "")
    rows: list[dict[str, str]] = []
    counts: dict[str, int] = {}
    if path.exists():
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                counts[row["status"]] = counts.get(row["status"], 0) + 1
        with path.open(newline="", encoding="utf-8") as file:
            wanted = (r for r in csv.DictReader(file) if not status or r["status"] == status)
            rows = list(islice(wanted, offset, offset + PAGE))
    return page(
        request,
        "push_results.html",
        here="push",
        instance=instance,
        upload=kept,
        rows=rows,
        counts=counts,
        only=status if status in counts else "",
        offset=offset,
        size=PAGE,
        total=counts.get(status, 0) if status else sum(counts.values()),
    )


def download(request: Request) -> Response:
    """The results as CSV."""
    state, _, kept = _found(request)
    path = state.uploads.beside(kept, "results.csv")
    if not path.exists():
        raise UnknownName("file of results", kept.id, (), hint="send the file first")
    return FileResponse(path, media_type="text/csv", filename="results.csv")


ROUTES = [
    Route("/instances/{instance}/push", start),
    Route("/instances/{instance}/push/upload", upload, methods=["POST"]),
    Route("/instances/{instance}/push/{upload}", review),
    Route("/instances/{instance}/push/{upload}", choose, methods=["POST"]),
    Route("/instances/{instance}/push/{upload}/upload", replace, methods=["POST"]),
    Route("/instances/{instance}/push/{upload}/send", send, methods=["POST"]),
    Route("/instances/{instance}/push/{upload}/results", results),
    Route("/instances/{instance}/push/{upload}/results.csv", download),
]
