"""The access token of a login, refreshed by one process at a time.

A refresh has these steps, and may be killed between any two of them: claim; read the tokens again,
since another may have refreshed; ask Xero, which replaces the refresh token; keep the new tokens
on disk; use them. Killed before the last but one, the refresh token that is kept was replaced at
Xero, which takes it again for 30 minutes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from xeroport.clock import Clock
from xeroport.errors import NotAuthenticated, Unavailable
from xeroport.secrets.vault import Secret
from xeroport.store.logins import GRACE, LONGEST_LIFE, TokenSet, TokenStore
from xeroport.store.processes import has_not_expired
from xeroport.xero.policy.refusals import document
from xeroport.xero.policy.verdict import PATIENT, Patience
from xeroport.xero.sign_in.sign_in_refusals import refusal
from xeroport.xero.tokens import (
    MARGIN,
    POLL,
    TOKEN_PATH,
    Post,
    headers_of,
    lifetime_of,
    patiently,
    problem_of,
)
from xeroport.xero.wire.answer import Answered, Lost

log = logging.getLogger("xeroport.xero")
END_SECONDS = 10.0
"""How long a refresh may take to its end once its caller is stopped."""


@dataclass(slots=True)
class LoginTokens:
    """The tokens of one login, for one client; safe to share between tasks of one loop."""

    store: TokenStore
    _: KW_ONLY
    name: str
    client_id: str
    secret: Secret | None
    identity_url: str
    post: Post
    clock: Clock
    patience: Patience = PATIENT
    on_refresh: Callable[[TokenSet], None] | None = None
    granted: frozenset[str] | None = None
    """The scopes of the login, as Xero last said."""
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _held: TokenSet | None = None

    async def get(self) -> str:
        """An access token that lives for a while yet; AccessError or Unavailable if none."""
        if self._held is not None and self._is_good(self._held, None):
            return self._held.access
        async with self._one:
            return (await self._obtain(refused=None)).access

    async def renew(self, refused: str) -> str:
        """Another access token than the one that Xero has just refused."""
        async with self._one:
            return (await self._obtain(refused=refused)).access

    async def refresh(self) -> TokenSet:
        """New tokens, whether or not the access token still lives: for a login that is quiet."""
        async with self._one:
            held = self.store.load()
            return await self._obtain(refused=None if held is None else held.access)

    async def _obtain(self, *, refused: str | None) -> TokenSet:
        while True:
            tokens = self._loaded()
            if self._is_good(tokens, refused):
                return self._use(tokens)
            claim = self.store.claim(self._now())
            if claim is not None:
                break
            await self.clock.sleep(POLL)
        try:
            tokens = self._loaded()
            if self._is_good(tokens, refused):
                self.store.give_up(claim)
                return self._use(tokens)
            return self._use(await _to_its_end(self._refreshed(tokens, claim)))
        except BaseException:
            self.store.give_up(claim)
            raise

    def _loaded(self) -> TokenSet:
        """The tokens that are kept; NotAuthenticated where only a new sign-in helps."""
        reason = self.store.ended()
        tokens = None if reason else self.store.load()
        if tokens is None:
            raise needs_sign_in(self.name, reason)
        return tokens

    async def _refreshed(self, tokens: TokenSet, claim: str) -> TokenSet:
        asked = self._now()
        answer = await self._ask(tokens.refresh)
        if problem_of(answer) == "invalid_grant":
            kept = self.store.load()
            if kept is not None and kept.refresh != tokens.refresh:
                return kept  # another has refreshed meanwhile
            if tokens.previous is not None and self._now() - tokens.refreshed_at < GRACE:
                answer = await self._ask(tokens.previous)
        if problem_of(answer) == "invalid_grant":
            reason = "Xero no longer accepts its refresh token"
            self.store.end(reason, claim)
            raise needs_sign_in(self.name, reason)
        wrong = refusal(self.identity_url, self.name, answer)
        if wrong is not None:
            raise wrong
        assert isinstance(answer, Answered)
        fresh = tokens_of(answer, asked=asked, before=tokens)
        if not self.store.save(fresh, claim):
            log.info("another process has refreshed the login `%s` meanwhile", self.name)
            return self._loaded()
        if self.on_refresh is not None:
            self.on_refresh(fresh)
        return fresh

    async def _ask(self, refresh: str) -> Answered | Lost:
        form = {"grant_type": "refresh_token", "refresh_token": refresh}
        url = self.identity_url + TOKEN_PATH
        send = partial(post_form, self.post, url, form, self.client_id, self.secret)
        return await patiently(send, self.patience, self.clock)

    def _use(self, tokens: TokenSet) -> TokenSet:
        self._held = tokens
        self.granted = frozenset(tokens.scopes)
        return tokens

    def _is_good(self, tokens: TokenSet, refused: str | None) -> bool:
        now = self._now()
        return tokens.access != refused and has_not_expired(
            tokens.expires_at, now + MARGIN, latest=now + LONGEST_LIFE
        )

    def _now(self) -> float:
        return self.clock.now().timestamp()


class HandedToken:
    """An access token that somebody else refreshes: a fleet's worker gets no refresh token."""

    def __init__(self, token: Secret, expires_at: float, *, name: str, clock: Clock) -> None:
        self._token = token
        self._expires_at = expires_at
        self._name = name
        self._clock = clock
        self.granted: frozenset[str] | None = None

    async def get(self) -> str:
        """The token, for as long as it lives."""
        if self._clock.now().timestamp() >= self._expires_at:
            raise Unavailable(
                f"the token of the login `{self._name}` that this worker was given has expired",
                hint="run the same command again to continue",
            )
        return self._token.reveal()

    async def renew(self, refused: str) -> str:
        """There is no other."""
        raise NotAuthenticated(
            f"Xero no longer accepts the token of the login `{self._name}`",
            hint="run the same command again; if that does not help: `xeroport login`",
        )


async def post_form(
    post: Post, url: str, form: dict[str, str], client_id: str, secret: Secret | None
) -> Answered | Lost:
    """Send a form to the identity server; an app without a secret says its id in the form."""
    if secret is None:
        form = form | {"client_id": client_id}
    headers = headers_of(None if secret is None else (client_id, secret))
    return await post(url, headers=headers, body=urlencode(form).encode())


def tokens_of(answer: Answered, *, asked: float, before: TokenSet | None) -> TokenSet:
    """The tokens in a good answer; a refresh keeps what it replaced."""
    fields = document(answer.body)
    scope = fields.get("scope")
    scopes = tuple(scope.split()) if isinstance(scope, str) else before.scopes if before else ()
    refresh = fields.get("refresh_token")
    tokens = TokenSet(
        access=str(fields["access_token"]),
        expires_at=asked + lifetime_of(fields),
        refresh=refresh if isinstance(refresh, str) else before.refresh if before else "",
        refreshed_at=asked,
        scopes=scopes,
    )
    if before is not None and tokens.refresh != before.refresh:
        tokens = replace(tokens, previous=before.refresh)
    for text in (tokens.access, tokens.refresh):
        Secret(text)  # hidden from the log from here on
    return tokens


def needs_sign_in(name: str, reason: str | None) -> NotAuthenticated:
    """The error for a login that nothing but a new sign-in helps."""
    return NotAuthenticated(
        f"the login `{name}` needs sign-in again: {reason or 'there is no token'}",
        hint=f"`xeroport login {name}`; its instances and their checkpoints stay",
    )


async def _to_its_end(refresh: Coroutine[Any, Any, TokenSet]) -> TokenSet:
    """A refresh, ended also where its caller is stopped: Xero may have replaced the refresh token
    by then, and takes the one that is kept for half an hour only."""
    task = asyncio.ensure_future(refresh)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=END_SECONDS)
        task.cancel()
        raise
