"""`xeroport emulator`: our Xero, on a port of this machine, until it is interrupted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xeroport.cli.option_values import to_write
from xeroport.cli.session import Session
from xeroport.errors import InputError

if TYPE_CHECKING:
    from xeroport_emulator.data.datasets import Data

DEFAULT_PORT = 8321


@click.command("emulator")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="0: any free one.",
)
@click.option(
    "--data", default="demo", show_default=True, metavar="demo|empty|N", help="The data in it."
)
@click.option(
    "--limits",
    default="xero",
    show_default=True,
    metavar="xero|off|minute=N,day=N",
    help="The limits it sets.",
)
@click.option("--faults", default=None, metavar="SPEC", help="Such as `drop-after:5%,500:2%`.")
@click.option(
    "--state",
    default=None,
    metavar="FILE",
    callback=to_write,
    help="Keep the organisation in this file across starts.",
)
@click.option(
    "--seed", default=0, show_default=True, help="Seed of ids, credentials and random faults."
)
@click.option("--control", is_flag=True, help="Open `/__emulator/…`, for tests to control it.")
@click.option(
    "--country",
    type=click.Choice(["NZ", "AU", "UK", "US"]),
    default="NZ",
    show_default=True,
    help="Country of the chart, tax rates, currency and reports.",
)
@click.option(
    "--organisations",
    type=click.IntRange(1, 8),
    default=1,
    show_default=True,
    help="Number of organisations to sign in to.",
)
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    metavar="URI",
    help="Where a sign-in may return to; may be repeated.",
)
@click.option("--webhooks", metavar="URL", help="Send signed webhooks about changes to this URL.")
@click.pass_obj
def command(
    session: Session,
    /,
    *,
    port: int,
    data: str,
    limits: str,
    faults: str | None,
    state: Path | None,
    seed: int,
    control: bool,
    country: str,
    organisations: int,
    redirect_uris: tuple[str, ...],
    webhooks: str | None,
) -> None:
    """Serve an emulated Xero: point your own integration at it, or `xeroport instance add`."""
    from xeroport_emulator import Emulator
    from xeroport_emulator.http.serve import serve_here
    from xeroport_emulator.identity.apps import REDIRECT_URIS
    from xeroport_emulator.webhooks.sender import WebhookSender

    try:
        emulator = Emulator(
            _data(data),
            limits=limits,
            faults=faults,
            state=state,
            seed=seed,
            control=control,
            country=country,
            organisations=organisations,
            redirect_uris=redirect_uris or REDIRECT_URIS,
        )
        sender = (
            WebhookSender(emulator, webhooks, key=emulator.webhook_key, tell=session.say)
            if webhooks
            else None
        )
    except ValueError as error:
        raise InputError(str(error), hint="see `xeroport emulator --help`") from error

    def tell(base_url: str) -> None:
        facts = {
            "base_url": base_url,
            "client_id": emulator.client_id,
            "client_secret": emulator.client_secret,
            "tenant_id": emulator.tenant_id,
        }
        if organisations > 1 or redirect_uris:
            facts["login_client_id"] = emulator.login_client_id
            facts["login_client_secret"] = emulator.login_client_secret
        if sender is not None:
            facts["webhook_key"] = emulator.webhook_key
        if session.as_json:
            session.show(json.dumps(facts))
        else:
            session.show(
                f"listening on {base_url}  client id {emulator.client_id}"
                f"  client secret {emulator.client_secret}"
            )
            if sender is not None:
                session.show(f"webhooks go to {webhooks}  webhook key {emulator.webhook_key}")
            if organisations > 1 or redirect_uris:
                session.show(f"people sign in with client id {emulator.login_client_id}")
            session.say("Ctrl-C stops it")
        sys.stdout.flush()
        if sender is not None:
            sender.start()

    try:
        serve_here(emulator.app, port=port, ready=tell)
    except OSError as error:
        raise InputError(
            f"port {port} cannot be used: {error.strerror or error}",
            hint="use `--port 0` to let the system choose one",
        ) from error


def _data(text: str) -> Data:
    from xeroport_emulator.data.datasets import data_set

    return data_set(int(text) if text.isdigit() else text)
