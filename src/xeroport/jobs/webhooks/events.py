"""What a webhook delivery says, and whether it is Xero's: pure functions over the raw bytes.

Source: developer.xero.com/documentation/webhooks. The signature is the base64 of the HMAC-SHA256
of the body as it came; it is compared in constant time before anything is parsed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable

import msgspec

from xeroport.errors import InputError
from xeroport.secrets.vault import Secret
from xeroport.store.inbox import Event

MAX_BYTES = 1_000_000
WHERE = "copy it from the Webhooks page of your app in Xero's developer portal"
TEST = "TEST"
"""Category of the event in a test delivery of our own."""
RECORDS = {
    "CONTACT": "contacts",
    "INVOICE": "invoices",
    "CREDITNOTE": "credit_notes",
    "PAYMENT": "payments",
    "PREPAYMENT": "prepayments",
    "OVERPAYMENT": "overpayments",
}
"""Event category → stream; SUBSCRIPTION and whatever comes later concern no stream of ours."""


class _Event(msgspec.Struct, rename="camel"):
    resource_id: str
    event_date_utc: str
    event_type: str
    event_category: str
    tenant_id: str


class _Delivery(msgspec.Struct):
    events: list[_Event]


def check_key(text: str) -> Secret:
    """A signing key as Xero shows it; InputError for what is plainly something else."""
    key = text.strip()
    if not key or len(key.split()) != 1 or not key.isascii():
        raise InputError("a signing key is one word", hint=WHERE)
    if "://" in key:
        raise InputError("this is an address, not a signing key", hint=WHERE)
    if re.fullmatch(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", key):
        raise InputError(
            "this is an id, such as the app's Client ID, not a signing key", hint=WHERE
        )
    return Secret(key)


def signature(body: bytes, key: Secret) -> str:
    """The signature Xero puts into `x-xero-signature` for that body."""
    digest = hmac.new(key.reveal().encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def is_authentic(body: bytes, claimed: str, key: Secret) -> bool:
    """Whether Xero signed exactly these bytes."""
    return hmac.compare_digest(signature(body, key).encode(), claimed.encode())


def parse(body: bytes) -> tuple[Event, ...]:
    """The events of a delivery; none for Xero's intent-to-receive round. InputError if not JSON."""
    try:
        delivery = msgspec.json.decode(body, type=_Delivery)
    except msgspec.MsgspecError as error:
        raise InputError(f"a webhook delivery could not be read: {error}") from error
    return tuple(
        Event(
            tenant=event.tenant_id,
            resource=event.resource_id,
            category=event.event_category.upper(),
            type=event.event_type.upper(),
            at=event.event_date_utc,
        )
        for event in delivery.events
    )


def fold(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Stream → the ids to read, each once, however many events named it."""
    found: dict[str, dict[str, None]] = {}
    for event in events:
        stream = RECORDS.get(event.category)
        if stream is not None:
            found.setdefault(stream, {})[event.resource] = None
    return {stream: tuple(ids) for stream, ids in found.items()}


def test_delivery(key: Secret, *, tenant: str, at: str) -> tuple[bytes, str]:
    """The body and the signature of a delivery of our own, which names no record."""
    event = {
        "resourceUrl": "",
        "resourceId": "00000000-0000-0000-0000-000000000000",
        "tenantId": tenant,
        "tenantType": "ORGANISATION",
        "eventCategory": TEST,
        "eventType": TEST,
        "eventDateUtc": at,
    }
    delivery = {"events": [event], "firstEventSequence": 1, "lastEventSequence": 1, "entropy": "X"}
    body = msgspec.json.encode(delivery)
    return body, signature(body, key)
