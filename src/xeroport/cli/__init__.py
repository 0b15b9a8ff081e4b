"""The command line: `main` is the whole of it, each command's module is loaded when it is run."""

from __future__ import annotations

import click

from xeroport.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("xeroport.cli.demo:command", "The main job on an embedded Xero, in seconds."),
    "instance": ("xeroport.cli.instances:command", "Add, check, change and remove instances."),
    "endpoints": ("xeroport.cli.catalogue:endpoints", "All endpoints of Xero."),
    "describe": ("xeroport.cli.catalogue:describe", "One endpoint: parameters, scopes, paging."),
    "call": ("xeroport.cli.call:command", "Call any endpoint."),
    "sync": ("xeroport.cli.sync:command", "Xero → DuckDB, Postgres or Parquet."),
    "push": ("xeroport.cli.push:command", "Rows of a file → Xero, each once."),
    "outbox": ("xeroport.cli.outbox:command", "What is on its way into Xero, and what is stuck."),
    "query": ("xeroport.cli.query:command", "SQL over what was synced."),
    "flow": ("xeroport.cli.flows:command", "Records from here to there, by themselves."),
    "schedule": ("xeroport.cli.schedules:command", "What runs by itself, and when."),
    "webhook": ("xeroport.cli.webhooks:command", "Let Xero tell what changed."),
    "fleet": ("xeroport.cli.fleet:command", "Many instances at once, on this machine or Dask."),
    "serve": ("xeroport.cli.serve:command", "Schedules, webhooks and console, in one process."),
    "budget": ("xeroport.cli.budget:command", "What Xero still allows."),
    "runs": ("xeroport.cli.runs:command", "What ran, and how it went."),
    "emulator": ("xeroport.cli.emulator:command", "Our Xero, on a port."),
    "console": ("xeroport.cli.console:command", "The console, in the browser."),
}


@click.command(cls=LazyGroup, table=COMMANDS, no_args_is_help=True)
@click.version_option(package_name="xeroport", message="xeroport %(version)s")
def main() -> None:
    """Everything between a Xero organisation and the rest of your software.

    Exit status: 0 done, 1 some records or streams failed, 2 bad input or usage, 3 not
    authenticated or not authorised, 4 stopped by the day limit, 5 Xero unavailable,
    130 interrupted. The same command goes on from where it stopped.
    """
