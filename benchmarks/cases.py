"""What is compared between two revisions: every figure of BENCHMARKS.md that both can do."""

from __future__ import annotations

import asyncio
import csv
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers, push, webhooks
from benchmarks.peers import Peer, Serving

PROGRAMS = Path(__file__).with_name("programs")
ORGANISATIONS = int(os.environ.get("PAIRS_ORGANISATIONS", "6"))
ENQUEUED, CHECKED, DELIVERED, SDK = 20_000, 20_000, 10_000, 2_000
LIMITED = 75
"""Calls under Xero's limits: the minute's burst of 60, and 15 that come as they are allowed."""


@dataclass(frozen=True)
class Step:
    """One process in a home folder: arguments of the interpreter, and what is done beside it.

    `@to` in the arguments is where the peer says the records go. `before` is done first and not
    measured; `drive` uses the server that the process is. `says_cpu` says that the process prints
    the CPU seconds that count: those without its start.
    """

    what: str
    arguments: tuple[str, ...]
    before: Callable[[Peer], None] | None = None
    drive: Callable[[str], None] | None = None
    says_cpu: bool = False


@dataclass(frozen=True)
class Case:
    """Steps in one home folder, one after the other, and the servers that they need."""

    steps: tuple[Step, ...]
    serving: Serving = peers.nobody
    is_paced: bool = False
    """Xero's limits set the pace: the seconds are compared, of both revisions side by side."""


def cases(folder: Path) -> list[Case]:
    """All that is compared; `folder` is for files of rows."""
    return [*_client(), *_sync(), *_push(folder), *_fleet(), *_server()]


def _command(*arguments: str) -> tuple[str, ...]:
    return ("-m", "xeroport", *arguments)


def _program(name: str, *arguments: object) -> tuple[str, ...]:
    return (str(PROGRAMS / f"{name}.py"), *map(str, arguments))


def _one(what: str, arguments: tuple[str, ...], serving: Serving = peers.nobody) -> Case:
    return Case((Step(what, arguments),), serving)


CALL = """
from xeroport import connect
with connect("acme") as xero:
    assert xero.call("invoices.list").records
"""


def _client() -> list[Case]:
    calls = _program("calls", 1_000)
    return [
        _one("`xeroport --help`", _command("--help")),
        _one("`import xeroport`", ("-c", "import xeroport")),
        _one("`from xeroport import connect`", ("-c", "from xeroport import connect")),
        _one("connect, and one call", ("-c", CALL), peers.pages(10)),
        Case((Step("1,000 calls on a bare ASGI application", calls, says_cpu=True),)),
        _one("1,000 calls from 4 processes", _program("processes", 1_000, 4), peers.bare),
    ]


def _sync() -> list[Case]:
    full = _command("sync", "acme", "invoices", "--json", "--full-every", "36500")
    return [
        _one("1,000 invoices synced", full, peers.pages(1_000)),
        _one("10,000 invoices synced", full, peers.pages(10_000)),
        Case(
            (Step("100,000 invoices synced", full), Step("delta of 1 % of them", full)),
            peers.pages(100_000),
        ),
    ]


def _push(folder: Path) -> list[Case]:
    plain = push.csv_of(folder / "plain.csv", CHECKED)
    key = ("--key", "InvoiceNumber", "--json")

    def pushed(file: Path, *options: str) -> tuple[str, ...]:
        return _command("push", "acme", "invoices.create", str(file), *key, *options)

    paced = push.csv_of(folder / "paced.csv", LIMITED * 50)
    limited = pushed(paced, "--yes")
    sent = pushed(push.csv_of(folder / "sent.csv", DELIVERED), "--yes")
    rows = _program("rows", SDK)
    return [
        _one(f"{CHECKED:,} CSV rows checked", pushed(plain, "--dry-run")),
        _one("the same, each text once", pushed(_different(folder, plain), "--dry-run")),
        _one("the same as NDJSON", pushed(_ndjson(folder, plain), "--dry-run")),
        _one(
            f"{ENQUEUED:,} CSV rows read, checked and enqueued",
            _program("enqueue", push.csv_of(folder / "enqueued.csv", ENQUEUED), ENQUEUED),
        ),
        _one(f"{DELIVERED:,} invoices delivered", sent, peers.emulator()),
        _one(f"{SDK:,} invoices from Python", rows, peers.emulator()),
        _one(
            f"{SDK:,} invoices, 10 % of connections dropped",
            rows,
            peers.emulator(faults="drop-after:10%@invoices.create"),
        ),
        Case(
            (Step(f"{LIMITED} calls under Xero's limits", limited),),
            peers.emulator(limits="xero", rate=60),
            is_paced=True,
        ),
    ]


def _different(folder: Path, plain: Path) -> Path:
    """The same rows, but no contact and no date comes twice near by."""
    file = folder / "different.csv"
    with plain.open() as source, file.open("w", newline="") as target:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(target, reader.fieldnames or ())
        writer.writeheader()
        for number, row in enumerate(reader):
            row["Contact.Name"] = f"Customer {number} Ltd"
            row["LineItems.UnitAmount"] = f"{number}.25"
            row["LineItems.Quantity"] = str(number + 1)
            writer.writerow(row)
    return file


def _ndjson(folder: Path, plain: Path) -> Path:
    """The same rows as records of Xero's shape, one on a line."""
    file = folder / "plain.ndjson"
    with plain.open() as source, file.open("w") as target:
        for row in csv.DictReader(source):
            lines = {
                name.partition(".")[2]: row.pop(name)
                for name in list(row)
                if name.startswith("LineItems.")
            }
            line = lines | {"Quantity": 2, "UnitAmount": float(lines["UnitAmount"])}
            record = row | {"Contact": {"Name": row.pop("Contact.Name")}, "LineItems": [line]}
            target.write(json.dumps(record) + "\n")
    return file


def _fleet() -> list[Case]:
    def fleet(what: str, *options: str, into: str = "parquet") -> Case:
        command = _command("fleet", "sync", "--all", "--to", "@to", "--workers", "2", *options)
        name = f"fleet of {ORGANISATIONS} into {into}, {what}"
        steps = (Step(name, command), Step(f"{name}, delta", command, before=lambda p: p.edit()))
        return Case(steps, peers.organisations(ORGANISATIONS, into=into))

    return [
        fleet("all streams"),
        fleet("3 streams", "--streams", "contacts,invoices,payments"),
        fleet("all streams", into="postgres"),
    ]


def _server() -> list[Case]:
    def deliver(address: str) -> None:
        url = f"{address}/webhooks/xero/acme"
        _, statuses = asyncio.run(webhooks.load(url, count=1_000, pace=500))
        assert statuses.count(200) == 900, statuses

    served = _command("serve", "--port", "0", "--json")
    return [Case((Step("1,000 webhook deliveries to a running `serve`", served, drive=deliver),))]
