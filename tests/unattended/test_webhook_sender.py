"""`emulator --webhooks`: what a user's own receiver is sent, judged by Xero's documented rules."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from xeroport_emulator import Emulator
from xeroport_emulator.webhooks import sender as sender_module
from xeroport_emulator.webhooks.sender import WebhookSender, check_receiver

COMMAND = [sys.executable, "-m", "xeroport", "emulator", "--port", "0", "--json", "--data", "empty"]


class Receiver(ThreadingHTTPServer):
    """Checks signatures with a key, or with none; keeps what it accepted."""

    def __init__(self, key: str | None, *, away: int = 0) -> None:
        self.key = key
        self.away = away
        self.events: list[dict[str, Any]] = []
        self.statuses: list[int] = []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server  # type: ignore[assignment]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = 200
        if receiver.key is not None:
            digest = hmac.new(receiver.key.encode(), body, hashlib.sha256).digest()
            if self.headers["x-xero-signature"] != base64.b64encode(digest).decode():
                status = 401
        events = json.loads(body)["events"]
        if events and receiver.away > 0:
            receiver.away -= 1
            status = 500
        if status == 200:
            receiver.events += events
        receiver.statuses.append(status)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "ROUND_SECONDS", 0.02)
    monkeypatch.setattr(sender_module, "AGAIN_SECONDS", 0.05)


def wait_for(done: Any) -> None:
    until = time.monotonic() + 30
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_changes_come_signed_after_the_intent_and_again_until_taken() -> None:
    emulator = Emulator(10, limits="off")
    said: list[str] = []
    with Receiver(emulator.webhook_key, away=2) as receiver:
        sender = WebhookSender(emulator, receiver.url, key=emulator.webhook_key, tell=said.append)
        sender.start()
        wait_for(lambda: "passed the intent" in "".join(said))
        assert receiver.statuses == [200, 401, 200, 401]
        table = emulator.organisation.tables["Contact"]
        changed = {each["ContactID"] for each in list(table)[:30]}
        for key in changed:
            table.replace({**table.get(key), "FirstName": "Ada"})
        wait_for(lambda: {each["resourceId"] for each in receiver.events} == changed)
        sender.end()
    assert receiver.statuses.count(500) == 2
    assert {each["eventCategory"] for each in receiver.events} == {"CONTACT"}


def test_a_receiver_that_checks_nothing_is_sent_nothing() -> None:
    emulator = Emulator(5, limits="off")
    said: list[str] = []
    with Receiver(None) as receiver:
        sender = WebhookSender(emulator, receiver.url, key=emulator.webhook_key, tell=said.append)
        sender.start()
        wait_for(lambda: len(receiver.statuses) >= 8)
        sender.end()
    assert said == [
        f"`{receiver.url}` answered 200 where 401 was due; its intent is asked for again"
    ]
    with pytest.raises(ValueError, match="not a receiver"):
        check_receiver("localhost:80")


def test_the_command_prints_the_key_and_sends() -> None:
    with Receiver(None) as receiver:
        process = subprocess.Popen(
            [*COMMAND, "--control", "--webhooks", receiver.url],
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            receiver.key = facts["webhook_key"]
            assert urllib.request.urlopen(facts["base_url"] + "/__emulator/counts").status == 200
            wait_for(lambda: 401 in receiver.statuses)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)
