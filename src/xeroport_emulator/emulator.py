"""The emulator as an object: an organisation, its connection, and the application before both."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, Self

from xeroport.clock import Clock, SystemClock
from xeroport_emulator.app import Application
from xeroport_emulator.control import Control
from xeroport_emulator.data.datasets import Data, data_set, fill
from xeroport_emulator.data.demo.files import attach_files
from xeroport_emulator.data.regions import region
from xeroport_emulator.gateway.clocks import MovableClock
from xeroport_emulator.gateway.faults import Faults
from xeroport_emulator.gateway.limits import MINUTE, Gate, Limits, Window, named_limits
from xeroport_emulator.gateway.switches import Switches
from xeroport_emulator.http.serve import served
from xeroport_emulator.identity.apps import REDIRECT_URIS, App
from xeroport_emulator.identity.server import Identity, tenant_ids
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.state import StateFile
from xeroport_emulator.world import World

OTHERS = 60
"""Invoices in the further organisations beside the demo."""
NAMES = (
    "Kauri Joinery",
    "Southern Freight",
    "Lakeside Dental",
    "Harbour Bakery",
    "Tūī Landscapes",
    "Granite & Sons",
    "Fernhill Media",
)
"""What the further organisations are called."""
MOST_ORGANISATIONS = len(NAMES) + 1


def _digest(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{text} {seed}".encode()).digest()


def _app(name: str, seed: int, *, public: bool = False) -> App:
    return App(
        client_id=_digest(f"{name} id", seed).hex()[:32].upper(),
        client_secret=_digest(f"{name} secret", seed).hex()[:48],
        public=public,
    )


class Emulator:
    """An emulated Xero.

    `data`: `demo` (a company with two years of trade), `empty`, or a number of invoices. `app` is
    an ASGI application for use without a socket; `with Emulator() as xero` puts it on a port, at
    `xero.base_url`, and `serve` on one of your choice. `seed` decides ids and credentials, so that
    the same start is the same organisation. `limits` and `faults` are texts as on the command line;
    `state` is a file that keeps the organisation across starts; `control` opens `/__emulator/…` for
    tests in other processes. `organisations` is how many people can sign in to, up to 8; the custom
    connection is to the first. `redirect_uris` are where the sign-in may return to. `country`
    (`NZ`, `AU`, `UK`, `US`) decides chart, tax rates, currency, financial year and the words of
    reports.
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
        organisations: int = 1,
        redirect_uris: Sequence[str] = REDIRECT_URIS,
        country: str = "NZ",
    ) -> None:
        self.clock = MovableClock(clock or SystemClock())
        self.data = data_set(data)
        self.region = region(country)
        self.state = Path(state) if state is not None else None
        self.seed = seed
        self.switches = Switches()
        if not 1 <= organisations <= MOST_ORGANISATIONS:
            raise ValueError(f"an emulator has 1 to {MOST_ORGANISATIONS} organisations")
        tenants = tenant_ids(organisations, lambda number: _digest("tenant", seed + number))
        states = [self._state_path(number) for number in range(organisations)]
        app_minute = Window(MINUTE, int.from_bytes(_digest("app", seed)[:1], "big") % MINUTE)
        worlds = {}
        for number, tenant_id in enumerate(tenants):
            path = states[number]
            is_saved = path is not None and path.exists()
            worlds[tenant_id] = World(
                organisation=self._organisation("none" if is_saved else data, number),
                switches=self.switches,
                clock=self.clock,
                gate=Gate(
                    named_limits(limits),
                    now=self.clock.now,
                    offset=int.from_bytes(_digest("window", seed + number)[:3], "big") % 86_400,
                    app=app_minute,
                ),
            )
            if data == "demo" and not number and not is_saved:
                attach_files(worlds[tenant_id].organisation, worlds[tenant_id].extras)
        self.world = next(iter(worlds.values()))
        self.identity = Identity(
            custom=_app("client", seed),
            sign_in=_app("login", seed, public=True),
            tenants={key: str(world.organisation.details["Name"]) for key, world in worlds.items()},
            redirect_uris=tuple(redirect_uris),
            switches=self.switches,
            now=self.clock.now,
        )
        self.app = Application(
            worlds=worlds, identity=self.identity, faults=Faults(faults, seed=seed)
        )
        for path, world in zip(states, worlds.values(), strict=True):
            if path is not None:
                is_saved = path.exists()
                self.app.states.append(StateFile(world, self.identity, path))
                if is_saved:
                    self.app.states[-1].restore()
        names = {
            key: str(organisation.details["Name"])
            for key, organisation in self.organisations.items()
        }
        self.identity.tenants.update(names)
        self._serving: AbstractContextManager[str] | None = None
        self._base_url: str | None = None
        if control:
            self.app.control = Control(self)

    def _state_path(self, number: int) -> Path | None:
        if self.state is None or number == 0:
            return self.state
        return self.state.with_name(f"{self.state.name}.{number + 1}")

    def _organisation(self, data: Data | Literal["none"], number: int = 0) -> Organisation:
        organisation = Organisation(
            self.clock,
            seed=self.seed + number,
            base_currency=self.region.currency,
            country=self.region.country,
        )
        organisation.amend(**self.region.details)
        organisation.reporting = self.region.reporting
        if data != "none":
            fill(organisation, OTHERS if number and data == "demo" else data)
        if number:
            organisation.amend(Name=NAMES[number - 1], LegalName=NAMES[number - 1])
        return organisation

    @property
    def organisation(self) -> Organisation:
        """The organisation of the custom connection, as it is now."""
        return self.world.organisation

    @property
    def organisations(self) -> dict[str, Organisation]:
        """All organisations by tenant id."""
        return {key: world.organisation for key, world in self.app.worlds.items()}

    def reset(self, data: Data | None = None) -> None:
        """Start again with the data set of the start, or another; keys and limits too."""
        if data is not None:
            self.data = data_set(data)
        with self.app.lock:
            tenants = enumerate(self.app.worlds)
            self.app.begin({key: self._organisation(self.data, number) for number, key in tenants})
            if self.data == "demo":
                attach_files(self.world.organisation, self.world.extras)
            self.save()

    def save(self) -> None:
        """Write the organisations to their state files, if there are any."""
        self.app.save()

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
    def login_client_id(self) -> str:
        """The client id of the app that people sign in with."""
        return self.identity.sign_in.client_id

    @property
    def login_client_secret(self) -> str:
        """Its client secret, which a sign-in with PKCE does not need."""
        return self.identity.sign_in.client_secret

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

    def __repr__(self) -> str:
        place = f", at {self._base_url}" if self._base_url else ""
        return f"<Emulator `{self.data}`: {', '.join(self.identity.tenants.values())}{place}>"

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
