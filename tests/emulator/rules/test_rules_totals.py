"""The arithmetic of documents, worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rules_world import World, line

from xeroport_emulator.rules.apply import apply

D = Decimal


def document(world: World, lines: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return {
        "Type": "ACCREC",
        "Contact": {"ContactID": world.customer["ContactID"]},
        "Status": "AUTHORISED",
        "LineItems": lines,
        **fields,
    }


def test_tax_is_rounded_on_each_line_and_then_summed(world: World) -> None:
    # 15 % of 0.10 is 0.015, which is 0.02 on each of three lines; of 0.30 it would be 0.05
    made = world.ok("invoices.create", document(world, [line("0.10", "200")] * 3))
    assert [each["TaxAmount"] for each in made["LineItems"]] == [D("0.02")] * 3
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (D("0.30"), D("0.06"), D("0.36"))


def test_inclusive_amounts_hold_their_tax(world: World) -> None:
    made = world.ok(
        "invoices.create", document(world, [line("115", "200")], LineAmountTypes="Inclusive")
    )
    assert made["LineItems"][0]["LineAmount"] == D("115.00")
    assert made["LineItems"][0]["TaxAmount"] == D("15.00")
    assert (made["SubTotal"], made["Total"]) == (D("100.00"), D("115.00"))


def test_no_tax_means_none(world: World) -> None:
    made = world.ok(
        "invoices.create", document(world, [line("115", "200")], LineAmountTypes="NoTax")
    )
    assert made["LineItems"][0]["TaxType"] == "NONE"
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (D("115"), D("0"), D("115"))


def test_discounts_by_rate_and_by_amount(world: World) -> None:
    lines = [
        line("50", "200", Quantity="2", DiscountRate="10", TaxType="NONE"),
        line("50", "200", DiscountAmount="7.5", TaxType="NONE"),
    ]
    made = world.ok("invoices.create", document(world, lines))
    assert [each["LineAmount"] for each in made["LineItems"]] == [D("90.00"), D("42.50")]
    assert made["TotalDiscount"] == D("17.50")
    assert made["IsDiscounted"] is True


def test_a_line_amount_alone_makes_the_price(world: World) -> None:
    item = {"Description": "x", "AccountCode": "200", "Quantity": "3", "LineAmount": "10"}
    made = world.ok("invoices.create", document(world, [item]))
    assert made["LineItems"][0]["UnitAmount"] == D("3.3333")
    assert made["LineItems"][0]["LineAmount"] == D("10.00")


def test_unit_prices_keep_four_or_two_decimals(world: World) -> None:
    from xeroport.catalogue import load

    element = document(world, [line("1.23456", "200", Quantity="100")])
    endpoint = load().endpoint("invoices.create")
    four = apply(world.organisation, endpoint, element, {}, unit_places=4).record or {}
    two = apply(world.organisation, endpoint, element, {}, unit_places=2).record or {}
    assert four["LineItems"][0]["LineAmount"] == D("123.46")
    assert two["LineItems"][0]["LineAmount"] == D("123.00")


def test_a_wrong_line_total_is_told_with_both_numbers(world: World) -> None:
    element = document(world, [line("10", "200", Quantity="3", LineAmount="31")])
    assert world.refused("invoices.create", element) == (
        "The line total 31.00 does not match the expected line total 30.00",
    )


@pytest.mark.parametrize("total", ["115.10", "114.90", "115.00"])
def test_a_total_within_ten_cents_stands(world: World, total: str) -> None:
    made = world.ok("invoices.create", document(world, [line("100", "200")], Total=total))
    assert made["Total"] == made["AmountDue"] == D(total)
    assert made["SubTotal"] + made["TotalTax"] == D("115.00")


def test_a_total_further_off_is_refused_but_for_drafts(world: World) -> None:
    element = document(world, [line("100", "200")], Total="115.11")
    assert world.refused("invoices.create", element) == (
        "The document total does not equal the sum of the lines",
    )
    draft = world.ok("invoices.create", {**element, "Status": "DRAFT"})
    assert draft["Total"] == D("115.00")


def test_the_tax_amount_may_be_overridden(world: World) -> None:
    made = world.ok("invoices.create", document(world, [line("100", "200", TaxAmount="14.99")]))
    assert made["Total"] == D("114.99")


def test_a_line_may_not_be_larger_than_xero_keeps(world: World) -> None:
    element = document(world, [line("99999999999", "200", Quantity="2")])
    assert world.refused("invoices.create", element) == (
        "The line total may not be greater than 9999999999.99.",
    )


def test_a_description_alone_is_a_line_of_nothing(world: World) -> None:
    made = world.ok("invoices.create", document(world, [{"Description": "Note"}, line("1", "200")]))
    assert made["LineItems"][0]["LineAmount"] == D("0.00")
    assert "AccountCode" not in made["LineItems"][0]


def test_items_fill_in_the_line(world: World) -> None:
    world.ok(
        "items.create",
        {
            "Code": "CHAIR",
            "Name": "Chair",
            "Description": "A chair",
            "SalesDetails": {"UnitPrice": "20", "AccountCode": "200"},
            "PurchaseDetails": {"UnitPrice": "12", "AccountCode": "310"},
        },
    )
    sold = world.ok("invoices.create", document(world, [{"ItemCode": "chair", "Quantity": 2}]))
    assert sold["LineItems"][0]["Description"] == "A chair"
    assert sold["SubTotal"] == D("40.00")
    bought = world.ok(
        "invoices.create",
        document(
            world, [{"ItemCode": "CHAIR", "Description": "Chairs", "Quantity": 2}], Type="ACCPAY"
        ),
    )
    assert bought["LineItems"][0]["AccountCode"] == "310"
    assert bought["SubTotal"] == D("24.00")
    refused = world.refused("invoices.create", document(world, [{"ItemCode": "X", "Quantity": 1}]))
    assert "Item code 'X' is not valid" in refused
