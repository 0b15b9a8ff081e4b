"""Who may call: tokens for both kinds of app, the sign-in, and the check of each call.

`/connect/token`, `/connect/revocation`, `/identity/connect/authorize`, `/connections` and the
discovery document, as Xero's identity server and gateway have them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from xeroport.catalogue.model import Endpoint
from xeroport_emulator.gateway.switches import Switches
from xeroport_emulator.http.message import Reply, Request, jsoned, plain
from xeroport_emulator.http.refusals import RefusedCall, gateway
from xeroport_emulator.identity.apps import App
from xeroport_emulator.identity.discovery import AUTHORISE, DISCOVERY, OPEN_ID, discovered
from xeroport_emulator.identity.grants import Connection, Grants, Refused
from xeroport_emulator.identity.sign_in_pages import SignInPages
from xeroport_emulator.identity.tokens import Signer, s256

LIFETIME = 1800
"""Seconds an access token is good for."""
ID_LIFETIME = 300
"""Seconds an id token is good for."""
_VERIFIER = range(43, 129)


class Identity:
    """The identity server and the gateway. `tenants` are the organisations' names by id, the
    first of them is that of the custom connection."""

    def __init__(
        self,
        *,
        custom: App,
        sign_in: App,
        tenants: Mapping[str, str],
        redirect_uris: tuple[str, ...],
        switches: Switches,
        now: Callable[[], datetime],
    ) -> None:
        self.custom = custom
        self.sign_in = sign_in
        self.tenants = dict(tenants)
        self.tenant_id = next(iter(self.tenants))
        self.switches = switches
        self.grants = Grants(switches, now)
        self.issued = 0
        self.sign_in_pages = SignInPages(
            custom=custom,
            app=sign_in,
            tenants=self.tenants,
            redirect_uris=redirect_uris,
            grants=self.grants,
            switches=switches,
        )
        self._now = now
        self._signer = Signer()
        self._generation = uuid4().hex
        self._user = str(uuid5(NAMESPACE_URL, self.sign_in.client_id))

    @property
    def client_id(self) -> str:
        """The client id of the custom connection."""
        return self.custom.client_id

    @property
    def client_secret(self) -> str:
        """The client secret of the custom connection, as it is now."""
        return self.custom.client_secret

    @client_secret.setter
    def client_secret(self, secret: str) -> None:
        self.custom.client_secret = secret

    def rotate_secret(self) -> str:
        """A new secret; the old one is refused from now on, tokens already out stay good."""
        return self.custom.rotate_secret()

    def revoke_tokens(self) -> None:
        """Every access token issued so far is refused from now on."""
        self._generation = uuid4().hex

    def answer(self, request: Request) -> Reply | None:
        """The reply to a request to the identity server; None if the path is none of its own."""
        path = request.path.rstrip("/").lower()
        doors: dict[str, tuple[tuple[str, ...], Callable[[Request], Reply]]] = {
            "/connect/token": (("POST",), self.token),
            "/connect/revocation": (("POST",), self._revocation),
            AUTHORISE: (("GET", "POST"), self.sign_in_pages.answer),
            DISCOVERY: (("GET",), self._discovery),
            f"{DISCOVERY}/jwks": (("GET",), lambda request: self._keys()),
        }
        door = doors.get(path)
        if door is None:
            return None
        methods, act = door
        if request.method not in methods:
            return plain(405, "Method Not Allowed").plus(("Allow", ", ".join(methods)))
        return act(request)

    def token(self, request: Request) -> Reply:
        """POST /connect/token."""
        if self.switches.token_refused:
            return _token_error(self.switches.token_refused)
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        name, secret = _credentials(request, form)
        grant = form.get("grant_type", "")
        if not name:
            return _token_error("unauthorized_client")
        app = next((each for each in (self.custom, self.sign_in) if each.is_named(name)), None)
        without_secret = app is not None and app.public and not secret
        public = without_secret and grant != "client_credentials"
        if app is None or not (public or app.is_proved(secret)):
            return _token_error("invalid_client", status=self.switches.invalid_client)
        try:
            if grant == "client_credentials":
                return self._for_connection(app, form, request)
            if grant == "authorization_code":
                return self._for_code(app, form, request, public=public)
            if grant == "refresh_token":
                return self._for_refresh(app, form, request)
        except Refused as refusal:
            return _token_error(str(refusal))
        return _token_error("unsupported_grant_type")

    def _for_connection(self, app: App, form: dict[str, str], request: Request) -> Reply:
        if app is not self.custom:
            raise Refused("unauthorized_client")
        asked = form.get("scope", "").split()
        allowed = self.switches.configured
        if not set(asked) <= set(allowed):
            return _token_error("invalid_scope", "Client credentials scope validation failed")
        scopes = asked or list(allowed)
        tenant = {"xero_tenant_id": self.tenant_id} if self.switches.consent else {}
        return self._tokens(request, app, scopes, tenant)

    def _for_code(self, app: App, form: dict[str, str], request: Request, *, public: bool) -> Reply:
        if app is not self.sign_in:
            raise Refused("unauthorized_client")
        code = self.grants.exchange(form.get("code", ""), redirect_uri=form.get("redirect_uri", ""))
        verifier = form.get("code_verifier", "")
        if (code.challenge or public or verifier) and (
            len(verifier) not in _VERIFIER or s256(verifier) != code.challenge
        ):
            raise Refused("invalid_grant")
        more = {}
        if "offline_access" in code.scopes:
            more["refresh_token"] = self.grants.issue(code.auth_event_id)
        return self._for_person(request, code.auth_event_id, code.scopes, more, nonce=code.nonce)

    def _for_refresh(self, app: App, form: dict[str, str], request: Request) -> Reply:
        if app is not self.sign_in:
            raise Refused("unauthorized_client")
        successor, event = self.grants.rotate(form.get("refresh_token", ""))
        more = {"refresh_token": successor}
        return self._for_person(request, event, self.grants.scopes, more)

    def _for_person(
        self,
        request: Request,
        event: str,
        scopes: tuple[str, ...],
        more: dict[str, str],
        *,
        nonce: str = "",
    ) -> Reply:
        person = {
            "sub": self._user.replace("-", ""),
            "xero_userid": self._user,
            "global_session_id": uuid5(NAMESPACE_URL, event).hex,
            "authentication_event_id": event,
            "auth_time": int(self._now().timestamp()),
        }
        if "openid" in scopes:
            more = {"id_token": self._id_token(request, person, scopes, nonce), **more}
        return self._tokens(request, self.sign_in, list(scopes), person, **more)

    def _id_token(
        self, request: Request, person: dict[str, Any], scopes: tuple[str, ...], nonce: str
    ) -> str:
        now = int(self._now().timestamp())
        claims: dict[str, Any] = {
            "nbf": now,
            "iat": now,
            "exp": now + ID_LIFETIME,
            "iss": request.origin,
            "aud": self.sign_in.client_id,
            **{name: person[name] for name in ("sub", "auth_time", "xero_userid")},
        }
        if nonce:
            claims["nonce"] = nonce
        if "email" in scopes:
            claims["email"] = claims["preferred_username"] = "owner@example.org"
        if "profile" in scopes:
            claims |= {"given_name": "Olive", "family_name": "Owner", "name": "Olive Owner"}
        return self._signer.sign(claims, kind="JWT")

    def _tokens(
        self,
        request: Request,
        app: App,
        scopes: list[str],
        claims: dict[str, Any],
        **more: str,
    ) -> Reply:
        now = int(self._now().timestamp())
        self.issued += 1
        access = self._signer.sign(
            {
                "nbf": now,
                "exp": now + LIFETIME,
                "iss": request.origin,
                "aud": f"{request.origin}/resources",
                "client_id": app.client_id,
                "jti": uuid4().hex,
                "generation": self._generation,
                "scope": scopes,
                **claims,
            }
        )
        id_token = {"id_token": more.pop("id_token")} if "id_token" in more else {}
        body = {
            **id_token,
            "access_token": access,
            "expires_in": LIFETIME,
            "token_type": "Bearer",
            **more,
            "scope": " ".join(scopes),
        }
        return jsoned(200, body).plus(("Cache-Control", "no-store"), ("Pragma", "no-cache"))

    def _revocation(self, request: Request) -> Reply:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        name, secret = _credentials(request, form)
        app = self.sign_in
        if not app.is_named(name) or not ((app.public and not secret) or app.is_proved(secret)):
            return _token_error("invalid_client", status=self.switches.invalid_client)
        self.grants.revoke(form.get("token", ""))
        return Reply(200)

    def _discovery(self, request: Request) -> Reply:
        scopes = [*OPEN_ID, *self.switches.configured]
        return jsoned(200, discovered(request.origin, scopes))

    def _keys(self) -> Reply:
        return jsoned(200, self._signer.key_set())

    def connections(self, request: Request) -> Reply:
        """`/connections`: those of the person who signed in; a custom connection has none."""
        claims = self._claims(request)
        identity = request.path.strip("/").partition("/")[2]
        if claims["client_id"] == self.custom.client_id:
            return self._connections_of_custom(request)
        if request.method == "DELETE" and identity:
            if not self.grants.disconnect(identity):
                raise RefusedCall(plain(404, "Not Found"))
            return Reply(204)
        if request.method != "GET" or identity:
            raise RefusedCall(plain(405, "Method Not Allowed"))
        event = request.param("authEventId")
        return jsoned(
            200,
            [
                self._shown(each)
                for each in self.grants.listed()
                if event is None or each.auth_event_id == event.lower()
            ],
        )

    def _connections_of_custom(self, request: Request) -> Reply:
        if self.switches.connections == "listed" and self.switches.connected:
            now = self._now()
            return jsoned(200, [self._shown(Connection(self.tenant_id, self._user, now, now))])
        if self.switches.connections == "refused" and not request.header("xero-tenant-id"):
            body = "Xero-User-Id and/or Xero-Tenant-Id header must be supplied"
            return jsoned(400, body)
        return jsoned(200, [])

    def _shown(self, connection: Connection) -> dict[str, str]:
        def stamp(moment: datetime) -> str:
            return f"{moment.replace(tzinfo=None):%Y-%m-%dT%H:%M:%S.%f}0"

        return {
            "id": connection.id,
            "authEventId": connection.auth_event_id,
            "tenantId": connection.tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": self.tenants[connection.tenant_id],
            "createdDateUtc": stamp(connection.created),
            "updatedDateUtc": stamp(connection.updated),
        }

    def tenant(self, request: Request) -> str:
        """The organisation that a request is for, whether or not it may be read."""
        named = request.header("xero-tenant-id").strip().lower()
        return named if named in self.tenants else self.tenant_id

    def authenticate(self, request: Request) -> set[str]:
        """The scopes of the caller's token; refused as Xero's gateway refuses."""
        claims = self._claims(request)
        tenant = request.header("xero-tenant-id").strip().lower()
        if claims["client_id"] == self.custom.client_id:
            if "xero_tenant_id" not in claims or not self.switches.consent:
                raise RefusedCall(Reply(403))
            allowed = not tenant or tenant == claims["xero_tenant_id"]
        else:
            allowed = tenant in self.grants.connections
        if not self.switches.connected or not allowed:
            raise gateway(403, "Forbidden", "AuthenticationUnsuccessful")
        return set(claims["scope"]) & {*OPEN_ID, *self.switches.configured}

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

    def _claims(self, request: Request) -> dict[str, Any]:
        kind, _, token = request.header("authorization").partition(" ")
        claims = self._signer.read(token.strip()) if kind.lower() == "bearer" else {}
        if claims.get("generation") != self._generation:
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


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    kind, _, encoded = request.header("authorization").partition(" ")
    if kind.lower() == "basic":
        try:
            text = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "?", ""
        name, _, secret = text.partition(":")
        return name, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _token_error(error: str, description: str | None = None, status: int = 400) -> Reply:
    body = {"error": error}
    if description:
        body["error_description"] = description
    return jsoned(status, body).plus(("Cache-Control", "no-store"))


def tenant_ids(count: int, make: Callable[[int], bytes]) -> list[str]:
    """So many tenant ids, made of 16 bytes each."""
    return [str(UUID(bytes=make(number)[:16], version=4)) for number in range(count)]
