"""`AsyncClient`: calls Xero from code in an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from xeroport import settings
from xeroport.api import opening, operations
from xeroport.api import text_arguments as arguments
from xeroport.api.endpoints import AsyncEndpoints
from xeroport.api.text_arguments import check_named, check_texts
from xeroport.catalogue import Endpoint
from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.errors import InputError
from xeroport.secrets.vault import Secret
from xeroport.store.instances import Instance
from xeroport.store.logins import TokenSet
from xeroport.xero.policy.limits import Usage
from xeroport.xero.policy.verdict import PATIENT, limited
from xeroport.xero.sign_in.own_store import LoginStore
from xeroport.xero.wire.headers import added, check_headers
from xeroport.xero.wire.reply import Reply
from xeroport.xero.wire.transport import CLOSED, Transport, checked_timeout

if TYPE_CHECKING:
    from xeroport.types import EndpointName

Since = datetime | date | str
NOT_PICKLED = "a client cannot be copied or pickled: open one where it is used, in each process"
Self = TypeVar("Self", bound="AsyncClient")


class AsyncClient(AsyncEndpoints):
    """Calls Xero for one organisation, inside its limits; safe to share between tasks.

    `home` is a folder whose limits and tokens are shared with other processes; without it nothing
    is written to disk. `rate_limit` is calls a minute, `concurrency` calls at the same time.
    `timeout` (seconds for one call), `retries` (tries after the first) and `headers` apply to every
    call that does not set its own. Close it with `await xero.aclose()`, or use `async with`.

    `login` is a login of the home folder, or a store of your own that keeps its tokens (then
    `client_id` and `tenant_id` say which app and organisation); `on_refresh` is called with new
    tokens.
    """

    def __init__(
        self,
        *,
        client_id: str | None = None,
        client_secret: str | Secret | None = None,
        login: str | LoginStore | None = None,
        on_refresh: Callable[[TokenSet], None] | None = None,
        base_url: str = settings.XERO_BASE,
        identity_url: str | None = None,
        tenant_id: str | None = None,
        scopes: str | tuple[str, ...] | list[str] = (),
        rate_limit: str | int = settings.DEFAULT_RATE,
        concurrency: int = 5,
        home: Path | str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        transport: Transport | None = None,
    ) -> None:
        check_named(base_url=base_url)
        check_texts(client_id=client_id, identity_url=identity_url, tenant_id=tenant_id)
        if not isinstance(client_secret, Secret):
            check_texts(client_secret=client_secret)
        if not isinstance(login, str | LoginStore | None):
            raise InputError(
                "`login` must be the name of a login, or keep its tokens", hint="see `LoginStore`"
            )
        scopes = arguments.names("scopes", scopes)
        check_settings(timeout, retries, headers)

        def unsaved(login: str | None) -> Instance:
            return opening.unsaved_instance(
                client_id=client_id or "",
                base_url=base_url,
                identity_url=identity_url,
                tenant_id=tenant_id,
                scopes=scopes,
                rate_limit=rate_limit,
                concurrency=concurrency,
                login=login,
            )

        opened: opening.OpenClient
        if isinstance(login, str):
            opened = opening.from_login(
                login,
                tenant_id=tenant_id,
                home=home,
                clock=clock,
                transport=transport,
                on_refresh=on_refresh,
            )
        elif login is not None:
            opened = opening.from_own_login(
                unsaved("own"),
                None if client_secret is None else opening.secret_of(client_secret),
                login,
                clock=clock,
                transport=transport,
                on_refresh=on_refresh,
            )
        else:
            opened = opening.from_credentials(
                unsaved(None),
                opening.secret_of(client_secret or ""),
                home=home,
                clock=clock,
                transport=transport,
            )
        self._begin(
            opened,
            timeout=timeout,
            retries=retries,
            headers=headers,
        )

    @classmethod
    def from_instance(
        cls: type[Self],
        name: str,
        *,
        home: Path | str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        transport: Transport | None = None,
    ) -> Self:
        """A client for a saved instance; UnknownName if there is none of that name.

        `home` is the home folder (default: `XEROPORT_HOME`, or the platform's).
        """
        check_named(name=name)
        check_settings(timeout, retries, headers)
        client = cls.__new__(cls)
        client._begin(
            opening.from_instance(name, home=home, clock=clock, transport=transport),
            timeout=timeout,
            retries=retries,
            headers=headers,
        )
        return client

    def _begin(
        self,
        opened: opening.OpenClient,
        *,
        timeout: float | None,
        retries: int | None,
        headers: Mapping[str, str] | None,
    ) -> None:
        self._engine = opened.engine
        self._close = opened.close
        self._is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timeout, self._retries, self._headers = timeout, retries, dict(headers or {})

    async def __aenter__(self: Self) -> Self:
        self._check_open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return shown(self, self._engine.instance)

    def __reduce__(self) -> NoReturn:
        raise TypeError(NOT_PICKLED)

    async def aclose(self) -> None:
        """Close all connections; closing twice does nothing."""
        if not self._is_closed:
            self._is_closed = True
            await self._engine.aclose()
            self._close()

    @property
    def instance(self) -> Instance:
        """The instance's settings, without its secret."""
        return self._engine.instance

    @property
    def usage(self) -> Usage:
        """What this client has used so far."""
        return self._engine.usage

    async def call(
        self,
        endpoint: EndpointName | Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        body: Any = None,
        modified_since: Since | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        to: Path | str | None = None,
        force: bool = False,
    ) -> Reply:
        """One call and its reply, by Xero's own names of endpoint and parameters.

        `endpoint` may be a name, an operationId, or `"GET /NewThing"` for what the catalogue does
        not know. A body of bytes is sent as it is, a dict or a list as JSON in Xero's envelope;
        `to` puts the reply's body into a file. Raises the errors of `xeroport.errors`, among them
        `Refused` where the reply holds a record that Xero refused, unless `summarizeErrors` is
        given: then the reply is as it came.
        """
        self._check_open()
        self._check_loop()
        arguments.check_call(endpoint, params)
        check_headers(headers)
        file = arguments.path("to", to)
        reply = await self._engine.call(
            endpoint,
            params,
            body=body,
            modified_since=modified_since,
            idempotency_key=idempotency_key,
            timeout=self._timeout if timeout is None else timeout,
            retries=self._retries if retries is None else retries,
            headers=added(self._headers, headers),
            to=file,
            force=force,
        )
        if reply.endpoint.is_write and "summarizeErrors" not in (params or {}):
            operations.raise_refused(reply, reply.body if file is None else file.read_bytes())
        return reply

    def pages(
        self,
        endpoint: EndpointName | Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        modified_since: Since | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        force: bool = False,
    ) -> AsyncIterator[Reply]:
        """The replies of a list endpoint, page after page; InputError for any other endpoint."""
        self._check_open()
        arguments.check_call(endpoint, params)
        check_headers(headers)
        return self._engine.pages(
            endpoint,
            params,
            modified_since=modified_since,
            timeout=self._timeout if timeout is None else timeout,
            retries=self._retries if retries is None else retries,
            headers=added(self._headers, headers),
            force=force,
        )

    async def _operate(self, endpoint: Endpoint, request: operations.OperationCall) -> Any:
        shared: dict[str, Any] = {
            "modified_since": request.modified_since,
            "timeout": request.timeout,
            "retries": request.retries,
            "headers": request.headers,
            "force": request.force,
        }
        if operations.reads_all_pages(endpoint, request):
            self._check_open()
            self._check_loop()
            pages = self.pages(endpoint, request.params, **shared)
            return [record async for page in pages for record in page.records]
        reply = await self.call(
            endpoint,
            request.params,
            body=request.body,
            idempotency_key=request.idempotency_key,
            **shared,
        )
        return operations.value(endpoint, request, reply)

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError(CLOSED)

    def _check_loop(self) -> None:
        """RuntimeError in another loop than that of its connections."""
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if self._loop is not loop:
            raise RuntimeError(
                "this client was used in another event loop: open one in each, or use `Client`"
            )


def check_settings(
    timeout: float | None, retries: int | None, headers: Mapping[str, str] | None
) -> None:
    """InputError for settings with which no call could be made."""
    if timeout is not None:
        checked_timeout(timeout)
    if retries is not None:
        limited(PATIENT, retries)
    check_headers(headers)


def connect_async(
    name: str,
    *,
    home: Path | str | None = None,
    clock: Clock = SYSTEM_CLOCK,
    transport: Transport | None = None,
) -> AsyncClient:
    """A client for a saved instance, for use in `async with`: `AsyncClient.from_instance`."""
    return AsyncClient.from_instance(name, home=home, clock=clock, transport=transport)


def shown(client: object, instance: Instance) -> str:
    """A client as `repr` shows it: short, and without a secret."""
    who = instance.organisation or instance.base_url
    return f"<{type(client).__name__} `{instance.name}`: {who}>"
