"""What a bookkeeper calls the records of Xero, as data: where each kind is kept, what tells one
from another, and where Xero shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of record. `table` and `where` say where it is kept; the other names are columns,
    "" where there is none. `xero` is the path in Xero that opens one, `section` the entry of the
    navigation. `posted` says that approved records count in the books, so that only those are
    added up; `sign` is a condition for records that take money away. `currencies` are columns that
    have the currency where `currency` has none, `bank_account` one of the account it is that of."""

    key: str
    title: str
    singular: str
    table: str
    number: str
    columns: tuple[tuple[str, str], ...]
    where: str = ""
    party: str = ""
    date: str = "date"
    due: str = ""
    status: str = "status"
    total: str = "total"
    open: str = ""
    currency: str = "currency_code"
    currencies: tuple[str, ...] = ()
    bank_account: str = ""
    lines: str = ""
    xero: str = ""
    section: str = "documents"
    posted: bool = True
    sign: str = ""

    @property
    def id(self) -> str:
        """The column that tells its records apart."""
        return f"{self.table}_id"

    @property
    def record(self) -> str:
        """The name of the record in Xero's own words, for engineers."""
        return "".join(part.capitalize() for part in self.table.split("_"))


_INVOICE = (
    ("invoice_number", "Number"), ("contact_name", "Contact"), ("reference", "Reference"),
    ("date", "Date"), ("due_date", "Due"), ("status", "Status"), ("total", "Total"),
    ("amount_due", "Still due"),
)  # fmt: skip
_CREDIT = (
    ("credit_note_number", "Number"), ("contact_name", "Contact"), ("reference", "Reference"),
    ("date", "Date"), ("status", "Status"), ("total", "Total"),
    ("remaining_credit", "Credit left"),
)  # fmt: skip
_BANK = (
    ("date", "Date"), ("contact_name", "Contact"), ("reference", "Reference"),
    ("bank_account_name", "Bank account"), ("type", "Kind"), ("status", "Status"),
    ("is_reconciled", "Reconciled"), ("total", "Total"),
)  # fmt: skip
_PREPAID = (
    ("date", "Date"), ("contact_name", "Contact"), ("reference", "Reference"), ("type", "Kind"),
    ("status", "Status"), ("total", "Total"), ("remaining_credit", "Left"),
)  # fmt: skip

KINDS = (
    Kind(
        "sales-invoices", "Sales invoices", "Sales invoice", "invoice", "invoice_number",
        _INVOICE, where="type = 'ACCREC'", party="contact", due="due_date", open="amount_due",
        lines="invoice_line_item", xero="/AccountsReceivable/View.aspx?InvoiceID={}",
        section="sales",
    ),
    Kind(
        "bills", "Bills", "Bill", "invoice", "invoice_number", _INVOICE, where="type = 'ACCPAY'",
        party="contact", due="due_date", open="amount_due", lines="invoice_line_item",
        xero="/AccountsPayable/Edit.aspx?InvoiceID={}", section="bills",
    ),
    Kind(
        "sales-credit-notes", "Sales credit notes", "Sales credit note", "credit_note",
        "credit_note_number", _CREDIT, where="type = 'ACCRECCREDIT'", party="contact",
        open="remaining_credit", lines="credit_note_line_item",
        xero="/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={}",
    ),
    Kind(
        "supplier-credit-notes", "Supplier credit notes", "Supplier credit note", "credit_note",
        "credit_note_number", _CREDIT, where="type = 'ACCPAYCREDIT'", party="contact",
        open="remaining_credit", lines="credit_note_line_item",
        xero="/AccountsPayable/ViewCreditNote.aspx?creditNoteID={}",
    ),
    Kind(
        "quotes", "Quotes", "Quote", "quote", "quote_number",
        (("quote_number", "Number"), ("contact_name", "Contact"), ("title", "Title"),
         ("date", "Date"), ("expiry_date", "Expires"), ("status", "Status"), ("total", "Total")),
        party="contact", lines="quote_line_item", xero="/app/quotes/view/{}", posted=False,
    ),
    Kind(
        "purchase-orders", "Purchase orders", "Purchase order", "purchase_order",
        "purchase_order_number",
        (("purchase_order_number", "Number"), ("contact_name", "Contact"),
         ("reference", "Reference"), ("date", "Date"), ("delivery_date", "Delivery"),
         ("status", "Status"), ("total", "Total")),
        party="contact", lines="purchase_order_line_item",
        xero="/Accounts/Payable/PurchaseOrders/View/{}/", posted=False,
    ),
    Kind(
        "bank", "Bank transactions", "Bank transaction", "bank_transaction", "reference", _BANK,
        party="contact", lines="bank_transaction_line_item",
        xero="/Bank/ViewTransaction.aspx?bankTransactionID={}", section="bank",
        sign="type LIKE 'SPEND%'",
    ),
    Kind(
        "spend-money", "Spend money", "Spend money", "bank_transaction", "reference", _BANK,
        where="type LIKE 'SPEND%'", party="contact", lines="bank_transaction_line_item",
        xero="/Bank/ViewTransaction.aspx?bankTransactionID={}", section="bank",
    ),
    Kind(
        "receive-money", "Receive money", "Receive money", "bank_transaction", "reference", _BANK,
        where="type LIKE 'RECEIVE%'", party="contact", lines="bank_transaction_line_item",
        xero="/Bank/ViewTransaction.aspx?bankTransactionID={}", section="bank",
    ),
    Kind(
        "transfers", "Bank transfers", "Bank transfer", "bank_transfer", "reference",
        (("date", "Date"), ("from_bank_account_name", "From"), ("to_bank_account_name", "To"),
         ("reference", "Reference"), ("status", "Status"), ("amount", "Amount")),
        total="amount", currency="from_bank_account_currency_code",
        bank_account="from_bank_account_id", section="bank",
    ),
    Kind(
        "payments", "Payments", "Payment", "payment", "reference",
        (("date", "Date"), ("invoice_contact_name", "Contact"), ("invoice_number", "For"),
         ("account_code", "Account"), ("reference", "Reference"), ("status", "Status"),
         ("amount", "Amount")),
        total="amount", currency="invoice_currency_code",
        currencies=("credit_note_currency_code", "prepayment_currency_code",
                    "overpayment_currency_code", "account_currency_code"),
        xero="/Bank/ViewTransaction.aspx?bankTransactionID={}",
    ),
    Kind(
        "prepayments", "Prepayments", "Prepayment", "prepayment", "reference", _PREPAID,
        party="contact", open="remaining_credit", lines="prepayment_line_item",
    ),
    Kind(
        "overpayments", "Overpayments", "Overpayment", "overpayment", "reference", _PREPAID,
        party="contact", open="remaining_credit", lines="overpayment_line_item",
    ),
    Kind(
        "manual-journals", "Manual journals", "Manual journal", "manual_journal", "narration",
        (("date", "Date"), ("narration", "Narration"), ("status", "Status")),
        total="", currency="", lines="manual_journal_line",
        xero="/Journal/View.aspx?invoiceID={}",
    ),
    Kind(
        "contacts", "Contacts", "Contact", "contact", "name",
        (("name", "Name"), ("email_address", "E-mail"), ("account_number", "Account number"),
         ("is_customer", "Customer"), ("is_supplier", "Supplier"), ("contact_status", "Status")),
        date="", status="contact_status", total="", currency="", xero="/Contacts/View/{}",
        section="contacts",
    ),
    Kind(
        "accounts", "Chart of accounts", "Account", "account", "name",
        (("code", "Code"), ("name", "Name"), ("class", "Class"), ("type", "Type"),
         ("tax_type", "Tax"), ("status", "Status")),
        date="", total="", currency="",
    ),
    Kind(
        "items", "Items", "Item", "item", "code",
        (("code", "Code"), ("name", "Name"), ("sales_details_unit_price", "Sales price"),
         ("purchase_details_unit_price", "Purchase price"), ("quantity_on_hand", "On hand")),
        date="", status="", total="", currency="",
    ),
)  # fmt: skip
MORE = (
    ("reference", "Reference"), ("sub_total", "Subtotal"), ("total_tax", "Tax"),
    ("amount_paid", "Paid"), ("amount_credited", "Credited"), ("currency_code", "Currency"),
    ("currency_rate", "Rate"), ("line_amount_types", "Amounts are"),
    ("expected_payment_date", "Expected"), ("planned_payment_date", "Planned"),
    ("fully_paid_on_date", "Paid in full"), ("sent_to_contact", "Sent"),
    ("has_attachments", "Attachments"), ("bank_account_name", "Bank account"),
    ("is_reconciled", "Reconciled"), ("payment_type", "Payment type"),
    ("first_name", "First name"), ("last_name", "Last name"), ("company_number", "Company number"),
    ("tax_number", "Tax number"), ("bank_account_details", "Bank details"),
    ("default_currency", "Currency"), ("bank_account_number", "Bank account number"),
    ("description", "Description"), ("reporting_code", "Reporting code"),
    ("is_sold", "Sold"), ("is_purchased", "Purchased"), ("updated_date_utc", "Changed"),
)  # fmt: skip
"""Columns that a list can show beside its usual ones, where its table has them."""
BY_KEY = {kind.key: kind for kind in KINDS}
"""Key in addresses → kind."""
GROUPS = (
    ("Sales", ("sales-invoices", "sales-credit-notes", "quotes")),
    ("Purchases", ("bills", "supplier-credit-notes", "purchase-orders")),
    ("Bank", ("bank", "spend-money", "receive-money", "transfers", "payments")),
    ("Credits", ("prepayments", "overpayments")),
    ("Books", ("manual-journals", "contacts", "accounts", "items")),
)
STATUS_WORDS = {
    "DRAFT": "Draft", "SUBMITTED": "Awaiting approval", "AUTHORISED": "Approved", "PAID": "Paid",
    "VOIDED": "Voided", "DELETED": "Deleted", "SENT": "Sent", "ACCEPTED": "Accepted",
    "DECLINED": "Declined", "INVOICED": "Invoiced", "BILLED": "Billed", "POSTED": "Posted",
    "ACTIVE": "Active", "ARCHIVED": "Archived", "GDPRREQUEST": "Removal requested",
}  # fmt: skip
PRICES = frozenset({"sales_details_unit_price", "purchase_details_unit_price"})
"""Columns in the base currency."""
TYPE_WORDS = {
    "SPEND": "Spend money", "RECEIVE": "Receive money", "SPEND-TRANSFER": "Transfer out",
    "RECEIVE-TRANSFER": "Transfer in", "SPEND-PREPAYMENT": "Prepayment made",
    "RECEIVE-PREPAYMENT": "Prepayment received", "SPEND-OVERPAYMENT": "Overpayment made",
    "RECEIVE-OVERPAYMENT": "Overpayment received",
    "CURRENT": "Current asset", "FIXED": "Fixed asset", "NONCURRENT": "Non-current asset",
    "CURRLIAB": "Current liability", "TERMLIAB": "Non-current liability",
    "DIRECTCOSTS": "Direct costs", "OVERHEADS": "Overhead", "OTHERINCOME": "Other income",
    "DEPRECIATN": "Depreciation", "PAYGLIABILITY": "PAYG liability",
    "SUPERANNUATIONEXPENSE": "Superannuation expense",
    "SUPERANNUATIONLIABILITY": "Superannuation liability", "WAGESEXPENSE": "Wages expense",
}  # fmt: skip


def kind_of(table: str, values: dict[str, object]) -> Kind | None:
    """The kind of a record by its table and its type."""
    type_ = str(values.get("type") or "")
    for kind in KINDS:
        if kind.table == table and (not kind.where or f"'{type_}'" in kind.where):
            return kind
    return None
