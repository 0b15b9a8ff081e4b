"""The command line: `main` is the whole of it, each command's module is loaded when it is run."""

from __future__ import annotations

import click

from xeroport.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (".commands.demo:command", "The main job on an embedded Xero, in seconds."),
    "instance": (
        ".commands.instance:command",
        "Add, check, change and remove instances.",
    ),
    "login": (".commands.login:login", "Sign in with Xero; one login, many instances."),
    "logout": (".commands.login:logout", "End a login at Xero."),
    "endpoints": (".commands.endpoints:endpoints", "All endpoints of Xero."),
    "describe": (
        ".commands.endpoints:describe",
        "One endpoint: parameters, scopes, paging.",
    ),
    "call": (".commands.call:command", "Call any endpoint."),
    "sync": (".commands.sync:command", "Xero → DuckDB, Postgres or Parquet."),
    "workbook": ("xeroport.cli.commands.workbook:command", "The monthly pack in Excel."),
    "dbt": ("xeroport.cli.commands.dbt:command", "Variables and profile for dbt_xero."),
    "verify": ("xeroport.cli.commands.verify:command", "Do the books equal Xero's reports?"),
    "report": ("xeroport.cli.commands.report:command", "Statements in Xero's layout."),
    "ledger": ("xeroport.cli.commands.ledger:command", "The general ledger, tied to Xero."),
    "push": (".commands.push:command", "Rows of a file → Xero, each once."),
    "outbox": (
        ".commands.outbox:command",
        "What is on its way into Xero, and what is stuck.",
    ),
    "query": (".commands.query:command", "SQL over what was synced."),
    "flow": (".commands.flow:command", "Records from here to there, by themselves."),
    "schedule": (".commands.schedule:command", "What runs by itself, and when."),
    "alert": (".commands.alert:command", "Where alerts about failures go."),
    "plan": (".commands.plan:command", "What a schedule costs of the day's calls."),
    "webhook": (".commands.webhook:command", "Let Xero tell what changed."),
    "fleet": (
        ".commands.fleet:command",
        "Many instances at once, on this machine or Dask.",
    ),
    "serve": (
        ".commands.serve:command",
        "Schedules, webhooks and console, in one process.",
    ),
    "doctor": (".commands.doctor:command", "What we assume about Xero, tried on it."),
    "budget": (".commands.budget:command", "What Xero still allows."),
    "runs": (".commands.runs:command", "What ran, and how it went."),
    "emulator": (".commands.emulator:command", "Our Xero, on a port."),
    "console": (".commands.console:command", "The console, in the browser."),
    "mcp": (".commands.mcp:command", "Let an AI client ask the synced books; it only reads."),
    "completion": (".commands.completion:command", "Complete commands with the Tab key."),
}


@click.command(cls=LazyGroup, table=COMMANDS, no_args_is_help=True)
@click.version_option(package_name="xeroport", message="xeroport %(version)s")
def main() -> None:
    """Everything between a Xero organisation and the rest of your software.

    Exit status: 0 done, 1 some records or streams failed, 2 bad input or usage, 3 not
    authenticated or not authorised, 4 stopped by the day limit, 5 Xero unavailable,
    130 interrupted. The same command goes on from where it stopped.
    """
