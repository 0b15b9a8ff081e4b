"""Webhooks as Xero sends them: signed, thin, at least once, in no certain order.

`Webhooks` hears what changes in an organisation and turns it into deliveries; `intent` is the
round by which Xero tests a receiver, some of it signed wrongly on purpose.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from xeroport.clock import Clock
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.organisation.table import Record, Table

CATEGORIES = {
    "Contact": "CONTACT",
    "Invoice": "INVOICE",
    "CreditNote": "CREDITNOTE",
    "Payment": "PAYMENT",
    "Prepayment": "PREPAYMENT",
    "Overpayment": "OVERPAYMENT",
}
"""Record types that Xero tells of; no other has webhooks."""

SECONDS = 5.0
"""Xero waits that long for an answer."""
API = "https://api.xero.com/api.xro/2.0"


@dataclass(frozen=True)
class Delivery:
    """One POST: the raw body and its headers. `genuine` says whether it is signed rightly."""

    body: bytes
    headers: dict[str, str]
    genuine: bool = True


class Webhooks:
    """What an organisation's receiver is sent; `seed` decides repeats and disorder."""

    def __init__(
        self, organisation: Organisation, *, tenant_id: str, clock: Clock, key: str, seed: int = 0
    ) -> None:
        self.key = key
        self._tenant_id = tenant_id
        self._clock = clock
        self._chance = random.Random(seed)  # noqa: S311  reproducible, not secret
        self._events: list[dict[str, Any]] = []
        self._sequence = 0
        self._lock = threading.Lock()
        self.listen(organisation)

    def listen(self, organisation: Organisation) -> None:
        """Hear what changes in an organisation from now on."""
        for name in CATEGORIES:
            organisation.tables[name].listeners.append(self._hear)

    @property
    def waiting(self) -> int:
        """Events that are not in a delivery yet."""
        return len(self._events)

    def deliveries(
        self, *, size: int = 20, repeats: float = 0.0, shuffled: bool = False
    ) -> list[Delivery]:
        """What has happened, `size` events a delivery; a share of them again, in any order."""
        with self._lock:
            events, self._events = self._events, []
        batches = [self._delivery(events[at : at + size]) for at in range(0, len(events), size)]
        batches += [delivery for delivery in batches if self._chance.random() < repeats]
        if shuffled:
            self._chance.shuffle(batches)
        return batches

    def intent(self) -> list[Delivery]:
        """Xero's check of a receiver: no events, some signatures wrong; those must get a 401."""
        return [self._delivery([], genuine=each) for each in (True, False, True, False)]

    def forged(self, delivery: Delivery) -> Delivery:
        """The same body, signed with another key."""
        headers = {**delivery.headers, "x-xero-signature": signature(delivery.body, "forged")}
        return Delivery(delivery.body, headers, genuine=False)

    def _hear(self, table: Table, before: Record | None, after: Record | None) -> None:
        record = after or before
        if record is None:
            return
        category = CATEGORIES[table.name]
        identity = str(record[table.key])
        event: dict[str, Any] = {
            "resourceUrl": f"{API}/{table.name}s/{identity}",
            "resourceId": identity,
            "eventDateUtc": _stamp(self._clock.now()),
            "eventType": "UPDATE" if before is not None else "CREATE",
            "eventCategory": category,
            "tenantId": self._tenant_id,
            "tenantType": "ORGANISATION",
        }
        if category == "CREDITNOTE":
            event["data"] = {"Type": record.get("Type"), "Status": record.get("Status")}
        with self._lock:
            self._events.append(event)

    def _delivery(self, events: list[dict[str, Any]], *, genuine: bool = True) -> Delivery:
        first = self._sequence + 1 if events else 0
        self._sequence += len(events)
        body = json.dumps(
            {
                "events": events,
                "firstEventSequence": first,
                "lastEventSequence": self._sequence if events else 0,
                "entropy": f"{self._chance.getrandbits(80):020X}",
            }
        ).encode()
        signed = signature(body, self.key if genuine else f"not {self.key}")
        headers = {"Content-Type": "application/json; charset=utf-8", "x-xero-signature": signed}
        return Delivery(body, headers, genuine)


def signature(body: bytes, key: str) -> str:
    """Base64 of the HMAC-SHA256 of a body."""
    digest = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def send(url: str, deliveries: Iterable[Delivery]) -> Iterator[int]:
    """POST deliveries to a receiver, one after another; its status for each, 0 if it is away."""
    for delivery in deliveries:
        request = urllib.request.Request(  # noqa: S310  the user's own receiver
            url, data=delivery.body, headers=delivery.headers, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
                yield answer.status
        except urllib.error.HTTPError as error:
            yield error.code
        except OSError:
            yield 0


def _stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
