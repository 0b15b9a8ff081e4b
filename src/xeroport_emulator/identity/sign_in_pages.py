"""Where people sign in: the consent page, what they tick on it, and the way back to the app."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlencode

from xeroport_emulator.gateway.switches import Switches
from xeroport_emulator.http.message import HTML, Reply, Request
from xeroport_emulator.identity import consent
from xeroport_emulator.identity.apps import App
from xeroport_emulator.identity.discovery import OPEN_ID
from xeroport_emulator.identity.grants import Grants

APP_NAME = "Your app"


class SignInPages:
    """Hears requests for consent. `tenants` are the organisations' names by id; `custom` is the
    app that nobody can sign in with."""

    def __init__(
        self,
        *,
        custom: App,
        app: App,
        tenants: dict[str, str],
        redirect_uris: tuple[str, ...],
        grants: Grants,
        switches: Switches,
    ) -> None:
        self.custom = custom
        self.app = app
        self.tenants = tenants
        self.redirect_uris = redirect_uris
        self.grants = grants
        self.switches = switches

    def answer(self, request: Request) -> Reply:
        """The consent page, and what is done with it."""
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        wanted = tuple(query.get("scope", "").split())
        target = query.get("redirect_uri", "")
        if self.custom.is_named(query.get("client_id", "")):
            return consent.refused("unauthorized_client", "This app is a custom connection.")
        if not self.app.is_named(query.get("client_id", "")):
            return consent.refused("unauthorized_client", "There is no app with this client id.")
        if target not in self.redirect_uris:
            return consent.refused("unauthorized_client", "Invalid redirect_uri")
        if query.get("response_type") != "code":
            return consent.refused("unsupported_response_type", "The response type is `code`.")
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            return consent.refused("invalid_request", "Transform algorithm not supported")
        if not wanted or not set(wanted) <= {*OPEN_ID, *self.switches.configured}:
            return consent.refused("invalid_scope", "Invalid scopes for this app.")
        if self.switches.sign_in_refused:
            return self._back(query, error=self.switches.sign_in_refused)
        form = parse_qs(request.body.decode("utf-8", "replace"))
        decision = form.get("decision", [""])[0] if request.method == "POST" else ""
        if decision == "cancel":
            return self._back(query, error="access_denied")
        if decision == "allow":
            ticked = [each for each in form.get("tenant", []) if each in self.tenants]
            problem = self._problem(ticked)
            if not problem:
                code = self.grants.consent(
                    scopes=wanted,
                    tenant_ids=ticked,
                    redirect_uri=target,
                    challenge=query.get("code_challenge", ""),
                    nonce=query.get("nonce", ""),
                )
                return self._back(query, code=code, scope=" ".join(self.grants.scopes))
            return self._asking(wanted, problem)
        return self._asking(wanted)

    def _problem(self, ticked: list[str]) -> str:
        """Why the ticked organisations cannot be connected; empty if they can."""
        connected = {*self.grants.connections, *ticked}
        if not connected:
            return "Choose at least one organisation."
        if self.switches.connection_limit and len(connected) > self.switches.connection_limit:
            return f"This app can have {self.switches.connection_limit} connections at most."
        return ""

    def _asking(self, scopes: tuple[str, ...], problem: str = "") -> Reply:
        connected = self.grants.connections
        return consent.asking(
            app=APP_NAME,
            organisations=[(key, name, key in connected) for key, name in self.tenants.items()],
            scopes=scopes,
            problem=problem,
        )

    def _back(self, query: dict[str, str], **values: str) -> Reply:
        """To the app again, with a code or an error, and its own state."""
        if "state" in query:
            values["state"] = query["state"]
        target = query["redirect_uri"]
        joint = "&" if "?" in target else "?"
        return Reply(302, b"", HTML, (("Location", f"{target}{joint}{urlencode(values)}"),)).plus(
            ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")
        )
