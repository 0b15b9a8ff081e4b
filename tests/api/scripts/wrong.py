"""What type checkers must refuse: each line marked `wrong` is an error, and no other is."""

import xeroport
from xeroport.types import EndpointName, Invoice, InvoiceInput


def use(xero: xeroport.Client) -> None:
    xero.invoices.lst()  # wrong
    xero.invoices.list(status="PAID")  # wrong
    xero.invoices.get()  # wrong
    invoice = xero.invoices.get("4a0f…")
    due: str = invoice["AmountDue"]  # wrong
    invoice["AmuntDue"]  # wrong
    new: InvoiceInput = {"Tpye": "ACCREC"}  # wrong
    name: EndpointName = "invoices.lst"  # wrong
    xero.contacts.create({"Name": 5})  # wrong
    pdf: str = xero.invoices.pdf("4a0f…")  # wrong
    xero.invoices.list(page="1")  # wrong
    xero.invoices.list(headers=["a"])  # wrong
    xero.invoices.get(5)  # wrong
    for record in xero.records("invoices.list"):
        record["AmuntDue"]  # wrong
    one: Invoice = xero.invoices.create([new])  # wrong
    xeroport.report("acme", "trial-balanc")  # wrong
    xeroport.query("select 1").dff()  # wrong
    xeroport.sync("acme", stream="invoices")  # wrong
    print(xeroport.Emulator("demo").base_ulr)  # wrong
    print(due, new, name, pdf, one)
