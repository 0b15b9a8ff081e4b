"""A disk that fills up, a small file system for real: one message, nothing lost, the way on works.

`sync`, `push`, a flow, webhooks and the console each meet a home folder with little room left. The
short form tries a few rooms; the long one tries many, so that every write is hit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from xeroport.jobs.webhooks.events import signature
from xeroport.secrets.vault import Secret
from xeroport.store import inbox, instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.outbox import outbox
from xeroport_emulator import Emulator

LARGE = 256 << 20
SHORT = [100, 3_000]
LONG = [8, 16, 32, 64, 128, 200, 300, 400, 600, 800, 1200, 2000, 4000, 6000, 9000]
"""KiB that are left."""

FLOW = """
key = "InvoiceID"
[source]
instance = "acme"
endpoint = "invoices.list"
[fields]
id = "InvoiceID"
number = "InvoiceNumber"
total = "Total"
[target]
table = "sales"
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a small disk needs root"
)


@dataclass
class Disk:
    """A small file system; `shrink` leaves so many KiB free, `grow` makes room again."""

    folder: Path

    def _size(self, size: int) -> None:
        words = ["mount", "-o", f"remount,size={size}", str(self.folder)]
        subprocess.run(words, check=True, capture_output=True)

    def shrink(self, room: int) -> None:
        state = os.statvfs(self.folder)
        used = (state.f_blocks - state.f_bfree) * state.f_frsize
        self._size(used + (room << 10))

    def grow(self) -> None:
        self._size(LARGE)


@dataclass
class World:
    disk: Disk
    home: Path
    emulator: Emulator

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "xeroport", "--home", str(self.home), *words],
            capture_output=True,
            text=True,
            env=os.environ | {"XEROPORT_KEYRING": "off", "TMPDIR": str(self.home)},
            timeout=200,
            check=False,
        )

    def refuse_and_go_on(self, room: int, *words: str) -> None:
        """The command with little room, in one message; then with room, to its end."""
        self.disk.shrink(room)
        full = self.run(*words)
        assert full.returncode in (0, 1, 2), full.stderr
        if full.returncode:
            errors = [line for line in full.stderr.splitlines() if line.startswith("error: ")]
            assert len(errors) <= 1, full.stderr
            assert "unexpected" not in full.stderr
            assert "Traceback" not in full.stderr
            assert "hint: " in full.stderr
        self.disk.grow()
        done = self.run(*words)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={LARGE}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    emulator = Emulator("demo", limits="off")
    try:
        with emulator.serve() as url:
            home = folder / "home"
            store = Store(home)
            instance = Instance("acme", url, url, emulator.client_id, rate_limit=60_000)
            instances.add(store, instance, Secret(emulator.client_secret))
            inbox.set_key(store, "acme", Secret("key"))
            store.close()
            yield World(Disk(folder), home, emulator)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def rooms(short: list[int] = SHORT) -> list[object]:
    return [*short, *(pytest.param(r, marks=pytest.mark.soak) for r in LONG)]


@pytest.mark.parametrize("room", rooms())
def test_a_sync(world: World, room: int) -> None:
    world.refuse_and_go_on(room, "sync", "acme", "invoices", "contacts", "payments")
    with duckdb.connect(str(world.home / "books.duckdb"), read_only=True) as books:
        for table, kind in (("invoice", "Invoice"), ("contact", "Contact"), ("payment", "Payment")):
            found = books.execute(f"SELECT count(*) FROM acme.{table}").fetchone()
            assert found == (len(world.emulator.organisation.tables[kind]),)


@pytest.mark.parametrize("room", rooms([60, 400]))
def test_a_push(world: World, room: int) -> None:
    rows = [{"Name": f"Disk {n}", "CompanyNumber": "x" * 40} for n in range(400)]
    file = world.disk.folder / "contacts.json"
    file.write_text(json.dumps(rows))
    world.refuse_and_go_on(room, "push", "acme", "contacts.create", str(file), "--key", "Name")
    names = [record["Name"] for record in world.emulator.organisation.tables["Contact"]]
    ours = [name for name in names if name.startswith("Disk ")]
    assert len(ours) == len(set(ours)) == 400
    store = Store(world.home)
    assert outbox.counts(store, "acme") == {"contacts.create": {"sent": 400}}
    store.close()


@pytest.mark.parametrize("room", rooms([200]))
def test_a_flow(world: World, room: int) -> None:
    flow = world.disk.folder / "sales.toml"
    flow.write_text(FLOW)
    assert world.run("flow", "add", str(flow)).returncode == 0
    world.refuse_and_go_on(room, "flow", "run", "sales")
    with duckdb.connect(str(world.home / "books.duckdb"), read_only=True) as books:
        found = books.execute("SELECT count(*), count(DISTINCT id) FROM sales").fetchone()
    count = len(world.emulator.organisation.tables["Invoice"])
    assert found == (count, count)


@pytest.mark.parametrize("room", rooms([64]))
def test_webhooks_and_the_console(world: World, room: int) -> None:
    """A delivery that could not be kept is not answered 200, and comes again."""
    words = [sys.executable, "-m", "xeroport", "--home", str(world.home), "serve", "--port", "0"]
    serving = subprocess.Popen(
        [*words, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert serving.stdout is not None
    try:
        lines = []
        while not lines or lines[-1] != "}\n":
            lines.append(serving.stdout.readline())
        served = json.loads("".join(lines))
        address = f"{served['address']}/webhooks/xero/acme"
        deliveries = [delivery(number) for number in range(60)]
        world.disk.shrink(room)
        refused = [body for body in deliveries if post(address, body) != 200]
        assert status(served["address"] + "/login") in (200, 303, 500, 503, 507)
        world.disk.grow()
        assert [post(address, body) for body in refused] == [200] * len(refused)
        assert status(served["address"] + "/login") == 200
    finally:
        serving.terminate()
        serving.wait(timeout=30)
    store = Store(world.home)
    assert inbox.count(store, "acme") == 60 * 20
    store.close()


def delivery(number: int) -> bytes:
    events = [
        {
            "resourceUrl": "https://api.xero.com/",
            "resourceId": f"00000000-0000-0000-0000-{number * 20 + n:012d}",
            "eventDateUtc": "2026-11-20T10:00:00.000",
            "eventType": "UPDATE",
            "eventCategory": "SUBSCRIPTION",
            "tenantId": "t",
            "tenantType": "ORGANISATION",
        }
        for n in range(20)
    ]
    body = {"events": events, "firstEventSequence": 1, "lastEventSequence": 20, "entropy": "x"}
    return json.dumps(body).encode()


def post(address: str, body: bytes) -> int:
    headers = {"x-xero-signature": signature(body, Secret("key"))}
    return status(urllib.request.Request(address, data=body, headers=headers))


def status(request: urllib.request.Request | str) -> int:
    try:
        with urllib.request.urlopen(request, timeout=30) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        return error.code
