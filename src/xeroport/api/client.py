"""`Client`: calls Xero from ordinary code.

    with xeroport.Client(client_id="…", client_secret="…") as xero:
        for invoice in xero.invoices.list(statuses=["AUTHORISED"]):
            print(invoice["InvoiceNumber"], invoice["AmountDue"])

`Client.from_instance("acme")`, or `connect("acme")`, takes a saved instance instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from xeroport import settings
from xeroport.api import operations, portal
from xeroport.api.async_client import NOT_PICKLED, AsyncClient, Since, shown
from xeroport.api.endpoints import Endpoints
from xeroport.catalogue import Endpoint
from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.secrets.vault import Secret
from xeroport.store.instances import Instance
from xeroport.store.logins import TokenSet
from xeroport.xero.policy.limits import Usage
from xeroport.xero.sign_in.own_store import LoginStore
from xeroport.xero.wire.reply import Reply
from xeroport.xero.wire.transport import CLOSED, Transport

if TYPE_CHECKING:
    from xeroport.types import EndpointName

END = object()
Self = TypeVar("Self", bound="Client")


class Client(Endpoints):
    """`AsyncClient` for code without an event loop; it also works where one runs (a notebook). Safe
    to share between threads. Close it with `xero.close()`, or use `with`."""

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
        async def opened() -> AsyncClient:
            return AsyncClient(
                client_id=client_id,
                client_secret=client_secret,
                login=login,
                on_refresh=on_refresh,
                base_url=base_url,
                identity_url=identity_url,
                tenant_id=tenant_id,
                scopes=scopes,
                rate_limit=rate_limit,
                concurrency=concurrency,
                home=home,
                timeout=timeout,
                retries=retries,
                headers=headers,
                clock=clock,
                transport=transport,
            )

        self._begin(opened)

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

        async def opened() -> AsyncClient:
            return AsyncClient.from_instance(
                name,
                home=home,
                timeout=timeout,
                retries=retries,
                headers=headers,
                clock=clock,
                transport=transport,
            )

        client = cls.__new__(cls)
        client._begin(opened)
        return client

    def _begin(self, opened: Any) -> None:
        self._is_closed = False
        self._process = os.getpid()
        self._portal = portal.enter(self)
        try:
            self._client: AsyncClient = portal.run(self._portal, opened)
        except BaseException:
            self._is_closed = True
            portal.leave(self)
            raise

    def __enter__(self: Self) -> Self:
        self._check_open()
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError(NOT_PICKLED)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return shown(self, self._client.instance)

    def close(self) -> None:
        """Close all connections; closing twice does nothing."""
        if not self._is_closed:
            self._is_closed = True
            if self._process != os.getpid():
                return  # connections of the process that it was forked from
            try:
                portal.run(self._portal, self._client.aclose)
            finally:
                portal.leave(self)

    @property
    def instance(self) -> Instance:
        """The instance's settings, without its secret."""
        return self._client.instance

    @property
    def usage(self) -> Usage:
        """What this client has used so far."""
        return self._client.usage

    def call(
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
        """One call and its reply, by Xero's own names; see `AsyncClient.call`."""

        async def work() -> Reply:
            return await self._client.call(
                endpoint,
                params,
                body=body,
                modified_since=modified_since,
                idempotency_key=idempotency_key,
                timeout=timeout,
                retries=retries,
                headers=headers,
                to=to,
                force=force,
            )

        reply: Reply = self._run(work)
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
    ) -> Iterator[Reply]:
        """The replies of a list endpoint, page after page; InputError for any other endpoint."""
        self._check_open()
        replies = self._client.pages(
            endpoint,
            params,
            modified_since=modified_since,
            timeout=timeout,
            retries=retries,
            headers=headers,
            force=force,
        )

        async def following() -> Any:
            return await anext(replies, END)

        while (reply := self._run(following)) is not END:
            yield reply

    def _operate(self, endpoint: Endpoint, request: operations.OperationCall) -> Any:
        return self._run(self._client._operate, endpoint, request)

    def _run(self, work: Any, *args: Any) -> Any:
        self._check_open()
        return portal.run(self._portal, work, *args)

    def _check_open(self) -> None:
        if self._is_closed:
            raise RuntimeError(CLOSED)
        if self._process != os.getpid():
            raise RuntimeError(
                "this client was opened before the process was forked: open one in each process"
            )


def connect(
    name: str,
    *,
    home: Path | str | None = None,
    clock: Clock = SYSTEM_CLOCK,
    transport: Transport | None = None,
) -> Client:
    """A client for a saved instance: `Client.from_instance`."""
    return Client.from_instance(name, home=home, clock=clock, transport=transport)
