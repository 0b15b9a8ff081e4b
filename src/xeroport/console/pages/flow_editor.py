"""A flow written in the console, by a form or a file; tried on real records before it is saved."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xeroport.catalogue import Catalogue
from xeroport.catalogue.descriptions import in_words
from xeroport.console.jobs import flow_places
from xeroport.console.jobs.flow_first_guess import filled
from xeroport.console.jobs.flow_forms import KINDS, ON_CHANGE, FlowForm, as_toml, of_flow
from xeroport.console.jobs.flow_trial import Trial, try_out
from xeroport.console.jobs.uploads import clean_name, ending_of
from xeroport.console.pages.flow_draft_form import (
    MOST_TEXT,
    NEVER,
    FlowTyped,
    as_shown,
    as_typed,
    text_of,
)
from xeroport.console.web.cron_words import DAYS, PRESETS
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.render import current_instance, page, said
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import Console, console
from xeroport.errors import InputError, UnknownName, XeroportError
from xeroport.jobs.flow import definition
from xeroport.jobs.flow.definition import NAME, Flow
from xeroport.jobs.flow.registry import keep, source_text, target_text
from xeroport.jobs.flow.run import load_flow
from xeroport.plurals import counted
from xeroport.store import flows, instances

WHERE = "/new-flow"


@dataclass(frozen=True)
class FlowDraft:
    """A flow file that is being written, and how it did on real records. `replaces` names the
    flow that is being changed."""

    text: str
    name: str
    folder: Path
    replaces: str | None = None
    trial: Trial | None = None


def begin(
    request: Request,
    typed: Mapping[str, str] | None = None,
    wrong: XeroportError | None = None,
) -> Response:
    """What kind of flow, from where and to where; `typed` is what a refused form said."""
    state = console(request)
    return page(
        request,
        "flow_new.html",
        here="flows",
        kinds=KINDS,
        given={"kind": "files-xero", "instance": current_instance(request) or "", **(typed or {})},
        wrong=wrong,
        names=[instance.name for instance in instances.all_instances(state.store)],
        lists=_lists(state.catalogue),
        writes=_writes(state.catalogue),
    )


def _lists(catalogue: Catalogue) -> list[tuple[str, str]]:
    """The lists of Xero's that a flow can read, in words."""
    return in_words(each for each in catalogue.streams.values() if each.verb == "list")


def _writes(catalogue: Catalogue) -> list[tuple[str, str]]:
    return in_words(
        endpoint
        for endpoint in catalogue.endpoints
        if endpoint.is_write and endpoint.body == "json" and endpoint.retired is None
    )


def start(request: Request, form: FormData) -> Response:
    """Make the first version, and try it."""
    state = console(request)
    given = {str(name): text(form, str(name)) for name in form}
    try:
        draft = _first(state, form, given)
    except XeroportError as error:
        return begin(request, given, error)
    return RedirectResponse(f"{WHERE}/{state.drafts.keep(_tried(state, draft))}", 303)


def _first(state: Console, form: FormData, given: dict[str, str]) -> FlowDraft:
    folder = flow_places.files_folder(state.home)
    folder.mkdir(mode=0o700, exist_ok=True)
    file = form.get("file")
    file = file if isinstance(file, UploadFile) and file.filename else None
    name = _new_name(state, given.get("name", ""))
    if given.get("kind") == "toml":
        if file is None:
            raise InputError("no file was chosen", hint="choose a TOML file")
        return FlowDraft(_decoded(file), name, folder)
    if given.get("kind") not in KINDS:
        raise InputError("the kind of the flow is missing", hint="choose one from the list")
    new = FlowForm(
        kind=given["kind"],
        name=name,
        instance=given.get("instance", ""),
        endpoint=given.get("endpoint", "") or "invoices.list",
        files=f"{name}/*",
        to_instance=given.get("to_instance", "") or given.get("instance", ""),
        to_endpoint=given.get("to_endpoint", "") or "invoices.create",
        table=f"made.{name.replace('-', '_')}",
        url=given.get("url", ""),
    )
    sample = None
    if new.reads_files:
        if file is None:
            raise InputError(
                "a first file is missing", hint="choose one: its columns show what can be sent"
            )
        sample = _put_file(folder / name, file)
        new = replace(new, files=f"{name}/*{sample.suffix}")
    return FlowDraft(as_toml(filled(new, state.catalogue, sample)), name, folder)


def _new_name(state: Console, name: str) -> str:
    if not NAME.fullmatch(name):
        raise InputError(
            f"`{name}` cannot be a flow's name",
            hint="lower-case letters, digits and `-`, such as `web-orders`",
        )
    if name in {flow.name for flow in flows.all_flows(state.store)}:
        raise InputError(f"there is a flow `{name}` already", hint="choose another name")
    return name


def _decoded(file: UploadFile) -> str:
    try:
        return file.file.read(MOST_TEXT).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the file is not text in UTF-8", hint="check the file") from None


def _put_file(folder: Path, file: UploadFile) -> Path:
    """Keep an uploaded file in a flow's folder, whole or not at all."""
    name = clean_name(file.filename or "")
    ending_of(name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name.lstrip(".")
    part = folder / f".{path.name}.part"
    with part.open("wb") as copy:
        shutil.copyfileobj(file.file, copy, 1 << 20)
    part.replace(path)
    return path


def _kept_flow(state: Console, name: str | None) -> Flow | None:
    if name is None:
        return None
    try:
        return load_flow(flows.get(state.store, name))
    except XeroportError:
        return None


def _tried(state: Console, draft: FlowDraft) -> FlowDraft:
    """The draft after a check of what it names, and a try on real records."""
    flow, faults = definition.parse(draft.text, name=draft.name, folder=draft.folder)
    faults = list(faults)
    if flow is not None:
        faults += flow_places.faults(state.store, flow, _kept_flow(state, draft.replaces))
        if draft.replaces is not None and flow.name != draft.replaces:
            faults.append(definition.FlowFault("name", "a flow keeps its name", "add another flow"))
    if faults or flow is None:
        return replace(draft, trial=Trial(tuple(fault.text() for fault in faults)))
    trial = try_out(state.home, draft.text, name=flow.name, folder=draft.folder)
    return replace(draft, name=flow.name, trial=trial)


def _draft(request: Request) -> FlowDraft:
    draft = console(request).drafts.find(str(request.path_params["draft"]))
    if not isinstance(draft, FlowDraft):
        raise UnknownName("draft of a flow", "", (), hint="start again under Flows")
    return draft


def show(request: Request) -> Response:
    """The flow as a picture, as a form and as a file; what it makes of real records."""
    return _show(request, _draft(request))


def _show(
    request: Request,
    draft: FlowDraft,
    wrong: XeroportError | None = None,
    typed: FlowTyped | None = None,
) -> Response:
    state = console(request)
    flow, _ = definition.parse(draft.text, name=draft.name, folder=draft.folder)
    return page(
        request,
        "flow_draft.html",
        here="flows",
        key=request.path_params["draft"],
        draft=draft,
        flow=flow,
        source=source_text(flow) if flow else "?",
        steps=[(target_text(step.target), step) for step in flow.steps] if flow else [],
        typed=typed or _shown(draft),
        presets={NEVER: "Only when it is started"} | PRESETS,
        days=DAYS,
        on_change=ON_CHANGE,
        names=[instance.name for instance in instances.all_instances(state.store)],
        lists=_lists(state.catalogue),
        writes=_writes(state.catalogue),
        wrong=wrong,
    )


def _shown(draft: FlowDraft) -> FlowTyped:
    """The form of a draft before anybody typed."""
    flow, _ = definition.parse(draft.text, name=draft.name, folder=draft.folder)
    return as_shown(draft.text, of_flow(flow) if flow else None)


def go_on(request: Request, form: FormData) -> Response:
    """Change the draft, check it, or keep it as a flow."""
    state, draft = console(request), _draft(request)
    key = str(request.path_params["draft"])
    shown = _shown(draft)
    typed = as_typed(form, shown)
    try:
        new = text_of(state.store, typed, shown)
        if new != draft.text:
            draft = _tried(state, replace(draft, text=new))
            state.drafts.keep(draft, key)
            typed = _shown(draft)
        elif text(form, "do") != "keep":
            state.drafts.keep(_tried(state, draft), key)
        if text(form, "do") == "keep":
            return _keep(request, state, draft)
    except XeroportError as error:
        return _show(request, draft, error, typed)
    return RedirectResponse(f"{WHERE}/{key}#tried", 303)


def _keep(request: Request, state: Console, draft: FlowDraft) -> Response:
    """Keep what was tried and found right."""
    draft = draft if draft.trial is not None else _tried(state, draft)
    flow, faults = definition.parse(draft.text, name=draft.name, folder=draft.folder)
    if flow is None or faults or draft.trial is None or not draft.trial.is_right:
        raise InputError("the flow is not right yet", hint="correct what is listed, then check")
    if draft.replaces is None:
        _new_name(state, flow.name)
    if refused := flow_places.faults(state.store, flow, _kept_flow(state, draft.replaces)):
        raise InputError(refused[0].text())
    keep(state.store, draft.text, flow, now=datetime.now(UTC))
    state.drafts.drop(str(request.path_params["draft"]))
    return said(
        request,
        f"/flows/{flow.name}",
        f"`{flow.name}` is saved.",
        hint="*Run now* starts it." if not flow.schedule else "",
    )


def edit(state: Console, name: str) -> str:
    """Begin to change a flow; where that is done."""
    kept = flows.get(state.store, name)
    draft = FlowDraft(kept.document, kept.name, Path(kept.folder), replaces=kept.name)
    return f"{WHERE}/{state.drafts.keep(_tried(state, draft))}"


def add_files(request: Request, form: FormData) -> Response:
    """Put files into the folder that a flow reads."""
    state = console(request)
    kept = flows.get(state.store, request.path_params["flow"])
    folder = drop_folder(state, _kept_flow(state, kept.name))
    if folder is None:
        raise InputError(
            f"`{kept.name}` reads no folder of the console", hint="put the files where it reads"
        )
    files = [file for file in form.getlist("file") if isinstance(file, UploadFile)]
    files = [file for file in files if file.filename]
    if not files:
        raise InputError("no file was chosen", hint="choose one, then press the button")
    for file in files:
        _put_file(folder, file)
    return said(
        request,
        f"/flows/{kept.name}",
        f"{counted(len(files), 'file is', 'files are')} in its folder.",
        hint="*Run now* reads it.",
    )


def drop_folder(state: Console, flow: Flow | None) -> Path | None:
    """The folder that a flow's files are put into from its page; None for a flow without one."""
    root = flow_places.files_folder(state.home)
    if flow is None or flow.source.files is None or flow.folder.absolute() != root:
        return None
    folder = Path(flow.source.files).parent
    has_pattern = flow_places.WILD & set(str(folder))
    return None if has_pattern or ".." in folder.parts or folder.is_absolute() else root / folder


ROUTES = [
    page_at(WHERE, begin, "act"),
    form_at(f"{WHERE}/upload", start, files=1),
    page_at(f"{WHERE}/upload", begin, "act"),
    page_at(f"{WHERE}/{{draft}}", show, "act"),
    form_at(f"{WHERE}/{{draft}}", go_on),
    form_at("/flows/{flow}/upload", add_files, files=50),
]
