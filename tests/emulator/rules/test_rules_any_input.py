"""Whatever is sent is done or refused: no rule breaks, and a refusal changes nothing."""

from __future__ import annotations

import copy
import pickle
import random
from typing import Any

import pytest
from rules_world import World, line, payment

from xeroport.catalogue import Field, load
from xeroport_emulator.rules import RULES

CATALOGUE = load()
UNKNOWN = "11111111-2222-4333-8444-555555555555"
TRIES = 60

SENSE: dict[str, list[Any]] = {
    "text": ["x", "Customer", "INV-0001", "VIP", "Region"],
    "money": [0, 1, "2.5", -3, 100, "19.99", "0.00001", "12345678.9"],
    "boolean": [True, False, "true"],
    "date": ["2026-05-01", "/Date(1779062400000)/", "1753-01-01", "9989-12-31"],
    "AccountCode": ["200", "400", "404", "610", "nope"],
    "Code": ["090", "091", "200", "x", "USD"],
    "ItemCode": ["x", "x", "y"],
    "TaxType": ["OUTPUT2", "INPUT2", "NONE", "nope"],
    "CurrencyCode": ["NZD", "USD", "EUR"],
    "Option": ["North", "South"],
    "Period": [1, 2, 0],
}
"""Values by field, else by type of field, that get past the reading of an element."""
NONSENSE: dict[str, list[Any]] = {
    "text": ["", "é" * 300, 5, {}],
    "money": ["abc", "1e11", "99999999999.99", 1e-30, True, [None]],
    "boolean": ["maybe", 5],
    "date": ["soon", "", 12],
    "uuid": ["", "no id", UNKNOWN, 7],
    "object": ["text", None, [], {"Name": "Nobody"}],
    "list": ["text", None, {}, [None], [5]],
}


class Senseless:
    """Elements that have the right names and mostly readable values, in no sensible relation."""

    def __init__(self, seed: int, world: World) -> None:
        self.random = random.Random(seed)
        self.ids: dict[str, list[str]] = {}
        self.wild = False
        for table in world.organisation.tables.values():
            for record in table:
                self.learn(record)

    def learn(self, record: dict[str, Any]) -> None:
        """Remember every id by the name of its field."""
        for key, value in record.items():
            if key.endswith("ID") and isinstance(value, str):
                self.ids.setdefault(key, []).append(value)
            for inner in value if isinstance(value, list) else [value]:
                if isinstance(inner, dict):
                    self.learn(inner)

    def element(self, name: str) -> dict[str, Any]:
        """One element; one in four has values that cannot be read."""
        self.wild = self.random.random() < 0.25
        return self.record(name, 0)

    def record(self, name: str, depth: int) -> dict[str, Any]:
        fields = CATALOGUE.record(name).fields
        share = self.random.choice([0.3, 0.6, 0.95])
        chosen = [each for each in fields if self.random.random() < share]
        own_id = f"{name}ID"
        if self.random.random() < 0.6 and depth == 0:
            chosen = [each for each in chosen if each.name != own_id]
        return {each.name: self.value(each, depth) for each in chosen}

    def value(self, field: Field, depth: int) -> Any:
        choose = self.random.choice
        kind = {"number": "money", "integer": "money", "timestamp": "date"}.get(
            field.type, field.type
        )
        if self.wild and self.random.random() < 0.1:
            return choose(NONSENSE[kind])
        if field.name in SENSE:
            return choose(SENSE[field.name])
        if kind in ("object", "list"):
            if depth > 2 or field.of is None or not field.of[0].isupper():
                return {} if kind == "object" else []
            if kind == "object":
                return self.record(field.of, depth + 1)
            return [self.record(field.of, depth + 1) for _ in range(choose([0, 1, 1, 2]))]
        if kind == "uuid":
            return choose([*self.ids.get(field.name, ()), UNKNOWN])
        values = CATALOGUE.values(field)
        if values and self.random.random() < 0.95:
            return choose(values)
        if field.type == "integer":
            return choose([0, 1, 2, 20, 2**31])
        return choose(SENSE[kind])


def furnished() -> World:
    """A world with something of most kinds."""
    world = World()
    world.ok("currencies.create", {"Code": "USD"})
    world.ok("items.create", {"Code": "x", "Name": "Thing"})
    world.ok("contact_groups.create", {"Name": "VIP"})
    category = world.ok("tracking_categories.create", {"Name": "Region"})
    world.ok(
        "tracking_categories.options.create",
        {"Name": "North"},
        TrackingCategoryID=category["TrackingCategoryID"],
    )
    world.pay(world.invoice("50"), "20")
    world.invoice("70", bill=True)
    world.invoice("30", Status="DRAFT")
    world.credit_note("20")
    sale = payment(world.invoice("8"), "8")
    world.ok("batch_payments.create", {"Account": {"Code": "090"}, "Payments": [sale]})
    contact = {"Name": "Customer"}
    for kind in ("SPEND", "RECEIVE-PREPAYMENT"):
        world.ok(
            "bank_transactions.create",
            {
                "Type": kind,
                "Contact": contact,
                "BankAccount": {"Code": "090"},
                "LineItems": [line("9", "200")],
            },
        )
    world.ok(
        "bank_transfers.create",
        {"FromBankAccount": {"Code": "090"}, "ToBankAccount": {"Code": "091"}, "Amount": 1},
    )
    for endpoint in ("quotes.create", "purchase_orders.create"):
        world.ok(endpoint, {"Contact": contact, "LineItems": [line("5", "400")]})
    return world


@pytest.fixture(scope="module")
def start() -> World:
    return furnished()


@pytest.mark.parametrize("name", sorted(RULES))
def test_any_element_is_done_or_refused(name: str, start: World) -> None:
    endpoint = CATALOGUE.endpoint(name)
    world = copy.deepcopy(start)
    senseless = Senseless(sum(map(ord, name)), world)
    for _ in range(TRIES):
        element = senseless.element(endpoint.body_record) if endpoint.body_record else {}
        ids = {
            each.name: senseless.random.choice([*senseless.ids.get(each.name, ()), UNKNOWN])
            for each in endpoint.parameters
            if each.place == "path"
        }
        before = pickle.dumps(world.everything())
        outcome = world.write(name, element, **ids)
        if not outcome.ok:
            assert world.everything() == pickle.loads(before)
        for invoice in world.organisation.tables["Invoice"]:
            parts = invoice["AmountDue"] + invoice["AmountPaid"] + invoice["AmountCredited"]
            assert parts == invoice["Total"]
