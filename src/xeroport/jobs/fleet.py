"""Fleet: many instances synced by many workers; the driver hands out and alone keeps the books.

The work is cut into shards of instances, given to any `concurrent.futures.Executor`. A worker that
is lost takes nothing with it: rows and checkpoints commit together in the destination, and its
shard is given out again.
"""

from __future__ import annotations

import base64
import concurrent.futures as futures
import fnmatch
import math
import os
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct, field

from xeroport.credentials import KEY_BYTES, KEY_VARIABLE, Vault, parse_key
from xeroport.destinations import settled, shown
from xeroport.errors import InputError, UnknownName
from xeroport.jobs import logbook, sync_log
from xeroport.jobs.crew import Crew, Engine
from xeroport.jobs.shard import Order, work
from xeroport.store import instances, leases, places, runs
from xeroport.store.database import Store
from xeroport.store.leases import Lease

APP_MINUTE = 10_000
"""Calls a minute that Xero allows one app over all organisations."""

AT_ONCE = 8
"""Instances of one shard side by side: each takes a connection to the destination."""

SHARD = 24
TRIES = 3
KEPT_RUNS = 50
"""Of each instance; a report of 36 streams has 16 kB, so those with nothing new are left out."""

RENEW_SECONDS = 30.0


class FleetReport(Struct):
    """What a fleet sync came to. `behind`: stopped or not complete, to be gone on with; `failing`:
    instance → why; `busy`: being synced by someone else."""

    destination: str
    instances: int = 0
    done: int = 0
    behind: list[str] = field(default_factory=list)
    failing: dict[str, str] = field(default_factory=dict)
    busy: list[str] = field(default_factory=list)
    shards: int = 0
    given_again: int = 0
    calls: int = 0
    records: int = 0
    seconds: float = 0.0

    @property
    def exit_status(self) -> int:
        """0 if all are done."""
        return 1 if self.behind or self.failing or self.busy else 0


Tell = Callable[[FleetReport], None]


def selected(store: Store, patterns: Sequence[str]) -> tuple[str, ...]:
    """The instances whose names match any of the patterns (`*` matches all); by name."""
    known = [each.name for each in instances.all_instances(store)]
    if not known:
        raise InputError("there is no instance yet", hint="`xeroport instance import FILE.csv`")
    found = [name for name in known if any(fnmatch.fnmatch(name, each) for each in patterns)]
    for pattern in patterns:
        if not any(fnmatch.fnmatch(name, pattern) for name in known):
            raise UnknownName("instance", pattern, known, hint="see `xeroport instance list`")
    return tuple(found)


def address(template: str, name: str) -> str:
    """The destination of one instance: `{instance}` in the template is its name."""
    if template.startswith("duckdb:") and "{instance}" not in template:
        raise InputError(
            f"`{template}` can be written by one process at a time",
            hint="use `duckdb:books/{instance}.duckdb`, Postgres or Parquet",
        )
    if template.startswith("parquet:") and template.rstrip("/").endswith("/{instance}"):
        template = template.rstrip("/").removesuffix("/{instance}")
    return settled(template.replace("{instance}", name))


def fleet_sync(
    store: Store,
    names: Sequence[str],
    *,
    to: str,
    engine: Engine,
    streams: Iterable[str] = (),
    full: bool = False,
    tell: Tell = lambda _: None,
) -> FleetReport:
    """Sync instances by the workers of an engine; every instance's report is kept as its run."""
    began = time.monotonic()
    vault, key = _sealing(engine)
    orders = [
        Order(
            instance=instances.get(store, name),
            sealed=vault.seal(instances.secret(store, name)),
            url=address(to, name),
            streams=tuple(streams),
            full=full,
        )
        for name in names
    ]
    report = FleetReport(destination=shown(to), instances=len(orders))
    with Crew(engine, key) as crew:
        _drive(store, crew, orders, report, tell)
    report.seconds = round(time.monotonic() - began, 3)
    return report


def shards(orders: Sequence[Order], workers: int) -> list[tuple[Order, ...]]:
    """Orders cut so that every worker has several shards, and none is long."""
    size = max(1, min(SHARD, math.ceil(len(orders) / (workers * 4))))
    return [tuple(orders[at : at + size]) for at in range(0, len(orders), size)]


def at_once(workers: int) -> int:
    """How many instances a shard may run side by side: 60 calls a minute each, and all workers
    together within the app's 10,000."""
    return max(1, min(AT_ONCE, APP_MINUTE // 60 // workers))


def _drive(
    store: Store, crew: Crew, orders: Sequence[Order], report: FleetReport, tell: Tell
) -> None:
    """Hand the shards out, keep what comes back, hand out again what a lost worker had."""
    held: dict[str, Lease] = {}
    waiting = deque((shard, 1) for shard in shards(orders, crew.workers))
    report.shards = len(waiting)
    running: dict[futures.Future[list[dict[str, Any]]], tuple[tuple[Order, ...], int]] = {}
    renewed = time.monotonic()
    try:
        while waiting or running:
            while waiting and len(running) < crew.workers * 2:
                shard, tries = waiting.popleft()
                shard = tuple(each for each in shard if _take(store, each, held, report))
                if not shard:
                    continue
                running[crew.submit(work, shard, at_once(crew.workers))] = (shard, tries)
            ended, _ = futures.wait(running, timeout=1.0, return_when=futures.FIRST_COMPLETED)
            for each in ended:
                shard, tries = running.pop(each)
                again = _ended(store, crew, each, shard, tries, report)
                waiting.extend(again)
                if not again:
                    _give_back(store, shard, held)
            if time.monotonic() - renewed > RENEW_SECONDS:
                renewed = time.monotonic()
                for lease in held.values():
                    leases.renew(store, lease)
            tell(report)
    finally:
        for each in running:
            each.cancel()
        for lease in held.values():
            leases.give_back(store, lease)


def _ended(
    store: Store,
    crew: Crew,
    ended: futures.Future[list[dict[str, Any]]],
    shard: tuple[Order, ...],
    tries: int,
    report: FleetReport,
) -> list[tuple[tuple[Order, ...], int]]:
    """Keep a shard's reports; what must be handed out again if its worker was lost."""
    try:
        found = ended.result()
    except InputError:
        raise
    except Exception as error:
        crew.mend(error)
        if tries < TRIES:
            report.given_again += 1
            return [(shard, tries + 1)]
        for order in shard:
            report.failing[order.instance.name] = f"its worker was lost {tries} times: {error}"
        return []
    for order, each in zip(shard, found, strict=True):
        _keep(store, order, each, report)
    return []


def _keep(store: Store, order: Order, found: dict[str, Any], report: FleetReport) -> None:
    name = order.instance.name
    with logbook.opened(store, name, "sync", {"to": shown(order.url), "fleet": True}) as run:
        sync_log.tell_all(found)
    places.remember(store, name, order.url, shown=shown(order.url))
    told = [each for each in found["streams"] if each["status"] != "done" or each["records"]]
    runs.finish(store, run, found["status"], found | {"streams": told}, kept=KEPT_RUNS)
    report.calls += found["calls"]
    report.records += found["records"]
    if found["status"] == "done":
        report.done += 1
    elif found["status"] == "failed":
        report.failing[name] = found["error"] or _why(found)
    else:
        report.behind.append(name)


def _why(found: dict[str, Any]) -> str:
    errors = [each["error"] for each in found["streams"] if each["error"] and not each["expected"]]
    return errors[0] if errors else "no stream could be read"


def _take(store: Store, order: Order, held: dict[str, Lease], report: FleetReport) -> bool:
    """Whether the instance is ours to hand out; if another has it, it is told as busy."""
    name = order.instance.name
    if name in held:
        return True
    lease = leases.take(store, leases.way_into(name, order.url))
    if lease is None:
        report.busy.append(name)
        return False
    held[name] = lease
    return True


def _give_back(store: Store, shard: tuple[Order, ...], held: dict[str, Lease]) -> None:
    for order in shard:
        lease = held.pop(order.instance.name, None)
        if lease is not None:
            leases.give_back(store, lease)


def _sealing(engine: Engine) -> tuple[Vault, str]:
    """What orders are sealed with: the workers' own key where they are started by others, else
    one for this fleet alone."""
    text = os.environ.get(KEY_VARIABLE)
    if engine.is_remote:
        if not text:
            raise InputError(
                f"`{KEY_VARIABLE}` is not set", hint="driver and workers must have the same key"
            )
        return Vault(parse_key(text), KEY_VARIABLE), text
    text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return Vault(parse_key(text), KEY_VARIABLE), text


def fleet_status(store: Store) -> list[dict[str, Any]]:
    """Each instance with its latest sync: status, when, why it fails."""
    found = []
    for each in instances.all_instances(store):
        latest = next(iter(runs.recent(store, 1, instance=each.name, job="sync")), None)
        found.append(
            {
                "instance": each.name,
                "organisation": each.organisation,
                "status": latest.status if latest else "never synced",
                "finished_at": latest.finished_at if latest else None,
                "records": latest.report.get("records") if latest else None,
                "error": latest.report.get("error") if latest else None,
            }
        )
    return found
