"""`login` and `logout`: sign in with Xero in the browser, and end that again."""

from __future__ import annotations

import asyncio
import select
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from xeroport import settings
from xeroport.cli import prompts
from xeroport.cli.session import Session, fail
from xeroport.errors import InputError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xeroport.jobs.logins.loopback import Loopback
    from xeroport.jobs.logins.sign_in import SignedIn
    from xeroport.store.logins import Login
    from xeroport.xero.sign_in.flow import App, Connection, SignIn

ADD = "add-organisation"
WAIT_SECONDS = 300.0
"""How long a sign-in may take: Xero's code is good for five minutes."""
SECRET_OPTION = "--client-secret-file"  # noqa: S105 (an option's name)


@click.command()
@click.argument("name", required=False)
@click.argument("more", required=False, metavar="")
@click.option("--list", "list_", is_flag=True, help="List the logins and their state.")
@click.option("--client-id", metavar="ID", help="Client ID of the app for signing in.")
@click.option(SECRET_OPTION, metavar="F", help="A web app's secret; - is stdin. Most have none.")
@click.option("--base-url", metavar="URL", help="Default: https://api.xero.com")
@click.option("--identity-url", metavar="URL", help="Default: follows the base URL.")
@click.option("--uses", metavar="'A B'", help="read, reports, attachments, write …")
@click.option("--scopes", metavar="'A B'", help="Scopes by their names, instead of --uses.")
@click.option("--organisation", "wanted", multiple=True, help="Its name or id; may be repeated.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the redirect URI.")
@click.option("--no-browser", is_flag=True, help="Print the address; paste the final one back.")
@click.pass_obj
def login(
    session: Session,
    /,
    name: str | None,
    more: str | None,
    list_: bool,
    wanted: tuple[str, ...],
    port: int | None,
    no_browser: bool,
    **given: str | None,
) -> int:
    """Sign in with Xero, or sign in again; NAME is the login's name, `xero` if left out.

    The browser opens at Xero; there you choose organisations. Each becomes an instance, and all of
    them share the login. Register `http://localhost:8755/callback` (also 8756 and 8757) as redirect
    URIs of the app. `login add-organisation` connects more organisations to a login.
    """
    if list_:
        if name is not None:
            raise InputError(f"`--list` lists all logins; leave `{name}` out")
        return _list(session)
    from xeroport.jobs.logins import sign_in

    if name == ADD:
        name = more or _only(session)
    elif more is not None:
        raise InputError(f"`{more}` is one name too many", hint="see `xeroport login --help`")
    old = sign_in.of_name(session.store, name or sign_in.DEFAULT_NAME)
    name = old.name if old else name or sign_in.DEFAULT_NAME
    app = _app(session, old, given)
    scopes = _scopes(old, given)
    connections = _signed_in(session, app, scopes, name=name, port=port, no_browser=no_browser)
    chosen = _chosen(session, connections, wanted)
    connected = asyncio.run(sign_in.make_instances(session.store, name, chosen))
    return _tell(session, name, connected)


@click.command()
@click.argument("name", required=False)
@click.pass_obj
def logout(session: Session, name: str | None) -> None:
    """End login NAME at Xero and forget its tokens.

    Its instances stay, and continue where they stopped after the next `xeroport login NAME`.
    """
    from xeroport.jobs.logins import login_state as state

    ended = asyncio.run(state.log_out(session.store, name or _only(session)))
    if session.as_json:
        session.emit({"login": ended.name, "stopped": list(ended.instances)})
        return
    session.say(f"signed out of `{ended.name}`")
    if ended.instances:
        names = ", ".join(f"`{instance}`" for instance in ended.instances)
        session.say(f"until the next sign-in these instances stop: {names}")


def _list(session: Session) -> int:
    from xeroport.jobs.logins.login_state import health_of
    from xeroport.store import logins

    now = time.time()
    listed = [
        (login, health_of(session.store, login, now)) for login in logins.all_logins(session.store)
    ]
    values = [
        {
            "name": login.name,
            "signed_in": health.is_signed_in,
            "health": health.words,
            "plan_problem": health.plan_problem,
            "disconnected": list(health.disconnected),
            "instances": list(login.instances),
            "scopes": list(login.scopes),
            "client_id": login.client_id,
            "base_url": login.base_url,
        }
        for login, health in listed
    ]
    rows = [(login.name, ", ".join(login.instances), health.words) for login, health in listed]
    none = "none yet: `xeroport login` signs in with Xero"
    session.listing(values, rows, ("login", "instances", "health"), none=none)
    if session.as_json:
        return 0
    for login, health in listed:
        if health.disconnected:
            session.warn(
                f"login `{login.name}`: organisations that were disconnected at Xero, or that the "
                "person who signed in may not see",
                hint=f"`xeroport login {ADD} {login.name}`, and tick them at Xero",
            )
        if health.plan_problem:
            session.warn(
                f"login `{login.name}`: {health.plan_problem}",
                hint="the app's plan is changed in Xero's developer portal; or sync less often: "
                "`xeroport plan NAME`",
            )
    return 0


def _only(session: Session) -> str:
    from xeroport.jobs.logins.sign_in import DEFAULT_NAME
    from xeroport.store import logins

    names = [each.name for each in logins.all_logins(session.store)]
    if len(names) > 1 and DEFAULT_NAME not in names:
        raise InputError(
            f"there are {len(names)} logins: {', '.join(f'`{name}`' for name in names)}",
            hint="say which one",
        )
    return DEFAULT_NAME if DEFAULT_NAME in names or not names else names[0]


def _app(session: Session, old: Login | None, given: dict[str, str | None]) -> App:
    """The app to sign in to: as it was, except for what is given."""
    from xeroport.jobs.logins.login_access import app_of
    from xeroport.xero.sign_in.flow import App

    secret = None
    if given["client_secret_file"] is not None:
        secret = prompts.secret(given["client_secret_file"], "Client Secret", SECRET_OPTION)
    if old is not None:
        app_before = app_of(session.store, old)
        base = settings.base_url(given["base_url"]) if given["base_url"] else app_before.base_url
        identity = app_before.identity_url
        if given["base_url"] or given["identity_url"]:
            identity = settings.identity_url(base, given["identity_url"])
        moved = (base, identity) != (app_before.base_url, app_before.identity_url)
        if old.instances and moved:
            raise InputError(
                f"`{old.name}` is the login of instances at `{app_before.base_url}`",
                hint="choose another name for a login at another address",
            )
        client_id = settings.client_id(given["client_id"] or app_before.client_id)
        same = client_id == app_before.client_id and not moved
        return App(client_id, base, identity, secret or (app_before.secret if same else None))
    base = settings.base_url(given["base_url"] or settings.XERO_BASE)
    client_id = prompts.needed(given["client_id"], "Client ID", "--client-id", settings.client_id)
    return App(client_id, base, settings.identity_url(base, given["identity_url"]), secret)


def _scopes(old: Login | None, given: dict[str, str | None]) -> tuple[str, ...]:
    """The scopes to ask for; those that a login has stay, since Xero adds them up."""
    from xeroport.xero.sign_in.scopes import ALWAYS, DEFAULT_USES, scopes_of

    if given["scopes"]:
        wanted = settings.scopes(given["scopes"])
    elif given["uses"]:
        wanted = scopes_of(settings.scopes(given["uses"]))
    else:
        wanted = old.scopes if old else scopes_of(DEFAULT_USES)
    return tuple(dict.fromkeys((*ALWAYS, *(old.scopes if old else ()), *wanted)))


def _signed_in(
    session: Session,
    app: App,
    scopes: Sequence[str],
    *,
    name: str,
    port: int | None,
    no_browser: bool,
) -> tuple[Connection, ...]:
    from xeroport.jobs.logins import sign_in
    from xeroport.jobs.logins.loopback import PORTS, Loopback, redirect_uri
    from xeroport.xero.sign_in import flow

    session.store.vault  # noqa: B018  a missing key is told before the browser opens
    with Loopback((port,) if port else PORTS) as loopback:
        under_way = flow.begin(app, redirect_uri=redirect_uri(loopback.port), scopes=scopes)
        loopback.expect(under_way.state)
        opened = not no_browser and _open(under_way.address)
        session.say(
            "sign in with Xero in the browser that has opened; if none has, open this address:"
            if opened
            else "open this address in a browser and sign in with Xero:"
        )
        session.say(under_way.address)
        if not opened:
            session.say(
                "if the browser is on another machine, it ends at an address that begins with "
                f"`{under_way.redirect_uri}`: paste it here"
            )
        address = _came_back(loopback, under_way)
    code = flow.code_in(under_way, address)
    return asyncio.run(sign_in.keep(session.store, under_way, code, name=name))


def _open(address: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False


def _came_back(loopback: Loopback, under_way: SignIn) -> str:
    """The address that the browser came back to, or that was pasted."""
    until = time.monotonic() + WAIT_SECONDS
    listens_to_stdin = True
    while time.monotonic() < until:
        if loopback.wait(0.1) and loopback.address is not None:
            return loopback.address
        if listens_to_stdin and _has_line():
            line = sys.stdin.readline()
            if line.strip():
                return line
            listens_to_stdin = bool(line)
    raise Unavailable(
        f"the sign-in was not completed within {WAIT_SECONDS / 60:.0f} minutes",
        hint=f"is `{under_way.redirect_uri}` registered as a redirect URI of the app?",
    )


def _has_line() -> bool:
    """Whether something was typed; False where that cannot be seen."""
    try:
        return bool(select.select([sys.stdin], [], [], 0)[0])
    except (OSError, ValueError, TypeError):
        return False


def _chosen(
    session: Session, connections: tuple[Connection, ...], wanted: tuple[str, ...]
) -> tuple[Connection, ...]:
    from xeroport.jobs.logins.sign_in import chosen_of

    for number, connection in enumerate(connections, start=1):
        country = f" ({connection.country})" if connection.country else ""
        session.say(f"  {number}  {connection.name}{country}")
    everything = [connection.tenant_id for connection in connections]
    if wanted or len(connections) < 2 or not prompts.has_terminal():
        return chosen_of(connections, wanted or everything)
    while True:
        text = click.prompt(
            "Which of them? Numbers or names, with commas between", default="all", err=True
        )
        try:
            return chosen_of(
                connections, everything if text == "all" else _words(text, connections)
            )
        except InputError as error:
            session.say(f"error: {error.message}")


def _words(answer: str, connections: Sequence[Connection]) -> list[str]:
    """The names or numbers in an answer: a name may hold blanks and commas."""
    if answer.strip().lower() in {connection.name.lower() for connection in connections}:
        return [answer]
    words = [word.strip() for word in answer.split(",") if word.strip()]
    if all(word.replace(" ", "").isdigit() for word in words):
        return answer.replace(",", " ").split()
    return words


def _tell(session: Session, name: str, made: list[SignedIn]) -> int:
    from xeroport.cli.commands.instance import as_data

    data: list[dict[str, Any]] = [
        {
            **as_data(made_instance.instance),
            "new": made_instance.is_new,
            "problem": made_instance.problem.message if made_instance.problem else None,
        }
        for made_instance in made
    ]
    status = 0
    if session.as_json:
        session.emit({"login": name, "instances": data})
    for made_instance in made:
        instance = made_instance.instance
        if not session.as_json:
            word = "added" if made_instance.is_new else "signed in again"
            session.say(f"{word}: `{instance.name}`, {instance.organisation or '?'}")
        if made_instance.problem is not None:
            status = fail(made_instance.problem)
    return status
