"""The worked examples of the guide, as they stand there, against emulators."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from flow_world import Receiver, World, invoice, receiving

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "guide" / "examples"
ORDERS = """order_no,customer,ordered,item,quantity,price,category,paid
1001,Bluebell Ltd,2026-11-01,Rose,2,10.50,plants,2026-11-01
1001,Bluebell Ltd,2026-11-01,Spade,1,25.00,tools,2026-11-01
1002,Marigold & Co,2026-11-02,Fern,3,4.20,plants,
"""


def example(name: str) -> str:
    return (EXAMPLES / f"{name}.toml").read_text()


def test_shop_orders_become_invoices_and_payments(world: World) -> None:
    bank = world.bank()
    world.write("orders/monday.csv", ORDERS)
    world.write("accounts.csv", "category,code\nplants,200\ntools,260\n")
    world.add(example("shop-orders").replace("'090'", f"'{bank['Code']}'"), "shop-orders")
    report = world.run("shop-orders")
    assert (report.status, report.exit_status) == ("done", 0)
    assert report.steps == {0: {"sent": 2}, 1: {"sent": 1}}
    invoices = {each["InvoiceNumber"]: each for each in world.held("Invoice")}
    assert set(invoices) == {"WEB-1001", "WEB-1002"}
    first = invoices["WEB-1001"]
    assert first["Total"] == 2 * Decimal("10.50") + 25
    assert first["AmountPaid"] == Decimal(46)
    assert first["Status"] == "PAID"
    assert [line["AccountCode"] for line in first["LineItems"]] == ["200", "260"]
    assert invoices["WEB-1002"]["AmountDue"] == 3 * Decimal("4.20")
    assert [each["Amount"] for each in world.held("Payment")] == [Decimal(46)]

    world.write("orders/copy-of-monday.csv", ORDERS)
    assert world.run("shop-orders").counts == {}, "the same contents are read once"
    world.write("orders/tuesday.csv", ORDERS + "1003,New,2026-11-03,Fern,1,4.20,plants,\n")
    report = world.run("shop-orders")
    assert (report.counts["same"], report.counts["new"]) == (3, 1)
    assert len(world.held("Invoice")) == 3


@pytest.fixture
def two(tmp_path: Path) -> World:
    return World(tmp_path, ("north", "south"))


def test_approved_bills_of_one_organisation_become_the_others(two: World) -> None:
    two.write("accounts.csv", "north,south\n200,260\n")
    two.add(example("bills-between"), "bills-between")
    bill = invoice("B-1", Type="ACCPAY")
    bill["LineItems"].append(
        {"Description": "More", "Quantity": 1, "UnitAmount": "3.25", "AccountCode": "260"}
    )
    made = two.put("invoices.create", bill, "north")
    two.put("invoices.create", invoice("B-2", Type="ACCPAY", Status="DRAFT"), "north")
    two.put("invoices.create", invoice("S-1"), "north")
    assert two.run("bills-between").steps == {0: {"sent": 1}}
    (copy,) = two.held("Invoice", "south")
    assert copy["InvoiceNumber"] == "N-B-1"
    assert copy["Status"] == "DRAFT"
    assert copy["Total"] == made["Total"]
    assert [line["AccountCode"] for line in copy["LineItems"]] == ["260", "260"]
    two.put("invoices.upsert", {"InvoiceID": made["InvoiceID"], "DueDate": "2026-12-24"}, "north")
    assert two.run("bills-between").counts["changed"] == 1
    (copy,) = two.held("Invoice", "south")
    assert str(copy["DueDate"]) == "2026-12-24"
    assert two.run("bills-between").counts == {}


def test_new_and_changed_invoices_are_posted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_AUTHORIZATION", "Bearer planted")
    text = example("invoices-to-http")
    with receiving() as receiver:
        world.add(text.replace("https://shop.example/xero/invoices", receiver.url), "to-http")
        made = world.put("invoices.create", invoice("INV-1"))
        world.put("invoices.create", invoice("INV-2", Status="DRAFT"))
        assert world.run("to-http").steps == {0: {"sent": 1}}
        (key, body) = receiver.got[0]
        assert body["id"] == made["InvoiceID"]
        assert (body["customer"], body["total"], body["due"]) == ("Bluebell Ltd", 21, 21)
        assert body["lines"] == [{"text": "Work", "amount": 21}]
        assert made["InvoiceID"] in key
        assert receiver.headers[0]["Authorization"] == "Bearer planted"
        assert world.run("to-http").counts == {}
        two = {"InvoiceID": made["InvoiceID"], "Reference": "changed"}
        world.put("invoices.upsert", two)
        assert world.run("to-http").counts["changed"] == 1
        assert len(receiver.got) == 2
        assert receiver.got[1][0] != key, "a change is not taken for a repeat"
    _unreachable(world, receiver)


def _unreachable(world: World, receiver: Receiver) -> None:
    """While nobody listens the record stays; afterwards it arrives."""
    world.put("invoices.create", invoice("INV-3"))
    report = world.run("to-http")
    assert report.status == "failed"
    assert report.exit_status == 5
    assert report.steps == {0: {"ready": 1}}
    with receiving() as again:
        text = example("invoices-to-http")
        world.add(text.replace("https://shop.example/xero/invoices", again.url), "to-http")
        assert world.run("to-http").status == "done"
        assert [body["number"] for _, body in again.got] == ["INV-3"]


def test_the_first_flow_of_the_guide_is_right(world: World) -> None:
    guide = (EXAMPLES.parent / "flows.md").read_text()
    first = guide.split("```toml\n")[1].split("```")[0]
    world.write("orders/1.csv", "order_no,customer\n1,Rose\n")
    world.add(first)
    assert world.run().steps == {0: {"sent": 1}}
