"""Logins: one sign-in with Xero each, with the tokens that all of its instances share.

A refresh token is good once, so that two processes must never refresh at the same time: whoever
refreshes has a claim. What comes back is kept in one transaction, before any of it is used; the
token that it replaced is kept too, since Xero takes that again for 30 minutes.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Protocol

from xeroport.secrets.vault import Secret
from xeroport.store import sealed
from xeroport.store.database import Store
from xeroport.store.processes import holds, this_process
from xeroport.store.row_mapper import value_of
from xeroport.store.sql_statements import sql

CLAIM_SECONDS = 150.0
"""Longer than the tries of one refresh together."""
DAY = 86_400.0
UNUSED_DAYS = 60
"""Days after which Xero forgets a refresh token that was not used."""
QUIET_DAYS = 50
"""Days after which a login that nobody used is refreshed, so that it does not end."""
GRACE = 30 * 60.0
"""Seconds for which Xero takes the refresh token before, in case its reply was lost."""
LONGEST_LIFE = DAY
STATEMENTS = sql("logins.sql")


@dataclass(frozen=True, slots=True)
class TokenSet:
    """The tokens of a login as Xero last gave them; times are Unix times. `previous` is the
    refresh token before this one."""

    access: str = field(repr=False)
    expires_at: float
    refresh: str = field(repr=False)
    refreshed_at: float
    scopes: tuple[str, ...] = ()
    previous: str | None = field(default=None, repr=False)


class TokenStore(Protocol):
    """Where a login's tokens are kept. `claim` gives the right to refresh, or None while somebody
    else is refreshing; `save` keeps new tokens and ends the claim, and is False if somebody else
    has taken that over."""

    def load(self) -> TokenSet | None:
        """The tokens; None where there are none."""
        ...

    def claim(self, now: float) -> str | None:
        """The right to refresh."""
        ...

    def save(self, tokens: TokenSet, claim: str) -> bool:
        """Keep new tokens, durably, before one of them is used."""
        ...

    def give_up(self, claim: str) -> None:
        """End a claim without new tokens."""
        ...

    def end(self, reason: str, claim: str) -> None:
        """Note that only a new sign-in helps, and end the claim."""
        ...

    def ended(self) -> str | None:
        """Why only a new sign-in helps, or None."""
        ...


@dataclass(frozen=True)
class Login:
    """One login without its tokens; times are Unix times, 0 where there is none."""

    name: str
    base_url: str
    identity_url: str
    client_id: str
    scopes: tuple[str, ...] = ()
    expires_at: float = 0.0
    refreshed_at: float = 0.0
    signed_in_at: float = 0.0
    ended: str | None = None
    instances: tuple[str, ...] = ()

    def ends_at(self) -> float:
        """When Xero forgets it if nobody uses it."""
        return self.refreshed_at + UNUSED_DAYS * DAY


def put(store: Store, login: Login, tokens: TokenSet, secret: Secret | None, *, now: float) -> None:
    """Keep a login that was signed in just now, new or again; perhaps to another app by now, which
    its instances follow."""
    seal = store.vault.seal
    values = {
        "name": login.name,
        "base_url": login.base_url,
        "identity_url": login.identity_url,
        "client_id": login.client_id,
        "secret": seal(secret, bound_to=sealed.login_secret(login.name)) if secret else None,
        "scopes": " ".join(tokens.scopes),
        "access": seal(tokens.access, bound_to=sealed.login_token(login.name)),
        "expires_at": tokens.expires_at,
        "refresh": seal(tokens.refresh, bound_to=sealed.login_token(login.name)),
        "refreshed_at": tokens.refreshed_at,
        "now": now,
    }
    with store.transaction() as connection:
        connection.execute(STATEMENTS["put"], values)
        connection.execute(STATEMENTS["app_of_instances"], values)


def get(store: Store, name: str) -> Login:
    """The login of that name; UnknownName otherwise."""
    return _login(store, store.named("login", name, hint="`xeroport login` makes one"))


def all_logins(store: Store) -> tuple[Login, ...]:
    """Every login, by name."""
    rows = store.connection.execute("SELECT * FROM login ORDER BY name").fetchall()
    return tuple(_login(store, row) for row in rows)


def secret(store: Store, name: str) -> Secret | None:
    """The client secret of a login's app, if it has one."""
    row = store.connection.execute("SELECT secret FROM login WHERE name = ?", (name,)).fetchone()
    if row is None or row["secret"] is None:
        return None
    return store.vault.unseal(row["secret"], bound_to=sealed.login_secret(name))


def end(store: Store, name: str, reason: str) -> None:
    """Forget a login's tokens; its instances stay, and continue after a new sign-in."""
    with store.transaction() as connection:
        connection.execute(STATEMENTS["end"], {"name": name, "reason": reason})


def quiet(store: Store, now: float) -> tuple[str, ...]:
    """Logins that nobody has used for so long that Xero will soon forget them."""
    rows = store.connection.execute(STATEMENTS["quiet"], {"before": now - QUIET_DAYS * DAY})
    return tuple(row["name"] for row in rows)


def warn_once(store: Store, name: str, now: float) -> bool:
    """Whether it is for the first time since its last refresh that a login's trouble is said."""
    with store.transaction(durable=False) as connection:
        return bool(
            connection.execute(
                "UPDATE login SET warned_at = ? WHERE name = ? AND warned_at = 0", (now, name)
            ).rowcount
        )


class SavedTokens:
    """The tokens of a login of the home folder."""

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name
        self._bound_to = sealed.login_token(name)

    def load(self) -> TokenSet | None:
        """The tokens; None after a logout."""
        row = self._row()
        if row is None or row["access"] is None or row["refresh"] is None:
            return None
        return TokenSet(
            access=self._text(row["access"]),
            expires_at=row["expires_at"],
            refresh=self._text(row["refresh"]),
            refreshed_at=row["refreshed_at"],
            scopes=tuple(row["scopes"].split()),
            previous=None if row["previous"] is None else self._text(row["previous"]),
        )

    def claim(self, now: float) -> str | None:
        """The right to refresh; None while a living process has it."""
        claim = this_process().owner()
        with self._store.transaction(durable=False) as connection:
            row = connection.execute(STATEMENTS["refresher"], {"name": self._name}).fetchone()
            if row is None:
                return None
            latest = now + CLAIM_SECONDS
            if holds(row["refresher"], row["refreshing_until"], now, latest=latest):
                return None
            connection.execute(
                STATEMENTS["claim"], {"name": self._name, "claim": claim, "until": latest}
            )
        return claim

    def save(self, tokens: TokenSet, claim: str) -> bool:
        """Keep new tokens on disk and end the claim; False if it is another's by now."""
        seal = self._store.vault.seal
        values = {
            "name": self._name,
            "claim": claim,
            "access": seal(tokens.access, bound_to=self._bound_to),
            "expires_at": tokens.expires_at,
            "refresh": seal(tokens.refresh, bound_to=self._bound_to),
            "refreshed_at": tokens.refreshed_at,
            "previous": None
            if tokens.previous is None
            else seal(tokens.previous, bound_to=self._bound_to),
            "scopes": " ".join(tokens.scopes),
        }
        with self._store.transaction() as connection:
            return bool(connection.execute(STATEMENTS["save"], values).rowcount)

    def give_up(self, claim: str) -> None:
        """End a claim without new tokens, if it is still ours."""
        with self._store.transaction(durable=False) as connection:
            connection.execute(STATEMENTS["give_up"], {"name": self._name, "claim": claim})

    def end(self, reason: str, claim: str) -> None:
        """Note that only a new sign-in helps; the tokens stay, in case that was wrong."""
        with self._store.transaction() as connection:
            connection.execute(
                STATEMENTS["ended"], {"name": self._name, "claim": claim, "reason": reason}
            )

    def ended(self) -> str | None:
        """Why only a new sign-in helps, or None."""
        row = self._row()
        return "it is gone" if row is None else row["ended"]

    def _row(self) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._store.connection.execute(
            "SELECT * FROM login WHERE name = ?", (self._name,)
        ).fetchone()
        return row

    def _text(self, sealed_text: bytes) -> str:
        return self._store.vault.unseal(sealed_text, bound_to=self._bound_to).reveal()


def _login(store: Store, row: sqlite3.Row) -> Login:
    instances = store.connection.execute(
        "SELECT name FROM instance WHERE login = ? ORDER BY name", (row["name"],)
    )
    names = tuple(instance["name"] for instance in instances)
    return value_of(Login, row, scopes=tuple(row["scopes"].split()), instances=names)
