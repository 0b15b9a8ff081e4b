"""Scheduler and webhook receiver beside the console: what `xeroport serve` runs.

The receiver answers before the console's guard, since its signature is its own authentication.
Scheduler and updates run in a thread with an event loop of their own, so that a page and a
webhook are answered at once whatever a job is doing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from xeroport.clock import SYSTEM_CLOCK, Clock
from xeroport.destinations import default_url, settled
from xeroport.errors import XeroportError
from xeroport.jobs.flow.due import run_told
from xeroport.jobs.schedule.job_kinds import all_runners
from xeroport.jobs.schedule.scheduler import Scheduler
from xeroport.jobs.webhooks.updates import reader_of, update_instance
from xeroport.server import webhook_receiver
from xeroport.store import inbox, schedulers
from xeroport.store.database import Store
from xeroport.store.processes import BEAT_SECONDS

GATHER_SECONDS = 1.0
"""News of one instance is gathered that long, so that many events make one read."""

AT_ONCE = 4
"""Instances with news that are read side by side."""

AGAIN_SECONDS = 60.0
"""How long after a failure, or without any news, the inboxes are looked through again."""

log = logging.getLogger(__name__)


class Workers:
    """Scheduler and updates, in a thread; `hear` says that an inbox has news."""

    def __init__(
        self,
        home: Path,
        *,
        to: str | None = None,
        clock: Clock = SYSTEM_CLOCK,
        kind: schedulers.Kind = "serve",
    ) -> None:
        self._kind: schedulers.Kind = kind
        self._home = home
        self._store = Store(home)
        self._store.clock = clock
        self._to = to
        self._failed: dict[str, float] = {}
        self._clock = clock
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._news = asyncio.Event()
        self._is_told = False
        self._thread = threading.Thread(target=self._run, name="unattended", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def hear(self) -> None:
        """There is news in an inbox (from any thread); until the next look it need be said once."""
        if not self._is_told:
            self._is_told = True
            self._loop.call_soon_threadsafe(self._news.set)

    def end(self) -> None:
        """Start nothing more; running jobs are stopped cleanly and continue next time."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._work())
        self._loop.close()

    async def _work(self) -> None:
        store = self._store
        scheduler = Scheduler(store, all_runners(store, to=self._to))
        beside = [  # it says that it runs schedules before it starts the first
            asyncio.create_task(self._beat(store)),
            asyncio.create_task(self._update(store)),
        ]
        running = asyncio.create_task(scheduler.serve(self._stop))
        await self._stop.wait()
        scheduler.cancel()
        for task in beside:
            task.cancel()
        await asyncio.gather(running, *beside, return_exceptions=True)
        with contextlib.suppress(Exception):
            schedulers.ended(store)
        store.close()

    async def _beat(self, store: Store) -> None:
        """Say again and again that schedules are run here."""
        while True:
            try:
                schedulers.beat(store, self._kind, self._clock.now())
            except Exception:  # such as a full disk: said, and tried again
                log.exception("could not note that schedules are run here")
            await asyncio.sleep(BEAT_SECONDS)

    async def _update(self, store: Store) -> None:
        """Bring news into the destination: when it comes, and what was left lying at a start."""
        while True:
            self._news.clear()
            self._is_told = False  # before the look: what comes from now on is told again
            try:
                await self._round(store)
            except Exception:  # such as a full disk: said, and tried again
                log.exception("the inboxes could not be looked through")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), AGAIN_SECONDS)
                await asyncio.sleep(GATHER_SECONDS)

    async def _round(self, store: Store) -> None:
        """Every instance with news, some side by side; what failed just now has to wait."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> None:
            async with slots:
                while await self._update_one(store, name) == inbox.MOST:
                    pass

        now = self._clock.monotonic()
        reader = reader_of(settled(self._to or default_url(self._home)))
        names = inbox.with_news(store, reader)
        await asyncio.gather(*(one(n) for n in names if self._failed.get(n, now) <= now))
        await run_told(store)
        inbox.forget_old(store, self._clock.now())

    async def _update_one(self, store: Store, name: str) -> int:
        """How many events were dealt with."""
        try:
            report = await update_instance(store, name, to=self._to)
        except XeroportError as error:
            log.warning(
                "the webhook events of `%s` will be read again later: %s", name, error.message
            )
        except Exception:
            log.exception("the webhook events of `%s` could not be processed", name)
        else:
            self._failed.pop(name, None)
            log.info("`%s`: %d events, %d records", name, report.events, report.records)
            return report.events
        self._failed[name] = self._clock.monotonic() + AGAIN_SECONDS / 2
        return 0


class ReceiverAndConsole:
    """The receiver's paths, and the console for all others."""

    def __init__(self, console: ASGIApp, receiver: ASGIApp) -> None:
        self._console = console
        self._receiver = receiver

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ours = scope["type"] == "http" and scope["path"].startswith("/webhooks/")
        await (self._receiver if ours else self._console)(scope, receive, send)


@contextlib.contextmanager
def beside(
    home: Path, *, to: str | None = None, clock: Clock = SYSTEM_CLOCK
) -> Iterator[Callable[[ASGIApp], ASGIApp]]:
    """Scheduler and webhook receiver for as long as the block lasts, until SIGTERM or Ctrl-C.

    Gives a function that puts the receiver before an application; `to` is what webhooks update.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers = Workers(home, to=to, clock=clock)
    receiver = Router([webhook_receiver.route(Store(home), clock, on_news=workers.hear)])
    workers.start()
    try:
        yield lambda app: ReceiverAndConsole(app, receiver)
    finally:
        workers.end()
