"""A sync in the lines of its run's log: each stream as it ends, and what is waited for."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from xeroport.dates import in_utc
from xeroport.jobs import run_log
from xeroport.jobs.sync.report import FINE, StreamReport, SyncReport
from xeroport.plurals import counted


class SyncLog:
    """Hears what a sync tells of its streams and says what is new, once."""

    def __init__(self) -> None:
        self._said: set[str | None] = set()

    def hear(self, stream: StreamReport) -> None:
        """Say that a stream has ended, that Xero's limits hold the sync up, or what is to note."""
        for level, text, hint in lines(stream):
            if text not in self._said:
                run_log.say(text, level=level, hint=None if hint in self._said else hint)
                self._said |= {text, hint}


def lines(stream: StreamReport) -> list[tuple[int, str, str | None]]:
    """What there is to say of a stream just now: level, text and hint."""
    found: list[tuple[int, str, str | None]] = []
    if stream.note:
        found.append((logging.WARNING, f"`{stream.stream}`: {stream.note}", None))
    if stream.status == "running":
        if stream.waiting:
            found.append((logging.INFO, str(stream.waiting), None))
        return found
    hint = None if stream.expected else stream.hint
    found.append((_level(stream), f"`{stream.stream}`: {_ending(stream)}", hint))
    if stream.rejected:
        text = (
            f"`{stream.stream}`: {counted(stream.rejected, 'value')} "
            "did not fit the column; see `_rejects`"
        )
        found.append((logging.WARNING, text, None))
    for text in news_of_records(stream):
        found.append((logging.WARNING, f"`{stream.stream}`: {text}", None))
    return found


def news_of_records(stream: StreamReport) -> list[str]:
    """What there is to say of records and fields that are not as the catalogue has them."""
    keyless = counted(stream.keyless, "record without an id", "records without an id")
    texts = [f"{keyless}, which cannot be told apart; see `_rejects`"] if stream.keyless else []
    for field, count in stream.drift.items():
        records = counted(count, "record")
        if field in stream.reshaped:
            texts.append(f"`{field}` came as another kind of value ({records}); see `_extra`")
        else:
            texts.append(f"`{field}` is new at Xero ({records}); its values are kept in `_extra`")
    return texts


def _level(stream: StreamReport) -> int:
    if stream.status == "failed":
        return logging.ERROR
    return logging.INFO if stream.status in FINE or stream.expected else logging.WARNING


def _ending(stream: StreamReport) -> str:
    if stream.status == "current":
        return left_alone(stream)
    if stream.status == "not_allowed":
        return "not allowed" + (f": needs `{stream.missing_scope}`" if stream.missing_scope else "")
    gone = f", {stream.tombstones:,} gone at Xero" if stream.tombstones else ""
    read = (
        f"{stream.mode}, {counted(stream.records, 'record')}{gone}, "
        f"{counted(stream.calls, 'call')}, {stream.seconds:.1f} s"
    )
    if stream.status == "done":
        return f"{read}; complete: {stream.proof}"
    if stream.status == "incomplete":
        return f"{read}; not proved complete: {stream.proof}"
    return f"{stream.error or stream.status}; until then {read}"


WAITS_FOR = {
    "nothing posted": "as nothing was posted since",
    "webhooks tell": "as webhooks tell what changes",
    "quiet": "as it seldom changes",
}
"""Why a stream is not due, where it is not the time alone."""


def left_alone(stream: StreamReport, proof: str = "") -> str:
    """As of when a stream is that was not read, what proves it complete, and when it is due."""
    shown = f": {proof}" if proof else ""
    due = "" if stream.due is None else f" before {in_utc(stream.due)}"
    why = f", {WAITS_FOR[stream.why]}" if stream.why in WAITS_FOR else ""
    return f"as of {in_utc(stream.as_of or '')}{shown}; not due{due}{why}"


def tell_all(report: dict[str, Any]) -> None:
    """Say all of a sync that was done elsewhere and reported as plain data."""
    log = SyncLog()
    for each in report["streams"]:
        log.hear(msgspec.convert(each, StreamReport))
    if report.get("error"):
        run_log.say(report["error"], level=logging.ERROR)
    records, calls = counted(report["records"], "record"), counted(report["calls"], "call")
    run_log.say(f"{report['status']}: {records}, {calls}")


def summary(report: SyncReport) -> str:
    """The last line: how it ended, and its figures."""
    return (
        f"{report.status}: {counted(report.records, 'record')}, {counted(report.calls, 'call')}, "
        f"{report.seconds:.1f} s, of them {report.waited_seconds:.1f} s waiting for Xero's limits"
    )
