"""Sign-in held against code that nobody here wrote: oauthlib's server, authlib's client."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from login_world import World, free_port
from oauthlib_server import CLIENT, Server

from xeroport_emulator import Emulator

REDIRECT = "http://localhost:8631/callback"
SCOPES = "offline_access accounting.settings.read accounting.contacts.read"


def test_our_sign_in_at_a_server_of_oauthlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PKCE, rotation and revocation as oauthlib demands them."""
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.delenv("XEROPORT_KEY", raising=False)
    port = free_port()
    server = Server(f"http://localhost:{port}/callback")
    emulator = Emulator("empty")
    with server.serve() as url:
        world = World(tmp_path / "home", emulator, url, port)
        signing_in = world.login("--client-id", CLIENT, "--json")
        assert httpx2.get(signing_in.address(), follow_redirects=True).status_code == 200
        status, out, said = signing_in.end()
        assert status == 0, said
        (made,) = json.loads(out)["instances"]
        read = world.run("call", made["name"], "organisation.get")
        assert read.returncode == 0, read.stderr
        assert server.grants == ["authorization_code"]
        assert server.validator.codes == {}

        server.validator.access.clear()
        again = world.run("call", made["name"], "organisation.get")
        assert again.returncode == 0, again.stderr
        assert server.grants == ["authorization_code", "refresh_token"]
        assert len(server.validator.refresh) == 1

        out_again = world.run("logout")
        assert out_again.returncode == 0, out_again.stderr
        assert server.validator.refresh == {}
        assert len(server.validator.revoked) == 1


def consent(address: str, tenants: list[str]) -> str:
    reply = httpx2.post(
        address, data={"tenant": tenants, "decision": "allow"}, follow_redirects=False
    )
    assert reply.status_code == 302, reply.text
    return str(reply.headers["location"])


def test_a_client_of_authlib_signs_in_at_the_emulator() -> None:
    """Code, PKCE, refresh with rotation, reading with the tenant header, and the code once only."""
    emulator = Emulator("demo", limits="off", organisations=2, redirect_uris=[REDIRECT])
    with emulator.serve() as url:
        client = OAuth2Session(
            emulator.login_client_id,
            scope=SCOPES,
            redirect_uri=REDIRECT,
            code_challenge_method="S256",
            token_endpoint_auth_method="none",
        )
        verifier = generate_token(48)
        address, state = client.create_authorization_url(
            f"{url}/identity/connect/authorize", code_verifier=verifier
        )
        tenants = list(emulator.organisations)
        back = consent(address, tenants)
        token = client.fetch_token(
            f"{url}/connect/token",
            authorization_response=back,
            state=state,
            code_verifier=verifier,
        )
        assert token["token_type"] == "Bearer"
        listed = client.get(f"{url}/connections", timeout=20).json()
        assert {each["tenantId"] for each in listed} == set(tenants)
        headers = {"Xero-Tenant-Id": tenants[1], "Accept": "application/json"}
        found = client.get(f"{url}/api.xro/2.0/Organisation", headers=headers, timeout=20)
        assert found.json()["Organisations"][0]["OrganisationID"]
        before = token["refresh_token"]
        fresh = client.refresh_token(f"{url}/connect/token", refresh_token=before)
        assert fresh["refresh_token"] != before
        with pytest.raises(OAuthError, match="invalid_grant"):
            client.fetch_token(
                f"{url}/connect/token",
                authorization_response=back,
                state=state,
                code_verifier=verifier,
            )


def test_a_wrong_verifier_gets_no_token() -> None:
    emulator = Emulator("empty", limits="off", redirect_uris=[REDIRECT])
    with emulator.serve() as url:
        client = OAuth2Session(
            emulator.login_client_id,
            scope=SCOPES,
            redirect_uri=REDIRECT,
            code_challenge_method="S256",
            token_endpoint_auth_method="none",
        )
        address, state = client.create_authorization_url(
            f"{url}/identity/connect/authorize", code_verifier=generate_token(48)
        )
        back = consent(address, list(emulator.organisations))
        with pytest.raises(OAuthError, match="invalid_grant"):
            client.fetch_token(
                f"{url}/connect/token",
                authorization_response=back,
                state=state,
                code_verifier=generate_token(48),
            )
