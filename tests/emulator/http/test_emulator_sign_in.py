"""Signing in with Xero: code and PKCE, consent, rotation of refresh tokens, connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from emulator_caller import ROOT, Caller
from sign_in import SCOPES, SignIn, returned

from xeroport.clock import ManualClock
from xeroport_emulator import Emulator
from xeroport_emulator.identity.apps import REDIRECT_URIS
from xeroport_emulator.identity.tokens import unb64

Start = Callable[..., Caller]


@pytest.fixture
def person(start: Start) -> SignIn:
    return SignIn(start("empty", limits="off", organisations=3))


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(unb64(token.split(".")[1]))
    return found


def test_two_of_three_organisations_are_connected_and_read(person: SignIn) -> None:
    page = person.caller.send("GET", person.address())
    assert page.status_code == 200
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    assert page.text.count('type="checkbox"') == 3
    ticked = person.tenants[1:]
    back = returned(person.consent(*ticked))
    assert back["state"] == "s-1"
    tokens = person.exchange(back["code"]).json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 1800
    assert {"id_token", "access_token", "refresh_token"} <= tokens.keys()
    access = tokens["access_token"]
    connections = person.connections(access)
    assert {each["tenantId"] for each in connections} == set(ticked)
    assert {each["tenantType"] for each in connections} == {"ORGANISATION"}
    for connection in connections:
        shown = person.get(f"{ROOT}/Organisation", access, connection["tenantId"])
        # settings are not among the scopes
        assert shown.status_code == 401
        contacts = person.get(f"{ROOT}/Contacts", access, connection["tenantId"])
        assert contacts.status_code == 200
    refused = person.get(f"{ROOT}/Contacts", access, person.tenants[0])
    assert (refused.status_code, refused.json()["Detail"]) == (403, "AuthenticationUnsuccessful")
    assert person.get(f"{ROOT}/Contacts", access).status_code == 403


def test_each_organisation_has_its_own_records_and_day(person: SignIn) -> None:
    tokens = person.tokens(scope=f"{SCOPES} accounting.contacts accounting.settings.read")
    names = set()
    for tenant in person.tenants:
        headers = {"Authorization": f"Bearer {tokens['access_token']}", "xero-tenant-id": tenant}
        put = person.caller.put("/Contacts", json={"Name": f"Of {tenant}"}, headers=headers)
        assert put.status_code == 200
        contacts = person.get(f"{ROOT}/Contacts", tokens["access_token"], tenant).json()
        assert [each["Name"] for each in contacts["Contacts"]] == [f"Of {tenant}"]
        shown = person.get(f"{ROOT}/Organisation", tokens["access_token"], tenant).json()
        names.add(shown["Organisations"][0]["Name"])
    assert len(names) == 3
    listed = person.connections(tokens["access_token"])
    assert {each["tenantName"] for each in listed} == names


def test_a_code_is_good_once_and_for_five_minutes(person: SignIn, clock: ManualClock) -> None:
    code = person.code()
    assert person.exchange(code).status_code == 200
    again = person.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    late = person.code()
    clock.advance(300)
    assert person.exchange(late).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"redirect_uri": REDIRECT_URIS[1]}, "invalid_grant"),
        ({"code": "guessed"}, "invalid_grant"),
        ({"client_id": ""}, "unauthorized_client"),
        ({"client_id": "0" * 32}, "invalid_client"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_an_exchange_that_does_not_fit_is_refused(
    person: SignIn, changes: dict[str, str | None], error: str
) -> None:
    code = person.code()
    reply = person.exchange(**{"code": code, **changes})
    assert (reply.status_code, reply.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "http://127.0.0.1:8755/callback"}, "Invalid redirect_uri"),
        ({"redirect_uri": "http://localhost:9999/callback"}, "Invalid redirect_uri"),
        ({"client_id": "0" * 32}, "unauthorized_client"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid accounting.transactions"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_wrong_request_ends_on_a_page_and_goes_back_nowhere(
    person: SignIn, changes: dict[str, str | None], error: str
) -> None:
    page = person.consent(*person.tenants, **changes)
    assert page.status_code == 400
    assert error in page.text
    assert "location" not in page.headers


def test_apps_of_the_wrong_kind(person: SignIn) -> None:
    emulator = person.emulator
    page = person.consent(*person.tenants, client_id=emulator.client_id)
    assert (page.status_code, "custom connection" in page.text) == (400, True)
    form = {"grant_type": "client_credentials"}
    login = (emulator.login_client_id, emulator.login_client_secret)
    reply = person.caller.send("POST", "/connect/token", data=form, auth=login)
    assert reply.json()["error"] == "unauthorized_client"
    custom = {"client_id": emulator.client_id, "client_secret": emulator.client_secret}
    refused = person.exchange(person.code(), **custom)
    assert refused.json()["error"] == "unauthorized_client"


def test_a_web_app_proves_itself_by_its_secret(person: SignIn) -> None:
    code = person.code(code_challenge=None, code_challenge_method=None)
    assert person.exchange(code, code_verifier=None).json()["error"] == "invalid_grant"
    code = person.code(code_challenge=None, code_challenge_method=None)
    secret = person.emulator.login_client_secret
    assert person.exchange(code, code_verifier=None, client_secret=secret).status_code == 200


def test_consent_can_be_refused_and_nothing_ticked_is_asked_again(person: SignIn) -> None:
    back = returned(person.consent(decision="cancel"))
    assert back == {"error": "access_denied", "state": "s-1"}
    page = person.consent()
    assert page.status_code == 400
    assert "Choose at least one organisation" in page.text
    assert not person.emulator.identity.grants.connections


def test_scopes_add_up_over_consents(person: SignIn) -> None:
    first = person.tokens(person.tenants[0])
    before = set(first["scope"].split())
    more = person.tokens(person.tenants[0], scope="offline_access accounting.settings.read")
    assert set(more["scope"].split()) == {*before, "accounting.settings.read"}
    assert (
        person.get(f"{ROOT}/Contacts", more["access_token"], person.tenants[0]).status_code == 200
    )
    # a token from before does not know the new scope; refreshed it does
    path = f"{ROOT}/Organisation"
    assert person.get(path, first["access_token"], person.tenants[0]).status_code == 401
    renewed = person.refresh(first["refresh_token"]).json()
    assert person.get(path, renewed["access_token"], person.tenants[0]).status_code == 200


def test_without_offline_access_there_is_no_refresh_token(person: SignIn) -> None:
    tokens = person.tokens(scope="accounting.contacts.read")
    assert "refresh_token" not in tokens
    assert "id_token" not in tokens


def test_refresh_tokens_are_replaced_with_half_an_hours_grace(
    person: SignIn, clock: ManualClock
) -> None:
    first = person.tokens()["refresh_token"]
    lost = person.refresh(first)
    assert lost.status_code == 200
    clock.advance(29 * 60)
    second = person.refresh(first).json()["refresh_token"]
    assert second not in (first, lost.json()["refresh_token"])
    third = person.refresh(second).json()["refresh_token"]
    # the reply was not lost after all: its successor has been used
    assert person.refresh(first).json()["error"] == "invalid_grant"
    assert person.refresh(third).status_code == 200


def test_reuse_after_the_grace_revokes_all_tokens(person: SignIn, clock: ManualClock) -> None:
    first = person.tokens()["refresh_token"]
    second = person.refresh(first).json()["refresh_token"]
    clock.advance(30 * 60)
    assert person.refresh(first).json()["error"] == "invalid_grant"
    assert person.refresh(second).json()["error"] == "invalid_grant"
    assert person.tokens()["refresh_token"]


def test_a_refresh_token_dies_after_sixty_days_unused(person: SignIn, clock: ManualClock) -> None:
    token = person.tokens()["refresh_token"]
    clock.advance(59 * 86_400)
    token = person.refresh(token).json()["refresh_token"]
    clock.advance(59 * 86_400)
    token = person.refresh(token).json()["refresh_token"]
    clock.advance(60 * 86_400)
    assert person.refresh(token).json()["error"] == "invalid_grant"


def test_revoking_removes_the_connections_too(person: SignIn) -> None:
    tokens = person.tokens()
    form = {"token": tokens["refresh_token"], "client_id": person.emulator.login_client_id}
    path = "/connect/revocation"
    unknown = {**form, "token": "unknown"}
    assert person.caller.send("POST", path, data=unknown, headers={"Authorization": ""}).is_success
    assert len(person.connections(tokens["access_token"])) == 3
    foreign = {**form, "client_id": "0" * 32}
    refused = person.caller.send("POST", path, data=foreign, headers={"Authorization": ""})
    assert refused.json()["error"] == "invalid_client"
    done = person.caller.send("POST", path, data=form, headers={"Authorization": ""})
    assert (done.status_code, done.text) == (200, "")
    assert person.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert person.connections(tokens["access_token"]) == []
    reply = person.get(f"{ROOT}/Contacts", tokens["access_token"], person.tenants[0])
    assert reply.status_code == 403


def test_connections_latest_first_by_event_and_removed_one_by_one(
    person: SignIn, clock: ManualClock
) -> None:
    person.tokens(person.tenants[0])
    clock.advance(5)
    access = person.tokens(person.tenants[1])["access_token"]
    listed = person.connections(access)
    assert [each["tenantId"] for each in listed] == [person.tenants[1], person.tenants[0]]
    event = claims(access)["authentication_event_id"]
    of_event = person.get(f"/connections?authEventId={event}", access).json()
    assert [each["tenantId"] for each in of_event] == [person.tenants[1]]
    headers = {"Authorization": f"Bearer {access}"}
    path = f"/connections/{listed[0]['id']}"
    assert person.caller.send("DELETE", path, headers=headers).status_code == 204
    assert person.caller.send("DELETE", path, headers=headers).status_code == 404
    assert person.get(f"{ROOT}/Contacts", access, person.tenants[1]).status_code == 403
    assert person.get(f"{ROOT}/Contacts", access, person.tenants[0]).status_code == 200


def test_tokens_can_be_checked_with_the_published_keys(person: SignIn) -> None:
    found = person.caller.send("GET", "/.well-known/openid-configuration").json()
    assert found["issuer"] == "http://emulator"
    path = found["jwks_uri"].removeprefix("http://emulator")
    (key,) = person.caller.send("GET", path).json()["keys"]
    number = int.from_bytes(unb64(key["n"]), "big")
    public = rsa.RSAPublicNumbers(int.from_bytes(unb64(key["e"]), "big"), number).public_key()
    tokens = person.tokens(nonce="n-7")
    custom = person.caller.token().json()["access_token"]
    for token in (tokens["id_token"], tokens["access_token"], custom):
        signed, _, signature = token.rpartition(".")
        assert json.loads(unb64(token.split(".")[0]))["kid"] == key["kid"]
        public.verify(unb64(signature), signed.encode(), padding.PKCS1v15(), SHA256())
        assert claims(token)["iss"] == found["issuer"]
    held = claims(tokens["id_token"])
    assert (held["nonce"], held["aud"]) == ("n-7", person.emulator.login_client_id)
    assert held["exp"] - held["iat"] == 300
    assert "xero_tenant_id" not in claims(tokens["access_token"])


def test_switches_refuse(person: SignIn) -> None:
    switches = person.emulator.switches
    switches.change(sign_in_refused="temporarily_unavailable")
    back = returned(person.consent(*person.tenants))
    assert back["error"] == "temporarily_unavailable"
    switches.change(sign_in_refused="", connection_limit=2)
    page = person.consent(*person.tenants)
    assert "2 connections at most" in page.text
    token = person.tokens(*person.tenants[:2])["refresh_token"]
    switches.change(token_refused="invalid_grant")
    assert person.refresh(token).json()["error"] == "invalid_grant"
    switches.change(token_refused="")
    assert person.refresh(token).status_code == 200
    with pytest.raises(ValueError, match="not a value"):
        switches.change(token_refused=3)


@pytest.mark.parametrize("kind", ["drop-after", "drop-before"])
def test_a_reply_with_tokens_can_be_lost(person: SignIn, kind: str) -> None:
    token = person.tokens()["refresh_token"]
    person.emulator.faults.add(kind, endpoint="connect.token", times=1)
    with pytest.raises(ConnectionResetError):
        person.refresh(token)
    assert person.refresh(token).status_code == 200


def test_faults_for_any_endpoint_leave_tokens_alone(person: SignIn) -> None:
    person.emulator.faults.add("500")
    assert person.caller.token().status_code == 200


@pytest.mark.parametrize(
    ("switch", "status", "count"), [("refused", 400, 0), ("empty", 200, 0), ("listed", 200, 1)]
)
def test_what_connections_says_to_a_custom_connection(
    xero: Caller, switch: str, status: int, count: int
) -> None:
    xero.emulator.switches.change(connections=switch)
    reply = xero.send("GET", "/connections")
    assert reply.status_code == status
    if status == 200:
        assert len(reply.json()) == count


def test_the_minute_of_the_app_is_shared_and_that_of_an_organisation_is_not(start: Start) -> None:
    person = SignIn(start("empty", limits="minute=3,app-minute=5", organisations=2))
    access = person.tokens(scope="accounting.contacts.read")["access_token"]
    one, other = person.tenants
    statuses = [person.get(f"{ROOT}/Contacts", access, one).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    statuses = [person.get(f"{ROOT}/Contacts", access, other).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def test_consents_outlive_a_restart_with_a_state_file(tmp_path: Path, clock: ManualClock) -> None:
    state = tmp_path / "books"
    settings: dict[str, Any] = {"limits": "off", "state": state, "organisations": 2, "clock": clock}
    person = SignIn(Caller(Emulator("empty", **settings)))
    tokens = person.tokens(scope=f"{SCOPES} accounting.contacts")
    headers = {
        "Authorization": f"Bearer {tokens['access_token']}",
        "xero-tenant-id": person.tenants[1],
    }
    person.caller.put("/Contacts", json={"Name": "Second"}, headers=headers)
    again = SignIn(Caller(Emulator("empty", **settings)))
    renewed = again.refresh(tokens["refresh_token"]).json()["access_token"]
    assert len(again.connections(renewed)) == 2
    shown = again.get(f"{ROOT}/Contacts", renewed, again.tenants[1]).json()["Contacts"]
    assert [each["Name"] for each in shown] == ["Second"]
    assert again.get(f"{ROOT}/Contacts", renewed, again.tenants[0]).json()["Contacts"] == []
    for each in (person, again):
        each.caller.close()


def test_the_number_of_organisations_has_bounds() -> None:
    for count in (0, 9):
        with pytest.raises(ValueError, match="1 to 8"):
            Emulator("empty", organisations=count)
