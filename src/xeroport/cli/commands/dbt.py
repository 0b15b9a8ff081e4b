"""`dbt`: what dbt_xero must be told to read the schemas that `ledger` writes."""

from __future__ import annotations

import click

from xeroport.cli.option_values import destination
from xeroport.cli.session import Session
from xeroport.errors import InputError


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…")
@destination("--to", of="The destination with the ledgers.", default="the first NAME's last")
@click.option("--cash", is_flag=True, help="Include the cash basis, from `ledger --cash`.")
@click.pass_obj
def command(session: Session, names: tuple[str, ...], to: str | None, cash: bool) -> None:
    """Print the variables and the profile with which dbt_xero reads instances NAME.

    Put the first part into dbt_project.yml, the second into profiles.yml.
    """
    from xeroport.books.dbt import as_yaml, settings
    from xeroport.destinations import settled
    from xeroport.store import places
    from xeroport.store.instances import get

    for name in names:
        get(session.store, name)
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise InputError(f"`{twice}` is named twice", hint="name each instance once")
    found = settings(names, url=settled(places.chosen(session.store, names[0], to)), cash=cash)
    if session.as_json:
        session.emit(found)
        return
    session.show("# dbt_project.yml\n" + as_yaml(found["dbt_project"]))
    session.show("\n# profiles.yml\n" + as_yaml(found["profiles"]))
