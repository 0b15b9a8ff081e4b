from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests import one_run
from tests.sync.books import Books, copied, synced

from xeroport.clock import SYSTEM_CLOCK
from xeroport_emulator import Emulator


@pytest.fixture
def make_books(tmp_path: Path) -> Iterator[Callable[..., Books]]:
    made: list[Books] = []

    def make(data: Any = "demo", *, clock: Any = None, **settings: Any) -> Books:
        settings.setdefault("limits", "off")
        emulator = Emulator(data, clock=clock, **settings)
        books = Books(emulator, tmp_path / f"home-{len(made)}", clock=clock or SYSTEM_CLOCK)
        made.append(books)
        return books

    yield make
    for each in made:
        each.store.close()


@pytest.fixture
def books(make_books: Callable[..., Books]) -> Books:
    return make_books()


def first_sync(folder: Path) -> None:
    synced(folder, at=datetime(2026, 11, 30, 8, 0, tzinfo=UTC))


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Books]:
    """The demo after a first sync that followed the plan, on a clock that stands still."""
    books = copied(one_run.made_once("planned", first_sync), tmp_path / "home")
    yield books
    books.store.close()
