"""Eight processes under one login while time passes: each refresh happens once, nobody sees a 401.

All of them, and the emulated Xero, read one clock, which is a file and stands between its steps. A
step ends when each of the eight has made a call.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from login_world import World, emulated

from forking import StandingClock, set_ahead
from xeroport.store import instances, logins
from xeroport.store.database import Store

PROCESSES = 8
CALLERS = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[4])
from forking import StandingClock
from xeroport.store.database import Store
from xeroport.xero.client import open_client

home, path, names = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3].split(",")

async def call_at_each_step(name):
    store, last = Store(home), "0"
    store.clock = StandingClock(path)
    async with open_client(store, name) as client:
        while True:
            now = path.read_text()
            if now == last:
                await asyncio.sleep(0.002)
                continue
            try:
                await client.call("contacts.list")
            except Exception as error:
                os.write(1, f"{error!r}\\n".encode())
                raise
            os.write(1, f"called at {now}\\n".encode())
            last = now

for number in range(int(sys.argv[5])):
    if os.fork() == 0:
        asyncio.run(call_at_each_step(names[number % len(names)]))
        os._exit(1)
sys.stdin.read()
os.killpg(0, 9)
"""


@pytest.fixture
def world(tmp_path: Path, clock: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with emulated(tmp_path, monkeypatch, clock=StandingClock(clock)) as world:
        yield world


def every(seconds: int, *, minutes: int) -> list[int]:
    return list(range(seconds, minutes * 60 + 1, seconds))


@pytest.mark.parametrize(
    ("moments", "due"),
    [
        pytest.param([1760, 1800, 3460, 3480, 3600], [1760, 3480], id="in five steps"),
        pytest.param(every(32, minutes=60), [1728, 3456], id="an hour", marks=pytest.mark.soak),
        pytest.param(
            every(50, minutes=300),
            [1750, 3500, 5250, 7000, 8750, 10500, 12250, 14000, 15750, 17500],
            id="five hours",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_eight_processes_refresh_once_each_time(
    world: World, clock: Path, moments: list[int], due: list[int]
) -> None:
    assert world.signed_in(world.tenants[:2])
    names = [each.name for each in instances.each_instance(Store(world.home))]
    refresh_tokens, app = world.emulator.identity.grants.refresh, world.emulator.app
    app.log.clear()
    StandingClock(clock).stand(logins.get(Store(world.home), "xero").refreshed_at)
    callers = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CALLERS), str(world.home), str(clock),
         ",".join(names), str(Path(__file__).parents[1]), str(PROCESSES)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert callers.stdout is not None
    refreshed: list[int] = []
    try:
        for moment in moments:
            before = len(refresh_tokens)
            set_ahead(clock, moment)
            lines = [callers.stdout.readline() for _ in range(PROCESSES)]
            assert lines == [f"called at {moment}\n"] * PROCESSES
            refreshed += [moment] * (len(refresh_tokens) - before)
    finally:
        callers.communicate("", timeout=30)
    assert refreshed == due
    calls = [status for _, name, status in app.log if name == "contacts.list"]
    assert calls == [200] * len(moments) * PROCESSES
    assert {status for *_, status in app.log} == {200}
