"""The emulator as an object: an organisation, its connection, and the application before both."""

from __future__ import annotations

import base64
import hashlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Self
from uuid import UUID

from xeroport.clock import Clock, SystemClock
from xeroport_emulator.app import Application
from xeroport_emulator.control import Control
from xeroport_emulator.data.datasets import fill
from xeroport_emulator.gateway.clocks import MovableClock
from xeroport_emulator.gateway.faults import Faults
from xeroport_emulator.gateway.identity import Identity
from xeroport_emulator.gateway.limits import Gate, Limits, named_limits
from xeroport_emulator.gateway.switches import Switches
from xeroport_emulator.http.serve import served
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.state import StateFile
from xeroport_emulator.world import World

Data = Literal["demo", "empty"] | int


def _digest(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{text} {seed}".encode()).digest()


class Emulator:
    """A Xero of one's own.

    `data`: `demo` (a company with two years of trade), `empty`, or a number of invoices. `app` is
    an ASGI application for use without a socket; `with Emulator() as xero` puts it on a port, at
    `xero.base_url`, and `serve` on one of your choice. `seed` decides ids
    and credentials, so that the same start is the same organisation. `limits` and `faults` are
    texts as on the command line; `state` is a file that keeps the organisation across starts;
    `control` opens `/__emulator/…` for tests in other processes.
    """

    def __init__(
        self,
        data: Data = "demo",
        *,
        clock: Clock | None = None,
        limits: str | Limits | None = "xero",
        faults: str | None = None,
        state: Path | str | None = None,
        seed: int = 0,
        control: bool = False,
    ) -> None:
        self.clock = MovableClock(clock or SystemClock())
        self.data = data
        self.state = Path(state) if state is not None else None
        self.seed = seed
        self.switches = Switches()
        self.identity = Identity(
            client_id=_digest("client id", seed).hex()[:32].upper(),
            client_secret=_digest("client secret", seed).hex()[:48],
            tenant_id=str(UUID(bytes=_digest("tenant", seed)[:16], version=4)),
            switches=self.switches,
            now=self.clock.now,
        )
        gate = Gate(
            named_limits(limits),
            now=self.clock.now,
            offset=int.from_bytes(_digest("window", seed)[:3], "big") % 86_400,
        )
        kept = self.state is not None and self.state.exists()
        self.world = World(
            organisation=self._organisation("none" if kept else data),
            switches=self.switches,
            clock=self.clock,
            gate=gate,
        )
        self.app = Application(
            world=self.world, identity=self.identity, faults=Faults(faults, seed=seed)
        )
        if self.state is not None:
            self.app.state = StateFile(self.world, self.identity, self.state)
            if kept:
                self.app.state.restore()
        self._serving: AbstractContextManager[str] | None = None
        self._base_url: str | None = None
        if control:
            self.app.control = Control(self)

    def _organisation(self, data: Data | Literal["none"]) -> Organisation:
        organisation = Organisation(self.clock, seed=self.seed)
        if data != "none":
            fill(organisation, data)
        return organisation

    @property
    def organisation(self) -> Organisation:
        """The organisation as it is now."""
        return self.world.organisation

    def reset(self, data: Data | None = None) -> None:
        """Begin again with the data set of the start, or another; keys and limits too."""
        if data is not None:
            self.data = data
        with self.app.lock:
            self.app.begin(self._organisation(self.data))
            self.save()

    def save(self) -> None:
        """Write the organisation to the state file, if there is one."""
        if self.app.state is not None:
            with self.app.lock:
                self.app.state.save()

    @property
    def faults(self) -> Faults:
        """What goes wrong; `faults.add(…)` plans more."""
        return self.app.faults

    @property
    def client_id(self) -> str:
        """The client id of the connection."""
        return self.identity.client_id

    @property
    def client_secret(self) -> str:
        """The client secret of the connection, as it is now."""
        return self.identity.client_secret

    @property
    def tenant_id(self) -> str:
        """The tenant id of the organisation."""
        return self.identity.tenant_id

    @property
    def webhook_key(self) -> str:
        """The key that its webhooks are signed with."""
        return base64.b64encode(_digest("webhook key", self.seed)).decode()

    def serve(self, port: int = 0) -> AbstractContextManager[str]:
        """Serve over HTTP on this machine while a `with` block runs; yields the base URL."""
        return served(self.app, port=port)

    def __enter__(self) -> Self:
        """Serve on any free port of this machine; `base_url` says where."""
        if self._serving is not None:
            raise RuntimeError("this emulator is already being served")
        self._serving = self.serve()
        self._base_url = self._serving.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        serving, self._serving, self._base_url = self._serving, None, None
        if serving is not None:
            serving.__exit__(None, None, None)

    @property
    def base_url(self) -> str:
        """Where it listens inside its `with` block; RuntimeError outside of it."""
        if self._base_url is None:
            raise RuntimeError("the emulator listens only inside `with emulator:`")
        return self._base_url
