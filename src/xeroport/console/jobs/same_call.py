"""The same call elsewhere: as a command and as Python."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from xeroport.catalogue import Endpoint


def as_command(endpoint: Endpoint, instance: str, values: Mapping[str, str]) -> str:
    """The call as a line for a shell."""
    words = ["xeroport", "call", instance, endpoint.name]
    words += [f"{name}={value}" for name, value in values.items()]
    if endpoint.body in {"json", "binary"}:
        words += ["--body", "body.json" if endpoint.body == "json" else "FILE"]
    if endpoint.reply in {"binary", "pdf"}:
        words += ["--output", "reply.pdf" if endpoint.reply == "pdf" else "reply.bin"]
    return " ".join(shlex.quote(word) for word in words)


def as_python(endpoint: Endpoint, instance: str, values: Mapping[str, str]) -> str:
    """The call as a few lines of Python."""
    extra = ""
    if values:
        inside = ", ".join(f"{name!r}: {value!r}" for name, value in values.items())
        extra = f", {{{inside}}}"
    if endpoint.body in {"json", "binary"}:
        extra += ", body=body"
    read = "" if endpoint.body == "none" else 'body = open("body.json", "rb").read()\n'
    if endpoint.body == "empty":
        read = ""
    return (
        "import xeroport\n\n"
        f"{read}"
        f"with xeroport.connect({instance!r}) as client:\n"
        f"    reply = client.call({endpoint.name!r}{extra})\n"
        "    print(reply.status, reply.body)\n"
    )
