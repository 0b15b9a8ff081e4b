"""A home folder with organisations behind emulators, and flows to run between them."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2

from ready_home import begun
from xeroport.clock import ManualClock
from xeroport.jobs.flow import check, registry
from xeroport.jobs.flow.check import CheckedFlow
from xeroport.jobs.flow.report import FlowReport
from xeroport.jobs.flow.run import retry_run, run_flow
from xeroport.secrets.vault import Secret
from xeroport.store import flows, instances
from xeroport.store.flows import FlowRecord
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator
from xeroport_emulator.rules.apply import apply

KEY = base64.b64encode(b"k" * 32).decode()
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


class ByHost(httpx2.AsyncBaseTransport):
    """Each organisation's emulator under its own host name, without a socket."""

    def __init__(self, emulators: Mapping[str, Emulator]) -> None:
        self._ways = {
            name: httpx2.ASGITransport(app=emulator.app) for name, emulator in emulators.items()
        }

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        way = self._ways[request.url.host.removesuffix(".example")]
        return await way.handle_async_request(request)


class World:
    """Organisations, a folder for files, a clock that stands still."""

    def __init__(self, folder: Path, names: Sequence[str] = ("acme",), *, data: Any = "empty"):
        self.folder = folder
        self.clock = ManualClock(START)
        self.store = begun(folder / "home")
        self.store.clock = self.clock
        self.emulators = {
            name: Emulator(data, clock=self.clock, limits="off", seed=number)
            for number, name in enumerate(names)
        }
        self.store.transport = ByHost(self.emulators)
        for name, emulator in self.emulators.items():
            url = f"https://{name}.example"
            made = Instance(name, url, url, emulator.client_id, rate_limit=100_000)
            instances.add(self.store, made, Secret(emulator.client_secret))

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def check(self, text: str, name: str = "flow", **more: Any) -> CheckedFlow:
        return asyncio.run(check.check(self.store, text, name=name, folder=self.folder, **more))

    def add(self, text: str, name: str = "flow") -> None:
        checked = self.check(text, name, preview=False)
        assert checked.flow is not None
        assert not checked.faults, [each.text() for each in checked.faults]
        registry.keep(self.store, text, checked.flow, now=self.clock.now())

    def run(self, name: str = "flow", **more: Any) -> FlowReport:
        return asyncio.run(run_flow(self.store, name, **more))

    def retry(self, run: int, **more: Any) -> FlowReport:
        return asyncio.run(retry_run(self.store, run, **more))

    def refused(self, name: str = "flow") -> dict[str, FlowRecord]:
        return {each.key: each for each in flows.refused(self.store, name)}

    def held(self, record: str, name: str = "acme") -> list[dict[str, Any]]:
        return list(self.emulators[name].organisation.tables[record])

    def bank(self, name: str = "acme") -> dict[str, Any]:
        """A bank account of an organisation; made if there is none."""
        table = self.emulators[name].organisation.tables["Account"]
        found = next((each for each in table if each.get("Type") == "BANK"), None)
        if found is not None:
            return found
        organisation = self.emulators[name].organisation
        from xeroport.catalogue import load

        outcome = apply(
            organisation,
            load().endpoint("accounts.create"),
            {"Code": "090", "Name": "Bank", "Type": "BANK", "BankAccountNumber": "0209087654321"},
            {},
        )
        assert outcome.record is not None
        return outcome.record

    def put(self, endpoint: str, element: dict[str, Any], name: str = "acme") -> dict[str, Any]:
        """Write one record straight into an organisation, as a person would in Xero."""
        from xeroport.catalogue import load

        self.clock.advance(1.5)
        outcome = apply(self.emulators[name].organisation, load().endpoint(endpoint), element, {})
        assert outcome.record is not None, outcome.errors
        return outcome.record


class Receiver:
    """An HTTP server that keeps what is POSTed; `answers` are statuses to give first."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.url = ""


@contextmanager
def receiving() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = made.answers.pop(0) if made.answers else 204
            if status < 300:
                made.got.append((self.headers["Idempotency-Key"], json.loads(body)))
                made.headers.append(dict(self.headers))
            self.send_response(status)
            self.end_headers()
            if status >= 400:
                self.wfile.write(b"no such customer\n")

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}/invoices"
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def invoice(number: str, *, amount: str = "10.50", **more: Any) -> dict[str, Any]:
    return {
        "Type": "ACCREC",
        "InvoiceNumber": number,
        "Contact": {"Name": "Bluebell Ltd"},
        "Date": "2026-11-01",
        "DueDate": "2026-12-01",
        "LineAmountTypes": "NoTax",
        "Status": "AUTHORISED",
        "LineItems": [
            {"Description": "Work", "Quantity": 2, "UnitAmount": amount, "AccountCode": "200"}
        ],
        **more,
    }
