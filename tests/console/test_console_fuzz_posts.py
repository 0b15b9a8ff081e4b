"""Every POST of the console under random forms, those that start and end work among them, in a
world that is made again whenever an example has taken it apart."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from console_world import HOSTS, Visitor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route
from starlette.testclient import TestClient

from xeroport import logs
from xeroport.console.app import PAGES, build
from xeroport.console.jobs import first_contact
from xeroport.console.pages.flow_editor import FlowDraft
from xeroport.console.web.guard import ConsoleAccess
from xeroport.jobs.flow import definition as flow_file
from xeroport.jobs.flow import registry as flow_keep
from xeroport.jobs.sync.run import sync_instance
from xeroport.secrets.vault import Secret
from xeroport.store import flows, instances, runs
from xeroport.store.database import Store
from xeroport.store.instances import Instance
from xeroport_emulator import Emulator

POSTS = sorted(
    {
        each.path
        for module in PAGES
        for each in module.ROUTES
        if isinstance(each, Route) and "POST" in (each.methods or ())
    }
)
STARTS_A_PROCESS = (
    *("/sync", "/send", "/flows/{flow}", "/demo"),
    *("/new-flow/upload", "/new-flow/{draft}"),
)
"""Each example of these may start a real job."""
FLOW = """
key = "Name"
[source]
files = "in/*.csv"
[fields]
Name = "Name"
[target]
instance = "acme"
endpoint = "contacts.upsert"
"""
COUNTER = itertools.count()
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "yes", "1", "0", "-1", "9" * 50, "'", "../..", "\x00", "٣", "<b>", "acme"]
    ),
)
LIKELY: dict[str, list[str]] = {
    "name": ["acme", "acme-nz", "people"],
    "confirm": ["acme", "acme", "demo"],
    "instance": ["acme"],
    "do": [
        *("run", "retry", "enable", "disable", "discard", "pause", "resume", "remove"),
        *("edit", "correct", "form", "text", "keep"),
    ],
    "kind": ["files-xero", "xero-table", "xero-http", "toml"],
    "text": [FLOW, "x = ["],
    "record": ["1"],
    "every": ["day", "only", "cron"],
    "endpoint": ["contacts.upsert", "invoices.create", "invoices.list"],
    "body": ['{"Name": "Ash"}', "{", "[]"],
    "sure": ["yes"],
    "full": ["yes"],
    "update": ["yes"],
    "skip_invalid": ["yes"],
    "map": ["yes"],
    "key": ["Name", "AccountNumber"],
    "column": ["Name", "EmailAddress"],
    "field.0": ["Name", ""],
    "reason": ["a mistake"],
    "delivery": ["1", "2"],
    "run": ["1"],
    "cron": ["0 2 * * *", "* * * * *", "61 * * * *"],
    "time_zone": ["UTC", "Pacific/Auckland", "Nowhere/At-All"],
    "date_format": ["DD/MM/YYYY", "%s"],
    "rate_limit": ["60/minute", "0"],
    "concurrency": ["5", "99"],
    "streams": ["contacts", "nothing"],
    "to": ["duckdb:x.duckdb", "ftp:x"],
    "notify": ["https://hooks.example.com/x", "http://127.0.0.1:1/x", "x"],
    "agree": ["approve", "e-mail"],
    "use": ["read", "write"],
    "base_url": ["http://127.0.0.1:1", "ftp://x"],
    "identity_url": ["http://127.0.0.1:1"],
    "client_id": ["x"],
    "client_secret": ["x"],
    "theme": ["dark"],
    "back": ["/runs", "//evil.example"],
    "place": ["0", "1"],
    "password": ["x"],
    "p.ContactID": ["00000000-0000-0000-0000-000000000001"],
    "p.page": ["1"],
    "since": ["-7d", "x"],
    "fix.line": ["2", "9"],
    "fix.column": ["Name", "Nothing"],
    "fix.before": ["Ash"],
    "fix.value": ["Oak"],
    "constant.field": ["ContactStatus"],
    "constant.value": ["ACTIVE"],
    "set": ["ContactStatus=ACTIVE", "x"],
    "seen": ["x"],
}
FORM = st.fixed_dictionaries(
    {
        name: st.one_of(st.sampled_from(some), st.sampled_from(some), WORDS, st.none())
        for name, some in LIKELY.items()
    }
).map(lambda form: {name: value for name, value in form.items() if value is not None})
GOOD = {name: some[0] for name, some in LIKELY.items()}
UNCHANGED = {"agree": "approve"}
"""The form of a review that was looked at and not changed: only that is sent."""
FIRST = {
    "/instances/{instance}/sync": "/runs/",
    "/instances/{instance}/push/{upload}/send": "/runs/",
    "/flows/{flow}": "/runs/",
    "/demo": "/instances/demo",
    "/instances/{instance}/remove": "/instances?",
    "/instances/{instance}/check": "/instances/acme?",
    "/login/leave": "/login",
    "/schedules": "/schedules?",
}
"""Where a good form leads, for what starts or ends work: else nothing was tried at all."""


@dataclass
class Fragile:
    """A home, an emulated Xero, and a console over both; `mend` brings back what is missing."""

    home: Path
    emulator: Emulator
    base_url: str
    keeper: ConsoleAccess
    visitor: Visitor

    def mend(self) -> None:
        store: Store = self.visitor.app.state.console.store
        if "acme" not in {each.name for each in instances.all_instances(store)}:
            place = self.base_url
            instances.add(
                store,
                Instance(
                    name="acme",
                    base_url=place,
                    identity_url=place,
                    client_id=self.emulator.client_id,
                    rate_limit=6000,
                ),
                Secret(self.emulator.client_secret),
            )
        if not flows.all_flows(store):
            (self.home.parent / "in").mkdir(exist_ok=True)
            (self.home.parent / "in" / "a.csv").write_text("Name\nRiver Ltd\n")
            flow, faults = flow_file.parse(FLOW, name="people", folder=self.home.parent)
            assert flow is not None, faults
            flow_keep.keep(store, FLOW, flow, now=datetime.now(UTC))
        client = self.visitor.client
        is_out = client.get("/instances", follow_redirects=False).status_code != 200
        if is_out:
            client.cookies.clear()
            client.get(f"/login?link={self.keeper.new_link()}")
        if is_out or "x-csrf-token" not in client.headers:
            client.headers["x-csrf-token"] = self.visitor.token()

    def names(self, path: str) -> dict[str, str]:
        """What stands in the address, so that most of them lead somewhere."""
        latest = runs.recent(self.visitor.app.state.console.store, 1)
        makers: dict[str, Callable[[], str]] = {
            "instance": lambda: "acme",
            "upload": lambda: self._upload(path),
            "draft": lambda: self._draft(path),
            "flow": lambda: "people",
            "run": lambda: str(latest[0].id) if latest else "1",
            "endpoint": lambda: "contacts.upsert",
            "step": lambda: "name",
        }
        return {name: make() for name, make in makers.items() if f"{{{name}}}" in path}

    def _upload(self, path: str) -> str:
        upload = self.visitor.app.state.console.uploads.keep(
            BytesIO(f"Name,EmailAddress\nAsh {next(COUNTER)},a@b.example\n".encode()),
            instance="acme",
            name="people.csv",
            endpoint="contacts.upsert",
        )
        if path.endswith("/send"):
            review = f"/instances/acme/push/{upload.id}"
            while "data-reload" in self.visitor.get(review).text:
                pass
        return str(upload.id)

    def _draft(self, path: str) -> str:
        if path.startswith("/new-flow"):
            draft = FlowDraft(FLOW, "people", self.home.parent, "people")
            return str(self.visitor.app.state.console.drafts.keep(draft))
        return self.visitor.get("/add").url.path.split("/")[2]


@contextmanager
def fragile(home: Path) -> Iterator[Fragile]:
    emulator = Emulator(5, limits="off", seed=3)
    keeper = ConsoleAccess()
    app = build(home, console_access=keeper, hosts=HOSTS)
    with emulator.serve() as base_url, TestClient(app) as client:
        made = Fragile(home, emulator, base_url, keeper, Visitor(client, app))
        made.mend()
        asyncio.run(sync_instance(app.state.console.store, "acme", streams=["contacts"]))
        try:
            yield made
        finally:
            for job in app.state.console.work.jobs():
                job.process.terminate()
                job.process.wait(timeout=20)


@pytest.fixture(autouse=True)
def _hidden_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """What random forms call a secret is struck out of the log here only."""
    monkeypatch.setattr(logs, "_known", {})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        patch.setattr(first_contact, "SECONDS", 0.3)
        with fragile(tmp_path_factory.mktemp("fragile") / "home") as made:
            yield made


def post(world: Fragile, path: str, form: dict[str, Any], file: bytes) -> str:
    """Send a form; where it leads to. It is no failure of ours, whatever it is."""
    client = world.visitor.client
    if path.endswith("/upload"):
        files = [("file", ("a.csv", file))]
        reply = client.post(path, data=form, files=files, follow_redirects=False)
    else:
        reply = client.post(path, data=form, follow_redirects=False)
    assert reply.status_code < 500, (path, form)
    return str(reply.headers.get("location", ""))


def filled(path: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


@pytest.mark.parametrize("path", POSTS)
def test_no_post_fails(world: Fragile, path: str) -> None:
    world.mend()
    good = UNCHANGED if path.endswith("/send") else GOOD
    led = post(world, filled(path, world.names(path)), good, b"Name\nElm\n")
    assert led.startswith(FIRST.get(path, "")), led

    @settings(
        max_examples=5 if path.endswith(STARTS_A_PROCESS) else 25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(st.data())
    def many(data: st.DataObject) -> None:
        world.mend()
        odd = st.one_of(st.text(min_size=1, max_size=12), st.sampled_from(["..", "x", "0"]))
        names = {
            name: data.draw(st.one_of(*[st.just(usual)] * 4, odd))
            for name, usual in world.names(path).items()
        }
        post(world, filled(path, names), data.draw(FORM), data.draw(st.binary(max_size=200)))

    many()
    assert world.visitor.get("/login").status_code == 200
