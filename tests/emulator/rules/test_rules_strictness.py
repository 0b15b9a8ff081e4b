"""What Xero was reported to refuse, to clear and to warn of, in its words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rules_world import World, line

from xeroport.catalogue import load
from xeroport_emulator.http.coerce import Unreadable, coerce, scalar

Record = dict[str, Any]


def sale(world: World, *lines: Record, **more: Any) -> Record:
    contact = {"ContactID": world.customer["ContactID"]}
    return {"Type": "ACCREC", "Contact": contact, "LineItems": list(lines), **more}


@pytest.mark.parametrize(
    ("kind", "code", "tax_type"),
    [("ACCREC", "310", "OUTPUT2"), ("ACCPAY", "200", "INPUT2"), ("ACCPAY", "404", "ZERORATED")],
)
def test_a_tax_type_must_go_with_the_accounts_class(
    world: World, kind: str, code: str, tax_type: str
) -> None:
    sent = sale(world, {**line("9", code), "TaxType": tax_type}) | {"Type": kind}
    assert world.refused("invoices.create", sent) == (
        f"The TaxType code '{tax_type}' cannot be used with account code '{code}'.",
    )


def test_a_zero_discount_on_a_negative_line_is_refused_as_an_amount_only(world: World) -> None:
    less = {**line("-80", "200"), "DiscountAmount": "0"}
    errors = world.refused("invoices.create", sale(world, line("300", "200"), less))
    assert errors == (
        "The discount rate '0.00' is invalid. Discount must not be greater than the line total.",
    )
    less = {**line("-80", "200"), "DiscountRate": "0"}
    made = world.ok("invoices.create", sale(world, line("300", "200"), less))
    assert made["SubTotal"] == Decimal(220)


def test_a_discount_a_tenth_of_a_cent_above_the_line_is_refused(world: World) -> None:
    sent = sale(world, {**line("41.276", "200"), "DiscountAmount": "41.29"})
    assert "is invalid" in world.refused("invoices.create", sent)[0]


def test_the_number_of_a_deleted_order_is_not_free(world: World) -> None:
    contact = {"ContactID": world.supplier["ContactID"]}
    sent = {"Contact": contact, "LineItems": [line("9", "310")], "PurchaseOrderNumber": "PO-9"}
    made = world.ok("purchase_orders.create", sent)
    ids = {"PurchaseOrderID": made["PurchaseOrderID"]}
    world.ok("purchase_orders.update", {"Status": "DELETED"}, **ids)
    assert world.refused("purchase_orders.upsert", sent) == (
        "PurchaseOrder status change is invalid",
        "Deleted PurchaseOrders cannot be updated",
    )


def test_an_update_of_a_quote_clears_what_it_does_not_name(world: World) -> None:
    contact = {"ContactID": world.customer["ContactID"]}
    words = {"Terms": "30 days", "Title": "Pump", "Summary": "All of it"}
    sent = {"Contact": contact, "LineItems": [line("9", "200")], **words}
    made = world.ok("quotes.create", sent)
    after = world.ok("quotes.update", {"Reference": "new"}, QuoteID=made["QuoteID"])
    assert after["QuoteNumber"] != made["QuoteNumber"]
    assert [after.get(key, "") for key in words] == ["", "", ""]
    again = world.ok(
        "quotes.update",
        {"LineItems": made["LineItems"], "QuoteNumber": "Q-1"},
        QuoteID=made["QuoteID"],
    )
    assert again["QuoteNumber"] == "Q-1"
    assert again["LineItems"][0]["LineItemID"] != made["LineItems"][0]["LineItemID"]


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-1-5", "2026-01-05"), ("01 Oct 2026", "2026-10-01"), ("1 October 2026", "2026-10-01")],
)
def test_dates_as_other_clients_write_them(text: str, day: str) -> None:
    assert str(scalar("date", text)) == day


@pytest.mark.parametrize("text", ["31 Nov 2026", "5 Foo 2026", "2026-13-1", "1/5/2026"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(Unreadable):
        scalar("date", text)
    values, problems = coerce(load(), "Invoice", {"Date": text})
    assert "Date" not in values
    assert problems
