"""Getting in and staying in: links made later, sessions that outlive the process, roles, wrong
passwords that keep nobody out, and requests that never end."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from console_browser import console as running
from console_world import HOSTS, visiting
from starlette.testclient import TestClient

from xeroport.console.app import build
from xeroport.console.web.guard import ConsoleAccess

PASSWORD = "correct horse battery"
WATCHING = "only looking around"


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "xeroport", "--home", str(home), *words],
        env={**os.environ, "XEROPORT_KEYRING": "off"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_session_outlives_the_console(tmp_path: Path) -> None:
    keeper = ConsoleAccess()
    app = build(tmp_path, console_access=keeper, hosts=HOSTS)
    client = TestClient(app)
    link = keeper.new_link()
    client.get(f"/login?link={link}")
    second = build(tmp_path, console_access=ConsoleAccess(), hosts=HOSTS)
    again = TestClient(second, cookies=client.cookies)
    assert again.get("/instances", follow_redirects=False).status_code == 200
    assert again.get(f"/login?link={link}", follow_redirects=False).status_code == 403
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("xeroport.sqlite*"))
    assert link.encode() not in raw
    assert client.cookies["xeroport"].encode() not in raw


def test_signing_out_of_all_browsers_ends_every_session(tmp_path: Path) -> None:
    with visiting(tmp_path) as anna, visiting(tmp_path) as ben:
        unused = anna.app.state.console.console_access.new_link()
        assert ben.get("/instances", follow_redirects=False).status_code == 200
        anna.post("/login/leave-all")
        for visitor in (anna, ben):
            assert visitor.get("/instances", follow_redirects=False).status_code in (303, 401)
        assert ben.get(f"/login?link={unused}", follow_redirects=False).status_code == 403


def test_a_new_link_opens_the_console_that_runs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    nothing = run(home, "console", "--link")
    assert nothing.returncode == 2
    assert "no console is running" in nothing.stderr
    with running(home) as (address, first):
        with httpx2.Client(follow_redirects=True) as client:
            assert client.get(first).status_code == 200
        made = run(home, "--json", "console", "--link", "--role", "view")
        link = json.loads(made.stdout)["link"]
        assert link.startswith(address)
        with httpx2.Client(follow_redirects=True) as client:
            assert client.get(link).status_code == 200
            reply = client.post(f"{address}/schedules", data={"instance": "x"})
            assert reply.status_code == 403
            assert "view this console" in reply.text
    assert run(home, "console", "--link").returncode == 2


def test_a_viewer_looks_and_changes_nothing(home: Path) -> None:
    keeper = ConsoleAccess(password=PASSWORD, view_password=WATCHING)
    app = build(home, console_access=keeper, hosts=HOSTS)
    client = TestClient(app)
    assert client.post("/login", data={"password": WATCHING}).status_code == 200
    for path in ("/instances", "/instances/acme-uk", "/instances/acme-uk/data", "/schedules"):
        assert client.get(path).status_code == 200, path
    token = client.get("/endpoints").text.split('name="csrf" value="')[1].split('"')[0]
    for path in ("/schedules", "/instances/acme-uk/sync", "/instances/acme-uk/settings",
                 "/endpoints/contacts.upsert", "/instances/acme-uk/push/upload", "/demo",
                 "/login/leave-all", "/instances/acme-uk/remove"):  # fmt: skip
        reply = client.post(path, data={"csrf": token})
        assert reply.status_code == 403, path
    assert client.post("/theme", data={"csrf": token, "theme": "dark"}).status_code == 200
    assert client.post("/login/leave", data={"csrf": token}).status_code == 200


def test_wrong_passwords_of_many_keep_the_owner_out_for_a_moment_only(tmp_path: Path) -> None:
    """60 wrong passwords at once, from one address: the owner signs in from another at once, and
    from the same one within seconds."""
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    process = subprocess.Popen(
        [sys.executable, "-m", "xeroport", "--json", "--home", str(tmp_path / "home"), "console",
         "--port", "0", "--no-open", "--host", "0.0.0.0", "--password-file", str(file)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "XEROPORT_KEYRING": "off"},
    )  # fmt: skip
    try:
        assert process.stdout
        text = ""
        while not text.rstrip().endswith("}"):
            text += process.stdout.readline()
        address = json.loads(text)["address"]

        def wrong(_: int) -> int:
            return httpx2.post(
                f"{address}/login", data={"password": "x" * 9}, timeout=60
            ).status_code

        with ThreadPoolExecutor(60) as pool:
            flood = [pool.submit(wrong, number) for number in range(60)]
            time.sleep(0.2)
            began = time.monotonic()
            other = httpx2.Client(
                transport=httpx2.HTTPTransport(local_address="127.0.0.2"), timeout=60
            )
            assert other.post(f"{address}/login", data={"password": PASSWORD}).status_code == 303
            assert time.monotonic() - began < 4
            statuses = [each.result() for each in flood]
        assert set(statuses) <= {403, 429}
        assert statuses.count(429) > 30
        until = time.monotonic() + 8
        while time.monotonic() < until:
            reply = httpx2.post(f"{address}/login", data={"password": PASSWORD}, timeout=60)
            if reply.status_code == 303:
                break
            time.sleep(0.3)
        assert reply.status_code == 303
    finally:
        process.terminate()
        process.wait(timeout=10)


def test_heads_that_never_end_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import uvicorn

    from xeroport.server import connections

    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.6)
    monkeypatch.setattr(connections, "MOST_WAITING", 20)

    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": b"ok"})  # type: ignore[operator]

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = uvicorn.Server(
            uvicorn.Config(
                app, http=connections.BoundedConnection, log_level="error", lifespan="off"
            )
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        slow = []
        try:
            for _ in range(60):
                held = socket.create_connection(("127.0.0.1", port), timeout=5)
                held.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
                slow.append(held)
            assert httpx2.get(f"http://127.0.0.1:{port}/").text == "ok"
            time.sleep(0.3)
            assert len(connections.WAITING) <= 21
            time.sleep(1.2)
            assert not connections.WAITING
            with httpx2.Client() as client:  # a kept connection, and a head in two parts
                assert [client.get(f"http://127.0.0.1:{port}/").text for _ in range(3)] == [
                    "ok"
                ] * 3
            again = socket.create_connection(("127.0.0.1", port), timeout=5)
            again.sendall(b"GET / HTTP/1.1\r\nHo")
            time.sleep(0.2)
            again.sendall(b"st: x\r\n\r\n")
            assert again.recv(100).startswith(b"HTTP/1.1 200")
            again.sendall(b"GET / HTTP/1.1\r\n")
            again.settimeout(5)
            rest = b"".join(iter(lambda: _some(again), b""))
            assert b"200" not in rest
        finally:
            for held in slow:
                held.close()
            server.should_exit = True
            thread.join(5)


def _some(connection: socket.socket) -> bytes:
    try:
        return connection.recv(1000)
    except ConnectionError:
        return b""
