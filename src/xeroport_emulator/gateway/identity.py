"""Who may call: tokens for client credentials, and the check of each call against its token.

As Xero's custom connections behave. Tokens are JSON Web Tokens signed with a key of this process.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote_plus
from uuid import uuid4

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.gateway.switches import JOURNALS, Switches
from xeroport_emulator.http.message import Reply, Request, jsoned
from xeroport_emulator.http.refusals import RefusedCall, gateway

LIFETIME = 1800
"""Seconds a token is good for."""


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Identity:
    """The identity server and the gateway of one connection."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        tenant_id: str,
        switches: Switches,
        now: Callable[[], datetime],
    ) -> None:
        self.client_id = client_id
        self.client_secret = client_secret
        self.tenant_id = tenant_id
        self.switches = switches
        self._now = now
        self._key = secrets.token_bytes(32)
        self._generation = 0
        self.issued = 0

    def rotate_secret(self) -> str:
        """A new secret; the old one is refused from now on, tokens already out stay good."""
        self.client_secret = secrets.token_urlsafe(36)
        return self.client_secret

    def revoke_tokens(self) -> None:
        """Every token issued so far is refused from now on."""
        self._generation += 1

    def token(self, request: Request) -> Reply:
        """POST /connect/token."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        given = self._credentials(request, form)
        if not given[0]:
            return self._token_error("unauthorized_client")
        if form.get("grant_type") != "client_credentials":
            return self._token_error("unsupported_grant_type")
        if not self._is_client(*given):
            return self._token_error("invalid_client", status=self.switches.invalid_client)
        asked = form.get("scope", "").split()
        allowed = self._configured()
        if not set(asked) <= set(allowed):
            return self._token_error("invalid_scope", "Client credentials scope validation failed")
        scopes = asked or list(allowed)
        return jsoned(
            200,
            {
                "access_token": self._issue(scopes),
                "expires_in": LIFETIME,
                "token_type": "Bearer",
                "scope": " ".join(scopes),
            },
        ).plus(("Cache-Control", "no-store"))

    def connections(self, request: Request) -> Reply:
        """GET /connections: of no use to a custom connection, as at Xero."""
        self._claims(request)
        if not request.header("xero-tenant-id"):
            body = "Xero-User-Id and/or Xero-Tenant-Id header must be supplied"
            return jsoned(400, body)
        return jsoned(200, [])

    def authenticate(self, request: Request) -> set[str]:
        """The scopes of the caller's token; refused as Xero's gateway refuses."""
        claims = self._claims(request)
        if "xero_tenant_id" not in claims or not self.switches.consent:
            raise RefusedCall(Reply(403))
        tenant = request.header("xero-tenant-id")
        if not self.switches.connected or (tenant and tenant != claims["xero_tenant_id"]):
            raise gateway(403, "Forbidden", "AuthenticationUnsuccessful")
        return set(claims["scope"]) & set(self._configured())

    def authorise(self, scopes: set[str], endpoint: Endpoint) -> None:
        """Whether these scopes suffice for the endpoint."""
        if endpoint.gated and not self.switches.journals_open:
            raise gateway(401, "Unauthorized", "AuthorizationUnsuccessful")
        if scopes.isdisjoint((*endpoint.scopes, *endpoint.granular_scopes)):
            raise gateway(
                401,
                "Unauthorized",
                "AuthorizationUnsuccessful",
                WWW_Authenticate='Bearer error="insufficent_scope"',
            )

    def _configured(self) -> tuple[str, ...]:
        scopes = self.switches.scopes
        if self.switches.journals_open and JOURNALS not in scopes:
            return (*scopes, JOURNALS)
        return scopes

    def _credentials(self, request: Request, form: dict[str, str]) -> tuple[str, str]:
        kind, _, encoded = request.header("authorization").partition(" ")
        if kind.lower() == "basic":
            try:
                text = base64.b64decode(encoded, validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                return "?", ""
            name, _, secret = text.partition(":")
            return name, secret
        return form.get("client_id", ""), form.get("client_secret", "")

    def _is_client(self, name: str, secret: str) -> bool:
        good = hmac.compare_digest
        return good(name.encode(), self.client_id.encode()) and (
            good(secret.encode(), self.client_secret.encode())
            or good(unquote_plus(secret).encode(), self.client_secret.encode())
        )

    def _token_error(self, error: str, description: str | None = None, status: int = 400) -> Reply:
        body = {"error": error}
        if description:
            body["error_description"] = description
        return jsoned(status, body)

    def _issue(self, scopes: list[str]) -> str:
        now = int(self._now().timestamp())
        claims: dict[str, Any] = {
            "nbf": now,
            "exp": now + LIFETIME,
            "iss": "https://identity.xero.com",
            "aud": "https://identity.xero.com/resources",
            "client_id": self.client_id,
            "jti": uuid4().hex,
            "generation": self._generation,
            "scope": scopes,
        }
        if self.switches.consent:
            claims["xero_tenant_id"] = self.tenant_id
        self.issued += 1
        head = _b64(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
        signed = f"{head}.{_b64(json.dumps(claims).encode())}"
        return f"{signed}.{_b64(self._sign(signed))}"

    def _sign(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), hashlib.sha256)

    def _claims(self, request: Request) -> dict[str, Any]:
        kind, _, token = request.header("authorization").partition(" ")
        signed, _, signature = token.strip().rpartition(".")
        claims: dict[str, Any] = {}
        try:
            if kind.lower() == "bearer" and hmac.compare_digest(
                self._sign(signed), _unb64(signature)
            ):
                claims = json.loads(_unb64(signed.split(".")[1]))
        except (binascii.Error, ValueError, IndexError):
            claims = {}
        if not claims or claims["generation"] != self._generation:
            raise gateway(401, "Unauthorized", "AuthenticationUnsuccessful")
        if self._now().timestamp() >= claims["exp"]:
            at = datetime.fromtimestamp(claims["exp"], tz=self._now().tzinfo)
            raise gateway(
                401,
                "Unauthorized",
                f"TokenExpired: token expired at {at:%m/%d/%Y %H:%M:%S}",
                WWW_Authenticate='Bearer error="invalid_token"',
            )
        return claims
