"""Xero's own Node SDK signs in at the emulator, where npm is present."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from xeroport_emulator import Emulator
from xeroport_emulator.identity.apps import REDIRECT_URIS

SCRIPT = Path(__file__).with_name("sign_in.cjs")
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


def test_it_signs_in_reads_writes_and_renews(tmp_path: Path) -> None:
    shutil.copy(SCRIPT, tmp_path)
    install = ["npm", "install", "xero-node@^20", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(install, cwd=tmp_path, check=True, timeout=200)
    with Emulator("demo", limits="off", organisations=3) as xero:
        login = (xero.login_client_id, xero.login_client_secret)
        ran = subprocess.run(
            ["node", SCRIPT.name, xero.base_url, *login, REDIRECT_URIS[0]],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert ran.returncode == 0, ran.stderr
        told = json.loads(ran.stdout)
        assert set(told["tenants"]) == set(list(xero.organisations)[:2])
        assert told["names"] == {
            key: xero.organisations[key].details["Name"] for key in told["tenants"]
        }
        assert told["contact"]
        assert told["invoices"] > 0
        assert told["rotated"] is True
