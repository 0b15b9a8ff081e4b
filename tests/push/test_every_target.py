"""Every endpoint of the catalogue that writes, delivered into the emulator by a push."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from push_targets import CHANGES, DAY, NEW, Books, Row, below
from push_world import KEY, World

from xeroport.catalogue import Endpoint, load

WRITES = [each for each in load().endpoints if each.is_write]
OF_ACCOUNTS = [
    endpoint
    for endpoint in WRITES
    if endpoint.name.endswith((".create", ".upsert"))
    and {"LineItems", "JournalLines", "Account", "BankAccount"}
    & set(load().record(str(endpoint.record)).by_name)
]
"""Endpoints whose records name accounts, which differ by country."""
Effect = Callable[[str], bool]
"""Whether a push had its effect, given Xero's id in its result."""


def opened_books(folder: Path, data: str, country: str = "NZ") -> Iterator[Books]:
    """An organisation whose tracking categories are gone, so that there is room for new ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEY", KEY)
        world = World(folder / "home", data=data, country=country)
        for old in list(world.held("TrackingCategory")):
            world.emulator.organisation.tables["TrackingCategory"].remove(old["TrackingCategoryID"])
        yield Books(world, folder)
        world.store.close()


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    yield from opened_books(tmp_path_factory.mktemp("targets"), "demo")


@pytest.fixture(scope="module", params=["AU", "UK", "US"])
def books_elsewhere(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Books]:
    yield from opened_books(tmp_path_factory.mktemp("elsewhere"), "demo", request.param)


@pytest.mark.parametrize("endpoint", WRITES, ids=lambda each: each.name)
def test_a_push_delivers_to_every_endpoint_that_writes(books: Books, endpoint: Endpoint) -> None:
    deliver(books, endpoint)


@pytest.mark.parametrize("endpoint", OF_ACCOUNTS, ids=lambda each: each.name)
def test_what_names_accounts_is_delivered_in_every_country(
    books_elsewhere: Books, endpoint: Endpoint
) -> None:
    deliver(books_elsewhere, endpoint)


def deliver(books: Books, endpoint: Endpoint) -> None:
    """Push one row, see its effect, and push it again to no effect."""
    row, effect = order(books, endpoint)
    extras = books.world.emulator.world.extras
    files = sum(map(len, extras.files.values()))
    report = books.world.push(
        endpoint.name, [row] if endpoint.body != "binary" else as_file(books, row), key="no"
    )
    assert report.counts == {"sent": 1}, (report.problems, report.results)
    result = report.results[0]
    assert effect(result.xero_id or "")
    assert sum(map(len, extras.files.values())) == files + (endpoint.body == "binary")
    again = books.world.push(
        endpoint.name, [row] if endpoint.body != "binary" else as_file(books, row), key="no"
    )
    assert (again.counts, again.calls) == ({"sent": 1}, 0)


def as_file(books: Books, row: Row) -> Path:
    """A CSV of one row."""
    path = books.folder / "rows.csv"
    path.write_text(",".join(row) + "\n" + ",".join(map(str, row.values())) + "\n")
    return path


def order(books: Books, endpoint: Endpoint) -> tuple[Row, Effect]:
    """A row to push to an endpoint, and how to see that it arrived."""
    if endpoint.name in ODD:
        return ODD[endpoint.name](books)
    parts = endpoint.name.split(".")
    if parts[-2] == "attachments":
        return attached(books, endpoint)
    if parts[-2] == "history":
        return noted(books, endpoint)
    if parts[-2] == "allocations":
        return (allocated if parts[-1] == "create" else parted)(books, endpoint)
    kind = {"create": new, "upsert": changed, "update": changed, "delete": ended}[parts[-1]]
    return kind(books, endpoint)


def new(books: Books, endpoint: Endpoint) -> tuple[Row, Effect]:
    record = str(endpoint.record)
    row = books.row(record)

    def effect(identifier: str) -> bool:
        key = load().record(record).key[0]
        (held,) = [each for each in books.world.held(record) if each[key] == identifier]
        texts = {name: value for name, value in row.items() if isinstance(value, str)}
        return texts != {} and all(
            str(held[name]) == value or float(held[name]) == float(value)
            for name, value in texts.items()
        )

    return row, effect if record != "ExpenseClaim" else lambda found: bool(
        books.held(record, found)["Receipts"]
    )


def changed(books: Books, endpoint: Endpoint) -> tuple[Row, Effect]:
    record = str(endpoint.record)
    key = load().record(record).key[0]
    identifier = books.made(record)
    change = CHANGES.get(record, {"Reference": "changed"})
    if record == "LinkedTransaction":
        change = {"ContactID": books.contact["Contact"]["ContactID"]}
    whole = {}
    if record in ("Receipt", "TaxRate", "BankTransaction", "PurchaseOrder", "Quote"):
        held = books.held(record, identifier)
        whole = {n: v for n, v in NEW[record](books, "x").items() if n in held}
        numbers = {n for n in whole if n.endswith("Number")}
        whole = {n: v for n, v in whole.items() if n not in numbers}
    row = {**whole, key: identifier, **change, "no": next(books.numbers)}

    def effect(found: str) -> bool:
        held = books.held(record, identifier)
        return found == identifier and {**held, **change} == held

    return row, effect


def ended(books: Books, endpoint: Endpoint) -> tuple[Row, Effect]:
    record = below(endpoint)
    identifier = books.made(record)
    row = {f"{record}ID": identifier, "no": next(books.numbers)}
    return row, lambda _: books.held(record, identifier).get("Status", "DELETED") == "DELETED"


def attached(books: Books, endpoint: Endpoint) -> tuple[Row, Effect]:
    owner = books.made(below(endpoint))
    file = books.folder / "a file.txt"
    file.write_text(endpoint.name)
    row = {f"{below(endpoint)}ID": owner, "File": str(file), "no": next(books.numbers)}
    files = books.world.emulator.world.extras.files
    return row, lambda _: [each.content for each in files[owner]] == [endpoint.name.encode()]


def noted(books: Books, endpoint: Endpoint) -> tuple[Row, Effect]:
    owner = books.made(below(endpoint))
    row = {f"{below(endpoint)}ID": owner, "Details": endpoint.name, "no": next(books.numbers)}
    notes = books.world.emulator.world.extras.notes
    return row, lambda _: [e["Details"] for e in notes[owner]].count(endpoint.name) == 1


def allocated(books: Books, endpoint: Endpoint) -> tuple[Row, Effect]:
    credit, invoice = books.made(below(endpoint)), books.invoice()
    row = {
        f"{below(endpoint)}ID": credit,
        "Invoice": invoice,
        "Amount": "5",
        "Date": DAY,
        "no": next(books.numbers),
    }
    return row, lambda _: books.held("Invoice", invoice["InvoiceID"])["AmountDue"] == 45


def parted(books: Books, endpoint: Endpoint) -> tuple[Row, Effect]:
    by_name = load().endpoint(endpoint.name.replace("delete", "create"))
    row, _ = allocated(books, by_name)
    assert books.world.push(by_name.name, [row], key="no").ok
    name = f"{below(endpoint)}ID"
    invoice = row["Invoice"]["InvoiceID"]
    allocations = books.held(below(endpoint), row[name])["Allocations"]
    (ours,) = (a for a in allocations if a["Invoice"]["InvoiceID"] == invoice)
    ids = {name: row[name], "AllocationID": ours["AllocationID"], "no": next(books.numbers)}
    return ids, lambda _: books.held("Invoice", invoice)["AmountDue"] == 50


def batch_deleted(books: Books) -> tuple[Row, Effect]:
    return ended(books, load().endpoint("batch_payments.delete"))


def transfer_deleted(books: Books) -> tuple[Row, Effect]:
    return ended(books, load().endpoint("bank_transfers.delete"))


def themed(books: Books) -> tuple[Row, Effect]:
    theme = books.world.held("BrandingTheme")[0]["BrandingThemeID"]
    service = books.made("PaymentService")
    row = {"BrandingThemeID": theme, "PaymentServiceID": service, "no": next(books.numbers)}
    return row, lambda _: service in books.held("BrandingTheme", theme)["_PaymentServices"]


def grouped(books: Books) -> tuple[Row, Effect]:
    group, contact = books.made("ContactGroup"), books.made("Contact")
    row = {"ContactGroupID": group, "ContactID": contact, "no": next(books.numbers)}
    return row, lambda _: group in groups_of(books, contact)


def groups_of(books: Books, contact: str) -> list[Any]:
    organisation = books.world.emulator.organisation
    return [each["ContactGroupID"] for each in organisation.groups_of(contact)]


def ungrouped(books: Books) -> tuple[Row, Effect]:
    row, _ = grouped(books)
    assert books.world.push("contact_groups.contacts.add", [row], key="no").ok
    row = {**row, "no": next(books.numbers)}
    return row, lambda _: groups_of(books, row["ContactID"]) == []


def cleared(books: Books) -> tuple[Row, Effect]:
    row, effect = ungrouped(books)
    return {name: value for name, value in row.items() if name != "ContactID"}, effect


def mailed(books: Books) -> tuple[Row, Effect]:
    invoice = books.invoice()["InvoiceID"]
    contact = {**books.contact["Contact"], "EmailAddress": "a@b.example"}
    assert books.world.push("contacts.upsert", [contact], key="ContactID").ok
    row = {"InvoiceID": invoice, "no": next(books.numbers)}
    return row, lambda _: books.held("Invoice", invoice)["SentToContact"] is True


def opened(books: Books) -> tuple[Row, Effect]:
    row = {"Accounts": [{"Code": "S1", "Name": "Set up", "Type": "EXPENSE"}], "no": 0}
    return row, lambda _: any(each.get("Code") == "S1" for each in books.world.held("Account"))


def optioned(books: Books) -> tuple[Row, Effect]:
    category = category_of(books)
    row = {"TrackingCategoryID": category, "Name": "North", "no": next(books.numbers)}
    return (
        row,
        lambda found: (
            [(o["TrackingOptionID"], o["Name"]) for o in options(books)] == [(found, "North")]
        ),
    )


def category_of(books: Books) -> str:
    """A category without options; Xero has two at the most, so that former ones go."""
    table = books.world.emulator.organisation.tables["TrackingCategory"]
    for each in list(table):
        table.remove(each["TrackingCategoryID"])
    return books.made("TrackingCategory")


def options(books: Books) -> list[Row]:
    (category,) = books.world.held("TrackingCategory")
    return list(category["Options"])


def reoptioned(books: Books) -> tuple[Row, Effect]:
    row, _ = optioned(books)
    report = books.world.push("tracking_categories.options.create", [row], key="no")
    new_row = {
        "TrackingCategoryID": row["TrackingCategoryID"],
        "TrackingOptionID": report.results[0].xero_id,
        "Name": "South",
        "no": next(books.numbers),
    }
    return new_row, lambda _: [each["Name"] for each in options(books)] == ["South"]


def unoptioned(books: Books) -> tuple[Row, Effect]:
    row, _ = reoptioned(books)
    del row["Name"]
    return row, lambda _: options(books) == []


def fresh(kind: Callable[[Books, Endpoint], tuple[Row, Effect]], name: str) -> Any:
    """An order of a tracking category, after the former ones are gone."""

    def made(books: Books) -> tuple[Row, Effect]:
        category_of(books)
        return kind(books, load().endpoint(name))

    return made


ODD: dict[str, Callable[[Books], tuple[Row, Effect]]] = {
    "bank_transfers.delete_many": lambda b: with_status(transfer_deleted(b)),
    "batch_payments.delete_by_body": lambda b: with_status(batch_deleted(b)),
    "branding_themes.payment_services.add": themed,
    "contact_groups.contacts.add": grouped,
    "contact_groups.contacts.clear": cleared,
    "contact_groups.contacts.remove": ungrouped,
    "invoices.email": mailed,
    "payments.create_one": lambda b: new(b, load().endpoint("payments.create")),
    "setup.create": opened,
    "tracking_categories.create": fresh(new, "tracking_categories.create"),
    "tracking_categories.update": fresh(changed, "tracking_categories.update"),
    "tracking_categories.delete": fresh(ended, "tracking_categories.delete"),
    "tracking_categories.options.create": optioned,
    "tracking_categories.options.update": reoptioned,
    "tracking_categories.options.delete": unoptioned,
}
"""What no other endpoint is like."""


def with_status(given: tuple[Row, Effect]) -> tuple[Row, Effect]:
    row, effect = given
    return {**row, "Status": "DELETED"}, effect
