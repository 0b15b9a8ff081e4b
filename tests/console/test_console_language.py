"""Every page speaks plainly: each GET route of the console is visited, over books that are full,
hold one record of everything, or none; a number stands before a noun in its right form."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import duckdb
import pytest
from console_world import Visitor, visiting
from test_console_second import WORDS

from xeroport.console.reading.document_kinds import KINDS

BASE = "/instances/acme-uk"
ROWS = (
    "InvoiceNumber,Type,Contact.Name,Date,DueDate,"
    "LineItems.Description,LineItems.Quantity,LineItems.UnitAmount,LineItems.AccountCode\n"
    "T-1,ACCREC,River Ltd,2026-11-01,2026-11-30,Advice,1,100.00,200\n"
)
NO_PAGES = re.compile(r"/(upload|csv|xlsx|static|plotly\.js|events|problems\.csv|results\.csv"
                      r"|report\.json|map\.toml|corrected)$")  # fmt: skip
"""Routes that give a file or a stream, or lead back to the page with the form."""
DOING = frozenset({
    "/add/{draft}/{step}", "/connect/sign-in/{key}", "/instances/{instance}/push/{upload}",
    "/instances/{instance}/push/{upload}/results", "/runs/{run}/undo", "/tries/{key}",
    "/new-flow/{draft}", "/flows/{flow}",
})  # fmt: skip
"""Routes of pages that come about by doing something: the tests below do it."""
OF = "/instances/{instance}"
ROUTES = (
    (r"/instances/[^/]+/statements/account/.+", f"{OF}/statements/account/{{account}}"),
    (r"/instances/[^/]+/statements/[^/]+/open", f"{OF}/statements/{{statement}}/open"),
    (r"/instances/[^/]+/statements/lines", f"{OF}/statements/lines"),
    (r"/instances/[^/]+/statements/.+", f"{OF}/statements/{{statement}}"),
    (r"/instances/[^/]+/books/[^/]+/.+", f"{OF}/books/{{kind}}/{{key}}"),
    (r"/instances/[^/]+/books/.+", f"{OF}/books/{{kind}}"),
    (r"/instances/[^/]+/data/[^/]+/record", f"{OF}/data/{{table}}/record"),
    (r"/instances/[^/]+/data/.+", f"{OF}/data/{{table}}"),
    (r"/instances/[^/]+((?:/.+)?)", rf"{OF}\1"),
    (r"/endpoints/.+", "/endpoints/{endpoint}"),
    (r"/runs/.+", "/runs/{run}"),
    (r"/guide/.+", "/guide/{chapter}"),
)
"""How an address looks, the closest first → its route."""
NOT_PLURAL = frozenset(
    {
        "is",
        "was",
        "has",
        "minus",
        "this",
        "as",
        "does",
        "yes",
        "status",
        "business",
        "address",
        "sales",
    }
)
ONE = re.compile(r"(?<![\w.,:/-])1 ([a-z]+s)\b")
MANY = re.compile(
    r"(?<![\w.,:/-])(?:0|[2-9]|\d[\d,]*\d) (record|call|row|run|field|result|invoice|document|line"
    r"|list|contact|problem|file|page|schedule|flow|instance|organisation|delivery|proposal)\b"
)


def test_every_get_route_is_a_page_of_these_tests(reader: Visitor) -> None:
    known = {route_of(path) for path in addresses(reader, {})} | DOING
    routes = {
        str(route.path) for route in reader.app.routes  # type: ignore[attr-defined]
        if "GET" in (getattr(route, "methods", None) or ())
    }  # fmt: skip
    assert {route for route in routes if not NO_PAGES.search(route)} - known == set()


def route_of(path: str) -> str:
    """The route that an address belongs to, by the parts of it that are names."""
    path = path.split("?")[0]
    for pattern, route in ROUTES:
        if re.fullmatch(pattern, path):
            return re.sub(f"^{pattern}$", route, path)
    return path


def addresses(visitor: Visitor, ids: dict[str, str]) -> list[str]:
    """Every page that needs nothing to be done first; `ids` has a record of each kind."""
    statements = ("profit-and-loss", "balance-sheet", "receivables", "payables", "cash", "budget")
    return [
        "/", "/login", "/add", "/connect/sign-in", "/instances", "/demo", "/endpoints",
        "/endpoints?q=invoices", "/endpoints/invoices.upsert", "/runs", "/runs/1", "/schedules",
        "/schedules/due?name=nightly", "/new-flow", "/flows", "/webhooks-inbox", "/fleet",
        "/access", "/agents", "/guide", "/guide/console",
        BASE, f"{BASE}/settings", f"{BASE}/overview", f"{BASE}/push", f"{BASE}/outbox",
        f"{BASE}/proposals", f"{BASE}/sql", f"{BASE}/sql?sql=select+1", f"{BASE}/data",
        f"{BASE}/data/invoice", f"{BASE}/data/contact",
        f"{BASE}/data/invoice/record?invoice_id={ids.get('sales-invoices', 'x')}",
        f"{BASE}/search", f"{BASE}/search?q=INV", f"{BASE}/search?q=nothing-like-it",
        f"{BASE}/books", f"{BASE}/statements", f"{BASE}/statements/lines?group=income",
        f"{BASE}/statements/account/{ids.get('accounts', 'x')}",
        *(f"{BASE}/statements/{key}" for key in statements),
        f"{BASE}/statements/profit-and-loss?by=month&compare=1&before=1&period=last-12-months",
        f"{BASE}/statements/receivables/open", f"{BASE}/statements/payables/open?age=3",
        *(f"{BASE}/books/{kind.key}" for kind in KINDS),
        *(f"{BASE}/books/{kind.key}?q=nothing-like-it" for kind in KINDS[:2]),
        *(f"{BASE}/books/{key}/{record}" for key, record in (ids or {"items": "x"}).items()),
    ]  # fmt: skip


def speaks_plainly(path: str, page: str) -> None:
    """None of the refused words, and every number before a noun in its right form."""
    page = re.sub(r"<(script|style|code|pre|option)\b.*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(r"</(li|t[dhr]|p|d[tdl]|h\d|div|label|a|button|summary|legend)>", " | ", page)
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    for words in WORDS:
        assert not re.search(rf"\b{re.escape(words)}\b", text.lower()), (path, words)
    wrong = [found for found in ONE.finditer(text) if found[1] not in NOT_PLURAL]
    wrong = [
        text[found.start() - 30 : found.end() + 20] for found in (*wrong, *MANY.finditer(text))
    ]
    assert not wrong, (path, wrong)


def first_ids(books: Path) -> dict[str, str]:
    """A record of each kind."""
    ids = {}
    with duckdb.connect(str(books), read_only=True) as connection:
        for kind in KINDS:
            where = f"WHERE {kind.where}" if kind.where else ""
            row = connection.execute(
                f"SELECT {kind.id}::VARCHAR FROM acme_uk.{kind.table} {where} LIMIT 1"
            ).fetchone()
            if row:
                ids[kind.key] = row[0]
    return ids


@pytest.fixture(scope="module", params=["all", "one", "none"])
def held(
    request: pytest.FixtureRequest, synced: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Visitor, dict[str, str]]]:
    """Books that hold all of the demo, one row of each table, or no row at all."""
    home = Path(shutil.copytree(synced, tmp_path_factory.mktemp(request.param) / "home"))
    with duckdb.connect(str(home / "books.duckdb")) as books:
        tables = books.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE schema_name LIKE 'acme_uk%'"
        ).fetchall()
        for schema, table in tables:
            if request.param == "all" or table.startswith("_") or table == "organisation":
                continue
            if schema.endswith("_ledger") and table not in ("ledger_line", "residual_line"):
                continue
            least = 1 if request.param == "one" else 0
            books.execute(
                f'DELETE FROM {schema}."{table}" WHERE rowid NOT IN '
                f'(SELECT min(rowid) FROM {schema}."{table}" HAVING {least} = 1)'
            )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        with visiting(home) as visitor:
            yield visitor, first_ids(home / "books.duckdb")


def test_every_page_speaks_plainly(held: tuple[Visitor, dict[str, str]]) -> None:
    visitor, ids = held
    for path in addresses(visitor, ids):
        reply = visitor.get(path)
        assert reply.status_code in (200, 404), (path, reply.status_code, reply.text)
        speaks_plainly(path, reply.text)


def test_pages_of_a_first_start_speak_plainly(visitor: Visitor) -> None:
    for path in addresses(visitor, {}):
        reply = visitor.get(path)
        assert reply.status_code in (200, 404), (path, reply.status_code)
        speaks_plainly(path, reply.text)


def test_pages_of_one_record_sent_speak_plainly(home: Path) -> None:
    """A call that is tried, a file of one record: its review, its run, its results, its undoing."""
    with visiting(home) as visitor:
        pages = [
            visitor.upload(
                f"{BASE}/push/upload", "rows.csv", ROWS.encode(), endpoint="invoices.upsert"
            )
        ]
        where = pages[0].url.path
        pages.append(visitor.post(f"{where}/send", agree=["approve", "e-mail"]))
        run = pages[-1].url.path
        for job in visitor.app.state.console.work.jobs():
            job.process.wait(timeout=60)
        pages += [visitor.get(address) for address in (run, f"{where}/results", f"{run}/undo")]
        pages += [visitor.get(f"{BASE}/outbox"), visitor.get(BASE), visitor.get("/runs")]
        for page in pages:
            assert page.status_code == 200, (str(page.url), page.text)
            speaks_plainly(str(page.url), page.text)
