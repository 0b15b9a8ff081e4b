"""Invoices without numbers pushed from Python: `rows.py COUNT`; nothing may be lost or doubled."""

import asyncio
import os
import sys
from datetime import date
from pathlib import Path

from xeroport.jobs.push.run import Order, push_async
from xeroport.store.database import Store

try:
    from xeroport.rows.source import from_rows
except ImportError:
    from xeroport.jobs.push.source import from_rows

count = int(sys.argv[1])
rows = (
    {
        "Type": "ACCREC",
        "Reference": f"R-{n}",
        "Contact": {"Name": "Bluebell Ltd"},
        "Date": date(2026, 11, 1),
        "LineItems": [
            {"Description": "Work", "Quantity": 2, "UnitAmount": n, "AccountCode": "200"}
        ],
    }
    for n in range(count)
)
store = Store(Path(os.environ["XEROPORT_HOME"]))
order = Order("acme", "invoices.create", rows=from_rows(rows), key=("Reference",))
report = asyncio.run(push_async(store, order))
assert report.counts == {"sent": count}, report.counts
store.close()
