"""Endpoints: examples that run, ids by number, and snippets only where they can be run."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from console_world import Visitor, add_instance, visiting

from xeroport.catalogue import load
from xeroport.console.jobs import endpoint_examples
from xeroport.console.reading import tables
from xeroport.console.reading.book_places import Places
from xeroport.errors import XeroportError
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import open_client
from xeroport_emulator import Emulator

UNTRIED = {
    "branding_themes.payment_services.add", "linked_transactions.create",
    "linked_transactions.update", "payment_services.create", "setup.create",
    "tracking_categories.create", "tracking_categories.options.update",
}  # fmt: skip
"""Writes without an example that runs on the demo: they need what Xero gives only to some, or what
the books do not hold; the demo has both tracking categories that an organisation may have."""


def test_an_id_is_found_by_its_number(reader: Visitor) -> None:
    reply = reader.post(
        "/endpoints/invoices.get", instance="acme-uk", **{"p.InvoiceID": "inv-0007"}
    )
    assert "INV-0007" in reply.text
    assert 'id="reply"' in reply.text
    none = reader.post("/endpoints/invoices.get", instance="acme-uk", **{"p.InvoiceID": "INV-X"})
    assert none.status_code == 422
    assert "synced books have no invoice <code>INV-X</code>" in none.text


def test_a_snippet_stands_only_where_it_can_be_run(reader: Visitor) -> None:
    assert "xeroport call" not in reader.get("/endpoints/invoices.get").text
    assert "xeroport call acme-uk invoices.list" in reader.get("/endpoints/invoices.list").text
    page = reader.get("/endpoints/invoices.get?example=1").text
    assert re.search(r"xeroport call acme-uk invoices.get InvoiceID=[0-9a-f-]{36}", page)


def test_an_example_is_filled_in_with_values_of_the_books(reader: Visitor) -> None:
    page = reader.get("/endpoints/payments.create?example=1").text
    body = json.loads(unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[0]))
    (payment,) = body["Payments"]
    assert re.fullmatch(r"[0-9a-f-]{36}", payment["Invoice"]["InvoiceID"])
    assert payment["Amount"] == 1


def test_an_example_without_values_says_why(home: Path, tmp_path: Path) -> None:
    with visiting(home) as reader:
        (home / "books.duckdb").write_bytes(b"no books" * 4096)
        page = reader.get("/endpoints/invoices.get?example=1")
        assert page.status_code == 200
        assert "the books cannot be read" in page.text
    emulator = Emulator(3, limits="off")
    with emulator.serve() as base_url, visiting(tmp_path / "new") as visitor:
        add_instance(visitor, emulator, base_url)
        assert "nothing was synced yet" in visitor.get("/endpoints/invoices.get?example=1").text


def test_fields_name_their_values(reader: Visitor) -> None:
    page = reader.get("/endpoints/invoices.get").text
    assert "Exclusive, Inclusive, NoTax" in page
    assert re.search(r"… 1\d\d in all", page)
    assert "values of" not in page


def test_words_of_a_sentence_find_endpoints(reader: Visitor) -> None:
    assert "invoices.pdf" in reader.get("/endpoints?q=the+pdf+of+an+invoice").text
    near = reader.get("/endpoints?q=void+an+invoice").text
    assert "these have most" in near
    assert "invoices.update" in near
    assert "No endpoint matches" in reader.get("/endpoints?q=zzz").text


def test_every_write_has_an_example(reader: Visitor) -> None:
    known = endpoint_examples.ExampleValues()
    without = {
        endpoint.name
        for endpoint in load().endpoints
        if endpoint.body == "json" and endpoint_examples.element(endpoint, known) is None
    }
    assert without <= UNTRIED


def test_a_file_is_attached_with_a_tick(tmp_path: Path) -> None:
    emulator = Emulator(3, limits="off")
    with emulator.serve() as base_url, visiting(tmp_path / "home") as visitor:
        add_instance(visitor, emulator, base_url)
        invoice = str(next(iter(emulator.organisation.tables["Invoice"]))["InvoiceID"])
        page = visitor.get("/endpoints/invoices.attachments.add").text
        assert 'action="/endpoints/invoices.attachments.add/upload"' in page

        def send(**fields: str) -> str:
            reply = visitor.client.post(
                "/endpoints/invoices.attachments.add/upload",
                data={"csrf": visitor.token(), "instance": "acme-uk", "p.InvoiceID": invoice}
                | fields,
                files={"file": ("note.txt", b"hello")},
            )
            return reply.text

        assert "This changes the books" in send()
        assert "note.txt" in send(sure="yes").split('id="reply"')[1]


@pytest.mark.soak
def test_the_examples_run(tmp_path: Path) -> None:
    """Each call of the console's examples, on the demo organisation; deletes are left out."""
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as base_url:
        store = Store(tmp_path)
        instance = Instance(
            name="acme", base_url=base_url, identity_url=base_url,
            client_id=emulator.client_id, rate_limit=60_000,
        )  # fmt: skip
        instances.add(store, instance, Secret(emulator.client_secret))
        asyncio.run(sync_instance(store, "acme"))
        places = Places(tmp_path, store)
        place = places.choice("acme", -1).place
        with places.read("acme", place, seconds=20, copy=False) as books:
            known = endpoint_examples.known_values(books, "acme", tables.present(books, "acme"))
        tally, refused = asyncio.run(_call_all(store, known))
    print(tally)
    assert refused - UNTRIED - {"batch_payments.delete", "bank_transfers.delete"} == set()
    assert tally["ran"] > 150


async def _call_all(
    store: Store, known: endpoint_examples.ExampleValues
) -> tuple[Counter[str], set[str]]:
    """How many ran, and the names of those that were refused."""
    tally: Counter[str] = Counter()
    refused = set()
    async with open_client(store, "acme") as client:
        for endpoint in load().endpoints:
            if endpoint.body == "binary" or endpoint.gated or endpoint.retired:
                continue
            values = endpoint_examples.parameters(endpoint, known)
            if endpoint.method == "DELETE" or "FileName" in values:
                continue
            element = endpoint_examples.element(endpoint, known)
            is_lacking = endpoint.body == "json" and element is None
            if is_lacking or not endpoint_examples.is_whole(endpoint, values):
                tally["needs more"] += 1
                continue
            if endpoint.body_envelope:
                element = {endpoint.body_envelope: [element]}
            body = json.dumps(element).encode() if endpoint.body == "json" else None
            try:
                await client.call(endpoint, values, body=body)
                tally["ran"] += 1
            except XeroportError:
                refused.add(endpoint.name)
    return tally, refused
