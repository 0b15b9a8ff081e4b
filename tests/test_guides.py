"""Every command that a guide shows runs as it is written, page by page and in order."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.cli.cli_shell import Shell, Xero

from xeroport_emulator import Emulator

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
BIN = Path(sys.executable).parent
NO_ID = "00000000-0000-0000-0000-000000000000"
NOT_RUN = {
    r"^pip install": "installs; `tests/cli/test_wheel.py` does, in a clean environment",
    r"^export ": "sets a variable of the reader's shell",
    r"completion bash >>": "writes into the reader's shell; the completion has its own tests",
    r"^(useradd|python3 -m venv|/opt/|install -|systemctl|journalctl|sudo|podman|printf)": (
        "sets up a server; `tests/cli/test_deploy_steps.py` does, in a root folder of its own"
    ),
    r"^dbt |xero_xero": "dbt and its packages; `tests/books` runs them in the soak",
    r"^dask ": "starts a cluster; `tests/fleet` starts one",
    r"dask://": "the same",
    r"postgresql://db": "a server of the reader's; `tests/destinations` runs a real one",
    r"--name books.example.com": "a name of the reader's; `tests/console` uses one",
    r"^xeroport demo$": "`tests/cli/test_wheel.py` compares it with the README",
    r"^xeroport login": "waits for a browser; `tests/logins/test_sign_in.py` signs in and out",
    r"^xeroport alert (test|add)|alert:pager": (
        "a command and an SMTP server of the reader's; `tests/cli/test_alert.py` has both"
    ),
}
"""Lines that no test of the pages can run, and what is tested instead."""
STAYS = re.compile(r"^xeroport (--json )?(emulator|serve|console)\b")
"""Commands that run until they are stopped."""
ANSWERS = {
    r"^xeroport instance add (?!.*--client-id)": "--client-id {id} --client-secret-file secret.txt",
    r"^xeroport instance add (?!.*--base-url)": "--base-url {url}",
    r"^xeroport instance rotate": "--client-secret-file secret.txt",
    r"^xeroport instance remove": "--confirm acme-uk",
    r"^xeroport outbox approve": "--yes",
    r"^xeroport outbox undo \d+$": "--yes",
    r"^xeroport (--json )?emulator(?!.*--port)": "--port 0",
    r"^xeroport (serve|console)": "--port 0",
    r"^xeroport console": "--no-open",
}
"""What a person would be asked, given as an option instead; and any free port."""
STATUS = {
    "doctor": (0, 1),  # the emulator of the test has no limits, which the doctor finds
    '"GET /NewThing"': (1,),  # Xero has no such thing yet
}
"""Lines that end otherwise than with 0, and why."""


def one_line(text: re.Match[str]) -> str:
    return " ".join(text[0].split())


def lines(page: Path) -> list[str]:
    return [
        command
        for block in BLOCK.findall(page.read_text(encoding="utf-8"))
        for line in re.sub(r'"[^"]*"', one_line, block.replace("\\\n", " ")).splitlines()
        if (command := re.sub(r"\s{2,}#.*", "", line).strip())
        and not any(re.search(pattern, command) for pattern in NOT_RUN)
    ]


PAGES = {
    page.name: shown for page in sorted(ROOT.glob("docs/guide/*.md")) if (shown := lines(page))
}
ORDERS = (
    "order_no,Type,Contact.Name,Date,DueDate,LineItems.Description,LineItems.Quantity,"
    "LineItems.UnitAmount,LineItems.AccountCode\n"
    "A-18,ACCREC,Bluebell Ltd,2026-11-20,2026-12-20,Tea,2,10.50,200\n"
)
FLOW = re.compile(r"```toml\n(key = .*?)```", re.DOTALL)


def test_each_reason_not_to_run_a_line_is_needed() -> None:
    text = "\n".join(
        block.replace("\\\n", " ")
        for page in ROOT.glob("docs/guide/*.md")
        for block in BLOCK.findall(page.read_text(encoding="utf-8"))
    )
    assert [reason for reason in NOT_RUN if not re.search(reason, text, re.MULTILINE)] == []


@pytest.fixture(scope="module")
def xero() -> Iterator[Xero]:
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as url:
        yield Xero(emulator, url)


@pytest.fixture
def folder(tmp_path: Path, xero: Xero) -> Path:
    """What the reader of a guide has beside them: files of the names that the guides use."""
    emulator = xero.emulator
    flow = FLOW.search((ROOT / "docs/guide/flows.md").read_text(encoding="utf-8"))
    assert flow is not None
    for name, text in {
        "contact.json": '{"Name": "Bluebell Ltd"}',
        "orders.csv": ORDERS,
        "orders.toml": flow[1],
        "orders/one.csv": "order_no,customer\n1,Bluebell Tea Ltd\n2,Kowhai Mugs Ltd\n",
        "scan.pdf": "%PDF-1.4 one page",
        "secret.txt": emulator.client_secret,
        "rates.csv": "currency,average,closing\nAUD,1.0812,1.0901\n",
        "accounts.csv": "instance,account,group,eliminate\nacme,200,Sales,\nacme-au,200,Sales,\n",
        "mail.txt": "a password",
        "key.txt": "a2V5IG9mIGEgd2ViaG9vaywgNDQgY2hhcmFjdGVycyBsb25n",
        "organisations.csv": (
            "name,client_id,client_secret_file,base_url,identity_url\n"
            f"uk-one,{emulator.client_id},secret.txt,{xero.base_url},{xero.base_url}\n"
        ),
        f"scans/{number_of(emulator)}.pdf": "%PDF-1.4 one page",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def number_of(emulator: Emulator) -> str:
    """The number of a sales invoice of the demo."""
    invoices = emulator.organisation.tables["Invoice"]
    return str(next(i["InvoiceNumber"] for i in invoices if i["Type"] == "ACCREC"))


def known(line: str, shell: Shell, xero: Xero) -> str:
    """The line with the ids, run numbers and addresses of the test in place of the guide's."""
    tables = xero.emulator.organisation.tables
    invoice = next(i for i in tables["Invoice"] if i["Status"] == "AUTHORISED")
    line = line.replace(f"InvoiceID={NO_ID}", f"InvoiceID={invoice['InvoiceID']}")
    line = line.replace(f"ContactID={NO_ID}", f"ContactID={invoice['Contact']['ContactID']}")
    line = line.replace("0A1B2C3D", xero.emulator.client_id)
    line = line.replace("http://127.0.0.1:8321", xero.base_url)
    if " 17" in line:
        line = line.replace(" 17", f" {shell.data('runs')[-1]['id']}")
    for pattern, words in ANSWERS.items():
        if re.search(pattern, line):
            line += " " + words.format(id=xero.emulator.client_id, url=xero.base_url)
    return line


def before(line: str, shell: Shell, folder: Path) -> None:
    """Put into the world what a line is about: a record to discard or decline, an order to hold."""
    if (key := re.search(r"\bA-(17|20)\b", line)) is not None:
        (folder / "held.csv").write_text(ORDERS.replace("A-18", key[0]), encoding="utf-8")
        words = ("invoices.create", "held.csv", "--key", "order_no", "--hold")
        shell.ok("push", "acme-uk", *words)
    if line.endswith("--hold"):
        (folder / "orders.csv").write_text(ORDERS.replace("A-18", "A-19"), encoding="utf-8")


def starts(words: list[str], home: Path) -> None:
    """Run a command that stays until it says something, then stop it by Ctrl-C."""
    environment = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    assert process.stdout is not None
    try:
        first = process.stdout.readline()
    finally:
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=60)[0]
    assert "127.0.0.1" in first + rest, first + rest
    assert process.returncode in (0, 130), first + rest


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_guide(
    page: str, xero: Xero, folder: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XEROPORT_KEYRING", "off")
    monkeypatch.setenv("XEROPORT_HOME", str(folder / "home"))
    monkeypatch.chdir(folder)
    shell = Shell(folder / "home")
    text = "\n".join(PAGES[page])
    for name in () if page == "fleet.md" else ("acme-uk", "acme", "demo-company"):
        if f"instance add {name}" not in text:
            assert shell.add(xero, name).exit_code == 0
    neighbour = Emulator(20, country="AU", limits="off") if "acme-au" in text else None
    if neighbour is not None:
        served = stack.enter_context(neighbour.serve())
        assert shell.add(Xero(neighbour, served), "acme-au").exit_code == 0
        shell.ok("sync", "acme-au", "--ledger")
    for line in PAGES[page]:
        before(line, shell, folder)
        words = shlex.split(known(line, shell, xero))
        if STAYS.search(line):
            starts(words, shell.home)
            continue
        result = shell.run(*words[1:])
        wanted = next((codes for part, codes in STATUS.items() if part in line), (0,))
        assert result.exit_code in wanted, f"{line}\n{result.output}"
