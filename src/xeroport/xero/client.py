"""The client of one instance: `XeroClient.call` is the one place that sends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import date, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, overload

from xeroport.catalogue import Endpoint, load
from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.errors import InputError, Refused, Unavailable, XeroportError
from xeroport.secrets.vault import Secret
from xeroport.settings import API_PATH
from xeroport.store import instances, logins
from xeroport.store.calls.app_minute import AppShare
from xeroport.store.calls.file import Calls
from xeroport.store.calls.saved_tokens import Tokens
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.store.logins import SavedTokens, TokenSet
from xeroport.xero import pages
from xeroport.xero.policy.limits import Usage
from xeroport.xero.policy.resend_window import ResendWindow
from xeroport.xero.policy.verdict import PATIENT, Patience, limited
from xeroport.xero.request_sender import Access, RequestSender
from xeroport.xero.sign_in.login_tokens import LoginTokens
from xeroport.xero.tokens import AccessTokens, Post, TokenSource, fingerprint
from xeroport.xero.wire import request
from xeroport.xero.wire.decode import decode, raw_records
from xeroport.xero.wire.headers import added, check_headers
from xeroport.xero.wire.reply import Reply
from xeroport.xero.wire.transport import (
    WHOLE_CALL,
    Transport,
    WireRequest,
    check_folder,
    checked_timeout,
    safe_url,
    trust,
)

RESENT = "it was sent before, and may have been carried out: check before you do it again"
"""What to do about a refusal of a write whose first answer was lost."""


def open_client(store: Store, instance_name: str) -> XeroClient:
    """A client for an instance of the store, to be used in `async with`; UnknownName if none."""
    instance = instances.get(store, instance_name)
    secret = instances.secret(store, instance_name)
    calls = Calls(store.home)
    own = Tokens(calls, store.vault, instance.name, fingerprint=fingerprint(instance, secret))
    return XeroClient(
        instance,
        secret,
        calls=calls,
        tokens=own,
        access=None if instance.login is None else login_access(store, instance.login),
        clock=store.clock,
        transport=store.transport,
    )


def login_access(
    store: Store, name: str, *, on_refresh: Callable[[TokenSet], None] | None = None
) -> Access:
    """What gives a client the tokens of a login of the store."""
    login = logins.get(store, name)

    def access(post: Post, clock: Clock, patience: Patience) -> TokenSource:
        return LoginTokens(
            SavedTokens(store, name),
            name=name,
            client_id=login.client_id,
            secret=logins.secret(store, name),
            identity_url=login.identity_url,
            post=post,
            clock=clock,
            patience=patience,
            on_refresh=on_refresh,
        )

    return access


class XeroClient:
    """Calls Xero for one instance, inside its limits; safe to share between tasks of one loop.

    `app` is what it may take of the minute of the instance's app; all of it where none is given.
    `access` makes what its tokens come from; without it they are fetched with the secret.
    """

    def __init__(
        self,
        instance: Instance,
        secret: Secret,
        *,
        calls: Calls,
        tokens: Tokens | None = None,
        app: AppShare | None = None,
        clock: Clock = SYSTEM_CLOCK,
        transport: Transport | None = None,
        patience: Patience = PATIENT,
        access: Access | None = None,
    ) -> None:
        self.instance = instance
        self._clock = clock
        self._root = safe_url(instance.base_url, "base URL") + API_PATH
        safe_url(instance.identity_url, "identity URL")
        if self._root.startswith("https:"):
            trust()  # certificates that cannot be read are told before any call
        self._patience = patience

        def with_secret(post: Post, clock: Clock, patience: Patience) -> TokenSource:
            return AccessTokens(
                instance, secret, post=post, clock=clock, shared=tokens, patience=patience
            )

        self._sender = RequestSender(
            instance,
            calls=calls,
            access=access or with_secret,
            app=app,
            clock=self._clock,
            transport=transport,
            patience=patience,
        )

    async def __aenter__(self) -> XeroClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._sender.aclose()

    @property
    def usage(self) -> Usage:
        """What this client has used so far."""
        return self._sender.usage

    async def access_token(self) -> str:
        """A token that lives for a while yet, for what is not an endpoint of an organisation."""
        return await self._sender.tokens.get()

    async def refresh_login(self) -> None:
        """New tokens for the login, whether or not they are needed now."""
        if isinstance(self._sender.tokens, LoginTokens):
            await self._sender.tokens.refresh()

    @property
    def lacking(self) -> tuple[str, ...]:
        """Scopes that the instance asks for and its last fetched token does not carry."""
        granted = self._sender.tokens.granted
        return () if granted is None else tuple(s for s in self.instance.scopes if s not in granted)

    def endpoint(self, name: Endpoint | str) -> Endpoint:
        """The endpoint of that name or operationId, or a raw one from `"GET /NewThing"`."""
        if isinstance(name, Endpoint):
            return name
        return request.raw_endpoint(name) or load().endpoint(name)

    async def call(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        body: Any = None,
        modified_since: datetime | date | str | None = None,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        to: Path | None = None,
        spill: Path | None = None,
        force: bool = False,
        timeout: float | None = None,
        retries: int | None = None,
        send_within: float | None = None,
    ) -> Reply:
        """Make one call and give its reply; waits, renews and retries as Xero's rules allow.

        `params` go by Xero's names, path parameters among them. A body of bytes is sent as it is, a
        dict or list as JSON in its envelope. `to` streams a good reply's body into a file; with the
        folder `spill` a large one (16 MB) goes there, as `Reply.large`.
        `force` calls an endpoint that Xero has retired. With `send_within` nothing leaves after so
        many seconds: what is left of an idempotency key that was used before. `timeout` is in
        seconds, for each try; `retries` is how often a failure or a 429 is tried again. Raises
        the errors of `xeroport.errors`.
        """
        patience = self._patience if retries is None else limited(self._patience, retries)
        timeout = WHOLE_CALL if timeout is None else checked_timeout(timeout)
        check_headers(headers)
        target = self.endpoint(endpoint)
        request.check_retired(target, force=force, today=self._clock.now().date())
        if to is not None:
            check_folder(to)
        url = self._root + request.url_part(target, params)
        content = request.content_of(target, body)
        sent = request.headers_of(target, params, content)
        if modified_since is not None:
            sent["If-Modified-Since"] = request.since(target, modified_since)
        key = request.key_for(target, idempotency_key)
        if key is not None:
            sent["Idempotency-Key"] = key
        sent = added(sent, headers)
        sending = ResendWindow(self._clock, send_within)
        wanted = WireRequest(target.method, url, sent, content, to, spill, timeout)
        try:
            answer = await self._sender.deliver(target, wanted, sending=sending, patience=patience)
        except XeroportError as error:
            if not sending.outcome_known:
                error.outcome_known = False
                if isinstance(error, Refused):
                    error.hint = RESENT
            raise
        answered = answer.answered
        return Reply(
            endpoint=target,
            status=answered.status,
            headers=answered.headers,
            body=answered.body,
            wire_bytes=answer.wire_bytes,
            received=self._clock.now(),
            resent=not sending.outcome_known,
            large=answer.large,
        )

    async def answers(self) -> bool:
        """Whether Xero answers just now, whatever became of the last calls: one small call."""
        self._sender.breaker.ask_at_once()
        try:
            await self.call("organisation.get", retries=0)
        except Unavailable:
            return False
        except XeroportError:
            return True
        return True

    def pages(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        modified_since: datetime | date | str | None = None,
        force: bool = False,
        timeout: float | None = None,
        retries: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Reply, None]:
        """The replies of a list endpoint, page after page; InputError for any other."""
        target = self.endpoint(endpoint)
        if target.is_write or target.reply != "json":
            raise InputError(
                f"`{target.name}` is not a list of records", hint="use `call` for one reply"
            )
        call = partial(
            self.call,
            modified_since=modified_since,
            force=force,
            timeout=timeout,
            retries=retries,
            headers=headers,
        )
        return pages.walk(call, target, params)

    @overload
    def records(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        modified_since: datetime | date | str | None = None,
        raw: Literal[False] = False,
        force: bool = False,
    ) -> AsyncIterator[dict[str, Any]]: ...

    @overload
    def records(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        modified_since: datetime | date | str | None = None,
        raw: Literal[True],
        force: bool = False,
    ) -> AsyncIterator[bytes]: ...

    async def records(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        modified_since: datetime | date | str | None = None,
        raw: bool = False,
        force: bool = False,
    ) -> AsyncIterator[dict[str, Any] | bytes]:
        """All records of a list endpoint, over all pages; `raw` gives each as Xero's own bytes.

        A record that changes during the walk may be missed or come twice: a sync proves that it
        has them all, this does not.
        """
        target = self.endpoint(endpoint)
        replies = self.pages(target, params, modified_since=modified_since, force=force)
        async with aclosing(replies):
            async for reply in replies:
                if raw:
                    for raw_record in raw_records(target, reply.body):
                        yield raw_record
                else:
                    for record in decode(target, reply.body):
                        yield record

    async def by_ids(
        self, lister: Endpoint, ids: Sequence[str], params: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Reply]:
        """The replies that hold the records of those ids: a list's, or one a record where no list
        takes ids. What Xero does not have is left out."""
        if "IDs" in lister.by_name:
            async for reply in self.pages(lister, {"IDs": list(ids), **(params or {})}):
                yield reply
            return
        single = load().endpoint(f"{lister.name.rsplit('.', 1)[0]}.get")
        for record_id in ids:
            try:
                yield await self.call(single, {single.path_names[0]: record_id})
            except Refused as error:
                if error.status != 404:
                    raise

    def today(self) -> date:
        """The day by this client's clock, in the instance's time zone."""
        from zoneinfo import ZoneInfo

        return self._clock.now().astimezone(ZoneInfo(self.instance.time_zone)).date()
