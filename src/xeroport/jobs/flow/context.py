"""What the steps of one run of a flow share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from xeroport.jobs.flow.definition import Flow
from xeroport.store.database import Store


@dataclass(frozen=True, slots=True)
class FlowContext:
    """One run of a flow: its number, when it was due, whose days it counts in, and what it uses.

    `due` is what relative dates count from, whenever the run really started.
    """

    store: Store
    flow: Flow
    run: int
    due: datetime
    time_zone: str
