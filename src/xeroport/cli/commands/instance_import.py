"""`instance import`: hundreds of instances from one file."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xeroport.cli.session import INTERRUPTED, Session

if TYPE_CHECKING:
    from xeroport.jobs.instances.bulk_import import ImportResult


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--no-check", is_flag=True, help="Save without trying the credentials.")
@click.pass_obj
def command(session: Session, file: Path, no_check: bool) -> int:
    """Add the instances of a CSV file, checked in parallel.

    Columns: name, client_id and client_secret_file (or client_secret_env, the name of a variable,
    or client_secret); optional: base_url, identity_url, time_zone, date_format, decimal_mark,
    rate_limit, concurrency, scopes, tenant_id. If any line is wrong, nothing is added. Then the
    instances whose credentials work are added; import the same file again to add the others.
    """
    from xeroport.jobs.instances.bulk_import import import_all

    done: list[ImportResult] = []
    try:
        outcomes = asyncio.run(
            import_all(session.store, file, check=not no_check, tell=_telling(session, done))
        )
    except KeyboardInterrupt:
        session.say(f"stopped; {_counted(done)}")
        session.say("hint: run the same command again to continue")
        return INTERRUPTED
    if session.as_json:
        session.emit(outcomes)
    said = None
    for outcome in outcomes:
        if outcome.error:
            session.say(f"{file}:{outcome.line}: `{outcome.name}`: {outcome.error}")
            if outcome.hint and outcome.hint != said:
                session.say(f"  hint: {outcome.hint}")
            said = outcome.hint
    session.say(_counted(outcomes))
    if any(outcome.outcome == "wrong" for outcome in outcomes):
        session.say("hint: correct these lines; nothing was added")
        return 2
    statuses = {outcome.exit_status for outcome in outcomes}
    return statuses.pop() if len(statuses) == 1 else 1


def _counted(lines: list[ImportResult]) -> str:
    counts = Counter(line.outcome for line in lines)
    said = [f"{counts['added']} added", f"{counts['refused'] + counts['wrong']} not"]
    if counts["there already"]:
        said.insert(1, f"{counts['there already']} there already")
    return ", ".join(said)


def _telling(session: Session, done: list[ImportResult]) -> Callable[[ImportResult], None]:
    """Collect what has come so far, and count it on a terminal."""
    shown = sys.stderr.isatty() and not session.as_json

    def tell(one: ImportResult) -> None:
        done.append(one)
        if shown:
            click.echo(f"\r{len(done)} checked", err=True, nl=False)

    return tell
