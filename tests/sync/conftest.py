from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sync.books import Books

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
