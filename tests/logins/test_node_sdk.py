"""Xero's own Node SDK signs in at the emulator, reads two organisations, refreshes, disconnects."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import httpx2
import pytest

from xeroport_emulator import Emulator

HERE = Path(__file__).with_name("node")
REDIRECT = "http://localhost:8631/callback"
SCOPES = "offline_access accounting.settings.read accounting.invoices.read accounting.contacts.read"


@pytest.mark.soak
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node.js with npm")
@pytest.mark.parametrize("more", ["", "openid profile email "])
def test_the_official_node_sdk_signs_in(tmp_path: Path, more: str) -> None:
    folder = tmp_path / "node"
    shutil.copytree(HERE, folder)
    subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=300,
    )
    emulator = Emulator("demo", limits="off", organisations=3, redirect_uris=[REDIRECT])
    with emulator.serve() as url:
        signing_in = subprocess.Popen(
            ["node", "sign_in.js"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ
            | {
                "EMULATOR": url,
                "CLIENT_ID": emulator.login_client_id,
                "CLIENT_SECRET": emulator.login_client_secret,
                "REDIRECT": REDIRECT,
                "SCOPES": more + SCOPES,
            },
        )
        assert signing_in.stdin is not None
        assert signing_in.stdout is not None
        address = signing_in.stdout.readline().strip()
        assert address.startswith("http"), signing_in.communicate()[1]
        tenants = list(emulator.organisations)[:2]
        reply = httpx2.post(
            address, data={"tenant": tenants, "decision": "allow"}, follow_redirects=False
        )
        assert reply.status_code == 302, reply.text
        out, err = signing_in.communicate(reply.headers["location"] + "\n", timeout=120)
        assert signing_in.returncode == 0, err
    seen = json.loads(out)
    assert {each["tenant"] for each in seen["found"]} == set(tenants)
    assert all(each["name"] and each["invoices"] for each in seen["found"])
    assert (seen["rotated"], seen["again"], seen["left"]) == (True, 1, 1)
