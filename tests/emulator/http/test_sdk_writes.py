"""Xero's own SDK writes to the emulator: create, change, delete, pay, allocate, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from sdk_session import DAY, Session, bank, contact, invoice, line, one, session
from xero_python.accounting import models as m

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator


@pytest.fixture(scope="module")
def sdk(spec: dict[str, Any] | None) -> Iterator[Session]:
    emulator = Emulator("demo", clock=ManualClock(), limits="off")
    emulator.switches.journals_open = True
    with session(emulator, spec) as opened:
        yield opened


def test_invoices(sdk: Session) -> None:
    (draft,) = sdk.call("create_invoices", m.Invoices(invoices=[invoice(sdk, "DRAFT")])).invoices
    assert Decimal(str(draft.total)) == Decimal("115")
    change = m.Invoices(invoices=[m.Invoice(reference="R-1", status="AUTHORISED")])
    (done,) = sdk.call("update_invoice", draft.invoice_id, change).invoices
    assert (done.status, done.reference) == ("AUTHORISED", "R-1")
    sdk.call("get_online_invoice", done.invoice_id)
    mailed = m.Contact(name="Mail Ltd", email_address="mail@example.com")
    (other,) = sdk.call(
        "update_or_create_invoices",
        m.Invoices(
            invoices=[
                m.Invoice(
                    type="ACCREC",
                    contact=sdk.call("create_contacts", m.Contacts(contacts=[mailed])).contacts[0],
                    date=DAY,
                    due_date=DAY,
                    line_items=[line()],
                    status="AUTHORISED",
                )
            ]
        ),
        summarize_errors=False,
    ).invoices
    assert other.status_attribute_string == "OK"
    sdk.call("email_invoice", other.invoice_id, m.RequestEmpty())
    (voided,) = sdk.call(
        "update_invoice", done.invoice_id, m.Invoices(invoices=[m.Invoice(status="VOIDED")])
    ).invoices
    assert voided.status == "VOIDED"


def test_contacts_and_groups(sdk: Session) -> None:
    made = sdk.call(
        "update_or_create_contacts",
        m.Contacts(contacts=[m.Contact(name="Alpha Group Ltd"), m.Contact(name="Beta Group Ltd")]),
    ).contacts
    ids = [each.contact_id for each in made]
    changed = m.Contacts(contacts=[m.Contact(first_name="Ada")])
    assert sdk.call("update_contact", ids[0], changed).contacts[0].first_name == "Ada"
    (group,) = sdk.call(
        "create_contact_group", m.ContactGroups(contact_groups=[m.ContactGroup(name="Friends")])
    ).contact_groups
    key = group.contact_group_id
    renamed = m.ContactGroups(contact_groups=[m.ContactGroup(name="Old Friends")])
    assert sdk.call("update_contact_group", key, renamed).contact_groups[0].name == "Old Friends"
    members = m.Contacts(contacts=[m.Contact(contact_id=each) for each in ids])
    sdk.call("create_contact_group_contacts", key, members)
    assert len(sdk.call("get_contact_group", key).contact_groups[0].contacts) == 2
    sdk.call("delete_contact_group_contact", key, ids[0])
    sdk.call("delete_contact_group_contacts", key)
    assert not sdk.call("get_contact_group", key).contact_groups[0].contacts


def test_credit_notes_and_allocations(sdk: Session) -> None:
    note = m.CreditNote(
        type="ACCRECCREDIT",
        contact=contact(sdk),
        date=DAY,
        status="AUTHORISED",
        line_items=[line("40")],
    )
    (made,) = sdk.call("create_credit_notes", m.CreditNotes(credit_notes=[note])).credit_notes
    (other,) = sdk.call(
        "update_or_create_credit_notes", m.CreditNotes(credit_notes=[note])
    ).credit_notes
    reference = m.CreditNotes(credit_notes=[m.CreditNote(reference="back")])
    (changed,) = sdk.call("update_credit_note", other.credit_note_id, reference).credit_notes
    assert changed.reference == "back"
    (bill,) = sdk.call("create_invoices", m.Invoices(invoices=[invoice(sdk)])).invoices
    part = m.Allocation(invoice=m.Invoice(invoice_id=bill.invoice_id), amount=10.0, date=DAY)
    allocated = sdk.call(
        "create_credit_note_allocation", made.credit_note_id, m.Allocations(allocations=[part])
    ).allocations
    assert Decimal(str(allocated[0].amount)) == 10
    kept = sdk.call("get_credit_note", made.credit_note_id).credit_notes[0].allocations[0]
    sdk.call("delete_credit_note_allocations", made.credit_note_id, kept.allocation_id)
    assert not sdk.call("get_credit_note", made.credit_note_id).credit_notes[0].allocations


@pytest.mark.parametrize("name", ["overpayment", "prepayment"])
def test_money_received_without_a_document(sdk: Session, name: str) -> None:
    account = "610" if name == "overpayment" else "200"
    received = m.BankTransaction(
        type=f"RECEIVE-{name.upper()}",
        contact=contact(sdk),
        bank_account=bank(sdk),
        date=DAY,
        line_amount_types=m.LineAmountTypes.NOTAX,
        line_items=[line("50", account)],
    )
    (made,) = sdk.call(
        "create_bank_transactions", m.BankTransactions(bank_transactions=[received])
    ).bank_transactions
    key = getattr(made, f"{name}_id")
    (bill,) = sdk.call("create_invoices", m.Invoices(invoices=[invoice(sdk)])).invoices
    part = m.Allocation(invoice=m.Invoice(invoice_id=bill.invoice_id), amount=20.0, date=DAY)
    sdk.call(f"create_{name}_allocations", key, m.Allocations(allocations=[part]))
    (held,) = getattr(sdk.call(f"get_{name}", key), f"{name}s")
    assert Decimal(str(held.remaining_credit)) == 30
    sdk.call(f"delete_{name}_allocations", key, held.allocations[0].allocation_id)


def test_accounts(sdk: Session) -> None:
    new = m.Account(code="888", name="Odd Jobs", type=m.AccountType.EXPENSE)
    (made,) = sdk.call("create_account", new).accounts
    changed = m.Accounts(accounts=[m.Account(account_id=made.account_id, name="Even Jobs")])
    (done,) = sdk.call("update_account", made.account_id, changed).accounts
    assert done.name == "Even Jobs"
    assert sdk.call("delete_account", made.account_id).accounts[0].status == "DELETED"


def test_bank_transactions_and_transfers(sdk: Session) -> None:
    spent = m.BankTransaction(
        type="SPEND",
        contact=contact(sdk),
        bank_account=bank(sdk),
        date=DAY,
        line_items=[line("12", "404")],
    )
    (made,) = sdk.call(
        "update_or_create_bank_transactions", m.BankTransactions(bank_transactions=[spent])
    ).bank_transactions
    spent.reference = "fee"
    (done,) = sdk.call(
        "update_bank_transaction",
        made.bank_transaction_id,
        m.BankTransactions(bank_transactions=[spent]),
    ).bank_transactions
    assert done.reference == "fee"
    moves = m.BankTransfers(
        bank_transfers=[
            m.BankTransfer(
                from_bank_account=bank(sdk, 0), to_bank_account=bank(sdk, 1), amount=5.0, date=DAY
            )
        ]
    )
    first, second = (sdk.call("create_bank_transfer", moves).bank_transfers[0] for _ in range(2))
    gone = m.BankTransferDelete(status="DELETED", bank_transfer_id=first.bank_transfer_id)
    sdk.call("delete_bank_transfers", m.BankTransfersDelete(bank_transfers=[gone]))
    status = m.BankTransferDeleteByUrlParam(status="DELETED")
    sdk.call("delete_bank_transfer", second.bank_transfer_id, status)
    kept = sdk.call("get_bank_transfers", include_deleted=True).bank_transfers
    deleted = {each.bank_transfer_id for each in kept if each.status == "DELETED"}
    assert {first.bank_transfer_id, second.bank_transfer_id} <= deleted


def test_payments_and_batches(sdk: Session) -> None:
    bills = sdk.call(
        "create_invoices", m.Invoices(invoices=[invoice(sdk) for _ in range(4)])
    ).invoices

    def paid(place: int) -> m.Payment:
        wanted = m.Invoice(invoice_id=bills[place].invoice_id)
        return m.Payment(invoice=wanted, account=bank(sdk), date=DAY, amount=115.0)

    (made,) = sdk.call("create_payments", m.Payments(payments=[paid(0)])).payments
    sdk.call("create_payment", paid(1))
    gone = sdk.call("delete_payment", made.payment_id, m.PaymentDelete(status="DELETED"))
    assert gone.payments[0].status == "DELETED"
    keys = []
    for place in (2, 3):
        part = m.Payment(invoice=m.Invoice(invoice_id=bills[place].invoice_id), amount=115.0)
        batch = m.BatchPayment(account=bank(sdk), date=DAY, payments=[part])
        reply = sdk.call("create_batch_payment", m.BatchPayments(batch_payments=[batch]))
        keys.append(reply.batch_payments[0].batch_payment_id)
    first = m.BatchPaymentDelete(status="DELETED", batch_payment_id=keys[0])
    sdk.call("delete_batch_payment", first)
    second = m.BatchPaymentDeleteByUrlParam(status="DELETED")
    reply = sdk.call("delete_batch_payment_by_url_param", keys[1], second)
    assert reply.batch_payments[0].status == "DELETED"


def test_items_and_linked_transactions(sdk: Session) -> None:
    (made,) = sdk.call("create_items", m.Items(items=[m.Item(code="SDK-1", name="One")])).items
    sdk.call("update_or_create_items", m.Items(items=[m.Item(code="SDK-2", name="Two")]))
    renamed = m.Items(items=[m.Item(code="SDK-1", name="First")])
    assert sdk.call("update_item", made.item_id, renamed).items[0].name == "First"
    sdk.call("delete_item", made.item_id)
    assert "SDK-1" not in {each.code for each in sdk.call("get_items").items}
    (bill,) = sdk.call(
        "create_invoices",
        m.Invoices(invoices=[invoice(sdk, type="ACCPAY", line_items=[line("30", "429")])]),
    ).invoices
    link = m.LinkedTransaction(
        source_transaction_id=bill.invoice_id,
        source_line_item_id=bill.line_items[0].line_item_id,
    )
    (linked,) = sdk.call("create_linked_transaction", link).linked_transactions
    link.contact_id = contact(sdk).contact_id
    sdk.call(
        "update_linked_transaction",
        linked.linked_transaction_id,
        m.LinkedTransactions(linked_transactions=[link]),
    )
    sdk.call("delete_linked_transaction", linked.linked_transaction_id)
    left = sdk.call("get_linked_transactions", source_transaction_id=bill.invoice_id)
    assert not left.linked_transactions


@pytest.mark.parametrize("name", ["manual_journal", "purchase_order", "quote"])
def test_other_documents(sdk: Session, name: str) -> None:
    if name == "manual_journal":
        lines = [
            m.ManualJournalLine(line_amount=amount, account_code=code)
            for amount, code in ((10.0, "404"), (-10.0, "429"))
        ]
        new = m.ManualJournal(narration="Moved", date=DAY, journal_lines=lines)
        envelope, key, field = m.ManualJournals, "manual_journals", "narration"
    elif name == "purchase_order":
        new = m.PurchaseOrder(contact=contact(sdk), date=DAY, line_items=[line()])
        envelope, key, field = m.PurchaseOrders, "purchase_orders", "reference"
    else:
        new = m.Quote(contact=contact(sdk), date=DAY, line_items=[line()])
        envelope, key, field = m.Quotes, "quotes", "reference"
    (made,) = getattr(sdk.call(f"create_{name}s", envelope(**{key: [new]})), key)
    sdk.call(f"update_or_create_{name}s", envelope(**{key: [new]}))
    setattr(new, field, "changed")
    identity = getattr(made, f"{name}_id")
    (done,) = getattr(sdk.call(f"update_{name}", identity, envelope(**{key: [new]})), key)
    assert getattr(done, field) == "changed"


def test_repeating_invoices(sdk: Session) -> None:
    new = m.RepeatingInvoice(
        type="ACCREC",
        contact=contact(sdk),
        schedule=m.Schedule(
            period=1, unit="MONTHLY", due_date=10, due_date_type="OFFOLLOWINGMONTH", start_date=DAY
        ),
        line_items=[line()],
        status="DRAFT",
    )
    envelope = m.RepeatingInvoices(repeating_invoices=[new])
    (made,) = sdk.call("create_repeating_invoices", envelope).repeating_invoices
    sdk.call("update_or_create_repeating_invoices", envelope)
    gone = m.RepeatingInvoices(repeating_invoices=[m.RepeatingInvoice(status="DELETED")])
    reply = sdk.call("update_repeating_invoice", made.repeating_invoice_id, gone)
    assert reply.repeating_invoices[0].status == "DELETED"


def test_receipts_and_claims(sdk: Session) -> None:
    user = m.User(user_id=one(sdk, "User")["UserID"])
    new = m.Receipt(contact=contact(sdk), user=user, date=DAY, line_items=[line("9", "429")])
    (made,) = sdk.call("create_receipt", m.Receipts(receipts=[new])).receipts
    new.reference = "taxi"
    (done,) = sdk.call("update_receipt", made.receipt_id, m.Receipts(receipts=[new])).receipts
    assert done.reference == "taxi"
    claim = m.ExpenseClaim(user=user, receipts=[m.Receipt(receipt_id=made.receipt_id)])
    (claimed,) = sdk.call(
        "create_expense_claims", m.ExpenseClaims(expense_claims=[claim])
    ).expense_claims
    claim.status = "AUTHORISED"
    reply = sdk.call(
        "update_expense_claim",
        claimed.expense_claim_id,
        m.ExpenseClaims(expense_claims=[claim]),
    )
    assert reply.expense_claims[0].status == "AUTHORISED"


def test_settings(sdk: Session) -> None:
    sdk.call("create_currency", m.Currency(code=m.CurrencyCode.GBP))
    part = m.TaxComponent(name="GST", rate=7.5)
    rate = m.TaxRate(name="Half GST", tax_components=[part], report_tax_type="OUTPUT")
    (made,) = sdk.call("create_tax_rates", m.TaxRates(tax_rates=[rate])).tax_rates
    rate.tax_type, rate.name = made.tax_type, "Half rate"
    assert sdk.call("update_tax_rate", m.TaxRates(tax_rates=[rate])).tax_rates[0].name == rate.name
    new = m.PaymentService(
        payment_service_name="Cards", payment_service_url="https://pay.example", pay_now_text="Pay"
    )
    (service,) = sdk.call(
        "create_payment_service", m.PaymentServices(payment_services=[new])
    ).payment_services
    theme = one(sdk, "BrandingTheme")["BrandingThemeID"]
    held = m.PaymentServices(
        payment_services=[m.PaymentService(payment_service_id=service.payment_service_id)]
    )
    sdk.call("create_branding_theme_payment_services", theme, held)
    found = sdk.call("get_branding_theme_payment_services", theme).payment_services
    assert service.payment_service_id in {each.payment_service_id for each in found}


def test_setup(sdk: Session) -> None:
    setup = m.Setup(accounts=[m.Account(code="889", name="Brought In", type=m.AccountType.EXPENSE)])
    assert sdk.call("post_setup", setup).import_summary.accounts.new == 1
