"""What was sent belongs to the organisation, whatever its instance is called."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from push_world import World, invoice

from xeroport.jobs.instances.remove import remove, what_goes
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.instances import Instance
from xeroport.store.outbox import outbox

ROWS = [invoice("M-1"), invoice("M-2")]


def add(world: World, name: str, **more: Any) -> None:
    first = Instance(name, "http://localhost", "http://localhost", world.emulator.client_id)
    instances.add(world.store, replace(first, rate_limit=100_000, **more), Secret(SECRET))


SECRET = "s3cret"


@pytest.fixture
def known(world: World) -> World:
    """A world whose instance was checked, so that its organisation is known."""
    organisation = world.held("Organisation")[0]
    found = replace(
        instances.get(world.store, "acme"), organisation_id=organisation["OrganisationID"]
    )
    instances.save(world.store, found)
    return world


@pytest.mark.parametrize("name", ["acme", "beta"])
@pytest.mark.parametrize("is_checked", [True, False])
def test_an_instance_added_again_sends_nothing_twice(
    world: World, name: str, is_checked: bool
) -> None:
    secret = instances.secret(world.store, "acme")
    first = instances.get(world.store, "acme")
    if is_checked:
        first = replace(first, organisation_id=world.held("Organisation")[0]["OrganisationID"])
        instances.save(world.store, first)
    assert world.push("invoices.create", ROWS).counts == {"sent": 2}
    assert what_goes(world.store, "acme").remembered == 2
    remove(world.store, "acme")
    instances.add(world.store, replace(first, name=name), secret)
    report = world.push("invoices.create", ROWS, instance=name)
    assert (report.counts, report.new, report.calls) == ({"sent": 2}, 0, 0)
    assert len(world.held("Invoice")) == 2


def test_two_instances_of_one_organisation_share_what_was_sent(known: World) -> None:
    first = instances.get(known.store, "acme")
    secret = instances.secret(known.store, "acme")
    instances.add(known.store, replace(first, name="beta", client_id="other"), secret)
    assert known.push("invoices.create", ROWS).counts == {"sent": 2}
    assert outbox.counts(known.store, "beta") == {"invoices.create": {"sent": 2}}
    remove(known.store, "acme")
    assert outbox.counts(known.store, "beta") == {"invoices.create": {"sent": 2}}


def test_what_was_sent_before_the_first_check_is_known_after_it(world: World) -> None:
    assert world.push("invoices.create", ROWS).counts == {"sent": 2}
    first = instances.get(world.store, "acme")
    instances.save(world.store, replace(first, organisation_id="the organisation"))
    assert world.push("invoices.create", ROWS).new == 0
    assert len(world.held("Invoice")) == 2


def test_another_organisation_under_the_same_name_knows_nothing(known: World) -> None:
    assert known.push("invoices.create", ROWS).counts == {"sent": 2}
    remove(known.store, "acme")
    add(known, "acme", organisation_id="another")
    assert outbox.counts(known.store, "acme") == {}


def test_what_was_sent_is_forgotten_on_demand_only(known: World) -> None:
    first = instances.get(known.store, "acme")
    secret = instances.secret(known.store, "acme")
    assert known.push("invoices.create", ROWS).counts == {"sent": 2}
    remove(known.store, "acme", forget_sent=True)
    instances.add(known.store, first, secret)
    assert outbox.counts(known.store, "acme") == {}


def test_the_contents_of_what_was_sent_do_not_stay(known: World) -> None:
    assert known.push("invoices.create", ROWS).counts == {"sent": 2}
    remove(known.store, "acme")
    bodies = known.store.connection.execute("SELECT DISTINCT body FROM delivery").fetchall()
    assert [row["body"] for row in bodies] == [b"{}"]


LINES = [
    {"LineAmount": "5", "AccountCode": "200", "TaxType": "NONE"},
    {"LineAmount": "-5", "AccountCode": "400", "TaxType": "NONE"},
]
NAMELESS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "bill": ("invoices", "Invoice", invoice("B-1") | {"Type": "ACCPAY"}),
    "manual journal": (
        "manual_journals",
        "ManualJournal",
        {"InvoiceNumber": "B-1", "Narration": "J", "Date": "2026-11-01", "JournalLines": LINES},
    ),
}


@pytest.mark.parametrize("what", NAMELESS)
@pytest.mark.parametrize("verbs", [("create", "upsert"), ("upsert", "create")])
@pytest.mark.parametrize("edited", [False, True])
def test_another_endpoint_of_the_same_records_makes_no_second_one(
    world: World, what: str, verbs: tuple[str, str], edited: bool
) -> None:
    resource, record, row = NAMELESS[what]
    before = len(world.held(record))
    for verb in verbs:
        row = row | ({"Reference" if what == "bill" else "Narration": verb} if edited else {})
        report = world.push(f"{resource}.{verb}", [row], key="InvoiceNumber")
    assert len(world.held(record)) == before + 1
    assert report.exit_status == 2
    (problem,) = report.problems
    assert f"`B-1` went to `{resource}.{verbs[0]}` before, and is sent there" in problem.message
    left_out = world.push(
        f"{resource}.{verbs[1]}", [row, row | {"InvoiceNumber": "B-2"}], key="InvoiceNumber",
        skip_invalid=True,
    )  # fmt: skip
    assert left_out.counts["sent"] == 1
    assert len(world.held(record)) == before + 2


def test_an_upsert_of_what_has_a_number_changes_it(world: World) -> None:
    world.push("invoices.create", [invoice("M-1")])
    world.push("invoices.upsert", [invoice("M-1", Reference="later")])
    (held,) = [each for each in world.held("Invoice") if each["InvoiceNumber"] == "M-1"]
    assert held["Reference"] == "later"


@pytest.mark.parametrize(
    ("before", "after", "kept"), [("a", "b", 0), (None, "b", 2), ("a", "a", 2)]
)
def test_another_tenant_has_what_was_sent_to_it_alone(
    world: World, before: str | None, after: str, kept: int
) -> None:
    """Whichever no check has read: a custom connection has one organisation, a login many."""
    first = replace(instances.get(world.store, "acme"), tenant_id=before)
    instances.save(world.store, first)
    world.push("invoices.create", ROWS)
    instances.save_changes(world.store, first, replace(first, tenant_id=after))
    assert len(list(outbox.deliveries(world.store, "acme"))) == kept
