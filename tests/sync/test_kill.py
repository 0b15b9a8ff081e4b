"""A sync that is killed at any step loses nothing and doubles nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.sync.books import add_instance

from xeroport.jobs.query import answering
from xeroport.store.database import Store
from xeroport_emulator import Emulator

STREAMS = ("invoices", "payments", "items", "contacts")
DOOMED = Path(__file__).with_name("doomed.py")


class Victim:
    """A home folder, an emulator on a port, and syncs in processes of their own."""

    def __init__(self, home: Path, emulator: Emulator, base_url: str, to: str) -> None:
        self.home = home
        self.emulator = emulator
        self.to = to
        store = Store(home)
        add_instance(store, emulator, base_url)
        store.close()

    def run(self, step: int) -> tuple[int, int]:
        """(exit status, steps it took); a killed one says nothing."""
        ended = subprocess.run(
            [sys.executable, str(DOOMED), str(self.home), self.to, str(step), *STREAMS],
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        steps = int(ended.stdout.split()[0]) if ended.stdout else 0
        assert ended.returncode in (0, -9), ended.stderr[-2000:]
        return ended.returncode, steps

    def edit(self, chance: random.Random) -> None:
        """What goes on in Xero meanwhile: edits, and an item that is deleted. The emulator's
        thread is left to end the replies that nobody waits for any more."""
        time.sleep(0.05)
        while self.emulator.world.gate.in_flight:
            time.sleep(0.01)
        tables = self.emulator.organisation.tables
        for name in ("Invoice", "Contact", "Payment"):
            for each in chance.sample(list(tables[name]), 3):
                text = f"edited {chance.random()}"
                field = "Name" if name == "Contact" else "Reference"
                tables[name].replace(each | {field: text, "UpdatedDateUTC": datetime.now(UTC)})
        if len(tables["Item"]) > 5:
            tables["Item"].remove(chance.choice(list(tables["Item"]))["ItemID"])


def check(victim: Victim, rows: Any) -> None:
    """Every record once and as it is; every line once; what was deleted is a tombstone."""
    tables = victim.emulator.organisation.tables
    for record, key, field, text in (
        ("Invoice", "InvoiceID", "Reference", "reference"),
        ("Payment", "PaymentID", "Reference", "reference"),
        ("Contact", "ContactID", "Name", "name"),
        ("Item", "ItemID", "Code", "code"),
    ):
        table = record.lower()
        expected = sorted((each[key], each.get(field) or "") for each in tables[record])
        found = rows(f"SELECT {table}_id, {text} FROM {table} WHERE _deleted_at IS NULL")
        assert sorted((str(k), t or "") for k, t in found) == expected, table
    lines = sum(len(each["LineItems"]) for each in tables["Invoice"])
    assert rows("SELECT count(*) FROM invoice_line_item") == [(lines,)]


@contextmanager
def victim(folder: Path, to: str) -> Iterator[Victim]:
    emulator = Emulator(1_500, limits="off")
    with emulator.serve() as base_url:
        yield Victim(folder / "home", emulator, base_url, to)


def rows_of(url: str) -> Any:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        with answering(sql, url=url, instance="acme-uk") as answer:
            return [tuple(row) for lot in answer.lots for row in lot]

    return rows


def destination(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "postgres":
        return str(request.getfixturevalue("postgres_url"))
    return f"{kind}:{folder / ('books.duckdb' if kind == 'duckdb' else 'lake')}"


@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_killed_at_any_step(tmp_path: Path, request: pytest.FixtureRequest, kind: str) -> None:
    url = destination(kind, tmp_path, request)
    with victim(tmp_path, url) as doomed:
        kill_from_the_start(doomed, kills=4, seed=1, stride=700)
        check(doomed, rows_of(url))


def kill_from_the_start(victim: Victim, *, kills: int, seed: int, stride: int = 400) -> None:
    """Kill the first full read again and again, further on each time, then deltas."""
    chance = random.Random(seed)
    done = 0
    step = 40
    while done < kills:
        status, _ = victim.run(step)
        done += status == -9
        step = step + chance.randint(20, stride) if status == -9 else chance.randint(1, 600)
        victim.edit(chance)
    assert victim.run(0)[0] == 0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["duckdb", "parquet", "postgres"])
def test_killed_often(tmp_path: Path, request: pytest.FixtureRequest, kind: str, seed: int) -> None:
    url = destination(kind, tmp_path, request)
    with victim(tmp_path, url) as doomed:
        kill_from_the_start(doomed, kills=25, seed=seed)
        check(doomed, rows_of(url))
