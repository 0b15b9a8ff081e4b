"""What a fleet sync came to, and where each of its instances stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct, field

from xeroport.plurals import counted

State = Literal["done", "behind", "failing"]


class FleetReport(Struct):
    """The sum over all instances. `behind`: instance → what stopped it (the next sync continues);
    `failing`: instance → why; `busy`: being synced by someone else. Of the `calls`, `lost_calls`
    were made by lost workers; those of `uncounted` lost shards are not known."""

    destination: str
    instances: int = 0
    done: int = 0
    behind: dict[str, str] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    busy: list[str] = field(default_factory=list)
    shards: int = 0
    given_again: int = 0
    calls: int = 0
    lost_calls: int = 0
    uncounted: int = 0
    records: int = 0
    seconds: float = 0.0
    exit_status: int = 0

    def __repr__(self) -> str:
        return f"<FleetReport: {self.done:,} of {counted(self.instances, 'instance')} done>"

    @property
    def ok(self) -> bool:
        """Whether every instance is done."""
        return self.exit_status == 0

    @property
    def ended(self) -> int:
        """Instances that nothing more will be done for."""
        return self.done + len(self.behind) + len(self.failing) + len(self.busy)

    def add(self, name: str, report: Mapping[str, Any]) -> None:
        """Add an instance's sync report, and bring the exit status up to date."""
        self.calls += report["calls"]
        self.records += report["records"]
        state, why = standing(report)
        if state == "done":
            self.done += 1
        else:
            getattr(self, state)[name] = why
        self.settle(report["exit_status"])

    def settle(self, status: int) -> None:
        """Fold one instance's exit status in: all have the same, or it is 1."""
        others = self.ended - 1
        self.exit_status = status if not others or status == self.exit_status else 1


def standing(report: Mapping[str, Any]) -> tuple[State, str]:
    """Whether an instance's sync is done, behind or failing, and why it is not done."""
    status = report["status"]
    if status == "done":
        return "done", ""
    why = reason(report)
    return ("behind" if status in ("stopped", "interrupted", "lost") else "failing"), why


def reason(report: Mapping[str, Any]) -> str:
    """In one line, why a sync is not done."""
    if report.get("error"):
        return str(report["error"])
    streams = [stream for stream in report.get("streams", ()) if stream["status"] != "done"]
    streams_by_reason: dict[str, list[str]] = {}
    for stream in streams:
        if not stream["expected"] and stream["status"] != "running":
            streams_by_reason.setdefault(
                stream["error"] or stream["proof"] or stream["status"], []
            ).append(stream["stream"])
    if streams_by_reason:
        why, named = max(streams_by_reason.items(), key=lambda pair: len(pair[1]))
        return (
            f"`{named[0]}`: {why}" if len(named) == 1 else f"{counted(len(named), 'stream')}: {why}"
        )
    if report.get("rejected"):
        return (
            f"{counted(report['rejected'], 'value')} did not fit "
            "the column: see the table `_rejects`"
        )
    return ""
