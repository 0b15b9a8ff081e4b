"""A Xero whose lists are as a test wants them: their order, their pages, what goes on meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

PLACES = {"Invoices": "InvoiceID", "Quotes": "QuoteID", "LinkedTransactions": "LinkedTransactionID"}
SINCE = "%Y-%m-%dT%H:%M:%S"


def identity(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def msdate(moment: datetime) -> str:
    return f"/Date({round(moment.timestamp() * 1000)}+0000)/"


class OddList:
    """One list of records that stand in `records`, in their own order if `sorts` is False.
    `counts`: gives the pagination object; `heeds`: takes `pageSize`. Before each call `meddle`
    hears its number. Other paths are the emulator's."""

    def __init__(self, inner: Any, name: str, stamps: list[datetime], **habits: bool) -> None:
        self.inner = inner
        self.name = name
        self.key = PLACES[name]
        self.sorts = habits.get("sorts", True)
        self.counts = habits.get("counts", True)
        self.heeds = habits.get("heeds", True)
        self.records: list[dict[str, Any]] = [
            {self.key: identity(number), "at": stamp} for number, stamp in enumerate(stamps)
        ]
        self.calls: list[dict[str, str]] = []
        self.meddle: Callable[[int], None] = lambda _: None

    def edit(self, number: int, at: datetime, **fields: Any) -> None:
        for each in self.records:
            if each[self.key] == identity(number):
                each.update({"at": at, **fields})

    def ids(self) -> set[str]:
        return {each[self.key] for each in self.records}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not scope["path"].endswith(f"/{self.name}"):
            await self.inner(scope, receive, send)
            return
        asked = {name: value[0] for name, value in parse_qs(scope["query_string"].decode()).items()}
        headers = {name.decode().lower(): value.decode() for name, value in scope["headers"]}
        self.calls.append(asked | {"since": headers.get("if-modified-since", "")})
        self.meddle(len(self.calls))
        body = json.dumps(self._reply(self.calls[-1])).encode()
        kind = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": kind})
        await send({"type": "http.response.body", "body": body})

    def _reply(self, asked: dict[str, str]) -> dict[str, Any]:
        found = list(self.records)
        if asked["since"]:
            since = datetime.strptime(asked["since"], SINCE).replace(tzinfo=UTC)
            found = [each for each in found if each["at"] >= since]
        if self.sorts:
            found.sort(key=lambda each: (each["at"], each[self.key]))
        size = int(asked.get("pageSize", 100)) if self.heeds else 100
        number = int(asked["page"])
        page = found[(number - 1) * size : number * size]
        shown = [
            {name: value for name, value in each.items() if name != "at"}
            | {"UpdatedDateUTC": msdate(each["at"])}
            for each in page
        ]
        counts = {
            "page": number,
            "pageSize": size,
            "pageCount": -(-len(found) // size),
            "itemCount": len(found),
        }
        reply: dict[str, Any] = {"DateTimeUTC": msdate(datetime.now(UTC))}
        return reply | ({"pagination": counts} if self.counts else {}) | {self.name: shown}
