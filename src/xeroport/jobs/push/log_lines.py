"""The last lines of a push in its run's log: what Xero refused, record by record, and the sums."""

from __future__ import annotations

import logging

from xeroport.jobs import run_log
from xeroport.jobs.push.report import DIFFERENT, PushReport
from xeroport.plurals import counted

SHOWN = 100
"""Refused records that the log names; the results name all."""


def tell_end(report: PushReport, status: str) -> None:
    """Say how a push ended."""
    told = ("rejected", "unknown", DIFFERENT)
    results = [result for result in report.results if result.status in told or result.warned]
    for result in results[:SHOWN]:
        line = f"line {result.line}: " if result.line else ""
        words = "; ".join(result.messages) or "nothing more is known"
        status = "sent, with a warning from Xero" if result.status == "sent" else result.status
        run_log.say(f"{line}`{result.key}` is {status}: {words}", level=logging.WARNING)
    if len(results) > SHOWN:
        more = f"{len(results) - SHOWN:,} more records were not accepted as they are"
        run_log.say(more, level=logging.WARNING)
    if report.stopped is not None:
        run_log.tell(report.stopped)
    became = ", ".join(f"{number:,} {word}" for word, number in sorted(report.counts.items()))
    run_log.say(f"{status}: {became or 'nothing was sent'}; {counted(report.calls, 'call')}")
