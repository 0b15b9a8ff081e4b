"""A state machine over outbox, clock, replies and crashes: no record is ever in Xero twice."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from push_world import KEY, World, invoice

from xeroport.store.outbox import outbox

FATES = (
    "ok",
    "lost before",
    "lost after",
    "500",
    "503",
    "die before",
    "die after",
    "garbled",
    "refuse a resend",
    "500 after",
)

STORMS = [
    ["lost after", *["refuse a resend"] * 20],
    ["500 after"] * 30,
    ["lost after"] * 30,
    ["lost before"] * 30,
    ["lost after", *["503"] * 30],
    ["500"] * 30,
]
"""Longer than a push's patience."""


class Death(BaseException):
    """The process ends here, as by SIGKILL: nothing below may catch it."""


class Trouble(httpx2.AsyncBaseTransport):
    """The emulator behind a line on which the next writes meet the fates given."""

    def __init__(self, world: World) -> None:
        self.inner = httpx2.ASGITransport(app=world.emulator.app)
        self.fates: list[str] = []
        self.keys: set[str] = set()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        is_write = request.method in ("PUT", "POST") and "/connect/" not in request.url.path
        fate = self.fates.pop(0) if is_write and self.fates else "ok"
        key = request.headers.get("idempotency-key", "")
        is_resend = key in self.keys
        self.keys |= {key} if is_write else set()
        if fate == "refuse a resend" and is_resend:
            return _reply(400, b'{"Message": "not this time"}')
        if fate == "die before":
            raise Death
        if fate == "lost before":
            raise httpx2.ReadError("lost", request=request)
        if fate in ("500", "503"):
            return _reply(int(fate), b"trouble")
        response = await self.inner.handle_async_request(request)
        if fate == "die after":
            raise Death
        if fate == "lost after":
            raise httpx2.ReadError("lost", request=request)
        if fate == "500 after":
            return _reply(500, b"trouble")
        if fate == "garbled":
            return _reply(200, b"<html>a proxy's page</html>")
        return response


def _reply(status: int, body: bytes) -> httpx2.Response:
    return httpx2.Response(status, stream=httpx2.ByteStream(body))


class OutboxMachine(RuleBasedStateMachine):
    """Invoices have a natural key; manual journals have none."""

    def __init__(self) -> None:
        super().__init__()
        self.environment = pytest.MonkeyPatch()
        self.environment.setenv("XEROPORT_KEY", KEY)
        self.folder = tempfile.TemporaryDirectory()

    @initialize()
    def begin(self) -> None:
        self.world = World(Path(self.folder.name) / "home", data="empty", concurrency=1)
        self.trouble = Trouble(self.world)
        self.world.transport = self.trouble
        self.rows: dict[str, list[dict[str, Any]]] = {"invoices": [], "journals": []}
        self.edits = 0

    @rule(count=st.integers(1, 4), kind=st.sampled_from(["invoices", "journals"]))
    def more_rows(self, count: int, kind: str) -> None:
        rows = self.rows[kind]
        for _ in range(count):
            n = len(rows)
            rows.append(
                invoice(f"I-{n}", amount=f"{n + 1}")
                if kind == "invoices"
                else {
                    "Narration": f"J-{n}",
                    "JournalLines": [
                        {"LineAmount": 5, "AccountCode": "200"},
                        {"LineAmount": -5, "AccountCode": "400"},
                    ],
                }
            )

    @rule(
        kind=st.sampled_from(["invoices", "journals"]),
        fates=st.lists(st.sampled_from(FATES), max_size=12) | st.sampled_from(STORMS),
    )
    def push(self, kind: str, fates: list[str]) -> None:
        if not self.rows[kind]:
            return
        self.trouble.fates = list(fates)
        try:
            self._push(kind)
        except BaseExceptionGroup as group:
            if group.subgroup(Death) is None:
                raise
        except Death:
            pass
        self.trouble.fates = []

    @rule(seconds=st.sampled_from([1, 30, 250, 299, 301, 400, 4000]))
    def wait(self, seconds: int) -> None:
        self.world.clock.advance(seconds)

    @rule(number=st.integers(0, 6))
    def somebody_takes_a_number(self, number: int) -> None:
        """A person makes an invoice with a number that a row of ours has, or will have."""
        taken = {each["InvoiceNumber"] for each in self.world.held("Invoice")}
        if f"I-{number}" in taken:
            return
        body = invoice(f"I-{number}", amount="99", Reference="a person's")
        report = self.world.push("invoices.upsert", [body], key="InvoiceNumber")
        assert report.ok, report  # whatever outage was before: a new push asks Xero at once

    @invariant()
    def nothing_is_doubled(self) -> None:
        if not hasattr(self, "world"):
            return
        numbers = Counter(each["InvoiceNumber"] for each in self.world.held("Invoice"))
        assert not [n for n, times in numbers.items() if times > 1]
        narrations = Counter(each["Narration"] for each in self.world.held("ManualJournal"))
        assert not [n for n, times in narrations.items() if times > 1]

    @invariant()
    def sent_means_in_xero(self) -> None:
        if not hasattr(self, "world"):
            return
        invoices = {each["InvoiceID"]: each for each in self.world.held("Invoice")}
        journals = {each["ManualJournalID"]: each for each in self.world.held("ManualJournal")}
        for each in outbox.deliveries(self.world.store, "acme", status=["sent"]):
            if each.endpoint == "manual_journals.create":
                assert journals[each.xero_id]["Narration"] == each.key
            elif each.endpoint == "invoices.create":
                held = invoices[each.xero_id]
                assert held["InvoiceNumber"] == each.key
                assert held.get("Reference") != "a person's"

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self._settle()
            self.world.store.close()
        self.folder.cleanup()
        self.environment.undo()

    def _settle(self) -> None:
        """With nothing going wrong any more, all fates become known where they can."""
        self.trouble.fates = []
        self.world.clock.advance(400)
        theirs = {
            each["InvoiceNumber"]
            for each in self.world.held("Invoice")
            if each.get("Reference") == "a person's"
        }
        for kind, rows in self.rows.items():
            if not rows:
                continue
            report = self._push(kind)
            assert report.stopped is None
            for each in report.results:
                if kind == "invoices":
                    assert each.status == ("rejected" if each.key in theirs else "sent"), each
                else:
                    assert each.status in ("sent", "unknown"), each
        self.nothing_is_doubled()
        self.sent_means_in_xero()

    def _push(self, kind: str) -> Any:
        if kind == "invoices":
            return self.world.push("invoices.create", self.rows[kind], key="InvoiceNumber")
        return self.world.push("manual_journals.create", self.rows[kind], key="Narration")


SHORT = settings(
    max_examples=15,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestOutbox(OutboxMachine.TestCase):
    settings = SHORT


@pytest.mark.soak
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
class TestLongOutbox(OutboxMachine.TestCase):
    settings = settings(SHORT, max_examples=200, stateful_step_count=25, derandomize=False)
