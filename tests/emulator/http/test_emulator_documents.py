"""Attachments, history, e-mail, online invoices and PDFs."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from emulator_caller import Caller


def an_invoice(caller: Caller, **fields: Any) -> str:
    """The id of a new invoice of a new contact."""
    contact = {
        "Name": fields.pop("name", "Ada"),
        "EmailAddress": fields.pop("email", "a@b.example"),
    }
    made = caller.post("/Contacts", json=contact).json()["Contacts"][0]["ContactID"]
    body = {
        "Type": "ACCREC",
        "Contact": {"ContactID": made},
        "Date": "2026-10-01",
        "DueDate": "2026-10-20",
        "Status": "AUTHORISED",
        "LineItems": [
            {"Description": "Garden (wall)", "Quantity": 2, "UnitAmount": 50, "AccountCode": "200"}
        ],
        **fields,
    }
    reply = caller.put("/Invoices", json=body)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["Invoices"][0]["InvoiceID"])


@pytest.mark.parametrize("name", ["a b.txt", "50% #1 & [x].txt", "ä.txt", "PLAIN.TXT"])
def test_bytes_come_back_the_same(xero: Caller, name: str) -> None:
    from urllib.parse import quote

    path = f"/Invoices/{an_invoice(xero)}/Attachments"
    content = bytes(range(256)) * 50
    media = {"Content-Type": "text/plain"}
    made = xero.put(f"{path}/{quote(name)}", content=content, headers=media).json()
    (told,) = made["Attachments"]
    assert (told["FileName"], told["ContentLength"]) == (name, len(content))
    for key in (told["AttachmentID"], quote(name)):
        reply = xero.get(f"{path}/{key}", headers={"Accept": "text/plain"})
        assert reply.content == content
        assert reply.headers["content-type"] == "text/plain"
    assert xero.get(path).json()["Attachments"] == [told]


def test_has_attachments_turns_true(xero: Caller) -> None:
    key = an_invoice(xero)
    assert xero.get(f"/Invoices/{key}").json()["Invoices"][0]["HasAttachments"] is False
    xero.put(f"/Invoices/{key}/Attachments/a.txt", content=b"x")
    assert xero.get(f"/Invoices/{key}").json()["Invoices"][0]["HasAttachments"] is True
    assert xero.get("/Invoices?page=1").json()["Invoices"][0]["HasAttachments"] is True


def test_the_same_name_replaces_and_ten_are_the_most(xero: Caller) -> None:
    path = f"/Invoices/{an_invoice(xero)}/Attachments"
    for number in range(10):
        assert xero.put(f"{path}/{number}.txt", content=b"1").status_code == 200
    assert xero.put(f"{path}/11.txt", content=b"1").status_code == 400
    assert xero.post(f"{path}/3.txt", content=b"22").status_code == 200
    assert len(xero.get(path).json()["Attachments"]) == 10
    assert xero.get(f"{path}/3.txt").content == b"22"


@pytest.mark.parametrize("name", ["a%3Ab", "a%2Bb", "%3Ca%3E", "a%5Cb", "a%7Cb", "a%2Ab", "a%22b"])
def test_forbidden_names(xero: Caller, name: str) -> None:
    reply = xero.put(f"/Invoices/{an_invoice(xero)}/Attachments/{name}", content=b"x")
    assert reply.status_code == 400
    assert reply.json()["Type"] == "ValidationException"


def test_attachments_that_cannot_be(xero: Caller) -> None:
    path = f"/Invoices/{an_invoice(xero)}/Attachments"
    assert xero.put(f"{path}/a.txt", content=b"").status_code == 400
    large = xero.put(f"{path}/a.txt", content=bytes(10 * 1024 * 1024 + 1))
    assert (large.status_code, large.json()["Title"]) == (413, "RequestEntityTooLarge")
    assert xero.get(f"{path}/a.txt").status_code == 404
    nobody = "/Invoices/00000000-0000-0000-0000-000000000000/Attachments"
    assert xero.get(nobody).status_code == 404


def test_include_online(xero: Caller) -> None:
    path = f"/Invoices/{an_invoice(xero)}/Attachments/a.txt"
    reply = xero.put(f"{path}?IncludeOnline=true", content=b"x")
    assert reply.json()["Attachments"][0]["IncludeOnline"] is True


def test_history_tells_what_was_done(xero: Caller) -> None:
    key = an_invoice(xero, Status="DRAFT")
    xero.post(f"/Invoices/{key}", json={"Status": "AUTHORISED"})
    xero.post(f"/Invoices/{key}", json={"Reference": "R"})
    note = {"HistoryRecords": [{"Details": "rang them"}]}
    assert xero.put(f"/Invoices/{key}/History", json=note).status_code == 200
    xero.post(f"/Invoices/{key}", json={"Status": "VOIDED"})
    found = xero.get(f"/Invoices/{key}/History").json()["HistoryRecords"]
    done = [each["Changes"] for each in found]
    assert done == ["Voided", "Note", "Edited", "Approved", "Created"]
    assert found[1]["Details"] == "rang them"


def test_notes_that_cannot_be(xero: Caller) -> None:
    path = f"/Invoices/{an_invoice(xero)}/History"
    assert xero.put(path, json={"HistoryRecords": [{"Details": "x" * 2500}]}).status_code == 200
    for details in ("x" * 2501, ""):
        assert xero.put(path, json={"HistoryRecords": [{"Details": details}]}).status_code == 400
    nobody = "/Invoices/00000000-0000-0000-0000-000000000000/History"
    reply = xero.put(nobody, json={"HistoryRecords": [{"Details": "x"}]})
    (error,) = reply.json()["Elements"][0]["ValidationErrors"]
    assert error["Message"] == "The document with the supplied id was not found for this endpoint."


def test_email(xero: Caller) -> None:
    key = an_invoice(xero)
    assert xero.post(f"/Invoices/{key}/Email").status_code == 204
    assert xero.get(f"/Invoices/{key}").json()["Invoices"][0]["SentToContact"] is True
    draft = an_invoice(xero, Status="DRAFT")
    assert xero.post(f"/Invoices/{draft}/Email").status_code == 400
    nowhere = an_invoice(xero, name="Bo", email="")
    assert xero.post(f"/Invoices/{nowhere}/Email").status_code == 400


def test_online_invoices(xero: Caller) -> None:
    key, draft = an_invoice(xero), an_invoice(xero, Status="DRAFT")
    (told,) = xero.get(f"/Invoices/{key}/OnlineInvoice").json()["OnlineInvoices"]
    assert told["OnlineInvoiceUrl"].startswith("http")
    assert xero.get(f"/Invoices/{draft}/OnlineInvoice").status_code == 400


def words(content: bytes) -> str:
    """The texts a PDF shows."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", content, re.DOTALL)
    found = []
    for stream in streams:
        try:
            plain = zlib.decompressobj().decompress(stream)
        except zlib.error:
            continue
        found += re.findall(rb"\(((?:\\.|[^\\)])*)\) Tj", plain)
    return " ".join(each.decode("latin-1").replace("\\", "") for each in found)


@pytest.mark.parametrize("by", ["accept", "path"])
def test_a_pdf_shows_the_document(xero: Caller, by: str) -> None:
    key = an_invoice(xero, InvoiceNumber="INV-77", Reference="Wall")
    accept = {"Accept": "application/pdf"}
    path = f"/Invoices/{key}" + ("/pdf" if by == "path" else "")
    reply = xero.get(path, headers=accept if by == "accept" else {})
    assert reply.headers["content-type"] == "application/pdf"
    assert reply.content.startswith(b"%PDF-")
    text = words(reply.content)
    for each in ("INV-77", "Ada", "Wall", "Garden (wall)", "100.00", "115.00", "20 October 2026"):
        assert each in text


def test_pdfs_of_every_kind(demo: Caller) -> None:
    kinds = {"Invoice": "Invoices", "CreditNote": "CreditNotes", "Quote": "Quotes"}
    for kind, path in {**kinds, "PurchaseOrder": "PurchaseOrders"}.items():
        table = demo.emulator.organisation.tables[kind]
        record = next(iter(table))
        reply = demo.get(f"/{path}/{record[table.key]}", headers={"Accept": "application/pdf"})
        assert f"{record['Total']:,.2f}" in words(reply.content)
        assert record["Contact"]["Name"] in words(reply.content)


def test_reports_come_from_the_books(start: Callable[..., Caller]) -> None:
    caller = start(limits="off")
    an_invoice(caller)
    (report,) = caller.get("/Reports/ProfitAndLoss?fromDate=2026-10-01&toDate=2026-10-31").json()[
        "Reports"
    ]
    cells = re.findall(
        r'"Value": "([^"]*)"',
        caller.get("/Reports/ProfitAndLoss?fromDate=2026-10-01&toDate=2026-10-31").text,
    )
    assert report["ReportID"]
    assert "100.00" in cells
    wide = caller.get("/Reports/ProfitAndLoss?fromDate=2024-01-01&toDate=2026-10-31")
    assert wide.status_code == 400
    assert "within 365 days" in wide.text
    assert caller.get("/Reports/NoSuchReport").status_code == 404
