"""Made by `make docs` from the catalogue: do not edit."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, TypedDict
from uuid import UUID

EndpointName = Literal[
    "accounts.list",
    "accounts.create",
    "accounts.get",
    "accounts.update",
    "accounts.delete",
    "accounts.attachments.list",
    "accounts.attachments.get",
    "accounts.attachments.get_by_name",
    "accounts.attachments.add",
    "accounts.attachments.replace",
    "batch_payments.list",
    "batch_payments.create",
    "batch_payments.delete_by_body",
    "batch_payments.get",
    "batch_payments.delete",
    "batch_payments.history.list",
    "batch_payments.history.add",
    "bank_transactions.list",
    "bank_transactions.create",
    "bank_transactions.upsert",
    "bank_transactions.get",
    "bank_transactions.update",
    "bank_transactions.attachments.list",
    "bank_transactions.attachments.get",
    "bank_transactions.attachments.get_by_name",
    "bank_transactions.attachments.add",
    "bank_transactions.attachments.replace",
    "bank_transactions.history.list",
    "bank_transactions.history.add",
    "bank_transfers.list",
    "bank_transfers.create",
    "bank_transfers.delete_many",
    "bank_transfers.get",
    "bank_transfers.delete",
    "bank_transfers.attachments.list",
    "bank_transfers.attachments.get",
    "bank_transfers.attachments.get_by_name",
    "bank_transfers.attachments.add",
    "bank_transfers.attachments.replace",
    "bank_transfers.history.list",
    "bank_transfers.history.add",
    "branding_themes.list",
    "branding_themes.get",
    "branding_themes.payment_services.list",
    "branding_themes.payment_services.add",
    "budgets.list",
    "budgets.get",
    "contacts.list",
    "contacts.create",
    "contacts.upsert",
    "contacts.get_by_number",
    "contacts.get",
    "contacts.update",
    "contacts.attachments.list",
    "contacts.attachments.get",
    "contacts.attachments.get_by_name",
    "contacts.attachments.add",
    "contacts.attachments.replace",
    "contacts.cis_settings",
    "contacts.history.list",
    "contacts.history.add",
    "contact_groups.list",
    "contact_groups.create",
    "contact_groups.get",
    "contact_groups.update",
    "contact_groups.contacts.add",
    "contact_groups.contacts.clear",
    "contact_groups.contacts.remove",
    "credit_notes.list",
    "credit_notes.create",
    "credit_notes.upsert",
    "credit_notes.get",
    "credit_notes.update",
    "credit_notes.attachments.list",
    "credit_notes.attachments.get",
    "credit_notes.attachments.get_by_name",
    "credit_notes.attachments.add",
    "credit_notes.attachments.replace",
    "credit_notes.pdf",
    "credit_notes.allocations.create",
    "credit_notes.allocations.delete",
    "credit_notes.history.list",
    "credit_notes.history.add",
    "currencies.list",
    "currencies.create",
    "expense_claims.list",
    "expense_claims.create",
    "expense_claims.get",
    "expense_claims.update",
    "expense_claims.history.list",
    "expense_claims.history.add",
    "invoices.list",
    "invoices.create",
    "invoices.upsert",
    "invoices.get",
    "invoices.update",
    "invoices.pdf",
    "invoices.attachments.list",
    "invoices.attachments.get",
    "invoices.attachments.get_by_name",
    "invoices.attachments.add",
    "invoices.attachments.replace",
    "invoices.online_invoice",
    "invoices.email",
    "invoices.history.list",
    "invoices.history.add",
    "invoice_reminders.list",
    "items.list",
    "items.create",
    "items.upsert",
    "items.get",
    "items.update",
    "items.delete",
    "items.history.list",
    "items.history.add",
    "journals.list",
    "journals.get",
    "journals.get_by_number",
    "linked_transactions.list",
    "linked_transactions.create",
    "linked_transactions.get",
    "linked_transactions.update",
    "linked_transactions.delete",
    "manual_journals.list",
    "manual_journals.create",
    "manual_journals.upsert",
    "manual_journals.get",
    "manual_journals.update",
    "manual_journals.attachments.list",
    "manual_journals.attachments.get",
    "manual_journals.attachments.get_by_name",
    "manual_journals.attachments.add",
    "manual_journals.attachments.replace",
    "manual_journals.history.list",
    "manual_journals.history.add",
    "organisation.get",
    "organisation.actions",
    "organisation.cis_settings",
    "overpayments.list",
    "overpayments.get",
    "overpayments.allocations.create",
    "overpayments.allocations.delete",
    "overpayments.history.list",
    "overpayments.history.add",
    "payments.list",
    "payments.create",
    "payments.create_one",
    "payments.get",
    "payments.delete",
    "payments.history.list",
    "payments.history.add",
    "payment_services.list",
    "payment_services.create",
    "prepayments.list",
    "prepayments.get",
    "prepayments.allocations.create",
    "prepayments.allocations.delete",
    "prepayments.history.list",
    "prepayments.history.add",
    "purchase_orders.list",
    "purchase_orders.create",
    "purchase_orders.upsert",
    "purchase_orders.pdf",
    "purchase_orders.get",
    "purchase_orders.update",
    "purchase_orders.get_by_number",
    "purchase_orders.history.list",
    "purchase_orders.history.add",
    "purchase_orders.attachments.list",
    "purchase_orders.attachments.get",
    "purchase_orders.attachments.get_by_name",
    "purchase_orders.attachments.add",
    "purchase_orders.attachments.replace",
    "quotes.list",
    "quotes.create",
    "quotes.upsert",
    "quotes.get",
    "quotes.update",
    "quotes.history.list",
    "quotes.history.add",
    "quotes.pdf",
    "quotes.attachments.list",
    "quotes.attachments.get",
    "quotes.attachments.get_by_name",
    "quotes.attachments.add",
    "quotes.attachments.replace",
    "receipts.list",
    "receipts.create",
    "receipts.get",
    "receipts.update",
    "receipts.attachments.list",
    "receipts.attachments.get",
    "receipts.attachments.get_by_name",
    "receipts.attachments.add",
    "receipts.attachments.replace",
    "receipts.history.list",
    "receipts.history.add",
    "repeating_invoices.list",
    "repeating_invoices.create",
    "repeating_invoices.upsert",
    "repeating_invoices.get",
    "repeating_invoices.update",
    "repeating_invoices.attachments.list",
    "repeating_invoices.attachments.get",
    "repeating_invoices.attachments.get_by_name",
    "repeating_invoices.attachments.add",
    "repeating_invoices.attachments.replace",
    "repeating_invoices.history.list",
    "repeating_invoices.history.add",
    "reports.ten_ninety_nine",
    "reports.aged_payables_by_contact",
    "reports.aged_receivables_by_contact",
    "reports.balance_sheet",
    "reports.bank_summary",
    "reports.get",
    "reports.budget_summary",
    "reports.executive_summary",
    "reports.list",
    "reports.profit_and_loss",
    "reports.trial_balance",
    "setup.create",
    "tax_rates.list",
    "tax_rates.create",
    "tax_rates.upsert",
    "tax_rates.get",
    "tracking_categories.list",
    "tracking_categories.create",
    "tracking_categories.get",
    "tracking_categories.update",
    "tracking_categories.delete",
    "tracking_categories.options.create",
    "tracking_categories.options.update",
    "tracking_categories.options.delete",
    "users.list",
    "users.get",
]

class AddressForOrganisation(TypedDict):
    AddressType: str
    AddressLine1: str
    AddressLine2: str
    AddressLine3: str
    AddressLine4: str
    City: str
    Region: str
    PostalCode: str
    Country: str
    AttentionTo: str

class AddressForOrganisationInput(TypedDict, total=False):
    AddressType: Literal["POBOX", "STREET", "DELIVERY"] | str
    AddressLine1: str
    AddressLine2: str
    AddressLine3: str
    AddressLine4: str
    City: str
    Region: str
    PostalCode: str
    Country: str
    AttentionTo: str

class Address(TypedDict):
    AddressType: str
    AddressLine1: str
    AddressLine2: str
    AddressLine3: str
    AddressLine4: str
    City: str
    Region: str
    PostalCode: str
    Country: str
    AttentionTo: str

class AddressInput(TypedDict, total=False):
    AddressType: Literal["POBOX", "STREET"] | str
    AddressLine1: str
    AddressLine2: str
    AddressLine3: str
    AddressLine4: str
    City: str
    Region: str
    PostalCode: str
    Country: str
    AttentionTo: str

class Phone(TypedDict):
    PhoneType: str
    PhoneNumber: str
    PhoneAreaCode: str
    PhoneCountryCode: str

class PhoneInput(TypedDict, total=False):
    PhoneType: Literal["DEFAULT", "DDI", "MOBILE", "FAX", "OFFICE"] | str
    PhoneNumber: str
    PhoneAreaCode: str
    PhoneCountryCode: str

class Account(TypedDict):
    Code: str
    Name: str
    AccountID: str
    Type: str
    BankAccountNumber: str
    Status: str
    Description: str
    BankAccountType: str
    CurrencyCode: str
    TaxType: str
    EnablePaymentsToAccount: bool
    ShowInExpenseClaims: bool
    Class: str
    SystemAccount: str
    ReportingCode: str
    ReportingCodeName: str
    HasAttachments: bool
    UpdatedDateUTC: datetime
    AddToWatchlist: bool
    ValidationErrors: list[ValidationError]
    CreatedDateUTC: datetime
    Attachments: list[Attachment]

class AccountInput(TypedDict, total=False):
    Code: str
    Name: str
    AccountID: str | UUID
    Type: Literal["BANK", "CURRENT", "CURRLIAB", "DEPRECIATN", "DIRECTCOSTS", "EQUITY", "EXPENSE", "FIXED", "INVENTORY", "LIABILITY", "NONCURRENT", "OTHERINCOME", "OVERHEADS", "PREPAYMENT", "REVENUE", "SALES", "TERMLIAB", "PAYG"] | str
    BankAccountNumber: str
    Status: Literal["ACTIVE", "ARCHIVED", "DELETED"] | str
    Description: str
    BankAccountType: Literal["BANK", "CREDITCARD", "PAYPAL", "NONE"] | str
    CurrencyCode: str
    TaxType: str
    EnablePaymentsToAccount: bool
    ShowInExpenseClaims: bool
    ReportingCode: str
    AddToWatchlist: bool
    ValidationErrors: list[ValidationErrorInput]

class Attachment(TypedDict):
    AttachmentID: str
    FileName: str
    Url: str
    MimeType: str
    ContentLength: int
    IncludeOnline: bool

class AttachmentInput(TypedDict, total=False):
    AttachmentID: str | UUID
    FileName: str
    Url: str
    MimeType: str
    ContentLength: int
    IncludeOnline: bool

class BankTransaction(TypedDict):
    Type: str
    Contact: Contact
    LineItems: list[LineItem]
    BankAccount: Account
    IsReconciled: bool
    Date: date
    Reference: str
    CurrencyCode: str
    CurrencyRate: Decimal
    Url: str
    Status: str
    LineAmountTypes: str
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    BankTransactionID: str
    PrepaymentID: str
    OverpaymentID: str
    UpdatedDateUTC: datetime
    HasAttachments: bool
    StatusAttributeString: str
    ValidationErrors: list[ValidationError]
    DateString: str
    Attachments: list[Attachment]

class BankTransactionInput(TypedDict, total=False):
    Type: Literal["RECEIVE", "RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT", "SPEND", "SPEND-OVERPAYMENT", "SPEND-PREPAYMENT", "RECEIVE-TRANSFER", "SPEND-TRANSFER"] | str
    Contact: ContactInput
    LineItems: list[LineItemInput]
    BankAccount: AccountInput
    IsReconciled: bool
    Date: date | str
    Reference: str
    CurrencyCode: str
    CurrencyRate: Decimal | int | float | str
    Url: str
    Status: Literal["AUTHORISED", "DELETED", "VOIDED"] | str
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    SubTotal: Decimal | int | float | str
    TotalTax: Decimal | int | float | str
    Total: Decimal | int | float | str
    BankTransactionID: str | UUID
    StatusAttributeString: str
    ValidationErrors: list[ValidationErrorInput]

class LineItem(TypedDict):
    LineItemID: str
    Description: str
    Quantity: Decimal
    UnitAmount: Decimal
    ItemCode: str
    AccountCode: str
    AccountID: str
    TaxType: str
    TaxAmount: Decimal
    Item: LineItemItem
    LineAmount: Decimal
    Tracking: list[LineItemTracking]
    DiscountRate: Decimal
    DiscountAmount: Decimal
    RepeatingInvoiceID: str
    Taxability: str
    SalesTaxCodeId: Decimal
    TaxBreakdown: list[TaxBreakdownComponent]
    ItemID: str
    DiscountEnteredAsPercent: bool

class LineItemInput(TypedDict, total=False):
    LineItemID: str | UUID
    Description: str
    Quantity: Decimal | int | float | str
    UnitAmount: Decimal | int | float | str
    ItemCode: str
    AccountCode: str
    AccountID: str | UUID
    TaxType: str
    TaxAmount: Decimal | int | float | str
    Item: LineItemItemInput
    LineAmount: Decimal | int | float | str
    Tracking: list[LineItemTrackingInput]
    DiscountRate: Decimal | int | float | str
    DiscountAmount: Decimal | int | float | str
    RepeatingInvoiceID: str | UUID
    Taxability: Literal["TAXABLE", "NON_TAXABLE", "EXEMPT", "PART_TAXABLE", "NOT_APPLICABLE"] | str
    SalesTaxCodeId: Decimal | int | float | str
    TaxBreakdown: list[TaxBreakdownComponentInput]

class LineItemItem(TypedDict):
    Code: str
    Name: str
    ItemID: str

class LineItemItemInput(TypedDict, total=False):
    Code: str
    Name: str
    ItemID: str | UUID

class LineItemTracking(TypedDict):
    TrackingCategoryID: str
    TrackingOptionID: str
    Name: str
    Option: str
    Options: list[str]

class LineItemTrackingInput(TypedDict, total=False):
    TrackingCategoryID: str | UUID
    TrackingOptionID: str | UUID
    Name: str
    Option: str

class BankTransfer(TypedDict):
    FromBankAccount: Account
    ToBankAccount: Account
    Amount: Decimal
    Date: date
    BankTransferID: str
    CurrencyRate: Decimal
    FromBankTransactionID: str
    ToBankTransactionID: str
    FromIsReconciled: bool
    ToIsReconciled: bool
    Reference: str
    HasAttachments: bool
    CreatedDateUTC: datetime
    Status: str
    FromTracking: list[TrackingReference]
    ToTracking: list[TrackingReference]
    ValidationErrors: list[ValidationError]
    DateString: str
    CreatedDateUTCString: str
    Attachments: list[Attachment]

class BankTransferInput(TypedDict, total=False):
    FromBankAccount: AccountInput
    ToBankAccount: AccountInput
    Amount: Decimal | int | float | str
    Date: date | str
    FromIsReconciled: bool
    ToIsReconciled: bool
    Reference: str
    FromTracking: list[TrackingReferenceInput]
    ToTracking: list[TrackingReferenceInput]
    ValidationErrors: list[ValidationErrorInput]

class BankTransferDelete(TypedDict):
    BankTransferID: str
    Status: str

class BankTransferDeleteInput(TypedDict, total=False):
    BankTransferID: str | UUID
    Status: str

class BankTransferDeleteByUrlParam(TypedDict):
    Status: str

class BankTransferDeleteByUrlParamInput(TypedDict, total=False):
    Status: str

class TrackingReference(TypedDict):
    TrackingCategoryID: str
    TrackingOptionID: str
    Name: str
    Option: str

class TrackingReferenceInput(TypedDict, total=False):
    TrackingCategoryID: str | UUID
    TrackingOptionID: str | UUID

class BatchPayment(TypedDict):
    Account: Account
    Reference: str
    Particulars: str
    Code: str
    Details: str
    Narrative: str
    BatchPaymentID: str
    DateString: str
    Date: date
    Amount: Decimal
    Payments: list[Payment]
    Type: str
    Status: str
    TotalAmount: Decimal
    UpdatedDateUTC: datetime
    IsReconciled: bool
    ValidationErrors: list[ValidationError]

class BatchPaymentInput(TypedDict, total=False):
    Account: AccountInput
    Reference: str
    Particulars: str
    Code: str
    Details: str
    Narrative: str
    DateString: str
    Date: date | str
    Amount: Decimal | int | float | str
    Payments: list[PaymentInput]
    ValidationErrors: list[ValidationErrorInput]

class BatchPaymentDetails(TypedDict):
    BankAccountNumber: str
    BankAccountName: str
    Details: str
    Code: str
    Reference: str

class BatchPaymentDetailsInput(TypedDict, total=False):
    BankAccountNumber: str
    BankAccountName: str
    Details: str
    Code: str
    Reference: str

class BatchPaymentDelete(TypedDict):
    BatchPaymentID: str
    Status: str

class BatchPaymentDeleteInput(TypedDict, total=False):
    BatchPaymentID: str | UUID
    Status: str

class BatchPaymentDeleteByUrlParam(TypedDict):
    Status: str

class BatchPaymentDeleteByUrlParamInput(TypedDict, total=False):
    Status: str

class BrandingTheme(TypedDict):
    BrandingThemeID: str
    Name: str
    LogoUrl: str
    Type: str
    SortOrder: int
    CreatedDateUTC: datetime

class BrandingThemeInput(TypedDict, total=False):
    BrandingThemeID: str | UUID
    Name: str
    LogoUrl: str
    Type: Literal["INVOICE"] | str
    SortOrder: int

class PaymentService(TypedDict):
    PaymentServiceID: str
    PaymentServiceName: str
    PaymentServiceUrl: str
    PayNowText: str
    PaymentServiceType: str
    ValidationErrors: list[ValidationError]

class PaymentServiceInput(TypedDict, total=False):
    PaymentServiceID: str | UUID
    PaymentServiceName: str
    PaymentServiceUrl: str
    PayNowText: str
    PaymentServiceType: str
    ValidationErrors: list[ValidationErrorInput]

class Contact(TypedDict):
    ContactID: str
    MergedToContactID: str
    ContactNumber: str
    AccountNumber: str
    ContactStatus: str
    Name: str
    FirstName: str
    LastName: str
    CompanyNumber: str
    EmailAddress: str
    ContactPersons: list[ContactPerson]
    BankAccountDetails: str
    TaxNumber: str
    TaxNumberType: str
    AccountsReceivableTaxType: str
    AccountsPayableTaxType: str
    Addresses: list[Address]
    Phones: list[Phone]
    IsSupplier: bool
    IsCustomer: bool
    SalesDefaultLineAmountType: str
    PurchasesDefaultLineAmountType: str
    DefaultCurrency: str
    XeroNetworkKey: str
    SalesDefaultAccountCode: str
    PurchasesDefaultAccountCode: str
    SalesTrackingCategories: list[SalesTrackingCategory]
    PurchasesTrackingCategories: list[SalesTrackingCategory]
    TrackingCategoryName: str
    TrackingCategoryOption: str
    PaymentTerms: PaymentTerm
    UpdatedDateUTC: datetime
    ContactGroups: list[ContactGroup]
    Website: str
    BrandingTheme: BrandingTheme
    BatchPayments: BatchPaymentDetails
    Discount: Decimal
    Balances: Balances
    Attachments: list[Attachment]
    HasAttachments: bool
    ValidationErrors: list[ValidationError]
    HasValidationErrors: bool
    StatusAttributeString: str
    SkypeUserName: str

class ContactInput(TypedDict, total=False):
    ContactID: str | UUID
    MergedToContactID: str | UUID
    ContactNumber: str
    AccountNumber: str
    ContactStatus: Literal["ACTIVE", "ARCHIVED", "GDPRREQUEST"] | str
    Name: str
    FirstName: str
    LastName: str
    CompanyNumber: str
    EmailAddress: str
    ContactPersons: list[ContactPersonInput]
    BankAccountDetails: str
    TaxNumber: str
    TaxNumberType: Literal["SSN", "EIN", "ITIN", "ATIN"] | str
    AccountsReceivableTaxType: str
    AccountsPayableTaxType: str
    Addresses: list[AddressInput]
    Phones: list[PhoneInput]
    IsSupplier: bool
    IsCustomer: bool
    SalesDefaultLineAmountType: Literal["INCLUSIVE", "EXCLUSIVE", "NONE"] | str
    PurchasesDefaultLineAmountType: Literal["INCLUSIVE", "EXCLUSIVE", "NONE"] | str
    DefaultCurrency: str
    XeroNetworkKey: str
    SalesDefaultAccountCode: str
    PurchasesDefaultAccountCode: str
    SalesTrackingCategories: list[SalesTrackingCategoryInput]
    PurchasesTrackingCategories: list[SalesTrackingCategoryInput]
    TrackingCategoryName: str
    TrackingCategoryOption: str
    PaymentTerms: PaymentTermInput
    ContactGroups: list[ContactGroupInput]
    BrandingTheme: BrandingThemeInput
    BatchPayments: BatchPaymentDetailsInput
    Balances: BalancesInput
    Attachments: list[AttachmentInput]
    HasAttachments: bool
    ValidationErrors: list[ValidationErrorInput]
    HasValidationErrors: bool
    StatusAttributeString: str

class Budget(TypedDict):
    BudgetID: str
    Type: str
    Description: str
    UpdatedDateUTC: datetime
    BudgetLines: list[BudgetLine]
    Tracking: list[TrackingCategory]
    Status: str

class BudgetInput(TypedDict, total=False):
    BudgetID: str | UUID
    Type: Literal["OVERALL", "TRACKING"] | str
    Description: str
    BudgetLines: list[BudgetLineInput]
    Tracking: list[TrackingCategoryInput]

class BudgetLine(TypedDict):
    AccountID: str
    AccountCode: str
    BudgetBalances: list[BudgetBalance]

class BudgetLineInput(TypedDict, total=False):
    AccountID: str | UUID
    AccountCode: str
    BudgetBalances: list[BudgetBalanceInput]

class BudgetBalance(TypedDict):
    Period: date
    Amount: Decimal
    UnitAmount: Decimal
    Notes: str

class BudgetBalanceInput(TypedDict, total=False):
    Period: date | str
    Amount: Decimal | int | float | str
    UnitAmount: Decimal | int | float | str
    Notes: str

class Balances(TypedDict):
    AccountsReceivable: AccountsReceivable
    AccountsPayable: AccountsPayable

class BalancesInput(TypedDict, total=False):
    AccountsReceivable: AccountsReceivableInput
    AccountsPayable: AccountsPayableInput

class AccountsReceivable(TypedDict):
    Outstanding: Decimal
    Overdue: Decimal

class AccountsReceivableInput(TypedDict, total=False):
    Outstanding: Decimal | int | float | str
    Overdue: Decimal | int | float | str

class AccountsPayable(TypedDict):
    Outstanding: Decimal
    Overdue: Decimal

class AccountsPayableInput(TypedDict, total=False):
    Outstanding: Decimal | int | float | str
    Overdue: Decimal | int | float | str

class CISSetting(TypedDict):
    CISEnabled: bool
    Rate: Decimal

class CISSettingInput(TypedDict, total=False):
    CISEnabled: bool

class CISOrgSetting(TypedDict):
    CISContractorEnabled: bool
    CISSubContractorEnabled: bool
    Rate: Decimal

class CISOrgSettingInput(TypedDict, total=False):
    CISContractorEnabled: bool
    CISSubContractorEnabled: bool

class ContactPerson(TypedDict):
    FirstName: str
    LastName: str
    EmailAddress: str
    IncludeInEmails: bool

class ContactPersonInput(TypedDict, total=False):
    FirstName: str
    LastName: str
    EmailAddress: str
    IncludeInEmails: bool

class ContactGroup(TypedDict):
    Name: str
    Status: str
    ContactGroupID: str
    Contacts: list[Contact]
    HasValidationErrors: bool

class ContactGroupInput(TypedDict, total=False):
    Name: str
    Status: Literal["ACTIVE", "DELETED"] | str
    ContactGroupID: str | UUID
    Contacts: list[ContactInput]

class RequestEmpty(TypedDict):
    Status: str

class RequestEmptyInput(TypedDict, total=False):
    Status: str

class CreditNote(TypedDict):
    Type: str
    Contact: Contact
    Date: date
    DueDate: date
    Status: str
    LineAmountTypes: str
    LineItems: list[LineItem]
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    CISDeduction: Decimal
    CISRate: Decimal
    UpdatedDateUTC: datetime
    UpdatedDateUTCString: str
    CurrencyCode: str
    FullyPaidOnDate: date
    CreditNoteID: str
    CreditNoteNumber: str
    Reference: str
    SentToContact: bool
    CurrencyRate: Decimal
    RemainingCredit: Decimal
    Allocations: list[Allocation]
    AppliedAmount: Decimal
    Payments: list[Payment]
    BrandingThemeID: str
    StatusAttributeString: str
    HasAttachments: bool
    HasErrors: bool
    ValidationErrors: list[ValidationError]
    Warnings: list[ValidationError]
    InvoiceAddresses: list[InvoiceAddress]
    ID: str
    DateString: str
    DueDateString: str
    Attachments: list[Attachment]

class CreditNoteInput(TypedDict, total=False):
    Type: Literal["ACCPAYCREDIT", "ACCRECCREDIT"] | str
    Contact: ContactInput
    Date: date | str
    DueDate: date | str
    Status: Literal["DRAFT", "SUBMITTED", "DELETED", "AUTHORISED", "PAID", "VOIDED"] | str
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    LineItems: list[LineItemInput]
    SubTotal: Decimal | int | float | str
    TotalTax: Decimal | int | float | str
    Total: Decimal | int | float | str
    CurrencyCode: str
    FullyPaidOnDate: date | str
    CreditNoteID: str | UUID
    CreditNoteNumber: str
    Reference: str
    CurrencyRate: Decimal | int | float | str
    RemainingCredit: Decimal | int | float | str
    Allocations: list[AllocationInput]
    AppliedAmount: Decimal | int | float | str
    Payments: list[PaymentInput]
    BrandingThemeID: str | UUID
    StatusAttributeString: str
    HasAttachments: bool
    HasErrors: bool
    ValidationErrors: list[ValidationErrorInput]
    Warnings: list[ValidationErrorInput]
    InvoiceAddresses: list[InvoiceAddressInput]

class Allocation(TypedDict):
    AllocationID: str
    Invoice: Invoice
    Overpayment: Overpayment
    Prepayment: Prepayment
    CreditNote: CreditNote
    Amount: Decimal
    Date: date
    IsDeleted: bool
    StatusAttributeString: str
    ValidationErrors: list[ValidationError]

class AllocationInput(TypedDict, total=False):
    AllocationID: str | UUID
    Invoice: InvoiceInput
    Overpayment: OverpaymentInput
    Prepayment: PrepaymentInput
    CreditNote: CreditNoteInput
    Amount: Decimal | int | float | str
    Date: date | str
    StatusAttributeString: str
    ValidationErrors: list[ValidationErrorInput]

class Currency(TypedDict):
    Code: str
    Description: str

class CurrencyInput(TypedDict, total=False):
    Code: str
    Description: str

class Employee(TypedDict):
    EmployeeID: str
    Status: str
    FirstName: str
    LastName: str
    ExternalLink: ExternalLink
    UpdatedDateUTC: datetime
    StatusAttributeString: str
    ValidationErrors: list[ValidationError]

class EmployeeInput(TypedDict, total=False):
    EmployeeID: str | UUID
    Status: Literal["ACTIVE", "ARCHIVED", "GDPRREQUEST", "DELETED"] | str
    FirstName: str
    LastName: str
    ExternalLink: ExternalLinkInput
    StatusAttributeString: str
    ValidationErrors: list[ValidationErrorInput]

class ExpenseClaim(TypedDict):
    ExpenseClaimID: str
    Status: str
    Payments: list[Payment]
    User: User
    Receipts: list[Receipt]
    UpdatedDateUTC: datetime
    Total: Decimal
    AmountDue: Decimal
    AmountPaid: Decimal
    PaymentDueDate: date
    ReportingDate: date
    ReceiptID: str

class ExpenseClaimInput(TypedDict, total=False):
    ExpenseClaimID: str | UUID
    Status: Literal["SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"] | str
    Payments: list[PaymentInput]
    User: UserInput
    Receipts: list[ReceiptInput]
    ReceiptID: str | UUID

class HistoryRecord(TypedDict):
    Details: str
    Changes: str
    User: str
    DateUTC: datetime
    DateUTCString: str

class HistoryRecordInput(TypedDict, total=False):
    Details: str
    Changes: str
    User: str

class Invoice(TypedDict):
    Type: str
    Contact: Contact
    LineItems: list[LineItem]
    Date: date
    DueDate: date
    LineAmountTypes: str
    InvoiceNumber: str
    Reference: str
    BrandingThemeID: str
    Url: str
    CurrencyCode: str
    CurrencyRate: Decimal
    Status: str
    SentToContact: bool
    ExpectedPaymentDate: date
    PlannedPaymentDate: date
    CISDeduction: Decimal
    CISRate: Decimal
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    TotalDiscount: Decimal
    InvoiceID: str
    RepeatingInvoiceID: str
    HasAttachments: bool
    IsDiscounted: bool
    Payments: list[Payment]
    Prepayments: list[Prepayment]
    Overpayments: list[Overpayment]
    AmountDue: Decimal
    AmountPaid: Decimal
    FullyPaidOnDate: date
    AmountCredited: Decimal
    UpdatedDateUTC: datetime
    UpdatedDateUTCString: str
    CreditNotes: list[CreditNote]
    Attachments: list[Attachment]
    HasErrors: bool
    StatusAttributeString: str
    ValidationErrors: list[ValidationError]
    Warnings: list[ValidationError]
    InvoiceAddresses: list[InvoiceAddress]
    DateString: str
    DueDateString: str
    InvoicePaymentServices: list[str]
    SentToEmailAddress: str

class InvoiceInput(TypedDict, total=False):
    Type: Literal["ACCPAY", "ACCPAYCREDIT", "APOVERPAYMENT", "APPREPAYMENT", "ACCREC", "ACCRECCREDIT", "AROVERPAYMENT", "ARPREPAYMENT"] | str
    Contact: ContactInput
    LineItems: list[LineItemInput]
    Date: date | str
    DueDate: date | str
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    InvoiceNumber: str
    Reference: str
    BrandingThemeID: str | UUID
    Url: str
    CurrencyCode: str
    CurrencyRate: Decimal | int | float | str
    Status: Literal["DRAFT", "SUBMITTED", "DELETED", "AUTHORISED", "PAID", "VOIDED"] | str
    SentToContact: bool
    ExpectedPaymentDate: date | str
    PlannedPaymentDate: date | str
    InvoiceID: str | UUID
    RepeatingInvoiceID: str | UUID
    Attachments: list[AttachmentInput]
    HasErrors: bool
    StatusAttributeString: str
    ValidationErrors: list[ValidationErrorInput]
    Warnings: list[ValidationErrorInput]
    InvoiceAddresses: list[InvoiceAddressInput]

class OnlineInvoice(TypedDict):
    OnlineInvoiceUrl: str

class OnlineInvoiceInput(TypedDict, total=False):
    OnlineInvoiceUrl: str

class InvoiceReminder(TypedDict):
    Enabled: bool

class InvoiceReminderInput(TypedDict, total=False):
    Enabled: bool

class Item(TypedDict):
    Code: str
    InventoryAssetAccountCode: str
    Name: str
    IsSold: bool
    IsPurchased: bool
    Description: str
    PurchaseDescription: str
    PurchaseDetails: Purchase
    SalesDetails: Purchase
    IsTrackedAsInventory: bool
    TotalCostPool: Decimal
    QuantityOnHand: Decimal
    UpdatedDateUTC: datetime
    ItemID: str
    StatusAttributeString: str
    ValidationErrors: list[ValidationError]
    AllowBackorders: bool

class ItemInput(TypedDict, total=False):
    Code: str
    InventoryAssetAccountCode: str
    Name: str
    IsSold: bool
    IsPurchased: bool
    Description: str
    PurchaseDescription: str
    PurchaseDetails: PurchaseInput
    SalesDetails: PurchaseInput
    IsTrackedAsInventory: bool
    TotalCostPool: Decimal | int | float | str
    QuantityOnHand: Decimal | int | float | str
    ItemID: str | UUID
    StatusAttributeString: str
    ValidationErrors: list[ValidationErrorInput]

class Purchase(TypedDict):
    UnitPrice: Decimal
    AccountCode: str
    COGSAccountCode: str
    TaxType: str

class PurchaseInput(TypedDict, total=False):
    UnitPrice: Decimal | int | float | str
    AccountCode: str
    COGSAccountCode: str
    TaxType: str

class Journal(TypedDict):
    JournalID: str
    JournalDate: date
    JournalNumber: int
    CreatedDateUTC: datetime
    Reference: str
    SourceID: str
    SourceType: str
    JournalLines: list[JournalLine]

class JournalInput(TypedDict, total=False):
    JournalID: str | UUID
    JournalDate: date | str
    JournalNumber: int
    Reference: str
    SourceID: str | UUID
    SourceType: Literal["ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT", "ACCRECPAYMENT", "ACCPAYPAYMENT", "ARCREDITPAYMENT", "APCREDITPAYMENT", "CASHREC", "CASHPAID", "TRANSFER", "ARPREPAYMENT", "APPREPAYMENT", "AROVERPAYMENT", "APOVERPAYMENT", "EXPCLAIM", "EXPPAYMENT", "MANJOURNAL", "PAYSLIP", "WAGEPAYABLE", "INTEGRATEDPAYROLLPE", "INTEGRATEDPAYROLLPT", "EXTERNALSPENDMONEY", "INTEGRATEDPAYROLLPTPAYMENT", "INTEGRATEDPAYROLLCN"] | str
    JournalLines: list[JournalLineInput]

class JournalLine(TypedDict):
    JournalLineID: str
    AccountID: str
    AccountCode: str
    AccountType: str
    AccountName: str
    Description: str
    NetAmount: Decimal
    GrossAmount: Decimal
    TaxAmount: Decimal
    TaxType: str
    TaxName: str
    TrackingCategories: list[TrackingCategory]

class JournalLineInput(TypedDict, total=False):
    JournalLineID: str | UUID
    AccountID: str | UUID
    AccountCode: str
    AccountType: Literal["BANK", "CURRENT", "CURRLIAB", "DEPRECIATN", "DIRECTCOSTS", "EQUITY", "EXPENSE", "FIXED", "INVENTORY", "LIABILITY", "NONCURRENT", "OTHERINCOME", "OVERHEADS", "PREPAYMENT", "REVENUE", "SALES", "TERMLIAB", "PAYG"] | str
    AccountName: str
    Description: str
    NetAmount: Decimal | int | float | str
    GrossAmount: Decimal | int | float | str
    TaxType: str
    TaxName: str
    TrackingCategories: list[TrackingCategoryInput]

class LinkedTransaction(TypedDict):
    SourceTransactionID: str
    SourceLineItemID: str
    ContactID: str
    TargetTransactionID: str
    TargetLineItemID: str
    LinkedTransactionID: str
    Status: str
    Type: str
    UpdatedDateUTC: datetime
    SourceTransactionTypeCode: str
    ValidationErrors: list[ValidationError]

class LinkedTransactionInput(TypedDict, total=False):
    SourceTransactionID: str | UUID
    SourceLineItemID: str | UUID
    ContactID: str | UUID
    TargetTransactionID: str | UUID
    TargetLineItemID: str | UUID
    LinkedTransactionID: str | UUID
    Status: Literal["APPROVED", "DRAFT", "ONDRAFT", "BILLED", "VOIDED"] | str
    Type: Literal["BILLABLEEXPENSE"] | str
    SourceTransactionTypeCode: Literal["ACCPAY", "SPEND"] | str
    ValidationErrors: list[ValidationErrorInput]

class ManualJournal(TypedDict):
    Narration: str
    JournalLines: list[ManualJournalLine]
    Date: date
    LineAmountTypes: str
    Status: str
    Url: str
    ShowOnCashBasisReports: bool
    HasAttachments: bool
    UpdatedDateUTC: datetime
    ManualJournalID: str
    StatusAttributeString: str
    Warnings: list[ValidationError]
    ValidationErrors: list[ValidationError]
    Attachments: list[Attachment]

class ManualJournalInput(TypedDict, total=False):
    Narration: str
    JournalLines: list[ManualJournalLineInput]
    Date: date | str
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    Status: Literal["DRAFT", "POSTED", "DELETED", "VOIDED", "ARCHIVED"] | str
    Url: str
    ShowOnCashBasisReports: bool
    ManualJournalID: str | UUID
    StatusAttributeString: str
    Warnings: list[ValidationErrorInput]
    ValidationErrors: list[ValidationErrorInput]
    Attachments: list[AttachmentInput]

class ManualJournalLine(TypedDict):
    LineAmount: Decimal
    AccountCode: str
    AccountID: str
    Description: str
    TaxType: str
    Tracking: list[TrackingCategory]
    TaxAmount: Decimal
    IsBlank: bool

class ManualJournalLineInput(TypedDict, total=False):
    LineAmount: Decimal | int | float | str
    AccountCode: str
    AccountID: str | UUID
    Description: str
    TaxType: str
    Tracking: list[TrackingCategoryInput]
    TaxAmount: Decimal | int | float | str
    IsBlank: bool

class Action(TypedDict):
    Name: str
    Status: str

class ActionInput(TypedDict, total=False):
    Name: str
    Status: Literal["ALLOWED", "NOT-ALLOWED"] | str

class Organisation(TypedDict):
    OrganisationID: str
    APIKey: str
    Name: str
    LegalName: str
    PaysTax: bool
    Version: str
    OrganisationType: str
    BaseCurrency: str
    CountryCode: str
    IsDemoCompany: bool
    OrganisationStatus: str
    RegistrationNumber: str
    EmployerIdentificationNumber: str
    TaxNumber: str
    FinancialYearEndDay: int
    FinancialYearEndMonth: int
    SalesTaxBasis: str
    SalesTaxPeriod: str
    DefaultSalesTax: str
    DefaultPurchasesTax: str
    PeriodLockDate: date
    EndOfYearLockDate: date
    CreatedDateUTC: datetime
    Timezone: str
    OrganisationEntityType: str
    ShortCode: str
    Class: str
    Edition: str
    LineOfBusiness: str
    Addresses: list[AddressForOrganisation]
    Phones: list[Phone]
    ExternalLinks: list[ExternalLink]
    PaymentTerms: PaymentTerm
    TaxNumberName: str

class OrganisationInput(TypedDict, total=False):
    OrganisationID: str | UUID
    APIKey: str
    Name: str
    LegalName: str
    PaysTax: bool
    Version: Literal["AU", "NZ", "GLOBAL", "UK", "US", "AUONRAMP", "NZONRAMP", "GLOBALONRAMP", "UKONRAMP", "USONRAMP"] | str
    OrganisationType: Literal["ACCOUNTING_PRACTICE", "COMPANY", "CHARITY", "CLUB_OR_SOCIETY", "INDIVIDUAL", "LOOK_THROUGH_COMPANY", "NOT_FOR_PROFIT", "PARTNERSHIP", "S_CORPORATION", "SELF_MANAGED_SUPERANNUATION_FUND", "SOLE_TRADER", "SUPERANNUATION_FUND", "TRUST", "PERSONAL", "SINGLEMEMBERLLC", "CCORPORATIONLLC", "PARTNERSHIPLLC", "SCORPORATIONLLC", "LLC", "NOTLLC", "UNSPECIFIED"] | str
    BaseCurrency: str
    CountryCode: str
    IsDemoCompany: bool
    OrganisationStatus: str
    RegistrationNumber: str
    EmployerIdentificationNumber: str
    TaxNumber: str
    FinancialYearEndDay: int
    FinancialYearEndMonth: int
    SalesTaxBasis: Literal["PAYMENTS", "INVOICE", "NONE", "CASH", "ACCRUAL", "FLATRATECASH", "FLATRATEACCRUAL", "ACCRUALS"] | str
    SalesTaxPeriod: Literal["MONTHLY", "QUARTERLY1", "QUARTERLY2", "QUARTERLY3", "ANNUALLY", "ONEMONTHS", "TWOMONTHS", "SIXMONTHS", "1MONTHLY", "2MONTHLY", "3MONTHLY", "6MONTHLY", "QUARTERLY", "YEARLY", "NONE"] | str
    DefaultSalesTax: str
    DefaultPurchasesTax: str
    PeriodLockDate: date | str
    EndOfYearLockDate: date | str
    Timezone: str
    OrganisationEntityType: Literal["ACCOUNTING_PRACTICE", "COMPANY", "CHARITY", "CLUB_OR_SOCIETY", "INDIVIDUAL", "LOOK_THROUGH_COMPANY", "NOT_FOR_PROFIT", "PARTNERSHIP", "S_CORPORATION", "SELF_MANAGED_SUPERANNUATION_FUND", "SOLE_TRADER", "SUPERANNUATION_FUND", "TRUST", "PERSONAL", "SINGLEMEMBERLLC", "CCORPORATIONLLC", "PARTNERSHIPLLC", "SCORPORATIONLLC", "LLC", "NOTLLC", "UNSPECIFIED"] | str
    ShortCode: str
    Class: Literal["DEMO", "TRIAL", "STARTER", "STANDARD", "PREMIUM", "PREMIUM_20", "PREMIUM_50", "PREMIUM_100", "LEDGER", "GST_CASHBOOK", "NON_GST_CASHBOOK", "ULTIMATE", "LITE", "ULTIMATE_10", "ULTIMATE_20", "ULTIMATE_50", "ULTIMATE_100", "IGNITE", "GROW", "COMPREHENSIVE", "SIMPLE", "BASICLITE", "ULTRA"] | str
    Edition: Literal["BUSINESS", "PARTNER"] | str
    LineOfBusiness: str
    Addresses: list[AddressForOrganisationInput]
    Phones: list[PhoneInput]
    ExternalLinks: list[ExternalLinkInput]
    PaymentTerms: PaymentTermInput

class PaymentTerm(TypedDict):
    Bills: Bill
    Sales: Bill

class PaymentTermInput(TypedDict, total=False):
    Bills: BillInput
    Sales: BillInput

class ExternalLink(TypedDict):
    LinkType: str
    Url: str
    Description: str

class ExternalLinkInput(TypedDict, total=False):
    LinkType: Literal["Facebook", "GooglePlus", "LinkedIn", "Twitter", "Website"] | str
    Url: str
    Description: str

class Bill(TypedDict):
    Day: int
    Type: str

class BillInput(TypedDict, total=False):
    Day: int
    Type: Literal["DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH"] | str

class Overpayment(TypedDict):
    Type: str
    Contact: Contact
    Date: date
    Status: str
    LineAmountTypes: str
    LineItems: list[LineItem]
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    UpdatedDateUTC: datetime
    UpdatedDateUTCString: str
    CurrencyCode: str
    OverpaymentID: str
    CurrencyRate: Decimal
    RemainingCredit: Decimal
    Allocations: list[Allocation]
    AppliedAmount: Decimal
    Payments: list[Payment]
    HasAttachments: bool
    Reference: str
    Attachments: list[Attachment]
    ID: str
    DateString: str

class OverpaymentInput(TypedDict, total=False):
    Type: Literal["RECEIVE-OVERPAYMENT", "SPEND-OVERPAYMENT", "AROVERPAYMENT"] | str
    Contact: ContactInput
    Date: date | str
    Status: Literal["AUTHORISED", "PAID", "VOIDED"] | str
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    LineItems: list[LineItemInput]
    SubTotal: Decimal | int | float | str
    TotalTax: Decimal | int | float | str
    Total: Decimal | int | float | str
    CurrencyCode: str
    OverpaymentID: str | UUID
    CurrencyRate: Decimal | int | float | str
    RemainingCredit: Decimal | int | float | str
    Allocations: list[AllocationInput]
    AppliedAmount: Decimal | int | float | str
    Payments: list[PaymentInput]
    Reference: str
    Attachments: list[AttachmentInput]

class PaymentDelete(TypedDict):
    Status: str

class PaymentDeleteInput(TypedDict, total=False):
    Status: str

class Payment(TypedDict):
    Invoice: Invoice
    CreditNote: CreditNote
    Prepayment: Prepayment
    Overpayment: Overpayment
    InvoiceNumber: str
    CreditNoteNumber: str
    BatchPayment: BatchPayment
    Account: Account
    Code: str
    Date: date
    CurrencyRate: Decimal
    Amount: Decimal
    BankAmount: Decimal
    Reference: str
    IsReconciled: bool
    Status: str
    PaymentType: str
    UpdatedDateUTC: datetime
    UpdatedDateUTCString: str
    PaymentID: str
    BatchPaymentID: str
    BankAccountNumber: str
    Particulars: str
    Details: str
    HasAccount: bool
    HasValidationErrors: bool
    StatusAttributeString: str
    ValidationErrors: list[ValidationError]
    Warnings: list[ValidationError]

class PaymentInput(TypedDict, total=False):
    Invoice: InvoiceInput
    CreditNote: CreditNoteInput
    Prepayment: PrepaymentInput
    Overpayment: OverpaymentInput
    InvoiceNumber: str
    CreditNoteNumber: str
    BatchPayment: BatchPaymentInput
    Account: AccountInput
    Code: str
    Date: date | str
    CurrencyRate: Decimal | int | float | str
    Amount: Decimal | int | float | str
    BankAmount: Decimal | int | float | str
    Reference: str
    IsReconciled: bool
    Status: Literal["AUTHORISED", "DELETED"] | str
    PaymentID: str | UUID
    BatchPaymentID: str | UUID
    BankAccountNumber: str
    Particulars: str
    Details: str
    HasAccount: bool
    HasValidationErrors: bool
    StatusAttributeString: str
    ValidationErrors: list[ValidationErrorInput]
    Warnings: list[ValidationErrorInput]

class Prepayment(TypedDict):
    Type: str
    Contact: Contact
    Date: date
    Status: str
    LineAmountTypes: str
    LineItems: list[LineItem]
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    Reference: str
    InvoiceNumber: str
    UpdatedDateUTC: datetime
    UpdatedDateUTCString: str
    CurrencyCode: str
    PrepaymentID: str
    BrandingThemeID: str
    CurrencyRate: Decimal
    RemainingCredit: Decimal
    Allocations: list[Allocation]
    Payments: list[Payment]
    AppliedAmount: Decimal
    HasAttachments: bool
    Attachments: list[Attachment]
    ID: str
    DateString: str

class PrepaymentInput(TypedDict, total=False):
    Type: Literal["RECEIVE-PREPAYMENT", "SPEND-PREPAYMENT", "ARPREPAYMENT", "APPREPAYMENT"] | str
    Contact: ContactInput
    Date: date | str
    Status: Literal["AUTHORISED", "PAID", "VOIDED"] | str
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    LineItems: list[LineItemInput]
    SubTotal: Decimal | int | float | str
    TotalTax: Decimal | int | float | str
    Total: Decimal | int | float | str
    CurrencyCode: str
    PrepaymentID: str | UUID
    CurrencyRate: Decimal | int | float | str
    RemainingCredit: Decimal | int | float | str
    Allocations: list[AllocationInput]
    Payments: list[PaymentInput]
    AppliedAmount: Decimal | int | float | str
    Attachments: list[AttachmentInput]

class PurchaseOrder(TypedDict):
    Contact: Contact
    LineItems: list[LineItem]
    Date: date
    DeliveryDate: date
    LineAmountTypes: str
    PurchaseOrderNumber: str
    Reference: str
    BrandingThemeID: str
    CurrencyCode: str
    Status: str
    SentToContact: bool
    DeliveryAddress: str
    AttentionTo: str
    Telephone: str
    DeliveryInstructions: str
    ExpectedArrivalDate: date
    PurchaseOrderID: str
    CurrencyRate: Decimal
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    TotalDiscount: Decimal
    HasAttachments: bool
    UpdatedDateUTC: datetime
    StatusAttributeString: str
    ValidationErrors: list[ValidationError]
    Warnings: list[ValidationError]
    Attachments: list[Attachment]
    DateString: str
    DeliveryDateString: str
    ExpectedArrivalDateString: str
    Type: str
    IsDiscounted: bool
    HasErrors: bool

class PurchaseOrderInput(TypedDict, total=False):
    Contact: ContactInput
    LineItems: list[LineItemInput]
    Date: date | str
    DeliveryDate: date | str
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    PurchaseOrderNumber: str
    Reference: str
    BrandingThemeID: str | UUID
    CurrencyCode: str
    Status: Literal["DRAFT", "SUBMITTED", "AUTHORISED", "BILLED", "DELETED"] | str
    SentToContact: bool
    DeliveryAddress: str
    AttentionTo: str
    Telephone: str
    DeliveryInstructions: str
    ExpectedArrivalDate: date | str
    PurchaseOrderID: str | UUID
    CurrencyRate: Decimal | int | float | str
    StatusAttributeString: str
    ValidationErrors: list[ValidationErrorInput]
    Warnings: list[ValidationErrorInput]
    Attachments: list[AttachmentInput]

class Pagination(TypedDict):
    page: int
    pageSize: int
    pageCount: int
    itemCount: int

class PaginationInput(TypedDict, total=False):
    page: int
    pageSize: int
    pageCount: int
    itemCount: int

class Quote(TypedDict):
    QuoteID: str
    QuoteNumber: str
    Reference: str
    Terms: str
    Contact: Contact
    LineItems: list[LineItem]
    Date: date
    DateString: str
    ExpiryDate: date
    ExpiryDateString: str
    Status: str
    CurrencyCode: str
    CurrencyRate: Decimal
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    TotalDiscount: Decimal
    Title: str
    Summary: str
    BrandingThemeID: str
    UpdatedDateUTC: datetime
    LineAmountTypes: str
    StatusAttributeString: str
    ValidationErrors: list[ValidationError]
    HasAttachments: bool

class QuoteInput(TypedDict, total=False):
    QuoteID: str | UUID
    QuoteNumber: str
    Reference: str
    Terms: str
    Contact: ContactInput
    LineItems: list[LineItemInput]
    Date: date | str
    DateString: str
    ExpiryDate: date | str
    ExpiryDateString: str
    Status: Literal["DRAFT", "SENT", "DECLINED", "ACCEPTED", "INVOICED", "DELETED"] | str
    CurrencyCode: str
    CurrencyRate: Decimal | int | float | str
    Title: str
    Summary: str
    BrandingThemeID: str | UUID
    LineAmountTypes: Literal["EXCLUSIVE", "INCLUSIVE", "NOTAX"] | str
    StatusAttributeString: str
    ValidationErrors: list[ValidationErrorInput]

class Receipt(TypedDict):
    Date: date
    Contact: Contact
    LineItems: list[LineItem]
    User: User
    Reference: str
    LineAmountTypes: str
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    ReceiptID: str
    Status: str
    ReceiptNumber: str
    UpdatedDateUTC: datetime
    HasAttachments: bool
    Url: str
    ValidationErrors: list[ValidationError]
    Warnings: list[ValidationError]
    Attachments: list[Attachment]
    ID: str

class ReceiptInput(TypedDict, total=False):
    Date: date | str
    Contact: ContactInput
    LineItems: list[LineItemInput]
    User: UserInput
    Reference: str
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    SubTotal: Decimal | int | float | str
    TotalTax: Decimal | int | float | str
    Total: Decimal | int | float | str
    ReceiptID: str | UUID
    Status: Literal["DRAFT", "SUBMITTED", "AUTHORISED", "DECLINED", "VOIDED"] | str
    ValidationErrors: list[ValidationErrorInput]
    Warnings: list[ValidationErrorInput]
    Attachments: list[AttachmentInput]

class RepeatingInvoice(TypedDict):
    Type: str
    Contact: Contact
    Schedule: Schedule
    LineItems: list[LineItem]
    LineAmountTypes: str
    Reference: str
    BrandingThemeID: str
    CurrencyCode: str
    Status: str
    SubTotal: Decimal
    TotalTax: Decimal
    Total: Decimal
    RepeatingInvoiceID: str
    ID: str
    HasAttachments: bool
    Attachments: list[Attachment]
    ApprovedForSending: bool
    SendCopy: bool
    MarkAsSent: bool
    IncludePDF: bool

class RepeatingInvoiceInput(TypedDict, total=False):
    Type: Literal["ACCPAY", "ACCREC"] | str
    Contact: ContactInput
    Schedule: ScheduleInput
    LineItems: list[LineItemInput]
    LineAmountTypes: Literal["Exclusive", "Inclusive", "NoTax"] | str
    Reference: str
    BrandingThemeID: str | UUID
    CurrencyCode: str
    Status: Literal["DRAFT", "AUTHORISED", "DELETED"] | str
    SubTotal: Decimal | int | float | str
    TotalTax: Decimal | int | float | str
    Total: Decimal | int | float | str
    RepeatingInvoiceID: str | UUID
    ID: str | UUID
    Attachments: list[AttachmentInput]
    ApprovedForSending: bool
    SendCopy: bool
    MarkAsSent: bool
    IncludePDF: bool

class ReportWithRow(TypedDict):
    ReportID: str
    ReportName: str
    ReportTitle: str
    ReportType: str
    ReportTitles: list[str]
    ReportDate: str
    Rows: list[ReportRows]
    UpdatedDateUTC: datetime
    Fields: list[ReportFields]
    Attributes: list[ReportAttribute]

class ReportWithRowInput(TypedDict, total=False):
    ReportID: str
    ReportName: str
    ReportTitle: str
    ReportType: str
    ReportTitles: list[str]
    ReportDate: str
    Rows: list[ReportRowsInput]
    Fields: list[ReportFieldsInput]

class ReportRows(TypedDict):
    RowType: str
    Title: str
    Cells: list[ReportCell]
    Rows: list[ReportRow]

class ReportRowsInput(TypedDict, total=False):
    RowType: Literal["Header", "Section", "Row", "SummaryRow"] | str
    Title: str
    Cells: list[ReportCellInput]
    Rows: list[ReportRowInput]

class ReportRow(TypedDict):
    RowType: str
    Title: str
    Cells: list[ReportCell]

class ReportRowInput(TypedDict, total=False):
    RowType: Literal["Header", "Section", "Row", "SummaryRow"] | str
    Title: str
    Cells: list[ReportCellInput]

class ReportAttribute(TypedDict):
    Id: str
    Value: str
    Name: str
    Description: str

class ReportAttributeInput(TypedDict, total=False):
    Id: str
    Value: str

class ReportFields(TypedDict):
    FieldID: str
    Description: str
    Value: str

class ReportFieldsInput(TypedDict, total=False):
    FieldID: str
    Description: str
    Value: str

class Report(TypedDict):
    ReportName: str
    ReportType: str
    ReportTitle: str
    ReportDate: str
    UpdatedDateUTC: datetime
    Contacts: list[TenNinetyNineContact]

class ReportInput(TypedDict, total=False):
    ReportName: str
    ReportType: Literal["AgedPayablesByContact"] | str
    ReportTitle: str
    ReportDate: str
    Contacts: list[TenNinetyNineContactInput]

class TenNinetyNineContact(TypedDict):
    Box1: Decimal
    Box2: Decimal
    Box3: Decimal
    Box4: Decimal
    Box5: Decimal
    Box6: Decimal
    Box7: Decimal
    Box8: Decimal
    Box9: Decimal
    Box10: Decimal
    Box11: Decimal
    Box13: Decimal
    Box14: Decimal
    Name: str
    FederalTaxIDType: str
    City: str
    Zip: str
    State: str
    Email: str
    StreetAddress: str
    TaxID: str
    ContactId: str
    LegalName: str
    BusinessName: str
    FederalTaxClassification: str

class TenNinetyNineContactInput(TypedDict, total=False):
    Box1: Decimal | int | float | str
    Box2: Decimal | int | float | str
    Box3: Decimal | int | float | str
    Box4: Decimal | int | float | str
    Box5: Decimal | int | float | str
    Box6: Decimal | int | float | str
    Box7: Decimal | int | float | str
    Box8: Decimal | int | float | str
    Box9: Decimal | int | float | str
    Box10: Decimal | int | float | str
    Box11: Decimal | int | float | str
    Box13: Decimal | int | float | str
    Box14: Decimal | int | float | str
    Name: str
    FederalTaxIDType: str
    City: str
    Zip: str
    State: str
    Email: str
    StreetAddress: str
    TaxID: str
    ContactId: str | UUID
    LegalName: str
    BusinessName: str
    FederalTaxClassification: Literal["SOLE_PROPRIETOR", "PARTNERSHIP", "TRUST_OR_ESTATE", "NONPROFIT", "C_CORP", "S_CORP", "OTHER"] | str

class Schedule(TypedDict):
    Period: int
    Unit: str
    DueDate: int
    DueDateType: str
    StartDate: date
    NextScheduledDate: date
    EndDate: date

class ScheduleInput(TypedDict, total=False):
    Period: int
    Unit: Literal["WEEKLY", "MONTHLY"] | str
    DueDate: int
    DueDateType: Literal["DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "DAYSAFTERINVOICEDATE", "DAYSAFTERINVOICEMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH"] | str
    StartDate: date | str
    NextScheduledDate: date | str
    EndDate: date | str

class Setup(TypedDict):
    ConversionDate: ConversionDate
    ConversionBalances: list[ConversionBalances]
    Accounts: list[Account]

class SetupInput(TypedDict, total=False):
    ConversionDate: ConversionDateInput
    ConversionBalances: list[ConversionBalancesInput]
    Accounts: list[AccountInput]

class ConversionDate(TypedDict):
    Month: int
    Year: int

class ConversionDateInput(TypedDict, total=False):
    Month: int
    Year: int

class ConversionBalances(TypedDict):
    AccountCode: str
    Balance: Decimal
    BalanceDetails: list[BalanceDetails]

class ConversionBalancesInput(TypedDict, total=False):
    AccountCode: str
    Balance: Decimal | int | float | str
    BalanceDetails: list[BalanceDetailsInput]

class BalanceDetails(TypedDict):
    Balance: Decimal
    CurrencyCode: str
    CurrencyRate: Decimal

class BalanceDetailsInput(TypedDict, total=False):
    Balance: Decimal | int | float | str
    CurrencyCode: str
    CurrencyRate: Decimal | int | float | str

class ImportSummaryObject(TypedDict):
    ImportSummary: ImportSummary

class ImportSummaryObjectInput(TypedDict, total=False):
    ImportSummary: ImportSummaryInput

class ImportSummary(TypedDict):
    Accounts: ImportSummaryAccounts
    Organisation: ImportSummaryOrganisation

class ImportSummaryInput(TypedDict, total=False):
    Accounts: ImportSummaryAccountsInput
    Organisation: ImportSummaryOrganisationInput

class ImportSummaryAccounts(TypedDict):
    Total: int
    New: int
    Updated: int
    Deleted: int
    Locked: int
    System: int
    Errored: int
    Present: bool
    NewOrUpdated: int

class ImportSummaryAccountsInput(TypedDict, total=False):
    Total: int
    New: int
    Updated: int
    Deleted: int
    Locked: int
    System: int
    Errored: int
    Present: bool
    NewOrUpdated: int

class ImportSummaryOrganisation(TypedDict):
    Present: bool

class ImportSummaryOrganisationInput(TypedDict, total=False):
    Present: bool

class TaxRate(TypedDict):
    Name: str
    TaxType: str
    TaxComponents: list[TaxComponent]
    Status: str
    ReportTaxType: str
    CanApplyToAssets: bool
    CanApplyToEquity: bool
    CanApplyToExpenses: bool
    CanApplyToLiabilities: bool
    CanApplyToRevenue: bool
    DisplayTaxRate: Decimal
    EffectiveRate: Decimal

class TaxRateInput(TypedDict, total=False):
    Name: str
    TaxType: str
    TaxComponents: list[TaxComponentInput]
    Status: Literal["ACTIVE", "DELETED", "ARCHIVED", "PENDING"] | str
    ReportTaxType: str

class TaxComponent(TypedDict):
    Name: str
    Rate: Decimal
    IsCompound: bool
    IsNonRecoverable: bool

class TaxComponentInput(TypedDict, total=False):
    Name: str
    Rate: Decimal | int | float | str
    IsCompound: bool
    IsNonRecoverable: bool

class TrackingCategory(TypedDict):
    TrackingCategoryID: str
    TrackingOptionID: str
    Name: str
    Option: str
    Status: str
    Options: list[TrackingOption]

class TrackingCategoryInput(TypedDict, total=False):
    TrackingCategoryID: str | UUID
    TrackingOptionID: str | UUID
    Name: str
    Option: str
    Status: Literal["ACTIVE", "ARCHIVED", "DELETED"] | str
    Options: list[TrackingOptionInput]

class TrackingOption(TypedDict):
    TrackingOptionID: str
    Name: str
    Status: str
    TrackingCategoryID: str
    IsActive: bool
    IsArchived: bool
    IsDeleted: bool

class TrackingOptionInput(TypedDict, total=False):
    TrackingOptionID: str | UUID
    Name: str
    Status: Literal["ACTIVE", "ARCHIVED", "DELETED"] | str
    TrackingCategoryID: str | UUID

class SalesTrackingCategory(TypedDict):
    TrackingCategoryName: str
    TrackingOptionName: str

class SalesTrackingCategoryInput(TypedDict, total=False):
    TrackingCategoryName: str
    TrackingOptionName: str

class User(TypedDict):
    UserID: str
    EmailAddress: str
    FirstName: str
    LastName: str
    UpdatedDateUTC: datetime
    IsSubscriber: bool
    OrganisationRole: str
    GlobalUserID: str

class UserInput(TypedDict, total=False):
    UserID: str | UUID
    EmailAddress: str
    FirstName: str
    LastName: str
    IsSubscriber: bool
    OrganisationRole: Literal["READONLY", "INVOICEONLY", "STANDARD", "FINANCIALADVISER", "MANAGEDCLIENT", "CASHBOOKCLIENT", "UNKNOWN", "REMOVED"] | str

class ValidationError(TypedDict):
    Message: str

class ValidationErrorInput(TypedDict, total=False):
    Message: str

class InvoiceAddress(TypedDict):
    InvoiceAddressType: str
    AddressLine1: str
    AddressLine2: str
    AddressLine3: str
    AddressLine4: str
    City: str
    Region: str
    PostalCode: str
    Country: str

class InvoiceAddressInput(TypedDict, total=False):
    InvoiceAddressType: Literal["FROM", "TO"] | str
    AddressLine1: str
    AddressLine2: str
    AddressLine3: str
    AddressLine4: str
    City: str
    Region: str
    PostalCode: str
    Country: str

class TaxBreakdownComponent(TypedDict):
    TaxComponentId: str
    Type: str
    Name: str
    TaxPercentage: Decimal
    TaxAmount: Decimal
    TaxableAmount: Decimal
    NonTaxableAmount: Decimal
    ExemptAmount: Decimal
    StateAssignedNo: str
    JurisdictionRegion: str

class TaxBreakdownComponentInput(TypedDict, total=False):
    TaxComponentId: str | UUID
    Type: Literal["SYSGST/USCOUNTRY", "SYSGST/USSTATE", "SYSGST/USCOUNTY", "SYSGST/USCITY", "SYSGST/USSPECIAL"] | str
    Name: str
    TaxPercentage: Decimal | int | float | str
    TaxAmount: Decimal | int | float | str
    TaxableAmount: Decimal | int | float | str
    NonTaxableAmount: Decimal | int | float | str
    ExemptAmount: Decimal | int | float | str
    StateAssignedNo: str
    JurisdictionRegion: str

class ReportCell(TypedDict):
    Value: str
    Attributes: list[ReportAttribute]

class ReportCellInput(TypedDict, total=False):
    Value: str
    Attributes: list[ReportAttributeInput]
