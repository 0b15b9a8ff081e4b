"""Trouble on request: every kind of it, when asked for and not otherwise."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import httpx2
import pytest
from emulator_caller import ROOT, Caller

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator
from xeroport_emulator.gateway.faults import KINDS, Faults, parsed_faults
from xeroport_emulator.operations.fault_effects import NEW_FIELD, NEW_VALUE


def codes(caller: Caller, count: int) -> list[int]:
    return [caller.get("/Organisation").status_code for _ in range(count)]


@pytest.mark.parametrize(
    ("kind", "status", "problem"),
    [
        ("429-minute", 429, "minute"),
        ("429-day", 429, "day"),
        ("429-concurrent", 429, "concurrent"),
        ("429-appminute", 429, "appminute"),
        ("500", 500, None),
        ("503", 503, None),
        ("text", 500, None),
        ("html", 502, None),
    ],
)
def test_refusals(
    start: Callable[..., Caller], kind: str, status: int, problem: str | None
) -> None:
    caller = start(faults=f"{kind}@2")
    assert codes(caller, 1) == [200]
    reply = caller.put("/Items", json={"Code": "A"})
    assert reply.status_code == status
    assert reply.headers.get("x-rate-limit-problem") == problem
    assert ("retry-after" in reply.headers) == (problem in ("minute", "day"))
    assert codes(caller, 1) == [200]
    assert caller.get("/Items").json()["Items"] == []


def test_a_connection_dropped_before_and_after(start: Callable[..., Caller]) -> None:
    caller = start(faults="drop-before@1,drop-after@2")
    for code in ("A", "B"):
        with pytest.raises(ConnectionResetError):
            caller.put("/Items", json={"Code": code})
    assert [each["Code"] for each in caller.get("/Items").json()["Items"]] == ["B"]


def test_a_key_brings_back_the_reply_that_was_lost(start: Callable[..., Caller]) -> None:
    caller = start(faults="drop-after@1")
    key = {"Idempotency-Key": "k"}
    with pytest.raises(ConnectionResetError):
        caller.put("/Items", json={"Code": "A"}, headers=key)
    again = caller.put("/Items", json={"Code": "A"}, headers=key)
    assert again.status_code == 200
    assert len(caller.get("/Items").json()["Items"]) == 1


def test_sockets_are_really_closed() -> None:
    emulator = Emulator("empty", limits="off", faults="drop-before@1,drop-after@2,truncate@3")
    with emulator.serve() as base, httpx2.Client(base_url=base) as client:
        form = {"grant_type": "client_credentials"}
        auth = (emulator.client_id, emulator.client_secret)
        token = client.post("/connect/token", data=form, auth=auth).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        for code in ("A", "B"):
            with pytest.raises(httpx2.TransportError):
                client.put(ROOT + "/Items", json={"Code": code}, headers=headers)
        with pytest.raises(httpx2.TransportError):
            client.get(ROOT + "/Accounts", headers=headers)
        items = client.get(ROOT + "/Items", headers=headers).json()["Items"]
        assert [each["Code"] for each in items] == ["B"]


def test_a_request_whose_sender_dies_half_way_was_never_made() -> None:
    """No server hands on a body that is not whole: the key is free for the same bytes again."""
    emulator = Emulator("empty", limits="off")
    with emulator.serve() as base, httpx2.Client(base_url=base) as client:
        form = {"grant_type": "client_credentials"}
        auth = (emulator.client_id, emulator.client_secret)
        token = client.post("/connect/token", data=form, auth=auth).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        headers |= {"Content-Type": "application/json", "Idempotency-Key": "k"}
        body = json.dumps({"Code": "A"}).encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        lines = f"PUT {ROOT}/Items HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n"
        where = (client.base_url.host, client.base_url.port)
        with socket.create_connection(where) as half:
            half.sendall(lines.encode() + body[:5])
            client.get(ROOT + "/Accounts", headers=headers)
        client.get(ROOT + "/Accounts", headers=headers)
        assert client.put(ROOT + "/Items", content=body, headers=headers).status_code == 200


def test_a_truncated_body(start: Callable[..., Caller]) -> None:
    caller = start(faults="truncate")
    with pytest.raises(ConnectionResetError):
        caller.get("/Accounts")


def test_slowness_takes_its_time(start: Callable[..., Caller], clock: ManualClock) -> None:
    caller = start(faults="slow:250ms@2")
    codes(caller, 1)
    before = clock.monotonic()
    codes(caller, 1)
    assert clock.monotonic() - before == 0.25


def test_a_token_revoked_in_the_middle(start: Callable[..., Caller]) -> None:
    caller = start(faults="revoke@3")
    assert codes(caller, 4) == [200, 200, 401, 401]
    assert codes(caller.sign_in(), 1) == [200]


def test_the_day_ends_at_a_call(start: Callable[..., Caller], clock: ManualClock) -> None:
    for limits in ("xero", "off"):
        caller = start(faults="day@3", limits=limits)
        assert codes(caller, 5) == [200, 200, 429, 429, 429]
        refused = caller.get("/Organisation")
        assert refused.headers["x-rate-limit-problem"] == "day"
        clock.advance(int(refused.headers["retry-after"]))
        assert codes(caller.sign_in(), 1) == [200]


def test_a_record_edited_between_pages_makes_one_skip(start: Callable[..., Caller]) -> None:
    caller = start("demo", limits="off", faults="edit@2")
    first = caller.get("/Invoices?page=1&pageSize=100").json()
    second = caller.get("/Invoices?page=2&pageSize=100").json()
    caller.emulator.faults.clear()
    whole = caller.get("/Invoices?page=1&pageSize=1000").json()["Invoices"]
    ids = [each["InvoiceID"] for each in first["Invoices"] + second["Invoices"]]
    now = [each["InvoiceID"] for each in whole]
    skipped = set(now[:200]) - set(ids)
    assert len(skipped) == 1
    assert now[-1] in ids
    assert second["pagination"]["itemCount"] == first["pagination"]["itemCount"]


def test_values_and_fields_no_one_knows(start: Callable[..., Caller]) -> None:
    caller = start("demo", limits="off", faults="unknown-enum@1,unknown-field@2")
    changed = caller.get("/Invoices?page=1").json()["Invoices"]
    assert [each["Status"] for each in changed].count(NEW_VALUE) == 1
    widened = caller.get("/Invoices?page=1").json()["Invoices"]
    assert all(NEW_FIELD in each for each in widened)
    clean = caller.get("/Invoices?page=1").text
    assert NEW_VALUE not in clean
    assert NEW_FIELD not in clean


def test_faults_by_endpoint_and_number_of_times(start: Callable[..., Caller]) -> None:
    caller = start()
    caller.emulator.faults.add("503", endpoint="invoices.*", times=2)
    assert codes(caller, 1) == [200]
    paths = ["/Invoices?page=1"] * 3
    assert [caller.get(each).status_code for each in paths] == [503, 503, 200]


def test_chance_repeats_with_the_seed() -> None:
    def struck(seed: int) -> list[int]:
        faults = Faults("500:20%", seed=seed)
        return [call for call in range(1, 400) if faults.strike(call, "items.list")]

    assert struck(1) == struck(1) != struck(2)
    assert 40 < len(struck(1)) < 130


def test_faults_as_text() -> None:
    plan = parsed_faults("drop-after:5%, 500:2%@invoices.*,slow:200ms:10%,day@120,503:x2")
    assert [each.kind for each in plan] == ["drop-after", "500", "slow", "day", "503"]
    assert [each.probability for each in plan] == [0.05, 0.02, 0.1, 1, 1]
    assert (plan[1].endpoint, plan[2].seconds, plan[3].calls) == ("invoices.*", 0.2, {120})
    assert (plan[3].times, plan[4].times) == (1, 2)
    for wrong in ("nonsense", "500:often", ":5%"):
        with pytest.raises(ValueError, match="`"):
            parsed_faults(wrong)
    assert len(KINDS) == 17
