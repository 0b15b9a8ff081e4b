"""A broken pool of processes is made again once, however many calls were lost with it."""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool

import pytest

from xeroport.jobs.fleet.executors import Engine, FleetWorkers


def test_a_pool_that_broke_under_many_calls_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    really_open = FleetWorkers._open

    def counting(fleet_workers: FleetWorkers) -> object:
        opened.append(fleet_workers)
        return really_open(fleet_workers)

    monkeypatch.setattr(FleetWorkers, "_open", counting)
    with FleetWorkers(Engine(1), "ab" * 32) as fleet_workers:
        calls = [
            fleet_workers.submit(os._exit, 1),
            *(fleet_workers.submit(abs, -1) for _ in range(5)),
        ]
        lost = 0
        for call in calls:
            try:
                call.result(60)
            except BrokenProcessPool as error:
                lost += 1
                fleet_workers.lost(call, error)
        assert lost >= 2
        assert fleet_workers.submit(abs, -2).result(60) == 2
    assert len(opened) == 2
