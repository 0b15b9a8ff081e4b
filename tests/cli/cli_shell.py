"""What tests of the command line drive it with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from xeroport.cli import main
from xeroport_emulator import Emulator


@dataclass(frozen=True)
class Xero:
    """An emulated Xero that listens."""

    emulator: Emulator
    base_url: str


@dataclass(frozen=True)
class Shell:
    """Runs commands in one home folder, without a terminal."""

    home: Path

    def run(self, *words: str, stdin: str | bytes | None = None) -> Result:
        """The outcome of `xeroport WORDS…`."""
        return CliRunner().invoke(main, ["--home", str(self.home), *words], input=stdin)

    def ok(self, *words: str, stdin: str | bytes | None = None) -> Result:
        """The same, which must succeed."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 0, result.stderr
        return result

    def data(self, *words: str, stdin: str | bytes | None = None) -> Any:
        """The one JSON document on stdout of a command that must succeed."""
        return json.loads(self.ok(*words, "--json", stdin=stdin).stdout)

    def add(self, xero: Xero, name: str = "acme", *more: str) -> Result:
        """Add an instance of the emulated Xero."""
        words = ("--base-url", xero.base_url, "--client-id", xero.emulator.client_id)
        fast = ("--rate-limit", "6000/minute", "--client-secret-file", "-")
        secret = xero.emulator.client_secret
        return self.run("instance", "add", name, *words, *fast, *more, stdin=secret)
