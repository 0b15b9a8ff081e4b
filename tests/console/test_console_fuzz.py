"""Whatever is sent to a route, the answer is a page or a refusal, never a failure of ours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from console_world import Visitor, visiting
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

NAMES = {
    "instance": ["acme-uk", "demo", "nobody"],
    "table": ["invoice", "contact", "_checkpoint", "invoice_line_item", "nothing"],
    "endpoint": ["invoices.list", "contacts.upsert", "invoices.pdf", "getInvoices", "x.y"],
    "run": ["1", "2", "0", "-1", "9" * 30, "x"],
    "upload": ["aaaaaaaaaaaaaaaa", "..", "%2e%2e"],
    "draft": ["x"],
    "step": ["name", "settings", "method", "credentials", "ready"],
    "key": ["x"],
}
WORDS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "1", "-1", "0", "9" * 50, "true", "NaN", "'", '"', ";", "../..", "\x00", "invoice_id",
         "select 1", "name", "date", "total", "is", "from", "empty", "desc", "٣", "1e9", "<b>"]
    ),
)  # fmt: skip
QUERY = st.dictionaries(
    st.one_of(
        st.sampled_from(
            ["q", "sort", "desc", "from", "column", "op", "value", "columns", "sql", "said", "show",
             "instance", "job", "status", "endpoint", "method", "invoice_id", "contact_id", "link"]
        ),
        st.text(max_size=8),
    ),
    WORDS,
    max_size=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def fuzzed(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        home = tmp_path_factory.mktemp("fuzzed") / "home"
        shutil.copytree(synced, home)
        with visiting(home) as visitor:
            visitor.client.headers["x-csrf-token"] = visitor.token()
            yield visitor


def routes(visitor: Visitor, method: str) -> list[Route]:
    return [r for r in visitor.app.routes if isinstance(r, Route) and method in (r.methods or ())]


def address(draw: Any, route: Route) -> str:
    path = route.path
    for name in route.param_convertors:
        some = st.one_of(st.sampled_from(NAMES.get(name, ["x"])), st.text(min_size=1, max_size=12))
        path = path.replace(f"{{{name}}}", quote(draw(some), safe=""))
    return path


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_get_fails(fuzzed: Visitor, data: st.DataObject) -> None:
    route = data.draw(st.sampled_from(routes(fuzzed, "GET")))
    path = address(data.draw, route)
    reply = fuzzed.client.get(path, params=data.draw(QUERY))
    assert reply.status_code < 500, path


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.json", "a.ndjson", "a.parquet"]))
def test_no_upload_fails(fuzzed: Visitor, content: bytes, name: str) -> None:
    reply = fuzzed.client.post(
        "/instances/acme-uk/push/upload",
        data={"endpoint": "contacts.upsert"},
        files={"file": (name, content)},
    )
    assert reply.status_code < 500


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.binary(max_size=200),
    st.sampled_from(
        ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", "",
         "multipart/form-data; boundary=x", "text/plain; charset=nonsense"]
    ),
)  # fmt: skip
def test_no_body_fails(fuzzed: Visitor, content: bytes, kind: str) -> None:
    for path in ("/theme", "/endpoints/contacts.upsert", "/instances/acme-uk/push/upload"):
        reply = fuzzed.client.post(path, content=content, headers={"content-type": kind})
        assert reply.status_code < 500, path
