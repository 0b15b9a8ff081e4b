"""The columns of Xero's own import templates and exports, of every region, and their fields.

Names are compared without asterisks, blanks and case. A column that leads to "" is known and not
sent, with the reason in `NOT_SENT` where a person may wonder.
"""

from __future__ import annotations

Columns = dict[str, str]


def _address(prefix: str, path: str) -> Columns:
    lines = {f"{prefix}AddressLine{n}": f"{path}.AddressLine{n}" for n in range(1, 5)}
    return lines | {
        f"{prefix}City": f"{path}.City",
        f"{prefix}Region": f"{path}.Region",
        f"{prefix}State": f"{path}.Region",
        f"{prefix}PostalCode": f"{path}.PostalCode",
        f"{prefix}ZipCode": f"{path}.PostalCode",
        f"{prefix}Country": f"{path}.Country",
    }


def _tracking(lines: str) -> Columns:
    out: Columns = {}
    for number in (1, 2):
        out[f"TrackingName{number}"] = f"{lines}.Tracking.{number - 1}.Name"
        out[f"TrackingOption{number}"] = f"{lines}.Tracking.{number - 1}.Option"
    return out


DOCUMENTS: Columns = {
    "ContactName": "Contact.Name",
    "EmailAddress": "Contact.EmailAddress",
    **_address("PO", "Contact.Addresses.0"),
    **dict.fromkeys(_address("SA", ""), ""),
    "InvoiceNumber": "InvoiceNumber",
    "Reference": "Reference",
    "InvoiceDate": "Date",
    "DueDate": "DueDate",
    "PlannedDate": "PlannedPaymentDate",
    "Total": "",
    "TaxTotal": "",
    "InvoiceAmountPaid": "",
    "InvoiceAmountDue": "",
    "InventoryItemCode": "LineItems.ItemCode",
    "Description": "LineItems.Description",
    "Quantity": "LineItems.Quantity",
    "UnitAmount": "LineItems.UnitAmount",
    "Discount": "LineItems.DiscountRate",
    "LineAmount": "",
    "AccountCode": "LineItems.AccountCode",
    "TaxType": "LineItems.TaxType",
    "TaxAmount": "LineItems.TaxAmount",
    **_tracking("LineItems"),
    "Currency": "CurrencyCode",
    "BrandingTheme": "",
    "AmountsAre": "LineAmountTypes",
    "Type": "Type",
    "Sent": "",
    "Status": "",
}
CONTACTS: Columns = {
    "ContactName": "Name",
    "AccountNumber": "AccountNumber",
    "EmailAddress": "EmailAddress",
    "FirstName": "FirstName",
    "LastName": "LastName",
    "POAttentionTo": "Addresses.0.AttentionTo",
    **_address("PO", "Addresses.0"),
    "SAAttentionTo": "Addresses.1.AttentionTo",
    **_address("SA", "Addresses.1"),
    "PhoneNumber": "Phones.0.PhoneNumber",
    "FaxNumber": "Phones.1.PhoneNumber",
    "MobileNumber": "Phones.2.PhoneNumber",
    "DDINumber": "Phones.3.PhoneNumber",
    "SkypeName": "",
    "BankAccountName": "BatchPayments.BankAccountName",
    "BankAccountNumber": "BatchPayments.BankAccountNumber",
    "BankAccountParticulars": "BatchPayments.Details",
    "BankAccountCode": "BatchPayments.Code",
    "BankAccountReference": "BatchPayments.Reference",
    "TaxNumberType": "",
    "TaxNumberName": "",
    "TaxNumber": "TaxNumber",
    "AccountsReceivableTaxCodeName": "AccountsReceivableTaxType",
    "AccountsPayableTaxCodeName": "AccountsPayableTaxType",
    "Website": "",
    "LegalName": "",
    "Discount": "",
    "CompanyNumber": "CompanyNumber",
    "DueDateBillDay": "PaymentTerms.Bills.Day",
    "DueDateBillTerm": "PaymentTerms.Bills.Type",
    "DueDateSalesDay": "PaymentTerms.Sales.Day",
    "DueDateSalesTerm": "PaymentTerms.Sales.Type",
    "SalesAccount": "SalesDefaultAccountCode",
    "PurchasesAccount": "PurchasesDefaultAccountCode",
    "TrackingName1": "",
    "SalesTrackingOption1": "SalesTrackingCategories.0.TrackingOptionName",
    "PurchasesTrackingOption1": "PurchasesTrackingCategories.0.TrackingOptionName",
    "TrackingName2": "",
    "SalesTrackingOption2": "SalesTrackingCategories.1.TrackingOptionName",
    "PurchasesTrackingOption2": "PurchasesTrackingCategories.1.TrackingOptionName",
    "BrandingTheme": "",
    "DefaultTaxBills": "PurchasesDefaultLineAmountType",
    "DefaultTaxBillsName": "",
    "DefaultTaxSales": "SalesDefaultLineAmountType",
    "DefaultTaxSalesName": "",
}
for _n in range(1, 6):
    CONTACTS |= {
        f"Person{_n}FirstName": f"ContactPersons.{_n - 1}.FirstName",
        f"Person{_n}LastName": f"ContactPersons.{_n - 1}.LastName",
        f"Person{_n}Email": f"ContactPersons.{_n - 1}.EmailAddress",
        f"Person{_n}IncludeInEmail": f"ContactPersons.{_n - 1}.IncludeInEmails",
        f"Person{_n}IncludeInEmails": f"ContactPersons.{_n - 1}.IncludeInEmails",
    }
ACCOUNTS: Columns = {
    "Code": "Code",
    "Name": "Name",
    "Type": "Type",
    "Tax Code": "TaxType",
    "Description": "Description",
    "Dashboard": "AddToWatchlist",
    "Expense Claims": "ShowInExpenseClaims",
    "Enable Payments": "EnablePaymentsToAccount",
    "Balance": "",
}
ITEMS: Columns = {
    "ItemCode": "Code",
    "ItemName": "Name",
    "Quantity": "",
    "PurchasesDescription": "PurchaseDescription",
    "PurchasesUnitPrice": "PurchaseDetails.UnitPrice",
    "PurchasesAccount": "PurchaseDetails.AccountCode",
    "PurchasesTaxRate": "PurchaseDetails.TaxType",
    "SalesDescription": "Description",
    "SalesUnitPrice": "SalesDetails.UnitPrice",
    "SalesAccount": "SalesDetails.AccountCode",
    "SalesTaxRate": "SalesDetails.TaxType",
    "InventoryAssetAccount": "InventoryAssetAccountCode",
    "CostOfGoodsSoldAccount": "PurchaseDetails.COGSAccountCode",
}
JOURNALS: Columns = {
    "Narration": "Narration",
    "Date": "Date",
    "Description": "JournalLines.Description",
    "AccountCode": "JournalLines.AccountCode",
    "TaxRate": "JournalLines.TaxType",
    "TaxRateName": "JournalLines.TaxType",
    "TaxType": "JournalLines.TaxType",
    "Amount": "JournalLines.LineAmount",
    "LineAmount": "JournalLines.LineAmount",
    "Debit": "JournalLines.LineAmount",
    "Credit": "JournalLines.LineAmount",
    **_tracking("JournalLines"),
}
NOT_SENT = {
    "BrandingTheme": "Xero takes the theme's id only",
    "Total": "Xero works it out from the lines",
    "Balance": "opening balances are entered in Xero",
    "Website": "Xero does not let it be written",
    "LegalName": "Xero has no field for it",
    "SkypeName": "Xero has no field for it",
    "Discount": "Xero does not let it be written",
    "Quantity": "stock moves by documents",
}
"""Columns that are not sent though they may be filled, by plain name, and why."""

ACCOUNT_TYPES = {
    "revenue": "REVENUE",
    "sales": "SALES",
    "other income": "OTHERINCOME",
    "direct costs": "DIRECTCOSTS",
    "direct cost": "DIRECTCOSTS",
    "expense": "EXPENSE",
    "overhead": "OVERHEADS",
    "overheads": "OVERHEADS",
    "depreciation": "DEPRECIATN",
    "current asset": "CURRENT",
    "inventory": "INVENTORY",
    "prepayment": "PREPAYMENT",
    "fixed asset": "FIXED",
    "non-current asset": "NONCURRENT",
    "bank": "BANK",
    "current liability": "CURRLIAB",
    "liability": "LIABILITY",
    "non-current liability": "TERMLIAB",
    "equity": "EQUITY",
}
SYSTEM_ACCOUNTS = {
    "accounts receivable",
    "accounts payable",
    "unpaid expense claims",
    "gst",
    "vat",
    "sales tax",
    "historical",
    "historical adjustment",
    "rounding",
    "tracking",
    "tracking transfers",
    "retained earnings",
}
"""Types in words that stand in an exported chart for accounts which Xero makes itself."""
SYSTEM = "(system)"
"""What those types become: no account of them can be made."""
TERMS = {
    "current month": "OFCURRENTMONTH",
    "of current month": "OFCURRENTMONTH",
    "of the current month": "OFCURRENTMONTH",
    "following month": "OFFOLLOWINGMONTH",
    "of following month": "OFFOLLOWINGMONTH",
    "of the following month": "OFFOLLOWINGMONTH",
    "days after": "DAYSAFTERBILLDATE",
    "day(s) after bill date": "DAYSAFTERBILLDATE",
    "day(s) after invoice date": "DAYSAFTERBILLDATE",
    "days after end of month": "DAYSAFTERBILLMONTH",
    "day(s) after the end of the bill month": "DAYSAFTERBILLMONTH",
    "day(s) after the end of the invoice month": "DAYSAFTERBILLMONTH",
}
LINE_AMOUNTS = {
    "inclusive": "Inclusive",
    "tax inclusive": "Inclusive",
    "exclusive": "Exclusive",
    "tax exclusive": "Exclusive",
    "no tax": "NoTax",
    "notax": "NoTax",
}
CONTACT_TAX_DEFAULTS = {
    "inclusive": "INCLUSIVE",
    "tax inclusive": "INCLUSIVE",
    "exclusive": "EXCLUSIVE",
    "tax exclusive": "EXCLUSIVE",
    "no tax": "NONE",
}
DOCUMENT_TYPES = {
    "sales invoice": "ACCREC",
    "bill": "ACCPAY",
    "sales credit note": "ACCRECCREDIT",
    "bill credit note": "ACCPAYCREDIT",
    "sales overpayment": "AROVERPAYMENT",
    "bill overpayment": "APOVERPAYMENT",
    "sales prepayment": "ARPREPAYMENT",
    "bill prepayment": "APPREPAYMENT",
}
DOCUMENT_WORDS = {code: word for word, code in DOCUMENT_TYPES.items()}


def plain(column: str) -> str:
    """A column's name as it is compared: no asterisk, no blanks, no case."""
    return "".join(column.replace("*", "").split()).casefold()


def fields_by_plain_name(columns: Columns) -> dict[str, tuple[str, str]]:
    """Plain name → (the template's own spelling, field)."""
    return {plain(name): (name, field) for name, field in columns.items()}
