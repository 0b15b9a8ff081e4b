"""Corners of reading that clients stumble over: what cannot be combined, and what is refused."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from emulator_caller import Caller

from xeroport.catalogue import load
from xeroport_emulator import Emulator


@pytest.mark.parametrize(
    ("path", "field"),
    [("/Invoices", "HasAttachments"), ("/Contacts", "IsSupplier"), ("/Contacts", "IsCustomer")],
)
def test_summary_only_takes_no_filter_on_what_it_leaves_out(
    demo: Caller, path: str, field: str
) -> None:
    wanted = {"where": f"{field}==true", "page": 1}
    assert demo.get(path, params=wanted).status_code == 200
    refused = demo.get(path, params={**wanted, "summaryOnly": "true"})
    assert refused.status_code == 400
    assert field in refused.json()["Message"]
    ordered = demo.get(path, params={"order": field, "summaryOnly": "true"})
    assert ordered.status_code == 400
    kept = demo.get(path, params={"order": "UpdatedDateUTC", "summaryOnly": "true"})
    assert kept.status_code == 200


@pytest.mark.parametrize("day", ["1752-12-31T23:59:59", "Mon, 01 Jan 1700 00:00:00 GMT"])
def test_dates_before_1753_fail_on_request(xero: Caller, day: str) -> None:
    since = {"If-Modified-Since": day}
    every = xero.get("/Accounts").json()["Accounts"]
    assert xero.get("/Accounts", headers=since).json()["Accounts"] == every
    xero.emulator.switches.change(early_since=500)
    assert xero.get("/Accounts", headers=since).status_code == 500
    assert xero.get("/Currencies", headers=since).status_code == 200
    from_then_on = {"If-Modified-Since": "1753-01-01T00:00:00"}
    assert xero.get("/Accounts", headers=from_then_on).status_code == 200


def test_archived_options_are_shown_on_request(xero: Caller) -> None:
    made = xero.put("/TrackingCategories", json={"Name": "Team"}).json()["TrackingCategories"][0]
    path = f"/TrackingCategories/{made['TrackingCategoryID']}/Options"
    ids = [
        xero.put(path, json={"Name": each}).json()["Options"][0]["TrackingOptionID"]
        for each in ("Sales", "Service")
    ]
    xero.post(f"{path}/{ids[0]}", json={"Status": "ARCHIVED"})

    def names(query: str) -> list[str]:
        found = xero.get(f"/TrackingCategories{query}").json()["TrackingCategories"]
        return [each["Name"] for each in found[0]["Options"]]

    assert names("") == ["Service"]
    assert names("?includeArchived=true") == ["Sales", "Service"]


def test_methods_follow_each_other(demo: Caller) -> None:
    def count(where: str) -> int:
        reply = demo.get("/Invoices", params={"where": where, "page": 1})
        return int(reply.json()["pagination"]["itemCount"])

    both = count('Contact.Name.Contains("A") OR Contact.Name.Contains("a")')
    assert count('Contact.Name.ToLower().Contains("a")') == both > 0
    assert count('DateString.StartsWith("2026-03-")') == count(
        "Date>=DateTime(2026,3,1) AND Date<DateTime(2026,4,1)"
    )
    assert count("Total>=100.00M") == count("Total>=100")


def test_every_read_as_xml(demo: Caller) -> None:
    tables = demo.emulator.organisation.tables
    ids = {table.key: str(next(iter(table))[table.key]) for table in tables.values() if table}
    read = 0
    for endpoint in load().endpoints:
        path = re.sub(r"\{(\w+)\}", lambda m: ids.get(m[1], m[0]), endpoint.path)
        if endpoint.method != "GET" or "{" in path or endpoint.reply == "pdf":
            continue
        reply = demo.get(path, headers={"Accept": "*/*"})
        if reply.status_code == 200:
            assert reply.headers["content-type"].startswith("text/xml"), path
            assert ET.fromstring(reply.content).tag == "Response", path
            read += 1
    assert read > 60


def test_numbers_in_xml_keep_their_decimals(demo: Caller) -> None:
    reply = demo.get("/Invoices?page=1&pageSize=5", headers={"Accept": "application/xml"})
    text = reply.text
    assert re.search(r"<Quantity>\d+\.\d{4}</Quantity>", text)
    assert not re.search(r"<(LineAmount|Total|UnitAmount)>\d+\.\d</", text)


def test_the_size_of_a_body_can_be_switched(start: Callable[..., Caller]) -> None:
    xero = start(limits="off")
    body = {"Contacts": [{"Name": "Big", "BankAccountDetails": "x" * 4_000_000}]}
    assert xero.put("/Contacts", json=body).status_code == 200
    xero.emulator.switches.change(body_limit=3_500_000)
    assert xero.post("/Contacts", json=body).status_code == 413


def test_tokens_do_not_count_as_calls_at_once(start: Callable[..., Caller]) -> None:
    xero = start(limits="xero")
    xero.emulator.switches.latency = 0.05
    gate = xero.emulator.world.gate
    xero.together(*[("GET", "/Organisation")] * 5)
    assert gate.most_in_flight == 5
    xero.token()
    assert gate.in_flight == 0


@pytest.mark.parametrize(
    "spec",
    ["500:0%", "500:120%", "500@0", "slow:x0", "500@invoices.lst", "429", "500:often", ":5%"],
)
def test_faults_that_could_never_happen_are_refused(spec: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Emulator("empty", faults=spec)
