"""Holds every reply that passes through against Xero's own description of it."""

from __future__ import annotations

import copy
import gzip
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from jsonschema import Draft202012Validator

from xeroport_emulator.http.routes import ROOT, is_guid

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SAMPLE = 12
"""How many records of a list are looked at: the first and the last ones."""

DEVIATIONS: dict[tuple[str, str], str] = {
    ("envelope", "Id"): "every envelope has it; only the description's examples show it",
    ("envelope", "Status"): "as Id",
    ("envelope", "ProviderName"): "as Id",
    ("envelope", "DateTimeUTC"): "as Id; a sync needs it",
    ("Invoice", "DateString"): "the docs' samples have the text twin of each date",
    ("Invoice", "DueDateString"): "as DateString",
    ("CreditNote", "DateString"): "as DateString",
    ("CreditNote", "DueDateString"): "as DateString",
    ("BankTransaction", "DateString"): "as DateString",
    ("PurchaseOrder", "DateString"): "as DateString",
    ("PurchaseOrder", "DeliveryDateString"): "as DateString",
    ("Prepayment", "DateString"): "as DateString",
    ("Overpayment", "DateString"): "as DateString",
    ("HistoryRecord", "DateUTCString"): "as DateString",
    ("Element", "*"): "a refused element echoes what was sent; the description names seven ids",
    ("any list", "StatusAttributeString"): "told of every element with summarizeErrors=false",
    ("any list", "Warnings"): "as StatusAttributeString",
    ("any list", "ValidationErrors"): "as StatusAttributeString",
    **dict.fromkeys(
        (
            ("Account", "Attachments"),
            ("BankTransaction", "Attachments"),
            ("Budget", "Status"),
            ("BankTransfer", "Attachments"),
            ("BankTransfer", "CreatedDateUTCString"),
            ("BankTransfer", "DateString"),
            ("ContactGroup", "HasValidationErrors"),
            ("CreditNote", "Attachments"),
            ("CreditNote", "ID"),
            ("Receipt", "ID"),
            ("TrackingOption", "HasValidationErrors"),
            ("Invoice", "InvoicePaymentServices"),
            ("Invoice", "SentToEmailAddress"),
            ("LineItem", "DiscountEnteredAsPercent"),
            ("LineItem", "ItemID"),
            ("LineItem", "ValidationErrors"),
            ("LineItemTracking", "Options"),
            ("Organisation", "TaxNumberName"),
            ("Overpayment", "ID"),
            ("Prepayment", "ID"),
            ("PurchaseOrder", "ExpectedArrivalDateString"),
            ("PurchaseOrder", "HasErrors"),
            ("PurchaseOrder", "IsDiscounted"),
            ("PurchaseOrder", "Type"),
            ("Quotes", "SummarizeErrors"),
            ("TrackingOption", "IsActive"),
            ("TrackingOption", "IsArchived"),
            ("TrackingOption", "IsDeleted"),
            ("User", "GlobalUserID"),
        ),
        "in recorded replies of real organisations",
    ),
    ("Report", "Fields"): "the description's own example of the 1099 report has it",
}
"""(schema, field) that replies have beyond the description → why. Xero's own replies have them."""

RETYPED: dict[tuple[str, str], str] = {
    ("BudgetBalance", "Amount"): "as ReceiptNumber the other way: a text in all examples",
    ("Receipt", "ReceiptNumber"): "a text by the schema, a number in all of its examples",
}
"""(schema, field) that replies have in another type than the description → why."""

UNDESCRIBED: dict[int, str] = {
    401: "the gateway: token or scope",
    403: "the gateway: consent or tenant",
    404: "unknown path or record, in plain text",
    405: "a method the path does not take",
    413: "a body over 10 MB",
    429: "a limit",
    500: "a fault",
    503: "a fault",
}
"""Statuses the description leaves out for all operations → who answers them."""


class Checked:
    """An application whose replies are checked; `problems` says what was wrong with them."""

    def __init__(self, app: Any, document: dict[str, Any]) -> None:
        self.app = app
        self.problems: list[str] = []
        self.seen: set[str] = set()
        self._schemas = _strict(document["components"]["schemas"], _envelopes(document))
        self._routes = _routes(document)
        self._validators: dict[str, Draft202012Validator] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start: dict[str, Any] = {}
        body = bytearray()

        async def noting(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, noting)
        if scope["type"] == "http" and scope["path"].startswith(ROOT) and start:
            self._check(scope, start, bytes(body))

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The operation of the description for a path below the root."""
        best: tuple[int, str, dict[str, Any]] | None = None
        for pattern, by_method, rank in self._routes:
            found = pattern.fullmatch(path)
            if found is None or method not in by_method:
                continue
            ids = [n for n, v in found.groupdict().items() if n.endswith("ID") and is_guid(v)]
            score = rank * 10 + len(ids)
            if best is None or score > best[0]:
                operation = by_method[method]
                best = (score, operation["operationId"], operation)
        return (best[1], best[2]) if best else None

    def _check(self, scope: Scope, start: dict[str, Any], body: bytes) -> None:
        path = scope["path"].removeprefix(ROOT)
        status = start["status"]
        found = self.operation(scope["method"], path)
        if found is None:
            if status not in UNDESCRIBED:
                self.problems.append(f"{scope['method']} {path}: {status}, but no such operation")
            return
        name, operation = found
        self.seen.add(name)
        headers = {k.decode().lower(): v.decode() for k, v in start["headers"]}
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        described = operation["responses"].get(str(status))
        if described is None:
            if status not in UNDESCRIBED and status != 400:
                self.problems.append(f"{name}: status {status} is not described")
            return
        media = headers.get("content-type", "").partition(";")[0]
        content = described.get("content")
        if "json" in media:
            schema = (content or {}).get("application/json", {}).get("schema")
            if status == 400:
                schema = {"$ref": "#/components/schemas/Error"}
            if schema is not None:
                self._validate(name, schema, json.loads(body))

    def _validate(self, name: str, schema: dict[str, Any], value: Any) -> None:
        key = json.dumps(schema, sort_keys=True)
        validator = self._validators.get(key)
        if validator is None:
            whole = {**schema, "components": {"schemas": self._schemas}}
            validator = self._validators[key] = Draft202012Validator(whole)
        for error in validator.iter_errors(_sampled(value)):
            where = "/".join(str(each) for each in error.absolute_path if not isinstance(each, int))
            problem = f"{name}: {where}: {error.message[:300]}"
            if problem not in self.problems:
                self.problems.append(problem)


def _sampled(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    shown = {}
    for name, each in value.items():
        if isinstance(each, list):
            good = [one for one in each if not _is_refused(one)]
            each = good[: SAMPLE // 2] + good[SAMPLE // 2 :][-SAMPLE // 2 :]
        shown[name] = each
    return shown


def _is_refused(record: Any) -> bool:
    """An element that was refused is what was sent, in whatever state."""
    return isinstance(record, dict) and record.get("StatusAttributeString") == "ERROR"


def _routes(document: dict[str, Any]) -> list[tuple[re.Pattern[str], dict[str, Any], int]]:
    found = []
    for path, item in document["paths"].items():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        by_method = {k.upper(): v for k, v in item.items() if k in ("get", "put", "post", "delete")}
        found.append((re.compile(pattern), by_method, -path.count("{")))
    return found


def _envelopes(document: dict[str, Any]) -> set[str]:
    """The schemas that whole replies have."""
    text = json.dumps(document["paths"], default=str)
    return set(re.findall(r'"schema": \{"\$ref": "#/components/schemas/(\w+)"\}', text))


def _strict(schemas: dict[str, Any], envelopes: set[str]) -> dict[str, Any]:
    """The schemas, closed: a field they do not name is an error, but for the deviations."""
    strict = copy.deepcopy(schemas)
    for name, schema in strict.items():
        properties = schema.get("properties")
        if properties is None:
            continue
        for kind, field in DEVIATIONS:
            if kind in (name, "any list") or (kind == "envelope" and name in envelopes):
                properties.setdefault(field, {})
        for kind, field in RETYPED:
            if kind == name:
                properties[field] = {}
        if (name, "*") not in DEVIATIONS:
            schema["additionalProperties"] = False
    return strict
