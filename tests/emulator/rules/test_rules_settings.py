"""Accounts, items, tax rates, currencies, tracking, payment services, setup."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rules_world import World, line

D = Decimal


def account(world: World, code: str) -> dict[str, Any]:
    found = world.organisation.tables["Account"].first("Code", code)
    assert found is not None
    return found


NEW = {"Code": "555", "Name": "Snacks", "Type": "EXPENSE", "TaxType": "INPUT2"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Name": "Sales"}, "Please enter a unique Name."),
        ({"Code": "200"}, "Please enter a unique Code."),
        ({"Code": "12345678901"}, "Account Code is too long. Maximum of 10 characters allowed"),
        ({"Type": "FUN"}, "A valid account Type must be specified."),
        ({"Name": "x" * 151}, "The field Name is too long. Maximum of 150 characters allowed"),
    ],
)
def test_accounts_that_cannot_be(world: World, fields: dict[str, Any], message: str) -> None:
    assert world.refused("accounts.create", {**NEW, **fields}) == (message,)


def test_accounts_get_the_class_of_their_type(world: World) -> None:
    made = world.ok("accounts.create", NEW)
    assert (made["Class"], made["Status"]) == ("EXPENSE", "ACTIVE")
    changed = world.ok("accounts.update", {"Type": "SALES"}, AccountID=made["AccountID"])
    assert changed["Class"] == "REVENUE"


def test_unused_accounts_are_deleted_and_used_ones_archived(world: World) -> None:
    made = world.ok("accounts.create", NEW)
    gone = world.ok("accounts.delete", AccountID=made["AccountID"])
    assert gone["Status"] == "DELETED"
    assert world.organisation.tables["Account"].get(made["AccountID"]) is None
    world.invoice()
    used = account(world, "200")["AccountID"]
    world.refused("accounts.delete", AccountID=used)
    assert world.ok("accounts.update", {"Status": "ARCHIVED"}, AccountID=used)["Status"] == (
        "ARCHIVED"
    )
    world.refused("accounts.update", {"Name": "x"}, AccountID=used)
    world.ok("accounts.update", {"Status": "ACTIVE"}, AccountID=used)


def test_archiving_is_a_call_of_its_own_and_some_accounts_stand(world: World) -> None:
    used = account(world, "200")["AccountID"]
    world.refused("accounts.update", {"Status": "ARCHIVED", "Name": "x"}, AccountID=used)
    debtors = account(world, "610")["AccountID"]
    world.refused("accounts.update", {"Status": "ARCHIVED"}, AccountID=debtors)
    world.refused("accounts.delete", AccountID=debtors)
    assert world.refused("accounts.update", {"Name": "x"}, AccountID=world.bank["AccountID"]) == (
        "Bank accounts cannot be updated.",
    )


def test_a_new_code_shows_in_documents(world: World) -> None:
    invoice = world.invoice()
    owner = account(world, "970")
    paid = world.pay(invoice, "5", Account={"Code": "970"})
    world.ok("accounts.update", {"Code": "2000"}, AccountID=account(world, "200")["AccountID"])
    world.ok("accounts.update", {"Name": "Owner"}, AccountID=owner["AccountID"])
    assert world.get("Invoice", invoice["InvoiceID"])["LineItems"][0]["AccountCode"] == "2000"
    assert world.get("Payment", paid["PaymentID"])["Account"]["Name"] == "Owner"


def test_item_codes_are_unique(world: World) -> None:
    made = world.ok("items.create", {"Code": "abc", "Name": "Thing"})
    assert world.refused("items.create", {"Code": "abc"}) == (
        "Price List Item with Code ''abc'' already exists",
    )
    same = world.ok("items.upsert", {"Code": "abc", "SalesDetails": {"UnitPrice": "3"}})
    assert same["ItemID"] == made["ItemID"]
    assert (same["Name"], same["SalesDetails"]["UnitPrice"]) == ("Thing", D("3"))
    world.refused("items.update", {"Code": ""}, ItemID=made["ItemID"])
    world.refused("items.upsert", {"Code": "x", "SalesDetails": {"AccountCode": "nope"}})


def test_the_quantity_of_tracked_items_is_xeros_own(world: World) -> None:
    tracked = {
        "Code": "T",
        "InventoryAssetAccountCode": "630",
        "PurchaseDetails": {"COGSAccountCode": "310"},
        "QuantityOnHand": "50",
    }
    made = world.ok("items.create", tracked)
    assert made["IsTrackedAsInventory"] is True
    assert made["QuantityOnHand"] == D("0")
    world.refused("items.create", {**tracked, "Code": "U", "InventoryAssetAccountCode": "200"})


def test_items_are_deleted_without_a_trace(world: World) -> None:
    made = world.ok("items.create", {"Code": "abc"})
    assert world.write("items.delete", ItemID=made["ItemID"]).ok
    assert len(world.organisation.tables["Item"]) == 0
    assert not world.write("items.delete", ItemID=made["ItemID"]).found


def test_tax_rates_add_up_their_components(world: World) -> None:
    made = world.ok(
        "tax_rates.create",
        {
            "Name": "State",
            "TaxComponents": [
                {"Name": "a", "Rate": "5"},
                {"Name": "b", "Rate": "2", "IsCompound": True},
            ],
        },
    )
    assert made["TaxType"] == "TAX001"
    # 5 on the price and 2 on the price with its 5: 7 and 0.1
    assert made["EffectiveRate"] == D("7.1")
    invoice = world.invoice(
        LineAmountTypes="Exclusive", LineItems=[line("100", "200", TaxType="TAX001")]
    )
    assert invoice["TotalTax"] == D("7.10")
    assert world.refused("tax_rates.upsert", {"Name": "State", "Status": "DELETED"})
    world.refused("tax_rates.create", {"Name": "state", "TaxComponents": [{"Name": "a"}]})
    world.refused("tax_rates.create", {"Name": "Empty", "TaxComponents": []})
    world.refused("tax_rates.upsert", {"TaxType": "OUTPUT2", "Name": "Mine"})
    other = world.ok(
        "tax_rates.create", {"Name": "Gone", "TaxComponents": [{"Name": "a", "Rate": 1}]}
    )
    world.ok("tax_rates.upsert", {"TaxType": other["TaxType"], "Status": "DELETED"})
    lines = [line("1", "200", TaxType=other["TaxType"])]
    world.refused(
        "invoices.create", {"Type": "ACCREC", "Contact": {"Name": "x"}, "LineItems": lines}
    )


def test_currencies_are_subscribed_to_once(world: World) -> None:
    world.ok("currencies.create", {"Code": "USD"})
    world.refused("currencies.create", {"Code": "USD"})
    world.refused("currencies.create", {"Code": "QQQ"})
    world.invoice(CurrencyCode="USD")


def test_there_are_two_active_tracking_categories_at_most(world: World) -> None:
    made = [world.ok("tracking_categories.create", {"Name": name}) for name in ("A", "B")]
    world.refused("tracking_categories.create", {"Name": "C"})
    ids = {"TrackingCategoryID": made[0]["TrackingCategoryID"]}
    world.ok("tracking_categories.update", {"Status": "ARCHIVED"}, **ids)
    world.ok("tracking_categories.create", {"Name": "C"})
    world.refused("tracking_categories.update", {"Status": "ACTIVE"}, **ids)
    assert world.ok("tracking_categories.delete", **ids)["Status"] == "DELETED"
    assert len(world.organisation.tables["TrackingCategory"]) == 2


def test_used_tracking_options_are_archived_not_deleted(world: World) -> None:
    category = world.ok("tracking_categories.create", {"Name": "A"})
    ids = {"TrackingCategoryID": category["TrackingCategoryID"]}
    used = world.ok("tracking_categories.options.create", {"Name": "One"}, **ids)
    free = world.ok("tracking_categories.options.create", {"name": "Two"}, **ids)
    world.refused("tracking_categories.options.create", {"Name": "one"}, **ids)
    world.invoice(LineItems=[line("1", "200", Tracking=[{"Name": "A", "Option": "One"}])])
    one, two = ({**ids, "TrackingOptionID": e["TrackingOptionID"]} for e in (used, free))
    world.refused("tracking_categories.options.delete", **one)
    world.refused("tracking_categories.delete", **ids)
    world.ok("tracking_categories.options.update", {"Status": "ARCHIVED"}, **one)
    assert world.ok("tracking_categories.options.delete", **two)["Status"] == "DELETED"
    assert not world.write("tracking_categories.options.delete", **two).found
    options = world.get("TrackingCategory", ids["TrackingCategoryID"])["Options"]
    assert [(each["Name"], each["Status"]) for each in options] == [("One", "ARCHIVED")]


def test_themes_offer_payment_services(world: World) -> None:
    theme = next(iter(world.organisation.tables["BrandingTheme"]))["BrandingThemeID"]
    made = world.ok(
        "payment_services.create",
        {"PaymentServiceName": "Pay", "PaymentServiceUrl": "https://pay.example"},
    )
    endpoint = "branding_themes.payment_services.add"
    world.ok(endpoint, {"PaymentServiceID": made["PaymentServiceID"]}, BrandingThemeID=theme)
    assert world.get("BrandingTheme", theme)["_PaymentServices"] == [made["PaymentServiceID"]]
    unknown = {"PaymentServiceID": "11111111-2222-4333-8444-555555555555"}
    assert world.refused(endpoint, unknown, BrandingThemeID=theme) == (
        "Payment service could not be found",
    )
    world.refused("payment_services.create", {"PaymentServiceName": "Bad"})
    themed = world.invoice(BrandingThemeID=theme)
    assert themed["BrandingThemeID"] == theme


def test_setup_makes_and_changes_the_chart(world: World) -> None:
    done = world.ok(
        "setup.create",
        {
            "Accounts": [
                {"Code": "200", "Name": "Sales", "Type": "SALES", "ReportingCode": "REV"},
                {"Code": "999", "Name": "Other", "Type": "OVERHEADS"},
                {"Code": "610", "Name": "Debtors", "Type": "CURRENT"},
            ],
            "ConversionDate": {"Month": 4, "Year": 2025},
            "ConversionBalances": [{"AccountCode": "999", "Balance": 5}],
        },
    )
    counts = done["ImportSummary"]["Accounts"]
    assert (counts["Total"], counts["New"], counts["Updated"], counts["System"]) == (3, 1, 1, 1)
    assert account(world, "200")["ReportingCode"] == "REV"
    assert account(world, "610")["Name"] == "Accounts Receivable"
    world.refused("setup.create", {"ConversionDate": {"Month": 13, "Year": 2025}})
    world.refused("setup.create", {"ConversionBalances": [{"AccountCode": "nope"}]})
