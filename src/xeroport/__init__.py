"""A stand-alone Xero connector.

    with xeroport.connect("acme-uk") as xero:
        for invoice in xero.records("invoices.list", {"Statuses": ["AUTHORISED"]}):
            print(invoice["InvoiceNumber"], invoice["AmountDue"])

What this package exports is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xeroport.api.connection import Connection as Connection
    from xeroport.api.connection import connect as connect
    from xeroport.api.connection import connect_async as connect_async
    from xeroport.errors import XeroportError as XeroportError
    from xeroport.jobs.push.run import push as push
    from xeroport.jobs.sync.run import sync as sync
    from xeroport.xero.client import XeroClient as XeroClient
    from xeroport.xero.wire.reply import Reply as Reply

__version__ = "0.1.0"

_PLACES = {
    "Connection": "xeroport.api.connection",
    "Reply": "xeroport.xero.wire.reply",
    "XeroClient": "xeroport.xero.client",
    "XeroportError": "xeroport.errors",
    "connect": "xeroport.api.connection",
    "connect_async": "xeroport.api.connection",
    "push": "xeroport.jobs.push.run",
    "sync": "xeroport.jobs.sync.run",
}

__all__ = [
    "Connection",
    "Reply",
    "XeroClient",
    "XeroportError",
    "__version__",
    "connect",
    "connect_async",
    "push",
    "sync",
]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module `xeroport` has no attribute `{name}`")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return __all__
