"""`mcp`: lets an AI client ask the synced books."""

from __future__ import annotations

import json
import sys

import click

from xeroport.cli.session import Session


@click.command()
@click.option("--live", is_flag=True, help="Also let it read from Xero itself (GET, few a day).")
@click.option("--print-config", is_flag=True, help="Print what an MCP client's settings need.")
@click.pass_obj
def command(session: Session, live: bool, print_config: bool) -> None:
    """Serve the synced books to an MCP client over standard input and output.

    It only reads: tables, one SELECT a call, records, runs. `--live` adds GET calls to Xero.
    Nothing it offers can write.
    """
    arguments = ["mcp", *(["--live"] if live else []), "--home", str(session.home.absolute())]
    if print_config:
        entry = {"command": sys.argv[0], "args": arguments}
        session.show(json.dumps({"mcpServers": {"xeroport": entry}}, indent=2))
        return
    from xeroport.mcp.server import build

    session.store  # noqa: B018  opens the home folder, and the log
    build(session.home, live=live).run("stdio")
