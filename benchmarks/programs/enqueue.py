"""Rows read, checked and enqueued: a push whose server is not there: `enqueue.py FILE ROWS`."""

import asyncio
import os
import sys
from pathlib import Path

from xeroport.clock import SystemClock
from xeroport.jobs.push.run import Order, push_async
from xeroport.store.database import Store


class Hasty:
    """The system's clock, but nobody waits."""

    now = SystemClock().now
    monotonic = SystemClock().monotonic

    async def sleep(self, seconds):
        await asyncio.sleep(0)


store = Store(Path(os.environ["XEROPORT_HOME"]))
order = Order("acme", "invoices.create", path=sys.argv[1], key=("InvoiceNumber",))
store.clock = Hasty()
report = asyncio.run(push_async(store, order))
assert report.counts["pending"] == int(sys.argv[2]), report.counts
store.close()
