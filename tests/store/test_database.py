"""The store's file: versions, keys, transactions."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from xeroport.errors import StoreError
from xeroport.store.database import Store, migrations
from xeroport.store.folder import check_owner


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.delenv("XEROPORT_KEY", raising=False)


def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    Store(tmp_path).close()
    with sqlite3.connect(tmp_path / "xeroport.sqlite") as raw:
        raw.execute(f"PRAGMA user_version={max(migrations()) + 1}")
    before = (tmp_path / "xeroport.sqlite").read_bytes()
    with pytest.raises(StoreError, match="newer xeroport"):
        Store(tmp_path)
    assert (tmp_path / "xeroport.sqlite").read_bytes() == before


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "xeroport.sqlite").write_bytes(b"not a database, but long enough to be read" * 50)
    with pytest.raises(StoreError, match="is damaged: file is not a database"):
        Store(tmp_path)


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path / "file")


def test_many_threads_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(lambda _: Store(tmp_path), range(24)))
        versions = list(
            pool.map(lambda s: s.connection.execute("PRAGMA user_version").fetchone()[0], stores)
        )
    assert set(versions) == {max(migrations())}


@pytest.mark.parametrize("durable", [True, False])
def test_a_transaction_is_all_or_nothing(tmp_path: Path, durable: bool) -> None:
    store = Store(tmp_path)
    added = "INSERT INTO vault (one, source, proof) VALUES (1, 'x', x'00')"

    def fail_half_way() -> None:
        with store.transaction(durable=durable) as connection:
            connection.execute(added)
            connection.execute(added)

    with pytest.raises(sqlite3.IntegrityError):
        fail_half_way()
    assert store.connection.execute("SELECT count(*) FROM vault").fetchone()[0] == 0
    assert store.connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_the_wrong_key_is_told_before_anything_is_sealed_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_KEY", "aa" * 32)
    sealed = Store(tmp_path).vault.seal("x", bound_to="a")
    assert Store(tmp_path).vault.unseal(sealed, bound_to="a").reveal() == "x"
    monkeypatch.setenv("XEROPORT_KEY", "bb" * 32)
    with pytest.raises(StoreError, match="does not open"):
        Store(tmp_path).vault.seal("y", bound_to="a")
    monkeypatch.delenv("XEROPORT_KEY")
    with pytest.raises(StoreError, match="cannot be found"):
        Store(tmp_path).vault.seal("y", bound_to="a")
    assert not (tmp_path / "key").exists()


def test_a_transaction_inside_another_is_a_part_of_it(tmp_path: Path) -> None:
    store, other = Store(tmp_path), Store(tmp_path)
    add = "INSERT INTO lease (name, owner, until) VALUES (?, 'me', '2026')"

    def seen() -> list[str]:
        rows = other.connection.execute("SELECT name FROM lease ORDER BY name")
        return [row["name"] for row in rows]

    with store.transaction():
        with store.transaction(durable=False) as inner:
            inner.execute(add, ("first",))
        assert seen() == []
    assert seen() == ["first"]

    def fail() -> None:
        with store.transaction() as outer:
            with store.transaction() as inner:
                inner.execute(add, ("second",))
            outer.execute(add, ("third",))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen() == ["first"]


def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path: Path) -> None:
    """Whatever is committed after it must be there, also for other connections."""
    store = Store(tmp_path)
    store.connection.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    store.connection.execute(
        "CREATE TABLE child (parent REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
    )

    def fail_at_the_end() -> None:
        with store.transaction() as connection:
            connection.execute("INSERT INTO child VALUES (7)")

    with pytest.raises(sqlite3.IntegrityError):
        fail_at_the_end()
    with store.transaction() as connection:
        connection.execute("INSERT INTO parent VALUES (1)")
    other = Store(tmp_path)
    assert [row[0] for row in other.connection.execute("SELECT id FROM parent")] == [1]
    assert not list(other.connection.execute("SELECT * FROM child"))


@pytest.mark.parametrize("left", ["key", "books.duckdb"])
@pytest.mark.parametrize("loss", ["cut", "deleted", "cut to its first page"])
def test_an_emptied_store_is_not_taken_for_a_new_one(
    tmp_path: Path, left: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if left == "books.duckdb":
        monkeypatch.setenv("XEROPORT_KEY", "aa" * 32)
    store = Store(tmp_path)
    store.vault.seal("x", bound_to="a")
    store.close()
    if left == "books.duckdb":
        (tmp_path / left).write_bytes(b"books")
    path = tmp_path / "xeroport.sqlite"
    for each in tmp_path.glob("xeroport.sqlite-*"):
        each.unlink()
    if loss == "deleted":
        path.unlink()
    elif loss == "cut":
        path.write_bytes(b"")
    else:
        path.unlink()
        with sqlite3.connect(path) as empty:
            empty.execute("PRAGMA journal_mode=WAL")
    with pytest.raises(StoreError, match=f"missing or empty, but `{left}`"):
        Store(tmp_path)
    assert loss != "deleted" or not path.exists()


def test_many_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom xeroport.store.database import Store\n"
        "from xeroport.store.calls.file import Calls\nsys.stdin.read(1)\n"
        "home = Path(sys.argv[1])\nstore = Store(home)\nCalls(home).connection\nstore.close()\n"
    )
    for number in range(3):
        home = tmp_path / str(number)
        processes = [
            subprocess.Popen([sys.executable, "-c", script, str(home)], stdin=subprocess.PIPE)
            for _ in range(6)
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.close()
        assert [process.wait() for process in processes] == [0] * 6


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_home_that_others_can_open_is_closed_and_told(tmp_path: Path, mode: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    store = Store(home)
    assert home.stat().st_mode & 0o777 == 0o700
    assert [warning for warning in store.warnings if "now only you can" in warning]
    assert Store(home).warnings == []


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_store_or_key_that_is_a_link_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("")
    for name in ("xeroport.sqlite", "key"):
        home = tmp_path / name
        home.mkdir(mode=0o700)
        (home / name).symlink_to(elsewhere)
        with pytest.raises(StoreError, match="is a link"):
            Store(home)


def test_what_belongs_to_another_user_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for owner in (1000, 0):
        check_owner(owner, Path("home"))
    with pytest.raises(StoreError, match="belongs to another user"):
        check_owner(1001, Path("home"))


def test_a_store_of_the_first_release_gets_all_later_migrations(tmp_path: Path) -> None:
    """Its file counted migrations; numbers that come late, between others, are not left out."""
    raw = sqlite3.connect(tmp_path / "xeroport.sqlite")
    for number in range(1, 9):
        raw.executescript(migrations()[number])
    raw.execute("PRAGMA user_version=8")
    raw.close()
    store = Store(tmp_path)
    assert store.connection.execute("PRAGMA user_version").fetchone()[0] == max(migrations())
    with store.transaction() as connection:
        connection.execute("DELETE FROM migration WHERE number = 10")
        connection.execute("ALTER TABLE run DROP COLUMN beat_at")
    store.close()
    names = [row["name"] for row in Store(tmp_path).connection.execute("PRAGMA table_info(run)")]
    assert "beat_at" in names
