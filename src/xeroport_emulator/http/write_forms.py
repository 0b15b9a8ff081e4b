"""The forms of replies to writes, where they differ from reads: contacts in full, empty lists of
errors, and without what only a read works out."""

from __future__ import annotations

from typing import Final

from xeroport_emulator.http.form import (
    CONTACT,
    CONTACT_EMPTY,
    CREDIT,
    CREDIT_EMPTY,
    INVOICE,
    INVOICE_EMPTY,
    LINE,
    SETTLED,
    Form,
    form,
)


def _invoice(contact: str) -> Form:
    return form(
        INVOICE,
        never="Payments CreditNotes AmountCredited HasAttachments",
        always={**INVOICE_EMPTY, "SentToContact": False},
        Contact=contact,
        LineItems="LineItem+",
        Prepayments="In/Prepayment",
        Overpayments="In/Overpayment",
    )


WRITE_FORMS: Final[dict[str, Form]] = {
    "Contact+": form(
        CONTACT,
        never="HasAttachments Balances",
        always={
            **CONTACT_EMPTY,
            "SalesTrackingCategories": [],
            "PurchasesTrackingCategories": [],
        },
        ContactGroups="In/ContactGroup",
    ),
    "Invoice+": _invoice("Contact+"),
    "CreditNote+": form(
        f"CreditNoteID CreditNoteNumber {CREDIT}",
        never="AppliedAmount HasAttachments",
        always={**CREDIT_EMPTY, "InvoiceAddresses": [], "HasErrors": False},
        Contact="Contact+",
        LineItems="LineItem+",
        Allocations="Allocation",
        Payments="In/Payment",
    ),
    "BankTransaction+": form(
        "BankTransactionID BankAccount BatchPayment Type Reference Url IsReconciled CurrencyRate "
        "PrepaymentID OverpaymentID Attachments Contact DateString Date Status LineAmountTypes "
        "LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode",
        never="HasAttachments",
        Contact="Contact+",
        BankAccount="In/Account",
        LineItems="LineItem+",
    ),
    "PurchaseOrder+": form(
        "PurchaseOrderID PurchaseOrderNumber DateString Date DeliveryDateString DeliveryDate "
        "ExpectedArrivalDateString ExpectedArrivalDate DeliveryAddress AttentionTo Telephone "
        "DeliveryInstructions HasErrors IsDiscounted TotalDiscount Reference SentToContact Type "
        "CurrencyRate CurrencyCode Contact BrandingThemeID Status LineAmountTypes LineItems "
        "SubTotal TotalTax Total UpdatedDateUTC",
        never="HasAttachments",
        always={"HasErrors": False, "IsDiscounted": False, "Type": "PURCHASEORDER"},
        Contact="Contact+",
        LineItems="PurchaseOrder/LineItem",
    ),
    "Item+": form(
        "ItemID Code Description PurchaseDescription UpdatedDateUTC PurchaseDetails SalesDetails "
        "Name IsTrackedAsInventory InventoryAssetAccountCode TotalCostPool QuantityOnHand IsSold "
        "IsPurchased ValidationErrors",
        always={"PurchaseDetails": {}, "SalesDetails": {}, "ValidationErrors": []},
    ),
    "Allocation+": form(
        "Amount Date Invoice CreditNote Overpayment Prepayment ValidationErrors",
        never="StatusAttributeString AllocationID IsDeleted",
        always={"ValidationErrors": []},
        Invoice="Allocation+/Invoice",
        CreditNote="Allocation+/CreditNote",
        Overpayment="Allocation+/Overpayment",
        Prepayment="Allocation+/Prepayment",
    ),
    "Allocation+/CreditNote": form("CreditNoteID ID LineItems", always={"LineItems": []}),
    "Allocation+/Invoice": form(
        "InvoiceID Payments CreditNotes Prepayments Overpayments HasErrors IsDiscounted LineItems "
        "ValidationErrors",
        never="InvoiceNumber Type Contact CurrencyCode",
        always={**SETTLED, "ValidationErrors": []},
    ),
    "Allocation+/Overpayment": form("OverpaymentID ID LineItems", always={"LineItems": []}),
    "Allocation+/Prepayment": form("PrepaymentID ID LineItems", always={"LineItems": []}),
    "BankTransfer+": form(
        "BankTransferID DateString Date Status FromBankAccount ToBankAccount Amount "
        "FromBankTransactionID ToBankTransactionID FromIsReconciled ToIsReconciled Reference "
        "CurrencyRate FromTracking ToTracking ValidationErrors",
        never="CreatedDateUTC CreatedDateUTCString HasAttachments Attachments",
        always={"ValidationErrors": []},
        FromBankAccount="In/Account",
        ToBankAccount="In/Account",
    ),
    "ManualJournal+": form(
        "Date Status LineAmountTypes UpdatedDateUTC ManualJournalID Narration Url JournalLines "
        "ShowOnCashBasisReports",
        never="HasAttachments",
        JournalLines="JournalLine",
    ),
    "Payment+": form(
        "PaymentID BatchPaymentID BatchPayment Date BankAmount Amount Reference CurrencyRate "
        "PaymentType Status UpdatedDateUTC UpdatedDateUTCString HasAccount IsReconciled Account "
        "Invoice CreditNote Prepayment Overpayment HasValidationErrors",
        Account="In/Account",
        Invoice="Payment+/Invoice",
        CreditNote="Payment/CreditNote",
        Prepayment="Payment/CreditNote",
        Overpayment="Payment/CreditNote",
    ),
    "Payment+/Invoice": _invoice("In/Contact"),
    "TrackingOption+": form(
        "TrackingOptionID Name Status HasValidationErrors IsDeleted IsArchived IsActive",
        never="TrackingCategoryID",
        always={"HasValidationErrors": False},
    ),
    "LineItem+": form(LINE, always={"Tracking": [], "ValidationErrors": []}, Tracking="Tracking"),
}
"""Name → form."""
