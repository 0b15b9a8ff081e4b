"""Signing in with Xero from the command line: browser, organisations, instances, and out again."""

from __future__ import annotations

import json
import socket
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from login_world import World

from xeroport import logs
from xeroport.cli.commands.login import _words
from xeroport.xero.sign_in.flow import Connection


def test_two_of_three_organisations_become_instances_that_sync(world: World) -> None:
    status, out, said = world.sign_in(world.tenants[:2], "--json")
    assert status == 0, said
    made = json.loads(out)
    assert made["login"] == "xero"
    assert [each["tenant_id"] for each in made["instances"]] == world.tenants[:2] or {
        each["tenant_id"] for each in made["instances"]
    } == set(world.tenants[:2])
    names = [each["name"] for each in made["instances"]]
    for name in names:
        synced = world.run("sync", name, "contacts", "accounts")
        assert synced.returncode == 0, synced.stderr
    listed = json.loads(world.run("login", "--list", "--json").stdout)
    assert [(each["name"], each["signed_in"]) for each in listed] == [("xero", True)]
    assert listed[0]["instances"] == sorted(names)
    assert "offline_access" in listed[0]["scopes"]

    out_again = world.run("logout")
    assert out_again.returncode == 0, out_again.stderr
    assert all(f"`{name}`" in out_again.stderr for name in names)
    stopped = world.run("sync", names[0], "contacts")
    assert stopped.returncode == 3
    assert "needs sign-in again" in stopped.stderr
    assert "xeroport login" in stopped.stderr

    status, out, said = world.sign_in(world.tenants, "--json")
    assert status == 0, said
    again = json.loads(out)["instances"]
    assert [each["name"] for each in again if not each["new"]] == [
        each["name"] for each in again if each["name"] in names
    ]
    assert len(again) == 3
    assert world.run("sync", names[0], "contacts").returncode == 0


def test_the_address_can_be_pasted_back_from_another_machine(world: World) -> None:
    signing_in = world.login()
    back = world.consent(signing_in.address(), world.tenants[:1])
    status, _, said = signing_in.end(paste=back)
    assert status == 0, said
    assert "added: `" in said


def test_a_second_consent_adds_scopes_and_organisations(world: World) -> None:
    assert world.sign_in(world.tenants[:1])[0] == 0
    name = json.loads(world.run("instance", "list", "--json").stdout)[0]["name"]
    refused = world.run("call", name, "contacts.create", "--body", "-")
    assert refused.returncode != 0
    signing_in = world.login("--uses", "write")
    asked = parse_qs(urlsplit(signing_in.address()).query)["scope"][0].split()
    assert {"accounting.contacts", "accounting.contacts.read", "offline_access"} <= set(asked)
    back = world.consent(_address(signing_in.said), world.tenants[:2])
    assert httpx2.get(back, verify=False).status_code == 200
    status, _, said = signing_in.end()
    assert status == 0, said
    assert len(json.loads(world.run("instance", "list", "--json").stdout)) == 2


def _address(said: list[str]) -> str:
    return next(line.strip() for line in said if "/identity/connect/authorize?" in line)


def test_an_organisation_is_disconnected_and_connected_again(world: World) -> None:
    assert world.sign_in(world.tenants[:2])[0] == 0
    first, second = (
        each["name"] for each in json.loads(world.run("instance", "list", "--json").stdout)
    )
    assert world.run("instance", "disconnect", first).returncode == 0
    stopped = world.run("instance", "check", first)
    assert stopped.returncode == 3
    assert "not connected" in stopped.stderr
    listed = world.run("login", "--list")
    assert f"Xero gives it no access to `{first}`" in listed.stdout
    assert "hint: `xeroport login add-organisation xero`" in listed.stderr
    assert world.run("instance", "check", second).returncode == 0
    assert world.sign_in(world.tenants[:2])[0] == 0
    assert world.run("instance", "check", first).returncode == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("1", ["1"]),
        ("1 3", ["1", "3"]),
        ("1,3", ["1", "3"]),
        ("Kauri Joinery", ["Kauri Joinery"]),
        ("kauri joinery, 3", ["kauri joinery", "3"]),
        ("Smith, Jones & Co", ["Smith, Jones & Co"]),
        (" , ", []),
    ],
)
def test_an_answer_may_be_names_with_blanks_and_commas(answer: str, words: list[str]) -> None:
    names = ("Brightwater Systems", "Kauri Joinery", "Smith, Jones & Co")
    assert _words(answer, [Connection(name, name, name) for name in names]) == words


def test_a_wrong_answer_is_asked_for_again(world: World) -> None:
    pexpect = pytest.importorskip("pexpect")
    words = world._command(
        ["login", "--no-browser", "--port", str(world.port), "--base-url", world.base_url,
         "--client-id", world.emulator.login_client_id]
    )  # fmt: skip
    child = pexpect.spawn(
        words[0], words[1:], env=world._environment(), encoding="utf-8", timeout=60,
        dimensions=(40, 2000),
    )  # fmt: skip
    child.expect(r"(http\S+/identity/connect/authorize\?\S+)")
    back = world.consent(child.match[1], world.tenants)
    assert httpx2.get(back, verify=False).status_code == 200
    names = [each.details["Name"] for each in world.emulator.organisations.values()]
    for answer in ("Nobody Ltd", "9", names[1]):
        child.expect("Which of them")
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0, child.before
    listed = json.loads(world.run("instance", "list", "--json").stdout)
    assert [each["organisation"] for each in listed] == [names[1]]


def test_the_page_answers_one_request_for_its_state_only(world: World) -> None:
    signing_in = world.login()
    back = world.consent(signing_in.address(), world.tenants[:1])
    wrong = httpx2.get(back.replace("state=", "state=x"), verify=False)
    assert wrong.status_code == 400
    assert httpx2.get(back.replace("/callback", "/other"), verify=False).status_code == 404
    strange = httpx2.get(back, headers={"Host": f"evil.example:{world.port}"})
    assert strange.status_code == 404
    right = httpx2.get(back, verify=False)
    assert right.status_code == 200
    assert right.headers["cache-control"] == "no-store"
    assert right.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in right.headers["content-security-policy"]
    assert "code" not in right.text
    assert signing_in.end()[0] == 0


def test_both_loopback_addresses_are_listened_on(world: World) -> None:
    signing_in = world.login()
    signing_in.address()
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as probe:
            try:
                probe.connect((host, world.port))
            except OSError as error:
                if family == socket.AF_INET6 and not socket.has_ipv6:
                    continue
                if error.errno == 99:  # no such address on this machine
                    continue
                raise
    signing_in.process.kill()


@pytest.mark.parametrize(
    ("decision", "status", "words"), [("cancel", 3, "consent was not given at Xero")]
)
def test_a_refused_consent(world: World, decision: str, status: int, words: str) -> None:
    signing_in = world.login()
    httpx2.get(world.consent(signing_in.address(), [], decision))
    ended, _, said = signing_in.end()
    assert ended == status
    assert words in said


def test_ports_in_use_are_named(world: World) -> None:
    with socket.create_server(("127.0.0.1", world.port)):
        ended = world.run("login", "--client-id", "x", "--port", str(world.port), "--no-browser")
    assert ended.returncode == 2
    assert f"port {world.port} of this machine is in use" in ended.stderr


def test_a_pasted_address_of_another_sign_in_is_refused(world: World) -> None:
    first = world.login()
    stale = world.consent(first.address(), world.tenants[:1])
    first.process.kill()
    first.process.wait()
    second = world.login()
    second.address()
    status, _, said = second.end(paste=stale)
    assert status == 2
    assert "does not belong to this sign-in" in said


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ("invalid_client", "does not accept the client id"),
        ("unauthorized_client", "not belong to an app that people sign in to"),
        ("invalid_grant", "works once"),
    ],
)
def test_refusals_of_the_token_endpoint_are_told_apart(
    world: World, refusal: str, words: str
) -> None:
    signing_in = world.login()
    back = world.consent(signing_in.address(), world.tenants[:1])
    world.emulator.switches.change(token_refused=refusal)
    httpx2.get(back, verify=False)
    status, _, said = signing_in.end()
    assert status == 3
    assert words in said


def test_nothing_that_is_written_holds_a_token(world: World) -> None:
    assert world.sign_in(world.tenants[:1])[0] == 0
    refresh = list(world.emulator.identity.grants.refresh)
    assert refresh
    for path in world.home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(token.encode() in content for token in refresh), path
            assert b"eyJ" not in content or path.suffix == ".duckdb", path
    assert (world.home / logs.FILE_NAME).exists()
