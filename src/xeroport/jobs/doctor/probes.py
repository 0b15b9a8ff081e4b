"""Read-only probes: one question to Xero each, answered in statuses, forms and counts."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from xeroport.errors import AccessError, DayLimitReached, Refused, XeroportError
from xeroport.jobs.doctor.report import Observation, observed
from xeroport.plurals import counted
from xeroport.xero.client import XeroClient
from xeroport.xero.wire.decode import instant
from xeroport.xero.wire.reply import Reply

Probe = Callable[[XeroClient], Awaitable[list[Observation]]]

NOBODY = "00000000-0000-0000-0000-00000000d0c7"
FAR = 9_999
WHOLE = 1_000
"""Records of a page that is looked through for one that changed on a whole second."""
SKEW_SECONDS = 60
LIMIT_HEADERS = ("x-daylimit-remaining", "x-minlimit-remaining", "x-appminlimit-remaining")


def envelope_of(reply: Reply) -> dict[str, Any]:
    """The reply's JSON; empty for an empty body."""
    found = json.loads(reply.body) if reply.body else {}
    return found if isinstance(found, dict) else {}


def records_of(reply: Reply) -> list[Any]:
    """The reply's records as Xero sent them."""
    found = envelope_of(reply).get(str(reply.endpoint.envelope)) or []
    return found if isinstance(found, list) else [found]


def count_of(reply: Reply) -> int | None:
    """Xero's itemCount, None where the reply has none."""
    count = (envelope_of(reply).get("pagination") or {}).get("itemCount")
    return count if isinstance(count, int) else None


async def connection(client: XeroClient) -> list[Observation]:
    """The organisation, the headers of its reply, and the same call without the tenant header."""
    reply = await client.call("organisation.get")
    found = [
        observed("organisation-readable", len(records_of(reply)) == 1, _records(reply)),
        _limit_headers(reply),
        _day_limit(reply),
        observed(
            "correlation-id", "xero-correlation-id" in reply.headers, "the reply of Organisation"
        ),
        _gzip(reply),
        _server_time(reply),
    ]
    try:
        without = await client.call("organisation.get", headers={"Xero-Tenant-Id": ""})
        found.append(observed("tenant-header", len(records_of(without)) == 1, "status 200"))
    except (AccessError, Refused) as error:
        status = getattr(error, "status", "401 or 403")
        found.append(Observation("tenant-header", "differs", f"refused with {status}"))
    return found


def _limit_headers(reply: Reply) -> Observation:
    missing = [name for name in LIMIT_HEADERS if name not in reply.headers]
    seen = f"without {', '.join(missing)}" if missing else "all three are there"
    return observed("limit-headers", not missing, seen)


def _day_limit(reply: Reply) -> Observation:
    left = reply.headers.get("x-daylimit-remaining", "")
    if not left.isdecimal():
        return Observation("day-limit", "unclear", "no number in X-DayLimit-Remaining")
    tier = "1,000 or 5,000" if int(left) <= 1000 else "5,000" if int(left) <= 5000 else "higher"
    return observed("day-limit", int(left) <= 5000, f"the limit is {tier}")


def _gzip(reply: Reply) -> Observation:
    coding = reply.headers.get("content-encoding", "none")
    return observed("gzip", coding == "gzip", f"content-encoding {coding}")


def _server_time(reply: Reply) -> Observation:
    stamp = instant(str(envelope_of(reply).get("DateTimeUTC", "")))
    if stamp is None:
        return Observation("server-time", "differs", "the envelope has no DateTimeUTC")
    skew = abs((stamp - reply.received).total_seconds())
    seen = "within a minute" if skew <= SKEW_SECONDS else f"{skew:,.0f} s apart"
    return observed("server-time", skew <= SKEW_SECONDS, seen)


async def paging(client: XeroClient) -> list[Observation]:
    """A page past the end, and a parameter that Xero does not know."""
    past = await _status(client, "contacts.list", {"page": FAR, "pageSize": 1})
    whole = await client.call("GET /Contacts", {"page": 1, "pageSize": 1})
    odd = await _status(client, "GET /Contacts", {"page": 1, "pageSize": 1, "page_size": 3})
    same = odd[0] == 200 and odd[1] == len(_contacts(whole))
    return [
        observed("page-past-the-end", past == (200, 0), _said(past)),
        observed("unknown-parameter", same, _said(odd)),
    ]


def _contacts(reply: Reply) -> list[Any]:
    found = envelope_of(reply).get("Contacts")
    return found if isinstance(found, list) else []


async def deltas(client: XeroClient) -> list[Observation]:
    """An empty delta, the very second of a change, and bank transfers since tomorrow."""
    first = await client.call("invoices.list", {"page": 1, "pageSize": WHOLE})
    tomorrow = first.server_time + timedelta(days=1)
    empty = await client.call("invoices.list", {"page": 1}, modified_since=tomorrow)
    transfers = await client.call("bank_transfers.list", modified_since=tomorrow)
    held = empty.status in (200, 304) and not records_of(empty)
    return [
        _default_order(first),
        observed("empty-delta", held, f"status {empty.status}, {_records(empty)}"),
        await _inclusive(client, first),
        observed("since-bank-transfers", not records_of(transfers), _records(transfers)),
    ]


def _default_order(reply: Reply) -> Observation:
    stamps = [stamp for record in records_of(reply) if (stamp := _stamp(record))]
    if len(stamps) < 2:
        return Observation("default-order", "unclear", "fewer than two invoices")
    return observed("default-order", stamps == sorted(stamps), f"{len(stamps):,} invoices")


async def _inclusive(client: XeroClient, page: Reply) -> Observation:
    exact = {
        record["InvoiceID"]: stamp
        for record in records_of(page)
        if (stamp := _stamp(record)) is not None and stamp.microsecond == 0
    }
    if not exact:
        return Observation("since-inclusive", "unclear", "no invoice changed on a whole second")
    identifier, stamp = max(exact.items(), key=lambda item: item[1])
    reply = await client.call(
        "invoices.list", {"page": 1, "IDs": [identifier]}, modified_since=stamp
    )
    word = "inclusive" if records_of(reply) else "exclusive"
    return Observation("since-inclusive", "held", word)


def _stamp(record: Any) -> datetime | None:
    return instant(str(record.get("UpdatedDateUTC", ""))) if isinstance(record, dict) else None


async def answers(client: XeroClient) -> list[Observation]:
    """How Xero refuses, what it hides, and unit prices with four decimals."""
    filtered = await _refusal(client, "GET /Invoices", {"page": 1, "where": 'NoSuchField=="x"'})
    missing = await _refusal(client, "invoices.get", {"InvoiceID": NOBODY})
    journals = await _refusal(client, "journals.list", {})
    prices = await client.call("invoices.list", {"page": 1, "pageSize": 10, "unitdp": 4})
    return [
        observed("query-error", filtered == "400 QueryParseException", filtered),
        observed("not-found", missing.startswith("404"), missing),
        observed("journals-gated", journals != "200", journals),
        _four_decimals(prices),
    ]


def _four_decimals(reply: Reply) -> Observation:
    text = reply.body.decode(errors="replace").replace(" ", "").replace("\r\n", "")
    places = {
        len(part.split(",", 1)[0].split("}", 1)[0].strip().partition(".")[2])
        for part in text.split('"UnitAmount":')[1:]
    }
    if not places:
        return Observation("four-decimals", "unclear", "no lines on the page")
    seen = f"{', '.join(map(str, sorted(places)))} decimal places"
    return observed("four-decimals", places == {4}, seen)


async def _status(
    client: XeroClient, endpoint: str, params: dict[str, Any]
) -> tuple[int, int | None]:
    """Status and number of records."""
    try:
        reply = await client.call(endpoint, params)
    except Refused as error:
        return error.status, None
    return reply.status, len(_contacts(reply))


async def _refusal(client: XeroClient, endpoint: str, params: dict[str, Any]) -> str:
    """`200`, or the status of a refusal with Xero's own type where it names one."""
    try:
        await client.call(endpoint, params, force=True)
    except Refused as error:
        try:
            kind = json.loads(error.body).get("Type", "")
        except (ValueError, AttributeError):
            kind = ""
        return f"{error.status} {kind}".strip()
    except DayLimitReached:
        raise
    except XeroportError as error:
        return type(error).__name__
    return "200"


def _records(reply: Reply) -> str:
    return _of_records(len(records_of(reply)))


def _of_records(count: int) -> str:
    return counted(count, "record")


def _said(status: tuple[int, int | None]) -> str:
    return f"status {status[0]}" + ("" if status[1] is None else f", {_of_records(status[1])}")


PROBES: tuple[Probe, ...] = (connection, paging, deltas, answers)
