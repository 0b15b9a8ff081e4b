"""The workers of a fleet: an executor, and how to get another when it breaks."""

from __future__ import annotations

import concurrent.futures as futures
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType, TracebackType
from typing import Any
from weakref import WeakKeyDictionary

from xeroport.errors import InputError, Unavailable
from xeroport.secrets.vault import KEY_VARIABLE

DASK = "dask://"
DASK_SECONDS = 5
"""How long a scheduler may take to answer first."""


@dataclass(frozen=True)
class Engine:
    """Where workers run: processes of this machine, a Dask cluster at `address`, or `executor`,
    any other `concurrent.futures.Executor` whose workers have the driver's key."""

    workers: int
    address: str | None = None
    executor: futures.Executor | None = None

    @property
    def is_remote(self) -> bool:
        """Whether the workers are started by others."""
        return self.address is not None or self.executor is not None


def engine(text: str, *, workers: int | None = None) -> Engine:
    """The engine a person names: `local`, or `dask://host:port`."""
    if text == "local":
        return Engine(workers or os.cpu_count() or 1)
    if not text.startswith(DASK) or text == DASK:
        raise InputError(
            f"there is no engine `{text}`", hint="use `local`, or `dask://HOST:PORT` of a scheduler"
        )
    if find_spec("distributed") is None:
        raise InputError("Dask is not installed", hint="pip install 'xeroport[dask]'")
    return Engine(workers or 0, address=f"tcp://{text.removeprefix(DASK)}")


class WorkerProcess(SpawnProcess):
    """A process that does not run the caller's script once more: the work of a worker is all
    xeroport's own, and a script that calls `fleet` at its top level would do all it does again."""

    def start(self) -> None:
        """Start it, without a script to run first."""
        script = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super().start()
        finally:
            sys.modules["__main__"] = script


class WorkerContext(SpawnContext):
    """How worker processes are started."""

    Process = WorkerProcess


class FleetWorkers:
    """An engine at work; `submit` hands a call to one of its workers."""

    def __init__(self, engine: Engine, key: str) -> None:
        self._engine = engine
        self._key = key
        self._client: Any = None
        self._spawning = WorkerContext()
        self._alive_pipe, self._held = self._spawning.Pipe(duplex=False)
        self._executor = self._open()
        self._executor_of: WeakKeyDictionary[futures.Future[Any], futures.Executor]
        self._executor_of = WeakKeyDictionary()

    @property
    def workers(self) -> int:
        """How many calls run side by side."""
        if self._engine.workers or self._client is None:
            return self._engine.workers
        known = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return max(1, sum(int(each["nthreads"]) for each in known))

    def __enter__(self) -> FleetWorkers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._held.close()
        if self._engine.executor is None:
            self._executor.shutdown(wait=self._client is None or kind is None)
        if self._client is not None:
            self._client.close()
        self._held.close()
        self._alive_pipe.close()

    def submit(self, work: Callable[..., Any], *arguments: Any) -> futures.Future[Any]:
        """Hand out one call."""
        try:
            future = self._executor.submit(work, *arguments)
        except BrokenProcessPool:
            self._renew()
            future = self._executor.submit(work, *arguments)
        except Exception as error:
            if self._client is None:
                raise
            raise Unavailable(
                f"the Dask scheduler at `{self._engine.address}` is gone",
                hint="start it again, then run the same command again",
            ) from error
        self._executor_of[future] = self._executor
        return future

    def lost(self, future: futures.Future[Any], error: Exception) -> None:
        """After a lost worker: a pool of processes is broken by one and must be made again, once,
        however many calls were lost with it."""
        its_executor = self._executor_of.pop(future, None)
        if isinstance(error, BrokenProcessPool) and its_executor is self._executor:
            self._renew()

    def _renew(self) -> None:
        if self._engine.executor is None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = self._open()

    def listen(self, topic: str, hear: Callable[[Any], None]) -> None:
        """Have `hear` told what Dask's workers say under a topic."""
        if self._client is not None:
            self._client.subscribe_topic(topic, hear)

    def _open(self) -> futures.Executor:
        if self._engine.executor is not None:
            return self._engine.executor
        if self._engine.address is not None:
            return self._dask(self._engine.address)
        return futures.ProcessPoolExecutor(
            self._engine.workers,
            mp_context=self._spawning,
            initializer=_prepare,
            initargs=(self._key, self._alive_pipe),
        )

    def _dask(self, address: str) -> futures.Executor:
        from distributed import Client

        try:
            self._client = Client(  # type: ignore[no-untyped-call]
                address, timeout=DASK_SECONDS, set_as_default=False
            )
        except (OSError, TimeoutError) as error:
            raise Unavailable(
                f"no Dask scheduler answers at `{address}`", hint="check that it is running"
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=DASK_SECONDS)
        except TimeoutError as error:
            self._client.close()
            raise Unavailable(
                f"the Dask scheduler at `{address}` has no workers",
                hint=f"start some: `dask worker {address} --nthreads 1`",
            ) from error
        executor: futures.Executor = self._client.get_executor(pure=False)
        return executor


def _prepare(key: str, alive_pipe: Connection) -> None:
    """What a worker process of ours runs first. It gets the key that its orders are sealed with,
    leaves Ctrl-C to the driver, and ends when the driver lets go of the alive_pipe, or dies."""
    os.environ[KEY_VARIABLE] = key
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait() -> None:
        with suppress(EOFError, OSError):
            alive_pipe.recv()
        os._exit(1)

    threading.Thread(target=wait, name="alive_pipe", daemon=True).start()
