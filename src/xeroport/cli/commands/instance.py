"""`instance`: add, list, show, check, edit, rotate, remove."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

import click

from xeroport import settings
from xeroport.cli import prompts
from xeroport.cli.commands.instance_import import command as import_instances
from xeroport.cli.session import Session, fail
from xeroport.errors import InputError, NotAuthenticated, UnknownName
from xeroport.jobs.instances import connect
from xeroport.store import instances
from xeroport.store.instances import Instance

METHOD = "OAuth 2 client credentials"
AS_ORGANISATION = "the organisation's"
SECRET_OPTION = "--client-secret-file"  # noqa: S105 (an option's name)
F = TypeVar("F", bound=Callable[..., Any])


def settings_options(function: F) -> F:
    """The options that `add` and `edit` share."""
    for option in reversed(
        (
            click.option("--base-url", metavar="URL", help="Default: https://api.xero.com"),
            click.option("--client-id", metavar="ID", help="Client ID of the custom connection."),
            click.option(SECRET_OPTION, metavar="F", help="File with the secret; - is stdin."),
            click.option("--time-zone", metavar="ZONE", help="Such as Europe/London."),
            click.option("--date-format", metavar="FORMAT", help="Such as DD/MM/YYYY."),
            click.option(
                "--decimal-mark", metavar="MARK", help="Of numbers in files: . or , or ask."
            ),
            click.option("--rate-limit", metavar="RATE", help="Default: 60/minute"),
            click.option("--concurrency", metavar="N", help="Calls at the same time; default: 5"),
            click.option("--scopes", metavar="'A B'", help="Default: all that the app has."),
            click.option("--tenant-id", metavar="ID", help="Default: from the token."),
            click.option("--identity-url", metavar="URL", help="Default: follows the base URL."),
            click.option("--no-check", is_flag=True, help="Save without trying the credentials."),
        )
    ):
        function = option(function)
    return function


@click.group()
def command() -> None:
    """Add, check, change and remove instances: named credentials, one organisation each."""


command.add_command(import_instances)


@command.command()
@click.argument("name")
@settings_options
@click.pass_obj
def add(session: Session, /, name: str, no_check: bool, **given: str | None) -> None:
    """Add an instance; only credentials that work are saved.

    On a terminal, missing credentials and settings are asked for; Enter takes the time zone and the
    date format from the organisation. If Xero refuses the credentials, only they are asked for
    again.
    """
    instances.check_name(name)
    store = session.store
    if any(known.name == name for known in instances.all_instances(store)):
        raise InputError(
            f"there is already an instance `{name}`",
            hint=f"`xeroport instance edit {name}` changes it, `remove` removes it",
        )
    ask = given["client_id"] is None or given["client_secret_file"] is None
    usual = {"time_zone": settings.DEFAULT_ZONE, "date_format": settings.DEFAULT_FORMAT}
    asks = ask and prompts.has_terminal()
    of_organisation: dict[str, Any] = {
        setting: prompts.setting(
            given[setting],
            setting.replace("_", " ").capitalize(),
            AS_ORGANISATION if asks else default,
            _or_learned(settings.PARSERS[setting]),
            ask=ask,
        )
        for setting, default in usual.items()
    }
    rate = prompts.setting(
        given["rate_limit"], "Rate limit", settings.DEFAULT_RATE, settings.rate_limit, ask=ask
    )
    prompts.setting(None, "Authentication method", METHOD, _method, ask=ask)
    base = prompts.setting(
        given["base_url"], "Base URL", settings.XERO_BASE, settings.base_url, ask=ask
    )
    learned = [name for name, value in of_organisation.items() if value == AS_ORGANISATION]
    instance = Instance(
        name=name,
        base_url=base,
        identity_url=settings.identity_url(base, given["identity_url"]),
        client_id="",
        **of_organisation | {setting: usual[setting] for setting in learned},
        decimal_mark=settings.decimal_mark(given["decimal_mark"] or ""),
        rate_limit=rate,
        concurrency=settings.concurrency(given["concurrency"] or 5),
        scopes=settings.scopes(given["scopes"] or ""),
        tenant_id=settings.tenant_id(given["tenant_id"] or ""),
    )
    added = _connected(session, instance, given, check=not no_check, learned=learned)
    _tell(session, added, "added")
    if learned and added.checked:
        session.say(f"time zone `{added.time_zone}`, date format `{added.date_format}`")
    twin = connect.same_organisation(store, added)
    if twin is not None:
        session.warn(f"`{twin.name}` is the same organisation; both have the same books")


def _connected(
    session: Session,
    instance: Instance,
    given: Mapping[str, str | None],
    *,
    check: bool,
    learned: Sequence[str],
) -> Instance:
    """The instance once it gets in. Credentials that were typed are asked for again where Xero
    refuses them; the other answers stay."""
    client_id = given["client_id"]
    while True:
        client_id = prompts.needed(client_id, "Client ID", "--client-id", settings.client_id)
        same = connect.same_app(session.store, instance.base_url, client_id)
        if same is not None:
            session.warn(f"`{same.name}` already uses this app: both share one budget of calls")
        secret = prompts.secret(given["client_secret_file"], "Client Secret", SECRET_OPTION)
        try:
            return asyncio.run(
                connect.add(
                    session.store,
                    replace(instance, client_id=client_id),
                    secret,
                    check=check,
                    from_organisation=learned,
                )
            )
        except NotAuthenticated as error:
            if given["client_secret_file"] is not None or not prompts.has_terminal():
                raise
            session.say(f"error: {error.message}")
            session.say("hint: type them again, or press Ctrl-C; the other answers are kept")
            client_id = given["client_id"] or prompts.again("Client ID", client_id)


def _or_learned(parse: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: text if text == AS_ORGANISATION else parse(text)


@command.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List all instances."""
    saved = instances.all_instances(session.store)
    rows = [(i.name, i.organisation, i.base_currency, _health(i), i.base_url) for i in saved]
    session.listing(
        [as_data(instance) for instance in saved],
        rows,
        ("name", "organisation", "currency", "health", "base URL"),
        none="none yet: `xeroport instance add NAME` adds one, `xeroport demo` shows one",
    )


@command.command()
@click.argument("name")
@click.pass_obj
def show(session: Session, name: str) -> None:
    """Show an instance's settings, without its secret."""
    instance = instances.get(session.store, name)
    values = as_data(instance)
    if session.as_json:
        session.emit(values)
        return
    values["rate_limit"] = f"{instance.rate_limit}/minute"
    values["scopes"] = " ".join(instance.scopes) or "all that are configured"
    values["health"] = _health(instance)
    if instance.login is None:
        values["client_secret"] = "kept, never shown"  # noqa: S105 (not a secret)
    session.facts({name.replace("_", " "): value for name, value in values.items()})


@command.command()
@click.argument("name")
@click.pass_obj
def check(session: Session, name: str) -> int:
    """Try an instance's credentials.

    Fetches a token, reads the organisation, and saves the result as the instance's health.
    """
    instance, error = asyncio.run(connect.recheck(session.store, name))
    if session.as_json:
        session.emit({**as_data(instance), "problem": error.message if error else None})
    elif error is None:
        session.show(_line(instance))
    return fail(error, session) if error else 0


@command.command()
@click.argument("name")
@settings_options
@click.pass_obj
def edit(session: Session, /, name: str, no_check: bool, **given: str | None) -> None:
    """Change an instance's settings.

    A change to the connection is tried first, and saved only if it works. Another server needs the
    client secret again: the saved one is never sent there.
    """
    if all(value is None for value in given.values()):
        raise InputError(
            "nothing to change was given",
            hint=f"such as `xeroport instance edit {name} --time-zone Europe/London`",
        )
    store = session.store
    old = instances.get(store, name)
    changed = replace(old, **_changes(old, given))
    secret = None
    if given["client_secret_file"] is not None or connect.new_servers(old, changed):
        secret = prompts.secret(given["client_secret_file"], "Client Secret", SECRET_OPTION)
    saved = asyncio.run(connect.change(store, old, changed, secret, check=not no_check))
    _tell(session, saved, "changed")


@command.command()
@click.argument("name")
@click.option(SECRET_OPTION, metavar="F", help="File with the new secret; - is stdin.")
@click.option("--no-check", is_flag=True, help="Save without trying it.")
@click.pass_obj
def rotate(session: Session, name: str, client_secret_file: str | None, no_check: bool) -> None:
    """Replace an instance's secret.

    The new one is tried first; if it does not work, the old one stays.
    """
    store = session.store
    old = instances.get(store, name)
    secret = prompts.secret(client_secret_file, "New Client Secret", SECRET_OPTION)
    saved = asyncio.run(connect.change(store, old, old, secret, check=not no_check))
    _tell(session, saved, "rotated")


@command.command()
@click.argument("name")
@click.pass_obj
def disconnect(session: Session, name: str) -> None:
    """Disconnect the organisation of instance NAME from the app at Xero.

    Only for instances of a login. The instance stays, and works again once the organisation is
    ticked at the next sign-in.
    """
    from xeroport.jobs.logins.login_state import disconnect

    instance = asyncio.run(disconnect(session.store, name))
    text = f"disconnected `{name}`; `xeroport login {instance.login}` connects it again"
    session.answer(as_data(instance), text)


@command.command()
@click.argument("name")
@click.option("--confirm", metavar="NAME", help="The name again, to confirm.")
@click.option("--forget-sent", is_flag=True, help="Also forget what was sent to its organisation.")
@click.pass_obj
def remove(session: Session, name: str, confirm: str | None, forget_sent: bool) -> None:
    """Remove an instance and its secret.

    This also removes its schedules, its webhooks, what waits in its outbox and the flows that need
    it; all of that is listed before you confirm. Synced data and runs stay, and so do the keys of
    what was sent to its organisation: if you add it again, nothing is sent twice.
    """
    from xeroport.jobs.instances import remove as removing

    going = removing.what_goes(session.store, name, forget_sent=forget_sent)
    if confirm is None and (lines := list(going.lines())):
        session.say(f"removing `{name}` also removes:")
        for line in lines:
            session.say(f"  {line}")
        for line in going.what_stays():
            session.say(f"what stays: {line}")
    again = prompts.needed(confirm, f"Type `{name}` to remove it", "--confirm", str.strip)
    if again != name:
        raise InputError(
            f"`{again}` is not `{name}`; nothing was removed", hint=f"use `--confirm {name}`"
        )
    gone = removing.remove(session.store, name, forget_sent=forget_sent)
    if session.as_json:
        session.emit(
            {
                "name": name,
                "removed": True,
                "schedules_removed": gone.schedules,
                "flows_removed": gone.flows,
                "events_removed": gone.events,
                "unsent_removed": gone.unsent,
                "sent_remembered": 0 if gone.forgets else gone.remembered,
            }
        )
        return
    for line in gone.lines():
        session.warn(f"also removed: {line}")
    for line in gone.what_stays():
        session.say(f"kept: {line}")
    session.say(f"removed `{name}`; what was synced from it is still there")


def as_data(instance: Instance) -> dict[str, Any]:
    """An instance as plain data, without its secret."""
    return {**asdict(instance), "scopes": list(instance.scopes)}


def _changes(old: Instance, given: dict[str, str | None]) -> dict[str, Any]:
    changes = settings.parsed(given)
    if given["identity_url"] or "base_url" in changes:
        base = changes.get("base_url", old.base_url)
        changes["identity_url"] = settings.identity_url(base, given["identity_url"])
    return changes


def _method(text: str) -> str:
    if text.strip().lower() not in (METHOD.lower(), "client credentials", "oauth2", "oauth 2"):
        raise UnknownName(
            "authentication method", text, (METHOD,), hint=f"the only one is `{METHOD}`"
        )
    return METHOD


def _tell(session: Session, instance: Instance, done: str) -> None:
    session.answer(as_data(instance), f"{done}: {_line(instance)}")


def _line(instance: Instance) -> str:
    if not instance.checked:
        return f"`{instance.name}`, not checked yet; `xeroport instance check {instance.name}`"
    currency = f" ({instance.base_currency})" if instance.base_currency else ""
    return f"`{instance.name}` is {instance.health}, {instance.organisation or '?'}{currency}"


def _health(instance: Instance) -> str:
    return instance.health if instance.checked else "not checked"
