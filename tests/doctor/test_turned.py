"""Each assumption turned the other way: the doctor finds it, and sync and push stay right."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx2
import pytest
from bent_xero import Before, Bent, Change, rewritten

from xeroport.catalogue.assumptions import assumptions
from xeroport.jobs.doctor.report import DoctorReport
from xeroport.jobs.doctor.run import examine
from xeroport.jobs.push.report import PushReport
from xeroport.jobs.push.run import Order, push_async
from xeroport.jobs.sync.run import sync_instance
from xeroport.rows import source
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import open_client
from xeroport_emulator import Emulator
from xeroport_emulator.organisation.organisation import Organisation

Record = dict[str, Any]
STREAMS = ["contacts", "invoices", "bank_transfers", "tax_rates", "quotes"]
TABLES = {
    "contacts": "Contact",
    "invoices": "Invoice",
    "bank_transfers": "BankTransfer",
    "tax_rates": "TaxRate",
    "quotes": "Quote",
}


@dataclass
class World:
    """An instance of the emulator, its requests and replies bent."""

    emulator: Emulator
    store: Store
    folder: Path
    change: Change | None = None
    before: Before | None = None

    def bend(self) -> None:
        self.store.transport = Bent(self.emulator, self.change, self.before)

    def doctor(self, **settings: Any) -> DoctorReport:
        async def work() -> DoctorReport:
            self.bend()
            async with open_client(self.store, "acme") as client:
                return await examine(client, **settings)

        return asyncio.run(work())

    def seen(self, assumption: str) -> tuple[str, str]:
        """Outcome and words of one observation."""
        (row,) = (o for o in self.doctor().observations if o.assumption == assumption)
        return row.outcome, row.seen

    def sync(self, **settings: Any) -> dict[str, tuple[int, int]]:
        """Records and removed records by stream."""
        to = f"duckdb:{self.folder}/books.duckdb"
        self.bend()
        work = sync_instance(self.store, "acme", streams=STREAMS, to=to, **settings)
        report = asyncio.run(work)
        assert {each.status for each in report.streams} <= {"done", "current"}, report.streams
        return {each.stream: (each.records, each.tombstones) for each in report.streams}

    def push(self, endpoint: str, rows: list[Record], *, key: str, **more: Any) -> PushReport:
        order = Order("acme", endpoint, rows=source.from_rows(rows), path=None, key=(key,), **more)
        self.bend()
        return asyncio.run(push_async(self.store, order, agree=lambda _: True))

    def asked(self, sql: str) -> tuple[Any, ...]:
        """The one row that a query of the destination gives."""
        with duckdb.connect(f"{self.folder}/books.duckdb") as books:
            (row,) = books.execute(sql).fetchall()
        return tuple(row)

    def held(self, kind: str) -> list[Record]:
        return list(self.emulator.organisation.tables[kind])


def _with_what_lists_may_hide(organisation: Organisation) -> None:
    """A demo company with a voided invoice, an archived contact and a deleted tax rate."""
    organisation.amend(IsDemoCompany=True)
    tables = organisation.tables
    for kind, changes in (
        ("Invoice", {"Status": "VOIDED"}),
        ("Contact", {"ContactStatus": "ARCHIVED"}),
        ("TaxRate", {"Status": "DELETED"}),
    ):
        records = list(tables[kind])
        open_ones = [each for each in records if each.get("Status") != "PAID"]
        organisation.save(kind, {**open_ones[-1], **changes})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    emulator = Emulator(60, limits="minute=100000")
    _with_what_lists_may_hide(emulator.organisation)
    store = Store(tmp_path / "home")
    base = "http://localhost"
    settings = {"rate_limit": 100_000, "time_zone": "Pacific/Auckland"}
    instance = Instance("acme", base, base, emulator.client_id, **settings)
    instances.add(store, instance, Secret(emulator.client_secret))
    yield World(emulator, store, tmp_path)
    store.close()


def otherwise(request: httpx2.Request, document: Record, headers: dict[str, str]) -> int | None:
    """Xero hiding what it is assumed to show, and answering as nobody says."""
    path, params = request.url.path, request.url.params
    if "x-daylimit-remaining" in headers:
        headers["x-daylimit-remaining"] = "60000"
    if path.endswith("/Organisation"):
        document["Organisations"] = document.get("Organisations", []) * 2
    if path.endswith("/Invoices") and "where" not in params and "pagination" in document:
        document["pagination"]["itemCount"] -= 1
    if "NoSuchField" in params.get("where", ""):
        return 200
    if path.endswith("d0c7"):
        return 400
    return None


def test_the_doctor_finds_what_reads_show_otherwise(world: World) -> None:
    world.change = otherwise
    world.emulator.switches.change(journals_open=True)
    outcomes = {each.assumption: each.outcome for each in world.doctor().observations}
    for assumption, outcome in (
        ("organisation-readable", "differs"),
        ("day-limit", "differs"),
        ("voided-in-lists", "differs"),
        ("query-error", "differs"),
        ("not-found", "differs"),
        ("journals-gated", "differs"),
    ):
        assert outcomes[assumption] == outcome, assumption


def rewritten_query(request: httpx2.Request, **changes: str | None) -> httpx2.Request:
    """The same request with some parameters set, or left out where they are None."""
    params = {**request.url.params, **changes}
    url = request.url.copy_with(params={n: v for n, v in params.items() if v is not None})
    return httpx2.Request(request.method, url, headers=request.headers)


def archived_always(request: httpx2.Request) -> httpx2.Request:
    """Lists of contacts with the archived ones, asked or not."""
    is_list = request.url.path.endswith("/Contacts")
    return rewritten_query(request, includeArchived="true") if is_list else request


def archived_never(request: httpx2.Request) -> httpx2.Request:
    """Lists of contacts that heed no `includeArchived`."""
    is_list = request.url.path.endswith("/Contacts")
    return rewritten_query(request, includeArchived=None) if is_list else request


def archived_by_filter(request: httpx2.Request) -> httpx2.Request:
    """Lists of contacts that heed `includeArchived` beside a filter only."""
    return request if "where" in request.url.params else archived_never(request)


@pytest.mark.parametrize(
    ("before", "seen"),
    [
        (archived_always, "they are listed without includeArchived too"),
        (archived_by_filter, "includeArchived adds them to a filtered list only"),
        (archived_never, "1 contact of invoices in no list, with includeArchived or without"),
    ],
)
def test_the_doctor_finds_archived_contacts_otherwise(
    world: World, before: Before, seen: str
) -> None:
    organisation = world.emulator.organisation
    (archived,) = (e for e in world.held("Contact") if e["ContactStatus"] == "ARCHIVED")
    invoice = world.held("Invoice")[-1]
    organisation.save("Invoice", {**invoice, "Contact": archived})
    assert world.seen("archived-contacts")[0] == "held"
    world.before = before
    assert world.seen("archived-contacts") == ("differs", seen)


@pytest.mark.parametrize("filtered", [True, False])
def test_the_doctor_finds_deleted_tax_rates_otherwise(world: World, filtered: bool) -> None:
    organisation = world.emulator.organisation
    (deleted,) = (e for e in world.held("TaxRate") if e["Status"] == "DELETED")
    invoice = world.held("Invoice")[-1]
    lines = [{**line, "TaxType": deleted["TaxType"]} for line in invoice["LineItems"]]
    organisation.save("Invoice", {**invoice, "LineItems": lines})
    assert world.seen("deleted-tax-rates")[0] == "held"

    def change(request: httpx2.Request, document: Record, _: Any) -> None:
        if request.url.path.endswith("/TaxRates") and not (
            filtered and "where" in request.url.params
        ):
            document["TaxRates"] = [e for e in document["TaxRates"] if e["Status"] == "ACTIVE"]

    world.change = change
    said = "1 are listed only when asked for" if filtered else "1 tax type of invoices in no list"
    assert world.seen("deleted-tax-rates") == ("differs", said)


def writes_otherwise(request: httpx2.Request) -> httpx2.Request:
    """Writes as a Xero would carry them out that keeps no keys and clears nothing."""
    if request.method not in ("PUT", "POST"):
        return request
    request = rewritten(request, without=("idempotency-key",))
    body = json.loads(request.content or b"null")
    records = _records(body)
    path = request.url.path
    for record in records:
        if "/Contacts" in path and record.get("EmailAddress") == "":
            del record["EmailAddress"]
        if path.endswith("/Contacts") and record.get("Name", "").isupper():
            record["Name"] += " 2"
        if path.endswith("/Contacts") and "replay" in record.get("Name", ""):
            record["Name"] += f" {next(COUNTER)}"
        if path.endswith("/Invoices") and "Contact" in record:
            record["Contact"] = {"Name": "xeroport doctor stands in"}
        if "/Quotes/" in path:
            record.setdefault("Terms", "kept")
    return rewritten(request, body=body)


def _records(body: Any) -> list[Record]:
    """The records of a request's body, in their envelope or bare."""
    if isinstance(body, list):
        return body
    inside = [each for each in (body or {}).values() if isinstance(each, list)]
    named = [each for each in inside if each and isinstance(each[0], dict)]
    bare = isinstance(body, dict) and any(isinstance(e, str) for e in body.values())
    return [body] if bare or not named else named[0]


COUNTER = iter(range(10_000))


def replies_otherwise(request: httpx2.Request, document: Record, _: Any) -> None:
    """Answers in another order, and a delta that hides what was deleted."""
    if request.method == "PUT" and len(document.get("Contacts", ())) == 3:
        document["Contacts"].reverse()
        document["Contacts"][0], document["Contacts"][1] = (
            document["Contacts"][1],
            document["Contacts"][0],
        )
    if request.url.path.endswith("/Invoices") and "if-modified-since" in request.headers:
        document["Invoices"] = [e for e in document["Invoices"] if e["Status"] != "DELETED"]


def test_the_doctor_finds_what_writes_do_otherwise(world: World) -> None:
    world.before, world.change = writes_otherwise, replies_otherwise
    report = world.doctor(demo_company=True)
    seen = {each.assumption: (each.outcome, each.seen) for each in report.observations}
    for assumption in (
        "idempotent-replay",
        "one-answer-a-record",
        "empty-clears",
        "name-is-unique",
        "deleted-in-delta",
        "archived-contact-refused",
    ):
        assert seen[assumption][0] == "differs", (assumption, seen[assumption])
    assert seen["quote-update-clears"][1].startswith("the terms stayed")


def reads_otherwise(request: httpx2.Request, document: Record, headers: dict[str, str]) -> None:
    """What a sync could stumble over, all at once."""
    for name in list(headers):
        if "limit" in name.lower() or "correlation" in name.lower():
            del headers[name]
    for records in document.values():
        for record in records if isinstance(records, list) else ():
            if isinstance(record, dict):
                record["LoyaltyTier"] = "gold"
    if request.url.path.endswith("/Quotes"):
        document["pagination"] = {"page": 1, "pageSize": 1, "pageCount": 99, "itemCount": 1}


@pytest.mark.parametrize("switched", [False, True])
def test_a_sync_is_right_when_much_is_otherwise(world: World, switched: bool) -> None:
    world.change = reads_otherwise
    values: Record = {"since_inclusive": True, "empty_delta": 304, "gzip": False}
    if switched:
        world.emulator.switches.change(**values, indented=False, journals_open=True)
    counts = {stream: len(world.held(table)) for stream, table in TABLES.items()}
    assert world.sync() == {stream: (count, 0) for stream, count in counts.items()}
    organisation = world.emulator.organisation
    (invoice, *_) = (each for each in world.held("Invoice") if each["Status"] == "AUTHORISED")
    organisation.save("Invoice", {**invoice, "Reference": "changed"})
    after = world.sync()
    assert after["invoices"][0] >= 1
    assert {deleted for _, deleted in after.values()} == {0}
    changed = "SELECT count(*), count(*) FILTER (reference = 'changed') FROM acme.invoice"
    assert world.asked(changed) == (counts["invoices"], 1)


def hides_the_voided(request: httpx2.Request, document: Record, _: Any) -> None:
    """Lists of invoices without the voided ones."""
    if request.url.path.endswith("/Invoices") and "IDs" not in request.url.params:
        shown = [each for each in document["Invoices"] if each["Status"] != "VOIDED"]
        document["pagination"]["itemCount"] -= len(document["Invoices"]) - len(shown)
        document["Invoices"] = shown


def test_voided_invoices_that_lists_leave_out_keep_their_rows(world: World) -> None:
    world.sync()
    world.change = hides_the_voided
    assert world.sync(full=True)["invoices"][1] == 1
    gone = "SELECT status, _deleted_at IS NOT NULL FROM acme.invoice WHERE status = 'VOIDED'"
    assert world.asked(gone) == ("VOIDED", True)
    assert world.asked("SELECT count(*) FROM acme.invoice") == (60,)


def sale(number: str, contact: str = "Oake") -> Record:
    return {
        "Type": "ACCREC",
        "InvoiceNumber": number,
        "Contact": {"Name": contact},
        "Date": "2026-11-01",
        "LineItems": [{"Description": "Work", "Quantity": 1, "UnitAmount": 5}],
    }


def without_keys(request: httpx2.Request) -> httpx2.Request:
    return rewritten(request, without=("idempotency-key",))


def test_a_push_is_once_only_without_idempotency(world: World) -> None:
    world.before = without_keys
    world.emulator.faults.add("drop-after", endpoint="invoices.create", times=2)
    rows = [sale(f"T-{number}") for number in range(6)]
    for _ in range(3):
        world.push("invoices.create", rows, key="InvoiceNumber")
    numbers = [each["InvoiceNumber"] for each in world.held("Invoice")]
    assert sorted(each for each in numbers if each.startswith("T-")) == [
        f"T-{number}" for number in range(6)
    ]


def reversed_answers(request: httpx2.Request, document: Record, _: Any) -> None:
    if request.method == "PUT" and "Invoices" in document:
        document["Invoices"].reverse()


def test_a_push_matches_answers_that_come_in_another_order(world: World) -> None:
    world.change = reversed_answers
    report = world.push("invoices.create", [sale(f"T-{n}") for n in range(5)], key="InvoiceNumber")
    ids = {each["InvoiceNumber"]: each["InvoiceID"] for each in world.held("Invoice")}
    for result in report.results:
        if result.status.startswith("sent"):
            assert result.xero_id == ids[result.key], result


def test_a_push_names_what_was_not_cleared(world: World) -> None:
    sent = [{"Name": "Hazel", "EmailAddress": "hi@hazel.example"}]
    assert world.push("contacts.create", sent, key="Name").counts == {"sent": 1}
    world.before = writes_otherwise
    emptied = [{"Name": "Hazel", "EmailAddress": ""}]
    report = world.push("contacts.create", emptied, key="Name", update=True)
    (result,) = report.results
    assert result.status == "sent, with differences"
    assert "EmailAddress" in " ".join(result.messages)


def test_every_row_of_the_table_says_what_is_done_either_way() -> None:
    rows = assumptions()
    assert len(rows) >= 31
    words = {"probed", "documented", "reported", "assumed"}
    assert {row.evidence for row in rows.values()} <= words
    assert all(row.so and row.text for row in rows.values())
