"""The form of Xero's replies as data: which keys, in which order, and what stands where nothing is.

Taken from recorded replies of real organisations, and from the examples of Xero's description where
none were recorded. A form is for a record type, in a place (`Invoice/Contact` is the contact within
an invoice) and, with `+`, for the reply to a write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_CONTACT_IN: Final = (
    "ContactID ContactNumber AccountNumber Name Addresses Phones ContactGroups ContactPersons "
    "HasValidationErrors"
)
_CONTACT: Final = (
    "ContactID ContactNumber AccountNumber ContactStatus Name FirstName LastName CompanyNumber "
    "EmailAddress SkypeUserName BankAccountDetails TaxNumber AccountsReceivableTaxType "
    "AccountsPayableTaxType Addresses Phones UpdatedDateUTC ContactGroups IsSupplier IsCustomer "
    "DefaultCurrency SalesDefaultLineAmountType PurchasesDefaultLineAmountType "
    "SalesDefaultAccountCode PurchasesDefaultAccountCode SalesTrackingCategories "
    "PurchasesTrackingCategories BrandingTheme PaymentTerms BatchPayments Discount Balances "
    "Website ContactPersons HasAttachments HasValidationErrors"
)
_INVOICE: Final = (
    "Type InvoiceID InvoiceNumber Reference Url Payments CreditNotes Prepayments Overpayments "
    "AmountDue AmountPaid AmountCredited SentToContact CurrencyRate IsDiscounted TotalDiscount "
    "CISDeduction CISRate HasAttachments Attachments InvoiceAddresses HasErrors RepeatingInvoiceID "
    "InvoicePaymentServices SentToEmailAddress UpdatedDateUTCString Contact DateString Date "
    "DueDateString DueDate ExpectedPaymentDate PlannedPaymentDate BrandingThemeID Status "
    "LineAmountTypes LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode FullyPaidOnDate"
)
_CREDIT: Final = (
    "ID CurrencyRate Type Reference InvoiceNumber SentToContact RemainingCredit Allocations "
    "Payments HasAttachments Attachments InvoiceAddresses HasErrors UpdatedDateUTCString Contact "
    "DateString Date DueDateString DueDate BrandingThemeID Status LineAmountTypes LineItems "
    "SubTotal TotalTax Total UpdatedDateUTC CurrencyCode FullyPaidOnDate"
)
_LINE: Final = (
    "ItemCode Description UnitAmount TaxType TaxAmount LineAmount AccountCode Item Tracking "
    "Quantity DiscountRate DiscountAmount LineItemID AccountID ItemID DiscountEnteredAsPercent "
    "ValidationErrors"
)


@dataclass(frozen=True)
class Form:
    """Keys in their order; further keys follow. `always` are shown with that value where nothing
    is kept, `never` are not shown, `nested` names the form of what is inside a key."""

    order: tuple[str, ...] = ()
    always: Mapping[str, Any] = field(default_factory=dict)
    never: frozenset[str] = frozenset()
    nested: Mapping[str, str] = field(default_factory=dict)


def _form(
    order: str = "", *, never: str = "", always: Mapping[str, Any] | None = None, **nested: str
) -> Form:
    return Form(tuple(order.split()), always or {}, frozenset(never.split()), nested)


_CONTACT_EMPTY: Final[Mapping[str, Any]] = {
    "Addresses": [],
    "Phones": [],
    "ContactGroups": [],
    "ContactPersons": [],
    "HasValidationErrors": False,
}
_CREDIT_EMPTY: Final[Mapping[str, Any]] = {"Reference": "", "Allocations": [], "Payments": []}
_INVOICE_EMPTY: Final[Mapping[str, Any]] = {
    "InvoiceNumber": "",
    "Reference": "",
    "Payments": [],
    "CreditNotes": [],
    "Prepayments": [],
    "Overpayments": [],
    "IsDiscounted": False,
    "InvoiceAddresses": [],
    "HasErrors": False,
    "InvoicePaymentServices": [],
}
_IN_PAYMENT: Final = (
    "Type InvoiceID InvoiceNumber Payments CreditNotes Prepayments Overpayments IsDiscounted "
    "InvoiceAddresses HasErrors InvoicePaymentServices Contact LineItems CurrencyCode"
)
_SETTLED: Final[Mapping[str, Any]] = {
    **{key: _INVOICE_EMPTY[key] for key in _IN_PAYMENT.split() if key in _INVOICE_EMPTY},
    "LineItems": [],
}

FORMS: Final[dict[str, Form]] = {
    "Account": _form(
        "AccountID Code Name Status Type TaxType Description Class SystemAccount "
        "EnablePaymentsToAccount ShowInExpenseClaims BankAccountNumber BankAccountType "
        "CurrencyCode ReportingCode ReportingCodeName HasAttachments Attachments UpdatedDateUTC"
    ),
    "BankTransaction": _form(
        "BankTransactionID BankAccount BatchPayment Type Reference Url IsReconciled CurrencyRate "
        "PrepaymentID OverpaymentID HasAttachments Attachments Contact DateString Date Status "
        "LineAmountTypes LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode",
        Contact="In/Contact",
        BankAccount="In/Account",
        LineItems="LineItem",
    ),
    "BankTransfer": _form(
        "BankTransferID CreatedDateUTCString CreatedDateUTC DateString Date Status FromBankAccount "
        "ToBankAccount Amount FromBankTransactionID ToBankTransactionID FromIsReconciled "
        "ToIsReconciled Reference CurrencyRate HasAttachments Attachments FromTracking ToTracking",
        FromBankAccount="In/Account",
        ToBankAccount="In/Account",
    ),
    "BatchPayment": _form(
        "Account Reference Particulars Code Narrative BatchPaymentID DateString Date Payments Type "
        "Status TotalAmount UpdatedDateUTC IsReconciled",
        Payments="BatchPayment/Payment",
    ),
    "BatchPayment/Payment": _form(
        "Invoice PaymentID Amount BankAmount BankAccountNumber Particulars Code Reference Details",
        Invoice="Settled",
    ),
    "Contact": _form(
        _CONTACT,
        always={
            "Addresses": [],
            "Phones": [],
            "ContactGroups": [],
            "ContactPersons": [],
            "HasValidationErrors": False,
        },
        ContactGroups="In/ContactGroup",
    ),
    "Contact+": _form(
        _CONTACT,
        never="HasAttachments Balances",
        always={
            **_CONTACT_EMPTY,
            "SalesTrackingCategories": [],
            "PurchasesTrackingCategories": [],
        },
        ContactGroups="In/ContactGroup",
    ),
    "ContactGroup": _form(
        "ContactGroupID Name Status Contacts HasValidationErrors",
        always={"Contacts": [], "HasValidationErrors": False},
        Contacts="In/Contact",
    ),
    "CreditNote": _form(
        f"CreditNoteID CreditNoteNumber {_CREDIT}",
        never="AppliedAmount",
        always={**_CREDIT_EMPTY, "InvoiceAddresses": [], "HasErrors": False},
        Contact="In/Contact",
        LineItems="LineItem",
        Allocations="Allocation",
        Payments="In/Payment",
    ),
    "Invoice": _form(
        _INVOICE,
        always=_INVOICE_EMPTY,
        Contact="In/Contact",
        LineItems="LineItem",
        Payments="In/Payment",
        CreditNotes="In/CreditNote",
        Prepayments="In/Prepayment",
        Overpayments="In/Overpayment",
    ),
    "Invoice+": _form(
        _INVOICE,
        never="Payments CreditNotes AmountCredited HasAttachments",
        always={**_INVOICE_EMPTY, "SentToContact": False},
        Contact="Contact+",
        LineItems="LineItem+",
        Prepayments="In/Prepayment",
        Overpayments="In/Overpayment",
    ),
    "CreditNote+": _form(
        f"CreditNoteID CreditNoteNumber {_CREDIT}",
        never="AppliedAmount HasAttachments",
        always={**_CREDIT_EMPTY, "InvoiceAddresses": [], "HasErrors": False},
        Contact="Contact+",
        LineItems="LineItem+",
        Allocations="Allocation",
        Payments="In/Payment",
    ),
    "BankTransaction+": _form(
        "BankTransactionID BankAccount BatchPayment Type Reference Url IsReconciled CurrencyRate "
        "PrepaymentID OverpaymentID Attachments Contact DateString Date Status LineAmountTypes "
        "LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode",
        never="HasAttachments",
        Contact="Contact+",
        BankAccount="In/Account",
        LineItems="LineItem+",
    ),
    "PurchaseOrder+": _form(
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
    "Item": _form(
        "ItemID Code Description PurchaseDescription UpdatedDateUTC PurchaseDetails SalesDetails "
        "Name IsTrackedAsInventory InventoryAssetAccountCode TotalCostPool QuantityOnHand IsSold "
        "IsPurchased",
        always={"PurchaseDetails": {}, "SalesDetails": {}},
    ),
    "Item+": _form(
        "ItemID Code Description PurchaseDescription UpdatedDateUTC PurchaseDetails SalesDetails "
        "Name IsTrackedAsInventory InventoryAssetAccountCode TotalCostPool QuantityOnHand IsSold "
        "IsPurchased ValidationErrors",
        always={"PurchaseDetails": {}, "SalesDetails": {}, "ValidationErrors": []},
    ),
    "LineItem": _form(_LINE, always={"Tracking": []}, Tracking="Tracking"),
    "LineItem+": _form(_LINE, always={"Tracking": [], "ValidationErrors": []}, Tracking="Tracking"),
    "ManualJournal": _form(
        "Date Status LineAmountTypes UpdatedDateUTC ManualJournalID Narration Url JournalLines "
        "ShowOnCashBasisReports HasAttachments",
        JournalLines="JournalLine",
    ),
    "JournalLine": _form(
        "Description TaxType TaxAmount LineAmount AccountCode Tracking AccountID IsBlank",
        always={"Tracking": []},
        Tracking="Tracking",
    ),
    "Organisation": _form(
        "APIKey Name LegalName PaysTax Version OrganisationType BaseCurrency CountryCode "
        "IsDemoCompany OrganisationStatus RegistrationNumber TaxNumber TaxNumberName "
        "FinancialYearEndDay FinancialYearEndMonth SalesTaxBasis SalesTaxPeriod DefaultSalesTax "
        "DefaultPurchasesTax PeriodLockDate EndOfYearLockDate CreatedDateUTC "
        "OrganisationEntityType Timezone ShortCode OrganisationID Edition Class Addresses Phones "
        "ExternalLinks PaymentTerms"
    ),
    "Overpayment": _form(
        f"OverpaymentID {_CREDIT}",
        never="AppliedAmount CurrencyRate",
        always=_CREDIT_EMPTY,
        Contact="In/Contact",
        LineItems="LineItem",
        Allocations="Allocation",
        Payments="In/Payment",
    ),
    "Prepayment": _form(
        f"PrepaymentID {_CREDIT}",
        never="AppliedAmount CurrencyRate",
        always={**_CREDIT_EMPTY, "InvoiceNumber": ""},
        Contact="In/Contact",
        LineItems="LineItem",
        Allocations="Allocation",
        Payments="In/Payment",
    ),
    "Payment": _form(
        "PaymentID BatchPaymentID BatchPayment Date BankAmount Amount Reference CurrencyRate "
        "PaymentType Status UpdatedDateUTC UpdatedDateUTCString HasAccount IsReconciled Account "
        "Invoice CreditNote Prepayment Overpayment HasValidationErrors",
        Account="Payment/Account",
        Invoice="Payment/Invoice",
        CreditNote="Payment/CreditNote",
        Prepayment="Payment/CreditNote",
        Overpayment="Payment/CreditNote",
    ),
    "Payment/Account": _form("AccountID Code", never="Name"),
    "Payment/CreditNote": _form(Contact="In/Contact"),
    "Payment/Invoice": _form(_IN_PAYMENT, always=_SETTLED, Contact="In/Contact"),
    "PurchaseOrder": _form(
        "PurchaseOrderID PurchaseOrderNumber DateString Date DeliveryDateString DeliveryDate "
        "ExpectedArrivalDateString ExpectedArrivalDate DeliveryAddress AttentionTo Telephone "
        "DeliveryInstructions HasErrors IsDiscounted TotalDiscount Reference SentToContact Type "
        "CurrencyRate CurrencyCode Contact BrandingThemeID Status LineAmountTypes LineItems "
        "SubTotal TotalTax Total UpdatedDateUTC HasAttachments",
        always={"HasErrors": False, "IsDiscounted": False, "Type": "PURCHASEORDER"},
        Contact="PurchaseOrder/Contact",
        LineItems="PurchaseOrder/LineItem",
    ),
    "PurchaseOrder/Contact": _form(
        "ContactID ContactStatus Name FirstName LastName Addresses Phones UpdatedDateUTC "
        "ContactGroups DefaultCurrency ContactPersons HasValidationErrors",
        always=_CONTACT_EMPTY,
    ),
    "PurchaseOrder/LineItem": _form(
        _LINE, never="AccountID", always={"Tracking": []}, Tracking="Tracking"
    ),
    "Quote": _form(
        "QuoteID QuoteNumber Reference Terms Contact LineItems Date DateString ExpiryDate "
        "ExpiryDateString Status CurrencyRate CurrencyCode SubTotal TotalTax Total TotalDiscount "
        "Title Summary BrandingThemeID UpdatedDateUTC LineAmountTypes",
        never="HasAttachments",
        Contact="Quote/Contact",
        LineItems="Quote/LineItem",
    ),
    "Quote/Contact": _form("ContactID Name"),
    "Quote/LineItem": _form(
        "LineItemID AccountCode Description UnitAmount DiscountRate DiscountAmount LineAmount "
        "ItemCode Quantity TaxAmount Tracking",
        never="TaxType AccountID Item",
        always={"ItemCode": "", "Tracking": []},
    ),
    "TrackingCategory": _form(
        "Name Status TrackingCategoryID Options", Options="TrackingCategory/Option"
    ),
    "TrackingCategory/Option": _form("TrackingOptionID Name Status IsDeleted IsArchived IsActive"),
    "User": _form(
        "GlobalUserID UserID EmailAddress FirstName LastName UpdatedDateUTC IsSubscriber "
        "OrganisationRole"
    ),
    "Allocation": _form(
        "AllocationID Amount Date Invoice IsDeleted",
        Invoice="Settled",
        never="StatusAttributeString",
    ),
    "In/Account": _form("AccountID Code Name"),
    "In/Contact": _form(_CONTACT_IN, always=_CONTACT_EMPTY),
    "In/ContactGroup": _form(
        "ContactGroupID Name Status Contacts HasValidationErrors",
        always={"Contacts": [], "HasValidationErrors": False},
    ),
    "In/CreditNote": _form("CreditNoteID CreditNoteNumber ID HasErrors AppliedAmount Date Total"),
    "In/Overpayment": _form("OverpaymentID ID AppliedAmount Date Total"),
    "In/Prepayment": _form("PrepaymentID ID AppliedAmount Date Total"),
    "In/Payment": _form(
        "PaymentID BatchPaymentID Date Amount Reference CurrencyRate HasAccount HasValidationErrors"
    ),
    "Settled": _form(
        "InvoiceID InvoiceNumber CurrencyCode Payments CreditNotes Prepayments Overpayments "
        "IsDiscounted InvoiceAddresses HasErrors InvoicePaymentServices LineItems",
        never="Type CurrencyCode Contact",
        always={key: value for key, value in _SETTLED.items() if key != "Contact"},
    ),
    "Tracking": _form(
        "Name Option TrackingCategoryID Options", never="TrackingOptionID", always={"Options": []}
    ),
}
"""Name → form."""

TWIN_IDS: Final = {
    "CreditNote": "CreditNoteID",
    "Prepayment": "PrepaymentID",
    "Receipt": "ReceiptID",
    "In/CreditNote": "CreditNoteID",
    "In/Prepayment": "PrepaymentID",
    "CreditNote+": "CreditNoteID",
    "RepeatingInvoice": "RepeatingInvoiceID",
}
"""Form → the key whose value `ID` repeats."""
