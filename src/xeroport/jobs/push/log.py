"""The last lines of a push in its run's log: what Xero refused, record by record, and the sums."""

from __future__ import annotations

import logging

from xeroport.jobs import logbook
from xeroport.jobs.push.report import PushReport

SHOWN = 100
"""Refused records that the log names; the results name all."""


def tell_end(report: PushReport, status: str) -> None:
    """Say how a push ended."""
    bad = [each for each in report.results if each.status in ("rejected", "unknown")]
    for each in bad[:SHOWN]:
        line = f"line {each.line}: " if each.line else ""
        words = "; ".join(each.messages) or "nothing more is known"
        logbook.say(f"{line}`{each.key}` is {each.status}: {words}", level=logging.WARNING)
    if len(bad) > SHOWN:
        logbook.say(f"{len(bad) - SHOWN:,} more records were not taken", level=logging.WARNING)
    if report.stopped is not None:
        logbook.tell(report.stopped)
    became = ", ".join(f"{number:,} {word}" for word, number in sorted(report.counts.items()))
    logbook.say(f"{status}: {became or 'nothing was sent'}; {report.calls:,} calls")
