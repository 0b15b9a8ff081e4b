"""One example at the end of every `--help`: from the command's docstring, or from this table.

A test parses each.
"""

from __future__ import annotations

import re

import click

IN_DOCSTRING = r"(?s)\s*Example:\s+(.+?)(?=\n\s*\n|\Z)"

EXAMPLES = {
    "": "xeroport demo",
    "demo": "xeroport demo --serve",
    "instance": "xeroport instance add acme",
    "instance add": "xeroport instance add acme --time-zone Europe/London",
    "instance check": "xeroport instance check acme",
    "instance edit": "xeroport instance edit acme --date-format DD/MM/YYYY",
    "instance import": "xeroport instance import clients.csv",
    "instance list": "xeroport instance list",
    "instance disconnect": "xeroport instance disconnect acme",
    "instance remove": "xeroport instance remove acme",
    "instance rotate": "xeroport instance rotate acme --client-secret-file new-secret.txt",
    "instance show": "xeroport instance show acme",
    "endpoints": "xeroport endpoints --resource invoices",
    "describe": "xeroport describe invoices.list",
    "call": "xeroport call acme invoices.list Statuses=AUTHORISED --all",
    "sync": "xeroport sync acme invoices contacts --to duckdb:books.duckdb",
    "push": "xeroport push acme invoices.create orders.csv --key order_no --dry-run",
    "outbox": "xeroport outbox acme --status rejected",
    "outbox list": "xeroport outbox list acme --status rejected",
    "outbox retry": "xeroport outbox retry acme INV-001",
    "outbox discard": "xeroport outbox discard acme INV-001 --reason 'entered by hand'",
    "query": 'xeroport query "select status, sum(amount_due) from invoice group by all"',
    "flow": "xeroport flow check orders.toml",
    "flow add": "xeroport flow add orders.toml",
    "flow check": "xeroport flow check orders.toml --limit 5",
    "flow disable": "xeroport flow disable orders",
    "flow enable": "xeroport flow enable orders",
    "flow list": "xeroport flow list",
    "flow refused": "xeroport flow refused orders",
    "flow remove": "xeroport flow remove orders",
    "flow retry": "xeroport flow retry 42",
    "flow run": "xeroport flow run orders --since yesterday",
    "flow runs": "xeroport flow runs orders --limit 5",
    "flow show": "xeroport flow show orders",
    "schedule": "xeroport schedule set acme daily at 06:00",
    "schedule list": "xeroport schedule list",
    "schedule pause": "xeroport schedule pause acme",
    "schedule remove": "xeroport schedule remove acme",
    "schedule resume": "xeroport schedule resume acme",
    "schedule runs": "xeroport schedule runs acme",
    "schedule set": "xeroport schedule set acme --every 15m invoices payments",
    "webhook": "xeroport webhook key acme",
    "webhook key": "xeroport webhook key acme --key-file webhook-key.txt",
    "webhook list": "xeroport webhook list acme",
    "webhook poll": 'xeroport webhook poll acme "0 * * * *"',
    "webhook remove": "xeroport webhook remove acme",
    "fleet": "xeroport fleet status",
    "fleet status": "xeroport fleet status",
    "fleet sync": "xeroport fleet sync 'uk-*' --to 'duckdb:books/{instance}.duckdb'",
    "serve": "xeroport serve --port 8320",
    "budget": "xeroport budget acme",
    "runs": "xeroport runs --instance acme",
    "runs show": "xeroport runs show 42",
    "emulator": "xeroport emulator --port 8321 --data demo",
    "console": "xeroport console --no-open",
    "ledger": "xeroport ledger acme --from 2026-01",
    "verify": "xeroport verify acme",
    "report": "xeroport report acme profit-and-loss --from 2026-01-01 --to 2026-03-31",
    "workbook": "xeroport workbook acme pack.xlsx",
    "dbt": "xeroport dbt acme",
    "plan": "xeroport plan acme --every 15m",
    "login": "xeroport login --client-id 3F9A...",
    "logout": "xeroport logout xero",
    "outbox approve": "xeroport outbox approve acme INV-001",
    "outbox decline": "xeroport outbox decline acme INV-001",
    "mcp": "xeroport mcp --print-config",
    "completion": "xeroport completion bash >> ~/.bashrc",
}


def add_example(command: click.Command, path: str) -> None:
    """Put an example at the end of the command's help."""
    line = EXAMPLES.get(path)
    text = command.help or ""
    if "Example:" in text and (written := re.search(IN_DOCSTRING, text)):
        line = " ".join(written[1].replace("\b", "").replace("`", "").split())
        command.help = text.replace(written[0], "")
    if line is not None and not command.epilog:
        command.epilog = f"\b\nExample:\n  {line}"
