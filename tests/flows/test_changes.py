"""What changed in a list of Xero's, each change once, however the list moves while it is read."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import count
from typing import Any

from flow_world import START, World
from msgspec import structs

from xeroport.catalogue import load
from xeroport.jobs.flow.changes import changed
from xeroport.xero.client import open_client

SIZE = 10


def stamped(world: World, many: int) -> list[str]:
    """That many contacts, all of one second."""
    for number in range(many):
        world.put("contacts.create", {"Name": f"No. {number}"})
    table = world.emulators["acme"].organisation.tables["Contact"]
    keys = [str(each["ContactID"]) for each in table]
    for key in keys:
        table.replace({**table.get(key), "UpdatedDateUTC": START})
    return keys


def walk(
    world: World, held: dict[str, Any], *, touching: list[str], later: timedelta
) -> tuple[list[str], Any]:
    """The ids of a walk over small pages, with an edit after each, whose stamp is so much later,
    and the state it ends with."""
    endpoint = structs.replace(load().endpoint("contacts.list"), page_size=SIZE)

    table = world.emulators["acme"].organisation.tables["Contact"]
    stamps = (number * later for number in count(1))

    async def read() -> tuple[list[str], Any]:
        found, state = [], None
        client = open_client(world.store, "acme")
        async with client:
            async for records, reached in changed(client, endpoint, {}, held=held):
                found += [str(each["ContactID"]) for each in records]
                state = reached or state
                if records and touching:
                    record = {**table.get(touching.pop()), "UpdatedDateUTC": START + next(stamps)}
                    table.replace(record)
        return found, state

    return asyncio.run(read())


def test_an_edit_during_a_walk_by_page_numbers_skips_no_record(world: World) -> None:
    keys = stamped(world, 35)
    found, state = walk(world, {}, touching=keys[:3], later=timedelta(minutes=1))
    assert set(found) == set(keys)
    assert state is not None
    assert walk(world, state, touching=[], later=timedelta(0))[0] == []


def test_a_list_that_never_stands_still_moves_no_checkpoint(world: World) -> None:
    """All within one second, so that no seek gets past it; the next run reads it again."""
    keys = stamped(world, 35)
    found, state = walk(world, {}, touching=keys * 20, later=timedelta(microseconds=1000))
    assert set(found) == set(keys)
    assert state["cursor"] == (START - timedelta(seconds=1)).isoformat()
