"""What the emulator does as people reported of Xero, and where it follows one source and not
another: the tables at the end of docs/coverage.md."""

from __future__ import annotations

from typing import Final

REPORTED: Final[tuple[tuple[str, str, str], ...]] = (
    (
        "replies in the recorded form: keys, order, what is empty and what is absent",
        "626 recorded replies in public repositories",
        "default; `replies=described`",
    ),
    (
        "a tax type must go with the class of the account",
        "support pages of WorkGuru, Wise Owl and Re-Leased; the documentation of TaxRates",
        "default",
    ),
    (
        "a voided invoice or a deleted draft holds its number against POST",
        "Emersion wiki, Expensify XERO44, Fooman 586, xero-php-oauth2#257",
        "default; PUT takes the number, which is not said",
    ),
    ("an order with the number of a deleted one is refused", "recorded", "default"),
    (
        "an archived contact gets no documents and cannot be edited",
        "Re-Leased, Expedo, YourTradebase; recorded",
        "default",
    ),
    (
        "the name of an archived contact in a document finds that contact, and is refused",
        "the words of several support pages; whether a new one is made is not said",
        "default; `archived_names=new`",
    ),
    ("an archived account gets no lines, in these words", "several support pages", "default"),
    (
        "a contact whose website has no `http://` in front, as Xero's screen takes it, cannot be "
        "changed",
        "Xero-NetStandard#434 (confirmed) and #623",
        "default",
    ),
    (
        "terms of a day of a month are from 1 to 31",
        "xero-php#839",
        "default: being strict harms nobody",
    ),
    (
        "an account for the cost of goods sold goes with one for stock only",
        "xero-php#264 and #624",
        "default",
    ),
    (
        "`DiscountAmount` of zero on a negative line, or above the line; a zero discount on an "
        "order; a sent LineAmount of 0.00 beside a discount: refused",
        "Xero-OpenAPI#429, xero-php-oauth2#288, Xero-NetStandard#74, #147 and #412",
        "default",
    ),
    (
        "lists give a discount in money as a rate of two decimals; sent back with its line amount "
        "it is refused",
        "xero-node#592, Xero-OpenAPI#592 and #713",
        "default",
    ),
    ("a negative quantity is refused", "one report", "default: being strict harms nobody"),
    (
        "the tax of a bank transaction must be what its rate says; on invoices it may differ",
        "xero-node#768",
        "default",
    ),
    (
        "an approved line that rounding brings to 0.00 is refused, the reason within the line",
        "xero-node#702, Xero-Java#353",
        "default",
    ),
    (
        "an unknown account is removed from a draft with a warning; approved, it is refused",
        "recorded",
        "default",
    ),
    (
        "a foreign document with rate 1, or a rate that looks inverted, is taken with a warning, "
        "in words of the emulator's own",
        "the documentation, as quoted",
        "default",
    ),
    (
        "a payment is deleted by a body of `Status` and nothing else",
        "xero-node#115 and two more",
        "default",
    ),
    (
        "a refund of a credit note or an overpayment shows it under `Invoice`",
        "two reports",
        "default",
    ),
    (
        "a refused batch payment is answered 200, the reason at the batch and not at its payments",
        "three reports",
        "default",
    ),
    (
        "files of other kinds, or without an ending, are refused with a zero AttachmentID",
        "Xero-Java#142 and #237, xero-node#363",
        "default",
    ),
    (
        "an empty telephone number clears it, an empty list of persons leaves them, an empty date "
        "leaves it but for ExpectedPaymentDateString",
        "xero-php#736, xero-node#560 and #476, Xero-Net#315",
        "default",
    ),
    (
        "a quote cannot be declined from DRAFT or ACCEPTED; an update without LineAmountTypes "
        "makes it exclusive",
        "xero-mcp-server#309",
        "default: being strict harms nobody",
    ),
    ("a budget's periods are months and its amounts texts", "the description's example", "default"),
    (
        "reports value open foreign documents at the day's rate, journals do not",
        "the documentation",
        "`revaluation`",
    ),
    ("emoji are dropped from texts", "one report", "`emoji=dropped`"),
    (
        "no record is found by a code with a slash in the path",
        "xero-python#53",
        "`slashes=missing`",
    ),
    ("a POST to a repeating invoice makes a new one", "one report", "`repeating=new`"),
    (
        "overpayments are listed among the prepayments, without a PrepaymentID",
        "two reports that say *may*",
        "`prepayments=all`",
    ),
    (
        "a PUT of many records with an unknown account or tracking option fails as a whole",
        "Xero-Java#246 and three more, *sometimes*",
        "`bad_batches=500`; the fault `500@ENDPOINT` for any other record",
    ),
    (
        "an update of a quote without its number gives it a new one; Terms, Title and Summary are "
        "cleared unless sent; lines get new ids",
        "recorded; xero-mcp-server#309",
        "default",
    ),
    (
        "`Allocations` in a new credit note are ignored",
        "xeroizer#196 and #320, xero-php#189",
        "default",
    ),
    ("dates in a locked period are refused, in these words", "recorded", "default"),
    ("a payment before its invoice is taken with a warning", "recorded", "default"),
    (
        "purchase orders show their contact's local time as if it were UTC",
        "recorded, New Zealand",
        "default",
    ),
    ("an `If-Modified-Since` before 1753 fails with 500", "one report", "`early_since=500`"),
    ("a delta without records is a 304", "one report", "`empty_delta=304`"),
    (
        "`/connections` refuses a custom connection, lists nothing, or lists its organisation",
        "reports that differ",
        "`connections=refused`, `empty` or `listed`",
    ),
    ("a body may have 10 MB; an older text says 3.5 MB", "the documentation", "`body_limit`"),
    (
        "what converting a document leaves is on its largest line; the last cent of a part-paid "
        "one stays on the control account",
        "a public anonymised ledger",
        "default",
    ),
)
"""What the emulator does as reported of Xero, who says so, and whether it is a switch."""

CLIENTS: Final[tuple[tuple[str, str], ...]] = (
    (
        "xero-python, the official SDK: every operation",
        "`AccountingApi(base_url=…)`, and the address of its token endpoint, which is fixed",
    ),
    (
        "xero-node, the official SDK: sign-in with consent, reads, a write, renewal",
        "its addresses are fixed: openid-client's discovery and axios are pointed elsewhere",
    ),
    (
        "pyxero: reads, filters, XML writes, history, attachments",
        "`credentials.base_url`, and `OAUTHLIB_INSECURE_TRANSPORT=1` for plain HTTP",
    ),
)
"""Clients that nobody here wrote, run by `make soak` → what each needs changed."""

NOT_SHOWN: Final[dict[tuple[str, str], str]] = {
    ("BankTransaction", "BatchPayment"): "no bank transaction comes from a batch payment here",
    ("Contact", "Attachments"): "recorded replies have it on four record types only",
    ("Contact", "TaxNumbeType"): "a slip of the pen in the example",
    ("Contact", "Warnings"): "an empty list in one example of receipts; not in recorded replies",
    ("Organisation", "APIKey"): "of a kind of app that is gone",
    ("Overpayment", "Attachments"): "no file can be put there: it is the bank transaction's",
    ("Overpayment", "CurrencyRate"): "never in recorded replies",
    ("Prepayment", "Attachments"): "as Overpayment.Attachments",
    ("Prepayment", "BrandingThemeID"): "made on Xero's pages only",
    ("Prepayment", "CurrencyRate"): "never in recorded replies",
    ("Receipt", "Warnings"): "as Contact.Warnings",
    ("RepeatingInvoice", "Attachments"): "shown where there are files; the demo's have none",
    ("User", "ValidationErrors"): "as Contact.Warnings",
    ("User", "Warnings"): "as Contact.Warnings",
    ("envelope", "AllocationId"): "the official SDK cannot read the example for want of an Amount: "
    "the end of an allocation is answered with the allocation",
    ("CISOrgSetting", "CISEnambed"): "the examples of both settings are swapped and misspelt",
    ("envelope", "CISSetting"): "as CISOrgSetting.CISEnambed",
}
"""Record type and field of an example of Xero's description → why no reply here shows it."""
