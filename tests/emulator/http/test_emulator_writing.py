"""The protocol of writes: envelopes, batches, what summarizeErrors does, idempotency keys."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_caller import Caller

from xeroport.clock import ManualClock

NO_ID = "00000000-0000-0000-0000-000000000000"


def names(caller: Caller) -> list[str]:
    found = caller.get("/Contacts?page=1&pageSize=1000").json()["Contacts"]
    return sorted(each["Name"] for each in found)


@pytest.mark.parametrize(
    "body",
    [
        {"Contacts": [{"Name": "A"}]},
        {"Contacts": {"Name": "A"}},
        {"Name": "A"},
        {"Name": "A", "Nonsense": 1, "EmailAddress": None},
    ],
)
def test_envelopes_and_bare_records(xero: Caller, body: dict[str, Any]) -> None:
    reply = xero.put("/Contacts", json=body)
    assert reply.status_code == 200
    assert names(xero) == ["A"]


def test_left_out_summarize_errors_commits_the_good_and_shows_the_bad(xero: Caller) -> None:
    batch = {"Contacts": [{"Name": "Good"}, {"Name": ""}, {"Name": "Fine"}]}
    for params in ({}, {"summarizeErrors": "true"}):
        reply = xero.put("/Contacts", json=batch, params=params)
        body = reply.json()
        assert reply.status_code == 400
        assert (body["ErrorNumber"], body["Type"]) == (10, "ValidationException")
        assert all(each["ValidationErrors"][0]["Message"] for each in body["Elements"])
        assert {each["ContactID"] for each in body["Elements"]} == {NO_ID}
        assert "Contacts" not in body
        assert names(xero) == ["Fine", "Good"]
    assert len(body["Elements"]) == 3


def test_summarize_errors_false_tells_each_element(xero: Caller) -> None:
    batch = {"Contacts": [{"Name": "Good"}, {"Name": ""}, {"Name": "Good"}]}
    reply = xero.put("/Contacts?summarizeErrors=false", json=batch)
    told = reply.json()["Contacts"]
    assert reply.status_code == 200
    assert [each["StatusAttributeString"] for each in told] == ["OK", "ERROR", "ERROR"]
    assert [each["HasValidationErrors"] for each in told] == [False, True, True]
    assert [each["Name"] for each in told] == ["Good", "", "Good"]
    assert told[0]["ContactID"] != NO_ID == told[1]["ContactID"]
    assert "already assigned to another contact" in told[2]["ValidationErrors"][0]["Message"]


def test_warnings_are_told(xero: Caller) -> None:
    lines = [
        {"LineAmount": 1, "AccountCode": "404"},
        {"LineAmount": -1, "AccountCode": "none"},
    ]
    body = {"ManualJournals": [{"Narration": "n", "JournalLines": lines}]}
    told = xero.put("/ManualJournals?summarizeErrors=false", json=body).json()["ManualJournals"][0]
    messages = [
        each["Message"] for each in told.get("Warnings", []) + told.get("ValidationErrors", [])
    ]
    assert any(
        "has been removed as it does not match a recognised account" in each for each in messages
    )


@pytest.mark.parametrize(
    ("content", "media", "number"),
    [
        (b"{", "application/json", 14),
        (b"[1]", "application/json", 14),
        (b'"x"', "application/json", 14),
        (b'{"Contacts":[1]}', "application/json", 14),
        (b"\xff\xfe", "application/json", 14),
        (b"<Contacts", "application/json", 14),
        (b"<!DOCTYPE a><Contacts/>", "text/xml", 14),
        (b"<Contacts/>", "text/xml", 17),
        (b"", "application/json", 17),
        (b'{"Contacts":[]}', "application/json", 17),
        (b"[" * 5000, "application/json", 14),
    ],
)
def test_unreadable_bodies(xero: Caller, content: bytes, media: str, number: int) -> None:
    reply = xero.post("/Contacts", content=content, headers={"Content-Type": media})
    assert (reply.status_code, reply.json()["ErrorNumber"]) == (400, number)


def test_more_elements_than_allowed(xero: Caller) -> None:
    fifty = [{"Name": f"C{n}"} for n in range(50)]
    assert xero.put("/Contacts", json={"Contacts": fifty}).status_code == 200
    more = [{"Name": f"D{n}"} for n in range(51)]
    assert xero.put("/Contacts", json={"Contacts": more}).status_code == 400
    items = [{"Code": f"I{n}"} for n in range(500)]
    assert xero.put("/Items", json={"Items": items}).status_code == 200
    two = [{"Name": "a", "Code": "1001", "Type": "EXPENSE"}] * 2
    assert xero.put("/Accounts", json={"Accounts": two}).status_code == 400


def test_a_body_over_ten_megabytes(xero: Caller) -> None:
    reply = xero.post("/Contacts", content=b" " * (10 * 1024 * 1024 + 1))
    assert (reply.status_code, reply.json()["Detail"]) == (413, "PayloadTooLarge")


def test_put_creates_and_post_creates_or_updates(xero: Caller) -> None:
    assert xero.post("/Contacts", json={"Name": "A", "FirstName": "x"}).status_code == 200
    assert xero.post("/Contacts", json={"Name": "A", "FirstName": "y"}).status_code == 200
    (kept,) = xero.get("/Contacts?page=1").json()["Contacts"]
    assert kept["FirstName"] == "y"
    assert xero.put("/Contacts", json={"Name": "A"}).status_code == 400


def test_writes_to_what_does_not_exist(xero: Caller) -> None:
    assert xero.post(f"/Contacts/{NO_ID}", json={"Name": "A"}).status_code == 404
    assert xero.delete(f"/Items/{NO_ID}").status_code == 404


def test_deletes_that_answer_204(xero: Caller) -> None:
    made = xero.put("/Items", json={"Code": "X"}).json()["Items"][0]["ItemID"]
    reply = xero.delete(f"/Items/{made}")
    assert (reply.status_code, reply.content) == (204, b"")
    assert xero.get(f"/Items/{made}").status_code == 404


KEY = {"Idempotency-Key": "k1"}


def test_a_key_gives_the_same_reply_for_six_minutes(xero: Caller, clock: ManualClock) -> None:
    first = xero.post("/Items", json={"Code": "A"}, headers=KEY)
    clock.advance(359)
    again = xero.post("/Items", json={"Code": "A"}, headers=KEY)
    assert again.json()["Items"] == first.json()["Items"]
    assert again.json()["Id"] == first.json()["Id"]
    assert xero.emulator.world.replays.replayed == 1
    clock.advance(1)
    later = xero.post("/Items", json={"Code": "A"}, headers=KEY)
    assert later.json()["Id"] != first.json()["Id"]


def test_a_put_with_a_key_creates_once(xero: Caller) -> None:
    for _ in range(3):
        assert xero.put("/Contacts", json={"Name": "Once"}, headers=KEY).status_code == 200
    assert names(xero) == ["Once"]
    assert xero.put("/Contacts", json={"Name": "Once"}).status_code == 400


def test_refusals_are_kept_too(xero: Caller) -> None:
    refused = xero.put("/Contacts", json={"Name": ""}, headers=KEY)
    assert refused.status_code == 400
    assert xero.put("/Contacts", json={"Name": ""}, headers=KEY).json() == refused.json()


@pytest.mark.parametrize("change", ["body", "path", "method", "query"])
def test_a_key_with_another_request_is_refused(xero: Caller, change: str) -> None:
    xero.put("/Contacts", json={"Name": "A"}, headers=KEY)
    path = {"path": "/Items", "query": "/Contacts?summarizeErrors=false"}.get(change, "/Contacts")
    body = {"Name": "B"} if change == "body" else {"Name": "A"}
    send = xero.post if change == "method" else xero.put
    reply = send(path, json=body, headers=KEY)
    assert reply.status_code == 400
    assert reply.json()["Message"] == "Idempotency Key: k1 is used with a different request."


def test_a_key_that_is_too_long(xero: Caller) -> None:
    body = {"Name": "A"}
    fine = xero.put("/Contacts", json=body, headers={"Idempotency-Key": "k" * 128})
    long = xero.put("/Contacts", json=body, headers={"Idempotency-Key": "k" * 129})
    assert fine.status_code == 200
    assert long.status_code == 400
    assert "with length 129 is too long" in long.json()["Message"]


def test_a_key_on_a_delete_means_nothing(xero: Caller) -> None:
    made = xero.put("/Items", json={"Code": "X"}).json()["Items"][0]["ItemID"]
    assert xero.delete(f"/Items/{made}", headers=KEY).status_code == 204
    assert xero.delete(f"/Items/{made}", headers=KEY).status_code == 404
