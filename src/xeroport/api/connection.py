"""The Python API: `connect` for ordinary code, `connect_async` for code in an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar, overload

from xeroport.catalogue import Endpoint
from xeroport.clock import Clock
from xeroport.config import home_folder
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport.xero.client import XeroClient, open_client
from xeroport.xero.policy.limits import Usage
from xeroport.xero.wire.reply import Reply
from xeroport.xero.wire.transport import Transport

T = TypeVar("T")
END = object()


@asynccontextmanager
async def connect_async(
    name: str,
    *,
    home: Path | str | None = None,
    clock: Clock | None = None,
    transport: Transport | None = None,
) -> AsyncIterator[XeroClient]:
    """A client for the instance of that name, for use in `async with`.

    `home` is the home folder (default: `XEROPORT_HOME` or the platform's). UnknownName if there
    is no such instance.
    """
    store = Store(home_folder(home))
    try:
        async with open_client(store, name, clock=clock, transport=transport) as client:
            yield client
    finally:
        store.close()


def connect(
    name: str,
    *,
    home: Path | str | None = None,
    clock: Clock | None = None,
    transport: Transport | None = None,
) -> Connection:
    """The same for code without an event loop; close it, or use it in `with`."""
    return Connection(name, home=home, clock=clock, transport=transport)


class Connection:
    """A client whose event loop runs in a thread of its own; safe to share between threads."""

    def __init__(
        self,
        name: str,
        *,
        home: Path | str | None = None,
        clock: Clock | None = None,
        transport: Transport | None = None,
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name=f"xeroport {name}", daemon=True
        )
        self._thread.start()
        self._opened = connect_async(name, home=home, clock=clock, transport=transport)
        self._closed = False
        try:
            self._client: XeroClient = self._run(self._opened.__aenter__())
        except BaseException:
            self._stop()
            raise

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def instance(self) -> Instance:
        """The instance's settings, without its secret."""
        return self._client.instance

    @property
    def usage(self) -> Usage:
        """What this connection has used so far."""
        return self._client.usage

    def call(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        body: Any = None,
        modified_since: datetime | date | str | None = None,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        to: Path | None = None,
        force: bool = False,
    ) -> Reply:
        """One call and its reply; see `XeroClient.call`."""
        return self._run(
            self._client.call(
                endpoint,
                params,
                body=body,
                modified_since=modified_since,
                idempotency_key=idempotency_key,
                headers=headers,
                to=to,
                force=force,
            )
        )

    @overload
    def records(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        modified_since: datetime | date | str | None = None,
        raw: Literal[False] = False,
        force: bool = False,
    ) -> Iterator[dict[str, Any]]: ...

    @overload
    def records(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        modified_since: datetime | date | str | None = None,
        raw: Literal[True],
        force: bool = False,
    ) -> Iterator[bytes]: ...

    def records(
        self,
        endpoint: Endpoint | str,
        params: Mapping[str, Any] | None = None,
        *,
        modified_since: datetime | date | str | None = None,
        raw: bool = False,
        force: bool = False,
    ) -> Iterator[dict[str, Any] | bytes]:
        """All records over all pages; see `XeroClient.records`."""
        found: AsyncIterator[dict[str, Any] | bytes]
        if raw:
            found = self._client.records(
                endpoint, params, modified_since=modified_since, raw=True, force=force
            )
        else:
            found = self._client.records(
                endpoint, params, modified_since=modified_since, force=force
            )
        while (each := self._run(_next(found))) is not END:
            yield each

    def close(self) -> None:
        """Close all connections and end the thread; closing twice does nothing."""
        if self._closed:
            return
        self._closed = True
        with suppress(RuntimeError):
            self._run(self._opened.__aexit__(None, None, None))
        self._stop()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("this connection is closed")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _stop(self) -> None:
        self._closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _next(found: AsyncIterator[Any]) -> Any:
    return await anext(found, END)
