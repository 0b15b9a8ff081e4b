"""The last lines of a push in its run's log: what Xero refused, record by record, and the sums."""

from __future__ import annotations

import logging

from xeroport.jobs import run_log
from xeroport.jobs.push.report import PushReport

SHOWN = 100
"""Refused records that the log names; the results name all."""


def tell_end(report: PushReport, status: str) -> None:
    """Say how a push ended."""
    bad = [each for each in report.results if each.status in ("rejected", "unknown")]
    for each in bad[:SHOWN]:
        line = f"line {each.line}: " if each.line else ""
        words = "; ".join(each.messages) or "nothing more is known"
        run_log.say(f"{line}`{each.key}` is {each.status}: {words}", level=logging.WARNING)
    if len(bad) > SHOWN:
        run_log.say(f"{len(bad) - SHOWN:,} more records were not taken", level=logging.WARNING)
    if report.stopped is not None:
        run_log.tell(report.stopped)
    became = ", ".join(f"{number:,} {word}" for word, number in sorted(report.counts.items()))
    run_log.say(f"{status}: {became or 'nothing was sent'}; {report.calls:,} calls")
