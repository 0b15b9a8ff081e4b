"""Thirty lines that use the front door; type checkers, an interpreter and a notebook take them."""

import os
from decimal import Decimal

import xeroport
from xeroport.types import EndpointName, Invoice, InvoiceInput


def outstanding(invoices: list[Invoice]) -> Decimal:
    return sum((invoice["AmountDue"] for invoice in invoices), Decimal(0))


with xeroport.Client(
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    base_url=os.environ["BASE_URL"],
) as xero:
    open_invoices = xero.invoices.list(statuses=["AUTHORISED"], page_size=500, timeout=30)
    new: InvoiceInput = {
        "Type": "ACCREC",
        "Contact": {"Name": "Alpha Ltd"},
        "LineItems": [{"Description": "Work", "Quantity": 2, "UnitAmount": "10.50"}],
    }
    created = xero.invoices.create(new)
    total: Decimal = created["Total"]
    names = [contact["Name"] for contact in xero.records("contacts.list")]
    endpoint: EndpointName = "organisation.get"
    reply = xero.call(endpoint, retries=2)
    report = xero.reports.trial_balance(date="2026-06-30")
    print(outstanding(open_invoices) > 0, total, len(names) > 3, report["ReportName"])
