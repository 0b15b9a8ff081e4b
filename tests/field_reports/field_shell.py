"""An emulated Xero and a command line, as people use them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from xeroport.catalogue import load
from xeroport.cli import main
from xeroport.store import instances
from xeroport.store.calls.file import FILE_NAME as CALLS
from xeroport.store.database import Store
from xeroport_emulator import Emulator
from xeroport_emulator.rules.apply import apply

_folder = tempfile.TemporaryDirectory(prefix="xeroport-field-")


class FieldShell:
    """`xeroport` in one home folder, with an instance `acme` of an emulated Xero."""

    def __init__(self, home: Path, emulator: Emulator) -> None:
        self.home = home
        self.emulator = emulator

    def add(self, url: str) -> None:
        """`xeroport instance add acme …`."""
        words = ("--base-url", url, "--client-id", self.emulator.client_id)
        fast = ("--rate-limit", "6000/minute", "--client-secret-file", "-")
        secret = self.emulator.client_secret
        self.ok("instance", "add", "acme", *words, *fast, stdin=secret)

    def run(self, *words: str, stdin: str | bytes | None = None) -> Result:
        """The outcome of `xeroport WORDS…`."""
        return CliRunner().invoke(main, ["--home", str(self.home), *words], input=stdin)

    def ok(self, *words: str, stdin: str | bytes | None = None) -> Result:
        """The same, which must succeed."""
        result = self.run(*words, stdin=stdin)
        assert result.exit_code == 0, result.stderr + result.stdout
        return result

    def push(self, endpoint: str, path: Path | str, *more: str) -> Result:
        """`xeroport push acme ENDPOINT FILE …`."""
        return self.run("push", "acme", endpoint, str(path), *more)

    def pushed(self, endpoint: str, path: Path | str, *more: str) -> dict[str, Any]:
        """The report of a push, as JSON."""
        result = self.push(endpoint, path, *more, "--json")
        assert result.stdout, result.stderr
        report: dict[str, Any] = json.loads(result.stdout)
        return report

    def bodies(self, endpoint: str, path: Path | str, *more: str) -> list[dict[str, Any]]:
        """The records that a push would send, from its dry run."""
        report = self.pushed(endpoint, path, "--dry-run", *more)
        found: list[dict[str, Any]] = []
        for request in report["plan"]["requests"]:
            body = json.loads(request["body"])
            (records,) = body.values() if len(body) == 1 else ([body],)
            found += records if isinstance(records, list) else [records]
        return found

    def held(self, record: str) -> list[dict[str, Any]]:
        """What the organisation holds of a record type."""
        return list(self.emulator.organisation.tables[record])

    def put(self, endpoint: str, element: dict[str, Any], **ids: str) -> dict[str, Any]:
        """Write one record straight into the organisation, as a person would in Xero."""
        outcome = apply(self.emulator.organisation, load().endpoint(endpoint), element, ids)
        assert outcome.record is not None, outcome.errors
        return outcome.record

    def sync(self, *streams: str) -> None:
        """Read some lists into the books."""
        self.ok("sync", "acme", *streams)


@cache
def added(data: Any, country: str) -> tuple[Path, str]:
    """A home folder with the instance `acme` of such an organisation, to copy, and the secret that
    it is connected with."""
    home = Path(_folder.name, f"{data}-{country}")
    emulator = Emulator(data, limits="off", country=country)
    with emulator.serve() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEROPORT_KEYRING", "off")
        patch.delenv("XEROPORT_KEY", raising=False)
        FieldShell(home, emulator).add(url)
    (home / CALLS).unlink(missing_ok=True)
    return home, emulator.client_secret


@contextmanager
def opened(home: Path, data: Any = "demo", country: str = "NZ") -> Iterator[FieldShell]:
    """A shell with an organisation of its own."""
    first, secret = added(data, country)
    shutil.copytree(first, home, dirs_exist_ok=True)
    emulator = Emulator(data, limits="off", country=country)
    emulator.identity.client_secret = secret
    with emulator.serve() as url:
        store = Store(home)
        acme = instances.get(store, "acme")
        instances.save(store, replace(acme, base_url=url, identity_url=url))
        store.close()
        yield FieldShell(home, emulator)
