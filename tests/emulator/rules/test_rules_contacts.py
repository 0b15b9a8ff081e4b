"""Contacts and their groups."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from rules_world import World, line

TAKEN = (
    "The contact name Customer is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)


def test_names_are_unique_among_active_contacts_only(world: World) -> None:
    assert world.refused("contacts.create", {"Name": "Customer"}) == (TAKEN,)
    identity = world.customer["ContactID"]
    world.ok("contacts.update", {"ContactStatus": "ARCHIVED"}, ContactID=identity)
    again = world.ok("contacts.create", {"Name": "Customer"})
    assert again["ContactID"] != identity
    for change in ({"FirstName": "Old"}, {"ContactStatus": "ARCHIVED"}):
        errors = world.refused("contacts.update", change, ContactID=identity)
        assert errors == (
            "The specified contact details matched an archived contact. Archived contacts cannot "
            "currently be edited via the API.",
        )


def test_post_updates_by_name_number_or_id_and_merges(world: World) -> None:
    first = world.ok("contacts.upsert", {"Name": "Ann", "ContactNumber": "C1", "FirstName": "Ann"})
    by_name = world.ok("contacts.upsert", {"Name": "ann", "LastName": "Low"})
    by_number = world.ok("contacts.upsert", {"ContactNumber": "C1", "Name": "Anna"})
    by_id = world.ok("contacts.upsert", {"ContactID": first["ContactID"], "TaxNumber": "9"})
    by_path = world.ok("contacts.update", {"CompanyNumber": "7"}, ContactID="C1")
    assert {each["ContactID"] for each in (by_name, by_number, by_id, by_path)} == {
        first["ContactID"]
    }
    assert (by_path["Name"], by_path["FirstName"], by_path["LastName"]) == ("Anna", "Ann", "Low")
    assert (by_path["TaxNumber"], by_path["CompanyNumber"]) == ("9", "7")


def test_numbers_do_not_clash(world: World) -> None:
    world.ok("contacts.create", {"Name": "Ann", "ContactNumber": "C1", "AccountNumber": "A1"})
    assert world.refused("contacts.create", {"Name": "Bea", "AccountNumber": "A1"}) == (
        "The Account Number already exists. Please enter a different Account Number.",
    )
    assert world.refused("contacts.create", {"Name": "Bea", "ContactNumber": "C1"})


@pytest.mark.parametrize("name", ["a<b", "a>b", " a", "a ", "a  b", ""])
def test_some_names_are_refused(world: World, name: str) -> None:
    world.refused("contacts.create", {"Name": name})


def test_an_unknown_id_in_the_body_is_refused_and_in_the_path_is_missing(world: World) -> None:
    unknown = "11111111-2222-4333-8444-555555555555"
    world.refused("contacts.upsert", {"ContactID": unknown, "Name": "X"})
    outcome = world.write("contacts.update", {"Name": "X"}, ContactID=unknown)
    assert not outcome.found
    assert not outcome.ok


def test_documents_make_contacts_by_name_and_know_them_again(world: World) -> None:
    made = world.invoice(Contact={"Name": "Brand new"})
    again = world.invoice(Contact={"Name": "brand NEW"})
    assert made["Contact"] == again["Contact"] == {**made["Contact"], "Name": "Brand new"}
    assert world.get("Contact", made["Contact"]["ContactID"])["IsCustomer"] is True


def test_archived_contacts_get_no_documents(world: World) -> None:
    identity = world.customer["ContactID"]
    world.ok("contacts.update", {"ContactStatus": "ARCHIVED"}, ContactID=identity)
    errors = world.refused(
        "invoices.create",
        {"Type": "ACCREC", "Contact": {"ContactID": identity}, "LineItems": [line("1", "200")]},
    )
    assert errors == (
        "The contact with the specified contact details has been archived. The contact must be "
        "un-archived before creating new invoices or credit notes.",
    )


def test_fields_inside_a_document_update_the_contact(world: World) -> None:
    identity = world.customer["ContactID"]
    world.invoice(Contact={"ContactID": identity, "EmailAddress": "a@example.com"})
    assert world.get("Contact", identity)["EmailAddress"] == "a@example.com"


def test_being_invoiced_does_not_move_the_contact(world: World) -> None:
    before = world.get("Contact", world.customer["ContactID"])
    world.invoice()
    after = world.get("Contact", world.customer["ContactID"])
    assert after["IsCustomer"] is True
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]


def test_a_rename_shows_in_documents_without_moving_them(world: World) -> None:
    invoice = world.invoice()
    paid = world.pay(invoice, "10")
    before = world.get("Invoice", invoice["InvoiceID"])
    world.ok("contacts.update", {"Name": "Renamed"}, ContactID=world.customer["ContactID"])
    after = world.get("Invoice", invoice["InvoiceID"])
    assert after["Contact"]["Name"] == "Renamed"
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]
    assert world.get("Payment", paid["PaymentID"])["Invoice"]["Contact"]["Name"] == "Renamed"


def test_balances_are_what_is_open_and_overdue_in_base_currency(world: World) -> None:
    world.ok("currencies.create", {"Code": "USD"})
    identity = world.customer["ContactID"]
    assert world.organisation.balances(identity) is None
    world.pay(world.invoice("100"), "30")
    world.invoice("50", CurrencyCode="USD", CurrencyRate="0.5", DueDate="2026-12-01")
    world.invoice("1000", Status="DRAFT")
    world.credit_note("20")
    assert world.organisation.today() == date(2026, 6, 1)
    assert world.organisation.balances(identity) == {
        "AccountsReceivable": {
            "Outstanding": Decimal("70.00") + Decimal("100.00") - Decimal("20.00"),
            "Overdue": Decimal("70.00"),
        }
    }


def test_groups_gather_contacts(world: World) -> None:
    group = world.ok("contact_groups.create", {"Name": "VIP"})
    identity = group["ContactGroupID"]
    member = {"ContactID": world.customer["ContactID"]}
    world.ok("contact_groups.contacts.add", member, ContactGroupID=identity)
    world.ok("contact_groups.contacts.add", member, ContactGroupID=identity)
    assert len(world.get("ContactGroup", identity)["Contacts"]) == 1
    assert [each["Name"] for each in world.organisation.groups_of(member["ContactID"])] == ["VIP"]
    world.ok("contact_groups.contacts.remove", ContactGroupID=identity, **member)
    assert world.get("ContactGroup", identity)["Contacts"] == []
    gone = world.write("contact_groups.contacts.remove", ContactGroupID=identity, **member)
    assert not gone.found
    world.ok("contact_groups.contacts.add", member, ContactGroupID=identity)
    world.ok("contact_groups.contacts.clear", ContactGroupID=identity)
    assert world.get("ContactGroup", identity)["Contacts"] == []


def test_archived_contacts_join_no_group(world: World) -> None:
    group = world.ok("contact_groups.create", {"Name": "VIP"})
    identity = world.customer["ContactID"]
    world.ok("contacts.update", {"ContactStatus": "ARCHIVED"}, ContactID=identity)
    assert world.refused(
        "contact_groups.contacts.add",
        {"ContactID": identity},
        ContactGroupID=group["ContactGroupID"],
    ) == ("Unable to assign an Archived contact.",)


def test_there_are_a_hundred_groups_at_most(world: World) -> None:
    made = [world.ok("contact_groups.create", {"Name": f"G{n}"}) for n in range(100)]
    assert world.refused("contact_groups.create", {"Name": "One more"}) == (
        "You’ve reached the limit of 100 contact groups.",
    )
    first = made[0]["ContactGroupID"]
    world.ok("contact_groups.update", {"Status": "DELETED"}, ContactGroupID=first)
    world.ok("contact_groups.create", {"Name": "One more"})
    assert not world.write("contact_groups.update", {"Name": "x"}, ContactGroupID=first).found
