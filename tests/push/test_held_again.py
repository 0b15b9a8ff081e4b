"""What is proposed is held, whatever the outbox knew of its key before."""

from __future__ import annotations

from dataclasses import dataclass

import httpx2
import pytest
from push_lies import Lie
from push_world import World, invoice

from xeroport.store.outbox import decisions, outbox


def statuses(world: World) -> dict[str, str]:
    return {each.key: each.status for each in outbox.deliveries(world.store, "acme")}


@dataclass
class Refuses(httpx2.AsyncBaseTransport):
    """The first write is refused, record by record."""

    inner: httpx2.AsyncBaseTransport
    left: int = 1

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "PUT" and self.left:
            self.left -= 1
            return Lie(400, "elements").response(request)
        return await self.inner.handle_async_request(request)


def refused(world: World) -> None:
    """`I-1` was rejected by Xero, and never was in it."""
    world.transport = Refuses(world.transport)
    report = world.push("invoices.create", [invoice("I-1")], key="InvoiceNumber")
    assert statuses(world) == {"I-1": "rejected"}, report


@pytest.mark.parametrize("update", [False, True])
@pytest.mark.parametrize("before", ["rejected", "discarded", "pending", "sent"])
def test_a_proposal_over_an_older_delivery_is_held_or_refused(
    world: World, before: str, update: bool
) -> None:
    if before == "rejected":
        refused(world)
    elif before == "discarded":
        refused(world)
        (delivery,) = outbox.deliveries(world.store, "acme")
        outbox.discard(world.store, delivery, "no", 0.0)
    elif before == "sent":
        world.push("invoices.create", [invoice("I-1")], key="InvoiceNumber")
    else:
        world.push("invoices.create", [invoice("I-1")], key="InvoiceNumber", held=True)
        decisions.approve(world.store, outbox.deliveries(world.store, "acme"), "Ada")
    count = len(world.held("Invoice"))
    world.push(
        "invoices.create",
        [invoice("I-1", amount="77")],
        key="InvoiceNumber",
        held=True,
        update=update,
    )
    assert len(world.held("Invoice")) == count
    assert statuses(world)["I-1"] in ("held", before)
    if before == "pending":
        return
    world.push("invoices.create", [invoice("I-2")], key="InvoiceNumber")
    assert len(world.held("Invoice")) == count + 1


def test_what_changed_since_it_was_seen_is_not_approved(world: World) -> None:
    world.push("invoices.create", [invoice("I-1", amount="5")], key="InvoiceNumber", held=True)
    seen = list(outbox.deliveries(world.store, "acme"))
    more = {"key": "InvoiceNumber", "held": True, "update": True}
    world.push("invoices.create", [invoice("I-1", amount="500000")], **more)  # type: ignore[arg-type]
    assert decisions.approve(world.store, seen, "Ada") == []
    assert statuses(world) == {"I-1": "held"}
    now = list(outbox.deliveries(world.store, "acme"))
    assert len(decisions.approve(world.store, now, "Ada")) == 1
