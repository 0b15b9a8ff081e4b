"""Many proposals by two clients whose servers are killed: none is in Xero before a person's yes,
each is there once after it, with one note of who approved it."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import Xero, home_for
from tests.mcp.conftest import KEY

import xeroport
from xeroport.store import instances
from xeroport.store.database import Store

BATCH = 10
PAUSE = 2.0
"""Between two tries to send what waits until it cannot be on its way any more, a minute."""
BEGIN = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class ProposingServer:
    """A server over standard input and output, spoken to in lines; None for an answer that never
    came."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "xeroport", "mcp", "--propose", "--home", str(home)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "XEROPORT_KEY": KEY},
        )  # fmt: skip
        self._number = 0
        self.ask("initialize", BEGIN)
        self._say({"method": "notifications/initialized"})

    def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any] | None:
        self._number += 1
        self._say({"id": self._number, "method": method, "params": params})
        assert self.process.stdout is not None
        for line in self.process.stdout:
            answer: dict[str, Any] = json.loads(line)
            if answer.get("id") == self._number:
                return answer["result"]  # type: ignore[no-any-return]
        return None

    def _say(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
            self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


@pytest.fixture
def xero() -> Iterator[Xero]:
    emulator = xeroport.Emulator("empty", limits="off")
    with emulator.serve() as url:
        yield Xero(emulator, url)


@pytest.fixture
def own_home(tmp_path: Path, xero: Xero) -> Path:
    home = home_for(tmp_path / "home", xero)
    store = Store(home)
    (instance,) = instances.all_instances(store)
    instances.save_changes(store, instance, replace(instance, rate_limit=60_000))
    return home


def bill(number: int) -> dict[str, Any]:
    """A bill: Xero takes two of one number, so that a double would show."""
    return {
        "Type": "ACCPAY",
        "InvoiceNumber": f"B-{number:03}",
        "Contact": {"Name": "Alpha Ltd"},
        "Date": "2026-11-01",
        "LineItems": [{"Description": "x", "Quantity": 1, "UnitAmount": 12, "AccountCode": "400"}],
    }


def propose_all(home: Path, numbers: range, *, seed: int, kills: int) -> int:
    """Propose them in batches, again after each kill; how often the server was killed."""
    dice, killed = random.Random(seed), 0
    server = ProposingServer(home)
    starts = list(numbers)[::BATCH]
    doomed = set(dice.sample(starts, kills))
    for start in starts:
        batch = [bill(number) for number in range(start, min(start + BATCH, numbers.stop))]
        arguments = {"instance": "acme", "endpoint": "invoices.create", "documents": batch}
        while True:
            timer = threading.Timer(dice.uniform(0, 0.03), server.process.kill)
            if start in doomed:
                doomed.remove(start)
                timer.start()
            result = server.ask("tools/call", {"name": "propose", "arguments": arguments})
            timer.cancel()
            if result is not None:
                assert not result.get("isError"), result
                break
            killed += 1
            server.end()
            server = ProposingServer(home)
    server.end()
    return killed


def run(home: Path, *words: str, kill_after: float | None = None) -> int:
    """A command; its exit status, or less than 0 where it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xeroport", *words, "--home", str(home)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "XEROPORT_KEY": KEY},
    )  # fmt: skip
    if kill_after is not None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(kill_after)
        process.kill()
    return process.wait()


def statuses(home: Path, endpoint: str = "invoices.create") -> Counter[str]:
    rows = Store(home).connection.execute(
        "SELECT status, count(*) AS n FROM delivery WHERE endpoint = ? GROUP BY 1", (endpoint,)
    )
    return Counter({row["status"]: row["n"] for row in rows})


def is_sent(home: Path, many: int) -> bool:
    """Whether all of them are in Xero, each with the note of who approved it."""
    kinds = ("invoices.create", "invoices.history.add")
    return all(statuses(home, endpoint) == {"sent": many} for endpoint in kinds)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("many", "kills"), [(40, 1), pytest.param(500, 12, marks=pytest.mark.soak)]
)
def test_each_is_in_xero_once_after_a_yes_and_never_before(
    own_home: Path, xero: Xero, many: int, kills: int
) -> None:
    thirds = (range(many * 2 // 3), range(many // 3, many))
    killed = [0, 0]

    def client(which: int) -> None:
        killed[which] = propose_all(own_home, thirds[which], seed=which, kills=kills)

    clients = [threading.Thread(target=client, args=(which,)) for which in range(2)]
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    invoices = xero.emulator.organisation.tables["Invoice"]
    assert len(list(invoices)) == 0
    assert statuses(own_home) == {"held": many}
    assert not any("Invoice" in name for _, name, _ in xero.emulator.app.log)

    dice, stopped = random.Random(many), 0
    approving = ("outbox", "approve", "acme", "--yes", "--as", "Ann")
    for _ in range(kills):
        ended = run(own_home, *approving, kill_after=dice.uniform(0.8, 3.0))
        stopped += ended < 0
        run(own_home, "outbox", "retry", "acme")
    until = time.monotonic() + 300
    while not is_sent(own_home, many):
        assert time.monotonic() < until, statuses(own_home)
        run(own_home, *approving)
        run(own_home, "outbox", "retry", "acme")
        if not is_sent(own_home, many):
            time.sleep(PAUSE)
    run(own_home, *approving)
    numbers = Counter(str(invoice["InvoiceNumber"]) for invoice in invoices)
    assert numbers == Counter(f"B-{number:03}" for number in range(many))
    with xeroport.Client(**xero.credentials, rate_limit=60_000) as reader:
        for invoice in list(invoices)[:: max(many // 40, 1)]:
            notes = [n["Details"] for n in reader.invoices.history.list(invoice["InvoiceID"])]
            assert sum("Approved by Ann" in (note or "") for note in notes) == 1
    print(f"{many} proposals, {sum(killed)} servers and {stopped} approvals killed: each once")
