"""The table of records, and the table of rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from rules_world import World

from xeroport.catalogue import load
from xeroport_emulator.operations.dispatch import special
from xeroport_emulator.organisation.table import Table
from xeroport_emulator.rules import RULES

START = datetime(2026, 1, 1, tzinfo=UTC)


def record(identity: str, seconds: int, **fields: Any) -> dict[str, Any]:
    return {"ID": identity, "UpdatedDateUTC": START + timedelta(seconds=seconds), **fields}


def test_every_write_of_the_catalogue_has_a_rule_or_is_carried_out_elsewhere() -> None:
    writes = {each.name for each in load().endpoints if each.is_write}
    assert len(writes) == 109
    assert set(RULES) <= writes
    others = writes - set(RULES)
    assert all(
        name.endswith((".attachments.add", ".attachments.replace", ".history.add", ".email"))
        for name in others
    )
    assert all(special(load().endpoint(name)) is not None for name in others)


def test_a_write_without_a_rule_is_not_silently_done(world: World) -> None:
    with pytest.raises(LookupError):
        world.write("invoices.email", {}, InvoiceID="x")


@pytest.mark.parametrize("loaded", [True, False])
def test_records_are_listed_by_time_of_change_and_then_id(loaded: bool) -> None:
    table = Table("Thing", "ID")
    records = [record("c", 5), record("a", 9), record("b", 5)]
    if loaded:
        table.load(records)
    else:
        for each in records:
            table.add(each)
    assert [each["ID"] for each in table] == ["b", "c", "a"]
    table.replace(record("b", 20))
    table.add(record("d", 7))
    assert [each["ID"] for each in table] == ["c", "d", "a", "b"]
    table.remove("d")
    assert [each["ID"] for each in table] == ["c", "a", "b"]
    assert len(table) == 3


def test_indexes_follow_every_change_and_ignore_case() -> None:
    table = Table("Thing", "ID")
    table.add(record("a", 1, Contact={"Name": "Ann"}))
    assert table.first("Contact.Name", "ANN") is table.get("A")
    table.add(record("b", 2, Contact={"Name": "ann"}))
    assert [each["ID"] for each in table.find("Contact.Name", "Ann")] == ["a", "b"]
    table.replace(record("a", 3, Contact={"Name": "Bea"}))
    assert [each["ID"] for each in table.find("Contact.Name", "ann")] == ["b"]
    table.remove("a")
    assert table.find("Contact.Name", "bea") == []
    table.load([record("z", 0, Contact={"Name": "Bea"})])
    assert [each["ID"] for each in table.find("Contact.Name", "bea")] == ["z"]
    assert table.find("Nothing", "x") == []


def test_revisions_grow_and_listeners_hear_of_changes() -> None:
    table = Table("Thing", "ID")
    heard: list[tuple[Any, Any]] = []
    table.listeners.append(lambda _, before, after: heard.append((before, after)))
    table.load([record("a", 1)])
    assert table.revision("a") == 0
    table.replace(record("a", 2))
    first = table.revision("a")
    table.replace(record("a", 3))
    assert table.revision("a") > first > 0
    assert [each[1]["UpdatedDateUTC"].second for each in heard] == [2, 3]


def test_an_id_cannot_be_added_twice() -> None:
    table = Table("Thing", "ID")
    table.add(record("a", 1))
    with pytest.raises(KeyError):
        table.add(record("a", 2))


def test_the_same_seed_gives_the_same_ids() -> None:
    assert World().customer["ContactID"] == World().customer["ContactID"]


def test_ids_are_uuids_and_go_on_where_the_counters_stand() -> None:
    first, second = World().organisation, World().organisation
    made = [first.new_id() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert all(str(UUID(each)) == each and UUID(each).version == 4 for each in made)
    assert {UUID(each).variant for each in made} == {RFC_4122}
    second.counters.update(first.counters)
    assert second.new_id() not in made


def test_listeners_of_the_organisation_hear_only_of_writes_that_stay(world: World) -> None:
    heard: list[str] = []
    world.organisation.listeners.append(lambda table, *_: heard.append(table.name))
    element = {"Type": "ACCREC", "Contact": {"Name": "Somebody new"}, "LineItems": []}
    assert world.refused("invoices.create", element) == (
        "One or more line items must be specified",
    )
    assert heard == []
    world.invoice()
    assert heard.count("Invoice") == 1
