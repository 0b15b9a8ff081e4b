"""A line to the emulator on which a write is carried out and its reply lost, and the next sending
of the same bytes is answered with a lie."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx2
from push_targets import Books
from push_world import World

from xeroport.catalogue import load

STATUSES = (400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 501, 502, 503, 504)
WITH_KEY = {
    "Invoice": "invoices.create",
    "Contact": "contacts.create",
    "Item": "items.create",
    "Account": "accounts.create",
    "CreditNote": "credit_notes.create",
    "PurchaseOrder": "purchase_orders.create",
    "Quote": "quotes.create",
    "TaxRate": "tax_rates.create",
    "TrackingCategory": "tracking_categories.create",
    "ContactGroup": "contact_groups.create",
}
"""Record type → the endpoint that makes it, where Xero holds a number, code or name unique."""
WITHOUT_KEY = {
    "ManualJournal": "manual_journals.create",
    "BankTransaction": "bank_transactions.create",
    "Payment": "payments.create",
    "BankTransfer": "bank_transfers.create",
    "LinkedTransaction": "linked_transactions.create",
    "RepeatingInvoice": "repeating_invoices.create",
}
UPSERTS = {
    "Invoice": "invoices.upsert",
    "Contact": "contacts.upsert",
    "Item": "items.upsert",
}
ENDED = {"items.delete": "Item", "invoices.update": "Invoice"}


class Killed(BaseException):
    """The process ends here, as by SIGKILL: nothing below may catch it."""


@dataclass
class Lie:
    """What the second sending is answered: a status, and what the body says."""

    status: int
    words: str = "plain"

    def response(self, request: httpx2.Request) -> httpx2.Response:
        body: Any = {"Title": "No", "Detail": "Not this time"}
        if self.words in ("elements", "unique"):
            (name, records), *_ = json.loads(request.content or b'{"X": []}').items()
            errors = {"ValidationErrors": [{"Message": "Invoice # must be unique."}]}
            failed = [
                {**each, **errors, "StatusAttributeString": "ERROR", "HasErrors": True}
                for each in (records if isinstance(records, list) else [])
            ]
            body = {"Elements": failed} if self.words == "elements" else {name: failed}
            body |= {"Type": "ValidationException", "Message": "A validation exception occurred"}
        return httpx2.Response(
            self.status,
            stream=httpx2.ByteStream(json.dumps(body).encode()),
            headers={"Content-Type": "application/json"},
            request=request,
        )


@dataclass
class Liar(httpx2.AsyncBaseTransport):
    """Carries the first write out and loses the reply, or kills its sender; lies to the next
    sendings of the same key, `lies` times; then the line is honest."""

    inner: httpx2.AsyncBaseTransport
    lie: Lie
    kill: bool = False
    lies: int = 3
    keys: dict[str, int] = field(default_factory=dict)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if request.method == "GET" or "/connect/" in request.url.path:
            return await self.inner.handle_async_request(request)
        key = request.headers.get("idempotency-key", request.url.path)
        number = self.keys[key] = self.keys.get(key, 0) + 1
        if number == 1 and len(self.keys) == 1:
            await (await self.inner.handle_async_request(request)).aread()
            if self.kill:
                raise Killed
            raise httpx2.ReadError("lost", request=request)
        if 1 < number <= 1 + self.lies:
            return self.lie.response(request)
        return await self.inner.handle_async_request(request)


def lied_to(
    world: World, books: Books, record: str, endpoint: str, lie: Lie, *, kill: bool, count: int = 3
) -> None:
    """Push records of a type over such a line, and again until all is said: none is doubled, none
    is `sent` without being there, none is `rejected` while it is."""
    rows = [books.row(record) for _ in range(count)]
    before = len(world.held(record))
    honest = world.transport
    world.transport = Liar(honest, lie, kill=kill)
    statuses: dict[str, int] = {}
    for _ in range(4):
        try:
            report = world.push(endpoint, rows, key="no")
        except (Killed, BaseExceptionGroup) as error:
            if isinstance(error, BaseExceptionGroup) and error.subgroup(Killed) is None:
                raise
        else:
            statuses = dict(report.counts)
            (key_field,) = load().record(record).key
            ids = {str(each[key_field]) for each in world.held(record)}
            where = (endpoint, lie, kill, report.results)
            sent = [each for each in report.results if each.status.startswith("sent")]
            assert all(each.xero_id is None or each.xero_id in ids for each in sent), where
            assert "rejected" not in statuses, where
            assert len(world.held(record)) - before <= count, where
        world.clock.advance(20)
    world.transport = honest
    world.clock.advance(400)
    report = world.push(endpoint, rows, key="no")
    where = (endpoint, lie, kill, report.counts, report.results)
    assert len(world.held(record)) - before == count, where
    if record in WITH_KEY:
        assert report.counts == {"sent": count}, where
    else:
        assert set(report.counts) <= {"sent", "unknown"}, where
