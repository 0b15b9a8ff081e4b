"""What a run says of itself, made ready for a page: one shape for syncs and pushes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from xeroport.store.calls.waits import wait_in
from xeroport.store.runs import Run

BAD = frozenset({"failed", "incomplete", "not_allowed", "stopped"})
NOT_TAKEN = ("rejected", "refused", "unknown")


PROOFS = (
    (re.compile(r"^one reply$"), "all of it in one reply"),
    (re.compile(r"\b([\d,]+) distinct ids? = itemCount"), r"\1 here, \1 at Xero"),
    (
        re.compile(r"(changes read to their end; whole|every change read; complete) by: "),
        "every change read; ",
    ),
)


@dataclass(frozen=True)
class ProgressPart:
    """One stream of a sync, as far as it has come; `note` says how its completeness is known."""

    name: str
    state: str
    records: int | None
    calls: int | None
    note: str


@dataclass(frozen=True)
class ShownRun:
    """A run with its figures, its parts, what it waits for, what is left and what went wrong."""

    run: Run
    seconds: float
    calls: int | None
    records: int | None
    waited: float | None
    errors: int
    parts: tuple[ProgressPart, ...]
    done: int
    whole: int
    unit: str
    waiting: str
    left: str
    problems: tuple[tuple[str, str], ...]


def shown(run: Run) -> ShownRun:
    """The run as the pages show it: from its report, or from its progress while it runs."""
    values = run.report if run.status != "running" and run.report else run.progress
    parts = tuple(_part(name, each) for name, each in _named(values.get("streams")))
    ended = run.finished_at or datetime.now(UTC)
    whole = _number(values.get("total")) or len(parts)
    done = _number(values.get("done"))
    return ShownRun(
        run=run,
        seconds=max((ended - run.started_at).total_seconds(), 0.0),
        calls=_number(values.get("calls")),
        records=_records(values, parts),
        waited=_seconds(values),
        errors=_errors(values),
        parts=parts,
        done=sum(part.state != "running" for part in parts) if done is None else done,
        whole=whole,
        unit="streams" if parts else "records",
        waiting=_counted_down(values),
        left=str(values.get("left") or ""),
        problems=_problems(values),
    )


def _named(streams: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(streams, dict):
        return [(str(name), each) for name, each in streams.items() if isinstance(each, dict)]
    if isinstance(streams, list):
        return [
            (str(stream.get("stream") or stream.get("name") or "?"), stream)
            for stream in streams
            if isinstance(stream, dict)
        ]
    return []


def _part(name: str, each: dict[str, Any]) -> ProgressPart:
    return ProgressPart(
        name=name,
        state=str(each.get("status") or each.get("state") or "running"),
        records=_number(each.get("records")),
        calls=_number(each.get("calls")),
        note=complete_note(each),
    )


def _counted_down(values: dict[str, Any]) -> str:
    """What is waited for and how much longer; nothing where nothing is."""
    wait = wait_in(values.get("waiting"))
    return "" if wait is None else wait.counted_down(datetime.now(UTC))


def complete_note(stream: dict[str, Any]) -> str:
    """Whether a stream is complete, and by what proof or why not."""
    if stream.get("status") == "running":
        return _counted_down(stream)
    if stream.get("complete") is True:
        return plain_proof(str(stream.get("proof") or ""))
    reasons = ("error", "hint", "proof")
    said = [plain_proof(str(stream[name])) for name in reasons if stream.get(name)]
    if stream.get("missing_scope"):
        said.append(f"the scope `{stream['missing_scope']}` is missing")
    return "; ".join(dict.fromkeys(said))


def plain_proof(proof: str) -> str:
    """How completeness is known, for people who do not know Xero's field names."""
    for pattern, words in PROOFS:
        proof = pattern.sub(words, proof)
    return proof


def _records(values: dict[str, Any], parts: tuple[ProgressPart, ...]) -> int | None:
    told = _number(values.get("records"))
    if told is not None:
        return told
    return sum(part.records or 0 for part in parts) if parts else _number(values.get("sent"))


def _seconds(values: dict[str, Any]) -> float | None:
    waited = values.get("waited_seconds")
    return float(waited) if isinstance(waited, int | float) else None


def _problems(values: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    error = values.get("stopped") or values.get("error")
    if isinstance(error, dict):
        return ((str(error.get("message", "")), str(error.get("hint") or "")),)
    return ((str(error), str(values.get("hint") or "")),) if error else ()


def _errors(values: dict[str, Any]) -> int:
    """How many things a person should look at: streams that did not end well and values that did
    not fit the column, records that a target did not take, else what ended the run."""
    streams = [each for _, each in _named(values.get("streams"))]
    bad = sum(stream.get("status") in BAD and not stream.get("expected") for stream in streams)
    bad += sum(_number(stream.get("rejected")) or 0 for stream in streams)
    steps = values.get("steps")
    tallies = [values.get("counts"), *(steps if isinstance(steps, list) else [])]
    for tally in tallies:
        if isinstance(tally, dict):
            bad += sum(_number(tally.get(word)) or 0 for word in NOT_TAKEN)
    bad += sum(_number(values.get(word)) or 0 for word in ("invalid", "conflicts"))
    return bad or len(_problems(values))


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
