"""Access tokens, sealed and shared by all processes of a home folder; one fetch at a time.

A fetch is a claim with an expiry: while one process asks Xero, the others wait for its result,
and take over when it dies or gives up. A token belongs to a fingerprint of the credentials, so
that new credentials never meet an old token.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from xeroport.secrets.vault import Vault
from xeroport.store.calls.file import Calls, has_died, this_process

CLAIM_SECONDS = 60.0


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
        if row is None or row["sealed"] is None or row["expires"] - margin <= now:
            return None
        return Token(self._vault.unseal(row["sealed"]).reveal(), row["expires"])

    def claim(self, now: float) -> bool:
        """Take the right to fetch; False while another process is fetching."""
        with self._calls.transaction() as database:
            row = database.execute(
                "SELECT fetcher, fetching_until FROM token WHERE instance=?", (self._instance,)
            ).fetchone()
            busy = (
                row is not None
                and row["fetcher"] is not None
                and now < row["fetching_until"] <= now + CLAIM_SECONDS
                and not has_died(row["fetcher"])
            )
            if busy:
                return False
            if row is None:
                database.execute(
                    "INSERT INTO token (instance, fingerprint, expires) VALUES (?,?,0)",
                    (self._instance, self._fingerprint),
                )
            database.execute(
                "UPDATE token SET fetcher=?, fetching_until=? WHERE instance=?",
                (this_process(), now + CLAIM_SECONDS, self._instance),
            )
            return True

    def put(self, token: Token) -> None:
        """Share a fetched token and give the claim back."""
        sealed = self._vault.seal(token.text)
        with self._calls.transaction() as database:
            database.execute(
                "UPDATE token SET fingerprint=?, sealed=?, expires=?, fetches=fetches+1, "
                "fetcher=NULL, fetching_until=0 WHERE instance=?",
                (self._fingerprint, sealed, token.expires, self._instance),
            )

    def give_up(self) -> None:
        """Give the claim back without a token."""
        with self._calls.transaction() as database:
            database.execute(
                "UPDATE token SET fetcher=NULL, fetching_until=0 WHERE instance=?",
                (self._instance,),
            )


def forget(calls: Calls, instance: str) -> None:
    """Drop an instance's token, as after a change of its credentials."""
    with calls.transaction() as database:
        database.execute("DELETE FROM token WHERE instance=?", (instance,))
