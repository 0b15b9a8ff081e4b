"""Sends a request until Xero's answer to it stands: inside the limits, with a token that lives,
again where Xero's rules allow it."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from msgspec import structs

from xeroport.catalogue import Endpoint
from xeroport.clock import Clock
from xeroport.errors import Unavailable
from xeroport.store.calls.app_minute import AppShare
from xeroport.store.calls.file import Calls
from xeroport.store.instances import Instance, account_of, budgets_of
from xeroport.xero.policy.breaker import Breaker
from xeroport.xero.policy.limits import Gate, Usage, day_limit, remaining
from xeroport.xero.policy.resend_window import ResendWindow
from xeroport.xero.policy.verdict import Attempt, Patience, judge
from xeroport.xero.sign_in.sign_in_refusals import for_login
from xeroport.xero.tokens import Post, TokenSource, tenant
from xeroport.xero.wire.answer import Answered, Lost
from xeroport.xero.wire.decode import in_utf8
from xeroport.xero.wire.receive import WireAnswer
from xeroport.xero.wire.transport import Transport, Wire, WireRequest, post_over

TENANT = "Xero-Tenant-Id"

log = logging.getLogger("xeroport.xero")

Access = Callable[[Post, Clock, Patience], TokenSource]
"""Makes where a client's access tokens come from, given how it sends."""


class RequestSender:
    """Sends the requests of one instance and counts them in `usage`."""

    def __init__(
        self,
        instance: Instance,
        *,
        calls: Calls,
        access: Access,
        app: AppShare | None,
        clock: Clock,
        transport: Transport | None,
        patience: Patience,
    ) -> None:
        self.instance = instance
        self.usage = Usage()
        self._clock = clock
        self._calls = calls
        self._wire = Wire(transport=transport, connections=instance.concurrency)
        self.tokens = access(self.post, clock, patience)
        self._token_turn = asyncio.Lock()
        self._no_token: Unavailable | None = None
        self.breaker = Breaker(calls, account_of(instance), clock=clock, usage=self.usage)
        self._gate = Gate(
            budgets_of(calls, instance, app=app or AppShare(instance.client_id)),
            clock,
            concurrent=instance.concurrency,
            usage=self.usage,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._wire.__aexit__(None, None, None)
        self._calls.close()

    async def deliver(
        self,
        endpoint: Endpoint,
        request: WireRequest,
        *,
        sending: ResendWindow,
        patience: Patience,
    ) -> WireAnswer:
        """The answer that stands; `sending` is the time that is left to send it in. Raises the
        errors of `xeroport.errors`."""
        attempt = Attempt(patience=patience)
        began: float | None = None
        refused: str | None = None
        while True:
            is_trying = await self.breaker.admit(patience)
            async with self._gate.turn() as lease:
                if not is_trying and self.breaker.is_open():
                    continue
                waited = self.usage.tokens
                try:
                    token = await self._token(refused)
                except Unavailable:
                    outage = self.usage.outage
                    if outage is not None and self.breaker.waits(patience, outage):
                        continue
                    raise
                refused = None
                if waited != self.usage.tokens:
                    lease.extend(self._clock.now().timestamp())
                sending.check(endpoint)
                began = self._clock.monotonic() if began is None else began
                lease.has_left = lease.is_under_way = True
                outcome = await self._send(endpoint, self._with_access(token, request))
                lease.is_under_way = False
                lease.has_left = isinstance(outcome, WireAnswer) or outcome.sent
                outage = self.breaker.heard(
                    outcome.answered if isinstance(outcome, WireAnswer) else outcome
                )
                if isinstance(outcome, WireAnswer):
                    lease.heard = remaining(outcome.answered.headers)
                    self.usage.minute_remaining = lease.heard.minute
                    if lease.heard.day is not None:
                        self.usage.day_remaining = lease.heard.day
            attempt = structs.replace(
                attempt,
                elapsed=self._clock.monotonic() - began,
                chance=random.random(),  # noqa: S311  spreads delays, guards nothing
            )
            verdict = judge(
                endpoint, outcome if isinstance(outcome, Lost) else outcome.answered, attempt
            )
            if verdict.action == "accept":
                return cast(WireAnswer, outcome)
            if not verdict.outcome_known:
                sending.outcome_known = False
            if verdict.throttle is not None:
                counts = self.usage.throttled
                counts[verdict.throttle] = counts.get(verdict.throttle, 0) + 1
                until = self._clock.now().timestamp() + verdict.delay
                if verdict.throttle != "concurrent":
                    until = self._gate.hold(verdict.throttle, verdict.delay)
                if verdict.throttle == "day":
                    raise day_limit(until)
            if (
                outage is not None
                and verdict.outcome_known
                and self.breaker.waits(patience, outage)
            ):
                continue
            if verdict.action == "fail":
                assert verdict.error is not None
                if outage is not None and isinstance(verdict.error, Unavailable):
                    self.breaker.give_up(verdict.error)
                login = self.instance.login
                raise verdict.error if login is None else for_login(verdict.error, login)
            self.usage.retries += 1
            if verdict.action == "reauthenticate":
                refused = token
                attempt = structs.replace(attempt, renewed=True)
                continue
            if verdict.throttle is None:
                attempt = structs.replace(attempt, failures=attempt.failures + 1, renewed=False)
            else:
                attempt = structs.replace(attempt, throttles=attempt.throttles + 1, renewed=False)
            log.info("`%s`: %s; again in %.1f s", endpoint.name, verdict.error, verdict.delay)
            self.usage.waited += verdict.delay
            await self._clock.sleep(verdict.delay)

    async def _token(self, refused: str | None) -> str:
        """A token, and another one than was `refused`. Calls that wait while one asks without
        success end with that one: they do not ask again, one after another."""
        before = self._no_token
        async with self._token_turn:
            if self._no_token is not None and self._no_token is not before:
                raise Unavailable(self._no_token.message, hint=self._no_token.hint)
            try:
                return await (self.tokens.renew(refused) if refused else self.tokens.get())
            except Unavailable as error:
                self._no_token = error
                raise

    async def _send(self, endpoint: Endpoint, request: WireRequest) -> WireAnswer | Lost:
        began = self._clock.monotonic()
        outcome = await self._wire.send(request)
        self.usage.calls += isinstance(outcome, WireAnswer) or outcome.sent
        if isinstance(outcome, Lost):
            log.info("`%s` lost: %s (%s)", endpoint.name, outcome.kind, outcome.detail)
            return outcome
        if endpoint.reply == "json":
            answered = outcome.answered
            text = in_utf8(answered.body)
            if text is not answered.body:
                outcome = structs.replace(outcome, answered=replace(answered, body=text))
        self.usage.wire_bytes += outcome.wire_bytes
        self.usage.body_bytes += len(outcome.answered.body)
        log.log(
            logging.INFO if endpoint.is_write else logging.DEBUG,
            "`%s` %s in %.0f ms, %s",
            endpoint.name,
            outcome.answered.status,
            (self._clock.monotonic() - began) * 1000,
            outcome.answered.headers.get("xero-correlation-id", "no correlation id"),
        )
        return outcome

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> Answered | Lost:
        """One request outside the limits, as for tokens."""
        self.usage.tokens += 1
        answer = await post_over(self._wire, url, headers=headers, body=body)
        self.breaker.heard_from_identity(answer)
        return answer

    def _with_access(self, token: str, request: WireRequest) -> WireRequest:
        """A request with all headers of a call; a tenant header of the caller's wins, and an empty
        one is left out."""
        tenant_id = request.headers.get(TENANT, self.instance.tenant_id or tenant(token))
        sent = {**request.headers, "Authorization": f"Bearer {token}", TENANT: tenant_id or ""}
        headers = {name: value for name, value in sent.items() if value}
        return WireRequest(
            request.method,
            request.url,
            headers,
            request.body,
            request.to,
            request.spill,
            request.timeout,
        )
