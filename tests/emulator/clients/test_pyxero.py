"""pyxero, which nobody here wrote, on the emulator: its reads, filters and XML writes.

What it needs changed: `credentials.base_url`, a token of the emulator's, and that oauthlib takes
plain HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from xeroport_emulator import Emulator

xero = pytest.importorskip("xero", reason="pyxero is installed by `make soak`")
auth = pytest.importorskip("xero.auth")
pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator("demo", limits="off") as served:
        yield served


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
        yield connected(emulator)


def connected(emulator: Emulator) -> Any:
    token = httpx2.post(
        f"{emulator.base_url}/connect/token",
        data={"grant_type": "client_credentials"},
        auth=(emulator.client_id, emulator.client_secret),
    ).json()
    credentials = auth.OAuth2Credentials(
        emulator.client_id,
        emulator.client_secret,
        token={**token, "expires_at": datetime.now().timestamp() + 1800},
        tenant_id=emulator.tenant_id,
    )
    credentials.base_url = emulator.base_url
    return xero.Xero(credentials)


READS = """accounts banktransactions banktransfers brandingthemes contactgroups contacts creditnotes
currencies expenseclaims invoices items manualjournals organisations overpayments payments
prepayments purchaseorders quotes receipts repeatinginvoices taxrates trackingcategories users"""


@pytest.mark.parametrize("name", READS.split())
def test_lists(client: Any, name: str) -> None:
    records = getattr(client, name).all()
    assert records
    assert all(isinstance(each, dict) for each in records)


def test_filters_pages_and_since(client: Any) -> None:
    paid = client.invoices.filter(Status="PAID", page=1)
    assert {each["Status"] for each in paid} == {"PAID"}
    name = paid[0]["Contact"]["Name"]
    by_name = client.invoices.filter(Contact_Name=name)
    assert {each["Contact"]["Name"] for each in by_name} == {name}
    since = client.invoices.filter(since=datetime(2026, 10, 1))
    assert 0 < len(since) < len(client.invoices.all())
    assert isinstance(paid[0]["Date"], (date, datetime))


def test_a_contact_and_an_invoice_written_read_changed_and_voided(client: Any) -> None:
    (contact,) = client.contacts.put({"Name": "Ngā Kai & Sons", "EmailAddress": "a@example.org"})
    (invoice,) = client.invoices.put(
        {
            "Type": "ACCREC",
            "Contact": {"ContactID": contact["ContactID"]},
            "Date": date(2026, 11, 1),
            "DueDate": date(2026, 11, 20),
            "LineAmountTypes": "Exclusive",
            "LineItems": [
                {
                    "Description": "Work",
                    "Quantity": Decimal("2"),
                    "UnitAmount": Decimal("50.25"),
                    "AccountCode": "200",
                }
            ],
            "Status": "DRAFT",
        }
    )
    assert float(invoice["SubTotal"]) == 100.5
    (read,) = client.invoices.get(invoice["InvoiceID"])
    read["Reference"] = "R-1"
    read["Status"] = "AUTHORISED"
    (saved,) = client.invoices.save(
        {key: read[key] for key in ("InvoiceID", "Reference", "Status")}
    )
    assert (saved["Reference"], saved["Status"]) == ("R-1", "AUTHORISED")
    (voided,) = client.invoices.save({"InvoiceID": invoice["InvoiceID"], "Status": "VOIDED"})
    assert voided["Status"] == "VOIDED"


def test_payments_manual_journals_items_and_orders(client: Any) -> None:
    line = {"Description": "x", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}
    (invoice,) = client.invoices.put(
        {
            "Type": "ACCREC",
            "Contact": {"Name": "Payer"},
            "Date": date(2026, 11, 1),
            "DueDate": date(2026, 11, 2),
            "LineItems": [line],
            "Status": "AUTHORISED",
        }
    )
    (payment,) = client.payments.put(
        {
            "Invoice": {"InvoiceID": invoice["InvoiceID"]},
            "Account": {"Code": "090"},
            "Date": date(2026, 11, 3),
            "Amount": 5,
        }
    )
    assert float(payment["Amount"]) == 5
    (journal,) = client.manualjournals.put(
        {
            "Narration": "Accrual",
            "JournalLines": [
                {"LineAmount": 10, "AccountCode": "429"},
                {"LineAmount": -10, "AccountCode": "850"},
            ],
        }
    )
    assert journal["ManualJournalID"]
    (item,) = client.items.put({"Code": "PY-1", "Name": "Pyramid"})
    assert client.items.get(item["ItemID"])[0]["Code"] == "PY-1"


def test_refusals_are_told_by_its_exceptions(client: Any) -> None:
    from xero.exceptions import XeroBadRequest, XeroNotFound

    with pytest.raises(XeroBadRequest) as refused:
        client.invoices.put({"Type": "ACCREC", "Contact": {"Name": "X"}, "LineItems": []})
    assert refused.value.errors
    with pytest.raises(XeroNotFound):
        client.contacts.get("00000000-0000-4000-8000-000000000000")


def test_history_and_attachments(client: Any) -> None:
    invoice = client.invoices.filter(Status="PAID", page=1)[0]["InvoiceID"]
    client.invoices.put_history(invoice, "Seen")
    assert client.invoices.get_history(invoice)
    client.invoices.put_attachment_data(invoice, "a.txt", b"hello", "text/plain")
    assert client.invoices.get_attachment_data(invoice, "a.txt") == b"hello"
