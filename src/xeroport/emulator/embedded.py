"""The emulator as an object: an organisation, its connection, and the application before both."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal
from uuid import UUID

from xeroport.clock import Clock, SystemClock
from xeroport.emulator.app import Application
from xeroport.emulator.clocks import MovableClock
from xeroport.emulator.identity import Identity
from xeroport.emulator.organisation import Organisation
from xeroport.emulator.serve import served
from xeroport.emulator.switches import Switches

Data = Literal["demo", "empty"] | int


def _digest(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{text} {seed}".encode()).digest()


class Emulator:
    """A Xero of one's own.

    `data`: `demo` (a company with two years of trade), `empty`, or a number of invoices. `app` is
    an ASGI application for use without a socket; `serve` puts it on a port. `seed` decides ids
    and credentials, so that the same start is the same organisation.
    """

    def __init__(
        self,
        data: Data = "demo",
        *,
        clock: Clock | None = None,
        limits: str = "xero",
        faults: str | None = None,
        state: Path | None = None,
        seed: int = 0,
    ) -> None:
        self.clock = MovableClock(clock or SystemClock())
        self.data = data
        self.seed = seed
        self.switches = Switches()
        self.organisation = Organisation(self.clock, seed=seed)
        identity = Identity(
            client_id=_digest("client id", seed).hex()[:32].upper(),
            client_secret=_digest("client secret", seed).hex()[:48],
            tenant_id=str(UUID(bytes=_digest("tenant", seed)[:16], version=4)),
            switches=self.switches,
            now=self.clock.now,
        )
        self.identity = identity
        self.app = Application(
            organisation=self.organisation,
            identity=identity,
            switches=self.switches,
            clock=self.clock,
        )

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

    def serve(self, port: int = 0) -> AbstractContextManager[str]:
        """Serve over HTTP on this machine while a `with` block runs; yields the base URL."""
        return served(self.app, port=port)
