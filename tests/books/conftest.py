from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hard_documents import write_all
from ledger_world import World
from synced_demo import Ledger, synced
from tests.console.console_world import Visitor, visiting

from xeroport_emulator import Emulator


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    worlds: list[World] = []

    def make(data: Any = "demo", *, url: str | None = None) -> World:
        world = World(Emulator(data, limits="off"), tmp_path / f"home-{len(worlds)}", url=url)
        worlds.append(world)
        return world

    yield make
    for world in worlds:
        world.books.store.close()


@pytest.fixture
def make_synced(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes a demo that is synced, without a ledger if none is asked for."""
    worlds: list[World] = []

    def make(*, url: str | None = None, ledger: Ledger = "none") -> World:
        worlds.append(synced(tmp_path / f"synced-{len(worlds)}", url, ledger=ledger))
        return worlds[-1]

    yield make
    for world in worlds:
        world.books.store.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo, synced and with a ledger on both bases; read by all tests of a module."""
    world = synced(tmp_path_factory.mktemp("demo"), ledger="cash")
    yield world
    world.books.store.close()


@pytest.fixture(scope="session")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo and more than 50 hard documents, with a ledger on both bases."""
    world = World(Emulator("demo", limits="off"), tmp_path_factory.mktemp("hard"))
    assert write_all(world) >= 50
    world.sync()
    world.ledger(cash=True)
    yield world
    world.books.store.close()


@pytest.fixture(scope="module")
def anna(hard: World) -> Iterator[Visitor]:
    """The console over those books, signed in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        with visiting(hard.books.home) as visitor:
            yield visitor
