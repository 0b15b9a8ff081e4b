"""Tracked inventory: quantities, average cost, cost of sales, and the books behind them."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from books_world import Books, Record

STOCK, COST = "630", "310"


@pytest.fixture
def shop() -> Books:
    """Books with one tracked item, `W`; nothing of it on hand."""
    books = Books()
    books.ok(
        "items.create",
        {
            "Code": "W",
            "Name": "Wheel",
            "InventoryAssetAccountCode": STOCK,
            "PurchaseDetails": {"COGSAccountCode": COST, "UnitPrice": "4"},
            "SalesDetails": {"AccountCode": "200", "UnitPrice": "10"},
        },
    )
    return books


def wheels(quantity: str, price: str, **fields: str) -> Record:
    return {"ItemCode": "W", "Quantity": quantity, "UnitAmount": price, "TaxType": "NONE", **fields}


def held(books: Books) -> tuple[Decimal, Decimal]:
    """Quantity and cost of the item; the cost is what stands on the account of stock."""
    item = books.organisation.tables["Item"].first("Code", "W")
    assert item is not None
    assert books.balances().get(STOCK, 0) == item["TotalCostPool"]
    return item["QuantityOnHand"], item["TotalCostPool"]


def test_a_bill_raises_and_a_sale_lowers_at_the_average(shop: Books) -> None:
    shop.invoice(wheels("10", "4"), bill=True)
    shop.invoice(wheels("10", "6"), bill=True)
    assert held(shop) == (20, 100)
    sale = shop.invoice(wheels("3", "12"))
    assert held(shop) == (17, 85)
    assert shop.legs("Invoice", sale["InvoiceID"]) == {"610": 36, "200": -36, COST: 15, STOCK: -15}
    last = shop.invoice(wheels("17", "12"))
    assert held(shop) == (0, 0)
    shop.ok("invoices.update", {"Status": "VOIDED"}, InvoiceID=last["InvoiceID"])
    assert held(shop) == (17, 85)


def test_drafts_move_nothing_and_payments_no_more(shop: Books) -> None:
    bill = shop.invoice(wheels("8", "5"), bill=True, Status="DRAFT")
    assert held(shop) == (0, 0)
    shop.ok("invoices.update", {"Status": "AUTHORISED"}, InvoiceID=bill["InvoiceID"])
    assert held(shop) == (8, 40)
    sale = shop.invoice(wheels("2", "12"))
    shop.invoice(wheels("8", "15"), bill=True)
    shop.pay("Invoice", sale["InvoiceID"], "24")
    shop.pay("Invoice", bill["InvoiceID"], "40")
    assert held(shop) == (14, 150)


def test_more_than_is_on_hand_cannot_be_sold(shop: Books) -> None:
    bill = shop.invoice(wheels("5", "4"), bill=True)
    sale = {
        "Type": "ACCREC",
        "Contact": {"ContactID": shop.customer},
        "LineItems": [wheels("6", "12")],
        "Status": "AUTHORISED",
    }
    outcome = shop.write("invoices.create", sale)
    assert "on hand" in outcome.errors[0]
    assert held(shop) == (5, 20)
    shop.invoice(wheels("5", "12"))
    outcome = shop.write("invoices.update", {"Status": "VOIDED"}, InvoiceID=bill["InvoiceID"])
    assert not outcome.ok
    assert held(shop) == (0, 0)


def test_credit_notes_and_the_bank(shop: Books) -> None:
    money = {"Contact": {"ContactID": shop.supplier}, "BankAccount": {"Code": "090"}}
    bought = {**money, "Type": "SPEND", "LineItems": [wheels("10", "3")]}
    spent = shop.ok("bank_transactions.create", bought)
    assert held(shop) == (10, 30)
    back = {
        "Type": "ACCPAYCREDIT",
        "Contact": {"ContactID": shop.supplier},
        "Status": "AUTHORISED",
        "LineItems": [wheels("4", "3")],
    }
    shop.ok("credit_notes.create", back)
    assert held(shop) == (6, 18)
    shop.invoice(wheels("2", "9"))
    returned = {**back, "Type": "ACCRECCREDIT", "LineItems": [wheels("1", "9")]}
    note = shop.ok("credit_notes.create", returned)
    assert held(shop) == (5, 15)
    assert shop.legs("CreditNote", note["CreditNoteID"])[STOCK] == 3
    identity = spent["BankTransactionID"]
    refused = shop.write(
        "bank_transactions.update", {"Status": "DELETED"}, BankTransactionID=identity
    )
    assert not refused.ok


def test_a_purchase_stands_on_the_account_of_stock(shop: Books) -> None:
    bill = shop.invoice(wheels("2", "4", AccountCode=COST), bill=True)
    assert bill["LineItems"][0]["AccountCode"] == STOCK


@pytest.mark.parametrize("seed", range(3))
def test_stock_equals_its_account_whatever_is_done(shop: Books, seed: int) -> None:
    chance = random.Random(seed)
    made: list[str] = []
    for _ in range(60):
        step = chance.random()
        if step < 0.7 or not made:
            bill = chance.random() < 0.5
            lines = wheels(str(chance.randint(1, 9)), f"{chance.randint(1, 999) / 100:.2f}")
            kind = {"Type": "ACCPAY" if bill else "ACCREC", "LineAmountTypes": "Inclusive"}
            contact = {"Contact": {"ContactID": shop.supplier if bill else shop.customer}}
            lines["TaxType"] = "INPUT2" if bill else "OUTPUT2"
            body = {**kind, **contact, "Status": "AUTHORISED", "LineItems": [lines]}
            outcome = shop.write("invoices.create", body)
            if outcome.record is not None:
                made.append(outcome.record["InvoiceID"])
        else:
            change: Record = {"Status": "VOIDED"}
            if step < 0.9:
                change = {"LineItems": [wheels(str(chance.randint(1, 9)), "5")]}
            shop.write("invoices.update", change, InvoiceID=chance.choice(made))
        quantity, _ = held(shop)
        assert quantity >= 0
