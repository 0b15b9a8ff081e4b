"""Access tokens, sealed and shared by all processes of a home folder; one fetch at a time.

A fetch is a claim with an expiry: while one process asks Xero, the others wait for its result,
and take over when it dies or gives up. Whoever lost its claim to another puts nothing. A token
belongs to a fingerprint of the credentials, so that new credentials never meet an old token.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xeroport.secrets.vault import Vault
from xeroport.store.calls.file import Calls
from xeroport.store.processes import has_not_expired, holds, this_process

CLAIM_SECONDS = 60.0
LONGEST_LIFE = 86_400.0
"""Seconds that a token lives at most; one that ends later is of a clock that was wrong."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and the Unix time at which Xero stops taking it."""

    text: str = field(repr=False)
    expires: float


class Tokens:
    """The token of one instance with one set of credentials."""

    def __init__(self, calls: Calls, vault: Vault, instance: str, *, fingerprint: str) -> None:
        self._calls = calls
        self._vault = vault
        self._instance = instance
        self._fingerprint = fingerprint

    def get(self, now: float, *, margin: float) -> Token | None:
        """The shared token, if it lives for at least `margin` more seconds."""
        row = self._calls.connection.execute(
            "SELECT sealed, expires FROM token WHERE instance=? AND fingerprint=?",
            (self._instance, self._fingerprint),
        ).fetchone()
        if row is None or row["sealed"] is None:
            return None
        if not has_not_expired(row["expires"], now + margin, latest=now + LONGEST_LIFE):
            return None
        text = self._vault.unseal(row["sealed"], bound_to=self._place).reveal()
        return Token(text, row["expires"])

    @property
    def _place(self) -> str:
        return f"token {self._instance} {self._fingerprint}"

    def claim(self, now: float) -> str | None:
        """Take the right to fetch, which is given as its name; None while another is fetching."""
        claim = this_process().owner()
        with self._calls.transaction() as database:
            row = database.execute(
                "SELECT fetcher, fetching_until FROM token WHERE instance=?", (self._instance,)
            ).fetchone()
            until = now + CLAIM_SECONDS
            if row is not None and holds(row["fetcher"], row["fetching_until"], now, latest=until):
                return None
            database.execute(
                "INSERT INTO token (instance, fingerprint, expires, fetcher, fetching_until) "
                "VALUES (?, ?, 0, ?, ?) ON CONFLICT (instance) DO UPDATE "
                "SET fetcher=excluded.fetcher, fetching_until=excluded.fetching_until",
                (self._instance, self._fingerprint, claim, until),
            )
        return claim

    def put(self, token: Token, claim: str) -> bool:
        """Share a fetched token and end the claim; False if another has taken that over."""
        sealed = self._vault.seal(token.text, bound_to=self._place)
        with self._calls.transaction() as database:
            return bool(
                database.execute(
                    "UPDATE token SET fingerprint=?, sealed=?, expires=?, fetches=fetches+1, "
                    "fetcher=NULL, fetching_until=0 WHERE instance=? AND fetcher=?",
                    (self._fingerprint, sealed, token.expires, self._instance, claim),
                ).rowcount
            )

    def give_up(self, claim: str) -> None:
        """End a claim without a token, if it is still ours."""
        with self._calls.transaction() as database:
            database.execute(
                "UPDATE token SET fetcher=NULL, fetching_until=0 WHERE instance=? AND fetcher=?",
                (self._instance, claim),
            )


def forget(calls: Calls, instance: str) -> None:
    """Drop an instance's token, as after a change of its credentials."""
    with calls.transaction() as database:
        database.execute("DELETE FROM token WHERE instance=?", (instance,))
