"""Access tokens by client credentials (Xero's custom connections)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Protocol
from urllib.parse import quote_plus

import msgspec

from xeroport.clock import Clock
from xeroport.errors import NotAuthenticated, NotAuthorised, Unavailable, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.store.calls.saved_tokens import Token, Tokens
from xeroport.store.instances import Instance
from xeroport.xero.policy.refusals import NETWORK_HINTS, document, no_token, redirected
from xeroport.xero.policy.verdict import PATIENT, Answered, Lost, Patience, seconds

MARGIN = 90.0
"""Seconds before its end at which a token is renewed."""
UNNAMED = 120.0
"""Seconds for which a token is used that names no organisation: Xero issues such ones until the
authorising user has consented, and the next one may be let in."""
POLL = 0.05
USUAL_LIFE = 1800.0
LONGEST_LIFE = 86_400
"""Seconds that a token is believed to live at the most."""
TOKEN_PATH = "/connect/token"  # noqa: S105  a path


class Post(Protocol):
    """Sends a form and gives the answer, or how it was lost."""

    async def __call__(
        self, url: str, *, headers: dict[str, str], body: bytes
    ) -> Answered | Lost: ...


class TokenSource(Protocol):
    """Where a client's access tokens come from; `granted` are the scopes, None if unknown."""

    granted: frozenset[str] | None

    async def get(self) -> str:
        """A token that lives for a while yet."""
        ...

    async def renew(self, refused: str) -> str:
        """Another token than the one that Xero has just refused."""
        ...


def lifetime_of(fields: Mapping[str, Any]) -> float:
    """How many seconds an access token lives, as the answer that brought it says; Xero's half an
    hour where it says nothing, or what no token has."""
    value = fields.get("expires_in")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return USUAL_LIFE
    return float(value) if 0 < value <= LONGEST_LIFE else USUAL_LIFE


def fingerprint(instance: Instance, secret: Secret) -> str:
    """Tells credentials apart without giving them away: a hash keyed with the secret."""
    servers = (instance.base_url, instance.identity_url)
    parts = (*servers, instance.client_id, " ".join(instance.scopes))
    key = hashlib.sha256(secret.reveal().encode()).digest()
    return hashlib.blake2b("\n".join(parts).encode(), key=key, digest_size=16).hexdigest()


def claims(token: str) -> dict[str, Any]:
    """What a JWT says of itself (unchecked: only echoed); empty for any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        document = msgspec.json.decode(raw)
    except (binascii.Error, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def tenant(token: str) -> str | None:
    """The organisation that an authorised connection's token names."""
    tenant_id = claims(token).get("xero_tenant_id")
    return tenant_id if isinstance(tenant_id, str) and tenant_id else None


@dataclass(slots=True)
class AccessTokens:
    """Tokens for one instance: kept in memory, shared through the store where there is one."""

    instance: Instance
    secret: Secret
    _: KW_ONLY
    post: Post
    clock: Clock
    shared: Tokens | None = None
    patience: Patience = PATIENT
    granted: frozenset[str] | None = None
    """The scopes of the last token that was fetched; None where Xero did not say."""
    _held: Token | None = None
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self) -> str:
        """A token that lives for a while yet; AccessError or Unavailable if there is none."""
        now = self._now()
        if self._held is not None and self._held.expires - MARGIN > now:
            return self._held.text
        async with self._one:
            return await self._obtain(refused=None)

    async def renew(self, refused: str) -> str:
        """Another token than the one that Xero has just refused."""
        async with self._one:
            return await self._obtain(refused=refused)

    async def _obtain(self, *, refused: str | None) -> str:
        while True:
            held = self._held
            if held is not None and held.expires - MARGIN > self._now() and held.text != refused:
                return held.text
            if self.shared is None:
                self._held = await self._fetch()
                return self._held.text
            token = self.shared.get(self._now(), margin=MARGIN)
            if token is not None and token.text != refused:
                self._held = token
                return token.text
            claim = self.shared.claim(self._now())
            if claim is not None:
                break
            await self.clock.sleep(POLL)
        try:
            token = self.shared.get(self._now(), margin=MARGIN)
            if token is not None and token.text != refused:
                self.shared.give_up(claim)
            else:
                token = await self._fetch()
                self.shared.put(token, claim)
        except BaseException:
            self.shared.give_up(claim)
            raise
        self._held = token
        return token.text

    async def _fetch(self) -> Token:
        scopes = self.instance.scopes
        asked = self._now()
        answer = await self._ask(scopes)
        if scopes and _problem(answer) == "invalid_scope":
            answer = await self._ask(())
        error = refusal(self.instance, answer)
        if error is not None:
            raise error
        fields = document(answer.body) if isinstance(answer, Answered) else {}
        lifetime = lifetime_of(fields)
        text = str(fields["access_token"])
        if claims(text) and tenant(text) is None:
            lifetime = min(lifetime, MARGIN + UNNAMED)
        scope = fields.get("scope")
        self.granted = frozenset(scope.split()) if isinstance(scope, str) else None
        return Token(text, asked + lifetime)

    async def _ask(self, scopes: tuple[str, ...]) -> Answered | Lost:
        headers = headers_of((self.instance.client_id, self.secret))
        form = "grant_type=client_credentials"
        if scopes:
            form += "&scope=" + quote_plus(" ".join(scopes))
        answer: Answered | Lost = Lost("refused", False, "not tried")
        for number in range(self.patience.tokens):
            url = self.instance.identity_url + TOKEN_PATH
            answer = await self.post(url, headers=headers, body=form.encode())
            delay = delay_of(answer, number)
            if delay is None or number == self.patience.tokens - 1:
                break
            await self.clock.sleep(delay)
        return answer

    def _now(self) -> float:
        return self.clock.now().timestamp()


def headers_of(credentials: tuple[str, Secret] | None) -> dict[str, str]:
    """The headers of a form for the identity server; without credentials it is a public app's."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if credentials is not None:
        client_id, secret = credentials
        pair = f"{client_id}:{secret.reveal()}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers


def delay_of(answer: Answered | Lost, number: int) -> float | None:
    """Seconds until the token request is worth repeating; None if it is not."""
    if isinstance(answer, Lost):
        return None if answer.kind == "tls" else 0.5 * 2**number
    if answer.status == 429 or answer.status >= 500:
        wait = seconds(answer.headers.get("retry-after"))
        return min(wait, 60.0) if wait is not None else 1.0 * 2**number
    return None


def _problem(answer: Answered | Lost) -> str | None:
    if isinstance(answer, Lost):
        return None
    error = document(answer.body).get("error")
    return error if isinstance(error, str) else None


def refusal(instance: Instance, answer: Answered | Lost) -> XeroportError | None:
    """Why an answer of the identity server is no token, in the user's words; None if it is one."""
    where = instance.identity_url
    if isinstance(answer, Lost):
        return Unavailable(
            f"Xero's identity server `{where}` cannot be reached: {answer.detail}",
            hint=NETWORK_HINTS.get(
                answer.kind, "check the network, and the instance's base URL and identity URL"
            ),
        )
    problem = _problem(answer)
    if 300 <= answer.status < 400:
        return redirected(f"`{where}`", answer.headers.get("location", ""))
    if answer.status == 200 and isinstance(document(answer.body).get("access_token"), str):
        return None
    if problem == "invalid_client":
        return NotAuthenticated(
            "Xero does not accept the client id and secret",
            hint="compare both with the app's Configuration page; a regenerated secret replaces "
            "the old one: `xeroport instance rotate NAME`",
        )
    if problem in ("unauthorized_client", "unsupported_grant_type"):
        return NotAuthenticated(
            "this client id does not belong to a custom connection",
            hint="make an app of the type Custom connection in Xero's developer portal",
        )
    if problem == "invalid_scope":
        return not_configured(instance.scopes)
    return no_token(
        where,
        answer,
        is_refused=problem is not None,
        check="the client id, the secret and the type of the app",
        addresses="the instance's base URL and identity URL",
    )


def not_configured(scopes: Iterable[str]) -> NotAuthorised:
    """The error for scopes that were asked for, but that the connection does not have."""
    asked = ", ".join(f"`{scope}`" for scope in scopes) or "the default scopes"
    return NotAuthorised(
        f"the connection is not configured for {asked}",
        hint="leave the scopes out to get all that are configured, or add them in Xero's "
        "developer portal and have the connection authorised again",
    )
