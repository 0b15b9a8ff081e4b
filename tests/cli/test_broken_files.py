"""Every file of a home folder × everything that may happen to it × the commands that meet it; and
rights that its user lacks: read-only files and folders, closed ones, those of somebody else.

One message, the right exit status, never `unexpected`; and the way out that is named works. The
short form tries the commands that a file is for, `make soak` all of them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from cli_shell import Shell, Xero
from click.testing import Result

from xeroport.store import database
from xeroport.store.calls import file as calls_file

COMMANDS: dict[str, tuple[str, ...]] = {
    "check": ("instance", "check", "acme"),
    "call": ("call", "acme", "organisation.get"),
    "sync": ("sync", "acme", "accounts", "contacts"),
    "full": ("sync", "acme", "--full"),
    "lake": ("sync", "acme", "--to", "parquet:HOME/lake", "accounts", "contacts"),
    "full lake": ("sync", "acme", "--full", "--to", "parquet:HOME/lake"),
    "push": ("push", "acme", "contacts.upsert", "ROWS", "--key", "Name"),
    "dry run": ("push", "acme", "contacts.upsert", "ROWS", "--key", "Name", "--dry-run"),
    "flow": ("flow", "run", "people"),
    "flows": ("flow", "list"),
    "query": ("query", "SELECT count(*) FROM acme.contact WHERE name > ''"),
    "query lake": ("query", "--to", "parquet:HOME/lake", "SELECT count(*) FROM acme.contact"),
    "budget": ("budget", "acme"),
    "runs": ("runs",),
    "run": ("runs", "show", "1"),
    "outbox": ("outbox", "list", "acme"),
    "list": ("instance", "list"),
    "schedule": ("schedule", "set", "acme", "0 6 * * *"),
    "schedules": ("schedule", "list"),
    "plan": ("plan", "acme"),
    "ledger": ("ledger", "acme"),
    "verify": ("verify", "acme"),
    "report": ("report", "acme", "trial-balance"),
    "workbook": ("workbook", "acme", "HOME/pack.xlsx"),
    "dbt": ("dbt", "acme"),
    "edit": ("instance", "edit", "acme", "--rate-limit", "5000/minute"),
    "webhooks": ("webhook", "list"),
    "alerts": ("alert", "list"),
    "logins": ("login", "--list"),
    "remove": ("instance", "remove", "acme", "--confirm", "acme"),
}
PART = "lake/acme/contact/part-contacts-1.parquet"
FILES: dict[str, tuple[str, ...]] = {
    "xeroport.sqlite": ("sync", "runs", "list"),
    "xeroport.sqlite-wal": ("runs",),
    "calls.sqlite": ("sync", "budget"),
    "key": ("sync", "list"),
    "landing": ("sync",),
    "books.duckdb": ("sync", "query", "flow"),
    "books.duckdb.wal": ("query",),
    "xeroport.log": ("sync", "runs"),
    PART: ("lake", "query lake"),
    "lake/acme/_manifest.json": ("lake", "query lake"),
    "lake/acme/_lock": ("lake",),
    "lake/acme/contact": ("lake", "query lake"),
}
FLOW = """
key = "ContactID"
[source]
instance = "acme"
endpoint = "contacts.list"
[fields]
Name = "Name"
[target]
table = "people"
"""
Harm = Callable[[Path], None]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _fill(path: Path, contents: bytes) -> None:
    _remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(contents)


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b"x" * 100


def _folder(path: Path) -> None:
    _remove(path)
    path.mkdir(parents=True)


HARMS: dict[str, Harm] = {
    "missing": _remove,
    "empty": lambda path: _fill(path, b""),
    "garbage": lambda path: _fill(path, bytes(range(256)) * 80),
    "cut": lambda path: _fill(path, _bytes(path)[: len(_bytes(path)) // 2]),
    "pages lost": lambda path: _fill(path, _bytes(path)[:4096] + b"Z" * len(_bytes(path)[4096:])),
    "a folder": _folder,
}


@pytest.fixture(scope="module")
def whole(xero: Xero, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which everything was done once, at rest."""
    folder = tmp_path_factory.mktemp("whole")
    shell = Shell(folder / "home")
    with pytest.MonkeyPatch.context() as environment:  # a key of other tests is not this home's
        environment.setenv("XEROPORT_KEYRING", "off")
        environment.delenv("XEROPORT_KEY", raising=False)
        assert shell.add(xero).exit_code == 0
        (folder / "rows.csv").write_text("Name\nAda\n")
        (folder / "people.toml").write_text(FLOW)
        shell.ok("flow", "add", str(folder / "people.toml"))
        shell.ok("sync", "acme", "accounts", "contacts")
        shell.ok("sync", "acme", "--to", f"parquet:{shell.home}/lake", "accounts", "contacts")
        shell.ok("flow", "run", "people")
    for name in ("xeroport.sqlite", "calls.sqlite"):
        with sqlite3.connect(shell.home / name) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    assert (shell.home / PART).exists()
    return folder


@pytest.fixture
def home(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(calls_file, "BUSY_SECONDS", 0.2)
    return tmp_path / "home"


def run(whole: Path, home: Path, command: str) -> Result:
    words = (
        word.replace("HOME", str(home)).replace("ROWS", str(whole / "rows.csv"))
        for word in COMMANDS[command]
    )
    return Shell(home).run(*words)


def fresh(whole: Path, home: Path) -> None:
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(whole / "home", home)
    for suffix in ("-wal", "-shm"):
        for name in ("xeroport.sqlite", "calls.sqlite"):
            (home / (name + suffix)).unlink(missing_ok=True)


def check(result: Result, said: str) -> None:
    for word in ("unexpected", "Traceback", "ExceptionGroup"):
        assert word not in result.stderr, said
    errors = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert result.exit_code in (0, 1, 2), said
    assert len(errors) == (result.exit_code == 2), said
    if result.exit_code == 2:
        assert "\nhint: " in f"\n{result.stderr}", said


def commands_of(file: str, *, every: bool) -> tuple[str, ...]:
    return tuple(COMMANDS) if every else FILES[file]


LONG = [False, pytest.param(True, marks=pytest.mark.soak)]


@pytest.mark.parametrize("every", LONG, ids=["some", "every"])
@pytest.mark.parametrize("file", FILES)
def test_a_harmed_file_is_one_message(whole: Path, home: Path, file: str, every: bool) -> None:
    for harm, do in HARMS.items():
        for command in commands_of(file, every=every):
            fresh(whole, home)
            do(home / file)
            result = run(whole, home, command)
            check(result, f"{command} with {file} {harm}: {result.stderr}{result.exception!r}")


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Somebody else has the file, and does not let it go."""
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path)) as other:
            other.execute("CREATE TABLE IF NOT EXISTS held (n INTEGER)")
            yield
        return
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.mark.parametrize("every", LONG, ids=["some", "every"])
@pytest.mark.parametrize(
    "file", ["xeroport.sqlite", pytest.param("calls.sqlite", marks=pytest.mark.soak)]
)
def test_a_locked_file_is_one_message(whole: Path, home: Path, file: str, every: bool) -> None:
    for command in commands_of(file, every=every):
        fresh(whole, home)
        with _held(home / file):
            result = run(whole, home, command)
        check(result, f"{command} with {file} locked: {result.stderr}{result.exception!r}")


@pytest.mark.parametrize("harm", ["garbage", "cut", "pages lost", "missing"])
def test_the_way_out_of_damaged_books_works(whole: Path, home: Path, harm: str) -> None:
    """`--full` builds a lake again; a file of books that was moved away is read anew; counts of
    calls are made anew by themselves."""
    fresh(whole, home)
    HARMS[harm](home / PART)
    HARMS[harm](home / "calls.sqlite")
    rebuilt = run(whole, home, "full lake")
    assert rebuilt.exit_code == 0, rebuilt.stderr
    assert run(whole, home, "query lake").exit_code == 0
    HARMS[harm](home / "books.duckdb")
    (home / "books.duckdb").unlink(missing_ok=True)
    assert run(whole, home, "sync").exit_code == 0
    assert run(whole, home, "query").exit_code == 0


ME, OTHER = 65_534, 12_345
"""Who runs the commands below, where the tests run as root; and somebody else."""
SQLITE, CALLS, BOOKS = "xeroport.sqlite", "calls.sqlite", "books.duckdb"


def _modes(path: Path, *, files: int, folders: int) -> None:
    for each in (*path.rglob("*"), path):
        each.chmod(folders if each.is_dir() else files)


def _owner(path: Path, owner: int) -> None:
    for each in (*path.rglob("*"), path):
        os.chown(each, owner, owner)


def _of_another(home: Path, mode: int) -> None:
    _modes(home, files=mode & 0o666, folders=mode)
    _owner(home, OTHER)


READS = ("runs", "list", "query", "outbox")
"""Commands that change nothing: they work where the files can be read."""
RIGHTS: dict[str, tuple[Harm, tuple[str, ...]]] = {
    "a read-only folder": (lambda home: home.chmod(0o500), ("sync", "query")),
    "all read only": (lambda home: _modes(home, files=0o400, folders=0o500), ("push", "query")),
    "read-only files": (lambda home: _modes(home, files=0o400, folders=0o700), ("sync", *READS)),
    "a closed folder": (lambda home: home.chmod(0), ("sync", "query", "list")),
    "somebody else's": (lambda home: _of_another(home, 0o755), ("sync", "list")),
    "somebody else's, open": (lambda home: _of_another(home, 0o777), ("push", "runs")),
    **{
        f"{name} {mode:o}": (lambda home, n=name, m=mode: (home / n).chmod(m), commands)
        for name, commands in {
            SQLITE: ("sync", "schedule"),
            CALLS: ("sync", "budget"),
            "key": ("sync",),
            BOOKS: ("full", "query"),
            "xeroport.log": ("sync",),
        }.items()
        for mode in (0o400, 0)
    },
    "lake": (lambda home: _modes(home / "lake", files=0o400, folders=0o500), ("lake", "full lake")),
}


@contextmanager
def _as_me() -> Iterator[None]:
    """As a user whom rights bind."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(ME)
    os.seteuid(ME)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
@pytest.mark.parametrize("every", LONG, ids=["some", "every"])
@pytest.mark.parametrize("what", RIGHTS)
def test_rights_that_lack_are_one_message(
    whole: Path, monkeypatch: pytest.MonkeyPatch, what: str, every: bool
) -> None:
    """With the way out that fits: nobody is told to make room on a disk that is not full."""
    if os.geteuid() != 0 and "somebody else" in what:
        pytest.skip("only root can give a file away")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr(calls_file, "BUSY_SECONDS", 0.2)
    do, few = RIGHTS[what]
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to other users
        base = Path(folder)
        base.chmod(0o755)
        shutil.copy(whole / "rows.csv", base / "rows.csv")
        for command in COMMANDS if every else few:
            fresh(whole, base / "home")
            with sqlite3.connect(base / "home" / SQLITE) as store:
                store.execute("DELETE FROM place WHERE shown LIKE 'parquet:%'")
            store.close()
            if os.geteuid() == 0:
                _owner(base / "home", ME)
            do(base / "home")
            try:
                with _as_me():
                    result = run(base, base / "home", command)
            finally:
                _modes(base / "home", files=0o600, folders=0o700)
            said = f"{command}, {what}: {result.stderr}{result.exception!r}"
            check(result, said)
            assert "make room" not in result.stderr, said
            if "read-only files" in what and command in READS:
                assert result.exit_code == 0, said
