"""What a person has consented to: codes, refresh tokens, and connections to organisations.

As Xero's pages on OAuth 2 have it: a code is good once and for five minutes; a refresh token is
replaced at each use, stands 60 days unused, and the one before it may be used again for 30 minutes
in case the reply was lost. Scopes add up over consents. Who revokes a refresh token removes all
connections with it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from xeroport_emulator.gateway.switches import Switches


@dataclass
class Connection:
    """One organisation that the person has connected to the app."""

    tenant_id: str
    auth_event_id: str
    created: datetime
    updated: datetime
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True)
class Code:
    """What a code stands for until it is exchanged."""

    redirect_uri: str
    challenge: str
    scopes: tuple[str, ...]
    nonce: str
    issued: datetime
    auth_event_id: str


@dataclass
class Refresh:
    """One refresh token: when it was issued, and when it was replaced, if it was."""

    issued: datetime
    auth_event_id: str
    replaced: datetime | None = None
    children: list[str] = field(default_factory=list)


class Refused(Exception):
    """The token endpoint refuses; the argument is OAuth's word for it."""


class Grants:
    """The one person's consents to the one sign-in app."""

    def __init__(self, switches: Switches, now: Callable[[], datetime]) -> None:
        self.switches = switches
        self._now = now
        self.scopes: tuple[str, ...] = ()
        self.codes: dict[str, Code] = {}
        self.refresh: dict[str, Refresh] = {}
        self.connections: dict[str, Connection] = {}

    def consent(
        self,
        *,
        scopes: tuple[str, ...],
        tenant_ids: list[str],
        redirect_uri: str,
        challenge: str,
        nonce: str,
    ) -> str:
        """Connect the organisations, add the scopes, and give a code for them."""
        now, event = self._now(), str(uuid4())
        for tenant_id in tenant_ids:
            connection = self.connections.get(tenant_id)
            if connection is None:
                self.connections[tenant_id] = Connection(tenant_id, event, now, now)
            else:
                connection.updated, connection.auth_event_id = now, event
        self.scopes = tuple(dict.fromkeys((*self.scopes, *scopes)))
        code = secrets.token_urlsafe(32)
        self.codes[code] = Code(redirect_uri, challenge, self.scopes, nonce, now, event)
        return code

    def exchange(self, code: str, *, redirect_uri: str) -> Code:
        """What the code stands for; it is spent, also by a wrong attempt."""
        known = self.codes.pop(code, None)
        if known is None or known.redirect_uri != redirect_uri:
            raise Refused("invalid_grant")
        if self._now() - known.issued >= timedelta(seconds=self.switches.code_seconds):
            raise Refused("invalid_grant")
        return known

    def issue(self, auth_event_id: str) -> str:
        """A new refresh token."""
        token = secrets.token_urlsafe(32)
        self.refresh[token] = Refresh(self._now(), auth_event_id)
        return token

    def rotate(self, token: str) -> tuple[str, str]:
        """The token that takes this one's place, and the sign-in it goes back to.

        A token that was replaced longer ago than the grace is somebody else's copy: all of the
        consent's tokens are revoked.
        """
        known = self.refresh.get(token)
        now = self._now()
        if known is None or now - known.issued >= timedelta(days=self.switches.refresh_days):
            raise Refused("invalid_grant")
        if known.replaced is not None:
            if now - known.replaced >= timedelta(minutes=self.switches.grace_minutes):
                self.refresh.clear()
                raise Refused("invalid_grant")
            if any(self.refresh[child].replaced for child in known.children):
                raise Refused("invalid_grant")
        known.replaced = known.replaced or now
        successor = self.issue(known.auth_event_id)
        known.children.append(successor)
        return successor, known.auth_event_id

    def revoke(self, token: str) -> None:
        """Revoke a refresh token, and with it every connection; unknown ones are no matter."""
        if token in self.refresh:
            self.revoke_all()

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, for the state file; codes are too short-lived to be kept."""
        return {
            "scopes": list(self.scopes),
            "refresh": {token: asdict(each) for token, each in self.refresh.items()},
            "connections": [asdict(connection) for connection in self.connections.values()],
        }

    def restore(self, values: dict[str, Any]) -> None:
        """Take over what `kept` gave."""
        self.scopes = tuple(values.get("scopes", ()))
        self.refresh = {
            token: Refresh(**stored_token)
            for token, stored_token in values.get("refresh", {}).items()
        }
        connections = [Connection(**connection) for connection in values.get("connections", ())]
        self.connections = {connection.tenant_id: connection for connection in connections}

    def revoke_all(self) -> None:
        """Nothing that was consented to stands any longer."""
        self.refresh.clear()
        self.codes.clear()
        self.connections.clear()
        self.scopes = ()

    def listed(self) -> list[Connection]:
        """The connections, the most recently updated first."""
        return sorted(self.connections.values(), key=lambda each: each.updated, reverse=True)

    def disconnect(self, connection_id: str) -> bool:
        """Remove a connection; False if there is none of that id."""
        for tenant_id, connection in self.connections.items():
            if connection.id == connection_id.lower():
                del self.connections[tenant_id]
                return True
        return False
