"""What a help page calls values, and the one line that a list of commands has for each."""

from __future__ import annotations

import click

SHORT = {
    "instance disconnect": "Disconnect an organisation from the app.",
    "outbox approve": "Send what waits for approval.",
    "outbox retry": "Send again what was rejected or is waiting.",
    "flow add": "Save a flow and its schedule.",
    "flow check": "Try a flow on real records; send nothing.",
    "flow refused": "List records that a target refused.",
    "flow remove": "Remove a flow, its schedule and records.",
    "flow retry": "Send again what a run's target refused.",
    "schedule set": "Sync an instance on a schedule.",
    "alert mail": "Set the mail server for alerts.",
    "alert test": "Send a test alert.",
    "alert remove": "Remove a declared place.",
    "webhook key": "Save an instance's webhook signing key.",
    "webhook list": "List the events in the inbox.",
    "webhook poll": "Set when to poll for missed changes.",
    "webhook remove": "Remove a signing key and its poll.",
    "fleet sync": "Sync all instances that match.",
    "fleet status": "Show the latest sync of each instance.",
}
"""Of commands whose first sentence is too long for a list."""


def use_plain_words(command: click.Command, path: str) -> None:
    """Give the command's help `N`, `FILE`, `YYYY-MM-DD` for values, and a line that is not cut in
    the list of commands."""
    command.short_help = SHORT.get(path, command.short_help)
    for option in command.params:
        if isinstance(option, click.Option) and option.metavar is None and not option.is_flag:
            option.metavar = _word(option)


def _word(option: click.Option) -> str | None:
    """What stands for the value; None where click's own word is a list of choices."""
    kind = option.type
    if isinstance(kind, click.Choice):
        return None
    if isinstance(kind, click.DateTime):
        return "YYYY-MM-DD"
    if isinstance(kind, click.types.IntParamType):
        return "N"
    if isinstance(kind, click.Path):
        return "FILE" if kind.file_okay else "DIR"
    return (option.opts[-1].lstrip("-").rpartition("-")[2]).upper()
