"""The scheduler: starts what is due, once each, and says when something keeps failing.

It owns no state: every decision is a transaction in `store/schedules.py`, so that any number of
processes may run one on the same home folder, and a killed one loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from xeroport.errors import XeroportError
from xeroport.jobs.alerts.notify import tell
from xeroport.jobs.logins.login_state import keep_alive
from xeroport.store import schedules
from xeroport.store.database import Store
from xeroport.store.processes import this_process
from xeroport.store.schedules import LEASE, Firing, Incident, Schedule

POLL_SECONDS = 5.0
LOGIN_SECONDS = 3600.0
"""How often it is looked whether a login is quiet."""
MOST_ATTEMPTS = 5
"""A run whose process died so often is given up until it is due again."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunEnding:
    """How a run ended: `done`, or what it is called in the run's own list."""

    status: str
    run: int | None = None
    message: str | None = None


Runner = Callable[[Schedule, datetime], Awaitable[RunEnding]]
"""Does one run, given its schedule and the instant (UTC) at which it was due."""


class Scheduler:
    """Starts due runs, at most `slots` at a time, each by the runner of its schedule's kind, and
    delivers the notices of their incidents."""

    def __init__(self, store: Store, runners: Mapping[str, Runner], *, slots: int = 4) -> None:
        self._store = store
        self._runners = runners
        self._clock = store.clock
        self._slots = slots
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._teller: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._keep_again = float("-inf")

    async def serve(self, stop: asyncio.Event) -> None:
        """Start what falls due until told to stop; then let what runs come to its end."""
        while not stop.is_set():
            try:
                self.start_due()
            except Exception:  # such as a full disk: said, and tried again
                log.exception("what is due could not be looked up")
            self.tell()
            self.keep_logins()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_SECONDS)
        await self.settle()

    def cancel(self) -> None:
        """Stop running jobs cleanly; the next start continues from there."""
        for task in (*self._tasks, self._teller, self._keeper):
            if task is not None:
                task.cancel()

    async def settle(self) -> None:
        """Wait for all that was started."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
        if self._teller is not None:
            await asyncio.wait([self._teller])

    def tell(self) -> None:
        """Deliver the notices whose time has come, unless that is being done already."""
        if self._teller is None or self._teller.done():
            self._teller = asyncio.create_task(self._tell())

    def keep_logins(self) -> None:
        """Refresh the logins that would soon expire at Xero, once an hour at most."""
        is_busy = self._keeper is not None and not self._keeper.done()
        now = self._clock.monotonic()
        if is_busy or now < self._keep_again:
            return
        self._keep_again = now + LOGIN_SECONDS
        self._keeper = asyncio.create_task(self._keep_logins())

    async def _keep_logins(self) -> None:
        try:
            for problem in await keep_alive(self._store):
                log.warning("%s", problem)
        except Exception:
            log.exception("logins could not be looked up")

    async def _tell(self) -> None:
        try:
            await tell(self._store)
        except Exception:
            log.exception("notices could not be looked up")

    def start_due(self) -> int:
        """Claim and start what is due now; how many were started."""
        started = 0
        while len(self._tasks) < self._slots:
            owner = this_process().owner()
            claimed = schedules.claim(self._store, owner, self._clock, running=self._tasks.values())
            if claimed is None:
                break
            task = asyncio.create_task(self._run(*claimed, owner=owner))
            self._tasks[task] = claimed[0].name
            task.add_done_callback(self._tasks.pop)
            started += 1
        return started

    async def _run(self, schedule: Schedule, firing: Firing, *, owner: str) -> None:
        heart = asyncio.create_task(self._keep(schedule.name, owner, asyncio.current_task()))
        try:
            ended = await self._attempt(schedule, firing)
        except asyncio.CancelledError:
            schedules.let_go(self._store, schedule.name, owner)
            raise
        finally:
            heart.cancel()
        incident = schedules.finish(
            self._store,
            firing,
            owner=owner,
            now=self._clock.now(),
            status=ended.status,
            run=ended.run,
            message=ended.message,
        )
        _say(schedule, ended, incident)
        if incident.opened or incident.closed:
            self.tell()

    async def _attempt(self, schedule: Schedule, firing: Firing) -> RunEnding:
        if firing.attempts > MOST_ATTEMPTS:
            return RunEnding("failed", message=f"its process died {MOST_ATTEMPTS} times")
        again = f", start {firing.attempts}" if firing.attempts > 1 else ""
        log.info("`%s` has been due since %s%s", schedule.name, firing.due.isoformat(), again)
        try:
            return await self._runners[schedule.kind](schedule, firing.due)
        except XeroportError as error:
            return RunEnding("failed", message=error.message)
        except Exception as error:
            log.exception("`%s` failed unexpectedly", schedule.name)
            return RunEnding("failed", message=f"{type(error).__name__}: {error}")

    async def _keep(self, name: str, owner: str, task: asyncio.Task[None] | None) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if not schedules.renew(self._store, name, owner, self._clock.now()):
                log.warning("another process has taken over `%s`", name)
                if task is not None:
                    task.cancel()
                return


def _say(schedule: Schedule, ended: RunEnding, incident: Incident) -> None:
    """The log's lines of a run that ended."""
    if ended.status in schedules.FINE:
        log.info("`%s` ended as %s", schedule.name, ended.status)
    else:
        log.error("`%s` ended as %s: %s", schedule.name, ended.status, ended.message or "")
    if incident.closed:
        log.info("`%s` works again", schedule.name)
