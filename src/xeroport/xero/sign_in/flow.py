"""The steps of a sign-in: where the browser goes, what it comes back with, what that is exchanged
for. Nothing here waits for a person."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from xeroport.errors import InputError, NotAuthenticated, Unavailable, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.settings import authorise_url, parts_of
from xeroport.store.logins import TokenSet
from xeroport.xero.policy.refusals import first_words
from xeroport.xero.sign_in.login_tokens import post_form, tokens_of
from xeroport.xero.sign_in.sign_in_refusals import consent_refusal, refusal
from xeroport.xero.tokens import TOKEN_PATH
from xeroport.xero.wire.answer import Answered, Lost
from xeroport.xero.wire.transport import Transport, Wire, WireRequest, post_over, safe_url

VERIFIER_BYTES = 32
REVOCATION = "/connect/revocation"


@dataclass(frozen=True, slots=True)
class App:
    """An app at Xero that people sign in to; one for mobile and desktop has no secret."""

    client_id: str
    base_url: str
    identity_url: str
    secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in under way: the browser goes to `address` and comes back to `redirect_uri`."""

    app: App
    redirect_uri: str
    address: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Connection:
    """An organisation that a login may read."""

    id: str
    tenant_id: str
    name: str
    country: str | None = None


def begin(app: App, *, redirect_uri: str, scopes: Sequence[str]) -> SignIn:
    """A sign-in with a state and a verifier of its own."""
    verifier = secrets.token_urlsafe(VERIFIER_BYTES)
    state = secrets.token_urlsafe(16)
    for text in (verifier, state):
        Secret(text)  # hidden from the log from here on
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    address = f"{authorise_url(app.base_url, app.identity_url)}?{urlencode(query)}"
    return SignIn(app, redirect_uri, address, state, verifier)


def code_in(sign_in: SignIn, address: str) -> str:
    """The code in the address that the browser came back to, or was left at; an error otherwise."""
    query = dict(parse_qsl(parts_of(address.strip()).query))
    if not secrets.compare_digest(query.get("state", ""), sign_in.state):
        raise InputError(
            "this address does not belong to this sign-in",
            hint="paste the whole address that the browser ended at, or sign in again",
        )
    if "error" in query:
        raise consent_refusal(query["error"], query.get("error_description", ""))
    code = query.get("code")
    if not code:
        raise InputError(
            "there is no code in this address",
            hint="paste the whole address that the browser ended at",
        )
    Secret(code)  # hidden from the log from here on
    return code


async def exchange(
    sign_in: SignIn, code: str, *, name: str, transport: Transport | None = None
) -> TokenSet:
    """The tokens that a code stands for; it is good once."""
    app = sign_in.app
    safe_url(app.identity_url, "identity URL")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": sign_in.redirect_uri,
        "code_verifier": sign_in.verifier,
    }
    asked = time.time()
    async with Wire(transport=transport) as wire:
        answer = await post_form(
            partial(post_over, wire), app.identity_url + TOKEN_PATH, form, app.client_id, app.secret
        )
    wrong = refusal(app.identity_url, name, answer)
    if wrong is not None:
        raise wrong
    assert isinstance(answer, Answered)
    tokens = tokens_of(answer, asked=asked, before=None)
    if not tokens.refresh:
        raise NotAuthenticated(
            "Xero gave no refresh token, so that the sign-in would end after 30 minutes",
            hint="ask for the scope `offline_access` too",
        )
    return tokens


async def connections(
    app: App, access: str, *, transport: Transport | None = None
) -> tuple[Connection, ...]:
    """The organisations that the person has connected to the app, by name."""
    async with Wire(transport=transport) as wire:
        entries = await _get(wire, f"{app.base_url}/connections", access)
        organisations = [
            Connection(
                str(entry["id"]), str(entry["tenantId"]), str(entry.get("tenantName") or "?")
            )
            for entry in entries
            if isinstance(entry, dict) and entry.get("tenantType") == "ORGANISATION"
        ]
    return tuple(sorted(organisations, key=lambda entry: (entry.name.lower(), entry.tenant_id)))


async def disconnect(
    app: App, access: str, connection_id: str, *, transport: Transport | None = None
) -> None:
    """Take an organisation away from the app; one that is gone already is no matter."""
    url = f"{app.base_url}/connections/{connection_id}"
    async with Wire(transport=transport) as wire:
        headers = {"Authorization": f"Bearer {access}"}
        answer = await wire.send(WireRequest("DELETE", url, headers))
    if isinstance(answer, Lost):
        raise _lost(app.base_url, answer)
    if answer.answered.status not in (200, 204, 404):
        raise _unlike(url, answer.answered)


async def revoke(app: App, refresh: str, *, transport: Transport | None = None) -> None:
    """End a login at Xero: its refresh token and all of its connections."""
    url = app.identity_url + REVOCATION
    async with Wire(transport=transport) as wire:
        answer = await post_form(
            partial(post_over, wire), url, {"token": refresh}, app.client_id, app.secret
        )
    if isinstance(answer, Lost):
        raise _lost(app.identity_url, answer)
    if answer.status >= 400:
        raise refusal(app.identity_url, "", answer) or _unlike(url, answer)


async def _get(wire: Wire, url: str, access: str) -> list[Any]:
    headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
    outcome = await wire.send(WireRequest("GET", url, headers))
    if isinstance(outcome, Lost):
        raise _lost(url, outcome)
    answer = outcome.answered
    if answer.status != 200:
        raise _unlike(url, answer)
    try:
        entries = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        raise _unlike(url, answer) from None
    return entries if isinstance(entries, list) else []


def _lost(where: str, loss: Lost) -> XeroportError:
    return Unavailable(
        f"`{where}` cannot be reached: {loss.detail}", hint="check the network, and try again"
    )


def _unlike(url: str, answer: Answered) -> XeroportError:
    return Unavailable(
        f"`{url}` answered HTTP {answer.status}: {first_words(answer)}",
        hint="check the base URL, or try again in a few minutes",
    )
