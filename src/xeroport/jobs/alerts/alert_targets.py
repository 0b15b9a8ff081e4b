"""What an alert may go to: a URL, an e-mail address (`mailto:…`), a place that was declared on the
command line (`alert:NAME`), or, from the command line only, a command."""

from __future__ import annotations

from xeroport.errors import InputError
from xeroport.jobs.alerts.mail import check_address
from xeroport.jobs.alerts.public_addresses import is_public
from xeroport.settings import parts_of
from xeroport.store import alert_places
from xeroport.store.database import Store

MAIL = "mailto:"
DECLARED = "alert:"


def host_of(url: str) -> str:
    """The host of a URL; empty for anything else."""
    return parts_of(url).hostname or "" if url.startswith(("http://", "https://")) else ""


def from_command_line(store: Store, target: str) -> str:
    """A checked target that the command line named: its host may be inside the network."""
    if host := host_of(target):
        alert_places.name_host(store, host, by="command line")
    return target


def from_console(store: Store, text: str) -> str:
    """The target that a console user typed or chose; InputError for any other.

    A console's password must not be worth a shell or a look into the network: commands and
    addresses inside it are declared on the command line, and offered by name.
    """
    target = text.strip()
    if target.startswith(DECLARED):
        return DECLARED + alert_places.get(store, target.removeprefix(DECLARED)).name
    if target.startswith(MAIL) or ("@" in target and "://" not in target and " " not in target):
        return MAIL + check_address(target.removeprefix(MAIL))
    if target.startswith("https://") and is_public(target):
        alert_places.name_host(store, host_of(target), by="console")
        return target
    if "://" in target.split(" ")[0]:
        raise InputError(
            f"`{target[:200]}` cannot be set from the console",
            hint="use an `https://` address on the internet; declare any other by name with "
            "`xeroport alert add NAME URL`",
        )
    raise InputError(
        "a command cannot be set from the console",
        hint="declare it by name on the command line, `xeroport alert add NAME COMMAND`, and "
        "choose it here",
    )
