"""What a measured process talks to: servers that are not measured, the same ones for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import fleet, push, sync
from benchmarks.client import Bare
from benchmarks.harness import serving

Facts = tuple[str, str, str, str, int]
"""An instance: its name, base URL, client id, client secret, calls a minute."""

FAST = 600_000


@dataclass(frozen=True)
class Peer:
    """Running servers: the instances that a home folder needs for them, and what they can say."""

    instances: list[Facts]
    to: str = "parquet:lake/{instance}"
    edit: Callable[[], None] = lambda: None
    calls: Callable[[], int] | None = None
    cpu: Callable[[], float] = lambda: 0.0
    """CPU seconds of a server whose work is part of what is measured."""


Serving = Callable[[Path], AbstractContextManager[Peer]]
"""Starts the servers for one run; the folder is empty and gone afterwards."""


def _acme(url: str, client: str = "bench", secret: str = "bench", rate: int = FAST) -> list[Facts]:
    return [("acme", url, client, secret, rate)]


def nobody(_: Path) -> AbstractContextManager[Peer]:
    """A port where nothing listens."""
    return nullcontext(Peer(_acme("http://127.0.0.1:9")))


def pages(count: int) -> Serving:
    """The page server with so many invoices."""

    @contextmanager
    def served(_: Path) -> Iterator[Peer]:
        with sync.serving(count) as url:
            yield Peer(_acme(url))

    return served


@contextmanager
def bare(_: Path) -> Iterator[Peer]:
    """One small reply to everything, over HTTP."""
    app = Bare()
    with serving(app) as url:
        yield Peer(_acme(url), calls=lambda: app.calls + app.tokens)


def emulator(*, limits: str = "off", faults: str = "", rate: int = FAST) -> Serving:
    """An empty emulated organisation."""

    @contextmanager
    def served(folder: Path) -> Iterator[Peer]:
        with push.Server(folder, "empty", limits=limits, faults=faults) as server:
            instances = _acme(server.url, *server.client, rate)
            yield Peer(instances, calls=partial(server.calls, "invoices.create"))

    return served


def organisations(count: int, *, into: str = "parquet") -> Serving:
    """Many emulated organisations, and a Postgres to sync them into."""

    @contextmanager
    def served(_: Path) -> Iterator[Peer]:
        with fleet.organisations(count) as emulated:
            base = emulated.facts["base"]
            instances = [
                (f"org-{number:04}", f"{base}/o{number}", client, secret, FAST)
                for number, (client, secret) in enumerate(emulated.facts["credentials"])
            ]
            edit = partial(emulated.edit, fleet.EDITED)
            if into == "parquet":
                yield Peer(instances, edit=edit)
                return
            with fleet.postgres() as (url, process):
                yield Peer(instances, url, edit, cpu=partial(fleet.cpu_of, process))

    return served
