"""The forms of replies to writes, where they differ from reads: contacts in full, empty lists of
errors, and without what only a read works out."""

from __future__ import annotations

from typing import Final

from xeroport_emulator.http.form import SETTLED, Form, form
from xeroport_emulator.http.forms import FORMS


def _invoice(contact: str) -> Form:
    return FORMS["Invoice"].but(
        never="Payments CreditNotes AmountCredited HasAttachments",
        always={"SentToContact": False},
        Contact=contact,
        LineItems="LineItem+",
    )


WRITE_FORMS: Final[dict[str, Form]] = {
    "Contact+": FORMS["Contact"].but(
        never="HasAttachments Balances",
        always={"SalesTrackingCategories": [], "PurchasesTrackingCategories": []},
    ),
    "Invoice+": _invoice("Contact+"),
    "CreditNote+": FORMS["CreditNote"].but(
        never="HasAttachments", Contact="Contact+", LineItems="LineItem+"
    ),
    "BankTransaction+": FORMS["BankTransaction"].but(
        never="HasAttachments", Contact="Contact+", LineItems="LineItem+"
    ),
    "PurchaseOrder+": FORMS["PurchaseOrder"].but(never="HasAttachments", Contact="Contact+"),
    "Item+": FORMS["Item"].but(always={"ValidationErrors": []}),
    "Allocation+": form(
        "Amount Date Invoice CreditNote Overpayment Prepayment ValidationErrors",
        never="StatusAttributeString AllocationID IsDeleted",
        always={"ValidationErrors": []},
        Invoice="Allocation+/Invoice",
        CreditNote="Allocation+/CreditNote",
        Overpayment="Allocation+/Overpayment",
        Prepayment="Allocation+/Prepayment",
    ),
    **{
        f"Allocation+/{credit}": form(f"{credit}ID ID LineItems", always={"LineItems": []})
        for credit in ("CreditNote", "Overpayment", "Prepayment")
    },
    "Allocation+/Invoice": form(
        "InvoiceID Payments CreditNotes Prepayments Overpayments HasErrors IsDiscounted LineItems "
        "ValidationErrors",
        never="InvoiceNumber Type Contact CurrencyCode",
        always={**SETTLED, "ValidationErrors": []},
    ),
    "BankTransfer+": form(
        "BankTransferID DateString Date Status FromBankAccount ToBankAccount Amount "
        "FromBankTransactionID ToBankTransactionID FromIsReconciled ToIsReconciled Reference "
        "CurrencyRate FromTracking ToTracking ValidationErrors",
        never="CreatedDateUTC CreatedDateUTCString HasAttachments Attachments",
        always={"ValidationErrors": []},
        FromBankAccount="In/Account",
        ToBankAccount="In/Account",
    ),
    "ManualJournal+": FORMS["ManualJournal"].but(never="HasAttachments"),
    "Payment+": FORMS["Payment"].but(Account="In/Account", Invoice="Payment+/Invoice"),
    "Payment+/Invoice": _invoice("In/Contact"),
    "TrackingOption+": form(
        "TrackingOptionID Name Status HasValidationErrors IsDeleted IsArchived IsActive",
        never="TrackingCategoryID",
        always={"HasValidationErrors": False},
    ),
    "LineItem+": FORMS["LineItem"].but(always={"ValidationErrors": []}),
}
"""Name → form."""
