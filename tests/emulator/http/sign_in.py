"""A person and an app who sign in at the emulator, step by step."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
from emulator_caller import Caller

from xeroport_emulator.identity.apps import REDIRECT_URIS
from xeroport_emulator.identity.tokens import s256

SCOPES = "openid profile email offline_access accounting.contacts.read accounting.invoices.read"


class SignIn:
    """One app with PKCE; `verifier` is that of the last request for consent."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.emulator = caller.emulator
        self.tenants = list(self.emulator.organisations)
        self.verifier = ""

    def address(self, **changes: str | None) -> str:
        """The address that the person's browser is sent to; None takes a parameter away."""
        self.verifier = secrets.token_urlsafe(32)
        query: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.emulator.login_client_id,
            "redirect_uri": REDIRECT_URIS[0],
            "scope": SCOPES,
            "state": "s-1",
            "code_challenge": s256(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        left = {name: value for name, value in query.items() if value is not None}
        return f"/identity/connect/authorize?{urlencode(left)}"

    def consent(
        self, *tenants: str, decision: str = "allow", **changes: str | None
    ) -> httpx2.Response:
        """Tick these organisations and press a button."""
        form: dict[str, Any] = {"tenant": list(tenants), "decision": decision}
        return self.caller.send(
            "POST", self.address(**changes), data=form, headers={"Accept": "*/*"}
        )

    def code(self, *tenants: str, **changes: str | None) -> str:
        back = returned(self.consent(*(tenants or self.tenants), **changes))
        assert "error" not in back
        return back["code"]

    def exchange(self, code: str, **changes: str | None) -> httpx2.Response:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": self.emulator.login_client_id,
            "redirect_uri": REDIRECT_URIS[0],
            "code_verifier": self.verifier,
            "code": code,
            **changes,
        }
        return self._post({name: value for name, value in form.items() if value is not None})

    def tokens(self, *tenants: str, **changes: str | None) -> dict[str, Any]:
        reply = self.exchange(self.code(*tenants, **changes))
        assert reply.status_code == 200, reply.text
        found: dict[str, Any] = reply.json()
        return found

    def refresh(self, token: str) -> httpx2.Response:
        return self._post(
            {
                "grant_type": "refresh_token",
                "client_id": self.emulator.login_client_id,
                "refresh_token": token,
            }
        )

    def get(self, path: str, token: str, tenant: str | None = None) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if tenant is not None:
            headers["xero-tenant-id"] = tenant
        return self.caller.send("GET", path, headers=headers)

    def connections(self, token: str) -> list[dict[str, Any]]:
        reply = self.get("/connections", token)
        assert reply.status_code == 200, reply.text
        found: list[dict[str, Any]] = reply.json()
        return found

    def _post(self, form: dict[str, str]) -> httpx2.Response:
        return self.caller.send("POST", "/connect/token", data=form, headers={"Authorization": ""})


def returned(reply: httpx2.Response) -> dict[str, str]:
    """What the app receives at its redirect address."""
    assert reply.status_code == 302, reply.text
    return dict(parse_qsl(urlsplit(reply.headers["location"]).query))
