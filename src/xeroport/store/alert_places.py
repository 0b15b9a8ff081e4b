"""Where alerts may go, as declared on the command line: named commands and URLs, and the mail
server. The console offers them by name and cannot add to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from xeroport.errors import UnknownName
from xeroport.secrets.vault import Secret
from xeroport.store import sealed
from xeroport.store.database import Store
from xeroport.store.row_mapper import columns_of, value_of

Kind = Literal["command", "url"]
Security = Literal["tls", "starttls", "none"]
NamedBy = Literal["command line", "console"]


@dataclass(frozen=True)
class AlertPlace:
    """A named command or URL."""

    name: str
    kind: Kind
    place: str


@dataclass(frozen=True)
class MailServer:
    """The server that alerts by e-mail go through."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: Secret | None = None


def put(store: Store, place: AlertPlace) -> None:
    """Declare a place, or replace the one of that name."""
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO alert_place VALUES (:name, :kind, :place)", columns_of(place)
        )


def get(store: Store, name: str) -> AlertPlace:
    """The place of that name; UnknownName otherwise."""
    places = {place.name: place for place in all_places(store)}
    if name not in places:
        raise UnknownName(
            "place for alerts", name, places, hint="`xeroport alert add NAME TARGET` declares one"
        )
    return places[name]


def all_places(store: Store) -> tuple[AlertPlace, ...]:
    """Every place, by name."""
    rows = store.connection.execute("SELECT * FROM alert_place ORDER BY name")
    return tuple(value_of(AlertPlace, row) for row in rows)


def remove(store: Store, name: str) -> None:
    """Forget a place; UnknownName if there is none."""
    get(store, name)
    with store.transaction() as connection:
        connection.execute("DELETE FROM alert_place WHERE name = ?", (name,))


def name_host(store: Store, host: str, *, by: NamedBy) -> None:
    """Note who named a server; what the command line named stays its own."""
    verb = "INSERT OR IGNORE" if by == "console" else "INSERT OR REPLACE"
    with store.transaction() as connection:
        connection.execute(f"{verb} INTO alert_host VALUES (?, ?)", (host.lower(), by))


def is_of_the_console(store: Store, host: str) -> bool:
    """Whether only a console user named a server: it must be on the internet."""
    row = store.connection.execute(
        "SELECT named_by FROM alert_host WHERE host = ?", (host.lower(),)
    ).fetchone()
    return row is not None and row["named_by"] == "console"


def set_mail_server(store: Store, server: MailServer) -> None:
    """Keep the mail server, its password sealed."""
    password = server.password and store.vault.seal(server.password, bound_to=sealed.MAIL_PASSWORD)
    with store.transaction() as connection:
        connection.execute(
            "INSERT OR REPLACE INTO mail_server "
            "VALUES (1, :host, :port, :security, :sender, :user, :password)",
            columns_of(server, password=password),
        )


def mail_server(store: Store) -> MailServer | None:
    """The mail server; None while none is set."""
    row = store.connection.execute("SELECT * FROM mail_server").fetchone()
    if row is None:
        return None
    password = row["password"]
    opened = password and store.vault.unseal(password, bound_to=sealed.MAIL_PASSWORD)
    return replace(value_of(MailServer, row, password=None), password=opened)
