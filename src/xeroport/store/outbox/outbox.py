"""The outbox: one row per record on its way into Xero, found by organisation, endpoint and key.

What was sent belongs to the organisation: an instance that is removed and added again, or a second
one of the same organisation, finds it.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from operator import itemgetter
from typing import Literal

from msgspec import Struct

from xeroport.errors import InputError
from xeroport.store.database import Store
from xeroport.store.outbox.organisations import OUTBOX, organisation_of
from xeroport.store.outbox.staging import Staging
from xeroport.store.sql_statements import sql

Status = Literal["held", "pending", "claimed", "sent", "rejected", "unknown", "discarded"]
STATUSES: tuple[Status, ...] = (
    "held",
    "pending",
    "claimed",
    "sent",
    "rejected",
    "unknown",
    "discarded",
)
STAGED = sql("outbox_staging.sql")


class Delivery(Struct, frozen=True):
    """One row of the outbox. `messages` are Xero's own words, or a person's reason; `differences`
    say where Xero's reply is not what was sent; `run` is the run that sent it; `person` approved or
    rejected it as a proposal."""

    id: int
    instance: str
    endpoint: str
    key: str
    send_by: str
    ids: str
    body: bytes
    file: str | None
    line: int | None
    status: Status
    batch: str | None
    position: int | None
    messages: tuple[str, ...]
    xero_id: str | None
    xero_number: str | None
    enqueued_at: float
    settled_at: float | None
    batch_limit: int = 1_000_000
    expected: str = "{}"
    differences: tuple[str, ...] = ()
    run: int | None = None
    person: str | None = None


FIELDS = Delivery.__struct_fields__
TEXTS = FIELDS.index("messages"), FIELDS.index("differences")


def results(staging: Staging) -> Iterator[tuple[Delivery, str]]:
    """The deliveries of a push in the input's order, each with what it was when staged.

    Their lines are those of this input, whichever it was that enqueued them.
    """
    values = {"push": staging.push, "file": staging.file}
    rows = staging.connection.execute(STAGED["results"], values)
    read = reader_of(tuple(column[0] for column in rows.description))
    for row in rows:
        yield read(row), row["was"]


def unsettled(staging: Staging, *, owner: str = "") -> Counter[str]:
    """How many of a push's deliveries are pending, claimed by others than `owner`, and unknown."""
    values = {"push": staging.push, "owner": owner}
    return Counter({row[0]: row[1] for row in staging.connection.execute(STAGED["open"], values)})


def unknown(staging: Staging) -> list[tuple[int, int]]:
    """A push's deliveries of unknown outcome, each with how many records may go beside it."""
    rows = staging.connection.execute(STAGED["unknown"], (staging.push,))
    return [(row["id"], row["batch_limit"]) for row in rows]


def keys_by_xero_id(staging: Staging, send_by: str, ids: Iterable[str]) -> dict[str, str]:
    """Xero's ids that deliveries of a push were given already, each with the delivery's key."""
    values = {"push": staging.push, "send_by": send_by, "ids": json.dumps(list(ids))}
    rows = staging.connection.execute(STAGED["keys_by_xero_id"], values)
    return {row["xero_id"]: row["key"] for row in rows}


def wants(staging: Staging, batch: str) -> bool:
    """Whether a push is about any record of a batch."""
    values = {"push": staging.push, "batch": batch}
    return bool(staging.connection.execute(STAGED["wants"], values).fetchone())


def deliveries(
    store: Store,
    instance: str,
    *,
    status: Iterable[Status] = (),
    endpoint: str | None = None,
    keys: Iterable[str] = (),
    limit: int = -1,
) -> Iterator[Delivery]:
    """Rows of the outbox, oldest first, narrowed by status, endpoint and keys."""
    values = {
        "organisation": organisation_of(store.connection, instance),
        "status": json.dumps(list(status)),
        "endpoint": endpoint,
        "keys": json.dumps(list(keys)),
        "limit": limit,
    }
    for row in store.connection.execute(OUTBOX["deliveries"], values):
        yield delivery_of(row)


def counts(store: Store, instance: str) -> dict[str, dict[Status, int]]:
    """Endpoint → status → number of deliveries."""
    by_endpoint: dict[str, dict[Status, int]] = {}
    organisation = organisation_of(store.connection, instance)
    for row in store.connection.execute(OUTBOX["counts"], (organisation,)):
        by_endpoint.setdefault(row[0], {})[row[1]] = row[2]
    return by_endpoint


def totals(store: Store, instance: str) -> dict[str, int]:
    """Status → number of deliveries, of all endpoints."""
    by_status: dict[str, int] = {}
    for of_endpoint in counts(store, instance).values():
        for status, number in of_endpoint.items():
            by_status[status] = by_status.get(status, 0) + number
    return by_status


def of_run(store: Store, run: int) -> Iterator[Delivery]:
    """The deliveries that a run sent, oldest first."""
    for row in store.connection.execute(OUTBOX["of_run"], (run,)):
        yield delivery_of(row)


def retry(store: Store, delivery: Delivery) -> bool:
    """Give a rejected, unknown or discarded delivery another batch; False if it moved on."""
    with store.transaction() as connection:
        return retry_within(connection, delivery)


def retry_within(connection: sqlite3.Connection, delivery: Delivery) -> bool:
    """`retry`, inside the caller's transaction."""
    return bool(connection.execute(OUTBOX["retry"], (delivery.id, delivery.status)).rowcount)


def discard(store: Store, delivery: Delivery, reason: str, now: float) -> None:
    """Never send a delivery, because a person says so; InputError for what is under way or sent."""
    with store.transaction() as connection:
        values = (json.dumps([reason]), now, delivery.id)
        if not connection.execute(OUTBOX["discard"], values).rowcount:
            raise InputError(
                f"`{delivery.key}` is {delivery.status} and cannot be discarded",
                hint="only held, pending, rejected and unknown deliveries can",
            )


def delivery_of(row: sqlite3.Row) -> Delivery:
    """A row of the `delivery` table as a value; of two columns of one name the first counts."""
    return reader_of(tuple(row.keys()))(row)


@cache
def reader_of(columns: tuple[str, ...]) -> Callable[[sqlite3.Row], Delivery]:
    """Reads rows of these columns by their places: by name, each would be looked for."""
    values_of = itemgetter(*map(columns.index, FIELDS))

    def read(row: sqlite3.Row) -> Delivery:
        values = list(values_of(row))
        for at in TEXTS:
            values[at] = () if values[at] == "[]" else tuple(json.loads(values[at]))
        return Delivery(*values)

    return read
