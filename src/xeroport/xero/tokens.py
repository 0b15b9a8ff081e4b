"""Access tokens by client credentials (Xero's custom connections)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Any, Protocol
from urllib.parse import quote_plus

import msgspec

from xeroport.clock import Clock
from xeroport.errors import NotAuthenticated, NotAuthorised, Unavailable, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.store.calls.saved_tokens import Token, Tokens
from xeroport.store.instances import Instance
from xeroport.xero.policy.refusals import NETWORK_HINTS, document, first_words, redirected
from xeroport.xero.policy.verdict import PATIENT, Patience, seconds
from xeroport.xero.wire.answer import Answered, Lost

MARGIN = 90.0
"""Seconds before its end at which a token is renewed."""
UNNAMED = 120.0
"""Seconds for which a token is used that names no organisation: Xero issues such ones until the
authorising user has consented, and the next one may be let in."""
POLL = 0.05
USUAL_LIFE = 1800.0
LONGEST_LIFE = 86_400
"""Seconds that a token is believed to live at most."""
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
        if scopes and problem_of(answer) == "invalid_scope":
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
        url = self.instance.identity_url + TOKEN_PATH
        send = partial(self.post, url, headers=headers, body=form.encode())
        return await patiently(send, self.patience, self.clock)

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


async def patiently(
    send: Callable[[], Awaitable[Answered | Lost]], patience: Patience, clock: Clock
) -> Answered | Lost:
    """The answer to a request for a token, sent again as long as that is worth it."""
    answer = await send()
    for number in range(patience.tokens - 1):
        delay = _delay_of(answer, number)
        if delay is None:
            break
        await clock.sleep(delay)
        answer = await send()
    return answer


def _delay_of(answer: Answered | Lost, number: int) -> float | None:
    """Seconds until the token request is worth repeating; None if it is not."""
    if isinstance(answer, Lost):
        return None if answer.kind == "tls" else 0.5 * 2**number
    if answer.status == 429 or answer.status >= 500:
        wait = seconds(answer.headers.get("retry-after"))
        return min(wait, 60.0) if wait is not None else 1.0 * 2**number
    return None


def problem_of(answer: Answered | Lost) -> str | None:
    """What the identity server calls its refusal, such as `invalid_grant`; None where it gave
    none."""
    if isinstance(answer, Lost):
        return None
    error = document(answer.body).get("error")
    return error if isinstance(error, str) else None


def token_refusal(
    where: str,
    answer: Answered | Lost,
    causes: Mapping[str, XeroportError],
    *,
    check: str,
    addresses: str,
) -> XeroportError | None:
    """Why an answer of the identity server `where` is no token, in the user's words; None if it is
    one. `causes` are the refusals that it has a name for; of any other, `check` is what to look at,
    and `addresses` where it is no answer of Xero's."""
    if isinstance(answer, Lost):
        hint = NETWORK_HINTS.get(answer.kind, f"check the network, and {addresses}")
        said = f"Xero's identity server `{where}` cannot be reached: {answer.detail}"
        return Unavailable(said, hint=hint)
    if 300 <= answer.status < 400:
        return redirected(f"`{where}`", answer.headers.get("location", ""))
    if answer.status == 200 and isinstance(document(answer.body).get("access_token"), str):
        return None
    problem = problem_of(answer)
    if cause := causes.get(problem or ""):
        return cause
    if answer.status == 429 or answer.status >= 500:
        return Unavailable(
            f"Xero's identity server cannot issue a token now: {first_words(answer)}",
            hint="try again in a few minutes",
        )
    if problem is not None:
        said = f"Xero refused to issue a token: {first_words(answer)}"
        return NotAuthenticated(said, hint=f"check {check}")
    return Unavailable(
        f"`{where}` does not answer like Xero's identity server (HTTP {answer.status})",
        hint=f"check {addresses}",
    )


def refusal(instance: Instance, answer: Answered | Lost) -> XeroportError | None:
    """Why an answer is no token for a custom connection; None if it is one."""
    wrong_type = NotAuthenticated(
        "this client id does not belong to a custom connection",
        hint="make an app of the type Custom connection in Xero's developer portal",
    )
    causes = {
        "invalid_client": NotAuthenticated(
            "Xero does not accept the client id and secret",
            hint="compare both with the app's Configuration page; a regenerated secret replaces "
            "the old one: `xeroport instance rotate NAME`",
        ),
        "unauthorized_client": wrong_type,
        "unsupported_grant_type": wrong_type,
        "invalid_scope": not_configured(instance.scopes),
    }
    return token_refusal(
        instance.identity_url,
        answer,
        causes,
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
