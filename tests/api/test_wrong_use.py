"""The Python front door used wrongly: what is wrong is named, and nothing hangs."""

from __future__ import annotations

import multiprocessing
import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.conftest import Xero, home_for

import xeroport
from xeroport.catalogue import load


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            lambda: xeroport.Client(client_id=3, client_secret="x"),
            "`client_id` must be text, not int",
        ),
        (
            lambda: xeroport.Client(client_id="x", client_secret=b"y"),
            r"`client_secret` must be text, not bytes \(decode it",
        ),
        (
            lambda: xeroport.Client(client_id="x", client_secret="y", base_url=None, login=None),
            None,
        ),
        (lambda: xeroport.Client.from_instance(None), "`name` must be text, not None"),
        (lambda: xeroport.connect(3), "`name` must be text, not int"),
        (lambda: xeroport.sync(3), "`name` must be text, not int"),
        (
            lambda: xeroport.sync("acme", to=Path("x.duckdb")),
            r"`to` must be text, not PosixPath \(such as `duckdb:x.duckdb`",
        ),
        (lambda: xeroport.push(None, "contacts.upsert", []), "`instance` must be text, not None"),
        (lambda: xeroport.push("acme", 5, []), "`endpoint` must be text, not int"),
        (lambda: xeroport.query(None), "`sql` must be text, not None"),
        (lambda: xeroport.query("select 1", to=Path("x")), "`to` must be text"),
        (lambda: xeroport.books(3), "`instance` must be text, not int"),
        (lambda: xeroport.ledger(3), "`name` must be text, not int"),
        (lambda: xeroport.verify(None), "`name` must be text, not None"),
        (lambda: xeroport.report("acme", 3), "`statement` must be text, not int"),
        (lambda: xeroport.flow(b"x"), "`name` must be text, not bytes"),
        (lambda: xeroport.fleet(to=Path("x")), "`to` must be text, not PosixPath"),
    ],
)
def test_a_wrong_type_is_named(
    wrong: Callable[[], Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_HOME", str(tmp_path / "home"))
    with pytest.raises(xeroport.InputError, match=said):
        wrong()


@pytest.mark.parametrize("rows", [None, 5, object()])
def test_rows_that_are_none(rows: Any, demo_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path / "home", demo_xero)
    with pytest.raises(xeroport.InputError, match=r"the rows are .*give a file's path"):
        xeroport.push("acme", "contacts.upsert", rows, key="Name", home=home)


def test_a_client_in_a_forked_process_says_so_and_a_new_one_works(demo_xero: Xero) -> None:
    """Its loop's thread is not there: a call would wait for ever."""

    def child(report: Any) -> None:
        try:
            client.organisation.get()
        except RuntimeError as error:
            report.send(str(error))
        client.close()
        with xeroport.Client(**demo_xero.credentials) as own:
            report.send(own.organisation.get()["Name"])

    with xeroport.Client(**demo_xero.credentials) as client:
        name = client.organisation.get()["Name"]
        here, there = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(target=child, args=(there,))
        process.start()
        try:
            assert here.poll(20)
            assert "open one in each process" in here.recv()
            assert here.poll(20)
            assert here.recv() == name
        finally:
            process.kill()
            process.join()
        assert client.organisation.get()["Name"] == name


def test_a_client_is_not_pickled(demo_xero: Xero) -> None:
    with (
        xeroport.Client(**demo_xero.credentials) as client,
        pytest.raises(TypeError, match="open one where it is used, in each process"),
    ):
        pickle.dumps(client)


def test_a_closed_client_stays_closed(demo_xero: Xero) -> None:
    client = xeroport.Client(**demo_xero.credentials)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="this client is closed"), client:
        pass


def test_threads_share_a_client(demo_xero: Xero) -> None:
    numbers: list[int] = []
    with xeroport.Client(**demo_xero.credentials) as client:
        threads = [
            threading.Thread(target=lambda: numbers.append(len(list(client.contacts.list()))))
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert len(numbers) == 6
    assert len(set(numbers)) == 1


def test_reprs_are_short(demo_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path / "home", demo_xero)
    synced = xeroport.sync("acme", streams=["organisation", "accounts", "invoices"], home=home)
    ledger = xeroport.ledger("acme", home=home, tie=False)
    statement = xeroport.report("acme", "balance-sheet", home=home)
    verified = xeroport.verify("acme", home=home)
    dry = push(home, rows=[{"Name": "A" * 200}, {"Name": "B"}])
    assert dry.plan is not None
    assert dry.plan.preview is not None
    with xeroport.connect("acme", home=home) as xero:
        usage, reply = xero.usage, xero.call("organisation.get")
    for value in (
        *(demo_xero.emulator, demo_xero.emulator.region),
        *(synced, synced.streams[0], ledger, statement, statement.statement),
        *(verified, verified.checks[0], dry, dry.plan, dry.plan.preview, dry.plan.requests[0]),
        xeroport.query("select * from acme.invoice", home=home),
        xeroport.books("acme", home=home),
        *(usage, reply, reply.endpoint, load()),
    ):
        text = repr(value)
        assert text.startswith(f"<{type(value).__name__}"), text
        assert len(text) < 200, text
        assert " object at 0x" not in text
        assert demo_xero.emulator.client_secret not in text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda h: xeroport.sync("acme", streams=[], home=h), "`streams` is empty"),
        (lambda h: xeroport.sync("acme", streams=5, home=h), "`streams` must be text, or a list"),
        (lambda h: xeroport.sync("acme", streams=[5], home=h), "`streams` must be text, or a list"),
        (lambda h: xeroport.sync("acme", home=5), "the home folder must be a path, not int"),
        (lambda h: push(h, key=5), "`key` must be text, or a list of it, not int"),
        (lambda h: push(h, key=[5]), "`key` must be text, or a list of it"),
        (lambda h: push(h, constants=5), "`constants` must be a mapping, not int"),
        (lambda h: push(h, guard=5), "`guard` must be a `Guard`, not int"),
        (lambda h: push(h, ignored=5), "`ignored` must be text, or a list of it"),
        (lambda h: push(h, rows=b"Name\nx"), "the rows are bytes"),
        (lambda h: push(h, rows="Name\nx"), "the rows are text of several lines"),
        (lambda h: push(h, key="Nmae"), "the key `Nmae` is not in this row .did you mean `Name`"),
        (lambda h: xeroport.ledger("acme", since=5, home=h), "`since` is not a date: `5`"),
        (lambda h: report(h, at=5), "`at` is not a date: `5`"),
        (lambda h: report(h, at="31/12/2025"), "`at` is not a date: `31/12/2025`"),
        (lambda h: report(h, by="week"), "`week` is not a span of time"),
        (lambda h: fleet(h, workers=0), "`workers` must be a whole number from 1, not `0`"),
        (lambda h: fleet(h, workers="2"), "`workers` must be a whole number from 1, not `'2'`"),
        (lambda h: fleet(h, patterns=5), "`patterns` must be text, or a list of it"),
        (lambda h: fleet(h, streams=[]), "`streams` is empty"),
        (lambda h: fleet(h, streams="contact"), "there is no stream `contact`"),
    ],
)
def test_what_is_wrong_with_a_job_is_named(
    wrong: Callable[[Path], Any], said: str, named_home: Path
) -> None:
    with pytest.raises(xeroport.InputError, match=said) as refused:
        wrong(named_home)
    assert "\n" not in str(refused.value)


@pytest.fixture(scope="module")
def named_home(demo_xero: Xero, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("XEROPORT_KEY", raising=False)
        environment.setenv("XEROPORT_KEYRING", "off")
        yield home_for(tmp_path_factory.mktemp("home"), demo_xero)


@pytest.fixture(autouse=True)
def _key_in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XEROPORT_KEY", raising=False)
    monkeypatch.setenv("XEROPORT_KEYRING", "off")


def push(home: Path, rows: Any = ({"Name": "Alpha"},), **options: Any) -> Any:
    return xeroport.push("acme", "contacts.upsert", rows, dry_run=True, home=home, **options)


def report(home: Path, **options: Any) -> Any:
    return xeroport.report("acme", "profit-and-loss", home=home, **options)


def fleet(home: Path, patterns: Any = "*", **options: Any) -> Any:
    return xeroport.fleet(patterns, to="parquet:lake", home=home, **options)


@pytest.mark.parametrize("data", ["dmo", "", -3, True, 2.5, None])
def test_an_emulator_refuses_data_that_there_is_not(data: Any) -> None:
    """A misspelt name once started an empty organisation."""
    with pytest.raises(ValueError, match=f"`{data}` is not a data set; use `demo`, `empty` or"):
        xeroport.Emulator(data)
