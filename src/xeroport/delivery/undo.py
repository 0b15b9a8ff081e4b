"""How a record that a push made is taken back, where Xero allows it: pure rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xeroport.catalogue import load
from xeroport.records.document_checks import GONE
from xeroport.store.outbox.outbox import Delivery

DOCUMENT = {"DRAFT": "DELETED", "SUBMITTED": "DELETED", "AUTHORISED": "VOIDED"}
ALWAYS_DELETED = {"": "DELETED"}
UNDONE = "by the undo of run"
"""What the outbox says of a record that was taken back."""


@dataclass(frozen=True, slots=True)
class UndoRule:
    """`endpoint` takes a record back; `statuses` say which status it gets, by the one that it has
    ("": whatever it has), and None that the call needs none. `reads` says that its present status
    decides; `brings` are fields that have to go along."""

    endpoint: str
    statuses: Mapping[str, str] | None = None
    field: str = "Status"
    reads: bool = False
    brings: tuple[str, ...] = ()


RULES: dict[str, UndoRule] = {
    "Account": UndoRule("accounts.delete"),
    "BankTransaction": UndoRule("bank_transactions.update", ALWAYS_DELETED),
    "BankTransfer": UndoRule("bank_transfers.delete", ALWAYS_DELETED),
    "BatchPayment": UndoRule("batch_payments.delete", ALWAYS_DELETED),
    "Contact": UndoRule("contacts.update", {"": "ARCHIVED"}, field="ContactStatus"),
    "ContactGroup": UndoRule("contact_groups.update", ALWAYS_DELETED),
    "CreditNote": UndoRule("credit_notes.update", DOCUMENT, reads=True),
    "Invoice": UndoRule("invoices.update", DOCUMENT, reads=True),
    "Item": UndoRule("items.delete"),
    "LinkedTransaction": UndoRule("linked_transactions.delete"),
    "ManualJournal": UndoRule(
        "manual_journals.update", {"DRAFT": "DELETED", "POSTED": "VOIDED"}, reads=True
    ),
    "Payment": UndoRule("payments.delete", ALWAYS_DELETED),
    "PurchaseOrder": UndoRule("purchase_orders.update", ALWAYS_DELETED),
    "Quote": UndoRule("quotes.update", ALWAYS_DELETED, reads=True, brings=("Contact", "Date")),
    "RepeatingInvoice": UndoRule("repeating_invoices.update", ALWAYS_DELETED),
    "TrackingCategory": UndoRule("tracking_categories.delete"),
}


@dataclass(frozen=True, slots=True)
class Undoing:
    """A call that takes a delivery's record back; `effect` is what it does, for a person."""

    delivery: Delivery
    endpoint: str
    ids: str
    body: Mapping[str, Any]
    effect: str


def rule_of(delivery: Delivery) -> UndoRule | str:
    """How a delivery's record can be taken back, or why it cannot."""
    endpoint = load().endpoint(delivery.send_by)
    record = endpoint.body_record or ""
    if any(UNDONE in words for words in delivery.messages):
        return "it has already been undone"
    if delivery.status != "sent":
        return f"it is {delivery.status}, not in Xero"
    if endpoint.method != "PUT" or endpoint.body != "json":
        return f"`{endpoint.name}` changed a record that was there before, or may have been"
    if endpoint.path_names:
        return f"Xero has no way to undo what `{endpoint.name}` adds"
    if record not in RULES:
        return f"Xero has no way to undo a {record}"
    if delivery.xero_id is None:
        return "Xero's id of it is not known"
    return RULES[record]


def undoing(delivery: Delivery, rule: UndoRule, now: Mapping[str, Any] | None) -> Undoing | str:
    """The call that takes a record back, or why there is none. `now` is the record as Xero has it,
    where the rule reads it."""
    record = load().record(load().endpoint(delivery.send_by).body_record or "")
    key = record.key[0]
    endpoint = load().endpoint(rule.endpoint)
    ids = json.dumps({key: delivery.xero_id}) if key in endpoint.path_names else "{}"
    if rule.statuses is None:
        return Undoing(delivery, rule.endpoint, ids, {}, "delete")
    present = str((now or {}).get(rule.field) or "")
    if rule.reads and now is None:
        return "Xero no longer has it"
    if present in GONE:
        return f"it is {present} already"
    status = rule.statuses.get(present) or rule.statuses.get("")
    if status is None:
        return f"it is {present} in Xero: first undo what pays or allocates it"
    body: dict[str, Any] = {rule.field: status}
    takes = {field.name for field in load().record(endpoint.body_record or "").fields}
    if key in takes:
        body[key] = delivery.xero_id
    for name in rule.brings:
        value = (now or {}).get(name)
        if name == "Contact" and isinstance(value, Mapping):
            value = {"ContactID": value.get("ContactID")}
        if value is not None:
            body[name] = value
    effect = {"VOIDED": "void", "ARCHIVED": "archive"}.get(status, "delete")
    return Undoing(delivery, rule.endpoint, ids, body, effect)
