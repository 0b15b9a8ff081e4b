"""The doctor on the emulator, as it is and with assumptions turned the other way."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from bent_xero import Bent, Change

from xeroport.catalogue.assumptions import assumptions
from xeroport.errors import InputError
from xeroport.jobs.doctor.report import DoctorReport
from xeroport.jobs.doctor.run import OF_PROBE, examine
from xeroport.jobs.doctor.write_probes import WRITE_PROBES
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import open_client
from xeroport_emulator import Emulator


@dataclass
class World:
    emulator: Emulator
    store: Store
    change: Change | None = None

    def doctor(self, **settings: Any) -> DoctorReport:
        async def work() -> DoctorReport:
            self.store.transport = Bent(self.emulator, self.change)
            async with open_client(self.store, "acme") as client:
                return await examine(client, **settings)

        return asyncio.run(work())

    def seen(self, assumption: str) -> tuple[str, str]:
        (row,) = [o for o in self.doctor().observations if o.assumption == assumption]
        return row.outcome, row.seen


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    emulator = Emulator("demo", limits="minute=100000")
    store = Store(tmp_path / "home")
    base = "http://localhost"
    settings = {"rate_limit": 1000, "time_zone": "Pacific/Auckland"}
    instance = Instance("acme", base, base, emulator.client_id, **settings)
    instances.add(store, instance, Secret(emulator.client_secret))
    yield World(emulator, store)
    store.close()


def test_on_the_emulator_nothing_differs_in_few_calls(world: World) -> None:
    report = world.doctor()
    assert report.differing == []
    assert {o.assumption for o in report.observations} == set(assumptions()) - set(WRITE_PROBES)
    assert sum(o.outcome == "held" for o in report.observations) >= 20
    assert report.calls <= 50


def test_every_assumption_is_probed_and_every_probe_has_a_row(world: World) -> None:
    report = world.doctor(demo_company=True)
    assert {o.assumption for o in report.observations} == set(assumptions())
    assert set(sum(OF_PROBE.values(), ())) <= set(assumptions())
    assert report.differing == []


def test_writes_are_taken_back(world: World) -> None:
    report = world.doctor(demo_company=True)
    assert report.left_behind == []
    tables = world.emulator.organisation.tables
    ours = [
        (record.get("ContactStatus"), record["Name"])
        for record in tables["Contact"]
        if str(record["Name"]).lower().startswith("xeroport doctor")
    ]
    assert len(ours) >= 7
    assert {status for status, _ in ours} == {"ARCHIVED"}
    for kind in ("Invoice", "Quote"):
        alive = [
            record
            for record in tables[kind]
            if "xeroport doctor" in json.dumps(record, default=str)
        ]
        assert {record["Status"] for record in alive} == {"DELETED"}


def test_writes_are_for_the_demo_company_only(world: World) -> None:
    def change(_: Any, document: dict[str, Any], __: Any) -> None:
        for record in document.get("Organisations", ()):
            record["IsDemoCompany"] = False

    world.change = change
    before = len(world.emulator.organisation.tables["Contact"])
    with pytest.raises(InputError, match="is not Xero's demo company"):
        world.doctor(demo_company=True)
    assert len(world.emulator.organisation.tables["Contact"]) == before


def test_the_report_holds_no_business_data(world: World) -> None:
    text = json.dumps(world.doctor(demo_company=True).as_dict())
    organisation = world.emulator.organisation
    names = {str(c["Name"]) for c in organisation.tables["Contact"]}
    numbers = {str(i.get("InvoiceNumber")) for i in organisation.tables["Invoice"]}
    assert not [name for name in names | numbers if len(name) > 3 and name in text]
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", text)
    assert world.emulator.client_id not in text
    assert "Brightwater" not in text


def without_pagination(request: httpx2.Request, document: dict[str, Any], _: Any) -> None:
    if request.url.path.endswith("/Payments"):
        document.pop("pagination", None)


def large_pages(request: httpx2.Request, document: dict[str, Any], _: Any) -> None:
    if request.url.path.endswith("/Invoices") and request.url.params.get("pageSize") == "2":
        document["Invoices"] *= 50


def new_field(_: Any, document: dict[str, Any], __: Any) -> None:
    for record in document.get("Contacts", ()):
        record["LoyaltyTier"] = "gold"


def list_for_text(_: Any, document: dict[str, Any], __: Any) -> None:
    for record in document.get("Items", ()):
        record["Name"] = ["secret name"]


def not_found_past_the_end(request: httpx2.Request, _: Any, __: Any) -> int | None:
    return 404 if request.url.params.get("page") == "9999" else None


def no_headers(_: Any, __: Any, headers: dict[str, str]) -> None:
    for name in list(headers):
        if "limit" in name.lower() or "correlation" in name.lower():
            del headers[name]


def slow_clock(_: Any, document: dict[str, Any], __: Any) -> None:
    if "DateTimeUTC" in document:
        document["DateTimeUTC"] = "/Date(1700000000000)/"


def no_clock(_: Any, document: dict[str, Any], __: Any) -> None:
    document.pop("DateTimeUTC", None)


def backwards(request: httpx2.Request, document: dict[str, Any], _: Any) -> None:
    if request.url.params.get("pageSize") == "1000":
        document.get("Invoices", []).reverse()


def ignores_since(request: httpx2.Request, document: dict[str, Any], _: Any) -> None:
    if request.url.path.endswith("/BankTransfers") and "if-modified-since" in request.headers:
        document["BankTransfers"] = [{"BankTransferID": "x"}]


def tenant_needed(request: httpx2.Request, _: Any, __: Any) -> int | None:
    return None if request.headers.get("xero-tenant-id") else 403


def strict_parameters(request: httpx2.Request, _: Any, __: Any) -> int | None:
    return 400 if "page_size" in request.url.params else None


def two_decimals(request: httpx2.Request, document: dict[str, Any], _: Any) -> None:
    if request.url.params.get("pageSize") == "10":
        for record in document["Invoices"]:
            for line in record.get("LineItems", ()):
                line["UnitAmount"] = 1.25


TURNED: list[tuple[str, Change]] = [
    ("pagination-object", without_pagination),
    ("page-size", large_pages),
    ("fields-known", new_field),
    ("shapes-decode", list_for_text),
    ("page-past-the-end", not_found_past_the_end),
    ("limit-headers", no_headers),
    ("correlation-id", no_headers),
    ("server-time", slow_clock),
    ("server-time", no_clock),
    ("default-order", backwards),
    ("since-bank-transfers", ignores_since),
    ("tenant-header", tenant_needed),
    ("unknown-parameter", strict_parameters),
    ("four-decimals", two_decimals),
    ("gzip", lambda *_: None),
]


@pytest.mark.parametrize(("assumption", "change"), TURNED)
def test_a_turned_assumption_is_found(world: World, assumption: str, change: Change) -> None:
    assert world.seen(assumption)[0] == "held"
    world.change = change
    outcome, seen = world.seen(assumption)
    assert outcome == "differs", seen
    assert "secret" not in seen
    assert "gold" not in seen


@pytest.mark.parametrize(
    ("switches", "assumption", "seen"),
    [
        ({"since_inclusive": True}, "since-inclusive", "inclusive"),
        ({"since_inclusive": False}, "since-inclusive", "exclusive"),
        ({"empty_delta": 304}, "empty-delta", "status 304, 0 records"),
        ({"gzip": False}, "gzip", "content-encoding none"),
    ],
)
def test_switches_of_the_emulator_are_seen(
    world: World, switches: dict[str, Any], assumption: str, seen: str
) -> None:
    world.emulator.switches.change(**switches)
    assert world.seen(assumption)[1] == seen


@pytest.mark.parametrize(
    "change",
    [without_pagination, new_field, not_found_past_the_end, no_headers, backwards, no_clock],
)
def test_a_sync_is_right_with_the_assumption_turned(
    world: World, change: Change, tmp_path: Path
) -> None:
    wanted = ["contacts", "invoices", "payments"]
    world.store.transport = Bent(world.emulator, change)
    report = asyncio.run(
        sync_instance(world.store, "acme", streams=wanted, to=f"duckdb:{tmp_path}/bent.duckdb")
    )
    records = {stream.stream: stream.records for stream in report.streams}
    organisation = world.emulator.organisation
    assert records == {
        "contacts": len(organisation.tables["Contact"]),
        "invoices": len(organisation.tables["Invoice"]),
        "payments": len(organisation.tables["Payment"]),
    }
