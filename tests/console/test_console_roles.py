"""What a page offers is what its reader may do: every page that can be reached is visited with each
role; each form, button and link that is shown is taken, and none is missing."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from console_unattended import fail_once, keep_flow, receive
from console_world import HOSTS, Visitor
from starlette.applications import Starlette
from starlette.testclient import TestClient
from test_console_language import NO_PAGES

from xeroport.cli import main as command_line
from xeroport.console.app import PAGES, build
from xeroport.console.jobs.commands import Job
from xeroport.console.web.roles import RoleRoute, may, route_of
from xeroport.store import places, runs
from xeroport.store.console_access import Role

BASE = "/instances/acme-uk"
HEAD = (
    "InvoiceNumber,Type,Contact.Name,Date,DueDate,"
    "LineItems.Description,LineItems.Quantity,LineItems.UnitAmount,LineItems.AccountCode\n"
)
RIGHT = "ROLE-{},ACCREC,River Ltd,2026-11-01,2026-11-30,Advice,1,100.00,200\n"
WRONG = "ROLE-9,ACCREC,River Ltd,2026-31-31,2026-11-30,Advice,1,100.00,200\n"
ADDRESSES = [
    "/", f"{BASE}/data/invoice?q=INV", "/flows/orders?correct=1", "/endpoints/invoices.upsert",
    "/endpoints/invoices.attachments.add",
]  # fmt: skip
PLAIN = "This browser may view, but change nothing."
SENTENCE = "You can view this console, but not change anything"
NOT_HERE = {"/login", "/connect/sign-in/{key}"}
"""A page for those who have no session, and one that Xero's own page comes before."""
ROUTES = tuple(route for module in PAGES for route in module.ROUTES)


@dataclass
class Offered(HTMLParser):
    """What a page offers: links, the addresses that its forms and buttons are sent to, and fields
    and buttons that belong to no form."""

    links: set[str] = field(default_factory=set)
    gets: set[str] = field(default_factory=set)
    posts: set[str] = field(default_factory=set)
    forms: dict[str, str] = field(default_factory=dict)
    fields: list[tuple[str, dict[str, str], bool]] = field(default_factory=list)
    is_in_form: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in said:
            self.links.add(said["href"])
        elif tag == "form":
            self.is_in_form = True
            is_post = said.get("method") == "post"
            (self.posts if is_post else self.gets).add(said.get("action", ""))
            self.forms[said.get("id", "")] = said.get("method", "get")
        elif tag in ("input", "select", "textarea", "button"):
            self.fields.append((tag, said, self.is_in_form))
            if "formaction" in said:
                method = self.forms.get(said.get("form", ""), "post")
                (self.gets if method == "get" else self.posts).add(said["formaction"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.is_in_form = False

    @property
    def lost(self) -> list[tuple[str, dict[str, str]]]:
        """Fields and buttons that nothing would send; one that copies needs no form."""
        return [
            (tag, said)
            for tag, said, is_in_form in self.fields
            if not is_in_form
            and said.get("form", "?") not in self.forms
            and said.get("type") != "button"
            and "data-copy" not in said
        ]


def offered(page: str) -> Offered:
    seen = Offered()
    seen.feed(page)
    return seen


def visitor_as(app: Starlette, role: Role) -> Visitor:
    """A browser that came in by a link of this role."""
    client = TestClient(app)
    client.get(f"/login?link={app.state.console.console_access.new_link(role)}")
    return Visitor(client, app)


@dataclass(frozen=True)
class Busy:
    """A console in which every form has its reason to stand on a page, and the addresses of pages
    that no link leads to."""

    app: Starlette
    addresses: list[str]


@pytest.fixture(scope="module")
def busy(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    folder = tmp_path_factory.mktemp("roles")
    home = Path(shutil.copytree(synced, folder / "home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        app = build(home, hosts=HOSTS)
        store = app.state.console.store
        fail_once(store)
        keep_flow(store, home / "files")
        receive(store, 3)
        places.remember(store, "acme-uk", f"parquet:{folder}/lake", shown=f"parquet:{folder}/lake")
        places.remember(store, "acme-uk", f"duckdb:{(home / 'books.duckdb').absolute()}", shown="")
        for number, *more in ((1, "--hold"), (2,)):
            rows = folder / f"{number}.csv"
            rows.write_text(HEAD + RIGHT.format(number))
            push = ("push", "acme-uk", "invoices.create", str(rows), "--yes", *more)
            with pytest.raises(SystemExit):
                command_line(["--home", str(home), *push])
        sent = next(run.id for run in runs.recent(store, 1, job="push"))
        anna = visitor_as(app, "act")
        reviews = [
            anna.upload(
                f"{BASE}/push/upload", "a.csv", (HEAD + row).encode(), endpoint="invoices.create"
            ).url.path
            for row in (RIGHT.format(3), WRONG)
        ]
        anna.post(f"{BASE}/views", page="data/invoice", query="q=INV", name="numbers")
        flow = {
            "kind": "xero-table",
            "name": "fresh",
            "instance": "acme-uk",
            "endpoint": "contacts.list",
        }
        draft = anna.post("/new-flow/upload", **flow).url.path
        running = runs.start(store, "acme-uk", "push", {})
        process = subprocess.Popen(["sleep", "60"])
        app.state.console.work._jobs[running] = Job(
            process, ("push",), folder / "printed", folder / "error"
        )
        pages = [*reviews, draft, f"/runs/{running}", f"/runs/{sent}/undo", *ADDRESSES]
        yield Busy(app, pages)
        process.kill()
        process.wait()


def crawled(visitor: Visitor, begin: list[str]) -> dict[str, Offered]:
    """What each page offers: these, and one of each route that their links lead to."""
    pages: dict[str, Offered] = {}
    known: set[str] = set()
    waiting = list(begin)
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        route = route_of(ROUTES, "GET", unquote(parts.path))
        kind = route.path if isinstance(route, RoleRoute) else parts.path
        is_known = kind in known and address not in begin
        if is_known or address in pages or NO_PAGES.search(parts.path):
            continue
        known.add(kind)
        reply = visitor.get(address)
        pages[address] = seen = offered(reply.text)
        for link in sorted(seen.links | seen.gets):
            target = urlsplit(urljoin(str(reply.url), link))
            if target.netloc == "testserver":
                waiting.append(f"{target.path}?{target.query}" if target.query else target.path)
    return pages


def forms_of(pages: dict[str, Offered]) -> dict[str, tuple[RoleRoute, str]]:
    """Every route that a form is sent to, by its path, and a page that has it."""
    forms = {}
    for address, seen in pages.items():
        for action in seen.posts:
            route = route_of(ROUTES, "POST", unquote(urlsplit(urljoin(address, action)).path))
            assert isinstance(route, RoleRoute), (address, action)
            forms[route.path] = route, address
    return forms


@pytest.mark.parametrize("role", get_args(Role))
def test_pages_offer_what_their_reader_may_do_and_all_of_it(busy: Busy, role: Role) -> None:
    begin = [
        address for address in busy.addresses if may(role, role_of("GET", urlsplit(address).path))
    ]
    visitor = visitor_as(busy.app, role)
    pages = crawled(visitor, begin)
    for address, seen in pages.items():
        assert not seen.lost, (address, "nothing sends these", seen.lost)
        for link in seen.links | seen.gets:
            target = urlsplit(urljoin(f"http://testserver{address}", link))
            if target.netloc == "testserver":
                assert may(role, role_of("GET", target.path)), (address, link)
    forms = forms_of(pages)
    for route, address in forms.values():
        assert may(role, route.role), (address, route.path)
        reply = visitor.client.post(address_of(route), data={"csrf": "of another page"})
        assert "this form is out of date" in reply.text.lower(), (address, route.path)
    missing = {
        route.path for route in ROUTES
        if "POST" in (route.methods or ()) and may(role, route.role) and route.path not in forms
    } - NOT_HERE  # fmt: skip
    assert not missing


def role_of(method: str, path: str) -> Role:
    """What the route of an address asks for; a page that there is not is open to everybody."""
    route = route_of(ROUTES, method, unquote(path))
    return route.role if isinstance(route, RoleRoute) else "view"


def address_of(route: RoleRoute) -> str:
    return re.sub(r"\{\w+\}", "x", route.path.replace("{instance}", "acme-uk"))


def test_what_is_not_offered_is_refused(busy: Busy) -> None:
    """Each route that asks for *act* refuses a viewer, with a sentence on a page; names that end
    like the address of a form that viewers may send open nothing."""
    viewer = visitor_as(busy.app, "view")
    token = viewer.token()
    for route in ROUTES:
        method = "POST" if "POST" in (route.methods or ()) else "GET"
        if route.role == "act":
            reply = viewer.client.request(method, address_of(route), data={"csrf": token})
            assert (reply.status_code, SENTENCE in reply.text) == (403, True), route.path
    for name in ("theme", "place", "switch", "login"):
        for path in (f"/flows/{name}", f"/new-flow/{name}", f"{BASE}/push/{name}"):
            assert viewer.client.post(path, data={"csrf": token}).status_code == 403, path
    assert viewer.client.put("/theme", data={"csrf": token}).status_code == 405
    assert viewer.client.post("/nothing-here", data={"csrf": token}).status_code == 404


def test_no_page_is_empty_for_a_viewer(busy: Busy, tmp_path: Path) -> None:
    """What a page shows beside its forms is there for a viewer too, over full books and none."""
    viewer = visitor_as(busy.app, "view")
    for path, words in {
        f"{BASE}/settings": "Time zone",
        f"{BASE}/outbox": "ROLE-2", f"{BASE}/proposals": "ROLE-1", busy.addresses[0]: "Dry run",
        busy.addresses[1]: "2026-31-31", "/endpoints/invoices.upsert": "What it is",
        "/flows/orders": "W-7", "/schedules": "acme-uk", "/webhooks-inbox": "INVOICE",
    }.items():  # fmt: skip
        page = viewer.get(path).text
        assert PLAIN in page, path
        assert words in page.partition("<main")[2], (path, words)
    viewer = visitor_as(build(tmp_path / "none", hosts=HOSTS), "view")
    for path in ("/instances", "/schedules", "/webhooks-inbox", "/flows", "/fleet"):
        page = viewer.get(path).text.partition("<main")[2]
        assert PLAIN in page, path
        assert "<h2>" in page, path


@pytest.mark.parametrize(
    ("path", "name", "words"),
    [
        ("/access/link", "role", "`boss` is not a choice of `role`"),
        ("/schedules/run-here", "do", "`boss` is not a choice of `do`"),
        (f"{BASE}/proposals", "do", "`boss` is not a choice of `do`"),
        (f"{BASE}/outbox", "do", "`boss` is not a choice of `do`"),
    ],
)
def test_a_made_up_choice_does_nothing(busy: Busy, path: str, name: str, words: str) -> None:
    anna = visitor_as(busy.app, "act")
    for value in ("boss", ""):
        reply = anna.post(path, **({name: value} if value else {}), person="Ann", agree="pay")
        assert reply.status_code == 422, (path, value)
        text = re.sub("</?code>", "`", reply.text)
        assert words.replace("boss", value) in text, (path, value)
