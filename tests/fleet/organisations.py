"""Many emulated organisations behind one port, `/o0`, `/o1`, …: each an emulator of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from xeroport.credentials import Secret
from xeroport.emulator import Emulator
from xeroport.emulator.serve import served
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance


class Prefixed:
    """Dispatches by the first part of the path."""

    def __init__(self, emulators: list[Emulator]) -> None:
        self.apps = {f"o{number}": each.app for number, each in enumerate(emulators)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        _, first, rest = scope["path"].split("/", 2)
        raw = scope["raw_path"].split(b"/", 2)[2]
        inner = {**scope, "path": f"/{rest}", "raw_path": b"/" + raw}
        await self.apps[first](inner, receive, send)


def emulators(count: int, *, size: int = 20) -> list[Emulator]:
    """Organisations that differ in size and content."""
    return [Emulator(size + number % 5, limits="off", seed=number) for number in range(count)]


@contextmanager
def serving(made: list[Emulator]) -> Iterator[str]:
    """The base URL before the prefixes."""
    with served(Prefixed(made), port=0) as base:
        yield base


def connect(store: Store, made: list[Emulator], base: str) -> None:
    """An instance `org-NNNN` for each."""
    for number, each in enumerate(made):
        url = f"{base}/o{number}"
        instance = Instance(
            name=f"org-{number:04}",
            base_url=url,
            identity_url=url,
            client_id=each.client_id,
            rate_limit=6000,
        )
        instances.add(store, instance, Secret(each.client_secret))
