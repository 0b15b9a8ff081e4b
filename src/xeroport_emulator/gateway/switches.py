"""What can be switched about the emulated Xero while it runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from xeroport.catalogue import load

VALUES = {
    "replies": ("recorded", "described"),
    "connections": ("refused", "empty", "listed"),
    "emoji": ("kept", "dropped"),
    "slashes": ("found", "missing"),
    "repeating": ("changed", "new"),
    "prepayments": ("own", "all"),
    "bad_batches": ("told", "500"),
    "archived_names": ("refused", "new"),
    "empty_delta": (200, 304),
    "early_since": (200, 500),
    "invalid_client": (400, 401),
}
"""Switch → the values it knows, where these are few."""
JOURNALS = "accounting.journals.read"


def granular_scopes() -> tuple[str, ...]:
    """Every scope a connection made in 2026 can have: all granular ones but that of Journals."""
    found = {scope for endpoint in load().endpoints for scope in endpoint.granular_scopes}
    return tuple(sorted(found - {JOURNALS}))


@dataclass
class Switches:
    """The state of the connection, and the readings of Xero that its documentation leaves open.

    `consent` False: tokens come without a tenant and every call is a bare 403. `connected` False:
    the organisation was disconnected. `scopes`: what the connection is configured with.
    `since_inclusive`: whether If-Modified-Since includes records of that same second.
    `empty_delta`: 200 or 304 for a delta without records. `invalid_client`: 400 or 401.
    `early_since`: 200 reads all, 500 fails for an If-Modified-Since before 1753, as was reported
    of Xero. `latency`: seconds every call takes before it is carried out. `body_limit`: the bytes
    a body may have, 10 MB as Xero's documentation has it today; an older text says 3.5 MB.
    `replies`: in the form that was `recorded` of real organisations, or as Xero's description has
    them, `described`. `connections`: what `/connections` says to a custom connection, `refused`,
    `empty` or `listed`.
    `emoji`: characters outside the basic plane of Unicode are `kept` or `dropped` from texts.
    `slashes`: whether a record is `found` by a code with a slash in the path (`%2F`), or always
    `missing`. `repeating`: whether a POST to a repeating invoice changes it, `changed`, or makes a
    new one, `new`. `prepayments`: what their list holds, `own`, or the overpayments too, `all`.
    `bad_batches`: what a PUT of many records is answered that has one with an unknown account or
    tracking option, `told` for each record, or `500` for all. One report says so of each.
    `archived_names`: whether a document for the name of an archived contact is `refused`, or makes
    a `new` contact of that name.
    `revaluation`: whether reports value open foreign documents at the day's rate; journals never.
    `code_seconds`, `refresh_days`, `grace_minutes`: how long a code of the sign-in is good, a
    refresh token unused, and a replaced one. `connection_limit`: how many organisations the app may
    have, 0 for any number. `sign_in_refused` and `token_refused`: the error that every sign-in goes
    back with, and every request for a token is answered with, such as `invalid_grant`.
    """

    consent: bool = True
    connected: bool = True
    scopes: tuple[str, ...] = field(default_factory=granular_scopes)
    journals_open: bool = False
    since_inclusive: bool = False
    empty_delta: int = 200
    early_since: int = 200
    invalid_client: int = 400
    indented: bool = True
    gzip: bool = True
    latency: float = 0.0
    body_limit: int = 10 * 1024 * 1024
    replies: str = "recorded"
    connections: str = "refused"
    emoji: str = "kept"
    slashes: str = "found"
    repeating: str = "changed"
    prepayments: str = "own"
    bad_batches: str = "told"
    archived_names: str = "refused"
    revaluation: bool = False
    code_seconds: int = 300
    refresh_days: int = 60
    grace_minutes: int = 30
    connection_limit: int = 0
    sign_in_refused: str = ""
    token_refused: str = ""

    @property
    def configured(self) -> tuple[str, ...]:
        """The scopes that a token can have: Journals only where they are open."""
        if self.journals_open and JOURNALS not in self.scopes:
            return (*self.scopes, JOURNALS)
        return self.scopes

    def change(self, **values: object) -> None:
        """Set switches by name; ValueError for a name or value that does not exist."""
        for name, value in values.items():
            if name not in self.__dataclass_fields__:
                raise ValueError(f"there is no switch `{name}`")
            now = getattr(self, name)
            if name == "scopes":
                value = value.split() if isinstance(value, str) else value
                if not isinstance(value, Iterable):
                    raise ValueError("`scopes` is a list of scopes")
                setattr(self, name, tuple(str(each) for each in value))
            elif not _suits(now, value) or value not in VALUES.get(name, (value,)):
                raise ValueError(f"`{value}` is not a value for the switch `{name}`")
            else:
                setattr(self, name, value)


def _suits(now: object, value: object) -> bool:
    """Whether a value is of the kind that the switch has now."""
    if isinstance(now, bool) or isinstance(value, bool):
        return isinstance(now, bool) and isinstance(value, bool)
    return isinstance(value, str) if isinstance(now, str) else isinstance(value, int | float)
