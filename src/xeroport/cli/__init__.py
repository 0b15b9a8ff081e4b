"""The command line: `main` is the whole of it, each command's module is loaded when it is run."""

from __future__ import annotations

import click

from xeroport.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (".commands.demo:command", "Show the main job on an emulated Xero, in seconds."),
    "instance": (".commands.instance:command", "Add, check, change and remove instances."),
    "login": (".commands.login:login", "Sign in with Xero; one login, many instances."),
    "logout": (".commands.login:logout", "End a login at Xero."),
    "endpoints": (".commands.endpoints:endpoints", "List all endpoints of Xero."),
    "describe": (
        ".commands.endpoints:describe",
        "Describe one endpoint: parameters, scopes, paging.",
    ),
    "call": (".commands.call:command", "Call any endpoint."),
    "sync": (".commands.sync:command", "Copy Xero into DuckDB, Postgres or Parquet."),
    "query": (".commands.query:command", "Query the synced data with SQL."),
    "ledger": (".commands.ledger:command", "Derive the general ledger, tied to Xero."),
    "report": (".commands.report:command", "Show a statement in Xero's layout."),
    "verify": (".commands.verify:command", "Compare the books with Xero's reports."),
    "workbook": (".commands.workbook:command", "Write the monthly pack to Excel."),
    "dbt": (".commands.dbt:command", "Print variables and a profile for dbt_xero."),
    "push": (".commands.push:command", "Send the rows of a file into Xero, each once."),
    "outbox": (".commands.outbox:command", "See what is on its way into Xero, and what is stuck."),
    "flow": (".commands.flow:command", "Move records from a source to a target automatically."),
    "schedule": (".commands.schedule:command", "Set what runs automatically, and when."),
    "alert": (".commands.alert:command", "Set where alerts about failures go."),
    "plan": (".commands.plan:command", "Show how many of the day's calls a schedule uses."),
    "webhook": (
        ".commands.webhook:command",
        "Receive Xero's webhooks, which say what has changed.",
    ),
    "fleet": (".commands.fleet:command", "Work on many instances at once, here or on Dask."),
    "serve": (".commands.serve:command", "Run schedules, webhooks and the console in one process."),
    "budget": (".commands.budget:command", "Show what Xero still allows today."),
    "runs": (".commands.runs:command", "Show the latest runs and how they went."),
    "doctor": (".commands.doctor:command", "Test on Xero what xeroport assumes about it."),
    "emulator": (".commands.emulator:command", "Start an emulated Xero on a port."),
    "console": (".commands.console:command", "Open the console in the browser."),
    "mcp": (".commands.mcp:command", "Let an AI client query the synced books."),
    "completion": (".commands.completion:command", "Complete commands with the Tab key."),
}


@click.command(cls=LazyGroup, table=COMMANDS, no_args_is_help=True)
@click.version_option(package_name="xeroport", message="xeroport %(version)s")
def main() -> None:
    """Everything between a Xero organisation and the rest of your software.

    Exit status: 0 done, 1 some records or streams failed, 2 bad input or usage, 3 not
    authenticated or not authorised, 4 stopped by the day limit, 5 Xero unavailable,
    130 interrupted. Run the same command again to continue where it stopped.
    """
