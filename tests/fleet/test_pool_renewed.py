"""A broken pool of processes is made again once, however many calls were lost with it."""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool

import pytest

from xeroport.jobs.fleet.executors import Crew, Engine


def test_a_pool_that_broke_under_many_calls_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    really_open = Crew._open

    def counting(crew: Crew) -> object:
        opened.append(crew)
        return really_open(crew)

    monkeypatch.setattr(Crew, "_open", counting)
    with Crew(Engine(1), "ab" * 32) as crew:
        calls = [crew.submit(os._exit, 1), *(crew.submit(abs, -1) for _ in range(5))]
        lost = 0
        for call in calls:
            try:
                call.result(60)
            except BrokenProcessPool as error:
                lost += 1
                crew.lost(call, error)
        assert lost >= 2
        assert crew.submit(abs, -2).result(60) == 2
    assert len(opened) == 2
