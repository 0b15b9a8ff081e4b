"""All instances as cards; edit, rotate the secret, check now, remove; the demo organisation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from xeroport import logs, settings
from xeroport.console.jobs import choices
from xeroport.console.jobs.demo import DEMO_NAME
from xeroport.console.jobs.first_contact import check_servers, first_contact
from xeroport.console.web.forms import form_at, text
from xeroport.console.web.render import page, said, said_wrong
from xeroport.console.web.roles import page_at
from xeroport.console.web.state import console, instance_of
from xeroport.errors import InputError, XeroportError
from xeroport.jobs.instances import connect
from xeroport.jobs.instances import remove as removing
from xeroport.jobs.logins import login_state as state_of_logins
from xeroport.secrets.vault import Secret
from xeroport.store import instances, logins, runs
from xeroport.store.calls.budgets import BudgetState
from xeroport.store.instances import Instance
from xeroport.store.runs import Run

WHERE = "copy it from the app's Configuration page in Xero's developer portal"

TYPED = (
    *("time_zone", "date_format", "decimal_mark", "rate_limit", "concurrency"),
    *("base_url", "identity_url", "client_id"),
)
"""Fields of the settings' form; the secret is never shown again."""


@dataclass(frozen=True)
class InstanceCard:
    """One instance in the overview."""

    instance: Instance
    last: Run | None
    budget: BudgetState


def listing(request: Request) -> HTMLResponse:
    """The cards."""
    state = console(request)
    cards = [
        InstanceCard(
            instance,
            next(iter(runs.recent(state.store, 1, instance=instance.name, job="sync")), None),
            instances.budgets_of(state.calls, instance).state(),
        )
        for instance in instances.all_instances(state.store)
    ]
    names = {card.instance.name for card in cards}
    now = time.time()
    signed_in = [
        (login, state_of_logins.health_of(state.store, login, now))
        for login in logins.all_logins(state.store)
    ]
    return page(
        request,
        "instances.html",
        here="instances",
        cards=cards,
        logins=signed_in,
        has_demo=DEMO_NAME in names,
    )


def settings_page(
    request: Request,
    wrong: XeroportError | None = None,
    typed: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """One instance's settings; `typed` is what a refused form said: it stays there."""
    instance = instance_of(request)
    shown = {name: str(getattr(instance, name) or "") for name in TYPED}
    shown["rate_limit"] = f"{instance.rate_limit}/minute"
    going = removing.what_goes(console(request).store, instance.name)
    return page(
        request,
        "settings.html",
        here="summary",
        instance=instance,
        shown=shown | dict(typed or {}),
        wrong=wrong,
        going=list(going.lines()),
        stays=list(going.what_stays()),
        zones=choices.time_zones(),
        date_formats=choices.DATE_FORMATS,
    )


def edit(request: Request, form: FormData) -> Response:
    """Save the settings."""
    state = console(request)
    old = instance_of(request)
    secret = Secret(text(form, "client_secret"))
    logs.hide(secret.reveal())
    typed = {name: text(form, name) for name in TYPED if name in form}
    try:
        new = replace(old, **settings.parsed(typed))
        identity = settings.identity_url(new.base_url, text(form, "identity_url"))
        new = replace(new, identity_url=identity)
        check_servers(state.store, new)
        changing = connect.change(state.store, old, new, secret if secret else None)
        asyncio.run(first_contact(new, changing))
    except XeroportError as error:
        return settings_page(request, error, typed)
    return said(request, f"/instances/{old.name}", "The settings are saved.")


def rotate(request: Request, form: FormData) -> Response:
    """Replace the secret, once the new one proved right."""
    state = console(request)
    instance = instance_of(request)
    secret = Secret(text(form, "client_secret"))
    logs.hide(secret.reveal())
    try:
        if not secret:
            raise InputError("the client secret is empty", hint=WHERE)
        asyncio.run(connect.change(state.store, instance, instance, secret))
    except XeroportError as error:
        return settings_page(request, error)
    return said(request, f"/instances/{instance.name}", "The new secret works and is saved.")


def check(request: Request, _: FormData) -> Response:
    """Check the credentials now, and remember what came out."""
    name = instance_of(request).name
    where = f"/instances/{name}"
    checked, error = asyncio.run(connect.recheck(console(request).store, name))
    if error is not None:
        return said_wrong(request, where, error)
    return said(
        request, where, f"Checked: Xero gives access to the books of {checked.organisation}."
    )


def remove(request: Request, form: FormData) -> Response:
    """Forget an instance, once its name was typed."""
    state = console(request)
    instance = instance_of(request)
    if text(form, "confirm") != instance.name:
        wrong = InputError(
            f"to remove it, type its name exactly: `{instance.name}`", hint="nothing was removed"
        )
        return settings_page(request, wrong)
    removing.remove(state.store, instance.name)
    if instance.name == DEMO_NAME:
        state.demo.forget()
    return said(
        request, "/instances", f"{instance.name} is removed.", hint="Its synced tables are kept."
    )


def demo_page(request: Request) -> HTMLResponse:
    """What the demo organisation is, and a button for it."""
    return page(request, "demo.html", here="instances")


def demo(request: Request, _: FormData) -> Response:
    """Add the demo organisation."""
    console(request).demo.add()
    return said(
        request,
        f"/instances/{DEMO_NAME}",
        "The demo organisation is ready.",
        hint="Next: press Sync now to bring its books here.",
    )


ROUTES = [
    page_at("/instances", listing),
    form_at("/demo", demo),
    page_at("/demo", demo_page, "act"),
    page_at("/instances/{instance}/settings", settings_page),
    form_at("/instances/{instance}/settings", edit),
    form_at("/instances/{instance}/rotate", rotate),
    form_at("/instances/{instance}/check", check),
    form_at("/instances/{instance}/remove", remove),
]
