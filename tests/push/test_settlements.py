"""Replies read: by position, by natural key, by what else tells records apart."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from xeroport.catalogue import load
from xeroport.delivery import settle
from xeroport.errors import Refused
from xeroport.store.outbox.claims import BatchRecord, Claim
from xeroport.xero.policy.outcomes import Outcome

CATALOGUE = load()


def batch(endpoint: str, rows: list[dict[str, Any]], *, sends: int = 0) -> Claim:
    parts = tuple(BatchRecord(n, str(n), json.dumps(row).encode(), n) for n, row in enumerate(rows))
    return Claim("b", endpoint, endpoint, "{}", b"", None, parts, "me", 0.0, sends=sends)


def outcome(position: int, record: dict[str, Any], identifier: str | None, **more: Any) -> Outcome:
    return Outcome(
        position, more.get("status", "ok"), identifier, {}, more.get("messages", ()), record
    )


def read(
    endpoint: str, rows: list[dict[str, Any]], replies: list[Outcome]
) -> list[tuple[Any, ...]]:
    target = CATALOGUE.endpoint(endpoint)
    found = settle.settlements(target, batch(endpoint, rows), replies)
    return [(each.position, each.status, each.xero_id) for each in found]


def test_a_shuffled_reply_is_matched_by_natural_key() -> None:
    rows = [{"InvoiceNumber": "A"}, {"InvoiceNumber": "B"}, {"InvoiceNumber": "C"}]
    replies = [
        outcome(0, {"InvoiceNumber": "C"}, "c"),
        outcome(1, {"InvoiceNumber": "b "}, "b"),
        outcome(2, {"InvoiceNumber": "A"}, None, status="error", messages=("no",)),
    ]
    assert read("invoices.create", rows, replies) == [
        (0, "rejected", None),
        (1, "sent", "b"),
        (2, "sent", "c"),
    ]


def test_a_shuffled_reply_without_natural_keys_is_matched_by_what_else_was_sent() -> None:
    rows = [{"Reference": "r1", "Date": "2026-11-01"}, {"Reference": "r2", "Date": "2026-11-01"}]
    replies = [
        outcome(0, {"Reference": "r2", "Date": date(2026, 11, 1)}, "two"),
        outcome(1, {"Reference": "r1", "Date": date(2026, 11, 1)}, "one"),
    ]
    assert read("bank_transactions.create", rows, replies) == [
        (0, "sent", "one"),
        (1, "sent", "two"),
    ]


def test_amounts_are_compared_as_numbers() -> None:
    rows = [{"Amount": 1.5}, {"Amount": 2}]
    replies = [
        outcome(0, {"Amount": Decimal("1.50")}, "a"),
        outcome(1, {"Amount": Decimal(2)}, "b"),
    ]
    assert read("payments.create", rows, replies) == [(0, "sent", "a"), (1, "sent", "b")]


@pytest.mark.parametrize("replies", [[], [outcome(0, {"InvoiceNumber": "Z"}, "z")]])
def test_what_the_reply_does_not_name_is_unknown(replies: list[Outcome]) -> None:
    rows = [{"InvoiceNumber": "A"}, {"InvoiceNumber": "B"}]
    assert [each[1] for each in read("invoices.create", rows, replies)] == ["unknown", "unknown"]


def test_success_without_an_id_is_unknown() -> None:
    replies = [outcome(0, {"InvoiceNumber": "A"}, None)]
    assert read("invoices.create", [{"InvoiceNumber": "A"}], replies) == [(0, "unknown", None)]


def test_a_refusal_that_names_some_leaves_the_others_to_be_looked_up() -> None:
    endpoint = CATALOGUE.endpoint("invoices.create")
    given = batch("invoices.create", [{"InvoiceNumber": "A"}, {"InvoiceNumber": "B"}])
    elements = [outcome(0, {"InvoiceNumber": "B"}, None, status="error", messages=("bad",))]
    found = settle.refused(endpoint, given, Refused("no"), elements)
    assert found is not None
    assert [(e.status, e.messages[0][:3]) for e in found] == [
        ("unknown", "Xer"),
        ("rejected", "bad"),
    ]
    assert settle.refused(endpoint, given, Refused("no"), []) is None


def test_a_key_that_xero_knows_with_other_bytes_is_never_a_refusal() -> None:
    endpoint = CATALOGUE.endpoint("invoices.create")
    error = Refused("Idempotency Key: x is used with a different request.")
    found = settle.refused(endpoint, batch("invoices.create", [{}]), error, [])
    assert found is not None
    assert found[0].status == "unknown"


@pytest.mark.parametrize("status", ["unknown", "rejected"])
def test_a_refusal_settles_nothing_where_an_earlier_sending_may_be_in_xero(status: str) -> None:
    endpoint = CATALOGUE.endpoint("invoices.create")
    given = batch("invoices.create", [{"InvoiceNumber": "A"}])
    no = outcome(
        0, {"InvoiceNumber": "A"}, None, status="error", messages=("Invoice # must be unique.",)
    )
    (found,) = settle.settlements(endpoint, given, [no], resent=status == "unknown")
    assert found.status == status
    assert found.messages[-1] == "Invoice # must be unique."


def test_another_identity_is_never_sent() -> None:
    replies = [outcome(0, {"InvoiceNumber": "B"}, "b")]
    endpoint = CATALOGUE.endpoint("invoices.create")
    given = batch("invoices.create", [{"InvoiceNumber": "A"}])
    (found,) = settle.settlements(endpoint, given, replies)
    assert (found.status, found.xero_id) == ("unknown", None)
    assert found.messages == ("Xero answered with another record, `B`",)
