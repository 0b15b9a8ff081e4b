"""The work of one fleet worker: some instances, side by side in one event loop.

A worker is pure: it gets sealed orders, works against the destination, and returns reports. It
has no store; what it needs while calling lies in a folder that goes with the shard.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from xeroport.clock import SYSTEM_CLOCK
from xeroport.destinations import shown
from xeroport.errors import StoreError, XeroportError
from xeroport.jobs.fleet import call_trace as trace
from xeroport.jobs.fleet.call_shares import Loan
from xeroport.jobs.fleet.call_trace import Trace
from xeroport.jobs.sync.held_state import destination_at, state_now
from xeroport.jobs.sync.options import Options, chosen
from xeroport.jobs.sync.planned import Planned
from xeroport.jobs.sync.report import SyncReport, add_up
from xeroport.jobs.sync.stream_tasks import synchronise
from xeroport.secrets.vault import KEY_VARIABLE, Secret, Vault, parse_key
from xeroport.store.calls import app_minute, carried
from xeroport.store.calls.carried import CarriedUsage
from xeroport.store.calls.file import FILE_NAME, Calls
from xeroport.store.instances import Instance, account_of
from xeroport.store.stream_reads import HeldState, StreamRead
from xeroport.xero.client import XeroClient
from xeroport.xero.request_sender import Access
from xeroport.xero.sign_in.login_tokens import HandedToken

AT_ONCE = 8
"""Instances of one shard side by side: each takes a connection to the destination."""


@dataclass(frozen=True)
class EarlierSyncs:
    """What earlier syncs of an instance into its destination know; see `Planned`."""

    reads: Mapping[str, StreamRead] = field(default_factory=dict)
    held: HeldState | None = None
    access: str = ""
    webhooks: bool = False


@dataclass(frozen=True)
class ShardOrder:
    """One instance to sync: its settings, what is left of its budgets, what earlier syncs know,
    and, sealed, its secret and the destination, whose URL may hold a password."""

    instance: Instance
    sealed: bytes
    streams: tuple[str, ...] = ()
    full: bool = False
    fresh: bool = False
    budgets: CarriedUsage = field(default_factory=CarriedUsage)
    before: EarlierSyncs = field(default_factory=EarlierSyncs)


@dataclass(frozen=True)
class ShardResult:
    """What a shard came to: a report, the budgets and what to keep an order; `inherited` is calls
    of workers lost before, whose traces were found; `spent` goes to the next shard of the place;
    `worker` is Dask's name."""

    reports: list[dict[str, Any]]
    budgets: list[CarriedUsage]
    after: list[EarlierSyncs]
    inherited: int = 0
    spent: Mapping[str, list[float]] = field(default_factory=dict)
    worker: str | None = None


class ShardSecrets(msgspec.Struct, frozen=True):
    """What of an order nobody on the way to its worker may read. An instance of a login brings an
    access token instead of a secret: only the driver refreshes."""

    url: str
    secret: str = ""
    token: str = ""
    token_expires_at: float = 0.0


def sealed_for(vault: Vault, instance: Instance, private: ShardSecrets) -> bytes:
    """The private part of an instance's order."""
    text = msgspec.json.encode(private).decode()
    return vault.seal(text, bound_to=_order_of(instance.name))


def _order_of(instance: str) -> str:
    return f"fleet order {instance}"


def work(orders: tuple[ShardOrder, ...], loan: Loan, traced: Trace) -> ShardResult:
    """Sync the instances within what was lent.

    StoreError if the worker has not the key; anything wrong with one instance is in its report.
    """
    vault = _vault(orders[0])
    with trace.folder_of(traced) as (folder, is_seen):
        worker = None if is_seen or traced.topic is None else trace.dask_worker()
        is_new = not (folder / FILE_NAME).exists()
        calls = Calls(folder)
        inherited = app_minute.calls_made(calls)
        try:
            _begin(calls, loan, orders if is_new else ())
            with tempfile.TemporaryDirectory(prefix="landing-", dir=folder) as landing:
                ended = asyncio.run(
                    _side_by_side(orders, loan, vault, calls, Path(landing), traced, worker)
                )
            now = SYSTEM_CLOCK.now().timestamp()
            budgets = [
                carried.pack(calls, account_of(order.instance), now, only_made_here=True)
                for order in orders
            ]
            spent = _spent(calls, loan, now)
        finally:
            calls.close()
    reports, after = [report for report, _ in ended], [known for _, known in ended]
    return ShardResult(
        reports, budgets, after, inherited, spent, worker.address if worker else None
    )


def _vault(order: ShardOrder) -> Vault:
    """The key that this worker was started with, if it opens what the driver has sealed."""
    hint = "start the workers with the key that the driver has"
    text = os.environ.get(KEY_VARIABLE)
    if not text:
        raise StoreError(f"a fleet worker has no `{KEY_VARIABLE}`", hint=hint)
    vault = Vault(parse_key(text), KEY_VARIABLE)
    if not vault.opens(order.sealed, bound_to=_order_of(order.instance.name)):
        raise StoreError(f"a fleet worker has another `{KEY_VARIABLE}`", hint=hint)
    return vault


def _begin(calls: Calls, loan: Loan, orders: tuple[ShardOrder, ...]) -> None:
    """Count what was called before, with the place and by the instances."""
    now = SYSTEM_CLOCK.now().timestamp()
    for app, ages in loan.spent.items():
        app_minute.spend(calls, app, ages, now)
    for order in orders:
        carried.unpack(calls, account_of(order.instance), order.budgets, now)


def _spent(calls: Calls, loan: Loan, now: float) -> dict[str, list[float]]:
    """The calls that still count against places which others will have after us."""
    if loan.place is None:
        return {}
    return {app: app_minute.spent(calls, app, now) for app in loan.shares}


async def _side_by_side(
    orders: tuple[ShardOrder, ...],
    loan: Loan,
    vault: Vault,
    calls: Calls,
    landing: Path,
    traced: Trace,
    worker: Any,
) -> list[tuple[dict[str, Any], EarlierSyncs]]:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(order: ShardOrder) -> tuple[dict[str, Any], EarlierSyncs]:
        async with slots:
            return await _sync(order, loan, vault, calls, landing / order.instance.name)

    telling = asyncio.create_task(trace.keep_telling(traced, worker, calls)) if worker else None
    try:
        return list(await asyncio.gather(*(one(each) for each in orders)))
    finally:
        if telling is not None:
            telling.cancel()


def _handed(instance: Instance, private: ShardSecrets) -> Access | None:
    """Where the tokens of an instance of a login come from, in a worker."""
    if instance.login is None:
        return None
    token, name = Secret(private.token), instance.login
    return lambda _post, clock, _patience: HandedToken(
        token, private.token_expires_at, name=name, clock=clock
    )


async def _sync(
    order: ShardOrder, loan: Loan, vault: Vault, calls: Calls, folder: Path
) -> tuple[dict[str, Any], EarlierSyncs]:
    clock = SYSTEM_CLOCK
    name = order.instance.name
    started = clock.now().isoformat(timespec="milliseconds")
    private = msgspec.json.decode(
        vault.unseal(order.sealed, bound_to=_order_of(name)).reveal(), type=ShardSecrets
    )
    report = SyncReport(instance=name, destination=shown(private.url), started_at=started)
    before, after = order.before, EarlierSyncs()
    planned = Planned(
        clock.now(),
        reads=before.reads,
        everything=order.full or order.fresh or bool(order.streams),
        webhooks=before.webhooks,
        access=before.access,
    )
    try:
        client = XeroClient(
            order.instance,
            Secret(private.secret),
            calls=calls,
            app=loan.shares[order.instance.client_id],
            clock=clock,
            access=_handed(order.instance, private),
        )
        opened = destination_at(private.url, instance=name, known=before.held)
        async with opened as destination, client:
            await synchronise(
                client,
                destination,
                report,
                streams=chosen(order.streams),
                folder=folder,
                options=Options(full=order.full, named=bool(order.streams)),
                clock=clock,
                planned=planned,
            )
        after = EarlierSyncs(
            planned.reads_to_keep({each.stream: each for each in report.streams}),
            state_now(private.url, instance=name, known=before.held, standing=planned.standing),
        )
    except XeroportError as error:
        report.status, report.exit_status = "failed", error.exit_status
        report.error, report.hint = error.message, error.hint
    except Exception as error:
        report.status, report.exit_status = "failed", 1
        report.error = f"unexpected {type(error).__name__}: {error}"
    add_up(report)
    return report.as_dict(), after
