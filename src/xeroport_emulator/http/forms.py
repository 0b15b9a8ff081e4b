"""The form of Xero's replies as data: which keys, in which order, and what stands where nothing is.

Taken from recorded replies of real organisations, and from the examples of Xero's description where
none were recorded. A form is for a record type, in a place (`Invoice/Contact` is the contact within
an invoice) and, with `+`, for the reply to a write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from xeroport_emulator.http.form import (
    CONTACT,
    CONTACT_EMPTY,
    CONTACT_IN,
    CREDIT,
    CREDIT_EMPTY,
    IN_PAYMENT,
    INVOICE,
    INVOICE_EMPTY,
    LINE,
    SETTLED,
    Form,
    form,
)


def _credit(first: str, *, never: str, always: Mapping[str, Any] | None = None) -> Form:
    """The form of a credit note, a prepayment or an overpayment, by its first keys."""
    return form(
        f"{first} {CREDIT}",
        never=never,
        always={**CREDIT_EMPTY, **(always or {})},
        Contact="In/Contact",
        LineItems="LineItem",
        Allocations="Allocation",
        Payments="In/Payment",
    )


FORMS: Final[dict[str, Form]] = {
    "Account": form(
        "AccountID Code Name Status Type TaxType Description Class SystemAccount "
        "EnablePaymentsToAccount ShowInExpenseClaims BankAccountNumber BankAccountType "
        "CurrencyCode ReportingCode ReportingCodeName HasAttachments Attachments UpdatedDateUTC"
    ),
    "BankTransaction": form(
        "BankTransactionID BankAccount BatchPayment Type Reference Url IsReconciled CurrencyRate "
        "PrepaymentID OverpaymentID HasAttachments Attachments Contact DateString Date Status "
        "LineAmountTypes LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode",
        Contact="In/Contact",
        BankAccount="In/Account",
        LineItems="LineItem",
    ),
    "BankTransfer": form(
        "BankTransferID CreatedDateUTCString CreatedDateUTC DateString Date Status FromBankAccount "
        "ToBankAccount Amount FromBankTransactionID ToBankTransactionID FromIsReconciled "
        "ToIsReconciled Reference HasAttachments Attachments FromTracking ToTracking",
        never="CurrencyRate",
        FromBankAccount="BankTransfer/Account",
        ToBankAccount="BankTransfer/Account",
    ),
    "BankTransfer/Account": form("AccountID Name", never="Code"),
    "BatchPayment": form(
        "Account Reference Particulars Code Narrative BatchPaymentID DateString Date Payments Type "
        "Status TotalAmount UpdatedDateUTC IsReconciled",
        Account="BatchPayment/Account",
        Payments="BatchPayment/Payment",
    ),
    "BatchPayment/Account": form("AccountID CurrencyCode", never="Name Code"),
    "BatchPayment/Invoice": form(
        "InvoiceID CurrencyCode Payments CreditNotes Prepayments Overpayments HasErrors "
        "IsDiscounted LineItems",
        never="InvoiceNumber Type Contact",
        always=SETTLED,
    ),
    "BatchPayment/Payment": form(
        "Invoice PaymentID Amount BankAmount BankAccountNumber Particulars Code Reference Details",
        Invoice="BatchPayment/Invoice",
    ),
    "Budget": form(
        "BudgetID Status Description Type UpdatedDateUTC BudgetLines Tracking",
        always={"BudgetLines": [], "Tracking": []},
    ),
    "Contact": form(
        CONTACT,
        always=CONTACT_EMPTY,
        ContactGroups="In/ContactGroup",
    ),
    "ContactGroup": form(
        "ContactGroupID Name Status Contacts HasValidationErrors",
        always={"Contacts": [], "HasValidationErrors": False},
        Contacts="In/Contact",
    ),
    "CreditNote": _credit(
        "CreditNoteID CreditNoteNumber",
        never="AppliedAmount",
        always={"InvoiceAddresses": [], "HasErrors": False},
    ),
    "ExpenseClaim": form(
        "ExpenseClaimID Status UpdatedDateUTC User Receipts Payments Total AmountDue AmountPaid "
        "ReportingDate",
        Receipts="Receipt",
        Payments="In/Payment",
    ),
    "Invoice": form(
        INVOICE,
        always=INVOICE_EMPTY,
        Contact="In/Contact",
        LineItems="LineItem",
        Payments="In/Payment",
        CreditNotes="In/CreditNote",
        Prepayments="In/Prepayment",
        Overpayments="In/Overpayment",
    ),
    "Item": form(
        "ItemID Code Description PurchaseDescription UpdatedDateUTC PurchaseDetails SalesDetails "
        "Name IsTrackedAsInventory InventoryAssetAccountCode TotalCostPool QuantityOnHand IsSold "
        "IsPurchased",
        always={"PurchaseDetails": {}, "SalesDetails": {}},
    ),
    "LineItem": form(LINE, always={"Tracking": []}, Tracking="Tracking"),
    "ManualJournal": form(
        "Date Status LineAmountTypes UpdatedDateUTC ManualJournalID Narration Url JournalLines "
        "ShowOnCashBasisReports HasAttachments",
        JournalLines="JournalLine",
    ),
    "JournalLine": form(
        "Description TaxType TaxAmount LineAmount AccountCode Tracking AccountID IsBlank",
        always={"Tracking": []},
        Tracking="JournalLine/Tracking",
    ),
    "JournalLine/Tracking": form("Name Option TrackingCategoryID TrackingOptionID"),
    "LinkedTransaction": form(
        "LinkedTransactionID SourceTransactionID SourceLineItemID ContactID TargetTransactionID "
        "TargetLineItemID Status Type UpdatedDateUTC SourceTransactionTypeCode"
    ),
    "Organisation": form(
        "APIKey Name LegalName PaysTax Version OrganisationType BaseCurrency CountryCode "
        "IsDemoCompany OrganisationStatus RegistrationNumber TaxNumber "
        "FinancialYearEndDay FinancialYearEndMonth SalesTaxBasis SalesTaxPeriod DefaultSalesTax "
        "DefaultPurchasesTax PeriodLockDate EndOfYearLockDate CreatedDateUTC "
        "OrganisationEntityType Timezone ShortCode OrganisationID Edition Class LineOfBusiness "
        "Addresses Phones ExternalLinks PaymentTerms TaxNumberName"
    ),
    "Overpayment": _credit("OverpaymentID", never="AppliedAmount CurrencyRate"),
    "Prepayment": _credit(
        "PrepaymentID", never="AppliedAmount CurrencyRate", always={"InvoiceNumber": ""}
    ),
    "Payment": form(
        "PaymentID BatchPaymentID BatchPayment Date BankAmount Amount Reference CurrencyRate "
        "PaymentType Status UpdatedDateUTC UpdatedDateUTCString HasAccount IsReconciled Account "
        "Invoice CreditNote Prepayment Overpayment HasValidationErrors",
        Account="Payment/Account",
        Invoice="Payment/Invoice",
        CreditNote="Payment/CreditNote",
        Prepayment="Payment/CreditNote",
        Overpayment="Payment/CreditNote",
    ),
    "Payment/Account": form("AccountID Code", never="Name"),
    "Payment/CreditNote": form(Contact="In/Contact"),
    "Payment/Invoice": form(IN_PAYMENT, always=SETTLED, Contact="In/Contact"),
    "PurchaseOrder": form(
        "PurchaseOrderID PurchaseOrderNumber DateString Date DeliveryDateString DeliveryDate "
        "ExpectedArrivalDateString ExpectedArrivalDate DeliveryAddress AttentionTo Telephone "
        "DeliveryInstructions HasErrors IsDiscounted TotalDiscount Reference SentToContact Type "
        "CurrencyRate CurrencyCode Contact BrandingThemeID Status LineAmountTypes LineItems "
        "SubTotal TotalTax Total UpdatedDateUTC HasAttachments",
        always={"HasErrors": False, "IsDiscounted": False, "Type": "PURCHASEORDER"},
        Contact="PurchaseOrder/Contact",
        LineItems="PurchaseOrder/LineItem",
    ),
    "PurchaseOrder/Contact": form(
        "ContactID ContactStatus Name FirstName LastName Addresses Phones UpdatedDateUTC "
        "ContactGroups DefaultCurrency ContactPersons HasValidationErrors",
        always=CONTACT_EMPTY,
    ),
    "PurchaseOrder/LineItem": form(
        LINE, never="AccountID", always={"Tracking": []}, Tracking="Tracking"
    ),
    "Receipt": form(
        "ReceiptID ReceiptNumber Status User Contact Date UpdatedDateUTC Reference Url "
        "LineAmountTypes LineItems SubTotal TotalTax Total ID HasAttachments Attachments",
        Contact="In/Contact",
        LineItems="LineItem",
    ),
    "RepeatingInvoice": form(
        "Schedule RepeatingInvoiceID Type Reference HasAttachments Attachments ApprovedForSending "
        "SendCopy MarkAsSent IncludePDF ID Contact BrandingThemeID Status LineAmountTypes "
        "LineItems SubTotal TotalTax Total CurrencyCode",
        Contact="In/Contact",
        LineItems="RepeatingInvoice/LineItem",
    ),
    "RepeatingInvoice/LineItem": form(
        LINE,
        never="AccountID RepeatingInvoiceID",
        always={"Tracking": [], "DiscountEnteredAsPercent": True},
        Tracking="Tracking",
    ),
    "Quote": form(
        "QuoteID QuoteNumber Reference Terms Contact LineItems Date DateString ExpiryDate "
        "ExpiryDateString Status CurrencyRate CurrencyCode SubTotal TotalTax Total TotalDiscount "
        "Title Summary BrandingThemeID UpdatedDateUTC LineAmountTypes",
        never="HasAttachments",
        Contact="Quote/Contact",
        LineItems="Quote/LineItem",
    ),
    "Quote/Contact": form("ContactID Name"),
    "Quote/LineItem": form(
        "LineItemID AccountCode Description UnitAmount DiscountRate DiscountAmount LineAmount "
        "ItemCode Quantity TaxAmount Tracking",
        never="TaxType AccountID Item",
        always={"ItemCode": "", "Tracking": []},
    ),
    "TaxRate": form(
        "Name TaxType ReportTaxType CanApplyToAssets CanApplyToEquity CanApplyToExpenses "
        "CanApplyToLiabilities CanApplyToRevenue DisplayTaxRate EffectiveRate Status TaxComponents"
    ),
    "TrackingCategory": form(
        "Name Status TrackingCategoryID Options", Options="TrackingCategory/Option"
    ),
    "TrackingCategory/Option": form(
        "TrackingOptionID Name Status IsDeleted IsArchived IsActive", never="TrackingCategoryID"
    ),
    "User": form(
        "GlobalUserID UserID EmailAddress FirstName LastName UpdatedDateUTC IsSubscriber "
        "OrganisationRole"
    ),
    "Allocation": form(
        "AllocationID Amount Date Invoice IsDeleted",
        Invoice="Settled",
        never="StatusAttributeString",
    ),
    "In/Account": form("AccountID Code Name"),
    "In/Contact": form(CONTACT_IN, always=CONTACT_EMPTY),
    "In/ContactGroup": form(
        "ContactGroupID Name Status Contacts HasValidationErrors",
        always={"Contacts": [], "HasValidationErrors": False},
    ),
    "In/CreditNote": form(
        "CreditNoteID CreditNoteNumber ID HasErrors AppliedAmount DateString Date Total"
    ),
    "In/Overpayment": form("OverpaymentID ID AppliedAmount DateString Date Total"),
    "In/Prepayment": form("PrepaymentID ID AppliedAmount DateString Date Total"),
    "In/Payment": form(
        "PaymentID BatchPaymentID Date Amount Reference CurrencyRate HasAccount HasValidationErrors"
    ),
    "Settled": form(
        "InvoiceID InvoiceNumber CurrencyCode Payments CreditNotes Prepayments Overpayments "
        "IsDiscounted InvoiceAddresses HasErrors InvoicePaymentServices LineItems",
        never="Type CurrencyCode Contact",
        always=SETTLED,
    ),
    "Tracking": form(
        "Name Option TrackingCategoryID Options", never="TrackingOptionID", always={"Options": []}
    ),
}
"""Name → form, of reads."""

TWIN_IDS: Final = {
    "CreditNote": "CreditNoteID",
    "Prepayment": "PrepaymentID",
    "Receipt": "ReceiptID",
    "In/CreditNote": "CreditNoteID",
    "Allocation+/CreditNote": "CreditNoteID",
    "Allocation+/Overpayment": "OverpaymentID",
    "Allocation+/Prepayment": "PrepaymentID",
    "In/Prepayment": "PrepaymentID",
    "CreditNote+": "CreditNoteID",
    "RepeatingInvoice": "RepeatingInvoiceID",
}
"""Form → the key whose value `ID` repeats."""
