"""The client as its callers see it: calls, records, files, raw calls, checks, the Python API."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from scripted import Said, Scripted

import xeroport
from xeroport.clock import ManualClock
from xeroport.errors import InputError, UnknownName, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import XeroClient
from xeroport.xero.health import check

ClientOf = Callable[..., XeroClient]
ID = "297c2dc5-cc47-4afd-8ec8-74990b8761e9"
NAME = "acme"


def run(client: XeroClient, endpoint: str, *args: Any, **kwargs: Any) -> Any:
    async def work() -> Any:
        async with client:
            return await client.call(endpoint, *args, **kwargs)

    return asyncio.run(work())


class Paged:
    """`total` records in pages, with or without Xero's pagination object."""

    def __init__(self, key: str, total: int, *, counted: bool, most: int = 1000) -> None:
        self.key, self.total, self.counted, self.most = key, total, counted, most
        self.queries: list[dict[str, list[str]]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        query = parse_qs(scope["query_string"].decode())
        if scope["path"] == "/connect/token":
            document: dict[str, Any] = {"access_token": "t", "expires_in": 1800}
        else:
            self.queries.append(query)
            size = min(int(query.get("pageSize", [100])[0]), self.most)
            if "offset" in query or self.key == "Journals":
                first = int(query.get("offset", [0])[0])
            else:
                first = (int(query["page"][0]) - 1) * size
            numbers = range(first + 1, min(first + size, self.total) + 1)
            document = {self.key: [{"JournalNumber": n, "Number": n} for n in numbers]}
            if self.counted:
                pages = max(1, -(-self.total // size))
                document["pagination"] = {
                    "page": int(query["page"][0]),
                    "pageSize": size,
                    "pageCount": pages,
                    "itemCount": self.total,
                }
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(document).encode()})


@pytest.mark.parametrize(
    ("endpoint", "server", "calls"),
    [
        ("invoices.list", Paged("Invoices", 2500, counted=True), 3),
        ("invoices.list", Paged("Invoices", 2000, counted=True), 2),
        ("invoices.list", Paged("Invoices", 0, counted=True), 1),
        ("invoices.list", Paged("Invoices", 2000, counted=False), 3),
        ("invoices.list", Paged("Invoices", 250, counted=False, most=100), 3),
        ("invoices.list", Paged("Invoices", 250, counted=True, most=100), 3),
        ("quotes.list", Paged("Quotes", 250, counted=False), 3),
        ("quotes.list", Paged("Quotes", 200, counted=False), 3),
        ("journals.list", Paged("Journals", 250, counted=False), 3),
        ("items.list", Paged("Items", 100, counted=False), 1),
    ],
)
def test_all_pages(client_of: ClientOf, endpoint: str, server: Paged, calls: int) -> None:
    if endpoint == "items.list":
        server = Scripted(Said(body={"Items": [{"Number": n} for n in range(1, 101)]}))  # type: ignore[assignment]

    async def work() -> tuple[list[Any], list[bytes]]:
        async with client_of(server) as client:
            found = [each async for each in client.records(endpoint)]
            raw = [each async for each in client.records(endpoint, raw=True)]
            assert client.usage.calls == 2 * calls
            return found, raw

    found, raw = asyncio.run(work())
    total = getattr(server, "total", 100)
    assert [int(each["Number"]) for each in found] == list(range(1, total + 1))
    assert [json.loads(each)["Number"] for each in raw] == list(range(1, total + 1))


def test_long_lists_of_ids_go_in_portions(client_of: ClientOf) -> None:
    server = Scripted(Said(body={"Invoices": []}))

    async def work() -> None:
        async with client_of(server) as client:
            assert [
                each async for each in client.records("invoices.list", {"IDs": [ID] * 90})
            ] == []

    asyncio.run(work())
    assert [parse_qs(each.query)["IDs"][0].count(ID) for each in server.asked] == [40, 40, 10]


def test_raw_calls_reach_what_the_catalogue_does_not_know(client_of: ClientOf) -> None:
    server = Scripted(Said(body={"NewThings": [{"Amount": 1.50}]}))
    reply = run(client_of(server), "GET /NewThing/{Id}", {"Id": "a b", "anything": 1})
    assert server.asked[0].path == "/api.xro/2.0/NewThing/a b"
    assert server.asked[0].query == "anything=1"
    assert reply.records == [{"NewThings": [{"Amount": Decimal("1.5")}]}]
    run(client_of(server), "POST /NewThing", body={"Amount": Decimal("1.50")})
    assert server.asked[1].body == b'{"Amount":1.50}'
    assert server.asked[1].headers["idempotency-key"]


def test_files_go_and_come_whole(client_of: ClientOf, tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000
    server = Scripted(Said(body=data, media="application/pdf"))
    client = client_of(server)
    to = tmp_path / "invoice.pdf"

    async def work() -> None:
        async with client:
            assert (await client.call("invoices.pdf", {"InvoiceID": ID})).body == data
            assert (await client.call("invoices.pdf", {"InvoiceID": ID}, to=to)).body == b""
            with pytest.raises(InputError):
                await client.call("invoices.pdf", {"InvoiceID": ID}, to=tmp_path / "no" / "where")

    asyncio.run(work())
    assert to.read_bytes() == data
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["invoice.pdf"]
    assert server.asked[0].headers["accept"] == "application/pdf"


def test_a_failed_download_leaves_the_old_file(client_of: ClientOf, tmp_path: Path) -> None:
    to = tmp_path / "invoice.pdf"
    to.write_bytes(b"old")
    with pytest.raises(XeroportError):
        run(client_of(Scripted(Said(404, "nothing"))), "invoices.pdf", {"InvoiceID": ID}, to=to)
    assert to.read_bytes() == b"old"


def test_idempotency_keys(client_of: ClientOf) -> None:
    server = Scripted(Said(body={}))
    run(client_of(server), "contacts.create", body={"Name": "A"}, idempotency_key="k" * 128)
    assert server.asked[0].headers["idempotency-key"] == "k" * 128
    for endpoint, kwargs in [
        ("contacts.create", {"body": {}, "idempotency_key": "k" * 129}),
        ("contacts.create", {"body": {}, "idempotency_key": ""}),
        ("contacts.create", {"body": {}, "idempotency_key": "new\r\nline"}),
        ("contacts.create", {"body": {}, "idempotency_key": "schlüssel"}),
        ("contacts.list", {"idempotency_key": "k"}),
    ]:
        with pytest.raises(InputError):
            run(client_of(server), endpoint, **kwargs)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        (datetime(2026, 7, 1, 10, 0, 0, 999, tzinfo=UTC), "2026-07-01T10:00:00"),
        (date(2026, 7, 1), "2026-07-01T00:00:00"),
        ("2026-07-01T10:00:00+02:00", "2026-07-01T08:00:00"),
    ],
)
def test_modified_since(client_of: ClientOf, moment: Any, sent: str) -> None:
    server = Scripted(Said(body={}))
    run(client_of(server), "contacts.list", modified_since=moment)
    assert server.asked[0].headers["if-modified-since"] == sent


def test_wrong_input_calls_nobody(client_of: ClientOf) -> None:
    server = Scripted(Said(body={}))
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("tax_rates.list", {"modified_since": date(2026, 7, 1)}),
        ("contacts.list", {"modified_since": "yesterday"}),
        ("contacts.list", {"modified_since": date(1752, 1, 1)}),
        ("contacts.list", {"body": {}}),
        ("contacts.create", {}),
        ("contacts.lst", {}),
        ("receipts.list", {}),
        ("expense_claims.create", {"body": {}}),
    ]
    for endpoint, kwargs in wrong:
        with pytest.raises(InputError):
            run(client_of(server), endpoint, **kwargs)
    assert server.asked == server.token_requests == []


def test_retired_endpoints_answer_when_forced(client_of: ClientOf) -> None:
    server = Scripted(Said(body={"Receipts": []}))
    with pytest.raises(InputError, match="2027-02-01"):
        run(client_of(server), "receipts.list")
    assert run(client_of(server), "receipts.list", force=True).records == []


def test_server_time(client_of: ClientOf) -> None:
    date_header = {"Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    enveloped = Said(body=b'{"DateTimeUTC":"\\/Date(1573755038314)\\/"}', headers=date_header)
    server = Scripted(enveloped, Said(headers=date_header), Said())
    clock = ManualClock()

    async def work() -> list[datetime]:
        async with client_of(server, clock=clock) as client:
            return [(await client.call("contacts.list")).server_time for _ in range(3)]

    assert asyncio.run(work()) == [
        datetime(2019, 11, 14, 18, 10, 38, 314000, tzinfo=UTC),
        datetime(2026, 11, 23, 10, tzinfo=UTC),
        clock.now(),
    ]


ORGANISATION = {"Name": "Demo", "OrganisationID": ID, "BaseCurrency": "GBP"}


@pytest.mark.parametrize(
    ("server", "health", "words"),
    [
        (Scripted(Said(body={"Organisations": [ORGANISATION]})), "operational", None),
        (Scripted(Said(body={"Organisations": []})), "unreachable", "like Xero"),
        (Scripted(Said(404, "no")), "unreachable", "like Xero"),
        (Scripted(Said(500, "no")), "unreachable", "failed"),
        (Scripted(Said(403, "")), "not_authorised", "not been authorised yet"),
        (
            Scripted(Said(403, {"Detail": "AuthenticationUnsuccessful"})),
            "not_authorised",
            "not connected",
        ),
        (
            Scripted(Said(401, "", {"WWW-Authenticate": "insufficent_scope"})),
            "not_authorised",
            "accounting.settings.read",
        ),
        (
            Scripted(tokens=(Said(401, {"error": "invalid_client"}),)),
            "failed_authentication",
            "client id and secret",
        ),
        (
            Scripted(tokens=(Said(400, {"error": "invalid_scope"}),)),
            "not_authorised",
            "not configured",
        ),
    ],
)
def test_check(server: Scripted, health: str, words: str | None) -> None:
    instance = Instance(NAME, "http://localhost", "http://localhost", "id")
    found = asyncio.run(
        check(
            instance,
            Secret("s"),
            clock=ManualClock(),
            transport=httpx2.ASGITransport(app=server),
        )
    )
    assert found.instance.health == health
    assert found.instance.checked_at is not None
    if words is None:
        assert found.error is None
        assert (found.instance.organisation, found.instance.base_currency) == ("Demo", "GBP")
    else:
        assert words in str(found.error)


def test_connect(client_of: ClientOf, store: Store) -> None:
    server = Paged("Invoices", 1500, counted=True)
    client_of(server)
    transport = httpx2.ASGITransport(app=server)
    before = threading.active_count()
    with xeroport.connect(NAME, home=store.home, transport=transport) as xero:
        assert xero.instance.name == NAME
        assert sum(1 for _ in xero.records("invoices.list")) == 1500
        assert xero.call("getInvoices", {"page": 2}).records[0]["Number"] == 101
        assert next(iter(xero.records("invoices.list", raw=True))).startswith(b"{")
        with pytest.raises(UnknownName):
            xero.call("invoices.lst")
        assert xero.usage.calls == 4
    assert threading.active_count() == before
    xero.close()
    with pytest.raises(RuntimeError, match="closed"):
        xero.call("invoices.list")
    with pytest.raises(UnknownName):
        xeroport.connect("nobody", home=store.home)
    assert threading.active_count() == before


def test_connect_async(client_of: ClientOf, store: Store) -> None:
    server = Paged("Invoices", 5, counted=True)
    client_of(server)

    async def work() -> int:
        transport = httpx2.ASGITransport(app=server)
        async with xeroport.connect_async(NAME, home=store.home, transport=transport) as xero:
            return len((await xero.call("invoices.list")).records)

    assert asyncio.run(work()) == 5


def test_importing_loads_nothing() -> None:
    code = (
        "import sys, xeroport; "
        "heavy = {'httpx2', 'duckdb', 'msgspec', 'cryptography', 'asyncio'} & set(sys.modules); "
        "print(sorted(heavy))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_public_names() -> None:
    for name in dir(xeroport):
        value = getattr(xeroport, name)
        assert name == "__version__" or value.__doc__, name
    with pytest.raises(AttributeError, match="conect"):
        _ = xeroport.conect  # type: ignore[attr-defined]
