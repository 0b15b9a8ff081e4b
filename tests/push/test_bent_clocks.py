"""A wall clock that is set, by any amount and in both directions, between a lost reply and the next
push: nothing without a natural key is ever doubled."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from push_lies import Killed
from push_world import World
from test_reconcile import Deaf

SHIFTS = (-31_536_000, -86_400, -3_600, -361, -359, -301, -299, -60, -6, 0)
PASSED = (1, 290, 301, 359, 361, 4_000)


def journals(count: int) -> list[dict[str, Any]]:
    return [
        {
            "Narration": f"J-{number}",
            "JournalLines": [
                {"LineAmount": 5, "AccountCode": "200"},
                {"LineAmount": -5, "AccountCode": "400"},
            ],
        }
        for number in range(count)
    ]


def bend(world: World, *, shift: float, passed: float, reboot: bool = False) -> None:
    """Let time pass while the wall clock is set; Xero forgets keys by its own clock."""
    world.clock.set_wall(shift)
    world.clock.advance(passed)
    if passed >= 360:
        world.emulator.world.replays.clear()
    if reboot:
        world.clock.reboot()


@pytest.mark.parametrize("passed", PASSED)
def test_a_key_lives_only_if_both_clocks_say_so(world: World, passed: float) -> None:
    hears = world.transport
    for number, shift in enumerate({*SHIFTS, *(-each for each in SHIFTS)}, start=1):
        rows = [{**row, "Narration": f"{number}-{row['Narration']}"} for row in journals(2)]
        world.transport = Deaf(hears)
        assert world.push("manual_journals.create", rows, key="Narration").exit_status == 5
        world.transport = hears
        bend(world, shift=shift, passed=passed)
        report = world.push("manual_journals.create", rows, key="Narration")
        assert set(report.counts) <= {"sent", "unknown"}, (shift, passed, report.results)
        assert len(world.held("ManualJournal")) == 2 * number, (shift, passed)


@pytest.mark.parametrize("passed", [0, 30, 4_000])
def test_after_a_reboot_a_key_is_dead(world: World, passed: float) -> None:
    hears, world.transport = world.transport, Deaf(world.transport)
    assert world.push("manual_journals.create", journals(2), key="Narration").exit_status == 5
    world.transport = hears
    bend(world, shift=-passed, passed=passed, reboot=True)
    world.emulator.world.replays.clear()
    report = world.push("manual_journals.create", journals(2), key="Narration")
    assert report.counts == {"unknown": 2}
    assert len(world.held("ManualJournal")) == 2


class Kill(Deaf):
    """Carries a write out, and kills whoever sent it."""

    async def handle_async_request(self, request: Any) -> Any:
        response = await self.inner.handle_async_request(request)
        if request.method == "PUT":
            raise Killed
        return response


@pytest.mark.soak
def test_kills_under_a_clock_that_anybody_sets(world: World) -> None:
    dice = random.Random(7)
    hears = world.transport
    for number in range(400):
        rows = [{**row, "Narration": f"{number}-{row['Narration']}"} for row in journals(3)]
        for _ in range(dice.randrange(3)):
            world.transport = dice.choice([Kill, Deaf])(hears)
            with suppress(Killed, BaseExceptionGroup):
                world.push("manual_journals.create", rows, key="Narration")
            shift = dice.choice([1, -1]) * 10 ** dice.uniform(0, 8)
            passed = 10 ** dice.uniform(0, 4)
            bend(world, shift=shift, passed=passed, reboot=dice.random() < 0.1)
        world.transport = hears
        report = world.push("manual_journals.create", rows, key="Narration")
        assert set(report.counts) <= {"sent", "unknown"}
        told = [each["Narration"] for each in world.held("ManualJournal")]
        assert len(told) == len(set(told))
        world.store.connection.execute("DELETE FROM delivery")
