"""The built wheel, alone in a clean virtual environment, holds all and runs the demo."""

from __future__ import annotations

import email
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from packaging.requirements import Requirement
from tests.test_tour import assert_printed, blocks

from xeroport_emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this project as it is now."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"),
            *("--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)),
        ],
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("xeroport-*.whl")
    return made


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    source = ROOT / "src" / "xeroport"
    wanted = {
        str(path.relative_to(source.parent))
        for path in source.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and "__pycache__" not in path.parts
    }
    held = set(zipfile.ZipFile(wheel).namelist())
    assert wanted - held == set()
    assert {each for each in held if not each.startswith("xeroport")} == set()


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a virtual environment that holds the wheel alone."""
    home = tmp_path_factory.mktemp("alone") / "venv"
    venv.create(home, with_pip=False)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"),
            *("--no-compile", "--no-deps", "--no-index", str(wheel)),
        ],
        check=True,
        capture_output=True,
    )
    return python


def test_the_wheel_alone_runs_the_demo(python: Path, tmp_path: Path) -> None:
    """The third-party libraries are borrowed from this environment; xeroport itself is not."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    } | {"XEROPORT_KEYRING": "off", "PYTHONPATH": sysconfig.get_path("purelib")}
    where = subprocess.run(
        [str(python), "-c", "import xeroport; print(xeroport.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    assert Path(where.stdout.strip()).is_relative_to(python.parent.parent)
    demo = [str(python.with_name("xeroport")), "--home", str(tmp_path / "home"), "demo"]
    done = subprocess.run(
        demo,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sample = next(
        text for _, text in blocks(readme) if text.startswith("→ an emulated Xero listens")
    )
    assert_printed(sample, done.stdout)
    said = re.search(r"`(.+ \(renamed\))`, (\S+) over (\S+), (\S+) is VOIDED", done.stdout)
    assert said, "the demo says what it changed in Xero"
    with duckdb.connect(str(tmp_path / "home" / "demo" / "books.duckdb"), read_only=True) as books:
        invoice = "SELECT status, total FROM demo.invoice WHERE invoice_number = ?"
        assert books.execute(invoice, [said[2]]).fetchall() == [("AUTHORISED", Decimal(said[3]))]
        assert books.execute(invoice, [said[4]]).fetchall()[0][0] == "VOIDED"
        renamed = "SELECT count(*) FROM demo.contact WHERE name = ?"
        assert books.execute(renamed, [said[1]]).fetchall() == [(1,)]


@pytest.mark.soak
def test_the_demo_as_one_document(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xeroport", "--home", str(tmp_path), "demo", "--json"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"XEROPORT_KEYRING": "off"},
        timeout=120,
    )
    told = json.loads(done.stdout)
    assert told["health"] == "operational"
    assert told["full"]["complete"] == told["full"]["streams"] - 1, "all but the gated journals"
    assert 0 < told["delta"]["records"] < told["full"]["records"]
    lines = [each for each in told["trial_balance"] if each["account"] != "Total"]
    debit, credit = (
        sum(Decimal(str(each[side] or 0)) for each in lines) for side in ("debit", "credit")
    )
    assert debit == credit > 0
    assert told["sales_by_month"]
    assert len(told["debtors"]) == 10


def test_without_extras_the_client_works_and_no_web_server_is_there(
    wheel: Path, python: Path, tmp_path: Path, demo_url: tuple[Emulator, str]
) -> None:
    """A clean environment with what `pip install xeroport` brings, and nothing else."""
    emulator, url = demo_url
    (site,) = python.parent.parent.glob("lib/python*/site-packages")
    for distribution in required_by(wheel):
        for file in importlib.metadata.files(distribution) or ():
            top = Path(str(file)).parts[0]
            source = Path(sysconfig.get_path("purelib")) / top
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(source)
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    code = f"""
import importlib.util, xeroport
absent = ["starlette", "uvicorn", "fpdf", "jinja2", "plotly", "psycopg", "pandas", "mcp"]
assert not [name for name in absent if importlib.util.find_spec(name)]
with xeroport.Client(
    client_id={emulator.client_id!r}, client_secret={emulator.client_secret!r}, base_url={url!r}
) as xero:
    print(len(xero.contacts.list()) > 10)
try:
    xeroport.Emulator("empty").serve().__enter__()
except xeroport.InputError as error:
    print(error)
"""
    done = subprocess.run(
        [str(python), "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    works, said = done.stdout.splitlines()
    assert works == "True"
    assert "pip install 'xeroport[emulator]'" in said
    for words, extra in ((["console"], "console"), (["demo"], "emulator"), (["serve"], "console")):
        ran = subprocess.run(
            [str(python.with_name("xeroport")), "--home", str(tmp_path / "home"), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment,
        )
        assert ran.returncode == 2, (words, ran.stderr)
        assert f"pip install 'xeroport[{extra}]'" in ran.stderr, (words, ran.stderr)


@pytest.fixture(scope="module")
def demo_url() -> Iterator[tuple[Emulator, str]]:
    emulator = Emulator("demo", limits="off")
    with emulator.serve() as url:
        yield emulator, url


def required_by(wheel: Path) -> set[str]:
    """The distributions that a wheel needs, extras left out, and those that they need."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    waiting = list(metadata.get_all("Requires-Dist", ()))
    names: set[str] = set()
    while waiting:
        needed = Requirement(waiting.pop())
        is_wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
        if is_wanted and needed.name not in names:
            names.add(needed.name)
            waiting += importlib.metadata.requires(needed.name) or ()
    return names
