"""The built wheel, alone in a clean virtual environment, holds all and runs the demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

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


def test_the_wheel_alone_runs_the_demo(wheel: Path, tmp_path: Path) -> None:
    """The third-party libraries are borrowed from this environment; xeroport itself is not."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"),
            *("--no-deps", "--no-index", str(wheel)),
        ],
        check=True,
        capture_output=True,
    )
    place = subprocess.run(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    borrowed = Path(place.stdout.strip()) / "borrowed.pth"
    borrowed.write_text(sysconfig.get_path("purelib") + "\n")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    } | {"XEROPORT_KEYRING": "off"}
    where = subprocess.run(
        [str(python), "-c", "import xeroport; print(xeroport.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert Path(where.stdout.strip()).is_relative_to(home)
    done = subprocess.run(
        [str(python.with_name("xeroport")), "--home", str(tmp_path / "home"), "demo", "--json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
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
