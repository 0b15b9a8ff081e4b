"""The README's tour and the Python of the guides run as they are written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.api.conftest import Xero, home_for

import xeroport
from xeroport.cli import main

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"```(sh|text|python)\n(.*?)```", re.DOTALL)
BIN = Path(sys.executable).parent


def blocks(text: str) -> list[tuple[str, str]]:
    return BLOCK.findall(text)


DATED = re.compile(r"month ends|^done|left|held|Xero last|^ *\d+  acme|seconds| s[,;]|^waiting|→")
"""Lines with figures that depend on the day or on the machine: their words are compared."""
SALE = re.compile(r"^\d{4}-\d\d +█")


def checked(line: str) -> str:
    """A line as it is compared: its words, and its figures where none depends on the day."""
    line = re.sub("as of .* ago", "as of then", re.sub(r"--home \S+`", "--home #", line))
    if DATED.search(line) or SALE.search(line) or line.startswith("report_"):
        return masked(SALE.sub("month ", line))
    return re.sub(
        r"\S*/books\.duckdb|https?://\S+|[0-9a-f-]{36}",
        "#",
        re.sub("-{2,}", "--", " ".join(line.split())),
    )


def assert_printed(sample: str, printed: str) -> None:
    """Every line of a sample is printed, in its order; `…` stands for lines left out."""
    lines = iter([checked(line) for line in printed.splitlines() if line.strip()])
    for line in sample.splitlines():
        if line.strip() and line != "…":
            wanted = checked(line)
            assert wanted in lines, f"`{line}` is not in its place in:\n{printed}"


def masked(line: str) -> str:
    """A line without what differs from run to run: numbers, ids, places, widths of tables."""
    line = re.sub(
        r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9A-Fa-f]{32,}|\S*/books\.duckdb|\S+:\S+", "#", line
    )
    return re.sub(r"-{2,}", "--", re.sub(r"\s+", " ", re.sub(r"[\d,.:]+", "#", line))).strip()


@pytest.fixture
def emulator() -> Iterator[tuple[str, str, str]]:
    """An emulator as the tour starts one: where it listens, and its credentials."""
    process = subprocess.Popen(
        [str(BIN / "xeroport"), "emulator", "--port", "0", "--limits", "minute=6000,day=5000"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"},
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.match(r"listening on (\S+)  client id (\S+)  client secret (\S+)", line)
    assert found is not None, line
    yield found[1], found[2], found[3]
    process.terminate()
    process.wait(20)


def test_the_tour_of_the_readme(emulator: tuple[str, str, str], tmp_path: Path) -> None:
    """Every command in order, in one shell; what is shown below each is what it prints."""
    pexpect = pytest.importorskip("pexpect")
    url, client_id, client_secret = emulator
    environment = os.environ | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "XEROPORT_HOME": str(tmp_path / "home"),
        "XEROPORT_KEYRING": "off",
        "COLUMNS": "200",
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tour = readme.partition("## A five-minute tour")[2].partition("## What it does")[0]
    assert len(blocks(tour)) > 10
    printed = ""
    for kind, text in blocks(tour):
        text = text.replace("http://127.0.0.1:8321", url)
        if kind == "sh" and text.startswith("xeroport emulator"):
            printed = (
                f"listening on {url}  client id {client_id}  client secret {client_secret}\n"
                "Ctrl-C stops it"
            )
        elif kind == "sh" and text.startswith("xeroport instance add"):
            child = pexpect.spawn(
                "/bin/sh", ["-c", text], env=environment, encoding="utf-8", timeout=60
            )
            for asked, answer in (
                (r"Time zone .*: ", "Pacific/Auckland"),
                (r"Date format .*: ", ""),
                (
                    r"Rate limit .*: ",
                    "6000/minute",
                ),  # none of the tour waits for a minute to be over
                (r"Authentication method .*: ", ""),
                (r"Client ID: ", client_id),
                (r"Client Secret: ", client_secret),
            ):
                child.expect(asked)
                child.sendline(answer)
            child.expect(pexpect.EOF)
            printed = child.before
            assert "operational" in printed, printed
        elif kind == "sh":
            done = subprocess.run(
                ["/bin/sh", "-c", text],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env=environment,
                cwd=tmp_path,
                check=False,
                timeout=120,
            )
            assert done.returncode == 0, f"{text}\n{done.stdout}"
            printed = done.stdout
        elif kind == "text" and text.startswith("$ "):
            command, *expected = text.splitlines()
            done = subprocess.run(
                ["/bin/sh", "-c", command[2:]],
                capture_output=True,
                text=True,
                env=environment,
                check=False,
            )
            assert [masked(line) for line in done.stderr.splitlines()] == list(
                map(masked, expected)
            )
        elif kind == "text" and "Time zone" not in text:
            waits = re.compile("^waiting for .*\n", re.MULTILINE)  # no limits here
            assert_printed(waits.sub("", text), printed)
        elif kind == "python":
            done = subprocess.run(
                [sys.executable, "-c", text],
                capture_output=True,
                text=True,
                env=environment,
                check=False,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout.count("\n") > 10


PYTHON_NOT_RUN = {
    r"xeroport\.fleet\(.*": "starts worker processes; `tests/fleet` does",
    r"(?s).*xeroport_emulator import.*": "`tests/emulator/books/test_guide.py` runs each",
    r"(?s).*login=.*": "needs a sign-in; `tests/logins/test_python.py` has one",
}
"""Python of the guides that this test leaves out, and what is tested instead."""
FLOW = """key = "order_no"
[source]
files = "orders/*.csv"
[fields]
Name = "customer"
[target]
instance = "acme"
endpoint = "contacts.create"
"""
LINE = {"Description": "Tea", "Quantity": 2, "UnitAmount": "10.50", "AccountCode": "200"}
ROWS = [
    {
        **{"order_no": "A-1", "InvoiceNumber": "A-1", "Type": "ACCREC"},
        **{"Contact.Name": "Bluebell Ltd", "Date": "2026-11-20", "DueDate": "2026-12-20"},
        **{f"LineItems.{name}": value for name, value in LINE.items()},
    }
]


def python_of(page: Path) -> list[str]:
    """The blocks of a guide, without what is tested elsewhere."""
    found = []
    for kind, code in blocks(page.read_text(encoding="utf-8")):
        if kind == "python":
            for pattern in PYTHON_NOT_RUN:
                code = re.sub(pattern, "None", code)
            found += [code] if code.strip() != "None" else []
    return found


def test_each_reason_not_to_run_python_is_needed() -> None:
    pages = "\n".join(page.read_text() for page in ROOT.glob("docs/guide/*.md"))
    assert [reason for reason in PYTHON_NOT_RUN if not re.search(reason, pages)] == []


def test_the_python_of_the_guides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block of Python in the guides, with rows and a flow as a reader has them."""
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.setenv("XEROPORT_KEY", "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=")
    monkeypatch.setenv("XEROPORT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    emulator = xeroport.Emulator("demo", limits="off")
    with emulator.serve() as url:
        xero = Xero(emulator, url)
        home = home_for(tmp_path / "home", xero)
        home_for(home, xero, "acme-uk")
        xeroport.sync("acme", home=home, check=False)
        xeroport.ledger("acme", home=home)
        (tmp_path / "nightly-orders.toml").write_text(FLOW, encoding="utf-8")
        assert CliRunner().invoke(main, ["flow", "add", "nightly-orders.toml"]).exit_code == 0
        credentials = (
            f'client_id="{emulator.client_id}", client_secret="{emulator.client_secret}", '
            f'base_url="{url}"'
        )
        ran = []
        for page in sorted(ROOT.glob("docs/guide/*.md")):
            for code in python_of(page):
                code = code.replace('client_id="…", client_secret="…"', credentials)
                names = {"xeroport": xeroport, "rows": ROWS}
                exec(compile(code, page.name, "exec"), names)
                if isinstance(client := names.get("xero"), xeroport.Client):
                    client.close()
                ran.append(page.name)
        assert set(ran) == {"calling.md", "ledger.md", "push.md", "python.md", "sync.md"}
