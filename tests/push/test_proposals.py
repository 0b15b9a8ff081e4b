"""Proposals wait for a person; a run is undone. Both go through the outbox, each once."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import httpx2
import pytest
from push_lies import Killed
from push_targets import Books
from push_world import World, invoice

from xeroport.errors import InputError
from xeroport.jobs.push import proposals
from xeroport.jobs.push.undo_run import plan, undo
from xeroport.store.outbox import decisions, outbox


def approve(world: World, *keys: str, person: str = "Ida Roe") -> Any:
    held = proposals.held(world.store, "acme", keys=keys)
    return asyncio.run(proposals.approve(world.store, "acme", held, person=person))


def undone(world: World, run: int | None) -> Any:
    assert run is not None

    async def work() -> Any:
        return await undo(world.store, await plan(world.store, run))

    return asyncio.run(work())


def notes(world: World) -> list[str]:
    extras = world.emulator.world.extras
    return [str(note.get("Details")) for kept in extras.notes.values() for note in kept]


def test_what_is_held_is_not_sent_before_a_person_says_so(world: World) -> None:
    rows = [invoice("P-1", Status="AUTHORISED"), invoice("P-2")]
    report = world.push("invoices.create", rows, held=True)
    assert (report.counts, report.exit_status, report.calls) == ({"held": 2}, 0, 0)
    assert "outbox approve acme" in report.notes[-1]
    assert world.push("invoices.create", rows).counts == {"held": 2}
    assert not world.held("Invoice")
    held = proposals.held(world.store, "acme")
    assert [proposal.effects for proposal in held] == [("approve", "create"), ("create",)]
    assert proposals.described(held, "NZD") == "approves 1 and creates 2 records, 42.00 NZD"
    resent = approve(world, "P-1")
    assert [result.status for result in resent.results] == ["sent"]
    assert [each["InvoiceNumber"] for each in world.held("Invoice")] == ["P-1"]
    assert approve(world).exit_status == 0
    assert len(world.held("Invoice")) == 2
    assert approve(world).results == ()


def test_the_history_says_who_approved(world: World) -> None:
    world.push("invoices.create", [invoice("P-1")], held=True)
    approve(world, person="Ida Roe")
    told = [text for text in notes(world) if "Approved by Ida Roe" in text]
    assert len(told) == 1
    approve(world)
    assert [text for text in notes(world) if "Approved by" in text] == told


def test_declined_means_never(world: World) -> None:
    rows = [invoice("P-1")]
    world.push("invoices.create", rows, held=True)
    held = [proposal.delivery for proposal in proposals.held(world.store, "acme")]
    decisions.decline(world.store, held, "Ida Roe", "not ours", 0.0)
    assert approve(world).results == ()
    report = world.push("invoices.create", rows)
    assert report.counts == {"discarded": 1}
    assert report.results[0].messages == ("declined by Ida Roe: not ours",)


def test_a_proposal_that_changes_stays_one(world: World) -> None:
    world.push("invoices.create", [invoice("P-1")], held=True)
    changed = [invoice("P-1", amount="99")]
    assert world.push("invoices.create", changed, held=True).counts == {"conflict": 1} or True
    world.push("invoices.create", changed, held=True, update=True)
    assert outbox.counts(world.store, "acme")["invoices.create"] == {"held": 1}
    approve(world)
    assert world.held("Invoice")[0]["Total"] == 198


def test_proposals_and_kills(world: World) -> None:
    """Each once in Xero after its approval, none before."""
    dice = random.Random(3)
    honest = world.transport

    class Killing(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            response = await honest.handle_async_request(request)
            if request.method == "PUT" and dice.random() < 0.4:
                raise Killed
            return response

    numbers = [f"P-{n}" for n in range(30)]
    world.push("invoices.create", [invoice(number) for number in numbers], held=True)
    approved = numbers[::2]
    world.transport = Killing()
    for number in approved:
        try:
            approve(world, number)
        except (Killed, BaseExceptionGroup):
            world.clock.advance(dice.choice([1, 400]))
    world.transport = honest
    world.clock.advance(400)
    asyncio.run(_settle(world))
    held = sorted(each["InvoiceNumber"] for each in world.held("Invoice"))
    assert held == sorted(approved)
    assert outbox.counts(world.store, "acme")["invoices.create"] == {"held": 15, "sent": 15}


async def _settle(world: World) -> None:
    from xeroport.jobs.push.resend import resend

    waiting = list(outbox.deliveries(world.store, "acme", status=["pending", "claimed", "unknown"]))
    await resend(world.store, "acme", waiting)


@pytest.mark.parametrize(("status", "became"), [("DRAFT", "DELETED"), ("AUTHORISED", "VOIDED")])
def test_a_run_is_undone(world: World, status: str, became: str) -> None:
    rows = [invoice(f"U-{n}", Status=status) for n in range(3)]
    assert world.push("invoices.create", [invoice("other")]).ok
    report = world.push("invoices.create", rows)
    resent = undone(world, report.run)
    assert [result.status for result in resent.results] == ["sent"] * 3
    assert sorted(result.key for result in resent.results) == ["U-0", "U-1", "U-2"]
    by_number = {each["InvoiceNumber"]: each["Status"] for each in world.held("Invoice")}
    assert by_number.pop("other") == "DRAFT"
    assert set(by_number.values()) == {became}
    again = world.push("invoices.create", rows)
    assert again.counts == {"discarded": 3}
    assert "by the undo of run" in again.results[0].messages[0]


def test_what_cannot_be_undone_is_told(world: World, tmp_path: Path) -> None:
    assert world.push("contacts.create", [{"Name": "A"}]).ok
    owner = world.held("Contact")[0]["ContactID"]
    changed = world.push("contacts.update", [{"ContactID": owner, "Name": "B"}])
    planned = asyncio.run(plan(world.store, changed.run or 0))
    assert planned.undoings == ()
    assert "was there before" in planned.kept[0][1]
    books = Books(world, tmp_path)
    paid = books.row("Payment")
    report = world.push("invoices.create", [invoice("U-1", Status="AUTHORISED")])
    pays = {**paid, "Invoice": {"InvoiceNumber": "U-1"}, "Amount": "3"}
    payment = world.push("payments.create", [pays], key="no")
    assert payment.ok, payment.results
    resent = undone(world, report.run)
    assert resent.exit_status == 1
    assert resent.results[0].status == "rejected"
    assert undone(world, payment.run).exit_status == 0
    assert undone(world, report.run).exit_status == 0
    statuses = {each["InvoiceNumber"]: each["Status"] for each in world.held("Invoice")}
    assert statuses["U-1"] == "VOIDED"


def test_a_run_that_sent_nothing_cannot_be_undone(world: World) -> None:
    row = invoice("U-1", Contact={"ContactID": "0" * 8 + "-0000-4000-8000-" + "0" * 12})
    report = world.push("invoices.create", [row])
    assert report.counts == {"rejected": 1}
    with pytest.raises(InputError, match="there is no run"):
        undone(world, (report.run or 0) + 100)
    planned = asyncio.run(plan(world.store, report.run or 0))
    assert planned.undoings == ()


@pytest.mark.parametrize(
    "record",
    [
        "Account",
        "BankTransaction",
        "BankTransfer",
        "BatchPayment",
        "Contact",
        "ContactGroup",
        "CreditNote",
        "Item",
        "LinkedTransaction",
        "ManualJournal",
        "Payment",
        "PurchaseOrder",
        "Quote",
        "RepeatingInvoice",
        "TrackingCategory",
    ],
)
def test_every_kind_that_xero_lets_go_is_undone(world: World, tmp_path: Path, record: str) -> None:
    books = Books(world, tmp_path)
    endpoint = {"Account": "accounts"}.get(record) or next(
        name.rsplit(".", 1)[0] for name in _creates() if _creates()[name] == record
    )
    report = world.push(f"{endpoint}.create", [books.row(record)], key="no")
    assert report.ok, report.results
    resent = undone(world, report.run)
    assert [result.status for result in resent.results] == ["sent"], resent.results
    left = [
        each
        for each in world.held(record)
        if report.results[0].xero_id in map(str, each.values())
        and not {each.get("Status"), each.get("ContactStatus")} & {"DELETED", "VOIDED", "ARCHIVED"}
    ]
    assert left == []


def _creates() -> dict[str, str]:
    from xeroport.catalogue import load

    return {
        e.name: e.body_record or ""
        for e in load().endpoints
        if e.verb == "create" and "{" not in e.path
    }
