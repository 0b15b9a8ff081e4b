"""Whether the plan of a login's app at Xero suffices for its organisations.

Xero does not tell an app its plan. What its replies say is left of the day shows it, as far as it
can be seen: more than Starter allows is no Starter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from xeroport.dates import in_utc
from xeroport.plurals import counted
from xeroport.store import instances
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.logins import Login

STARTER, CORE = 1_000, 5_000
"""Calls a day, for each organisation, of Xero's plans for apps."""
STARTER_CONNECTIONS = 5


@dataclass(frozen=True, slots=True)
class CallsLeft:
    """What an instance has left of its day, None until Xero said so; all used up until then."""

    instance: str
    left: int | None
    used_up_until: float | None = None


def calls_left(store: Store, login: Login) -> list[CallsLeft]:
    """What the instances of a login have left, without calling Xero."""
    calls = Calls(store.home)
    left = []
    for name in login.instances:
        state = instances.budgets_of(calls, instances.get(store, name)).state()
        left.append(CallsLeft(name, state.day_remaining, state.day_until))
    return left


def too_small(organisations: Sequence[CallsLeft]) -> str | None:
    """Why the plan of the app is too small for these, in words; None if it does not look so."""
    over = [
        organisation for organisation in organisations if organisation.used_up_until is not None
    ]
    if over:
        names = ", ".join(f"`{reason.instance}`" for reason in over)
        until = datetime.fromtimestamp(max(reason.used_up_until or 0 for reason in over), UTC)
        return (
            f"the app's plan is too small: the day's calls of {names} are used up until "
            f"{in_utc(until)} (Starter has {STARTER:,} a day, Core {CORE:,})"
        )
    heard = [organisation.left for organisation in organisations if organisation.left is not None]
    if heard and max(heard) <= STARTER and len(organisations) >= STARTER_CONNECTIONS:
        many = counted(len(organisations), "organisation")
        return (
            f"the app's plan looks too small: it has {many}, and Starter takes "
            f"{STARTER_CONNECTIONS}, each with a day's calls of {STARTER:,}"
        )
    return None
