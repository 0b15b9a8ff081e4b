"""`completion`: lets the shell complete commands, instances, endpoints and more."""

from __future__ import annotations

import click

from xeroport.cli.completion import SHELLS
from xeroport.cli.session import Session
from xeroport.errors import UnknownName

VARIABLE = "_XEROPORT_COMPLETE"
OFFERED = "COMPREPLY+=($value)"
GOES_ON = f"{OFFERED}; [[ $value == *[=:] ]] && compopt -o nospace"
"""In bash, without a space behind a name that continues, such as `Statuses=` and `duckdb:`."""


@click.command()
@click.argument("shell", metavar="bash|zsh|fish")
@click.pass_obj
def command(session: Session, shell: str) -> None:
    """Print the script that makes the Tab key complete `xeroport` commands in a shell.

    Add it to `~/.bashrc`, `~/.zshrc` or, for fish, a file in `~/.config/fish/completions`. Names
    of instances come from the home folder: set `XEROPORT_HOME` if it is not the default one.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell) if shell in SHELLS else None
    if kind is None:
        raise UnknownName("shell", shell, SHELLS, hint="use `bash`, `zsh` or `fish`")
    whole = click.get_current_context().find_root().command
    script = kind(whole, {}, "xeroport", VARIABLE).source().replace(OFFERED, GOES_ON)
    if session.as_json:
        session.emit({"shell": shell, "script": script})
        return
    session.show(script)
