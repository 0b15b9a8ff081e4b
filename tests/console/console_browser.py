"""Debian's Chromium before a console in a process of its own, as a person would use it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
AXE = Path(__file__).with_name("node_modules") / "axe-core" / "axe.min.js"
MAP_STYLES = "Applying inline style violates"
"""Plotly's map library brings a style sheet that our policy refuses; nothing here draws maps."""


def required(found: str | None, what: str) -> str:
    """What was found; else the test is skipped, or fails where CI says that it must run."""
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is needed in CI: see scripts/browser.sh")
    pytest.skip(f"no {what}: see scripts/browser.sh")


def chromium() -> str:
    """Where Chromium is."""
    return required(shutil.which("chromium") or shutil.which("chromium-browser"), "Chromium")


def axe() -> str:
    """The source of axe-core."""
    return Path(required(str(AXE) if AXE.exists() else None, "axe-core")).read_text()


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium; what is expected of a page may take a while on a busy machine."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=SWITCHES)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def console(home: Path) -> Iterator[tuple[str, str]]:
    """A console process over a home; yields its address and its one-time link."""
    process = subprocess.Popen(
        [sys.executable, "-m", "xeroport", "--json", "--home", str(home),
         "console", "--port", "0", "--no-open"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "XEROPORT_KEYRING": "off"},
    )  # fmt: skip
    try:
        assert process.stdout
        text = ""
        while not text.rstrip().endswith("}"):
            line = process.stdout.readline()
            assert line, "the console ended before it was ready"
            text += line
        said = json.loads(text)
        yield said["address"], said["link"]
    finally:
        process.terminate()
        process.wait(timeout=10)


class Watch:
    """Notes what a page complains about: errors of scripts, refused styles, outside addresses."""

    def __init__(self, page: Page, address: str) -> None:
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("request", lambda request: self._asked(request.url, address))

    def _heard(self, kind: str, text: str) -> None:
        expected = text.startswith((MAP_STYLES, "Failed to load resource"))
        if kind in ("error", "warning") and not expected:
            self.complaints.append(text)

    def _asked(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:")):
            self.complaints.append(f"asked for {url}")
