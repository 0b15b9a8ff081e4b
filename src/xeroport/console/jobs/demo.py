"""The embedded demo organisation: an emulator inside the console's process, added in one click."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from xeroport.jobs.instances import connect
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.database import Store
from xeroport.store.instances import Instance

if TYPE_CHECKING:
    from xeroport_emulator import Emulator

DEMO_NAME = "demo"
CLIENT = "demo-organisation.flag"


class DemoOrganisation:
    """Starts the emulator when it is wanted; its instance's address follows its port."""

    def __init__(self, home: Path, store: Store) -> None:
        self._store = store
        self._flag = home / "console" / CLIENT
        self._lock = threading.Lock()
        self._serving: AbstractContextManager[str] | None = None
        self._base: str | None = None
        self.emulator: Emulator | None = None

    def add(self) -> None:
        """Add the demo instance, or bring it back to life."""
        base = self._start()
        assert self.emulator is not None
        names = {each.name for each in instances.all_instances(self._store)}
        if DEMO_NAME in names:
            if self._flag.exists():
                self._move(base)
            return
        instance = Instance(
            name=DEMO_NAME,
            base_url=base,
            identity_url=base,
            client_id=self.emulator.client_id,
            time_zone="UTC",
        )
        secret = Secret(self.emulator.client_secret)
        asyncio.run(connect.add(self._store, instance, secret))
        self._flag.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._flag.touch()

    def resume(self) -> None:
        """Start the emulator in the background, if its instance was added in an earlier life."""
        if self._flag.exists():
            threading.Thread(target=self._resume, name="demo", daemon=True).start()

    def _resume(self) -> None:
        self._move(self._start())

    def _move(self, base: str) -> None:
        for instance in instances.all_instances(self._store):
            if instance.name == DEMO_NAME:
                instances.save(self._store, replace(instance, base_url=base, identity_url=base))

    def _start(self) -> str:
        with self._lock:
            if self._base is None:
                from xeroport_emulator import Emulator

                self.emulator = Emulator(data="demo")
                self._serving = self.emulator.serve()
                self._base = self._serving.__enter__()
            return self._base

    def forget(self) -> None:
        """Stop the emulator and do not start it again."""
        self._flag.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Stop the emulator."""
        with self._lock:
            if self._serving is not None:
                self._serving.__exit__(None, None, None)
            self._serving = self._base = self.emulator = None
