"""Pushers in processes of their own, killed at random, against an emulator on a port."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from push_world import KEY, add_instance

from forking import forking_process, kill, set_ahead
from xeroport.store.database import Store
from xeroport_emulator import Emulator
from xeroport_emulator.gateway.faults import parsed_faults
from xeroport_emulator.http.serve import served

WINDOW = 400.0
"""Seconds that outlast Xero's memory for idempotency keys (360)."""


class Pusher:
    """Pushes of one home folder; `start` begins one in a process of its own."""

    def __init__(self, home: Path, clock: Path, *, batch: int) -> None:
        self.given = {"home": str(home), "clock": str(clock), "batch": str(batch)}
        self.forking = forking_process("push", key=KEY)
        self.pid = 0

    def start(self, endpoint: str, file: Path, key: str) -> int:
        """Begin a push and give its pid."""
        self.pid = self.forking.start(
            {**self.given, "endpoint": endpoint, "file": str(file), "key": key}
        )
        return self.pid

    def end(self) -> int:
        """Wait for the push that began last and give its exit status."""
        return self.forking.end(self.pid)


class Field:
    """An emulator on a port, a home folder, a clock that both share, and pushers to kill."""

    def __init__(self, folder: Path, emulator: Emulator, url: str, *, batch: int) -> None:
        self.emulator = emulator
        self.home = folder / "home"
        self.clock = folder / "clock"
        self.clock.write_text("0")
        self.store = Store(self.home)
        add_instance(self.store, emulator, url, rate_limit=100_000)
        self.pushers = [Pusher(self.home, self.clock, batch=batch)]
        self.batch = batch
        self.ahead = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass, once no call is on its way: none takes minutes to arrive."""
        time.sleep(0.05)
        while self.emulator.world.gate.in_flight:
            time.sleep(0.01)
        self.ahead += seconds
        set_ahead(self.clock, self.ahead)
        self.emulator.clock.advance(seconds)

    def trouble(self, faults: str, endpoint: str) -> None:
        """Faults for one endpoint, and slow replies, so that a kill finds calls under way."""
        self.emulator.faults.plan.extend(parsed_faults(f"{faults},slow:40ms"))
        for fault in self.emulator.faults.plan:
            fault.endpoint = endpoint

    def second(self) -> Pusher:
        self.pushers.append(Pusher(self.home, self.clock, batch=self.batch))
        return self.pushers[-1]

    def push_and_kill(
        self,
        endpoint: str,
        file: Path,
        key: str,
        *,
        kills: int,
        dice: random.Random,
        longest: float,
        pause: float = 0.2,
    ) -> int:
        """Start and kill pushes; every now and then let the idempotency keys die. Gives kills."""
        done = 0
        while done < kills:
            pid = self.pushers[0].start(endpoint, file, key)
            timer = threading.Timer(dice.uniform(0.01, longest), kill, [pid])
            timer.start()
            status = self.pushers[0].end()
            timer.cancel()
            if status == 0:
                break
            done += status == -signal.SIGKILL
            if dice.random() < pause:
                self.advance(WINDOW)
        return done

    def finish(self, endpoint: str, file: Path, key: str, *, tries: int = 40) -> int:
        """Push until it ends with all fates known."""
        status = -1
        for _ in range(tries):
            self.pushers[0].start(endpoint, file, key)
            status = self.pushers[0].end()
            if status in (0, 1):
                break
            self.advance(WINDOW)
        return status


def poisoned(app: Any, words: Sequence[bytes]) -> Any:
    """The app, answering 500 to every write whose body holds one of the words."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] not in ("PUT", "POST"):
            await app(scope, receive, send)
            return
        parts, more = [], True
        while more:
            message = await receive()
            parts.append(message)
            more = message.get("more_body", False)
        body = b"".join(part.get("body", b"") for part in parts)
        if any(word in body for word in words):
            headers = [(b"content-type", b"application/json")]
            await send({"type": "http.response.start", "status": 500, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"Title": "An error occurred"}'})
            return

        async def again() -> Any:
            return parts.pop(0) if parts else await receive()

        await app(scope, again, send)

    return answer


@contextmanager
def field(
    folder: Path, *, batch: int, data: Any = "empty", poison: Sequence[bytes] = ()
) -> Iterator[Field]:
    emulator = Emulator(data, limits="off")
    with served(poisoned(emulator.app, poison)) if poison else emulator.serve() as url:
        made = Field(folder, emulator, url, batch=batch)
        try:
            yield made
        finally:
            made.store.close()
