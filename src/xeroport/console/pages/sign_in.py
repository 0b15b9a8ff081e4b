"""Sign in with Xero: the app's client id, Xero's own page, then the organisations to connect."""

from __future__ import annotations

import asyncio

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xeroport import settings
from xeroport.console.jobs.first_contact import check_servers
from xeroport.console.jobs.xero_sign_in import XeroSignIn
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.render import page, said, said_wrong
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import Console, console
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.logins import sign_in
from xeroport.plurals import word_for
from xeroport.secrets.vault import Secret
from xeroport.store import logins
from xeroport.store.instances import Instance
from xeroport.xero.sign_in.flow import App
from xeroport.xero.sign_in.scopes import ALWAYS, DEFAULT_USES, scopes_of

WHERE = "/connect/sign-in"
USES = {
    "read": "Read the books into your own database",
    "reports": "Read Xero's reports, to compare the ledger with them",
    "attachments": "Read attachments",
    "write": "Write records into Xero",
}
FIELDS = ("client_id", "base_url", "identity_url")


def begin(request: Request) -> HTMLResponse:
    """The form; for a login that there is already, as it was."""
    name = request.query_params.get("login")
    if not name:
        return _form(request, dict.fromkeys(FIELDS, ""), DEFAULT_USES)
    login = logins.get(console(request).store, name)
    given = {
        "client_id": login.client_id,
        "base_url": login.base_url,
        "identity_url": login.identity_url,
    }
    uses = tuple(use for use in USES if {*scopes_of([use])} <= {*login.scopes})
    return _form(request, given, uses or DEFAULT_USES)


def _form(
    request: Request,
    given: dict[str, str],
    uses: tuple[str, ...],
    wrong: XeroportError | None = None,
) -> HTMLResponse:
    return page(
        request,
        "sign_in.html",
        here="instances",
        given=given,
        uses=USES,
        chosen=uses,
        wrong=wrong,
    )


def start(request: Request, form: FormData) -> Response:
    """Begin a sign-in, and show the way to Xero."""
    state = console(request)
    given = {name: text(form, name) for name in FIELDS}
    uses = tuple(use for use in USES if use in form.getlist("use")) or DEFAULT_USES
    secret = Secret(text(form, "client_secret"))
    try:
        base = settings.base_url(given["base_url"] or settings.XERO_BASE)
        identity = settings.identity_url(base, given["identity_url"])
        client_id = settings.client_id(given["client_id"])
        check_servers(state.store, Instance("app", base, identity, client_id))
        app = App(client_id, base, identity, secret if secret else _kept_secret(state, client_id))
        under_way = XeroSignIn(state.store, app, tuple(dict.fromkeys((*ALWAYS, *scopes_of(uses)))))
    except XeroportError as error:
        return _form(request, given, uses, error)
    return RedirectResponse(f"{WHERE}/{state.drafts.keep(under_way)}", 303)


def _kept_secret(state: Console, client_id: str) -> Secret | None:
    """The secret of an app that there is a login to already."""
    for login in logins.all_logins(state.store):
        if login.client_id == client_id:
            return logins.secret(state.store, login.name)
    return None


def _under_way(request: Request) -> XeroSignIn:
    found = console(request).drafts.find(str(request.path_params["key"]))
    if not isinstance(found, XeroSignIn):
        raise InputError("this sign-in has expired", hint="start again under Organisations")
    return found


def show(request: Request, wrong: XeroportError | None = None) -> HTMLResponse:
    """The way to Xero; once the browser was there, the organisations."""
    under_way = _under_way(request)
    return page(
        request,
        "sign_in_way.html",
        status=422 if wrong else 200,
        here="instances",
        key=request.path_params["key"],
        under_way=under_way,
        wrong=wrong or under_way.wrong,
    )


def go_on(request: Request, form: FormData) -> Response:
    """Take a pasted address, or connect the organisations that were ticked."""
    state, under_way = console(request), _under_way(request)
    if under_way.connections is None:
        try:
            under_way.paste(text(form, "address"))
        except XeroportError as error:
            return show(request, error)
        return RedirectResponse(f"{WHERE}/{request.path_params['key']}", 303)
    ticked = {str(value) for value in form.getlist("organisation")}
    chosen = [connection for connection in under_way.connections if connection.tenant_id in ticked]
    if not chosen:
        return show(request, InputError("no organisation is ticked", hint="tick at least one"))
    instances_made = asyncio.run(sign_in.make_instances(state.store, under_way.name, chosen))
    state.drafts.drop(str(request.path_params["key"]))
    problems = [instance.problem for instance in instances_made if instance.problem is not None]
    first = instances_made[0].instance
    words = ", ".join(
        instance.instance.organisation or instance.instance.name for instance in instances_made
    )
    where = f"/instances/{first.name}" if len(instances_made) == 1 else "/instances"
    if problems:
        return said_wrong(request, where, problems[0])
    verb = word_for(len(instances_made), "is", "are")
    return said(
        request,
        where,
        f"{words} {verb} connected.",
        hint="Next: press Sync now to bring the books here.",
    )


ROUTES = [
    page_at(WHERE, begin, "act"),
    form_at(WHERE, start),
    page_at(f"{WHERE}/{{key}}", show, "act"),
    form_at(f"{WHERE}/{{key}}", go_on),
]
