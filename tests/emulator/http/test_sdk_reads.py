"""Xero's own SDK reads from the emulator: every list, record, report, history and attachment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sdk_session import Session, contact, one, session
from xero_python.accounting import models as m

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator

FILE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@pytest.fixture(scope="module")
def sdk(spec: dict[str, Any] | None) -> Iterator[Session]:
    emulator = Emulator("demo", clock=ManualClock(), limits="off")
    emulator.switches.journals_open = True
    with session(emulator, spec) as opened:
        yield opened


def test_the_token_has_no_refresh_token_and_carries_scopes(sdk: Session) -> None:
    assert sdk.token["expires_in"] == 1800
    assert "accounting.invoices" in sdk.token["scope"]


LISTS = [
    "get_accounts",
    "get_bank_transactions",
    "get_bank_transfers",
    "get_batch_payments",
    "get_branding_themes",
    "get_budgets",
    "get_contact_groups",
    "get_contacts",
    "get_credit_notes",
    "get_currencies",
    "get_expense_claims",
    "get_invoice_reminders",
    "get_invoices",
    "get_items",
    "get_journals",
    "get_linked_transactions",
    "get_manual_journals",
    "get_organisation_actions",
    "get_organisations",
    "get_overpayments",
    "get_payment_services",
    "get_payments",
    "get_prepayments",
    "get_purchase_orders",
    "get_quotes",
    "get_receipts",
    "get_repeating_invoices",
    "get_reports_list",
    "get_tax_rates",
    "get_tracking_categories",
    "get_users",
]


@pytest.mark.parametrize("operation", LISTS)
def test_lists(sdk: Session, operation: str) -> None:
    reply = sdk.call(operation)
    found = next(value for value in reply.to_dict().values() if isinstance(value, list))
    assert found or operation == "get_reports_list"


def test_pages_hold_every_invoice_once(sdk: Session) -> None:
    first = sdk.call("get_invoices", page=1, page_size=300)
    pages = [sdk.call("get_invoices", page=n, page_size=300) for n in (2, 3, 4)]
    ids = [each.invoice_id for page in [first, *pages] for each in page.invoices]
    count = len(sdk.emulator.organisation.tables["Invoice"])
    assert first.pagination.item_count == count == len(ids) == len(set(ids))


REPORTS = [
    "get_report_balance_sheet",
    "get_report_bank_summary",
    "get_report_budget_summary",
    "get_report_executive_summary",
    "get_report_profit_and_loss",
    "get_report_trial_balance",
]


@pytest.mark.parametrize("operation", REPORTS)
def test_reports(sdk: Session, operation: str) -> None:
    report = sdk.call(operation).reports[0]
    assert report.report_name
    assert report.rows


def test_reports_of_one_contact_and_of_a_year(sdk: Session) -> None:
    contact_id = contact(sdk).contact_id
    assert sdk.call("get_report_aged_payables_by_contact", contact_id).reports
    assert sdk.call("get_report_aged_receivables_by_contact", contact_id).reports
    sdk.call("get_report_ten_ninety_nine", report_year="2026")
    with pytest.raises(Exception, match="cannot be found"):
        sdk.call("get_report_from_id", "none-such")


SINGLES = {
    "account": ("Account", "accounts"),
    "bank_transaction": ("BankTransaction", "bank_transactions"),
    "bank_transfer": ("BankTransfer", "bank_transfers"),
    "batch_payment": ("BatchPayment", "batch_payments"),
    "branding_theme": ("BrandingTheme", "branding_themes"),
    "budget": ("Budget", "budgets"),
    "contact": ("Contact", "contacts"),
    "contact_group": ("ContactGroup", "contact_groups"),
    "credit_note": ("CreditNote", "credit_notes"),
    "expense_claim": ("ExpenseClaim", "expense_claims"),
    "invoice": ("Invoice", "invoices"),
    "item": ("Item", "items"),
    "linked_transaction": ("LinkedTransaction", "linked_transactions"),
    "manual_journal": ("ManualJournal", "manual_journals"),
    "overpayment": ("Overpayment", "overpayments"),
    "payment": ("Payment", "payments"),
    "prepayment": ("Prepayment", "prepayments"),
    "purchase_order": ("PurchaseOrder", "purchase_orders"),
    "quote": ("Quote", "quotes"),
    "receipt": ("Receipt", "receipts"),
    "repeating_invoice": ("RepeatingInvoice", "repeating_invoices"),
    "tracking_category": ("TrackingCategory", "tracking_categories"),
    "user": ("User", "users"),
}
HISTORY = {
    "bank_transaction": ("get_bank_transactions_history", "create_bank_transaction_history_record"),
    "bank_transfer": ("get_bank_transfer_history", "create_bank_transfer_history_record"),
    "batch_payment": ("get_batch_payment_history", "create_batch_payment_history_record"),
    "contact": ("get_contact_history", "create_contact_history"),
    "credit_note": ("get_credit_note_history", "create_credit_note_history"),
    "expense_claim": ("get_expense_claim_history", "create_expense_claim_history"),
    "invoice": ("get_invoice_history", "create_invoice_history"),
    "item": ("get_item_history", "create_item_history"),
    "manual_journal": ("get_manual_journals_history", "create_manual_journal_history_record"),
    "overpayment": ("get_overpayment_history", "create_overpayment_history"),
    "payment": ("get_payment_history", "create_payment_history"),
    "prepayment": ("get_prepayment_history", "create_prepayment_history"),
    "purchase_order": ("get_purchase_order_history", "create_purchase_order_history"),
    "quote": ("get_quote_history", "create_quote_history"),
    "receipt": ("get_receipt_history", "create_receipt_history"),
    "repeating_invoice": ("get_repeating_invoice_history", "create_repeating_invoice_history"),
}
ATTACHABLE = (
    "account",
    "bank_transaction",
    "bank_transfer",
    "contact",
    "credit_note",
    "invoice",
    "manual_journal",
    "purchase_order",
    "quote",
    "receipt",
    "repeating_invoice",
)


def key_of(sdk: Session, name: str) -> str:
    table = sdk.emulator.organisation.tables[SINGLES[name][0]]
    return str(next(iter(table))[table.key])


@pytest.mark.parametrize("name", SINGLES)
def test_one_record(sdk: Session, name: str) -> None:
    key = key_of(sdk, name)
    (record,) = getattr(sdk.call(f"get_{name}", key), SINGLES[name][1])
    assert getattr(record, f"{name}_id") == key


@pytest.mark.parametrize("name", HISTORY)
def test_history(sdk: Session, name: str) -> None:
    read, write = HISTORY[name]
    key = key_of(sdk, name)
    note = m.HistoryRecord(details=f"seen by {name}")
    sdk.call(write, key, m.HistoryRecords(history_records=[note]))
    details = [each.details for each in sdk.call(read, key).history_records]
    assert f"seen by {name}" in details


@pytest.mark.parametrize("name", ATTACHABLE)
def test_attachments_come_back_the_same(sdk: Session, name: str) -> None:
    key = key_of(sdk, name)
    sdk.call(f"create_{name}_attachment_by_file_name", key, "a b.png", FILE)
    sdk.call(f"update_{name}_attachment_by_file_name", key, "a b.png", FILE + b"!")
    (told,) = sdk.call(f"get_{name}_attachments", key).attachments
    assert (told.file_name, told.content_length) == ("a b.png", len(FILE) + 1)
    by_id = sdk.call(f"get_{name}_attachment_by_id", key, told.attachment_id, "image/png")
    by_file = sdk.call(f"get_{name}_attachment_by_file_name", key, "a b.png", "image/png")
    for path in (by_id, by_file):
        with open(path, "rb") as saved:
            assert saved.read() == FILE + b"!"


def test_other_ways_to_one_record(sdk: Session) -> None:
    number = "C-77"
    made = m.Contact(name="Numbered Ltd", contact_number=number)
    sdk.call("create_contacts", m.Contacts(contacts=[made]))
    assert sdk.call("get_contact_by_contact_number", number).contacts[0].name == "Numbered Ltd"
    assert sdk.call("get_contact_cis_settings", contact(sdk).contact_id).cis_settings
    order = one(sdk, "PurchaseOrder")["PurchaseOrderNumber"]
    found = sdk.call("get_purchase_order_by_number", order).purchase_orders[0]
    assert found.purchase_order_number == order
    assert sdk.call("get_tax_rate_by_tax_type", "OUTPUT2").tax_rates[0].tax_type == "OUTPUT2"
    organisation = sdk.call("get_organisations").organisations[0].organisation_id
    assert sdk.call("get_organisation_cis_settings", organisation).cis_settings
    first = sdk.call("get_journal_by_number", 1).journals[0]
    assert sdk.call("get_journal", first.journal_id).journals[0].journal_number == 1
    theme = key_of(sdk, "branding_theme")
    sdk.call("get_branding_theme_payment_services", theme)


def test_pdfs(sdk: Session) -> None:
    for name in ("invoice", "credit_note", "quote", "purchase_order"):
        with open(sdk.call(f"get_{name}_as_pdf", key_of(sdk, name)), "rb") as page:
            assert page.read(5) == b"%PDF-"
