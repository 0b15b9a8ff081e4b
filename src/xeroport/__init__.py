"""A stand-alone Xero connector.

    with xeroport.connect("acme-uk") as xero:
        for invoice in xero.invoices.list(statuses=["AUTHORISED"]):
            print(invoice["InvoiceNumber"], invoice["AmountDue"])

What this package exports is loaded when it is first used; `docs/reference/python.md` has it all.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

TYPE_CHECKING = False  # that of `typing` would load it, a third of the time of this import
if TYPE_CHECKING:
    from typing import Any

    from xeroport import errors as errors
    from xeroport import types as types
    from xeroport.api.async_client import AsyncClient as AsyncClient
    from xeroport.api.async_client import connect_async as connect_async
    from xeroport.api.client import Client as Client
    from xeroport.api.client import connect as connect
    from xeroport.api.jobs import fleet as fleet
    from xeroport.api.jobs import flow as flow
    from xeroport.api.jobs import flow_async as flow_async
    from xeroport.api.jobs import push as push
    from xeroport.api.jobs import push_async as push_async
    from xeroport.api.jobs import sync as sync
    from xeroport.api.jobs import sync_async as sync_async
    from xeroport.api.ledger import Report as Report
    from xeroport.api.ledger import ledger as ledger
    from xeroport.api.ledger import ledger_async as ledger_async
    from xeroport.api.ledger import report as report
    from xeroport.api.ledger import verify as verify
    from xeroport.api.ledger import verify_async as verify_async
    from xeroport.api.query import Books as Books
    from xeroport.api.query import QueryResult as QueryResult
    from xeroport.api.query import books as books
    from xeroport.api.query import instances as instances
    from xeroport.api.query import query as query
    from xeroport.errors import AccessError as AccessError
    from xeroport.errors import Busy as Busy
    from xeroport.errors import DayLimitReached as DayLimitReached
    from xeroport.errors import Incomplete as Incomplete
    from xeroport.errors import InputError as InputError
    from xeroport.errors import Interrupted as Interrupted
    from xeroport.errors import InvalidRows as InvalidRows
    from xeroport.errors import NotAuthenticated as NotAuthenticated
    from xeroport.errors import NotAuthorised as NotAuthorised
    from xeroport.errors import Refused as Refused
    from xeroport.errors import StoreError as StoreError
    from xeroport.errors import Unavailable as Unavailable
    from xeroport.errors import UnknownName as UnknownName
    from xeroport.errors import XeroportError as XeroportError
    from xeroport.jobs.fleet.report import FleetReport as FleetReport
    from xeroport.jobs.flow.report import FlowReport as FlowReport
    from xeroport.jobs.ledger import LedgerReport as LedgerReport
    from xeroport.jobs.push.report import PushReport as PushReport
    from xeroport.jobs.sync.report import SyncReport as SyncReport
    from xeroport.jobs.verify import Verification as Verification
    from xeroport.store.instances import Instance as Instance
    from xeroport.store.logins import TokenSet as TokenSet
    from xeroport.xero.sign_in.own_store import LoginStore as LoginStore
    from xeroport.xero.wire.reply import Reply as Reply
    from xeroport_emulator import Emulator as Emulator

__version__ = "0.2.0"

_PLACES = {
    "xeroport.api.async_client": ("AsyncClient", "connect_async"),
    "xeroport.api.client": ("Client", "connect"),
    "xeroport.api.jobs": (
        *("fleet", "flow", "flow_async", "push", "push_async", "sync", "sync_async"),
    ),
    "xeroport.api.ledger": (
        *("Report", "ledger", "ledger_async", "report", "verify", "verify_async"),
    ),
    "xeroport.api.query": ("Books", "QueryResult", "books", "instances", "query"),
    "xeroport_emulator": ("Emulator",),
    "xeroport.errors": (
        *("AccessError", "Busy", "DayLimitReached", "Incomplete", "InputError", "Interrupted"),
        *("InvalidRows", "NotAuthenticated", "NotAuthorised", "Refused", "StoreError"),
        *("Unavailable", "UnknownName", "XeroportError"),
    ),
    "xeroport.jobs.fleet.report": ("FleetReport",),
    "xeroport.jobs.flow.report": ("FlowReport",),
    "xeroport.jobs.ledger": ("LedgerReport",),
    "xeroport.jobs.push.report": ("PushReport",),
    "xeroport.jobs.sync.report": ("SyncReport",),
    "xeroport.jobs.verify": ("Verification",),
    "xeroport.store.instances": ("Instance",),
    "xeroport.store.logins": ("TokenSet",),
    "xeroport.xero.sign_in.own_store": ("LoginStore",),
    "xeroport.xero.wire.reply": ("Reply",),
}
_MODULE_OF = {name: module for module, names in _PLACES.items() for name in names}

__all__ = ["__version__", *sorted(_MODULE_OF)]


class _FrontDoor(ModuleType):
    """Keeps an exported name when a package of the same name is imported: `xeroport.books` stays
    the function, though there is a package `xeroport.books`."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _MODULE_OF and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name in ("errors", "types"):
            return import_module(f"xeroport.{name}")
        if name not in _MODULE_OF:
            raise AttributeError(f"module `xeroport` has no attribute `{name}`")
        value = getattr(import_module(_MODULE_OF[name]), name)
        super().__setattr__(name, value)
        return value

    def __dir__(self) -> list[str]:
        return __all__


sys.modules[__name__].__class__ = _FrontDoor
