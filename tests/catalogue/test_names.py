"""Names of endpoints: one each, readable, and either name finds it."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from xeroport.catalogue import load
from xeroport.errors import UnknownName

VERBS = {"get", "put", "post", "delete"}
NAME = re.compile(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*){1,2}")
PROMISED = {
    "invoices.list": "getInvoices",
    "invoices.get": "getInvoice",
    "invoices.create": "createInvoices",
    "invoices.upsert": "updateOrCreateInvoices",
    "invoices.update": "updateInvoice",
    "invoices.email": "emailInvoice",
    "invoices.attachments.list": "getInvoiceAttachments",
    "invoices.attachments.add": "createInvoiceAttachmentByFileName",
    "invoices.history.add": "createInvoiceHistory",
    "credit_notes.allocations.create": "createCreditNoteAllocation",
    "reports.trial_balance": "getReportTrialBalance",
}


def operations(spec: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """operationId → method and path, of every operation that Xero describes.

    A PDF is the document's own path asked for as `application/pdf`; `/pdf` is the description's.
    """
    return {
        operation["operationId"]: (method.upper(), path.removesuffix("/pdf"))
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if method in VERBS
    }


def test_every_operation_of_xero_has_exactly_one_name(spec_document: dict[str, Any]) -> None:
    described = operations(spec_document)
    assert len(described) == 235
    held = {each.operation: (each.method, each.path) for each in load().endpoints}
    assert held == described
    assert len(load().endpoints) == len(described)


def test_no_name_is_used_twice() -> None:
    endpoints = load().endpoints
    counted = Counter(each.name for each in endpoints) + Counter(e.operation for e in endpoints)
    assert [name for name, times in counted.items() if times > 1] == []


def test_names_read_alike() -> None:
    wrong = [each.name for each in load().endpoints if not NAME.fullmatch(each.name)]
    assert wrong == []


@pytest.mark.parametrize(("name", "operation"), PROMISED.items())
def test_either_name_finds_the_endpoint(name: str, operation: str) -> None:
    assert load().endpoint(name) is load().endpoint(operation)
    assert load().endpoint(name).name == name


def test_the_verb_says_the_method() -> None:
    methods = {"list": "GET", "get": "GET", "create": "PUT", "upsert": "POST", "pdf": "GET"}
    odd = [
        (each.name, each.method)
        for each in load().endpoints
        if methods.get(each.verb, each.method) != each.method
    ]
    assert odd == [("setup.create", "POST")]


@pytest.mark.parametrize(
    ("wrong", "near"), [("invoice.list", "invoices.list"), ("getInvoces", "getInvoices")]
)
def test_a_wrong_name_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UnknownName) as caught:
        load().endpoint(wrong)
    assert f"`{near}`" in (caught.value.hint or "")
