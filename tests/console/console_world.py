"""A console over a home folder, with a signed-in visitor, for tests without a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx2
from starlette.applications import Starlette
from starlette.testclient import TestClient

from xeroport.console.app import build
from xeroport.console.web.guard import ConsoleAccess
from xeroport_emulator import Emulator

HOSTS = frozenset({"testserver", "127.0.0.1", "localhost"})
NASTY = (
    "<script>document.title='owned'</script>",
    "=cmd|'/c calc'!A1",
    "Robert'); DROP TABLE invoice;--",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
)
"""Names as an ill-meaning person might give to a record."""
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Visitor:
    """A browser without scripts: follows redirects, sends the CSRF token with its forms."""

    client: TestClient
    app: Starlette

    def get(self, path: str, **options: Any) -> httpx2.Response:
        return self.client.get(path, **options)

    def token(self) -> str:
        found = TOKEN.search(self.get("/no-page-is-smaller").text)
        assert found, "no page shows a CSRF token"
        return found[1]

    def post(self, path: str, **fields: Any) -> httpx2.Response:
        return self.client.post(path, data={"csrf": self.token(), **fields})

    def upload(self, path: str, name: str, content: bytes, **fields: Any) -> httpx2.Response:
        reply = self.client.post(
            path, data={"csrf": self.token(), **fields}, files={"file": (name, content)}
        )
        while "data-reload" in reply.text:
            reply = self.get(str(reply.url))
        return reply


@contextmanager
def visiting(home: Path) -> Iterator[Visitor]:
    """A visitor who came in by the one-time link."""
    keeper = ConsoleAccess()
    app = build(home, console_access=keeper, hosts=HOSTS)
    with TestClient(app) as client:
        client.get(f"/login?link={keeper.new_link()}")
        yield Visitor(client, app)


def bare(synced: Path, home: Path) -> Path:
    """The synced home without what was derived."""
    shutil.copytree(synced, home)
    with duckdb.connect(str(home / "books.duckdb")) as books:
        for schema in ("acme_uk_reporting", "acme_uk_ledger"):
            books.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    return home


def add_instance(
    visitor: Visitor, emulator: Emulator, base_url: str, *, name: str = "acme-uk", secret: str = ""
) -> httpx2.Response:
    """Walk through the wizard; the last page's response."""
    step = visitor.get("/add")
    where = step.url.path.removesuffix("/name")
    visitor.post(f"{where}/name", name=name)
    visitor.post(f"{where}/method", use=["read", "write"])
    checked = visitor.post(
        f"{where}/credentials",
        base_url=base_url,
        client_id=emulator.client_id,
        client_secret=secret or emulator.client_secret,
    )
    if checked.status_code != 200:
        return checked
    return visitor.post(
        f"{where}/settings",
        time_zone="Pacific/Auckland",
        date_format="DD/MM/YYYY",
        rate_limit="6000/minute",
    )
