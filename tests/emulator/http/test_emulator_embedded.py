"""The emulator in other people's programs: a context manager, pytest fixtures, and its extra."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import httpx2
import pytest

from xeroport_emulator import Emulator

WITHOUT_EXTRA = """
import sys

for name in ("fpdf", "starlette", "uvicorn"):
    sys.modules[name] = None

import xeroport
from xeroport_emulator import Emulator
assert Emulator("empty").app
from xeroport.cli import main
main()
"""


def test_it_is_served_inside_its_block_and_only_there() -> None:
    emulator = Emulator("empty")
    with pytest.raises(RuntimeError, match="inside"):
        _ = emulator.base_url
    with emulator as xero:
        form = {"grant_type": "client_credentials"}
        reply = httpx2.post(
            f"{xero.base_url}/connect/token",
            data=form,
            auth=(xero.client_id, xero.client_secret),
        )
        assert reply.status_code == 200
        with pytest.raises(RuntimeError, match="already"), emulator:
            pass
    with pytest.raises(RuntimeError, match="inside"):
        _ = emulator.base_url
    with emulator as again:
        assert again.base_url


def test_the_fixtures_of_the_plugin_serve_an_emulator_each(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["xeroport_emulator.pytest"]\n')
    (tmp_path / "test_mine.py").write_text(
        textwrap.dedent(
            """
            import urllib.request

            def test_mine(xero_emulator, xero_demo):
                assert xero_emulator.base_url != xero_demo.base_url
                assert len(xero_emulator.organisation.tables["Invoice"]) == 0
                assert len(xero_demo.organisation.tables["Invoice"]) > 500
            """
        )
    )
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("command", ["emulator", "demo"])
def test_without_the_extra_a_command_says_what_to_install(command: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA, "--home", str(tmp_path), command],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert "`uvicorn`" in ran.stderr
    assert "`pip install 'xeroport[emulator]'`" in ran.stderr
