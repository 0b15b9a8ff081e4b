"""How a run of a flow went: as a value, for the run, for `--json`, and for the run's log."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from xeroport.errors import XeroportError
from xeroport.jobs import run_log
from xeroport.plurals import counted
from xeroport.store import runs

PROBLEMS_TOLD = 100


@dataclass(frozen=True, slots=True)
class FlowReport:
    """How a run went. `steps`: step → status → records of this run; `problems`: what could not be
    read; `stopped`: what ended the run early. The next run continues from there."""

    flow: str
    run: int
    due: datetime
    counts: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    stopped: XeroportError | None = None

    def __repr__(self) -> str:
        return f"<FlowReport of `{self.flow}`: run {self.run}, {self.status}>"

    @property
    def refused(self) -> int:
        """How many of the run's records no target accepted."""
        return sum(step.get("refused", 0) + step.get("unknown", 0) for step in self.steps.values())

    @property
    def status(self) -> runs.Status:
        """As the list of runs has it."""
        if self.stopped is not None:
            return run_log.end_of(self.stopped)[0]
        return "partial" if self.refused or self.problems else "done"

    @property
    def exit_status(self) -> int:
        """What the command line ends with."""
        if self.stopped is not None:
            return self.stopped.exit_status
        return 1 if self.refused or self.problems else 0

    @property
    def ok(self) -> bool:
        """Whether every record of the run was delivered."""
        return self.exit_status == 0

    @property
    def message(self) -> str | None:
        """What went wrong, in one line."""
        if self.stopped is not None:
            return self.stopped.message
        if self.problems:
            return self.problems[0]
        if self.refused:
            refused = counted(self.refused, "refused record")
            return f"{refused}; see `xeroport flow refused {self.flow}`"
        return None

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for the run and for `--json`."""
        return {
            "flow": self.flow,
            "run": self.run,
            "due": self.due.isoformat(),
            "status": self.status,
            "counts": dict(self.counts),
            "steps": [dict(self.steps.get(number, {})) for number in sorted(self.steps)],
            "problems": list(self.problems[:50]),
            "error": self.stopped.message if self.stopped else None,
        }


def tell_end(report: FlowReport) -> None:
    """Say in the run's log how a flow's run went."""
    for problem in report.problems[:PROBLEMS_TOLD]:
        run_log.say(problem, level=logging.WARNING)
    for number, counts in sorted(report.steps.items()):
        became = ", ".join(f"{count:,} {word}" for word, count in sorted(counts.items()))
        run_log.say(f"step {number + 1}: {became or 'nothing'}")
    if report.stopped is not None:
        run_log.tell(report.stopped)
    taken = ", ".join(f"{count:,} {word}" for word, count in sorted(report.counts.items()))
    run_log.say(f"{report.status}: {taken or 'nothing new'}")
