"""Push a file: upload → columns and all problems → dry run → send → results per record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xeroport.catalogue.descriptions import describe_endpoint, in_words
from xeroport.console.jobs import columns_to_fields, what_goes
from xeroport.console.jobs.cell_corrections import can_correct, cells
from xeroport.console.jobs.reviews import ReviewResult, left_out, write_map
from xeroport.console.jobs.uploads import Upload
from xeroport.console.pages.downloads import csv_response
from xeroport.console.pages.review_form import DATE_FORMATS, choices_in, corrections_in, is_same
from xeroport.console.web.address_numbers import whole
from xeroport.console.web.effects import Effect, as_effects, not_agreed
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.page_words import offered
from xeroport.console.web.render import page
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import Console, console, instance_of
from xeroport.errors import InputError, UnknownName, XeroportError
from xeroport.rows.problems import FilePlace, Problem
from xeroport.store.instances import Instance
from xeroport.store.outbox import outbox

FIRST = ("invoices.create", "invoices.upsert", "contacts.upsert", "items.upsert")
"""What is pushed most, on top of the list."""
PROBLEMS = 100
NO_CHOICE: dict[str, Any] = {
    "columns": None, "key": "", "constants": {}, "dates": "", "decimal": "",
}  # fmt: skip
UNSEEN = "the file or its choices were changed after they were checked"


def start(request: Request, wrong: XeroportError | None = None, endpoint: str = "") -> HTMLResponse:
    """The upload form, earlier uploads, and the state of the outbox."""
    state = console(request)
    instance = instance_of(request)
    return page(
        request,
        "push.html",
        here="push",
        instance=instance,
        endpoints=_choices(state),
        first=FIRST,
        chosen=endpoint,
        recent=[
            (e, datetime.fromtimestamp(e.at, UTC)) for e in state.uploads.recent(instance.name)
        ],
        counts=outbox.totals(state.store, instance.name),
        wrong=wrong,
    )


def _writable(state: Console) -> list[str]:
    """The endpoints that rows of a file can go to."""
    return [
        endpoint.name
        for endpoint in state.catalogue.endpoints
        if endpoint.is_write and endpoint.body != "binary" and endpoint.retired is None
    ]


def _choices(state: Console) -> list[tuple[str, str]]:
    """The endpoints that rows can go to, with what each does in words."""
    return in_words(map(state.catalogue.endpoint, _writable(state)))


def upload(request: Request, form: FormData) -> Response:
    """Take a file in."""
    state = console(request)
    instance = instance_of(request)
    try:
        file = _file(form)
        endpoint = text(form, "endpoint")
        if endpoint not in _writable(state):
            raise UnknownName("endpoint to push to", endpoint, _writable(state))
        kept = state.uploads.keep(
            file.file, instance=instance.name, name=file.filename or "", endpoint=endpoint
        )
    except XeroportError as error:
        return start(request, error, text(form, "endpoint"))
    return RedirectResponse(address_of(state.layouts.as_before(state.uploads, kept)), 303)


def _file(form: FormData) -> UploadFile:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise InputError("no file was chosen", hint="choose one, then press the button")
    return file


def address_of(kept: Upload) -> str:
    """Where an upload is reviewed."""
    return f"/instances/{kept.instance}/push/{kept.id}"


def upload_of(request: Request) -> tuple[Console, Instance, Upload]:
    """The upload that an address names, with its instance."""
    state = console(request)
    instance = instance_of(request)
    return state, instance, state.uploads.find(instance.name, str(request.path_params["upload"]))


@dataclass(frozen=True)
class ProblemList:
    """One list of problems, from `start` on; `parameter` is what the address calls that."""

    title: str
    parameter: str
    start: int
    total: int
    problems: tuple[Problem, ...]


def review(request: Request, not_sent: XeroportError | None = None) -> HTMLResponse:
    """Columns, problems and the dry run of an upload; while it is being checked, that. `not_sent`
    is why nothing was sent."""
    state, instance, reviewed = upload_of(request)
    looked = state.reviews.of(reviewed)
    if looked is None:
        size = state.uploads.path(reviewed).stat().st_size
        return page(
            request,
            "push_checking.html",
            here="push",
            instance=instance,
            upload=reviewed,
            size=size,
        )
    endpoint = state.catalogue.endpoint(reviewed.endpoint)

    def listed(title: str, parameter: str, before: int, total: int) -> ProblemList:
        asked = whole(request.query_params.get(parameter), 0, low=0)
        start = min(asked, total - 1) // PROBLEMS * PROBLEMS
        most = min(PROBLEMS, total - start)
        problems = state.reviews.problems(reviewed, before + start, most)
        return ProblemList(title, parameter, start, total, tuple(problems))

    lists = []
    if looked.errors:
        lists.append(listed("Errors", "from", 0, looked.errors))
    if looked.warnings:
        lists.append(listed("Warnings", "also", looked.errors, looked.warnings))
    plan = looked.report.plan if looked.report else None
    preview, record = plan.preview if plan else None, endpoint.body_record or ""
    return page(
        request,
        "push_review.html",
        here="push",
        instance=instance,
        upload=reviewed,
        endpoints=_choices(state),
        about=describe_endpoint(endpoint).rstrip("."),
        kinds=what_goes.kinds(preview, record) if preview else (),
        states=what_goes.states(preview, record) if preview else (),
        fields=columns_to_fields.fields_of(state.catalogue, endpoint),
        looked=looked,
        lists=lists,
        size=PROBLEMS,
        date_formats=DATE_FORMATS,
        can_send=_can_send(reviewed, looked),
        effects=_effects(looked),
        cells=_cells(state, reviewed, lists),
        own={column.field: column.name for column in looked.fitted.columns if column.field}
        if looked.fitted
        else {},
        offers=offered(
            [problem for some in lists for problem in some.problems]
            + ([Problem(FilePlace(), "", looked.wrong.hint)] if looked.wrong else [])
        ),
        seen=state.reviews.version(reviewed),
        not_sent=not_sent,
        status=422 if not_sent else 200,
        currency=instance.base_currency or "the organisation's own currency",
    )


def all_problems(request: Request) -> Response:
    """Every problem of an upload as CSV, to work through."""
    state, _, reviewed = upload_of(request)
    looked = state.reviews.of(reviewed)
    if looked is None:
        raise InputError("the file is still being checked", hint="try again in a moment")
    total = looked.errors + looked.warnings
    rows = [
        (problem.level, problem.place.line, problem.place.name, problem.message, problem.hint)
        for problem in (state.reviews.problems(reviewed, 0, total) if total else ())
    ]
    heads = ["level", "line", "column", "problem", "what to do"]
    return csv_response("problems", heads, [rows], for_excel=False)


def _can_send(kept: Upload, looked: ReviewResult) -> bool:
    report = looked.report
    if report is None or report.plan is None or report.plan.records == 0:
        return False
    return kept.skip_invalid or not (report.invalid or report.conflicts)


def _effects(looked: ReviewResult) -> tuple[Effect, ...]:
    """What sending the upload would do that cannot be taken back."""
    plan = looked.report.plan if looked.report else None
    return as_effects(plan.preview.effects) if plan and plan.preview else ()


def choose(request: Request, form: FormData) -> Response:
    """Keep what was chosen: endpoint, key, columns, options."""
    state, _, upload = upload_of(request)
    chosen = _taken(state, upload, form)
    if name_and_value := text(form, "set"):
        name, _, value = name_and_value.partition("=")
        chosen = msgspec.structs.replace(chosen, constants={**chosen.constants, name: value})
        _keep(state, chosen, upload.endpoint)
    elif text(form, "do") == "guess":
        state.layouts.forget(upload.endpoint, state.layouts.header_of(state.uploads, chosen) or ())
        state.uploads.save(msgspec.structs.replace(chosen, like="", **NO_CHOICE))
    return RedirectResponse(f"{address_of(chosen)}#found", 303)


def _taken(state: Console, upload: Upload, form: FormData) -> Upload:
    """The upload with all that the form of its review says, kept."""
    if corrections := corrections_in(form):
        if not can_correct(state.uploads.original(upload)):
            words = "this file is corrected where it was made"
            raise InputError(words, hint="then upload it again")
        upload = state.uploads.correct(upload, corrections)
    return _chosen(state, upload, form)


def _chosen(state: Console, upload: Upload, form: FormData) -> Upload:
    """The upload with the choices of the form, kept, and remembered for its header."""
    new = choices_in(form, upload, _writable(state))
    if new != upload:
        new = msgspec.structs.replace(new, like="")
        _keep(state, new, upload.endpoint)
    return new


def _keep(state: Console, new: Upload, before: str) -> None:
    header = state.layouts.header_of(state.uploads, new)
    if header and new.endpoint == before:
        state.layouts.remember(new, header)
    state.uploads.save(new)


def _cells(state: Console, kept: Upload, lists: list[ProblemList]) -> dict[int, dict[str, str]]:
    """The cells of the lines with errors, for correction in place."""
    if not can_correct(state.uploads.original(kept)):
        return {}
    lines = {
        problem.place.line
        for listed in lists
        for problem in listed.problems
        if problem.place.line and problem.place.name
    }
    return cells(state.uploads.path(kept), lines) if lines else {}


def replace(request: Request, form: FormData) -> Response:
    """Take a corrected file in the place of the one before."""
    state, _, upload = upload_of(request)
    kept = _chosen(state, upload, form)
    try:
        file = _file(form)
        new = state.uploads.replace(kept, file.file, name=file.filename or "")
    except XeroportError as error:
        return review(request, error)
    return RedirectResponse(f"{address_of(new)}#found", 303)


def send(request: Request, form: FormData) -> Response:
    """Start the push, as the command line would."""
    state, instance, kept = upload_of(request)
    looked = state.reviews.of(kept)
    if looked is None or not _can_send(kept, looked):
        raise InputError(
            "this file cannot be sent as it is" if looked else "the file is still being checked",
            hint="go back to the file and see what it says",
        )
    chosen = choices_in(form, kept, _writable(state))
    is_as_shown = text(form, "seen") in ("", state.reviews.version(kept))
    if corrections_in(form) or not (is_as_shown and is_same(chosen, kept, looked.fitted)):
        if is_as_shown:
            _taken(state, kept, form)
        return review(request, InputError(UNSEEN, hint="check what would be sent now; then send"))
    hint = "tick it if that is what you want; then send"
    if not_sent := not_agreed(_effects(looked), form, hint):
        return review(request, not_sent)
    endpoint = state.catalogue.endpoint(kept.endpoint)
    fitted = columns_to_fields.fit(
        str(state.uploads.path(kept)), state.catalogue, endpoint, kept.columns
    )
    words = ["push", instance.name, kept.endpoint, str(state.uploads.path(kept))]
    words += ["--key", kept.key] if kept.key else []
    if fitted.is_renamed:
        words += ["--map", str(write_map(state.uploads, kept, fitted))]
    else:
        for name in sorted(left_out(fitted)):
            words += ["--ignore", name]
    for name, value in kept.constants.items():
        words += ["--set", f"{name}={value}"]
    words += ["--update"] if kept.update else []
    words += ["--skip-invalid"] if kept.skip_invalid else []
    words += ["--dates", kept.dates] if kept.dates else []
    words += ["--decimal", kept.decimal] if kept.decimal else []
    words += ["--yes", "--out", str(state.uploads.beside(kept, "results.csv"))]
    run = state.work.start(*words)
    state.uploads.save(msgspec.structs.replace(kept, runs=(*kept.runs, run)))
    return RedirectResponse(f"/runs/{run}", 303)


ROUTES = [
    page_at("/instances/{instance}/push", start),
    form_at("/instances/{instance}/push/upload", upload, files=1),
    page_at("/instances/{instance}/push/upload", start),
    page_at("/instances/{instance}/push/{upload}", review),
    form_at("/instances/{instance}/push/{upload}", choose),
    page_at("/instances/{instance}/push/{upload}/problems.csv", all_problems),
    form_at("/instances/{instance}/push/{upload}/upload", replace, files=1),
    form_at("/instances/{instance}/push/{upload}/send", send),
]
