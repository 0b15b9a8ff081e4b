"""How far a sync is: a live table on a terminal, else one line a stream, on stderr."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from xeroport.jobs.sync.estimate import Remaining, in_words, remaining
from xeroport.jobs.sync.report import StreamReport
from xeroport.plurals import counted

if TYPE_CHECKING:
    from rich.console import Group

BAR = 24
"""Characters of the bar."""

LONG = 60.0
"""Seconds from which on a sync says at its start how long it takes."""

EVERY = 0.15
"""Seconds between two pictures where there is news."""


class Progress:
    """Says how far each stream is, and how long all of it still takes at `a_minute` calls;
    `quiet` says nothing (for `--json` without a terminal)."""

    def __init__(self, *, quiet: bool = False, a_minute: int = 60) -> None:
        self._a_minute = a_minute
        self._began = time.monotonic()
        self._streams: dict[str, StreamReport] = {}
        self._said: set[str] = set()
        self._drawn = 0.0
        self._live: Any = None
        self._terminal = sys.stderr.isatty()
        self._quiet = quiet and not self._terminal

    def __enter__(self) -> Progress:
        if self._terminal:
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True)
            self._live = Live(
                console=console,
                transient=True,
                refresh_per_second=2,
                get_renderable=self._picture,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, report: StreamReport) -> None:
        """Take news of a stream."""
        self._streams[report.stream] = report
        self._announce()
        if report.note and report.note not in self._said and not self._quiet:
            self._said.add(report.note)
            click.echo(f"warning: {report.note}", err=True)
        if self._live is not None:
            if time.monotonic() - self._drawn >= EVERY:
                self._drawn = time.monotonic()
                self._live.refresh()
        elif report.status != "running" and not self._quiet and report.stream not in self._said:
            self._said.add(report.stream)
            what = report.status if report.status != "done" else report.mode
            click.echo(
                f"{report.stream}: {what}, {counted(report.records, 'record')}, "
                f"{counted(report.calls, 'call')}",
                err=True,
            )

    def _remaining(self) -> Remaining:
        return remaining(
            list(self._streams.values()),
            a_minute=self._a_minute,
            elapsed=time.monotonic() - self._began,
        )

    def _announce(self) -> None:
        """Say once, where nothing is drawn, that a sync takes minutes."""
        if self._live is not None or self._quiet or "total" in self._said:
            return
        rest = self._remaining()
        if rest.left > self._a_minute and rest.seconds > LONG:
            self._said.add("total")
            click.echo(f"{in_words(rest)} at {self._a_minute:,} calls a minute", err=True)

    def _picture(self) -> Group:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        streams, rest = list(self._streams.values()), self._remaining()
        filled = round(rest.share * BAR)
        head = f"{'█' * filled}{'░' * (BAR - filled)} {in_words(rest)}"
        waits = next((stream.waiting for stream in streams if stream.waiting), None)
        if waits:
            head += f"\n{waits.counted_down(datetime.now(UTC))}"
        table = Table(box=None, pad_edge=False)
        for name in ("stream", "", "records", "pages", "calls"):
            table.add_column(name, justify="right" if name in ("records", "calls") else "left")
        for stream in streams:
            if not stream.records and (stream.status == "done" or not stream.calls):
                continue
            of = f"{stream.pages} of {stream.pages_of}" if stream.pages_of else str(stream.pages)
            state = "waiting" if stream.waiting else stream.status
            table.add_row(stream.stream, state, f"{stream.records:,}", of, str(stream.calls))
        return Group(Text(head), table)
