"""The emulator as a thing that runs: state, reset, control from outside, the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from emulator_caller import ROOT, Caller

from xeroport.clock import ManualClock
from xeroport.errors import InputError
from xeroport_emulator import Emulator


def test_the_same_start_is_the_same_organisation(start: Callable[..., Caller]) -> None:
    one, other = start("demo", limits="off"), start("demo", limits="off")
    assert one.emulator.client_secret == other.emulator.client_secret
    paths = ("/Invoices?page=3", "/Contacts?page=1", "/Reports/TrialBalance", "/Payments?page=2")
    for path in paths:
        first, second = one.get(path).json(), other.get(path).json()
        for each in (first, second):
            del each["Id"]
        assert first == second


def test_state_outlives_the_process(tmp_path: Path, start: Callable[..., Caller]) -> None:
    state = tmp_path / "deep" / "state"
    before = start("demo", limits="off", state=state)
    made = before.put("/Items", json={"Code": "KEPT", "Name": "Kept"}).json()["Items"][0]["ItemID"]
    table = before.emulator.organisation.tables["Invoice"]
    invoice = next(iter(table))["InvoiceID"]
    before.put(f"/Invoices/{invoice}/Attachments/a.zip", content=b"\x00\x01")
    before.put(f"/Invoices/{invoice}/History", json={"HistoryRecords": [{"Details": "noted"}]})
    secret = before.emulator.identity.rotate_secret()
    before.emulator.save()
    assert not (tmp_path / "deep" / "state.log").exists()
    after = start("empty", limits="off", state=state)
    assert after.emulator.client_secret == secret
    assert after.get(f"/Items/{made}").status_code == 200
    assert after.get(f"/Invoices/{invoice}/Attachments/a.zip").content == b"\x00\x01"
    assert "noted" in after.get(f"/Invoices/{invoice}/History").text
    for path in ("/Invoices?page=1&pageSize=1000", "/Reports/TrialBalance", "/Accounts"):
        first, second = before.get(path).json(), after.get(path).json()
        for each in (first, second):
            del each["Id"]
        assert first == second
    number = before.put("/Contacts", json={"Name": "New"}).json()["Contacts"][0]["ContactID"]
    again = after.put("/Contacts", json={"Name": "New"}).json()["Contacts"][0]["ContactID"]
    existing = {each["ContactID"] for each in before.emulator.organisation.tables["Contact"]}
    assert number in existing
    assert again


def test_ids_made_after_a_restart_are_new(tmp_path: Path, start: Callable[..., Caller]) -> None:
    state = tmp_path / "state"
    seen: set[str] = set()
    for turn in range(3):
        caller = start("empty", limits="off", state=state)
        reply = caller.put("/Items", json={"Items": [{"Code": f"{turn}-{n}"} for n in range(5)]})
        made = {each["ItemID"] for each in reply.json()["Items"]}
        assert not made & seen
        seen |= made
    assert len(caller.get("/Items").json()["Items"]) == 15


def test_a_killed_process_has_lost_nothing(tmp_path: Path, start: Callable[..., Caller]) -> None:
    """Nothing is saved at the end: what was answered is in the log, but for a last cut entry."""
    state = tmp_path / "state"
    before = start("demo", limits="off", state=state)
    item = before.put("/Items", json={"Code": "ONE"}).json()["Items"][0]["ItemID"]
    path = f"/Items/{item}"
    before.post(path, json={"Code": "ONE", "Name": "First"})
    gone = before.put("/Items", json={"Code": "GONE"}).json()["Items"][0]["ItemID"]
    before.delete(f"/Items/{gone}")
    invoice = next(iter(before.emulator.organisation.tables["Invoice"]))["InvoiceID"]
    before.put(f"/Invoices/{invoice}/History", json={"HistoryRecords": [{"Details": "noted"}]})
    before.put(f"/Invoices/{invoice}/Attachments/a.zip", content=b"bytes")
    log = tmp_path / "state.log"
    whole = log.read_bytes()
    assert len(whole) < 20_000
    log.write_bytes(whole + (10_000).to_bytes(8, "big") + b"cut")
    for _ in range(2):
        after = start("empty", limits="off", state=state)
        assert after.get(path).json()["Items"][0]["Name"] == "First"
        assert after.get(f"/Items/{gone}").status_code == 404
        assert "noted" in after.get(f"/Invoices/{invoice}/History").text
        assert after.get(f"/Invoices/{invoice}/Attachments/a.zip").content == b"bytes"
        assert after.get("/Items").json()["Items"] == before.get("/Items").json()["Items"]
        after.emulator.save()
    assert not log.exists()


def test_a_file_that_is_no_state(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"\x93nonsense")
    with pytest.raises(InputError, match="not a state of the emulator"):
        Emulator("empty", state=wrong)
    with pytest.raises(InputError, match="cannot be kept"):
        Emulator("empty", state=wrong / "inside")


def test_reset(start: Callable[..., Caller]) -> None:
    caller = start("empty", limits="minute=3")
    caller.put("/Items", json={"Code": "A"})
    caller.emulator.reset()
    assert caller.get("/Items").json()["Items"] == []
    caller.emulator.reset("demo")
    assert len(caller.get("/Items").json()["Items"]) > 5


@pytest.fixture
def steered(start: Callable[..., Caller]) -> Caller:
    return start("empty", control=True)


def steer(caller: Caller, name: str, **given: Any) -> Any:
    reply = caller.send("POST", f"/__emulator/{name}", json=given)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_control_is_closed_unless_asked_for(xero: Caller) -> None:
    assert xero.send("GET", "/__emulator/counts").status_code == 404


def test_control(steered: Caller, clock: ManualClock) -> None:
    made = steered.put("/Contacts", json={"Name": "A"}).json()["Contacts"][0]["ContactID"]
    steer(steered, "clock", advance=120)
    steer(steered, "edit", record="Contact", id=made, fields={"FirstName": "Ada"})
    (shown,) = steered.get(f"/Contacts/{made}").json()["Contacts"]
    assert shown["FirstName"] == "Ada"
    assert shown["UpdatedDateUTC"] == f"/Date({int(clock.now().timestamp() + 120) * 1000}+0000)/"
    steer(steered, "faults", spec="500@3")
    steer(steered, "faults", kind="503", endpoint="items.list", times=1)
    assert steered.get("/Organisation").status_code == 500
    assert steered.get("/Items").status_code == 503
    steer(steered, "faults", clear=True)
    steer(steered, "switches", journals_open=True, empty_delta=304)
    assert steered.emulator.switches.journals_open
    steer(steered, "limits", limits="minute=1")
    steer(steered, "rotate")
    counts = steer(steered, "counts")
    assert counts["calls"] == 4
    assert counts["endpoints"]["contacts.create"] == 1
    assert counts["records"]["Contact"] == 1
    steer(steered, "revoke")
    assert steered.get("/Items").status_code == 401
    steer(steered, "reset", data="demo")
    assert steer(steered, "counts")["records"]["Invoice"] > 500


def test_control_says_what_is_wrong(steered: Caller) -> None:
    for name, given in {
        "clock": {"advance": -1},
        "switches": {"nothing": True},
        "faults": {"spec": "nonsense"},
        "edit": {"record": "Contact", "id": "x"},
        "limits": {"limits": "week=1"},
    }.items():
        reply = steered.send("POST", f"/__emulator/{name}", json=given)
        assert reply.status_code == 400, name
        assert reply.json()["error"]
    assert steered.send("POST", "/__emulator/nothing").status_code == 404


def run(*arguments: str, home: Path) -> subprocess.Popen[str]:
    code = "import sys; from xeroport.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XEROPORT_HOME": str(home)},
    )


def call(facts: dict[str, str], method: str, path: str, **options: Any) -> httpx2.Response:
    with httpx2.Client(base_url=facts["base_url"]) as client:
        form = {"grant_type": "client_credentials"}
        auth = (facts["client_id"], facts["client_secret"])
        token = client.post("/connect/token", data=form, auth=auth).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        return client.request(method, ROOT + path, headers=headers, **options)


def test_the_command(tmp_path: Path) -> None:
    state = tmp_path / "state"
    arguments = ("emulator", "--port", "0", "--data", "empty", "--state", str(state), "--json")
    codes = []
    for turn, stop in enumerate((signal.SIGTERM, signal.SIGINT)):
        process = run(*arguments, home=tmp_path / "home")
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            assert set(facts) == {"base_url", "client_id", "client_secret", "tenant_id"}
            call(facts, "PUT", "/Items", json={"Code": f"T{turn}"})
            codes = [each["Code"] for each in call(facts, "GET", "/Items").json()["Items"]]
            process.send_signal(stop)
            process.wait(timeout=20)
        finally:
            process.kill()
            process.communicate()
    assert codes == ["T0", "T1"]


@pytest.mark.parametrize(
    "wrong", [("--data", "many"), ("--limits", "some"), ("--faults", "nonsense")]
)
def test_the_command_with_wrong_settings(tmp_path: Path, wrong: tuple[str, str]) -> None:
    process = run("emulator", "--port", "0", *wrong, home=tmp_path)
    out, error = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, "")
    assert wrong[1] in error
