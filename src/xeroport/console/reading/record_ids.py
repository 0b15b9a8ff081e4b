"""Ids of records by what people know them by, from the synced books: `INV-0007` → its InvoiceID."""

from __future__ import annotations

import re

from xeroport.console.reading.books_protocol import Reading
from xeroport.destinations.typed import identifier as quoted
from xeroport.errors import InputError

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAMES = {
    "AccountID": ("account", ("code", "name")),
    "BankTransactionID": ("bank_transaction", ("reference",)),
    "BankTransferID": ("bank_transfer", ("reference",)),
    "BatchPaymentID": ("batch_payment", ("reference",)),
    "BrandingThemeID": ("branding_theme", ("name",)),
    "BudgetID": ("budget", ("description",)),
    "ContactID": ("contact", ("name", "contact_number", "account_number")),
    "ContactGroupID": ("contact_group", ("name",)),
    "CreditNoteID": ("credit_note", ("credit_note_number", "reference")),
    "ExpenseClaimID": ("expense_claim", ()),
    "InvoiceID": ("invoice", ("invoice_number", "reference")),
    "ItemID": ("item", ("code", "name")),
    "JournalID": ("journal", ("journal_number",)),
    "LinkedTransactionID": ("linked_transaction", ()),
    "ManualJournalID": ("manual_journal", ("narration",)),
    "OrganisationID": ("organisation", ("name",)),
    "OverpaymentID": ("overpayment", ("reference",)),
    "PaymentID": ("payment", ("reference",)),
    "PrepaymentID": ("prepayment", ("reference",)),
    "PurchaseOrderID": ("purchase_order", ("purchase_order_number", "reference")),
    "QuoteID": ("quote", ("quote_number", "reference")),
    "ReceiptID": ("receipt", ("reference",)),
    "RepeatingInvoiceID": ("repeating_invoice", ("reference",)),
    "TrackingCategoryID": ("tracking_category", ("name",)),
    "UserID": ("user", ("email_address",)),
}
"""Parameter → the table of its records, and the columns that people know them by."""


def id_of(reading: Reading, schema: str, parameter: str, text: str, present: set[str]) -> str:
    """The id of the one record with that number, code or name; InputError where it is not one."""
    known = NAMES.get(parameter)
    if UUID.fullmatch(text) or known is None or known[0] not in present or not known[1]:
        return text
    table, columns = known
    some = " OR ".join(f"lower(CAST({quoted(name)} AS VARCHAR)) = $1" for name in columns)
    rows = reading.rows(
        f"SELECT {quoted(f'{table}_id')} FROM {quoted(schema)}.{quoted(table)} "  # noqa: S608
        f"WHERE ({some}) AND _deleted_at IS NULL LIMIT 2",
        [text.lower()],
    )
    what = table.replace("_", " ")
    if not rows:
        raise InputError(
            f"the synced books have no {what} `{text}`", hint="give its id, or sync first"
        )
    if len(rows) > 1:
        raise InputError(f"several records are called `{text}`", hint="give the id of one of them")
    return str(rows[0][0])


def first_id(
    reading: Reading, schema: str, parameter: str, present: set[str], where: str = "TRUE"
) -> str | None:
    """The id of some record of the books, to try an endpoint with; None where there is none."""
    known = NAMES.get(parameter)
    if known is None or known[0] not in present:
        return None
    rows = reading.rows(
        f"SELECT {quoted(f'{known[0]}_id')} FROM {quoted(schema)}.{quoted(known[0])} "  # noqa: S608
        f"WHERE {where} AND _deleted_at IS NULL ORDER BY 1 LIMIT 1"
    )
    return str(rows[0][0]) if rows else None
