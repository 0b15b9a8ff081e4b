"""Whether an instance's credentials work: a token is fetched and the organisation is read.

A token alone proves nothing: Xero issues one before the authorising user has consented.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from xeroport.catalogue.time_zones import date_format_of, zone_of
from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.errors import NotAuthenticated, NotAuthorised, Refused, Unavailable, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Health, Instance
from xeroport.store.outbox.organisations import may_be_another
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.policy.verdict import BRIEF
from xeroport.xero.request_sender import Access
from xeroport.xero.tokens import not_configured
from xeroport.xero.wire.transport import Transport

ORGANISATION = "organisation.get"
LONGEST = 500
"""Characters of a name or an id that is kept."""
SECONDS = 4.0
"""How long a check may take: a person waits for it, and a process has to begin and end."""


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """What a check found: the instance with its health and, if all is well, its organisation;
    otherwise `error` says in the user's terms what to correct. `time_zone` and `date_format` are
    those of the organisation, where its record says so."""

    instance: Instance
    error: XeroportError | None
    time_zone: str | None = None
    date_format: str | None = None


async def check(
    instance: Instance,
    secret: Secret,
    *,
    calls: Calls | None = None,
    clock: Clock = SYSTEM_CLOCK,
    transport: Transport | None = None,
    access: Access | None = None,
) -> HealthCheck:
    """Try the credentials with a token of their own; InputError for an address that is no good.

    Scopes that the instance asks for must be configured. Gives up soon, since a person waits.
    `calls` shares the call budgets with the home folder's other processes; `access` is where the
    tokens of a login come from.
    """

    def failed(health: Health, error: XeroportError) -> HealthCheck:
        return HealthCheck(replace(instance, health=health, checked_at=clock.now()), error)

    client = XeroClient(
        instance,
        secret,
        calls=calls or Calls.in_memory(),
        clock=clock,
        transport=transport,
        patience=BRIEF,
        access=access,
    )
    try:
        async with client, asyncio.timeout(SECONDS):
            reply = await client.call(ORGANISATION)
            records = reply.records
            if client.lacking:
                raise not_configured(client.lacking)
    except (NotAuthenticated, NotAuthorised, Unavailable) as error:
        return failed(health_of(error), error)
    except TimeoutError:
        return failed("unreachable", _too_slow(client, instance))
    except (Refused, ValueError):
        records = []
    if not records or not isinstance(records[0].get("Name"), str):
        wrong = Unavailable(
            f"`{instance.base_url}` does not answer like Xero",
            hint="check the instance's base URL",
        )
        return failed("unreachable", wrong)
    organisation = records[0]
    return HealthCheck(
        described(instance, organisation, clock),
        None,
        time_zone=zone_of(organisation),
        date_format=date_format_of(organisation),
    )


async def learn_organisation(store: Store, name: str) -> None:
    """Ask Xero for an instance's organisation, before something goes there, where it is not known
    and may be one that something was sent to through another instance: the outbox knows by the
    organisation what was sent. Raises what keeps the call back."""
    instance = instances.get(store, name)
    if instance.organisation_id is not None or not may_be_another(store, instance):
        return
    async with open_client(store, name) as client:
        reply = await client.call(ORGANISATION)
    for organisation in reply.records[:1]:
        instances.save_health(store, described(instance, organisation, store.clock))


def _too_slow(client: XeroClient, instance: Instance) -> Unavailable:
    """Why a check was given up."""
    waiting = client.usage.waiting()
    if waiting is None:
        return Unavailable(
            f"`{instance.base_url}` did not answer within {SECONDS:.0f} s",
            hint="check the network and the base URL, or try again in a minute",
        )
    return Unavailable(
        f"the check was given up after {SECONDS:.0f} s: {waiting}",
        hint="try again when other work for this organisation has ended",
    )


def described(instance: Instance, organisation: dict[str, Any], clock: Clock) -> Instance:
    """The instance, operational, with what its organisation's record says of it."""
    return replace(
        instance,
        health="operational",
        checked=True,
        checked_at=clock.now(),
        organisation=_word(organisation, "Name"),
        organisation_id=_word(organisation, "OrganisationID"),
        base_currency=_word(organisation, "BaseCurrency"),
    )


def _word(organisation: Mapping[str, Any], name: str) -> str | None:
    """A text of an organisation's record; None for anything else, or for a text without end."""
    value = organisation.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST else None


def health_of(error: XeroportError) -> Health:
    """The health that an error of a call means for its instance."""
    if isinstance(error, NotAuthenticated):
        return "failed_authentication"
    return "not_authorised" if isinstance(error, NotAuthorised) else "unreachable"
