"""tap-xero (Singer) on the emulator, full and incremental, where the registry lets it be installed.

What it needs changed: its two addresses, which are constants (`tap_elsewhere.py`). It imports `six`
without asking for it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from xeroport_emulator import Emulator
from xeroport_emulator.identity.apps import REDIRECT_URIS

TAP = "tap-xero==2.6.0"
SCRIPT = Path(__file__).with_name("tap_elsewhere.py")
pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter of its own with the tap: it pins old versions of what others need."""
    folder = tmp_path_factory.mktemp("tap") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", TAP, "six"]
    if subprocess.run(install, capture_output=True, timeout=400, check=False).returncode:
        pytest.skip(f"{TAP} cannot be installed here")
    return python


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator("demo", limits="off", organisations=1) as served:
        served.switches.journals_open = True
        yield served


def test_full_then_incremental(python: Path, emulator: Emulator, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(_signed_in(emulator)))

    def tap(*words: str) -> str:
        command = [str(python), str(SCRIPT), emulator.base_url, "--config", str(config), *words]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert ran.returncode == 0, ran.stderr[-2000:]
        return ran.stdout

    catalog = json.loads(tap("--discover"))
    for stream in catalog["streams"]:
        stream["schema"]["selected"] = True
        for entry in stream["metadata"]:
            entry["metadata"]["selected"] = True
    chosen = tmp_path / "catalog.json"
    chosen.write_text(json.dumps(catalog))

    counts, state = _told(tap("--catalog", str(chosen)))
    tables = emulator.organisation.tables
    for stream, record in (
        ("invoices", "Invoice"),
        ("bank_transactions", "BankTransaction"),
        ("payments", "Payment"),
        ("accounts", "Account"),
        ("items", "Item"),
        ("manual_journals", "ManualJournal"),
        ("purchase_orders", "PurchaseOrder"),
        ("organisations", "Organisation"),
        ("tracking_categories", "TrackingCategory"),
    ):
        assert counts[stream] == len(list(tables[record])), stream

    last = tmp_path / "state.json"
    last.write_text(json.dumps(state))
    again, state = _told(tap("--catalog", str(chosen), "--state", str(last)))
    assert again["invoices"] < 10 < counts["invoices"]

    httpx2.post(
        f"{emulator.base_url}/api.xro/2.0/Contacts",
        json={"Contacts": [{"Name": "New to the tap"}]},
        headers={"Authorization": f"Bearer {_token(emulator)}", "xero-tenant-id": ""},
    ).raise_for_status()
    last.write_text(json.dumps(state))
    changed = tap("--catalog", str(chosen), "--state", str(last))
    assert '"New to the tap"' in changed


def _told(lines: str) -> tuple[Counter[str], dict[str, Any]]:
    """How many records of each stream, and the last state."""
    counts: Counter[str] = Counter()
    state: dict[str, Any] = {}
    for line in lines.splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD":
            counts[message["stream"]] += 1
        elif message["type"] == "STATE":
            state = message["value"]
    return counts, state


def _token(emulator: Emulator) -> str:
    reply = httpx2.post(
        f"{emulator.base_url}/connect/token",
        data={"grant_type": "client_credentials"},
        auth=(emulator.client_id, emulator.client_secret),
    )
    return str(reply.json()["access_token"])


def _signed_in(emulator: Emulator) -> dict[str, str]:
    """The tap's configuration, after somebody has signed in and allowed one organisation."""
    app = (emulator.login_client_id, emulator.login_client_secret)
    server = httpx2.get(f"{emulator.base_url}/.well-known/openid-configuration").json()
    asked = {
        "response_type": "code",
        "client_id": app[0],
        "redirect_uri": REDIRECT_URIS[0],
        "scope": " ".join(server["scopes_supported"]),
        "state": "s",
    }
    with httpx2.Client(base_url=emulator.base_url) as browser:
        page = browser.get("/identity/connect/authorize", params=asked)
        tenant = re.findall(r'name="tenant" value="([^"]+)"', page.text)[0]
        back = browser.post(str(page.url), data={"decision": "allow", "tenant": tenant})
        code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URIS[0]}
        tokens = browser.post("/connect/token", data=given, auth=app).json()
    return {
        "client_id": app[0],
        "client_secret": app[1],
        "tenant_id": tenant,
        "refresh_token": tokens["refresh_token"],
        "start_date": "2000-01-01T00:00:00Z",
        "include_archived_contacts": "true",
    }
