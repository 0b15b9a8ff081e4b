from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


@contextmanager
def first_synced(data: Any, home: Path) -> Iterator[Books]:
    """A copy of what the first sync made, on a clock that stands still."""
    at = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    folder = one_run.made_once(f"planned_{data}", lambda made: synced(made, data, at=at))
    books = copied(folder, home)
    yield books
    books.store.close()


@pytest.fixture
def planned(tmp_path: Path) -> Iterator[Books]:
    """The demo after a first sync that followed the plan."""
    with first_synced("demo", tmp_path / "home") as books:
        yield books


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Books]:
    """Twenty invoices after a first sync that followed the plan."""
    with first_synced(20, tmp_path / "home") as books:
        yield books
