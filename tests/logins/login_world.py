"""A person with a browser, an app at an emulated Xero, and a command line that signs in."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from urllib.parse import urlsplit

import httpx2
import pytest
from click.testing import CliRunner

from xeroport.cli import main
from xeroport.clock import Clock
from xeroport.jobs.logins import sign_in
from xeroport.store.database import Store
from xeroport.xero.sign_in import flow
from xeroport.xero.sign_in.scopes import ALWAYS, DEFAULT_USES, scopes_of
from xeroport_emulator import Emulator

ADDRESS = re.compile(r"^https?://\S+/identity/connect/authorize\?\S+$", re.MULTILINE)


def free_port() -> int:
    """A port of both loopback addresses that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class SigningIn:
    """A `login` command under way."""

    process: subprocess.Popen[str]
    lines: Queue[str]
    said: list[str] = field(default_factory=list)

    def address(self) -> str:
        """Where the browser is to go."""
        while True:
            line = self.lines.get(timeout=30)
            self.said.append(line)
            if ADDRESS.match(line.strip()):
                return line.strip()
            if line == "":
                raise AssertionError("".join(self.said))

    def end(self, paste: str | None = None) -> tuple[int, str, str]:
        """Exit status, stdout and stderr, once it has ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        if paste is not None:
            self.process.stdin.write(paste + "\n")
            self.process.stdin.flush()
        out = self.process.stdout.read()
        status = self.process.wait(60)
        while (line := self.lines.get(timeout=10)) != "":
            self.said.append(line)
        return status, out, "".join(self.said)


@dataclass(frozen=True)
class World:
    """One home folder and one emulator."""

    home: Path
    emulator: Emulator
    base_url: str
    port: int

    @property
    def tenants(self) -> list[str]:
        return list(self.emulator.organisations)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in this process."""
        done = CliRunner().invoke(main, ["--home", str(self.home), *words])
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)

    def signed_in(self, tenants: Sequence[str]) -> list[str]:
        """What `login` does, without a command and a browser: the names of the instances."""
        store = Store(self.home)
        under_way = flow.begin(
            flow.App(self.emulator.login_client_id, self.base_url, self.base_url),
            redirect_uri=f"http://localhost:{self.port}/callback",
            scopes=(*ALWAYS, *scopes_of(DEFAULT_USES)),
        )
        code = flow.code_in(under_way, self.consent(under_way.address, tenants))

        async def work() -> list[sign_in.SignedIn]:
            connections = await sign_in.keep(store, under_way, code, name=sign_in.DEFAULT_NAME)
            return await sign_in.make_instances(store, sign_in.DEFAULT_NAME, connections)

        signed_in = asyncio.run(work())
        store.close()
        assert [each.problem for each in signed_in] == [None] * len(tenants)
        return [each.instance.name for each in signed_in]

    def login(self, *words: str) -> SigningIn:
        """Begin a sign-in."""
        more = (
            "--no-browser", "--port", str(self.port), "--base-url", self.base_url,
            "--client-id", self.emulator.login_client_id, *words,
        )  # fmt: skip
        process = subprocess.Popen(
            self._command(("login", *more)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment(),
        )
        lines: Queue[str] = Queue()

        def read() -> None:
            assert process.stderr is not None
            for line in process.stderr:
                lines.put(line)
            lines.put("")

        threading.Thread(target=read, daemon=True).start()
        return SigningIn(process, lines)

    def consent(self, address: str, tenants: Sequence[str], decision: str = "allow") -> str:
        """What a person does at Xero; the address that the browser is sent back to."""
        data = {"tenant": list(tenants), "decision": decision}
        reply = httpx2.post(address, data=data, follow_redirects=False, verify=False)
        assert reply.status_code == 302, reply.text
        return reply.headers["location"]

    def sign_in(self, tenants: Sequence[str], *words: str) -> tuple[int, str, str]:
        """All of it, with the browser on this machine."""
        signing_in = self.login(*words)
        back = self.consent(signing_in.address(), tenants)
        assert httpx2.get(back, verify=False).status_code == 200
        return signing_in.end()

    def _command(self, words: Sequence[str]) -> list[str]:
        return [
            sys.executable, "-c", "from xeroport.cli import main; main()",
            "--home", str(self.home), *words,
        ]  # fmt: skip

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "XEROPORT_KEYRING": "off", "PYTHONUNBUFFERED": "1"}


@contextmanager
def emulated(
    folder: Path, patch: pytest.MonkeyPatch, *, clock: Clock | None = None
) -> Iterator[World]:
    """An empty home folder, and an emulator with three organisations to sign in to."""
    patch.setenv("XEROPORT_KEYRING", "off")
    patch.delenv("XEROPORT_KEY", raising=False)
    port = free_port()
    redirect = f"http://localhost:{port}/callback"
    emulator = Emulator(
        "empty", limits="off", organisations=3, redirect_uris=[redirect], clock=clock
    )
    with emulator.serve() as base_url:
        yield World(folder / "home", emulator, base_url, port)


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"
