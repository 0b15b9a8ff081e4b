"""Which organisation an unchecked instance reaches, learned before something goes there.

The outbox knows by the organisation what was sent. An instance whose organisation nobody knows may
be a second one of an organisation that has the records already.
"""

from __future__ import annotations

from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.outbox.organisations import may_be_another
from xeroport.xero.client import open_client
from xeroport.xero.health import ORGANISATION, described


async def learn_organisation(store: Store, name: str) -> None:
    """Ask Xero for an instance's organisation where it is not known, and may be one that something
    was sent to through another instance; raises what keeps the call back."""
    instance = instances.get(store, name)
    if instance.organisation_id is not None or not may_be_another(store, instance):
        return
    async with open_client(store, name) as client:
        reply = await client.call(ORGANISATION)
    for organisation in reply.records[:1]:
        instances.save_health(store, described(instance, organisation, store.clock))
