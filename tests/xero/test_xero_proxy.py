"""HTTPS through a proxy, with an authority of one's own: what each failure of the proxy is called,
and that the same client goes on by itself once it is fine."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from network import call_once
from proxy_line import HOST, PASSWORD, ProxyLine, proxy_line

from xeroport.errors import Unavailable
from xeroport.jobs.sync.report import StreamReport
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.calls import outages
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import Instance, account_of
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.wire import transport
from xeroport_emulator import Emulator


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(40, limits="off") as served:
        yield served


@pytest.fixture
def proxy(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ProxyLine]:
    with proxy_line(int(emulator.base_url.rpartition(":")[2]), tmp_path) as line:
        for name in ("https_proxy", "no_proxy", "NO_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HTTPS_PROXY", line.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        transport.trust.cache_clear()
        yield line
    transport.trust.cache_clear()


@pytest.fixture
def acme(store: Store, emulator: Emulator) -> Instance:
    url = f"https://{HOST}"
    instance = Instance("acme", url, url, emulator.client_id, rate_limit=100_000)
    instances.add(store, instance, Secret(emulator.client_secret))
    return instance


STEPS = (
    ("refuses", "the network's proxy does not let calls through.*407"),
    ("offline", "the network's proxy does not let calls through.*503"),
    ("redirects", "the network's proxy does not let calls through.*302"),
    ("drops", "the connection broke"),
    ("delays", "does not take connections in time|did not answer in time"),
    ("cuts", "the proxy|the connection broke"),
)


def test_each_failure_of_a_proxy_is_told_and_passes(
    store: Store, acme: Instance, proxy: ProxyLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one client: the words at each step, within 3 s, without the password; then it is fine, and
    the outage ends by itself."""
    calls = Calls(store.home)
    monkeypatch.setattr(outages, "FIRST_PAUSE", 0.05)

    async def script() -> None:
        async with open_client(store, "acme") as client:
            assert len((await client.call("organisation.get")).records) == 1
            for mood, words in STEPS:
                proxy.turns(mood)
                began = time.monotonic()
                with pytest.raises(Unavailable) as caught:
                    await client.call("organisation.get", retries=0, timeout=1)
                assert time.monotonic() - began < 8
                said = f"{caught.value.message}: {caught.value.hint}"
                assert re.search(words, said), (mood, said)
                assert caught.value.hint
                assert PASSWORD not in said
                proxy.turns("fine")
                await answered(client)

    asyncio.run(script())
    assert outages.current(calls, account_of(acme), time.time()) is None
    assert instances.budgets_of(calls, acme).state().in_flight == 0


async def answered(client: XeroClient) -> None:
    """Wait until the client gets through again."""
    until = time.monotonic() + 30
    while True:
        try:
            await client.call("organisation.get")
        except Unavailable:
            assert time.monotonic() < until, "the same client asks again by itself"
            await asyncio.sleep(0.05)
        else:
            return


def test_a_sync_goes_on_when_the_proxy_does(store: Store, acme: Instance, proxy: ProxyLine) -> None:
    """The proxy turns calls away in the middle: it is said within 3 s, nothing of what never left
    is charged, and the sync ends as if nothing had been."""
    words: list[tuple[float, str]] = []
    read: list[str] = []
    calls = Calls(store.home)
    gone_at = back_at = closed_at = 0.0

    def tell(stream: StreamReport) -> None:
        if stream.calls:
            read.append(stream.stream)
        if stream.waiting:
            words.append((time.monotonic(), str(stream.waiting)))

    async def weather() -> None:
        nonlocal gone_at, back_at, closed_at
        while not read:
            await asyncio.sleep(0.005)
        proxy.turns("refuses")
        gone_at, asked = time.monotonic(), proxy.asked
        while not words:
            assert time.monotonic() - gone_at < 10
            await asyncio.sleep(0.01)
        assert proxy.asked - asked < 15, "one asks, the others wait"
        proxy.turns("fine")
        back_at = time.monotonic()
        while outages.current(calls, account_of(acme), time.time()) is not None:
            await asyncio.sleep(0.01)
        closed_at = time.monotonic()

    async def both() -> None:
        changing = asyncio.create_task(weather())
        report = await sync_instance(store, "acme", tell=tell)
        await changing
        assert report.status == "done", report.as_dict()

    asyncio.run(both())
    assert words[0][1].startswith("Xero cannot be reached since")
    assert words[0][0] - gone_at < 3
    assert closed_at - back_at < 10


def test_what_no_proxy_names_is_passed_by(
    store: Store, acme: Instance, proxy: ProxyLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", HOST)

    with pytest.raises(Unavailable, match=r"cannot be reached|cannot be resolved") as caught:
        asyncio.run(call_once(store))
    assert "proxy" not in caught.value.message
    assert proxy.asked == 0


def test_an_authority_of_ones_own_has_to_be_named(
    store: Store, acme: Instance, proxy: ProxyLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    transport.trust.cache_clear()

    with pytest.raises(Unavailable) as caught:
        asyncio.run(call_once(store))
    said = f"{caught.value.message}: {caught.value.hint}"
    assert "certificate" in said
    assert "SSL_CERT_FILE" in said
    assert proxy.asked == 1, "asked once: it will not be trusted a moment later"
