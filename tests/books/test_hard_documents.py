"""At least 50 hard documents: the ledger has all they say, the residual what they do not."""

from __future__ import annotations

from decimal import Decimal

from hard_documents import Writer
from ledger_world import LEDGER, World

from xeroport_emulator import Emulator


def test_ledger_and_residual_are_xeros_books_at_every_month_end(hard: World) -> None:
    ends = sorted(end for (end,) in hard.rows(f"SELECT DISTINCT month_end FROM {LEDGER}.tie_out"))
    assert len(ends) >= 24
    for end in ends:
        assert hard.ledger_balances(end) == hard.xero_balances(end), end


def test_the_documents_explain_every_balance(hard: World) -> None:
    assert hard.residual() == {}


def test_every_journal_balances_on_both_bases(hard: World) -> None:
    for table in ("ledger_line", "cash_line"):
        uneven = hard.rows(
            f"SELECT record, record_id, journal_date FROM {LEDGER}.{table} "
            "GROUP BY ALL HAVING sum(amount) <> 0"
        )
        assert uneven == []


def test_opening_balances_are_the_first_residual(tmp_path: object) -> None:
    """What an organisation began with is in no document."""
    from pathlib import Path

    world = World(Emulator("demo", limits="off"), Path(str(tmp_path)))
    world.call(
        "setup.create",
        body={
            "ConversionDate": {"Year": 2024, "Month": 10},
            "ConversionBalances": [
                {"AccountCode": "090", "Balance": "5000.00"},
                {"AccountCode": "970", "Balance": "-5000.00"},
            ],
        },
    )
    world.sync()
    report = world.ledger()
    moved = {each.account.split()[0]: each.amount for each in report.residual}
    causes = {each.cause for each in report.residual}
    assert causes == {"opening (conversion) balances"}
    assert moved["090"] == Decimal("5000.00")


def test_the_cost_of_stock_is_residual_on_its_accounts(tmp_path: object) -> None:
    from pathlib import Path

    world = World(Emulator("demo", limits="off"), Path(str(tmp_path)))
    world.call("accounts.create", body={"Code": "639", "Name": "Stock", "Type": "INVENTORY"})
    world.call(
        "items.upsert",
        body={
            "Code": "PUMP", "Name": "Pump", "InventoryAssetAccountCode": "639",
            "PurchaseDetails": {"UnitPrice": "10", "COGSAccountCode": "310", "TaxType": "INPUT2"},
            "SalesDetails": {"UnitPrice": "25", "AccountCode": "200", "TaxType": "OUTPUT2"},
        },
    )  # fmt: skip
    writer = Writer(world)
    for of, code, quantity, price in (
        ("ACCPAY", "639", 10, "10.00"), ("ACCREC", "200", 4, "25.00"),
    ):  # fmt: skip
        writer.call(
            "invoices.upsert",
            {
                "Type": of, "Contact": writer.contact, "Date": "2026-02-03",
                "DueDate": "2026-02-20", "Status": "AUTHORISED",
                "InvoiceNumber": f"STOCK-{of}", "LineAmountTypes": "Exclusive",
                "LineItems": [
                    {"ItemCode": "PUMP", "Description": "Pump", "Quantity": quantity,
                     "UnitAmount": price, "AccountCode": code}
                ],
            },
        )  # fmt: skip
    world.sync()
    report = world.ledger()
    residual = {each.account.split()[0]: (each.amount, each.cause) for each in report.residual}
    assert residual == {
        "639": (Decimal("-40.00"), "cost of tracked stock"),
        "310": (Decimal("40.00"), "cost of tracked stock"),
    }
