"""A console user who is not a friend: commands, paths and addresses in every field of every form.

Nothing they type runs, nothing is sent where they say, nothing outside the home is read or written.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from console_unattended import keep_flow
from console_world import Visitor, visiting
from starlette.routing import Route

from xeroport.clock import SystemClock
from xeroport.console import pages
from xeroport.console.app import PAGES
from xeroport.console.jobs import first_contact, flow_places
from xeroport.console.jobs.commands import Work
from xeroport.jobs.alerts import alert_targets, notify
from xeroport.jobs.flow import definition
from xeroport.secrets.vault import Secret
from xeroport.store import alert_places, flows, instances, notices, schedules
from xeroport.store.alert_places import AlertPlace
from xeroport.store.database import Store
from xeroport_emulator import Emulator

CANARY = "canary-7b1f"


@dataclass
class Outside:
    """What must stay untouched: a folder beside the home, and a listener on this machine."""

    folder: Path
    port: int
    callers: list[bytes] = field(default_factory=list)

    def values(self) -> dict[str, str]:
        """What the visitor types, by what it tries."""
        marker = shlex.quote(str(self.folder / "ran"))
        return {
            "a command": f"touch {marker}",
            "a shell": f"sh -c 'touch {marker}'",
            "a substitution": f"$(touch {marker})",
            "an absolute path": str(self.folder / "secret.csv"),
            "a climbing path": "../outside/secret.csv",
            "a file address": f"file://{self.folder}/secret.csv",
            "a lake": f"parquet:{self.folder}/lake",
            "a climbing lake": "parquet:../outside/lake",
            "a database file": f"duckdb:{self.folder}/x.duckdb",
            "a server": f"postgresql://127.0.0.1:{self.port}/x",
            "an address": f"http://127.0.0.1:{self.port}/x",
            "an address by name": f"http://localhost:{self.port}/x",
            "an option": "--home=/",
        }

    def check(self, what: str) -> None:
        left = sorted(path.name for path in self.folder.iterdir())
        assert left == ["secret.csv"], f"{what}: {left}"
        assert not self.callers, f"{what}: {self.callers}"


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.csv").write_text(f"Name\n{CANARY}\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = Outside(folder, listener.getsockname()[1])
        listener.settimeout(0.2)
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                try:
                    caller, _ = listener.accept()
                except TimeoutError:
                    continue
                with caller:
                    caller.settimeout(0.2)
                    try:
                        found.callers.append(caller.recv(2000) or b"(nothing)")
                    except TimeoutError:
                        found.callers.append(b"(a connection)")

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield found
        ended.set()
        thread.join()


@contextmanager
def prepared(home: Path) -> Iterator[tuple[Visitor, dict[str, str]]]:
    """A visitor, and what stands for the parts of a route's path."""
    store = Store(home)
    keep_flow(store, home)
    with visiting(home) as visitor:
        page = visitor.upload(
            "/instances/acme-uk/push/upload",
            "rows.csv",
            b"Name\nRiver Ltd\n",
            endpoint="contacts.upsert",
        )
        upload = re.search(r"/push/([\w-]{16})", str(page.url))
        assert upload, page.text
        draft = visitor.get("/add").url.path.split("/")[2]
        yield (
            visitor,
            {
                "instance": "acme-uk",
                "upload": upload[1],
                "draft": draft,
                "flow": "orders",
                "endpoint": "contacts.upsert",
                "run": "1",
                "step": "name",
                "key": "nothing",
                "kind": "bills",
            },
        )


def post_routes() -> list[str]:
    return sorted(
        {
            route.path
            for module in PAGES
            for route in module.ROUTES
            if isinstance(route, Route) and "POST" in (route.methods or ())
        }
    )


MORE_FIELDS = (
    "streams", "folder", "path", "document", "column", "field.0", "p.ContactID", "reason", "file",
)  # fmt: skip
LOOPBACK_MAY = {"base_url", "identity_url"}
"""Addresses of Xero: an emulator of this machine is one. They have tests of their own below."""


def form_fields() -> tuple[str, ...]:
    """Every name that a field of a form of the console has."""
    names = set(MORE_FIELDS)
    for template in sorted((Path(pages.__file__).parents[1] / "templates").rglob("*.html")):
        names.update(re.findall(r'name="([\w.]+)"', template.read_text()))
    assert {"cron", "notify", "sql", "to", "password"} <= names
    return tuple(sorted(names - LOOPBACK_MAY - {"csrf", "viewport"}))


FIELDS = form_fields()
ALSO_AS_NAME = ("a command", "a climbing path", "an address")
"""What is also tried in the fields that decide whether a form is looked at at all."""
STARTERS = {"name": "acme-uk", "cron": "0 2 * * *", "instance": "acme-uk"}
LEAVES = ("/login/leave", "/login/leave-all", "/instances/{instance}/remove", "/demo")
"""Forms that end the session, the instance or start the demo's server: they name nothing."""


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_nothing_typed_into_a_form_runs_leaves_or_reads(
    home: Path, outside: Outside, every: bool, started: set[tuple[str, ...]]
) -> None:
    with prepared(home) as (visitor, parts):
        forms = filled_forms(outside, every, visitor.token())
        for path in post_routes():
            if path in LEAVES:
                continue
            where = path.format(**{name: quote(value) for name, value in parts.items()})
            for what, body in forms:
                reply = visitor.client.post(where, content=body, headers=FORM)
                assert CANARY not in reply.text, (path, what)
                assert reply.status_code < 500, (path, what, reply.text)
        due(visitor.app.state.console.store)
        outside.check("forms")
    assert ("ledger", "acme-uk") in started
    assert not [words for words in started for word in words if word in outside.values().values()]


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def filled_forms(outside: Outside, every: bool, token: str) -> list[tuple[str, bytes]]:
    """What each form of the console is sent with, by what it tries."""
    forms = []
    for what, typed in outside.values().items():
        everything = dict.fromkeys(FIELDS, typed)
        only = {name: typed for name in FIELDS if name not in STARTERS} | STARTERS
        for fields in (everything, only) if every or what in ALSO_AS_NAME else (only,):
            forms.append((what, urlencode(fields | {"csrf": token}).encode()))
    return forms


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, ...]]:
    """The words of the commands that were started. Each command runs once: the same words again,
    whatever was typed, are the same command."""
    run_by_words: dict[tuple[Any, ...], int] = {}
    words_of: set[tuple[str, ...]] = set()
    start = Work.start

    def started_once(self: Work, *words: str, **options: Any) -> int:
        words_of.add(words)
        key = (words, tuple(options.items()))
        if key not in run_by_words:
            run_by_words[key] = start(self, *words, **options)
        return run_by_words[key]

    monkeypatch.setattr(Work, "start", started_once)
    return words_of


def due(store: Store) -> None:
    """Everything that was set falls due, and fails: each alert goes out."""
    now = datetime.now(UTC)
    for schedule in schedules.all_schedules(store):
        with store.transaction() as connection:
            notices.keep(
                connection, schedule.name, "opened", since=now, due=now, message="x", now=now
            )
    asyncio.run(notify.tell(store))


@pytest.mark.parametrize("field_name", ["to", "notify"])
def test_a_schedule_takes_no_command_and_nothing_outside(
    home: Path, outside: Outside, field_name: str
) -> None:
    with visiting(home) as visitor:
        for what, typed in outside.values().items():
            form = {"instance": "acme-uk", "cron": "* * * * *", field_name: typed}
            reply = visitor.post("/schedules", **form)
            assert reply.status_code == 422, (what, reply.text)
            store = visitor.app.state.console.store
            assert not schedules.all_schedules(store), what
            assert "from the console" in reply.text or "home folder" in reply.text, what
    outside.check(field_name)


@pytest.mark.parametrize(
    "address",
    ["https://10.0.0.8/x", "https://[::1]/x", "https://192.168.1.1/", "https://169.254.169.254/",
     "https://localhost/x", "https://printer/x", "https://nas.local/x", "https://2130706433/",
     "https://a:b@example.com/", "https://127.1/", "http://example.com/x", "ftp://example.com/x",
     "https://[::ffff:127.0.0.1]/x", "https://[64:ff9b::7f00:1]/x", "https://[2002:7f00:1::]/x",
     "https://[::127.0.0.1]/x", "https://[fec0::1]/x", "https://224.0.0.1/x",
     "alert:nobody", "mailto:", "mailto:a b@example.com", "https://0x7f.1/"],
)  # fmt: skip
def test_an_alert_goes_to_no_address_inside_the_network(home: Path, address: str) -> None:
    with visiting(home) as visitor:
        form = {"instance": "acme-uk", "cron": "0 2 * * *", "notify": address}
        assert visitor.post("/schedules", **form).status_code in (404, 422)
        assert not schedules.all_schedules(visitor.app.state.console.store)


@pytest.fixture
def rebound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names below `rebound.example.com` resolve to this machine."""
    real = socket.getaddrinfo

    def resolve(host: str, *more: Any, **options: Any) -> Any:
        is_ours = isinstance(host, str) and host.endswith("rebound.example.com")
        return real("127.0.0.1" if is_ours else host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


FLOW_OUT = """key = "ContactID"
[source]
instance = "acme-uk"
endpoint = "contacts.list"
[fields]
Name = "Name"
[target]
url = "https://flow.rebound.example.com:{port}/x"
"""


@pytest.mark.usefixtures("rebound")
def test_a_name_that_leads_into_the_network_is_not_connected_to(
    home: Path, outside: Outside
) -> None:
    """Also not as a test alert, by which open ports could be told from closed ones."""
    target = f"https://hooks.rebound.example.com:{outside.port}/x"
    with visiting(home) as visitor:
        store = visitor.app.state.console.store
        form = {"instance": "acme-uk", "cron": "0 2 * * *", "notify": target}
        assert visitor.post("/schedules", **form).status_code == 200
        tried = visitor.post("/schedules/try-alert", notify=target).text
        assert "leads into this network" in tried
        mail = {"host": "mail.rebound.example.com", "sender": "a@example.com", "port": "2525"}
        for security in ("tls", "starttls"):
            visitor.post("/schedules/mail", **mail, security=security)
            server = alert_places.mail_server(store)
            assert server is not None
            alert_places.set_mail_server(store, replace(server, port=outside.port))
            tried = visitor.post("/schedules/try-alert", notify="books@example.com").text
            assert "leads into this network" in tried
        flow, faults = definition.parse(
            FLOW_OUT.format(port=outside.port), name="out", folder=home / "files"
        )
        assert flow is not None
        assert not [*faults, *flow_places.faults(store, flow, None)]
        url = flow.steps[0].target.url or ""
        assert alert_places.is_of_the_console(store, alert_targets.host_of(url))
        due(store)
    outside.check("a name that leads to this machine")


@pytest.mark.usefixtures("rebound")
def test_what_the_command_line_named_may_be_inside_the_network(
    home: Path, outside: Outside
) -> None:
    target = f"https://hooks.rebound.example.com:{outside.port}/x"
    store = Store(home)
    alert_targets.from_command_line(store, target)
    assert alert_targets.from_console(store, target) == target
    notify.try_out(store, target, now=datetime.now(UTC))
    assert outside.callers


def test_what_the_command_line_declared_is_offered_by_name(home: Path, outside: Outside) -> None:
    store = Store(home)
    marker = outside.folder.parent / "told"
    alert_places.put(store, AlertPlace("pager", "command", f"touch {shlex.quote(str(marker))}"))
    with visiting(home) as visitor:
        page = visitor.get("/schedules").text
        assert 'value="alert:pager"' in page
        assert str(marker) not in page
        for typed in ("alert:pager", "https://hooks.example.com/x", "books@example.com"):
            form = {"instance": "acme-uk", "cron": "0 2 * * *", "notify": typed}
            assert visitor.post("/schedules", **form).status_code == 200
        visitor.post("/schedules", instance="acme-uk", cron="0 2 * * *", notify="alert:pager")
        due(store)
    assert marker.exists()


def test_destinations_below_the_home_and_known_ones_can_be_set(home: Path) -> None:
    with visiting(home) as visitor:
        for typed, path in (
            ("parquet:lake", home / "lake"),
            ("duckdb:second.duckdb", home / "second.duckdb"),
        ):
            form = {"instance": "acme-uk", "cron": "0 2 * * *", "to": typed}
            assert visitor.post("/schedules", **form).status_code == 200, typed
            (made,) = schedules.all_schedules(visitor.app.state.console.store)
            assert made.arguments["to"] == f"{typed.split(':')[0]}:{path}"
        for typed in ("parquet:console", "parquet:.", "duckdb:xeroport.sqlite", "parquet:x/../..",
                      "duckdb:", "parquet:books.duckdb", "duckdb:console/x.duckdb"):  # fmt: skip
            form = {"instance": "acme-uk", "cron": "0 2 * * *", "to": typed}
            assert visitor.post("/schedules", **form).status_code == 422, typed


def test_a_link_out_of_the_home_is_outside(home: Path, outside: Outside) -> None:
    (home / "lake").symlink_to(outside.folder)
    with visiting(home) as visitor:
        form = {"instance": "acme-uk", "cron": "0 2 * * *", "to": "parquet:lake"}
        assert visitor.post("/schedules", **form).status_code == 422
    outside.check("a link")


def test_the_secret_stays_with_its_server(
    home: Path, outside: Outside, xero: tuple[Emulator, str]
) -> None:
    _, base_url = xero
    with visiting(home) as visitor:
        for fields in (
            {"base_url": f"http://127.0.0.1:{outside.port}"},
            {"base_url": base_url, "identity_url": f"http://127.0.0.1:{outside.port}"},
            {"base_url": base_url.replace("127.0.0.1", "localhost")},
            {"base_url": f"http://127.0.0.1:{outside.port}", "identity_url": base_url},
        ):
            reply = visitor.post("/instances/acme-uk/settings", **fields)
            assert reply.status_code == 422
            assert "must be given again" in reply.text
            assert instances.get(Store(home), "acme-uk").base_url == base_url
    outside.check("an edited address")


def test_the_wizard_finds_no_open_ports(
    tmp_path: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_contact, "SECONDS", 3.0)
    with socket.socket() as closed, visiting(tmp_path / "home") as visitor:
        closed.bind(("127.0.0.1", 0))
        ports = {"closed": closed.getsockname()[1], "open": outside.port}
        seen: dict[str, tuple[str, float]] = {}
        for what, port in ports.items():
            where = visitor.get("/add").url.path.removesuffix("/name")
            visitor.post(f"{where}/name", name="probe")
            visitor.post(f"{where}/method", use="read")
            began = time.monotonic()
            reply = visitor.post(
                f"{where}/credentials",
                base_url=f"http://127.0.0.1:{port}",
                client_id="x",
                client_secret="a-secret-typed",
            )
            notes = re.findall(r'role="alert">(.*?)</div>', reply.text, re.DOTALL)
            seen[what] = (notes[0].replace(str(port), "PORT"), time.monotonic() - began)
        assert seen["open"][0] == seen["closed"][0]
        assert abs(seen["open"][1] - seen["closed"][1]) < 1.5, seen


def test_the_wizard_speaks_to_xero_and_this_machine_only(tmp_path: Path) -> None:
    with visiting(tmp_path / "home") as visitor:
        where = visitor.get("/add").url.path.removesuffix("/name")
        visitor.post(f"{where}/name", name="probe")
        visitor.post(f"{where}/method", use="read")
        for address in ("https://10.0.0.7:22", "https://intranet", "https://example.com"):
            began = time.monotonic()
            reply = visitor.post(
                f"{where}/credentials", base_url=address, client_id="x", client_secret="abcd"
            )
            assert reply.status_code == 422
            assert "is not Xero" in reply.text
            assert time.monotonic() - began < 3


def test_an_unknown_name_is_answered_like_a_wrong_signature(home: Path) -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from xeroport.server import webhook_receiver
    from xeroport.store import inbox

    store = Store(home)
    inbox.set_key(store, "acme-uk", Secret("planted-key"))
    client = TestClient(Starlette(routes=[webhook_receiver.route(store, SystemClock())]))
    replies = [
        client.post(f"/webhooks/xero/{name}", content=b"{}", headers={"x-xero-signature": "x"})
        for name in ("acme-uk", "nobody", "..", "acme-uk%00")
    ]
    assert {
        (reply.status_code, reply.content) for reply in replies if reply.status_code != 404
    } == {(401, b"")}
    assert replies[1].status_code == 401


def test_a_typed_secret_is_struck_out_of_the_log(home: Path) -> None:
    from xeroport import logs

    with visiting(home) as visitor:
        visitor.post("/instances/acme-uk/rotate", client_secret="typed-secret-1")
        visitor.post("/instances/acme-uk/settings", client_secret="typed-secret-2")
        visitor.client.post("/login", data={"password": "typed-password-3"})
    for typed in ("typed-secret-1", "typed-secret-2", "typed-password-3"):
        assert typed not in logs.redact(f"before {typed} after")


def test_flows_are_kept(home: Path) -> None:
    """The hostile walk above must have had a flow to act on."""
    with prepared(home):
        assert [flow.name for flow in flows.all_flows(Store(home))] == ["orders"]
