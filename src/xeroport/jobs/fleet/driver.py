"""The driver of a fleet: hands shards out, keeps what comes back, gives lost ones out again.

A lost worker is mostly the machine's doing; so its shard is given out again like any other. One
that is lost twice is suspected of doing it: at the end its instances go out one by one, with
nothing beside them, and one that is lost then is failing.
"""

from __future__ import annotations

import concurrent.futures as futures
import math
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from xeroport.destinations import shown
from xeroport.errors import AccessError, Busy, InputError, Unavailable, UnknownName
from xeroport.jobs import run_log
from xeroport.jobs.fleet.call_shares import Loan, Shares
from xeroport.jobs.fleet.call_trace import Traces
from xeroport.jobs.fleet.executors import FleetWorkers
from xeroport.jobs.fleet.report import FleetReport
from xeroport.jobs.fleet.shard import ShardOrder, ShardResult, work
from xeroport.jobs.sync import log_lines as sync_log
from xeroport.jobs.sync.report import FINE
from xeroport.store import leases, places, stream_reads
from xeroport.store.calls import carried
from xeroport.store.calls.file import Calls
from xeroport.store.database import Store
from xeroport.store.instances import account_of
from xeroport.store.leases import Lease

SHARD = 24
KEPT_RUNS = 50
"""Of each instance; a report of 36 streams has 16 kB, so those with nothing new are left out."""

RENEW_SECONDS = 30.0
ENOUGH = 3
"""Instances lost alone, one after the other, before any worked: then it is not their doing."""

Tell = Callable[[FleetReport], None]


@dataclass(frozen=True, slots=True)
class Shard:
    """Instances that go out together, for the `tries`th time."""

    key: str
    names: tuple[str, ...]
    tries: int = 1


@dataclass(frozen=True, slots=True)
class ShardAtWork:
    """A shard at work: its orders, and what it was lent."""

    shard: Shard
    orders: tuple[ShardOrder, ...]
    loan: Loan


def shards(
    names: tuple[str, ...], *, workers: int, account: Callable[[str], str] = str
) -> list[Shard]:
    """Names cut so that every worker has several shards, and none is long. Instances of one
    account, which have one budget at Xero, go out together: workers cannot ask one another."""
    size = max(1, min(SHARD, math.ceil(len(names) / (workers * 4))))
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(account(name), []).append(name)
    cut: list[list[str]] = []
    for group in groups.values():
        if not cut or len(cut[-1]) >= size or len(cut[-1]) + len(group) > max(size, SHARD):
            cut.append([])
        cut[-1] += group
    return [Shard(f"shard-{number}", tuple(each)) for number, each in enumerate(cut)]


@dataclass(slots=True, kw_only=True)
class FleetDriver:
    """One fleet sync under way. `order` makes an instance's order when it is handed out, so that
    what is held does not grow with the fleet; `url` is its destination, `prepare` is done before
    some instances are handed out, `waiting` are the shards to hand out."""

    store: Store
    fleet_workers: FleetWorkers
    shares: Shares
    traces: Traces
    report: FleetReport
    order: Callable[[str], ShardOrder]
    url: Callable[[str], str]
    prepare: Callable[[tuple[str, ...]], None]
    waiting: deque[Shard]
    _calls: Calls = field(init=False)
    _suspects: deque[Shard] = field(default_factory=deque)
    _out: dict[futures.Future[ShardResult], ShardAtWork] = field(default_factory=dict)
    _held: dict[str, Lease] = field(default_factory=dict)
    _has_worked: bool = False

    def __post_init__(self) -> None:
        self._calls = Calls(self.store.home)
        self.report.shards = len(self.waiting)

    def run(self, tell: Tell) -> None:
        """Until every instance has ended; leases are given back whatever happens."""
        renewed = time.monotonic()
        try:
            while self._hand_out():
                tell(self.report)
                ended, _ = futures.wait(self._out, timeout=1.0, return_when=futures.FIRST_COMPLETED)
                back = [(out, self._out.pop(out)) for out in ended]
                returned = [(out, self._taken_back(taken, out)) for taken, out in back]
                self._hand_out()
                for out, worked in returned:
                    if worked is not None:
                        self._keep(out, worked)
                if time.monotonic() - renewed > RENEW_SECONDS:
                    renewed = time.monotonic()
                    for lease in self._held.values():
                        leases.renew(self.store, lease)
            tell(self.report)
        finally:
            for worker in self._out:
                worker.cancel()
            self._give_back(tuple(self._held))
            self._calls.close()

    def _hand_out(self) -> bool:
        """Keep the workers busy; whether anything is at work."""
        room = self.fleet_workers.workers * 2 if self.shares.places is None else self.shares.places
        while self.waiting and len(self._out) < room:
            self._submit(self.waiting.popleft())
        while self._suspects and not self._out:
            self._submit(self._suspects.popleft())
        return bool(self._out)

    def _submit(self, shard: Shard) -> None:
        self.prepare(shard.names)
        with self.store.transaction(durable=False):
            orders = tuple(filter(None, map(self._taken, shard.names)))
        if not orders:
            return
        loan = self.shares.lend((order.instance for order in orders), time.monotonic())
        assert loan is not None, "no more shards are at work than there are places"
        future = self.fleet_workers.submit(work, orders, loan, self.traces.of(shard.key))
        self._out[future] = ShardAtWork(shard, orders, loan)

    def _taken(self, name: str) -> ShardOrder | None:
        """The order of an instance that is ours to hand out; if not, the report says why."""
        try:
            order = self.order(name)
        except (UnknownName, AccessError) as error:
            self._fail(name, error.message)
            return None
        if name not in self._held:
            lease = leases.take(self.store, leases.way_into(name, self.url(name)))
            if lease is None:
                self.report.busy.append(name)
                self.report.settle(Busy.exit_status)
                return None
            self._held[name] = lease
        return replace(
            order, budgets=carried.pack(self._calls, account_of(order.instance), time.time())
        )

    def _taken_back(
        self, ended: futures.Future[ShardResult], out: ShardAtWork
    ) -> ShardResult | None:
        """What a shard brought; None if its worker was lost, and the shard waits again."""
        try:
            worked = ended.result()
        except InputError:
            raise
        except (ImportError, AttributeError) as error:
            raise InputError(
                f"a worker cannot do the work: {error}",
                hint="install the same version of xeroport where the workers run",
            ) from error
        except Exception as error:
            self.shares.give_back(out.loan, time.monotonic(), None)
            names = tuple(order.instance.name for order in out.orders)
            self.fleet_workers.lost(ended, error)
            self._lost(replace(out.shard, names=names), error)
            return None
        self.shares.give_back(out.loan, time.monotonic(), worked.spent)
        self._has_worked = True
        return worked

    def _lost(self, shard: Shard, error: Exception) -> None:
        """Give a lost shard out again: like any other, then one by one, then no more."""
        calls = self.traces.left(shard.key)
        if calls is None:
            self.report.uncounted += 1
        if shard.tries == 1:
            self.report.given_again += 1
            self.waiting.append(replace(shard, tries=2))
            return
        self._count_lost(calls or 0)
        self.traces.forget(shard.key)
        if shard.tries == 2:
            self.report.given_again += 1
            self._suspects.extend(Shard(f"alone-{name}", (name,), 3) for name in shard.names)
            return
        why = str(error) or type(error).__name__
        for name in shard.names:
            self._fail(name, f"its worker is lost each time: {why}")
        if len(self.report.failing) >= ENOUGH and not self._has_worked:
            raise Unavailable(
                f"no worker stays alive: {why}",
                hint="see whether one instance can be synced alone: `xeroport sync NAME`",
            ) from error

    def _keep(self, out: ShardAtWork, worked: ShardResult) -> None:
        """Write down what a shard did, in one transaction: a disk is waited for once."""
        key = out.shard.key
        self._count_lost(worked.inherited + self.traces.reported(key, but_by=worked.worker))
        self.traces.forget(key)
        with self.store.transaction():
            for order, report, after in zip(out.orders, worked.reports, worked.after, strict=True):
                self._keep_run(order, report)
                mark = leases.place_mark(self.url(order.instance.name))
                stream_reads.remember(
                    self.store, order.instance.name, mark, after.reads, state=after.held
                )
            self._give_back(each.instance.name for each in out.orders)
        for order, budgets in zip(out.orders, worked.budgets, strict=True):
            app = order.instance.client_id
            carried.unpack(self._calls, account_of(order.instance), budgets, time.time(), app=app)

    def _keep_run(self, order: ShardOrder, report: dict[str, Any]) -> None:
        name = order.instance.name
        news = report | {"streams": [stream for stream in report["streams"] if _is_news(stream)]}
        url = self.url(name)
        arguments = {"to": shown(url), "fleet": True}
        with run_log.opened(self.store, name, "sync", arguments) as run:
            sync_log.tell_all(news)
            run.end(report["status"], news, kept=KEPT_RUNS)
        places.remember(self.store, name, url, shown=shown(url))
        self.report.add(name, report)

    def _fail(self, name: str, why: str) -> None:
        self.report.failing[name] = why
        self.report.settle(1)
        self._give_back((name,))

    def _count_lost(self, calls: int) -> None:
        self.report.lost_calls += calls
        self.report.calls += calls

    def _give_back(self, names: Iterable[str]) -> None:
        for name in names:
            lease = self._held.pop(name, None)
            if lease is not None:
                leases.give_back(self.store, lease)


def _is_news(stream: dict[str, object]) -> bool:
    return stream["status"] not in FINE or bool(stream["records"])
