"""Xero's Python SDK creating invoices in batches of 50, as its README shows; nothing of ours."""

from __future__ import annotations

import base64
import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from xero_python.accounting import AccountingApi, Contact, Invoice, Invoices, LineItem
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token


def run(url: str, client_id: str, client_secret: str, tenant_id: str, count: int) -> str:
    token = OAuth2Token(client_id=client_id, client_secret=client_secret)
    kept: dict[str, Any] = {}
    client = ApiClient(Configuration(oauth2_token=token), pool_threads=1)
    client.oauth2_token_getter(lambda: kept)
    client.oauth2_token_saver(kept.update)
    kept.update(_token(url, client_id, client_secret))
    client.set_oauth2_token(kept)
    api = AccountingApi(client)
    api.base_url = f"{url}/api.xro/2.0"
    done = failed = 0
    for start in range(0, count, 50):
        batch = Invoices(
            invoices=[
                Invoice(
                    type="ACCREC",
                    reference=f"R-{n}",
                    contact=Contact(name="Bluebell Ltd"),
                    date=date(2026, 11, 1),
                    line_items=[
                        LineItem(
                            description="Work",
                            quantity=2.0,
                            unit_amount=float(n),
                            account_code="200",
                        )
                    ],
                )
                for n in range(start, min(start + 50, count))
            ]
        )
        for _ in range(2):
            try:
                made = api.create_invoices(tenant_id, batch, summarize_errors=False)
                done += len(made.invoices)
                break
            except Exception:
                failed += 1
    return f"{done:,} sent, {failed} batches raised"


def _token(url: str, client_id: str, client_secret: str) -> dict[str, Any]:
    given = f"{client_id}:{client_secret}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(given).decode()}"}
    body = urlencode({"grant_type": "client_credentials"}).encode()
    with urlopen(Request(f"{url}/connect/token", body, headers)) as reply:
        found: dict[str, Any] = json.load(reply)
    return found | {"expires_at": time.time() + 1800, "scope": found["scope"].split()}


def main() -> None:
    """Arguments: base URL, client id, client secret, tenant id, number of invoices."""
    began, cpu = time.perf_counter(), time.process_time()
    told = run(*sys.argv[1:5], int(sys.argv[5]))
    took, used = time.perf_counter() - began, time.process_time() - cpu
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(f"{took:.1f} {used:.1f} {peak:.0f} {told}")


if __name__ == "__main__":
    main()
