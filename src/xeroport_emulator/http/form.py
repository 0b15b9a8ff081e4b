"""What a form of a record is, and the keys that several forms share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CONTACT_IN: Final = (
    "ContactID ContactNumber AccountNumber Name Addresses Phones ContactGroups ContactPersons "
    "HasValidationErrors"
)
CONTACT: Final = (
    "ContactID ContactNumber AccountNumber ContactStatus Name FirstName LastName CompanyNumber "
    "EmailAddress SkypeUserName BankAccountDetails TaxNumber AccountsReceivableTaxType "
    "AccountsPayableTaxType Addresses Phones UpdatedDateUTC ContactGroups IsSupplier IsCustomer "
    "DefaultCurrency SalesDefaultLineAmountType PurchasesDefaultLineAmountType "
    "SalesDefaultAccountCode PurchasesDefaultAccountCode SalesTrackingCategories "
    "PurchasesTrackingCategories BrandingTheme PaymentTerms BatchPayments Discount Balances "
    "Website ContactPersons HasAttachments HasValidationErrors"
)
INVOICE: Final = (
    "Type InvoiceID InvoiceNumber Reference Url Payments CreditNotes Prepayments Overpayments "
    "AmountDue AmountPaid AmountCredited SentToContact CurrencyRate IsDiscounted TotalDiscount "
    "CISDeduction CISRate HasAttachments Attachments InvoiceAddresses HasErrors RepeatingInvoiceID "
    "InvoicePaymentServices SentToEmailAddress UpdatedDateUTCString Contact DateString Date "
    "DueDateString DueDate ExpectedPaymentDate PlannedPaymentDate BrandingThemeID Status "
    "LineAmountTypes LineItems SubTotal TotalTax Total UpdatedDateUTC CurrencyCode FullyPaidOnDate"
)
CREDIT: Final = (
    "ID CurrencyRate Type Reference InvoiceNumber SentToContact RemainingCredit Allocations "
    "Payments HasAttachments Attachments InvoiceAddresses HasErrors UpdatedDateUTCString Contact "
    "DateString Date DueDateString DueDate BrandingThemeID Status LineAmountTypes LineItems "
    "SubTotal TotalTax Total UpdatedDateUTC CurrencyCode FullyPaidOnDate"
)
LINE: Final = (
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

    def but(
        self, *, never: str = "", always: Mapping[str, Any] | None = None, **nested: str
    ) -> Form:
        """The same form with more that is never shown, or always, and other forms inside."""
        return Form(
            (*self.order, *(key for key in always or {} if key not in self.order)),
            {**self.always, **(always or {})},
            self.never.union(never.split()),
            {**self.nested, **nested},
        )


def form(
    order: str = "", *, never: str = "", always: Mapping[str, Any] | None = None, **nested: str
) -> Form:
    """A form; keys as one text, `nested` by key."""
    return Form(tuple(order.split()), always or {}, frozenset(never.split()), nested)


CONTACT_EMPTY: Final[Mapping[str, Any]] = {
    "Addresses": [],
    "Phones": [],
    "ContactGroups": [],
    "ContactPersons": [],
    "HasValidationErrors": False,
}
CREDIT_EMPTY: Final[Mapping[str, Any]] = {"Reference": "", "Allocations": [], "Payments": []}
INVOICE_EMPTY: Final[Mapping[str, Any]] = {
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
IN_PAYMENT: Final = (
    "Type InvoiceID InvoiceNumber Payments CreditNotes Prepayments Overpayments IsDiscounted "
    "InvoiceAddresses HasErrors InvoicePaymentServices Contact LineItems CurrencyCode"
)
SETTLED: Final[Mapping[str, Any]] = {
    **{key: INVOICE_EMPTY[key] for key in IN_PAYMENT.split() if key in INVOICE_EMPTY},
    "LineItems": [],
}
