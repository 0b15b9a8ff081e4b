"""Add an instance: name → authentication method → credentials and check → settings, as the
organisation's record has them.

What was typed waits in the session's drafts; a secret goes no way back to the browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xeroport import logs, settings
from xeroport.catalogue import Catalogue
from xeroport.console.jobs import choices
from xeroport.console.jobs.first_contact import check_servers, first_contact
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.render import page, said
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.instances import connect
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.instances import Instance

STEPS = ("name", "method", "credentials", "settings")
TITLES = ("Name", "Authentication", "Credentials and check", "Settings")
WHERE = "copy it from the app's Configuration page in Xero's developer portal"
GUIDE = "https://developer.xero.com/documentation/guides/oauth2/custom-connections/"
USES = {"read": "Read the books into your own database", "write": "Write records into Xero"}


@dataclass(frozen=True)
class Answers:
    """What the wizard knows so far; the secret is never part of it. `connected` once the check
    has passed and the instance is kept."""

    name: str = ""
    uses: tuple[str, ...] = ("read", "write")
    base_url: str = settings.XERO_BASE
    identity_url: str = ""
    client_id: str = ""
    tenant_id: str = ""
    done: int = 0
    connected: bool = False


def scopes_for(catalogue: Catalogue, uses: tuple[str, ...]) -> tuple[str, ...]:
    """The granular scopes that a use needs: reading every stream, or writing as well."""
    found: set[str] = set()
    for endpoint in catalogue.endpoints:
        open_to_all = [s for s in endpoint.granular_scopes if "journals.read" not in s]
        if (
            not open_to_all
            or endpoint.gated
            or endpoint.retired
            or "payment_services" in endpoint.name
        ):
            continue
        if endpoint.is_write and "write" in uses:
            found.add(open_to_all[-1])
        elif not endpoint.is_write and "read" in uses:
            found.add(open_to_all[0])
    return tuple(
        sorted(s for s in found if not s.endswith(".read") or s.removesuffix(".read") not in found)
    )


def begin(request: Request) -> Response:
    """A new, empty draft."""
    key = console(request).drafts.keep(Answers())
    return RedirectResponse(f"/add/{key}/name", 303)


def _draft(request: Request) -> Answers:
    found = console(request).drafts.find(request.path_params["draft"])
    if not isinstance(found, Answers):
        raise InputError(
            "this form was finished, or expired after a long time or a restart",
            hint="where *Organisations* does not show the instance, add it again",
        )
    return found


def _step(request: Request, answers: Answers) -> str:
    """The step an address names, or the first one that is not answered yet."""
    named = str(request.path_params["step"])
    if named not in STEPS:
        raise InputError(f"there is no step `{named}`")
    if answers.connected:
        return "settings"
    return STEPS[min(STEPS.index(named), answers.done)]


def show(request: Request) -> Response:
    """One step's form."""
    answers = _draft(request)
    step = _step(request, answers)
    return _form(request, answers, step)


def _form(
    request: Request,
    answers: Answers,
    step: str,
    wrong: XeroportError | None = None,
    *,
    given: Mapping[str, str] | None = None,
    same_app: Instance | None = None,
) -> Response:
    state = console(request)
    instance = instances.get(state.store, answers.name) if answers.connected else None
    return page(
        request,
        f"wizard_{step}.html",
        here="instances",
        answers=answers,
        step=step,
        steps=tuple(zip(STEPS, TITLES, strict=True)),
        index=STEPS.index(step),
        draft=request.path_params["draft"],
        wrong=wrong,
        zones=choices.time_zones(),
        date_formats=choices.DATE_FORMATS,
        uses=USES,
        guide=GUIDE,
        scopes=scopes_for(state.catalogue, answers.uses),
        instance=instance,
        given=given or (instance and settings_of(instance)),
        twin=instance and connect.same_organisation(state.store, instance),
        same_app=same_app,
    )


def settings_of(instance: Instance) -> dict[str, str]:
    """The settings of the last step, as its form has them."""
    return {
        "time_zone": instance.time_zone,
        "date_format": instance.date_format,
        "rate_limit": f"{instance.rate_limit}/minute",
    }


def answer(request: Request, form: FormData) -> Response:
    """Take one step's answers and go to the next step."""
    answers = _draft(request)
    step = _step(request, answers)
    if answers.connected and request.path_params["step"] != step:
        return RedirectResponse(f"/add/{request.path_params['draft']}/{step}", 303)
    if step == "credentials":
        return _try(request, answers, form)
    if step == "settings":
        return _finish(request, answers, form)
    try:
        answers = _taken(request, answers, step, form)
    except XeroportError as error:
        return _form(request, answers, step, error)
    done = max(answers.done, STEPS.index(step) + 1)
    key = console(request).drafts.keep(replace(answers, done=done), request.path_params["draft"])
    return RedirectResponse(f"/add/{key}/{STEPS[STEPS.index(step) + 1]}", 303)


def _taken(request: Request, answers: Answers, step: str, form: FormData) -> Answers:
    """The answers with one step's fields; InputError for what cannot be."""
    if step == "name":
        name = instances.check_name(text(form, "name"))
        taken = [instance.name for instance in instances.all_instances(console(request).store)]
        if name in taken:
            raise InputError(f"there is an instance `{name}` already", hint="choose another name")
        return replace(answers, name=name)
    uses = tuple(each for each in USES if each in form.getlist("use"))
    return replace(answers, uses=uses or ("read",))


def _try(request: Request, answers: Answers, form: FormData) -> Response:
    """Check the credentials with Xero, and keep the instance only if they open the books."""
    state = console(request)
    answers = replace(
        answers,
        base_url=text(form, "base_url") or settings.XERO_BASE,
        identity_url=text(form, "identity_url"),
        client_id=text(form, "client_id"),
        tenant_id=text(form, "tenant_id"),
    )
    state.drafts.keep(answers, request.path_params["draft"])
    secret = Secret(text(form, "client_secret"))
    logs.hide(secret.reveal())
    try:
        if not secret:
            raise InputError("the client secret is empty", hint=WHERE)
        base = settings.base_url(answers.base_url)
        instance = Instance(
            name=answers.name,
            base_url=base,
            identity_url=settings.identity_url(base, answers.identity_url),
            client_id=settings.client_id(answers.client_id),
            tenant_id=answers.tenant_id or None,
        )
        check_servers(state.store, instance)
        same = connect.same_app(state.store, base, instance.client_id)
        if same is not None and text(form, "again") != "yes":
            error = InputError(
                f"`{same.name}` already uses this app: both would have the same books",
                hint="use another app; or tick below to connect it a second time",
            )
            return _form(request, answers, "credentials", error, same_app=same)
        adding = connect.add(state.store, instance, secret, from_organisation=connect.LEARNED)
        asyncio.run(first_contact(instance, adding))
    except XeroportError as error:
        return _form(request, answers, "credentials", error)
    connected = replace(answers, done=STEPS.index("settings"), connected=True)
    key = state.drafts.keep(connected, request.path_params["draft"])
    return RedirectResponse(f"/add/{key}/settings", 303)


def _finish(request: Request, answers: Answers, form: FormData) -> Response:
    """Save the settings of the instance that was just connected."""
    state = console(request)
    old = instances.get(state.store, answers.name)
    given = {name: text(form, name) for name in settings_of(old)}
    try:
        changed = replace(old, **settings.parsed(given))
        asyncio.run(connect.change(state.store, old, changed))
    except XeroportError as error:
        return _form(request, answers, "settings", error, given=given)
    state.drafts.drop(request.path_params["draft"])
    return said(
        request,
        f"/instances/{old.name}",
        f"{old.organisation or old.name} is connected.",
        hint="Next: press Sync now to bring its books here.",
    )


ROUTES = [
    page_at("/add", begin, "act"),
    page_at("/add/{draft}/{step}", show, "act"),
    form_at("/add/{draft}/{step}", answer),
]
