"""What the command line writes is its user's alone, and passwords in addresses are never shown."""

from __future__ import annotations

import base64
import logging
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cli_shell import Shell, Xero

from xeroport import log_file, logs
from xeroport.jobs.alerts.http_post import post

PASSWORD = "planted-Pass-4711"
MALFORMED = (
    f"postgresql:/user:{PASSWORD}@127.0.0.1/books",
    f"postgres:user:{PASSWORD}@127.0.0.1/books",
    f"postgresql//user:{PASSWORD}@127.0.0.1/books",
    f"mysql://user:{PASSWORD}@127.0.0.1/books",
    f"user:{PASSWORD}@127.0.0.1/books",
    f"postgresql://user:{PASSWORD}@@127.0.0.1:1/books",
    f"postgresql://user:{PASSWORD}/@127.0.0.1:1/books",
    f"postgresql://user:{PASSWORD}@127.0.0.1:port/books",
    f"postgresql://127.0.0.1:1/books?user=me&password={PASSWORD}",
    f"postgresql://127.0.0.1:1/books?password={PASSWORD}&nonsense=1",
    f"host=127.0.0.1 port=1 password={PASSWORD}",
    f"host=127.0.0.1 port=1 password = '{PASSWORD}'",
)


@pytest.mark.parametrize("url", MALFORMED)
def test_a_password_in_a_malformed_address_is_never_shown(acme: Shell, url: str) -> None:
    pytest.importorskip("psycopg")
    for words in (
        ("query", "SELECT 1", "--to", url),
        ("sync", "acme", "accounts", "--to", url),
        ("fleet", "sync", "*", "--to", url),
        ("schedule", "set", "acme", "* * * * *", "--to", url),
        ("ledger", "acme", "--to", url),
        ("report", "acme", "profit_and_loss", "--to", url),
        ("workbook", "acme", "pack.xlsx", "--to", url),
        ("plan", "acme", f"--every={url}"),
        ("instance", "add", "other", "--base-url", url),
        ("runs", "show", url),
        (url,),
        ("sync", "acme", "--no-such-option", url),
    ):
        result = acme.run(*words)
        assert PASSWORD not in result.stdout + result.stderr, words
        assert "unexpected" not in result.stderr, words
    log = (acme.home / logs.FILE_NAME).read_text()
    assert PASSWORD not in log


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_all_files_of_a_process_are_private(own_xero: Xero, tmp_path: Path) -> None:
    home = tmp_path / "open"
    home.mkdir()
    home.chmod(0o777)
    out = tmp_path / "out"
    out.mkdir()

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        script = (
            "import os, sys\nos.umask(0)\nfrom xeroport.cli import main\n"
            "sys.argv[0] = 'xeroport'\nmain()"
        )
        return subprocess.run(
            [sys.executable, "-c", script, "--home", str(home), *words],
            input=own_xero.emulator.client_secret,
            capture_output=True,
            text=True,
            check=False,
        )

    credentials = ("--base-url", own_xero.base_url, "--client-id", own_xero.emulator.client_id)
    first = run("instance", "add", "acme", *credentials, "--client-secret-file", "-")
    assert first.returncode == 0, first.stderr
    assert "now only you can" in first.stderr
    assert run("sync", "acme", "accounts", "--keep-raw").returncode == 0
    assert run("sync", "acme", "accounts", "--to", f"duckdb:{out}/b.duckdb").returncode == 0
    written = [*home.rglob("*"), home, *out.iterdir()]
    assert {path.name for path in written} >= {"books.duckdb", "xeroport.log", "calls.sqlite"}
    open_to_others = [path for path in written if path.stat().st_mode & 0o077]
    assert open_to_others == []


def test_the_log_stays_private_after_a_rollover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "MAX_BYTES", 2_000)
    before = os.umask(0)
    try:
        log_file.set_up(tmp_path)
        for number in range(200):
            logging.getLogger("xeroport.test").error("line %d", number)
    finally:
        os.umask(before)
        log_file.set_up(tmp_path / "other")
    files = sorted(tmp_path.glob("xeroport.log*"))
    assert len(files) > 1
    assert [oct(path.stat().st_mode & 0o777) for path in files] == ["0o600"] * len(files)


def test_a_process_leaves_no_core_file() -> None:
    script = (
        "import sys\nfrom xeroport.cli import main\nsys.argv = ['xeroport', '--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "import resource\nassert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_plain_http_to_this_machine_goes_past_every_proxy(
    own_xero: Xero, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            seen.append(self.rfile.readline().decode())
            self.close_connection = True

    with HTTPServer(("127.0.0.1", 0), Proxy) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        proxy = f"http://127.0.0.1:{server.server_port}"
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert shell.add(own_xero).exit_code == 0
        server.shutdown()
    assert seen == []


def test_a_secret_that_was_read_from_the_store_is_not_in_the_log(acme: Shell, xero: Xero) -> None:
    from xeroport.store import instances
    from xeroport.store.database import Store

    logs._known.clear()
    secret = instances.secret(Store(acme.home), "acme").reveal()
    log_file.set_up(acme.home)
    logging.getLogger("xeroport.test").error("it is %s, they say", secret)
    text = (acme.home / logs.FILE_NAME).read_text()
    assert secret not in text
    assert "it is ********, they say" in text


def test_ten_thousand_secrets_are_found_quickly() -> None:
    import time

    logs._known.clear()
    for number in range(10_000):
        logs.hide(f"planted-{number:06}-secret")
    began = time.perf_counter()
    for number in range(200):
        assert "planted" not in logs.redact(f"a line of {number} with planted-{number:06}-secret")
    assert time.perf_counter() - began < 2
    logs._known.clear()


def test_a_password_in_the_address_of_an_alert_is_not_shown(acme: Shell) -> None:
    target = f"https://me:{PASSWORD}@hooks.example.com/x"
    acme.ok("schedule", "set", "acme", "0 6 * * *", "--notify", target)
    acme.ok("alert", "add", "pager", target)
    for words in (("schedule", "list"), ("alert", "list")):
        for more in ((), ("--json",)):
            result = acme.ok(*words, *more)
            assert PASSWORD not in result.stdout + result.stderr
    assert "https://me:********@hooks.example.com/x" in acme.ok("alert", "list").stdout


def test_a_user_and_password_in_an_address_go_as_a_header() -> None:
    """What `https://user:password@host` means to everybody; Python's library takes no such URL."""
    heard: list[tuple[str, str | None]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((self.path, self.headers["Authorization"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://me:{PASSWORD}%21@127.0.0.1:{server.server_port}/x"
        assert post(url, b"{}", key="k", seconds=5) == (204, "")
        server.shutdown()
    pair = base64.b64encode(f"me:{PASSWORD}!".encode()).decode()
    assert heard == [("/x", f"Basic {pair}")]
    for broken in (f"http://me:{PASSWORD}@127.0.0.1:port/x", f"http://me:{PASSWORD}@[::1/x"):
        status, said = post(broken, b"{}", key="k", seconds=5)
        assert status == 0
        assert PASSWORD not in said
