"""The client with credentials alone: every operation as a method, limits, errors, closing."""

from __future__ import annotations

import asyncio
import inspect
import pickle
import re
import subprocess
import sys
import threading
import time
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.api.conftest import Xero, home_for

import xeroport
from xeroport.api.endpoints import groups
from xeroport.api.operations import signature
from xeroport.catalogue import load


def test_credentials_are_all_it_needs(
    demo_xero: Xero, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_HOME", str(tmp_path / "home"))
    with xeroport.Client(**demo_xero.credentials) as xero:
        invoices = xero.invoices.list(statuses=["AUTHORISED"])
        assert len(invoices) > 10
        assert {invoice["Status"] for invoice in invoices} == {"AUTHORISED"}
        assert isinstance(invoices[0]["AmountDue"], Decimal)
        assert isinstance(invoices[0]["Date"], date)
        assert isinstance(invoices[0]["UpdatedDateUTC"], datetime)
        one = xero.invoices.get(invoices[0]["InvoiceID"])
        assert one["InvoiceID"] == invoices[0]["InvoiceID"]
        assert xero.reports.trial_balance(date="2026-06-30")["ReportName"] == "Trial Balance"
        assert xero.organisation.get()["OrganisationID"]
        assert xero.invoices.pdf(one["InvoiceID"]).startswith(b"%PDF")
        assert xero.invoices.history.list(one["InvoiceID"]) is not None
    assert not (tmp_path / "home").exists(), "nothing is written to disk"


def test_importing_a_client_loads_neither_http_nor_a_loop() -> None:
    code = "from xeroport import connect; import sys; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"httpx2", "anyio", "zoneinfo", "email.utils"} & set(ran.stdout.split())
    code = (
        "import sys; sys.modules.pop('typing', 0); import xeroport; print('typing' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_list_is_read_over_all_pages_unless_one_is_asked_for(demo_xero: Xero) -> None:
    with xeroport.Client(**demo_xero.credentials) as xero:
        everything = xero.contacts.list(page_size=7)
        assert xero.usage.calls == -(-len(everything) // 7)
        assert len(xero.contacts.list(page=2, page_size=7)) == 7
        assert [c["ContactID"] for c in xero.records("contacts.list")] == [
            c["ContactID"] for c in everything
        ]
        ids = [contact["ContactID"] for contact in everything]
        assert len(xero.contacts.list(ids=ids)) == len(ids), "41 and more go in portions"


def test_writes_give_what_they_were_given(own_xero: Xero) -> None:
    with xeroport.Client(**own_xero.credentials) as xero:
        alpha = xero.contacts.create({"Name": "Alpha"})
        assert alpha["Name"] == "Alpha"
        several = xero.contacts.create([{"Name": "Beta"}, {"Name": "Gamma"}])
        assert [contact["Name"] for contact in several] == ["Beta", "Gamma"]
        changed = xero.contacts.update(alpha["ContactID"], {"EmailAddress": "a@alpha.example"})
        assert changed["EmailAddress"] == "a@alpha.example"
        xero.contacts.attachments.add(alpha["ContactID"], "note.txt", b"hello")
        (attached,) = xero.contacts.attachments.list(alpha["ContactID"])
        assert xero.contacts.attachments.get(alpha["ContactID"], attached["AttachmentID"]) == (
            b"hello"
        )


def test_what_xero_refuses_is_raised_and_what_it_took_is_on_the_error(
    own_xero: Xero, tmp_path: Path
) -> None:
    with xeroport.Client(**own_xero.credentials) as xero:
        xero.contacts.create({"Name": "Alpha"})
        with pytest.raises(xeroport.Refused, match="1 of 2 records") as refused:
            xero.contacts.create([{"Name": "Alpha"}, {"Name": "Beta"}])
        assert "already assigned" in refused.value.problems[0]
        assert [record["Name"] for record in refused.value.records] == ["Beta"]
        with pytest.raises(xeroport.Refused, match="already assigned"):
            xero.contacts.create({"Name": "Alpha"})
        with pytest.raises(xeroport.Refused, match="already assigned"):
            xero.call("contacts.create", body={"Name": "Alpha"})
        both = [{"Name": "Alpha"}, {"Name": "Gamma"}]
        with pytest.raises(xeroport.Refused, match="1 of 2 records") as refused:
            xero.call("contacts.create", body=both, to=tmp_path / "reply.json")
        assert [record["Name"] for record in refused.value.records] == ["Gamma"]
        assert b"Gamma" in (tmp_path / "reply.json").read_bytes()
        xero.call("contacts.create", body={"Name": "Delta"}, to=tmp_path / "reply.json")
        asked_for = xero.call("contacts.create", {"summarizeErrors": False}, body={"Name": "Alpha"})
        assert asked_for.records[0]["ValidationErrors"]
        (came,) = xero.contacts.create([{"Name": "Alpha"}], summarize_errors=False)
        assert came["ValidationErrors"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda x: x.invoices.list(status="PAID"), "did you mean `statuses`?"),
        (lambda x: x.invoices.list(pageSize=5), "did you mean `page_size`?"),
        (lambda x: x.invoices.get(), "`invoices.get(invoice_id, …)`"),
        (lambda x: x.invoices.get("nope"), "must be a UUID"),
        (lambda x: x.invoices.list(timeout=0), "more than 0"),
        (lambda x: x.invoices.list(timeout="soon"), "seconds"),
        (lambda x: x.invoices.list(retries=-1), "whole number from 0"),
        (lambda x: x.call("invoices.lst"), "did you mean `invoices.list`?"),
        (lambda x: next(x.pages("contacts.upsert")), "is not a list of records"),
    ],
)
def test_wrong_arguments_are_named_before_anything_is_sent(
    demo_xero: Xero, call: object, says: str
) -> None:
    with xeroport.Client(**demo_xero.credentials) as xero:
        with pytest.raises(xeroport.InputError) as raised:
            call(xero)  # type: ignore[operator]
        assert says in str(raised.value)
        assert xero.usage.calls == 0


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"client_secret": "wrong"}, xeroport.NotAuthenticated, "client id and secret"),
        ({"client_secret": " "}, xeroport.InputError, "the client secret is empty"),
        ({"client_id": ""}, xeroport.InputError, "the client id is empty"),
        ({"base_url": "http://api.xero.com"}, xeroport.InputError, "plain HTTP"),
        ({"rate_limit": "fast"}, xeroport.InputError, "not a rate limit"),
        ({"concurrency": 0}, xeroport.InputError, "calls at once"),
    ],
)
def test_wrong_credentials_and_settings(
    demo_xero: Xero, changes: dict[str, object], error: type[Exception], says: str
) -> None:
    before = threading.active_count()
    with pytest.raises(error, match=says), _client(demo_xero, changes) as xero:
        xero.organisation.get()
    assert threading.active_count() == before


def _client(xero: Xero, changes: dict[str, object]) -> xeroport.Client:
    return xeroport.Client(**{**xero.credentials, **changes})  # type: ignore[arg-type]


def test_names_that_do_not_exist_are_attribute_errors(demo_xero: Xero) -> None:
    with xeroport.Client(**demo_xero.credentials) as xero:
        assert not hasattr(xero, "invoice")
        with pytest.raises(AttributeError, match="did you mean `invoices`"):
            _ = xero.invoice  # type: ignore[attr-defined]
        with pytest.raises(AttributeError, match="did you mean `list`"):
            _ = xero.invoices.lst  # type: ignore[attr-defined]


def test_every_operation_is_there_with_its_signature(demo_xero: Xero) -> None:
    with xeroport.Client(**demo_xero.credentials) as xero:
        for endpoint in load().endpoints:
            member: object = xero
            for part in endpoint.name.split("."):
                assert part in dir(member)
                member = getattr(member, part)
            assert inspect.signature(member) == signature(endpoint)  # type: ignore[arg-type]
            assert len(repr(member)) < 80
        assert "invoices" in dir(xero)
        assert len(groups()) > 30


def test_nothing_shows_the_secret_and_reprs_are_short(demo_xero: Xero) -> None:
    with xeroport.Client(**demo_xero.credentials) as xero:
        for value in (xero, xero.invoices, xero.invoices.list, xero.instance, xero.usage):
            assert demo_xero.emulator.client_secret not in repr(value)
        assert len(repr(xero)) < 100
        reply = xero.call("invoices.list")
        assert len(repr(reply)) < 120, repr(reply)


def test_headers_timeout_and_retries_hold_for_one_call(own_xero: Xero) -> None:
    own_xero.emulator.faults.add("500")
    with xeroport.Client(**own_xero.credentials, retries=0) as xero:
        with pytest.raises(xeroport.Unavailable, match="Xero failed on"):
            xero.organisation.get()
        assert xero.usage.calls == 1
        with pytest.raises(xeroport.Unavailable):
            xero.organisation.get(retries=1)
        assert xero.usage.calls == 3
    own_xero.emulator.faults.clear()
    own_xero.emulator.faults.add("slow", seconds=8.0)
    with xeroport.Client(**own_xero.credentials) as xero:
        began = time.monotonic()
        with pytest.raises(xeroport.Unavailable):
            xero.organisation.get(timeout=0.3, retries=0)
        assert time.monotonic() - began < 7


def test_clients_of_one_process_share_the_limits(own_xero: Xero) -> None:
    """20 clients side by side, without a home folder: not one 429."""

    def work() -> None:
        with xeroport.Client(**own_xero.credentials) as xero:
            xero.organisation.get()
            counts.append(sum(xero.usage.throttled.values()))

    counts: list[int] = []
    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [0] * 20


def test_a_home_folder_shares_limits_and_tokens(own_xero: Xero, tmp_path: Path) -> None:
    for _ in range(2):
        with xeroport.Client(**own_xero.credentials, home=tmp_path) as xero:
            xero.organisation.get()
            tokens = xero.usage.tokens
    assert tokens == 0, "the second client took the token of the first"
    assert xeroport.instances(home=tmp_path) == ()


def test_from_instance_is_connect(own_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path, own_xero)
    with xeroport.Client.from_instance("acme", home=home) as xero:
        assert xero.instance.name == "acme"
        assert repr(xero) == "<Client `acme`: Brightwater>"
        assert xero.organisation.get()["OrganisationID"]
    with pytest.raises(xeroport.UnknownName, match="did you mean `acme`"):
        xeroport.connect("acmee", home=home)


def test_async(own_xero: Xero, tmp_path: Path) -> None:
    home = home_for(tmp_path, own_xero)

    async def work() -> None:
        async with xeroport.AsyncClient(**own_xero.credentials) as xero:
            made = await asyncio.gather(
                *(xero.contacts.create({"Name": f"Contact {n}"}) for n in range(5))
            )
            assert len({contact["ContactID"] for contact in made}) == 5
            names = [contact["Name"] async for contact in xero.records("contacts.list")]
            assert len(names) == 5
            assert len(await xero.contacts.list(page=1)) == 5
        with pytest.raises(RuntimeError, match="closed"):
            await xero.contacts.list()
        async with xeroport.connect_async("acme", home=home) as xero:
            assert len(await xero.contacts.list()) == 5

    asyncio.run(work())


def test_a_script_that_closes_nothing_ends(demo_xero: Xero) -> None:
    code = f"import xeroport; x = xeroport.Client(**{demo_xero.credentials}); x.organisation.get()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_an_error_survives_a_process(demo_xero: Xero) -> None:
    with (
        xeroport.Client(**demo_xero.credentials) as xero,
        pytest.raises(xeroport.UnknownName) as raised,
    ):
        xero.call("invoices.lst")
    again = pickle.loads(pickle.dumps(raised.value))
    assert (str(again), again.hint) == (str(raised.value), raised.value.hint)


def test_every_member_of_what_is_exported_is_in_the_reference() -> None:
    """Inherited ones too: `Client.records` and `Report.df` once were in no reference."""
    page = (Path(__file__).resolve().parents[2] / "docs/reference/python.md").read_text("utf-8")
    sections = dict(
        part.split("\n", 1) for part in page.partition("## Classes")[2].split("\n### ")[1:]
    )
    absent = [
        f"{name}.{member}"
        for name, section in sections.items()
        for kind in getattr(xeroport, name).__mro__
        if kind.__module__.startswith("xeroport")
        for member in vars(kind)
        if not member.startswith("_") and not re.search(rf"`(?:await )?{member}\b", section)
    ]
    assert absent == []
    assert "records" in sections["Client"]
