"""The stubs are fresh, and type checkers, an interpreter and a notebook take the same script."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import typing
from collections.abc import Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import pytest
from tests.api.conftest import Xero

import xeroport.types
from xeroport.catalogue import load

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).with_name("scripts")
SCRIPT = SCRIPTS / "front_door.py"
WRONG = SCRIPTS / "wrong.py"
CHECKED = ROOT / ".mypy_cache"


def builder() -> ModuleType:
    path = ROOT / "scripts" / "build_stubs.py"
    spec = importlib.util.spec_from_file_location("build_stubs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_stubs_are_fresh() -> None:
    assert builder().stale() == [], "run `make docs`"


def test_the_types_exist_at_run_time() -> None:
    assert typing.get_args(xeroport.types.EndpointName) == tuple(
        endpoint.name for endpoint in load().endpoints
    )
    assert len(typing.get_args(xeroport.types.EndpointName)) == 235
    assert xeroport.types.Invoice.__required_keys__ >= {"InvoiceID", "AmountDue"}
    assert xeroport.types.InvoiceInput.__required_keys__ == frozenset()
    assert "Invoice" in dir(xeroport.types)
    with pytest.raises(AttributeError, match="Invoyce"):
        _ = xeroport.types.Invoyce  # type: ignore[attr-defined]


def copy_checked(folder: Path) -> None:
    """Copy what `make lint`, which may run at this moment, has found by now."""
    for path in CHECKED.glob("*/cache*.db"):
        copy = folder / path.relative_to(CHECKED)
        copy.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as found, closing(sqlite3.connect(copy)) as copied:
            found.backup(copied)


def mypy(scripts: Sequence[Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """What mypy says of scripts, with this project's own settings."""
    copy_checked(folder / "cache")
    return subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")),
            *("--cache-dir", str(folder / "cache"), "--no-error-summary", *map(str, scripts)),
        ],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )


def pyright(scripts: Sequence[Path], folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("basedpyright", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("basedpyright is not installed")
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    names = [shutil.copy(script, folder / script.name).name for script in scripts]
    return subprocess.run(
        [program, "--project", str(folder), "--pythonpath", sys.executable, *names],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )


def marked() -> set[int]:
    lines = WRONG.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}


def lines_of(output: str) -> set[int]:
    """The lines of the wrong script with an error; there is none in another file."""
    errors = re.findall(r"(\w+\.pyi?):(\d+)(?::\d+)?(?: -|:) error", output)
    assert {name for name, _ in errors} == {WRONG.name}, output
    assert SCRIPT.name not in output
    return {int(number) for _, number in errors}


@pytest.mark.parametrize("package", ["xeroport", "xeroport_emulator"])
def test_type_checkers_may_read_the_packages(package: str) -> None:
    assert (files(package) / "py.typed").is_file()


def test_mypy_takes_the_script_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    done = mypy([SCRIPT, WRONG], tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert lines_of(done.stdout) == marked()


def test_pyright_takes_the_script_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    done = pyright([SCRIPT, WRONG], tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert lines_of(done.stdout) == marked()


def environment(xero: Xero) -> dict[str, str]:
    return os.environ | {
        "CLIENT_ID": xero.emulator.client_id,
        "CLIENT_SECRET": xero.emulator.client_secret,
        "BASE_URL": xero.url,
    }


def test_the_script_runs_in_a_plain_interpreter(demo_xero: Xero) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        capture_output=True,
        text=True,
        env=environment(demo_xero),
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True 21.00 True Trial Balance\n"


def test_the_script_runs_in_a_notebook(
    demo_xero: Xero, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    for name, value in environment(demo_xero).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    kernel = tmp_path / "kernels" / "python3"
    subprocess.run(
        [sys.executable, "-m", "ipykernel", "install", "--prefix", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    shutil.copytree(tmp_path / "share" / "jupyter" / "kernels" / "python3", kernel)
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SCRIPT.read_text())])
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    (printed,) = book.cells[0].outputs
    assert printed["text"] == "True 21.00 True Trial Balance\n"
