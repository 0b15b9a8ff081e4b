"""XML bodies, as older clients send them, and addresses that they ask for."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from emulator_caller import Caller

INVOICE = """<?xml version="1.0" encoding="utf-8"?>
<Invoices>
  <Invoice>
    <Type>ACCREC</Type>
    <Contact><Name>Brød &amp; Co</Name></Contact>
    <Date>2026-05-01</Date><DueDate>2026-05-20T00:00:00</DueDate>
    <LineAmountTypes>Exclusive</LineAmountTypes>
    <LineItems>
      <LineItem>
        <Description>Flour &lt; 1 kg</Description>
        <Quantity>2.0000</Quantity><UnitAmount>10.50</UnitAmount>
        <AccountCode>200</AccountCode>
      </LineItem>
      <LineItem><Description>As agreed</Description></LineItem>
    </LineItems>
    <Status>AUTHORISED</Status>
  </Invoice>
</Invoices>"""


@pytest.mark.parametrize("form", ["xml", "form", "bare"])
def test_a_document_as_xml_is_the_same_as_json(xero: Caller, form: str) -> None:
    body, media = INVOICE.encode(), "text/xml"
    if form == "form":
        body = urlencode({"xml": INVOICE}).encode()
        media = "application/x-www-form-urlencoded"
    elif form == "bare":
        body = body.replace(b"<Invoices>", b"").replace(b"</Invoices>", b"")
    reply = xero.put("/Invoices", content=body, headers={"Content-Type": media})
    assert reply.status_code == 200, reply.text
    (made,) = reply.json()["Invoices"]
    assert made["Contact"]["Name"] == "Brød & Co"
    assert (made["SubTotal"], made["DueDateString"]) == (21.0, "2026-05-20T00:00:00")
    assert made["LineItems"][0]["Description"] == "Flour < 1 kg"
    assert len(made["LineItems"]) == 2


def test_a_contact_with_lists_in_it(xero: Caller) -> None:
    body = (
        "<Contact><Name>Ann</Name><Phones><Phone><PhoneType>DEFAULT</PhoneType>"
        "<PhoneNumber>123</PhoneNumber></Phone></Phones></Contact>"
    )
    reply = xero.post("/Contacts", content=body.encode(), headers={"Content-Type": "text/xml"})
    (made,) = reply.json()["Contacts"]
    phones = {each["PhoneType"]: each.get("PhoneNumber") for each in made["Phones"]}
    assert phones["DEFAULT"] == "123"


@pytest.mark.parametrize("body", ["<Invoices><Invoice></Invoices>", "<!DOCTYPE x><Invoices/>"])
def test_broken_xml_is_refused(xero: Caller, body: str) -> None:
    reply = xero.put("/Invoices", content=body.encode(), headers={"Content-Type": "text/xml"})
    assert reply.status_code == 400
    assert reply.json()["Message"].startswith("XML request body could not be read")


def test_organisations_is_organisation(xero: Caller) -> None:
    paths = ("/Organisation", "/Organisations")
    one, other = (xero.get(path).json()["Organisations"] for path in paths)
    assert one == other


def test_bank_transactions_by_reference(demo: Caller) -> None:
    shown = demo.get("/BankTransactions?page=1").json()["BankTransactions"]
    wanted = next(each["Reference"] for each in shown if each.get("Reference"))
    found = demo.get("/BankTransactions", params={"References": wanted, "page": "1"}).json()
    assert {each["Reference"] for each in found["BankTransactions"]} == {wanted}
