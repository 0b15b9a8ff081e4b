"""An emulated Xero on a port, a home folder synced from it, and visitors to a console over it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from console_world import NASTY, Visitor, visiting
from tests.one_run import made_once
from tests.ready_home import answered_at

from xeroport.console.reading.sql_process import StandingWorkers, standing
from xeroport.jobs.ledger import ledger_instance
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator


@pytest.fixture(autouse=True)
def _own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.setenv("XEROPORT_HOME", str(tmp_path / "never"))


@pytest.fixture(scope="session")
def xero() -> Iterator[tuple[Emulator, str]]:
    """The demo organisation on a port, for tests that only read."""
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as base_url:
        yield emulator, base_url


@pytest.fixture(scope="session")
def synced(xero: tuple[Emulator, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home folder with `acme-uk`, synced; contacts with hostile names are in its books."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        model = made_once("console_synced", lambda folder: _sync(folder / "home", *xero)) / "home"
        home = tmp_path_factory.mktemp("synced") / "home"
        shutil.copytree(model, home)
        answered_at(home, xero[1])
        yield home


def _sync(home: Path, emulator: Emulator, base_url: str) -> None:
    store = Store(home)
    instance = Instance(
        name="acme-uk",
        base_url=base_url,
        identity_url=base_url,
        client_id=emulator.client_id,
        rate_limit=6000,
        organisation=NASTY[0],
    )
    instances.add(store, instance, Secret(emulator.client_secret))
    report = asyncio.run(sync_instance(store, "acme-uk"))
    assert report.status in ("done", "partial"), report.error
    asyncio.run(ledger_instance(store, "acme-uk", tied=False))
    store.close()
    taint(home / "books.duckdb")


def taint(books: Path) -> None:
    """Give contacts, and the invoices of those that owe most, hostile names."""
    with duckdb.connect(str(books)) as connection:
        owing = connection.execute(
            "SELECT contact_id FROM acme_uk.invoice WHERE type = 'ACCREC' GROUP BY contact_id "
            "ORDER BY sum(amount_due) DESC LIMIT ?",
            [len(NASTY)],
        ).fetchall()
        for (contact,), name in zip(owing, NASTY, strict=True):
            for table, column in (("contact", "name"), ("invoice", "contact_name")):
                connection.execute(
                    f"UPDATE acme_uk.{table} SET {column} = ? WHERE contact_id = ?",
                    [name, contact],
                )
        connection.execute("UPDATE acme_uk.invoice_line_item SET description = ?", [NASTY[0]])


@pytest.fixture
def home(synced: Path, tmp_path: Path) -> Path:
    """A copy of the synced home, to change."""
    copy = tmp_path / "home"
    shutil.copytree(synced, copy)
    return copy


@pytest.fixture(scope="session")
def workers() -> Iterator[StandingWorkers]:
    workers = StandingWorkers(2)
    yield workers
    workers.close()


@pytest.fixture
def many_questions(workers: StandingWorkers) -> Iterator[None]:
    """SQL is answered by processes that stay, as it is for agents: a start takes longer than most
    answers. The processes, and all that they refuse, are those of one question."""
    before = standing.set(workers)
    yield
    standing.reset(before)


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[Visitor]:
    """A visitor to a console over an empty home."""
    with visiting(tmp_path / "home") as found:
        yield found


@pytest.fixture(scope="session")
def reader(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """A visitor who only reads a copy of the synced home: nobody has that one open, so that it can
    be copied at any time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        home = shutil.copytree(synced, tmp_path_factory.mktemp("read") / "home")
        with visiting(home) as found:
            yield found
