"""The files of docs/guide/deploy: the unit is sound, and its command line serves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "guide" / "deploy"
UNIT = (FOLDER / "xeroport.service").read_text()
CONTAINER = (FOLDER / "Containerfile").read_text()


def command_of_unit() -> list[str]:
    found = re.search(r"^ExecStart=/opt/xeroport/bin/xeroport (.+)$", UNIT, re.MULTILINE)
    assert found is not None
    return found[1].split()


def command_of_container() -> list[str]:
    found = re.search(r"^CMD \[(.+)\]$", CONTAINER, re.MULTILINE)
    assert found is not None
    return [word.strip().strip('"') for word in found[1].split(",")][1:]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_the_unit_is_sound(tmp_path: Path) -> None:
    unit = tmp_path / "xeroport.service"
    unit.write_text(UNIT.replace("/opt/xeroport/bin/xeroport", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if "xeroport.service" in line]
    assert complaints == []


@pytest.mark.parametrize(
    "words", [command_of_unit(), command_of_container()], ids=["unit", "image"]
)
def test_the_command_line_serves_and_stops_in_good_order(words: list[str], tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("a long password\n")
    password.chmod(0o600)
    port = "0"
    at = {"8642": port, "0.0.0.0": "127.0.0.1"}
    words = [str(password) if "password" in word and "/" in word else word for word in words]
    words = [at.get(word, word) for word in words]
    serving = subprocess.Popen(
        [sys.executable, "-m", "xeroport", *words],
        env={**os.environ, "XEROPORT_HOME": str(tmp_path / "home"), "XEROPORT_KEYRING": "off"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stderr is not None
        line = serving.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found is not None, line
        assert status_of(found[0] + "/webhooks/xero/acme") == 401
        assert status_of(found[0] + "/login") == 200
    finally:
        serving.terminate()
        status = serving.wait(timeout=30)
    assert status in (0, 130)


def status_of(url: str) -> int:
    request = urllib.request.Request(url, data=b"{}" if "webhooks" in url else None)
    for _ in range(50):
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return int(reply.status)
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")
