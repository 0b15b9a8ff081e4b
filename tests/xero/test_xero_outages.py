"""When Xero or the network is gone: one call asks, the others wait, and it is said plainly."""

from __future__ import annotations

import asyncio
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from network import Network, call_once, network

from xeroport.clock import ManualClock, SystemClock
from xeroport.errors import Unavailable
from xeroport.jobs.instances import connect
from xeroport.jobs.sync.report import StreamReport
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances, runs
from xeroport.store.calls import budgets, outages
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance, account_of
from xeroport.xero import health
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.wire.transport import proxy_for
from xeroport_emulator import Emulator


class QuickClock(SystemClock):
    """The system's clock, at twenty times its pace."""

    def __init__(self) -> None:
        self._began, self._at = time.monotonic(), datetime.now(UTC)

    def monotonic(self) -> float:
        return self._began + (time.monotonic() - self._began) * 20

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self.monotonic() - self._began)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 20)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(300, limits="off") as served:
        yield served


@pytest.fixture
def line(emulator: Emulator) -> Iterator[Network]:
    with network(int(emulator.base_url.rpartition(":")[2])) as made:
        yield made


@pytest.fixture
def acme(store: Store, emulator: Emulator, line: Network) -> Instance:
    instance = Instance(
        "acme", line.base_url, line.base_url, emulator.client_id, rate_limit=100_000
    )
    instances.add(store, instance, Secret(emulator.client_secret))
    return instance


STREAMS = ("accounts", "contacts", "invoices", "items", "payments", "tax_rates", "users")


def test_a_sync_waits_for_xero_to_come_back(store: Store, acme: Instance, line: Network) -> None:
    words: list[tuple[float, str]] = []
    gone_at = back_at = 0.0

    async def weather() -> None:
        nonlocal gone_at, back_at
        while not words_of_progress:
            await asyncio.sleep(0.005)
        line.turns("gone")
        gone_at, tries = time.monotonic(), line.tries
        await asyncio.sleep(4)
        assert line.tries - tries < 25, "one asks, the others wait"
        line.turns("fine")
        back_at = time.monotonic()

    words_of_progress: list[str] = []

    def tell(stream: StreamReport) -> None:
        if stream.records or stream.calls:
            words_of_progress.append(stream.stream)
        if stream.waiting:
            words.append((time.monotonic(), str(stream.waiting)))

    async def both() -> None:
        changing = asyncio.create_task(weather())
        report = await sync_instance(store, "acme", streams=STREAMS, tell=tell)
        await changing
        assert report.status == "done", report.as_dict()

    asyncio.run(both())
    first = next(at for at, text in words if text.startswith("Xero cannot be reached since"))
    assert first - gone_at < 3
    assert "next try" in words[-1][1]
    assert time.monotonic() - back_at < 40
    assert outages.current(Calls(store.home), account_of(acme), time.time()) is None
    log = [each.text for each in runs.lines(store, 1)]
    assert any("Xero cannot be reached since" in text for text in log)


def test_calls_that_never_left_are_charged_to_no_budget(
    store: Store, acme: Instance, line: Network
) -> None:
    line.close()
    began = time.monotonic()
    report = asyncio.run(sync_instance(store, "acme", streams=STREAMS))
    assert time.monotonic() - began < 20
    assert (report.exit_status, report.calls) == (5, 0)
    state = instances.budgets_of(Calls(store.home), acme).state()
    assert (state.minute_used, state.in_flight, state.blocked_until) == (0, 0, None)
    outage = outages.current(Calls(store.home), account_of(acme), time.time())
    assert outage is not None
    assert str(outage).startswith("Xero cannot be reached since ")


def test_the_next_command_asks_at_once(store: Store, acme: Instance, line: Network) -> None:
    """An outage that another process has seen does not keep a person from trying."""
    calls = Calls(store.home)
    for _ in range(8):
        outages.failed(calls, account_of(acme), time.time(), "test")

    async def call() -> int:
        async with open_client(store, "acme") as client:
            return len((await client.call("organisation.get")).records)

    began = time.monotonic()
    assert asyncio.run(call()) == 1
    assert time.monotonic() - began < 10
    assert outages.current(calls, account_of(acme), time.time()) is None


def test_calls_that_fail_together_do_not_put_off_the_next_try(store: Store) -> None:
    calls, now = Calls(store.home), time.time()
    for later in range(5):
        outage = outages.failed(calls, "acme", now + later / 100, "test")
    assert outage.next_try == now + outages.FIRST_PAUSE
    assert outages.take_try(calls, "acme", outage.next_try)
    assert outages.failed(calls, "acme", now + 1, "test").next_try == now + 2


def test_a_check_gives_up_within_five_seconds(store: Store, acme: Instance, line: Network) -> None:
    line.turns("slow")
    began = time.monotonic()
    checked, error = asyncio.run(connect.recheck(store, "acme"))
    assert time.monotonic() - began < 8
    assert checked.health == "unreachable"
    assert error is not None
    assert "within 4 s" in error.message


def test_a_check_gives_up_whatever_runs_beside_it(
    store: Store, acme: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "SECONDS", 1.0)
    shared = instances.budgets_of(Calls(store.home), acme)
    for _ in range(acme.concurrency):
        assert isinstance(shared.reserve(time.time()), budgets.GrantedCall)
    began = time.monotonic()
    _, error = asyncio.run(connect.recheck(store, "acme"))
    assert time.monotonic() - began < 10
    assert error is not None
    assert "limit of calls at once" in error.message


def test_a_check_does_not_wait_for_a_job_that_writes(store: Store, acme: Instance) -> None:
    """A large push holds the store for longer than a person waits."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        checked, error = asyncio.run(connect.recheck(Store(store.home), "acme"))
        assert time.monotonic() - began < 15
    assert (checked.health, error) == ("operational", None)
    assert instances.get(store, "acme").checked_at is None, "it could not be kept"


def test_a_check_does_not_wait_for_a_name_server(
    store: Store, acme: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name server that is gone keeps a look-up for half a minute, and asyncio waited for it."""
    far = replace(acme, base_url="https://xero.invalid", identity_url="https://xero.invalid")
    instances.save(store, far)
    let_go = threading.Event()

    def never(*_: object, **__: object) -> None:
        let_go.wait(30)
        raise socket.gaierror("gone")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setattr(health, "SECONDS", 1.0)
    began = time.monotonic()
    _, error = asyncio.run(connect.recheck(store, "acme"))
    took = time.monotonic() - began
    let_go.set()
    assert took < 15
    assert error is not None
    assert "within 1 s" in error.message


@pytest.mark.parametrize(
    ("weather", "words"),
    [
        ("redirects", "redirect to `login.hotel.example`"),
        ("maintenance", "offline for maintenance"),
        ("drops", "broke before the answer was complete"),
    ],
)
def test_what_a_network_does_is_told_apart(
    store: Store, acme: Instance, line: Network, weather: str, words: str
) -> None:
    async def call() -> None:
        async with open_client(store, "acme") as client:
            await client.call("organisation.get")
            line.turns(weather)  # type: ignore[arg-type]
            await client.call("organisation.get", retries=0)

    with pytest.raises(Unavailable) as caught:
        asyncio.run(call())
    assert words in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("weather", "words"),
    [
        ("maintenance", "offline for maintenance"),
        ("redirects", "redirect to `login.hotel.example`"),
        ("gone", "cannot be reached"),
    ],
)
def test_one_asks_where_even_a_token_cannot_be_had(
    store: Store, acme: Instance, line: Network, weather: str, words: str
) -> None:
    """Thirty-six streams were 144 requests for a token, and nothing was said."""
    line.turns(weather)  # type: ignore[arg-type]
    store.clock = QuickClock()
    report = asyncio.run(sync_instance(store, "acme"))
    assert report.exit_status == 5
    assert words in str(report.streams[0].error)
    assert line.tries <= 16
    assert (report.calls, sum(stream.calls for stream in report.streams)) == (0, 0)


def test_maintenance_is_said_at_once(store: Store, acme: Instance, line: Network) -> None:
    """A proxy's 503 alone may be one reply's; one that speaks of maintenance is of all."""
    line.turns("maintenance")

    async def call() -> None:
        store.clock = ManualClock(datetime.now(UTC))
        async with open_client(store, "acme") as client:
            with pytest.raises(Unavailable):
                await client.call("organisation.get", retries=0)
            outage = client.usage.outage
            assert outage is not None
            assert "offline for maintenance" in outage.reason

    asyncio.run(call())


def test_a_proxy_that_is_not_there_is_named(
    store: Store, acme: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = replace(acme, base_url="https://xero.invalid", identity_url="https://xero.invalid")
    instances.save(store, far)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:planted-Pass-1@127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)

    with pytest.raises(Unavailable) as caught:
        asyncio.run(call_once(store))
    said = f"{caught.value.message} {caught.value.hint}"
    assert "the proxy `127.0.0.1:9`" in said
    assert "planted" not in said


def test_the_terminal_says_it_within_three_seconds(
    store: Store, acme: Instance, line: Network, emulator: Emulator, tmp_path: Path
) -> None:
    """Also of a push, which shows no streams."""
    rows = tmp_path / "rows.csv"
    rows.write_text("Name\n" + "".join(f"Person {number}\n" for number in range(2000)))
    command = "from xeroport.cli import main; main()"
    words = ("push", "acme", "contacts.upsert", str(rows), "--key", "Name")
    heard = tmp_path / "stderr"
    with heard.open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", command, "--home", str(store.home), *words],
            stdout=subprocess.DEVNULL,
            stderr=err,
        )
    gone_at = said_at = 0.0
    while process.poll() is None:
        sent = sum(1 for _, name, _ in emulator.app.log if name == "contacts.upsert")
        if not gone_at and sent > 2:
            line.turns("gone")
            gone_at = time.monotonic()
        if gone_at and not said_at and "Xero cannot be reached since" in heard.read_text():
            said_at = time.monotonic()
            while "Xero cannot be" not in str(runs.get(store, 1).progress.get("waiting")):
                assert time.monotonic() - gone_at < 10, "the page says it too"
                time.sleep(0.05)
            line.turns("fine")
        assert not gone_at or time.monotonic() - gone_at < 120
        time.sleep(0.05)
    said = heard.read_text()
    assert said_at, said
    assert said_at - gone_at < 3
    assert "next try" in said
    assert "Xero answers again" in said
    assert process.returncode == 0, said


STEPS = (
    ("drops", "broke before the answer was complete"),
    ("slow", "did not answer in time"),
    ("redirects", "redirect to `login.hotel.example`"),
    ("maintenance", "offline for maintenance"),
    ("gone", "cannot be reached|broke before the answer"),
)


def test_a_proxy_that_does_one_thing_after_the_other(
    store: Store, acme: Instance, line: Network
) -> None:
    """Each step has its own words; what never left is in no budget; the first answer ends it."""
    calls = Calls(store.home)

    async def script() -> None:
        async with open_client(store, "acme") as client:
            await client.call("organisation.get")
            for weather, words in STEPS:
                line.turns(weather)  # type: ignore[arg-type]
                with pytest.raises(Unavailable) as caught:
                    await client.call("organisation.get", retries=0, timeout=1)
                assert re.search(words, caught.value.message), weather
                assert caught.value.hint, weather
                line.turns("fine")
                await answered(client)
            line.turns("drops")
            for _ in range(3):  # three losses in a row are an outage
                with pytest.raises(Unavailable):
                    await client.call("organisation.get", retries=0, timeout=1)
            assert outages.current(calls, account_of(acme), time.time()) is not None
            line.turns("fine")
            await answered(client)

    async def answered(client: XeroClient) -> None:
        while True:
            try:
                reply = await client.call("organisation.get")
            except Unavailable:
                assert time.monotonic() - began < 60, "the same client asks again by itself"
                await asyncio.sleep(0.1)
            else:
                break
        assert len(reply.records) == 1

    began = time.monotonic()
    asyncio.run(script())
    assert outages.current(calls, account_of(acme), time.time()) is None
    state = instances.budgets_of(calls, acme).state()
    assert state.in_flight == 0


def test_a_proxy_is_passed_by_where_no_proxy_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://user:planted-Pass-1@proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "api.xero.com,.internal.example")
    assert proxy_for("https://identity.xero.com/connect/token") == "proxy.example:3128"
    assert proxy_for("https://api.xero.com/api.xro/2.0") is None
    assert proxy_for("https://xero.internal.example/") is None
    assert proxy_for("https://localhost:8443/") is None
