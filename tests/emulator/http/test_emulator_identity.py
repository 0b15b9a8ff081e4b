"""Tokens and the gateway, as Xero's custom connections have them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from emulator_caller import Caller

from xeroport.clock import ManualClock


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_token_carries_all_scopes_the_tenant_and_half_an_hour(xero: Caller) -> None:
    reply = xero.token()
    body = reply.json()
    assert reply.status_code == 200
    assert body["token_type"] == "Bearer"
    assert body["expires_in"] == 1800
    assert "refresh_token" not in body
    held = claims(body["access_token"])
    assert held["xero_tenant_id"] == xero.emulator.tenant_id
    assert held["exp"] - held["nbf"] == 1800
    assert "accounting.invoices" in body["scope"].split()
    assert "accounting.journals.read" not in body["scope"].split()


def test_credentials_in_the_body_work_too(xero: Caller) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": xero.emulator.client_id,
        "client_secret": xero.emulator.client_secret,
    }
    assert xero.send("POST", "/connect/token", data=form).status_code == 200


def test_a_subset_of_scopes_is_given_and_a_foreign_one_refused(xero: Caller) -> None:
    assert xero.token(scope="accounting.contacts").json()["scope"] == "accounting.contacts"
    refused = xero.token(scope="accounting.contacts accounting.transactions")
    assert refused.status_code == 400
    assert refused.json() == {
        "error": "invalid_scope",
        "error_description": "Client credentials scope validation failed",
    }


@pytest.mark.parametrize(
    ("credentials", "error"),
    [(("wrong", "x"), "invalid_client"), (("", ""), "unauthorized_client")],
)
def test_wrong_credentials(xero: Caller, credentials: tuple[str, str], error: str) -> None:
    form = {"grant_type": "client_credentials"}
    reply = xero.send("POST", "/connect/token", data=form, auth=credentials)
    assert (reply.status_code, reply.json()["error"]) == (400, error)


def test_a_rotated_secret_is_refused_and_old_tokens_stay_good(xero: Caller) -> None:
    old = (xero.emulator.client_id, xero.emulator.client_secret)
    xero.emulator.identity.rotate_secret()
    form = {"grant_type": "client_credentials"}
    refused = xero.send("POST", "/connect/token", data=form, auth=old)
    assert refused.json()["error"] == "invalid_client"
    assert xero.get("/Organisation").status_code == 200


def test_the_status_of_invalid_client_can_be_switched(xero: Caller) -> None:
    xero.emulator.switches.change(invalid_client=401)
    form = {"grant_type": "client_credentials"}
    assert xero.send("POST", "/connect/token", data=form, auth=("a", "b")).status_code == 401


def test_a_token_expires_by_the_clock(xero: Caller, clock: ManualClock) -> None:
    clock.advance(1799)
    assert xero.get("/Organisation").status_code == 200
    clock.advance(1)
    reply = xero.get("/Organisation")
    assert reply.status_code == 401
    assert reply.json()["Detail"].startswith("TokenExpired: token expired at")


def test_revoked_forged_and_missing_tokens(xero: Caller) -> None:
    good = xero.headers["Authorization"]
    for bad in ("", "Bearer x", good[:-4] + "AAAA", good.replace("Bearer", "Basic")):
        reply = xero.get("/Organisation", headers={"Authorization": bad})
        assert (reply.status_code, reply.json()["Detail"]) == (401, "AuthenticationUnsuccessful")
    xero.emulator.identity.revoke_tokens()
    assert xero.get("/Organisation").status_code == 401


def test_without_consent_tokens_come_and_calls_are_a_bare_403(xero: Caller) -> None:
    xero.emulator.switches.consent = False
    token = xero.token()
    assert token.status_code == 200
    assert "xero_tenant_id" not in claims(token.json()["access_token"])
    xero.sign_in()
    reply = xero.get("/Organisation")
    assert (reply.status_code, reply.content) == (403, b"")


def test_a_disconnected_organisation_and_a_wrong_tenant(xero: Caller) -> None:
    wrong = xero.get("/Organisation", headers={"xero-tenant-id": "someone-else"})
    right = xero.get("/Organisation", headers={"xero-tenant-id": xero.emulator.tenant_id})
    empty = xero.get("/Organisation", headers={"xero-tenant-id": ""})
    assert [each.status_code for each in (wrong, right, empty)] == [403, 200, 200]
    xero.emulator.switches.connected = False
    reply = xero.get("/Organisation")
    assert (reply.status_code, reply.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_a_missing_scope_is_a_401_in_xeros_spelling(xero: Caller) -> None:
    token = xero.token(scope="accounting.contacts.read").json()["access_token"]
    xero.headers["Authorization"] = f"Bearer {token}"
    assert xero.get("/Contacts?page=1").status_code == 200
    for reply in (xero.get("/Invoices?page=1"), xero.put("/Contacts", json={"Name": "A"})):
        assert reply.status_code == 401
        assert "insufficent_scope" in reply.headers["www-authenticate"]


def test_scopes_taken_from_the_connection_are_gone_at_once(xero: Caller) -> None:
    xero.emulator.switches.change(scopes="accounting.contacts")
    assert xero.get("/Contacts?page=1").status_code == 200
    assert xero.get("/Accounts").status_code == 401


def test_classic_scopes_suffice(xero: Caller) -> None:
    xero.emulator.switches.change(scopes=["accounting.transactions.read"])
    xero.sign_in()
    assert xero.get("/Invoices?page=1").status_code == 200
    assert xero.put("/Invoices", json={"Invoices": []}).status_code == 401


def test_journals_are_gated_until_opened(xero: Caller) -> None:
    reply = xero.get("/Journals")
    assert (reply.status_code, reply.json()["Detail"]) == (401, "AuthorizationUnsuccessful")
    assert "www-authenticate" not in reply.headers
    xero.emulator.switches.journals_open = True
    xero.sign_in()
    assert xero.get("/Journals").json()["Journals"] == []


def test_connections_are_of_no_use(xero: Caller) -> None:
    without = xero.send("GET", "/connections")
    assert without.status_code == 400
    assert without.json() == "Xero-User-Id and/or Xero-Tenant-Id header must be supplied"
    given = xero.send("GET", "/connections", headers={"xero-tenant-id": "any"})
    assert (given.status_code, given.json()) == (200, [])


def test_tokens_of_another_emulator_are_refused(xero: Caller, start: Callable[..., Caller]) -> None:
    other = start(seed=5)
    assert other.emulator.client_id != xero.emulator.client_id
    reply = xero.get("/Organisation", headers=other.headers)
    assert reply.status_code == 401


def test_unknown_paths_are_a_line_of_text_called_html(xero: Caller) -> None:
    for path in ("/api.xro/2.0/Employees", "/api.xro/1.0/Invoices", "/nowhere"):
        reply = xero.send("GET", path)
        assert reply.status_code == 404
        assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert xero.delete("/Invoices").status_code == 405
