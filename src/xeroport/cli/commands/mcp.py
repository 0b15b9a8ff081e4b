"""`mcp`: lets an AI client ask the synced books."""

from __future__ import annotations

import json
import sys

import click

from xeroport.cli.session import Session
from xeroport.errors import InputError


@click.command()
@click.option(
    "--live", is_flag=True, help="Also let it read from Xero itself (GET, a few calls a day)."
)
@click.option("--propose", is_flag=True, help="Also let it propose records, which you approve.")
@click.option("--ask-in-client", is_flag=True, help="Approve proposals in the client's own window.")
@click.option("--print-config", is_flag=True, help="Print the settings for an MCP client.")
@click.option("--url", metavar="URL", help="With --print-config: where `xeroport serve --mcp` is.")
@click.pass_obj
def command(
    session: Session,
    live: bool,
    propose: bool,
    ask_in_client: bool,
    print_config: bool,
    url: str | None,
) -> None:
    """Serve the synced books to an MCP client over standard input and output.

    It only reads: tables, one SELECT per call, records, runs. `--live` adds GET calls to Xero. With
    `--propose` documents go into the outbox as held, and nothing is sent until a person approves
    them; `--ask-in-client` lets the client ask that person. Nothing else can write.
    """
    if ask_in_client and not propose:
        raise InputError("`--ask-in-client` needs `--propose`")
    arguments = [
        "mcp",
        *(["--propose"] if propose else []),
        *(["--ask-in-client"] if ask_in_client else []),
        *(["--live"] if live else []),
        "--home",
        str(session.home.absolute()),
    ]
    if url is not None:
        if not print_config:
            raise InputError("`--url` needs `--print-config`")
        from xeroport.mcp.over_http import PATH
        from xeroport.store.agent_token import token

        address = url.rstrip("/").removesuffix(PATH) + PATH
        headers = {"Authorization": f"Bearer {token(session.home)}"}
        client: dict[str, object] = {"type": "http", "url": address, "headers": headers}
        session.show(json.dumps({"mcpServers": {"xeroport": client}}, indent=2))
        return
    if print_config:
        entry = {"command": sys.argv[0], "args": arguments}
        session.show(json.dumps({"mcpServers": {"xeroport": entry}}, indent=2))
        return
    from xeroport.mcp.server import opened

    session.store  # noqa: B018  opens the home folder, and the log
    with opened(session.home, live=live, propose=propose, ask=ask_in_client) as server:
        server.run("stdio")
