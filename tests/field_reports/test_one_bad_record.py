"""Kind 5: one bad record stopped others.

Sources: Xero-Java#246 (50 items by PUT, one with letters in an account code: 500 for all),
xero-node#539, #510, #285.
"""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from push_world import World, invoice

from xeroport.store.outbox import outbox


class Broken(httpx2.AsyncBaseTransport):
    """Answers writes that hold a word with a status, and carries all others out."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, word: str, status: int = 500) -> None:
        self.inner = inner
        self.word = word.encode()
        self.status = status
        self.writes = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        is_write = request.method in ("PUT", "POST") and "/connect/" not in request.url.path
        self.writes += is_write
        if is_write and self.word in await request.aread():
            return httpx2.Response(
                self.status,
                stream=httpx2.ByteStream(b'{"Title": "An error occurred"}'),
                headers={"Content-Type": "application/json"},
                request=request,
            )
        return await self.inner.handle_async_request(request)


class Dead(Broken):
    """Answers every call but the tokens with a status."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if "/connect/" in request.url.path:
            return await self.inner.handle_async_request(request)
        self.writes += request.method in ("PUT", "POST")
        return httpx2.Response(self.status, stream=httpx2.ByteStream(b"down"), request=request)


def items(count: int) -> list[dict[str, Any]]:
    return [{"Code": f"PX-{n}", "Name": f"Clamp {n}"} for n in range(1, count + 1)]


@pytest.mark.parametrize("status", [500, 502, 504])
def test_forty_nine_are_sent_and_one_stands_alone(world: World, status: int) -> None:
    """B23."""
    rows = items(50)
    rows[22]["Name"] = "POISON"
    world.transport = broken = Broken(world.transport, "POISON", status)
    report = world.push("items.create", rows)
    assert report.counts == {"sent": 49, "rejected": 1}, report.counts
    assert report.stopped is None
    (bad,) = [result for result in report.results if result.status == "rejected"]
    assert bad.key == "PX-23"
    assert bad.messages[0].startswith(f"Xero answers {status} to this record")
    assert len(world.held("Item")) == 49
    assert broken.writes < 40
    again = world.push("items.create", rows)
    assert (again.counts, again.calls) == ({"sent": 49, "rejected": 1}, 0)
    assert len(world.held("Item")) == 49


def test_of_two_hundred_and_sixty_three_bad_ones_do_not_stop_the_others(world: World) -> None:
    rows = [
        invoice(f"N-{n}", Reference="POISON" if n in (7, 99, 260) else "fine") for n in range(261)
    ]
    world.transport = Broken(world.transport, "POISON")
    report = world.push("invoices.create", rows)
    assert report.counts == {"sent": 258, "rejected": 3}
    numbers = [each["InvoiceNumber"] for each in world.held("Invoice")]
    assert len(numbers) == len(set(numbers)) == 258


def test_a_real_outage_stops_the_run(world: World) -> None:
    honest, world.transport = world.transport, Dead(world.transport, "", 500)
    report = world.push("invoices.create", [invoice(f"N-{n}") for n in range(260)])
    assert report.exit_status == 5
    assert world.transport.writes <= 60  # type: ignore[attr-defined]
    world.transport = honest
    world.clock.advance(400)
    assert world.push("invoices.create", [invoice(f"N-{n}") for n in range(260)]).ok
    assert len(world.held("Invoice")) == 260


def test_writes_that_all_fail_stop_the_run_though_reads_succeed(world: World) -> None:
    honest, world.transport = world.transport, Broken(world.transport, "")
    report = world.push("invoices.create", [invoice(f"N-{n}") for n in range(260)])
    assert report.exit_status == 5
    assert world.transport.writes < 80  # type: ignore[attr-defined]
    world.transport = honest
    world.clock.advance(400)
    world.push("invoices.create", [invoice(f"N-{n}") for n in range(260)])
    numbers = [each["InvoiceNumber"] for each in world.held("Invoice")]
    assert len(numbers) == len(set(numbers)) == 260


@pytest.mark.parametrize("status", [404, 405, 410, 501])
def test_an_endpoint_that_is_not_there_stops_at_the_first_call(world: World, status: int) -> None:
    """260 records cost 428 calls and seven minutes."""
    world.transport = broken = Broken(world.transport, "", status)
    report = world.push("invoices.create", [invoice(f"N-{n}") for n in range(260)])
    assert report.exit_status == 1
    assert report.stopped is not None
    assert broken.writes <= 5
    assert report.counts == {"pending": 260}


def test_a_lost_batch_of_one_push_stops_no_other(world: World) -> None:
    """A bad item kept fifty, and every other file, out."""
    honest = world.transport

    class Silent(Broken):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.method == "PUT" and self.word in await request.aread():
                raise httpx2.ReadError("lost", request=request)
            return await self.inner.handle_async_request(request)

    world.transport = Silent(honest, "POISON")
    bad = [{"Code": "B-1", "Name": "POISON"}]
    assert world.push("items.create", bad).exit_status == 5
    for advance in (0, 400, 4_000):
        world.clock.advance(advance)
        rows = [{"Code": f"G{advance}-{n}", "Name": f"Good {n}"} for n in range(3)]
        report = world.push("items.create", rows)
        assert (report.counts, report.stopped) == ({"sent": 3}, None)
    world.transport = honest
    assert world.push("items.create", bad).counts == {"sent": 1}


def test_a_lost_batch_does_not_keep_the_others_of_its_own_push(world: World) -> None:
    class Silent(Broken):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.method == "PUT" and self.word in await request.aread():
                raise httpx2.ReadError("lost", request=request)
            return await self.inner.handle_async_request(request)

    world.transport = Silent(world.transport, "POISON")
    rows = items(150)
    rows[0]["Name"] = "POISON"
    report = world.push("items.create", rows)
    assert report.exit_status == 5
    assert report.counts["sent"] == 100


class DeafToLists(Broken):
    """Loses no write, and answers every list of invoices with a status."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET" and request.url.path.endswith("/Invoices"):
            self.writes += 1
            return httpx2.Response(self.status, stream=httpx2.ByteStream(b"no"), request=request)
        return await self.inner.handle_async_request(request)


@pytest.mark.parametrize("status", [400, 500])
def test_a_look_up_that_fails_keeps_no_new_record(world: World, status: int) -> None:
    """500 new records stayed unsent for ever."""
    from test_reconcile import lose

    lose(world, "invoices.create", [invoice(f"L-{n}") for n in range(60)], None)
    honest, world.transport = world.transport, DeafToLists(world.transport, "", status)
    report = world.push("invoices.create", [invoice(f"N-{n}") for n in range(120)])
    assert report.counts == {"sent": 120}
    world.transport = honest
    assert world.push("invoices.create", [invoice(f"L-{n}") for n in range(60)]).ok
    numbers = [each["InvoiceNumber"] for each in world.held("Invoice")]
    assert len(numbers) == len(set(numbers)) == 180


def test_look_ups_settle_answer_by_answer(world: World) -> None:
    """A push killed before the last of its questions had kept none of the answers."""
    from push_lies import Killed
    from test_reconcile import lose

    rows = [invoice(f"L-{n}") for n in range(100)]
    lose(world, "invoices.create", rows, None)

    class KilledAtTheThird(Broken):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.method == "GET" and request.url.path.endswith("/Invoices"):
                self.writes += 1
                if self.writes == 3:
                    raise Killed
            return await self.inner.handle_async_request(request)

    honest, world.transport = world.transport, KilledAtTheThird(world.transport, "")
    with pytest.raises((Killed, BaseExceptionGroup)):
        world.push("invoices.create", rows)
    assert outbox.counts(world.store, "acme")["invoices.create"]["sent"] == 80
    world.transport = honest
    assert world.push("invoices.create", rows).ok
    assert len(world.held("Invoice")) == 100


def test_a_file_that_changed_is_its_own_records_problem(world: World, tmp_path: Any) -> None:
    assert world.push("contacts.create", [{"Name": "A"}]).ok
    owner = world.held("Contact")[0]["ContactID"]
    (tmp_path / "a.pdf").write_bytes(b"%PDF one")
    (tmp_path / "b.pdf").write_bytes(b"%PDF two")
    rows = [
        {"ContactID": owner, "FileName": name, "File": str(tmp_path / name)}
        for name in ("a.pdf", "b.pdf")
    ]

    class Swap(Broken):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.method == "PUT":
                raise httpx2.ConnectError("no", request=request)
            return await self.inner.handle_async_request(request)

    honest, world.transport = world.transport, Swap(world.transport, "")
    assert world.push("contacts.attachments.add", rows).exit_status == 5
    world.transport = honest
    (tmp_path / "a.pdf").write_bytes(b"%PDF changed")
    deliveries = list(outbox.deliveries(world.store, "acme", status=["pending"]))
    assert len(deliveries) == 2
    import asyncio

    from xeroport.jobs.push.resend import resend

    resent = asyncio.run(resend(world.store, "acme", deliveries))
    by_key = {result.key.rsplit(":")[-1]: result.status for result in resent.results}
    assert sorted(by_key.values()) == ["rejected", "sent"], json.dumps(by_key)


def payments_of_a_day(count: int, bad: int) -> list[dict[str, Any]]:
    return [
        {
            "Narration": "POISON" if n == bad else f"Journal {n}",
            "Date": "2026-11-01",
            "JournalLines": [
                {"LineAmount": n + 1, "AccountCode": "200"},
                {"LineAmount": -n - 1, "AccountCode": "400"},
            ],
        }
        for n in range(count)
    ]


def test_a_bad_record_stands_alone_also_without_a_natural_key(world: World) -> None:
    rows = payments_of_a_day(50, bad=17)
    world.transport = Broken(world.transport, "POISON")
    report = world.push("manual_journals.create", rows, key="Narration")
    assert report.counts == {"sent": 49, "rejected": 1}, report.counts
    told = [each["Narration"] for each in world.held("ManualJournal")]
    assert len(told) == len(set(told)) == 49


class DoneAndFailed(Broken):
    """Carries a write out, and then answers 500: to the calls that hold a word."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        is_write = request.method in ("PUT", "POST") and "/connect/" not in request.url.path
        self.writes += is_write
        response = await self.inner.handle_async_request(request)
        if is_write and self.word in request.content:
            return httpx2.Response(500, stream=httpx2.ByteStream(b"{}"), request=request)
        return response


def test_a_500_after_the_work_was_done_doubles_nothing(world: World) -> None:
    rows = payments_of_a_day(20, bad=3)
    world.transport = DoneAndFailed(world.transport, "POISON")
    for _ in range(3):
        report = world.push("manual_journals.create", rows, key="Narration")
        told = [each["Narration"] for each in world.held("ManualJournal")]
        assert len(told) == len(set(told)) == 20
        assert set(report.counts) <= {"sent", "unknown"}
        world.clock.advance(400)


def test_an_absent_endpoint_names_the_base_url(world: World) -> None:
    world.transport = Broken(world.transport, "", 404)
    report = world.push("invoices.create", [invoice("N-1")])
    assert report.stopped is not None
    assert "check the base URL" in (report.stopped.hint or "")


def test_a_record_alone_is_not_blamed_where_xero_takes_no_writes(world: World) -> None:
    honest, world.transport = world.transport, Broken(world.transport, "")
    report = world.push("items.create", items(1))
    assert (report.exit_status, report.counts.get("rejected")) == (5, None)
    world.transport = honest
    world.clock.advance(400)
    assert world.push("items.create", items(1)).counts == {"sent": 1}
    assert len(world.held("Item")) == 1
