"""Two organisations kept equal by flows, whatever is edited; and a crash at every commit."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flow_world import World
from test_examples import example

from xeroport.store import flows
from xeroport.store.database import Store
from xeroport.store.outbox import outbox

PEOPLE = """
[source]
instance = "north"
endpoint = "contacts.list"
[fields]
Name = "Name"
ContactNumber = "ContactID"
EmailAddress = "EmailAddress"
[target]
instance = "south"
endpoint = "contacts.create"
on_change = "update"
"""
INVOICES = """
each.line = "LineItems"
[source]
instance = "north"
endpoint = "invoices.list"
[fields]
Type = "Type"
InvoiceNumber = "InvoiceNumber"
"Contact.ContactNumber" = "Contact.ContactID"
Date = "Date"
DueDate = "DueDate"
Reference = "Reference"
LineAmountTypes = "LineAmountTypes"
Status = "Status"
"LineItems.Description" = "line.Description"
"LineItems.Quantity" = "line.Quantity"
"LineItems.UnitAmount" = "line.UnitAmount"
"LineItems.AccountCode" = "line.AccountCode"
[target]
instance = "south"
endpoint = "invoices.create"
on_change = "update"
"""


class Edits:
    """Random work in an organisation: contacts and invoices come, and change."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.dice = random.Random(seed)
        self.contacts: list[dict[str, Any]] = []
        self.invoices: list[dict[str, Any]] = []

    def some(self) -> None:
        for _ in range(self.dice.randrange(1, 12)):
            choice = self.dice.random()
            if not self.contacts or choice < 0.2:
                name = f"Contact {len(self.contacts)}"
                self.contacts.append(self.world.put("contacts.create", {"Name": name}, "north"))
            elif choice < 0.35:
                self._change_contact(self.dice.choice(self.contacts))
            elif not self.invoices or choice < 0.65:
                number = {"InvoiceNumber": f"P-{len(self.invoices)}", **self._values()}
                self.invoices.append(self.world.put("invoices.create", number, "north"))
            else:
                kept = {"InvoiceID": self.dice.choice(self.invoices)["InvoiceID"]}
                self.world.put("invoices.upsert", kept | self._values(), "north")

    def _change_contact(self, contact: dict[str, Any]) -> None:
        word = self.dice.randrange(1_000_000)
        change = {
            "ContactID": contact["ContactID"],
            "Name": f"Renamed {word}",
            "EmailAddress": f"{word}@example.com",
        }
        self.world.put("contacts.upsert", change, "north")

    def _values(self) -> dict[str, Any]:
        return {
            "Type": "ACCREC",
            "Contact": {"ContactID": self.dice.choice(self.contacts)["ContactID"]},
            "Date": "2026-11-01",
            "DueDate": f"2026-12-{self.dice.randrange(1, 29):02}",
            "LineAmountTypes": "NoTax",
            "Status": "AUTHORISED",
            "Reference": f"r{self.dice.randrange(100)}",
            "LineItems": [
                {
                    "Description": f"Line {n}",
                    "Quantity": self.dice.randrange(1, 5),
                    "UnitAmount": str(Decimal(self.dice.randrange(1, 100_000)) / 10_000),
                    "AccountCode": self.dice.choice(["200", "260"]),
                }
                for n in range(self.dice.randrange(1, 4))
            ],
        }


def held(world: World, name: str) -> tuple[Any, Any]:
    """Contacts and invoices of an organisation, in the fields that are carried."""
    people = {c["ContactID"]: c for c in world.held("Contact", name)}
    known = {key: c["ContactNumber"] if name == "south" else key for key, c in people.items()}
    contacts = sorted(
        (known[key], c["Name"], c.get("EmailAddress") or None) for key, c in people.items()
    )
    invoices = sorted(
        (
            i["InvoiceNumber"],
            known[i["Contact"]["ContactID"]],
            i["Total"],
            i["DueDate"],
            i.get("Reference") or None,
            [
                (n["Description"], n["Quantity"], n["UnitAmount"], n["AccountCode"])
                for n in i["LineItems"]
            ],
        )
        for i in world.held("Invoice", name)
    )
    return contacts, invoices


def stay_equal(folder: Path, *, seed: int, rounds: int) -> None:
    world = World(folder, ("north", "south"))
    world.add(PEOPLE, "people")
    world.add(INVOICES, "invoices")
    edits = Edits(world, seed)
    for _ in range(rounds):
        edits.some()
        if edits.dice.random() < 0.3:
            world.run("people")
            edits.some()
        reports = [world.run("people"), world.run("invoices")]
        if any(report.exit_status for report in reports):
            refused = [*world.refused("people").values(), *world.refused("invoices").values()]
            assert not refused, [each.messages for each in refused]
        assert held(world, "south") == held(world, "north")
    assert world.run("people").counts == {}
    assert world.run("invoices").counts == {}
    world.store.close()


@pytest.mark.parametrize("seed", range(3))
def test_two_organisations_stay_equal_under_random_edits(tmp_path: Path, seed: int) -> None:
    stay_equal(tmp_path, seed=seed, rounds=8)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 106))
def test_two_organisations_stay_equal_for_long(tmp_path: Path, seed: int) -> None:
    stay_equal(tmp_path, seed=seed, rounds=60)


class Crash(BaseException):
    """What no code catches: as near to a killed process as one process comes."""


@contextmanager
def crashing(monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool) -> Iterator[Counter[str]]:
    """Crash in the transaction number `at`, just before or just after it commits."""
    told: Counter[str] = Counter()
    whole = Store.transaction

    @contextmanager
    def transaction(store: Store, *, durable: bool = True) -> Iterator[Any]:
        if told["crashed"]:
            raise Crash
        told["number"] += 1
        mine = told["number"] == at
        with whole(store, durable=durable) as connection:
            yield connection
            if mine and not after:
                told["crashed"] += 1
                raise Crash
        if mine:
            told["crashed"] += 1
            raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Store, "transaction", transaction)
        yield told


def _is_crash(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_crash(each) for each in error.exceptions)
    return isinstance(error, Crash)


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_every_commit_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """Every run has one new order; each run dies one commit later than the one before."""
    bank = world.bank()
    world.write("accounts.csv", "category,code\nplants,200\n")
    world.add(example("shop-orders").replace("'090'", f"'{bank['Code']}'"), "shop-orders")
    order, reached_the_end = 0, False
    while not reached_the_end:
        order += 1
        world.write(
            f"orders/{order}.csv",
            "order_no,customer,ordered,item,quantity,price,category,paid\n"
            f"{order},Rose,2026-11-01,Fern,{order},2.50,plants,2026-11-02\n",
        )
        with crashing(monkeypatch, order, after=after) as told:
            try:
                world.run("shop-orders")
            except BaseException as error:
                if not _is_crash(error):
                    raise
        reached_the_end = not told["crashed"]
        with world.store.transaction() as connection:
            connection.execute("DELETE FROM lease")  # the process that had them is dead
        world.clock.advance(random.Random(order).choice([1, 400, 1000]))
        assert world.run("shop-orders").exit_status in (0, 1)
    assert order > 10
    numbers = Counter(each["InvoiceNumber"] for each in world.held("Invoice"))
    assert numbers == {f"WEB-{n}": 1 for n in range(1, order + 1)}
    payments = Counter(each["Reference"] for each in world.held("Payment"))
    assert set(payments.values()) == {1}
    paid = {each["Reference"]: each["Amount"] for each in world.held("Payment")}
    found = [each for each in outbox.deliveries(world.store, "acme") if each.status != "sent"]
    # A payment has no natural key: one whose reply came too late to ask again is shown to a person.
    assert {(each.endpoint, each.status) for each in found} <= {("payments.create", "unknown")}
    assert len(found) <= 2
    unknown = {f"Shop {each.key.rpartition(':')[2]}" for each in found}
    wanted = {f"Shop {n}": n * Decimal("2.50") for n in range(1, order + 1)}
    assert paid.items() <= wanted.items()
    assert wanted.keys() - paid.keys() <= unknown
    told = flows.counts(world.store, "shop-orders")
    assert told[0] == {"sent": order}
    assert told[1].get("unknown", 0) == len(found) == len(world.refused("shop-orders"))
