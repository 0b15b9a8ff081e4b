"""A home folder with one instance, and the emulator behind it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from ready_home import begun
from xeroport.clock import ManualClock
from xeroport.jobs.push.report import PushReport
from xeroport.jobs.push.run import Order, push_async
from xeroport.rows import source
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

KEY = base64.b64encode(b"k" * 32).decode()
BASE = "http://localhost"


def add_instance(store: Store, emulator: Emulator, url: str = BASE, **more: Any) -> Instance:
    instance = Instance("acme", url, url, emulator.client_id, **more)
    instances.add(store, instance, Secret(emulator.client_secret))
    return instance


class World:
    """Pushes from a home folder into an emulator without a socket, on a clock that stands still."""

    def __init__(
        self,
        home: Path,
        *,
        data: Any = "empty",
        limits: str = "off",
        country: str = "NZ",
        **more: Any,
    ):
        self.clock = ManualClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
        self.emulator = Emulator(data, clock=self.clock, limits=limits, country=country)
        self.sales, self.costs = ("400", "500") if country == "US" else ("200", "400")
        self.store = begun(home)
        self.store.clock = self.clock
        self.home = home
        self.store.transport = httpx2.ASGITransport(app=self.emulator.app)
        more.setdefault("rate_limit", 100_000)
        add_instance(self.store, self.emulator, **more)

    @property
    def transport(self) -> httpx2.AsyncBaseTransport:
        """What carries the requests to the emulator."""
        assert self.store.transport is not None
        return self.store.transport

    @transport.setter
    def transport(self, transport: httpx2.AsyncBaseTransport) -> None:
        self.store.transport = transport

    def push(
        self,
        endpoint: str,
        rows: Iterable[Mapping[str, Any]] | str | Path,
        *,
        key: str | None = None,
        agree: Callable[[str], bool] = lambda _: False,
        instance: str = "acme",
        **more: Any,
    ) -> PushReport:
        is_file = isinstance(rows, str | Path)
        order = Order(
            instance,
            endpoint,
            rows=None if is_file else source.from_rows(rows),
            path=str(rows) if is_file else None,
            key=tuple(key.split(",")) if key else (),
            **more,
        )
        return asyncio.run(push_async(self.store, order, agree=agree))

    def held(self, record: str) -> list[dict[str, Any]]:
        """What the emulator's organisation holds of a record type."""
        return list(self.emulator.organisation.tables[record])

    def code(self, kind: str) -> str:
        """The code of some account of a type."""
        return next(
            a["Code"] for a in self.held("Account") if a.get("Type") == kind and a.get("Code")
        )


def invoice(number: str, *, amount: str = "10.50", **more: Any) -> dict[str, Any]:
    return {
        "Type": "ACCREC",
        "InvoiceNumber": number,
        "Contact": {"Name": "Bluebell Ltd"},
        "Date": "2026-11-01",
        "DueDate": "2026-12-01",
        "LineAmountTypes": "NoTax",
        "LineItems": [
            {"Description": "Work", "Quantity": 2, "UnitAmount": amount, "AccountCode": "200"}
        ],
        **more,
    }
