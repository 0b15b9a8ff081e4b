"""One DuckDB file, many users: names, versions, and who may read while a sync goes on."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import duckdb
import pytest
from tests.sync.books import NAME, Books

from xeroport.catalogue import load
from xeroport.destinations import Batch, Destination, duckdb_file, open_destination
from xeroport.errors import Busy, InputError
from xeroport.jobs import run_log
from xeroport.jobs.query import answering
from xeroport.jobs.sync.landing import LandingFile, read_page
from xeroport.store import runs
from xeroport.store.database import Store
from xeroport.store.instances import check_name
from xeroport.store.processes import IS_WORTH_A_WAIT

BODY = b'{"Currencies": [{"Code": "GBP", "Description": "Pound"}]}'
HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print(1, flush=True)
sys.stdin.readline()
"""
JOB = """
import sys
from pathlib import Path
from xeroport.destinations.duckdb_file import connect_writing
from xeroport.jobs import run_log
from xeroport.store.database import Store
home, books = map(Path, sys.argv[1:])
with run_log.opened(Store(home), "acme", "ledger", {}), connect_writing(books):
    print(1, flush=True)
    sys.stdin.readline()
"""


def land(destination: Destination, folder: Path, *, number: int = 1) -> None:
    page = read_page(load().streams["currencies"], BODY)
    file = LandingFile(folder / f"{number}.ndjson")
    file.add(page.records, form=page.form)
    destination.land(
        Batch(
            stream="currencies",
            record="Currency",
            number=number,
            state="{}",
            synced_at=datetime(2026, 11, 1, tzinfo=UTC),
            files=(file.close(),),
            longest=file.longest,
            form=file.form,
        )
    )


@pytest.mark.parametrize("instance", ["acme", "books", "data-2"])
@pytest.mark.parametrize("file", ["acme.duckdb", "books.duckdb", "data_2.duckdb"])
def test_a_file_may_be_called_like_an_instance(tmp_path: Path, instance: str, file: str) -> None:
    url = f"duckdb:{tmp_path / file}"
    with closing(open_destination(url, instance=instance)) as destination:
        land(destination, tmp_path)
        land(destination, tmp_path, number=2)
        assert destination.held("Currency", since=datetime(2026, 1, 1, tzinfo=UTC)) == 1
        assert destination.checkpoints()["currencies"].number == 2
    schema = instance.replace("-", "_")
    for sql in ("SELECT code FROM currency", f"SELECT code FROM {schema}.currency"):
        with answering(sql, url=url, instance=instance) as answer:
            assert list(answer.rows()) == [("GBP",)]


@pytest.mark.parametrize("name", ["main", "temp", "system", "memory", "pg_acme", "pg-acme", "pg"])
def test_names_of_schemas_that_databases_have_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="have a schema"):
        check_name(name)


def test_the_storage_version_is_chosen_in_the_url(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    url = f"duckdb:{path}?storage=v1.2.0"
    with closing(open_destination(url, instance="acme")) as destination:
        land(destination, tmp_path)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS old (READ_ONLY)")
        found = connection.execute(
            "SELECT tags->>'storage_version' FROM duckdb_databases() WHERE database_name = 'old'"
        ).fetchall()
    assert found[0][0].startswith("v1.2.0")
    with answering("FROM currency", url=url, instance="acme") as answer:
        assert len(list(answer.rows())) == 1
    with (
        closing(
            open_destination(f"duckdb:{tmp_path / 'new.duckdb'}?storage=v99", instance="acme")
        ) as new,
        pytest.raises(InputError, match="no storage version `v99`"),
    ):
        land(new, tmp_path, number=3)


def test_a_file_that_vanishes_during_a_sync_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    with closing(open_destination(f"duckdb:{path}", instance="acme")) as destination:
        land(destination, tmp_path)
        path.unlink()
        with pytest.raises(InputError, match="removed or replaced"):
            land(destination, tmp_path, number=2)
    assert not path.exists()


def test_reading_goes_on_while_a_sync_waits(make_books: Callable[..., Books]) -> None:
    """Every reply of Xero finds the file open to another process, and to this one."""
    books = make_books(200)
    books.sync()
    real, seen = books.app, []

    async def reading(scope: object, receive: object, send: object) -> None:
        with answering("SELECT count(*) FROM invoice", url=books.url, instance=NAME) as answer:
            seen.append(next(answer.rows())[0])
        await real(scope, receive, send)

    books.app = reading
    report = books.sync(full=True)
    assert report.status == "done"
    assert len(seen) > 20
    assert set(seen) == {books.one("SELECT count(*) FROM invoice")}


def test_a_job_waits_for_another_that_has_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ledger has the file for as long as Xero takes to answer; a sync of another organisation
    into it says so and goes on afterwards."""
    monkeypatch.setattr("xeroport.destinations.duckdb_file.WAIT_SECONDS", 0.1)
    monkeypatch.setattr("xeroport.destinations.duckdb_file.ASKED_AFTER", 0.02)
    store, path = Store(tmp_path / "home"), tmp_path / "books.duckdb"
    duckdb.connect(str(path)).close()
    ledger = subprocess.Popen(
        [sys.executable, "-c", JOB, str(store.home), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert ledger.stdout
    ledger.stdout.readline()

    def let_go() -> None:
        ledger.communicate(b"\n")

    with run_log.opened(store, "second", "sync", {}) as run:
        timer = threading.Timer(0.5, let_go)
        timer.start()
        with closing(open_destination(f"duckdb:{path}", instance="second")) as destination:
            land(destination, tmp_path)
        timer.join()
    lines = [line.text for line in runs.lines(store, run.id)]
    assert lines == [
        f"warning: waiting for ledger of `acme` (run 1), which is using the file `{path}`"
    ]


@pytest.mark.parametrize("how", ["read", "write"])
def test_a_file_held_elsewhere_is_waited_for_then_told(tmp_path: Path, how: str) -> None:
    from xeroport.destinations.duckdb import DuckDBDestination

    path = tmp_path / "books.duckdb"
    duckdb.connect(str(path)).close()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        with pytest.raises(InputError, match=f"process {holder.pid}"):
            land(DuckDBDestination(path, schema="acme", wait=0.1), tmp_path)
    finally:
        holder.kill()
        holder.wait()


def test_a_file_that_is_no_database_says_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "books.duckdb"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(InputError) as refused:
        open_destination(f"duckdb:{path}", instance="acme")
    assert "cannot be opened" in refused.value.message
    assert "move" in str(refused.value.hint)


def test_landing_files_of_a_sync_that_runs_are_left_alone(books: Books) -> None:
    from xeroport.jobs.sync.run import landing_folder
    from xeroport.store import leases
    from xeroport.store.processes import this_process

    mark = leases.place_mark(books.url)
    running = landing_folder(books.home, NAME, mark)
    pid = f"~{this_process().pid}~"
    dead = running.with_name(running.name.replace(pid, "~999999999~"))
    assert dead != running
    for folder in (running, dead):
        folder.mkdir(parents=True)
        (folder / "invoices-1.ndjson").write_text("{}")
    assert books.sync("currencies").status == "done"
    assert (running / "invoices-1.ndjson").exists()
    assert not dead.exists()
    assert len(list((books.home / "landing").iterdir())) == 1


def test_two_syncs_from_two_homes_do_not_overwrite_one_another(
    make_books: Callable[..., Books],
) -> None:
    """There is no lease that both know of: the second to write a stream says so, and stops."""
    first, second = make_books(), make_books()
    second.url = first.url
    first.sync("invoices")
    real, met = first.app, []

    async def meddling(scope: object, receive: object, send: object) -> None:
        if not met:
            met.append(await asyncio.to_thread(second.sync, "invoices", full=True))
        await real(scope, receive, send)

    first.app = meddling
    with pytest.raises(Busy, match="another sync has written `invoices`"):
        first.sync("invoices", full=True)
    assert met[0].status == "done"
    first.app = real
    assert first.sync("invoices", full=True).status == "done"


def test_a_stalled_machine_ends_no_wait_for_a_job_that_is_at_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between any two looks at the clock more time goes by than a wait is asked about in."""
    path = tmp_path / "books.duckdb"
    others, tries = duckdb.connect(path), 0
    looks = count(step=0.2)
    monkeypatch.setattr("time.monotonic", lambda: next(looks))
    monkeypatch.setattr(duckdb_file, "EVERY", 0)

    def open_file() -> None:
        nonlocal tries
        tries += 1
        if tries == 20:
            others.close()
        duckdb.connect(path, config={"threads": 1}).close()

    worth = IS_WORTH_A_WAIT.set(lambda pid, _: pid == os.getpid())
    try:
        duckdb_file.patiently(open_file, path, 1.0)
    finally:
        IS_WORTH_A_WAIT.reset(worth)
        others.close()
    assert tries == 20
