"""Xero's official MCP server (`@xeroapi/xero-mcp-server`) on the emulator, where npm is present.

What it needs changed: its addresses (`mcp_elsewhere.mjs`), and `XERO_SCOPES` without those of
payroll, which is another of Xero's APIs. It asks `/connections` as a custom
connection, which the emulator answers by the switch `connections`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import anyio
import pytest

from xeroport_emulator import Emulator

mcp = pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
from mcp.client.stdio import StdioServerParameters, stdio_client  # noqa: E402

PACKAGE = "@xeroapi/xero-mcp-server@0.0.17"
SHIM = Path(__file__).with_name("mcp_elsewhere.mjs")
pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the server and the shim beside its modules."""
    made = tmp_path_factory.mktemp("mcp")
    (made / "package.json").write_text("{}")
    install = ["npm", "install", PACKAGE, "axios", "--no-audit", "--no-fund", "--silent"]
    if subprocess.run(install, cwd=made, capture_output=True, timeout=300, check=False).returncode:
        pytest.skip(f"{PACKAGE} cannot be installed here")
    shutil.copy(SHIM, made)
    return made


def test_it_reads_and_writes(folder: Path) -> None:
    with Emulator("demo", limits="off") as emulator:
        emulator.switches.change(connections="listed")
        anyio.run(_walk, folder, emulator)


async def _walk(folder: Path, emulator: Emulator) -> None:
    server = "node_modules/@xeroapi/xero-mcp-server/dist/index.js"
    parameters = StdioServerParameters(
        command="node",
        args=["--import", f"./{SHIM.name}", server],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "EMULATOR": emulator.base_url,
            "XERO_CLIENT_ID": emulator.client_id,
            "XERO_CLIENT_SECRET": emulator.client_secret,
            "XERO_SCOPES": " ".join(emulator.switches.scopes),
        },
    )
    async with (
        stdio_client(parameters) as (reading, writing),
        mcp.ClientSession(reading, writing) as session,
    ):
        await session.initialize()

        async def call(name: str, /, **arguments: Any) -> str:
            result = await session.call_tool(name, arguments)
            text = "\n".join(getattr(part, "text", "") for part in result.content)
            assert not text.startswith("Error"), f"{name}: {text}"
            return text

        names = {tool.name for tool in (await session.list_tools()).tools}
        details = emulator.organisation.details
        assert details["Name"] in await call("list-organisation-details")
        for name in sorted(names):
            if name.startswith("list-") and name in READS:
                assert await call(name, **READS[name]), name
        contact = await call("create-contact", name="Made by an agent")
        made = _held(emulator, "Contact", "Name", "Made by an agent")
        assert made["ContactID"] in contact
        line = {"description": "Work", "quantity": 2, "unitAmount": 50, "accountCode": "200",
                "taxType": "OUTPUT2"}  # fmt: skip
        await call("create-invoice", contactId=made["ContactID"], type="ACCREC",
                   lineItems=[line], reference="AG-1")  # fmt: skip
        invoice = _held(emulator, "Invoice", "Reference", "AG-1")
        assert (invoice["Status"], invoice["SubTotal"]) == ("DRAFT", 100)
        await call("update-invoice", invoiceId=invoice["InvoiceID"], reference="AG-2")
        assert _held(emulator, "Invoice", "InvoiceID", invoice["InvoiceID"])["Reference"] == "AG-2"


READS: dict[str, dict[str, Any]] = {
    "list-accounts": {},
    "list-contacts": {},
    "list-credit-notes": {"page": 1},
    "list-invoices": {"page": 1},
    "list-items": {"page": 1},
    "list-manual-journals": {},
    "list-payments": {"page": 1},
    "list-quotes": {"page": 1},
    "list-tax-rates": {},
    "list-tracking-categories": {},
    "list-trial-balance": {},
    "list-profit-and-loss": {},
    "list-report-balance-sheet": {},
    "list-bank-transactions": {"page": 1},
    "list-contact-groups": {},
}


def _held(emulator: Emulator, record: str, field: str, value: str) -> dict[str, Any]:
    (found,) = (each for each in emulator.organisation.tables[record] if each.get(field) == value)
    return dict(found)
