"""`instance import`: hundreds of instances from one file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from xeroport.cli.output import Session


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--no-check", is_flag=True, help="Save without trying the credentials.")
@click.pass_obj
def command(session: Session, file: Path, no_check: bool) -> int:
    """Add the instances of a CSV file, checked side by side.

    Columns: name, client_id and client_secret_file (or client_secret_env, the name of a variable,
    or client_secret); optional: base_url, identity_url, time_zone, date_format, rate_limit,
    concurrency, scopes, tenant_id.
    """
    from xeroport.jobs.importing import import_all

    found = asyncio.run(import_all(session.store, file, check=not no_check))
    refused = [each for each in found if each.error]
    if session.as_json:
        session.emit(found)
    else:
        for each in refused:
            session.say(f"{file}:{each.line}: `{each.name}`: {each.error}")
        session.say(f"{len(found) - len(refused)} added, {len(refused)} not")
    return 1 if refused else 0
