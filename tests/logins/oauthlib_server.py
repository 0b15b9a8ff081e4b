"""An authorization server that is not ours: oauthlib's, behind the paths of Xero's."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from typing import Any

from oauthlib.oauth2 import RequestValidator, WebApplicationServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from xeroport_emulator.http.serve import served

CLIENT = "A-CLIENT-OF-OAUTHLIB"
TENANT = "8f9b1f8c-7d3a-4a55-9a41-2f0c6c3a7e01"


class Validator(RequestValidator):
    """Keeps codes and tokens in memory; PKCE is demanded, refresh tokens rotate and work once."""

    def __init__(self, redirect: str) -> None:
        self.redirect = redirect
        self.codes: dict[str, dict[str, Any]] = {}
        self.access: set[str] = set()
        self.refresh: dict[str, list[str]] = {}
        self.revoked: list[str] = []

    def validate_client_id(self, client_id: str, request: Any, *a: Any, **k: Any) -> bool:
        return client_id == CLIENT

    def validate_redirect_uri(self, client_id: str, uri: str, *a: Any, **k: Any) -> bool:
        return uri == self.redirect

    def validate_response_type(self, client_id: str, kind: str, *a: Any, **k: Any) -> bool:
        return kind == "code"

    def validate_scopes(self, client_id: str, scopes: list[str], *a: Any, **k: Any) -> bool:
        return "offline_access" in scopes

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True

    def save_authorization_code(self, client_id: str, code: Any, request: Any, *a: Any) -> None:
        self.codes[code["code"]] = {
            "challenge": request.code_challenge,
            "method": request.code_challenge_method,
            "scopes": request.scopes,
            "redirect": request.redirect_uri,
        }

    def client_authentication_required(self, request: Any, *a: Any, **k: Any) -> bool:
        return False

    def authenticate_client_id(self, client_id: str, request: Any, *a: Any, **k: Any) -> bool:
        request.client = type("Client", (), {"client_id": client_id})()
        return client_id == CLIENT

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *a: Any) -> bool:
        if code not in self.codes:
            return False
        request.scopes = self.codes[code]["scopes"]
        return True

    def confirm_redirect_uri(self, client_id: str, code: str, uri: str, *a: Any, **k: Any) -> bool:
        return bool(self.codes[code]["redirect"] == uri)

    def get_code_challenge(self, code: str, request: Any) -> str:
        return str(self.codes[code]["challenge"])

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        return str(self.codes[code]["method"])

    def validate_grant_type(self, client_id: str, grant: str, *a: Any, **k: Any) -> bool:
        return grant in ("authorization_code", "refresh_token")

    def save_bearer_token(self, token: dict[str, Any], request: Any, *a: Any, **k: Any) -> None:
        self.access.add(token["access_token"])
        if request.refresh_token:
            self.refresh.pop(request.refresh_token, None)
        self.refresh[token["refresh_token"]] = request.scopes

    def invalidate_authorization_code(self, client_id: str, code: str, *a: Any, **k: Any) -> None:
        del self.codes[code]

    def validate_refresh_token(self, token: str, *a: Any, **k: Any) -> bool:
        return token in self.refresh

    def get_original_scopes(self, token: str, request: Any, *a: Any, **k: Any) -> list[str]:
        return self.refresh[token]

    def rotate_refresh_token(self, request: Any) -> bool:
        return True

    def validate_bearer_token(self, token: str, scopes: list[str], request: Any) -> bool:
        return token in self.access

    def revoke_token(self, token: str, hint: str, request: Any, *a: Any, **k: Any) -> None:
        self.revoked.append(token)
        self.refresh.pop(token, None)


class Server:
    """oauthlib's endpoints for authorization, tokens and revocation, and two of Xero's to read."""

    def __init__(self, redirect: str, *, seconds: int = 1800) -> None:
        self.validator = Validator(redirect)
        self.grants: list[str] = []
        self._endpoint = WebApplicationServer(self.validator, token_expires_in=seconds)
        self.app = Starlette(
            routes=[
                Route("/identity/connect/authorize", self.authorise),
                Route("/connect/token", self.token, methods=["POST"]),
                Route("/connect/revocation", self.revocation, methods=["POST"]),
                Route("/connections", self.connections),
                Route("/api.xro/2.0/Organisation", self.organisation),
            ]
        )

    def serve(self) -> AbstractContextManager[str]:
        return served(self.app)

    async def authorise(self, request: Request) -> Response:
        scopes, _ = self._endpoint.validate_authorization_request(str(request.url), "GET")
        headers, _, _ = self._endpoint.create_authorization_response(
            str(request.url), "GET", scopes=scopes
        )
        return RedirectResponse(headers["Location"], 302)

    async def token(self, request: Request) -> Response:
        form = (await request.body()).decode()
        self.grants.append(dict(await request.form()).get("grant_type", ""))  # type: ignore[arg-type]
        headers, body, status = self._endpoint.create_token_response(
            str(request.url), "POST", form, dict(request.headers)
        )
        return Response(body, status, headers)

    async def revocation(self, request: Request) -> Response:
        form = (await request.body()).decode()
        headers, body, status = self._endpoint.create_revocation_response(
            str(request.url), "POST", form, dict(request.headers)
        )
        return Response(body or "", status, headers)

    async def connections(self, request: Request) -> Response:
        if not self._is_let_in(request):
            return Response("", 401)
        return JSONResponse(
            [
                {
                    "id": "5c1a8f0e-0000-4000-8000-000000000001",
                    "tenantId": TENANT,
                    "tenantType": "ORGANISATION",
                    "tenantName": "Counterpart Ltd",
                }
            ]
        )

    async def organisation(self, request: Request) -> Response:
        if not self._is_let_in(request):
            body = {"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired"}
            return Response(json.dumps(body), 401, media_type="application/json")
        assert request.headers["xero-tenant-id"] == TENANT
        record = {
            "OrganisationID": TENANT,
            "Name": "Counterpart Ltd",
            "CountryCode": "GB",
            "BaseCurrency": "GBP",
            "Timezone": "GMTSTANDARDTIME",
        }
        return JSONResponse({"Status": "OK", "Organisations": [record]})

    def _is_let_in(self, request: Request) -> bool:
        valid, _ = self._endpoint.verify_request(
            str(request.url), "GET", None, dict(request.headers), scopes=[]
        )
        return bool(valid)
