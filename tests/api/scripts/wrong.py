"""What type checkers must refuse: each line marked `wrong` is an error, and no other is."""

import xeroport
from xeroport.types import EndpointName, InvoiceInput


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
    print(due, new, name, pdf)
