"""Who may talk to the console, and how."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from console_world import HOSTS, Visitor, visiting
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from xeroport.console.app import build
from xeroport.console.serve import check_installed, serve
from xeroport.console.web.guard import UPLOAD_BYTES, ConsoleAccess, host_name, is_loopback
from xeroport.errors import InputError
from xeroport.secrets.vault import Secret
from xeroport.store import instances
from xeroport.store.instances import Instance


@pytest.fixture
def stranger(tmp_path: Path) -> TestClient:
    keeper = ConsoleAccess()
    client = TestClient(build(tmp_path, console_access=keeper, hosts=HOSTS))
    client.keeper = keeper  # type: ignore[attr-defined]
    return client


def every_route(app: object) -> list[tuple[str, str]]:
    found = []
    for route in app.routes:  # type: ignore[attr-defined]
        if isinstance(route, Mount):
            continue
        assert isinstance(route, Route)
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", "1")
        found += [(method, path) for method in (route.methods or ()) if method != "HEAD"]
    return found


def test_nothing_but_the_login_answers_without_a_session(stranger: TestClient) -> None:
    routes = every_route(stranger.app)
    assert len(routes) > 35
    for method, path in routes:
        if path.startswith("/login"):
            continue
        reply = stranger.request(method, path, follow_redirects=False)
        assert reply.status_code == 401, (method, path, reply.status_code)
        html = stranger.request(
            method, path, headers={"accept": "text/html"}, follow_redirects=False
        )
        assert html.status_code == 303, (method, path)
        assert html.headers["location"] == ("/login" if method == "GET" else "/login?late=1")


def test_a_link_opens_one_session_once(stranger: TestClient) -> None:
    link = stranger.keeper.new_link()  # type: ignore[attr-defined]
    reply = stranger.get(f"/login?link={link}", follow_redirects=False)
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert stranger.get("/instances").status_code == 200
    stranger.cookies.clear()
    assert stranger.get(f"/login?link={link}").status_code == 403
    assert stranger.get("/instances", follow_redirects=False).status_code == 401


def test_a_wrong_link_opens_nothing(stranger: TestClient) -> None:
    assert stranger.get("/login?link=guess").status_code == 403
    assert "set-cookie" not in stranger.get("/login?link=").headers


@pytest.mark.parametrize("back", ["http://[x", "//[", "https://a:b:c/", "//evil.example/x"])
def test_the_way_back_stays_on_this_site(visitor: Visitor, back: str) -> None:
    form = {"csrf": visitor.token(), "theme": "dark", "back": back}
    reply = visitor.client.post("/theme", data=form, follow_redirects=False)
    assert reply.status_code == 303
    assert reply.headers["location"] in ("/", "/x")


def test_signing_out_ends_the_session(visitor: Visitor) -> None:
    before = dict(visitor.client.cookies)
    visitor.post("/login/leave")
    visitor.client.cookies.update(before)
    assert visitor.get("/instances", follow_redirects=False).status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "localhost@evil.example", "[::1"]
)
def test_other_host_names_are_refused(visitor: Visitor, host: str) -> None:
    assert visitor.get("/instances", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8642", "LOCALHOST", "localhost:1"])
def test_own_host_names_are_served(visitor: Visitor, host: str) -> None:
    assert visitor.get("/endpoints", headers={"host": host}).status_code == 200


def test_every_action_needs_the_token_of_the_session(visitor: Visitor) -> None:
    posts = [path for method, path in every_route(visitor.app) if method == "POST"]
    assert len(posts) > 14
    for path in posts:
        if path == "/login":
            continue
        for data in ({}, {"csrf": "wrong"}):
            reply = visitor.client.post(path, data=data, follow_redirects=False)
            assert reply.status_code == 403, (path, data, reply.status_code)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://[x"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_other_sites_cannot_act(visitor: Visitor, headers: dict[str, str]) -> None:
    token = visitor.token()
    reply = visitor.client.post("/theme", data={"csrf": token, "theme": "dark"}, headers=headers)
    assert reply.status_code == 403


def test_every_page_carries_the_strict_headers(visitor: Visitor) -> None:
    for path in ("/instances", "/nothing-here", "/login/static/console.js"):
        headers = visitor.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert visitor.get("/instances").headers["cache-control"] == "no-store"


def test_no_page_has_inline_script_or_style(reader: Visitor) -> None:
    """Every page that an address leads to, those of one organisation among them."""
    module = import_module("xeroport.console.app")
    paths = {
        route.path.replace("{instance}", "acme-uk")
        for page in module.PAGES
        for route in page.ROUTES
        if isinstance(route, Route) and "GET" in (route.methods or ())
    }
    plain = sorted(path for path in paths if "{" not in path and not path.startswith("/login"))
    assert len(plain) > 20
    for path in plain:
        reply = reader.get(path)
        if not reply.headers.get("content-type", "").startswith("text/html"):
            continue
        assert reply.status_code < 500, path
        for wrong in ("<style", " style=", " onclick=", "<script>", "javascript:"):
            assert wrong not in reply.text, (path, wrong)


def test_large_bodies_are_refused(visitor: Visitor) -> None:
    reply = visitor.client.post("/theme", content=b"x" * 4_000_001)
    assert reply.status_code == 413
    claimed = {"content-length": str(UPLOAD_BYTES + 1)}
    reply = visitor.client.post("/instances/a/push/upload", content=b"", headers=claimed)
    assert reply.status_code == 413


def test_going_back_after_the_theme_stays_on_this_site(visitor: Visitor) -> None:
    token = visitor.token()
    for back in ("//evil.example/x", "https://evil.example", "/\\evil.example", "\\\\evil.example"):
        reply = visitor.client.post(
            "/theme", data={"csrf": token, "theme": "dark", "back": back}, follow_redirects=False
        )
        where = reply.headers["location"]
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\")), where


def test_a_password_opens_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    keeper = ConsoleAccess(password="correct horse")
    client = TestClient(build(tmp_path, console_access=keeper, hosts=HOSTS))
    assert client.post("/login", data={"password": "wrong"}).status_code == 403
    assert client.get("/instances", follow_redirects=False).status_code == 401
    assert client.post("/login", data={"password": "correct horse"}).status_code == 200
    assert client.get("/instances").status_code == 200


def test_without_a_password_none_opens(stranger: TestClient) -> None:
    assert stranger.post("/login", data={"password": ""}).status_code == 403


def test_beyond_this_machine_a_password_is_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="password"):
        serve(tmp_path, 0, host="0.0.0.0", opened=False)
    with pytest.raises(InputError, match="password"):
        serve(tmp_path, 0, names=("books.example.com",), opened=False)


def test_without_the_extra_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("xeroport.console.serve")
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="jinja2") as told:
        check_installed()
    assert told.value.hint == "pip install 'xeroport[console]'"


def test_behind_tls_the_cookie_is_secure(tmp_path: Path) -> None:
    keeper = ConsoleAccess()
    app = build(tmp_path, console_access=keeper, hosts=HOSTS)
    for scheme, secure in (("https", True), ("http", False)):
        client = TestClient(app, base_url=f"{scheme}://testserver")
        reply = client.get(f"/login?link={keeper.new_link()}", follow_redirects=False)
        assert ("Secure" in reply.headers["set-cookie"]) is secure


def test_a_body_without_a_length_is_cut_off(visitor: Visitor) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(50):
            yield b"a" * 100_000

    kind = {"content-type": "application/x-www-form-urlencoded"}
    reply = visitor.client.post("/theme", content=endless(), headers=kind)
    assert reply.status_code == 413


def test_damaged_books_are_said_to_be(tmp_path: Path) -> None:
    with visiting(tmp_path) as visitor:
        place = "http://127.0.0.1:1"
        instance = Instance(name="acme", base_url=place, identity_url=place, client_id="x")
        instances.add(visitor.app.state.console.store, instance, Secret("s"))
        (tmp_path / "books.duckdb").write_bytes(b"not a database at all" * 1000)
        reply = visitor.get("/instances/acme/data")
        assert reply.status_code == 422
        assert "cannot be read" in reply.text


def test_loopback_is_told_from_the_rest() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.168.1.4", "example.org")))
    assert host_name("[::1]:80") == "::1"


def test_a_port_that_is_taken_is_told_or_another_is_found(tmp_path: Path) -> None:
    module = import_module("xeroport.console.serve")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"cannot listen on `127.0.0.1:{number}`"):
            serve(tmp_path, number, opened=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "USUAL_PORT", number)
            found = module._listening_somewhere("127.0.0.1")
            assert found.getsockname()[1] != number
            found.close()


def test_without_a_display_no_browser_of_the_terminal_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python opens lynx or w3m in the foreground where there is no display: nothing would serve."""
    if sys.platform != "linux":
        pytest.skip("displays of X and Wayland")
    asked: list[str] = []
    module = import_module("xeroport.console.serve")
    monkeypatch.setattr(module.webbrowser, "open", asked.append)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    assert not module.has_display()
    monkeypatch.setattr("uvicorn.Server.run", lambda *_, **__: None)
    serve(tmp_path, 0)
    assert asked == []
    monkeypatch.setenv("DISPLAY", ":0")
    serve(tmp_path, 0)
    until = time.monotonic() + 5
    while not asked and time.monotonic() < until:
        time.sleep(0.01)
    assert "/login?link=" in asked[0]
