"""Sends an organisation's webhooks to a receiver while the emulator runs, as Xero would.

First the intent-to-receive round, again until the receiver passes it; from then on what changes,
signed, some of it twice and in no certain order, again until it is answered with 200.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from xeroport_emulator.emulator import Emulator
from xeroport_emulator.webhooks.events import Delivery, Webhooks, send

ROUND_SECONDS = 1.0
AGAIN_SECONDS = 5.0
REPEATS = 0.1
"""Share of the deliveries that are sent twice."""

WANTED = {True: 200, False: 401}
"""Signed rightly or not → the only answer that passes."""


def check_receiver(url: str) -> str:
    """The URL of a receiver; ValueError if it is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"`{url}` is not a receiver of webhooks; give its http(s) URL")
    return url


class WebhookSender:
    """A thread that sends; `tell` hears a line when something is new for a person."""

    def __init__(self, emulator: Emulator, url: str, *, key: str, tell: Callable[[str], None]):
        self._emulator = emulator
        self._url = check_receiver(url)
        self._tell = tell
        self._said = ""
        self._waiting: list[Delivery] = []
        self._heard = emulator.organisation
        self.webhooks = Webhooks(
            emulator.organisation,
            tenant_id=emulator.tenant_id,
            clock=emulator.clock,
            key=key,
            seed=emulator.seed,
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Send nothing more."""
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._is_intended():
            if self._stop.wait(AGAIN_SECONDS):
                return
        while not self._stop.wait(ROUND_SECONDS):
            if self._emulator.organisation is not self._heard:
                self._heard = self._emulator.organisation
                self.webhooks.listen(self._heard)
            self._waiting += self.webhooks.deliveries(repeats=REPEATS, shuffled=True)
            self._deliver()

    def _is_intended(self) -> bool:
        """Whether the receiver passes the intent-to-receive round."""
        intents = self.webhooks.intent()
        got = list(send(self._url, intents))
        wrong = [
            (WANTED[intent.genuine], status)
            for intent, status in zip(intents, got, strict=True)
            if status != WANTED[intent.genuine]
        ]
        if not wrong:
            self._say(f"`{self._url}` passed the intent to receive; changes are sent from now on")
            return True
        wanted, status = wrong[0]
        answer = f"answered {status}" if status else "did not answer"
        self._say(f"`{self._url}` {answer} where {wanted} was due; its intent is asked for again")
        return False

    def _deliver(self) -> None:
        """Send what waits, and keep what was not taken; one that is away is asked once a round."""
        if not self._waiting:
            return
        left: list[Delivery] = []
        for number, each in enumerate(self._waiting):
            (status,) = send(self._url, [each])
            if status != 200:
                left.append(each)
                what = f"answered {status}" if status else "did not answer"
                self._say(f"`{self._url}` {what}; what changed is sent again")
            if not status:
                left += self._waiting[number + 1 :]
                break
        else:
            if not left:
                self._say(f"`{self._url}` takes what changes")
        self._waiting = left
        if left:
            self._stop.wait(AGAIN_SECONDS)

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._tell(text)
