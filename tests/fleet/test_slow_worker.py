"""A worker that was thought lost but is only slow: its shard runs twice, at the same time."""

from __future__ import annotations

import base64
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from xeroport.jobs.fleet.call_shares import Loan
from xeroport.jobs.fleet.call_trace import Trace
from xeroport.jobs.fleet.shard import ShardOrder, ShardSecrets, sealed_for, work
from xeroport.secrets.vault import KEY_VARIABLE, Secret, Vault, parse_key
from xeroport.store.calls.app_minute import AppShare
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

ROWS = "SELECT count(*), count(DISTINCT invoice_id), sum(total) FROM {invoice}"
LINES = "SELECT count(*) FROM {lines}"


@pytest.mark.parametrize("kind", ["parquet", "postgres"])
def test_both_come_to_their_end_and_nothing_is_there_twice(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    monkeypatch.setenv(KEY_VARIABLE, key)
    url = f"parquet:{tmp_path}"
    if kind == "postgres":
        url = request.getfixturevalue("postgres_url")
    emulator = Emulator(150, limits="off", faults="slow:60ms")
    with emulator.serve() as base, ThreadPoolExecutor(3) as threads:
        instance = Instance("acme", base, base, emulator.client_id, rate_limit=6000)
        vault, secret = Vault(parse_key(key), KEY_VARIABLE), Secret(emulator.client_secret)
        private = ShardSecrets(url, secret=secret.reveal())
        sealed = sealed_for(vault, instance, private)
        order = ShardOrder(instance, sealed, ("contacts", "invoices", "payments"))
        start = threading.Barrier(3)

        def once() -> dict[str, Any]:
            start.wait()
            loan = Loan(None, {instance.client_id: AppShare(instance.client_id)})
            (report,) = work((order,), loan, Trace("shard-0", str(tmp_path / "nowhere"))).reports
            return report

        found = [each.result() for each in [threads.submit(once) for _ in range(3)]]
    assert [each["status"] for each in found] == ["done"] * 3, found
    invoices = emulator.organisation.tables["Invoice"]
    lines = sum(len(each["LineItems"]) for each in invoices)
    if kind == "postgres":
        with psycopg.connect(url) as database:
            row = database.execute(ROWS.format(invoice="acme.invoice")).fetchone()
            line = database.execute(LINES.format(lines="acme.invoice_line_item")).fetchone()
    else:
        row = duckdb.sql(ROWS.format(invoice=f"'{tmp_path}/acme/invoice/*.parquet'")).fetchall()[0]
        line = duckdb.sql(
            LINES.format(lines=f"'{tmp_path}/acme/invoice_line_item/*.parquet'")
        ).fetchall()[0]
    assert row == (len(invoices), len(invoices), sum(each["Total"] for each in invoices))
    assert line == (lines,)
