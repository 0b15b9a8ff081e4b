"""How one call on the wire ended: with an answer, or without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Loss = Literal[
    "dns", "tls", "refused", "connect_timeout", "timeout", "dropped", "broken", "proxy", "too_large"
]


@dataclass(frozen=True, slots=True)
class Answered:
    """Xero answered: status, headers (looked up without regard to case) and the body's text."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """No usable answer came. `sent` is False when nothing can have reached Xero."""

    kind: Loss
    sent: bool
    detail: str
