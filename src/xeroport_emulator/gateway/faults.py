"""Faults on request: what goes wrong, how often or at which call, and for which endpoints.

As text: `KIND[:ARGUMENT]…[@CALL|@ENDPOINT]…`, joined by commas, such as
`drop-after:5%,500:2%@invoices.*,slow:200ms,day@120`. An argument is a chance (`5%`), a time
(`200ms`, `2s`) or how often at most (`x3`). Without a chance a fault happens at every call that
it is for.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from xeroport.catalogue import load

KINDS = {
    "429-minute": "refused as over the minute's limit, with Retry-After",
    "429-day": "refused as over the day's limit, with Retry-After",
    "429-concurrent": "refused as too many at once, without Retry-After",
    "429-appminute": "refused as over the application's minute",
    "500": "an error of Xero's, before anything is done",
    "503": "offline for maintenance",
    "slow": "the reply takes that much longer (1 s if no time is given)",
    "drop-before": "the connection is lost before anything is done",
    "drop-after": "the connection is lost after the call was carried out",
    "truncate": "the connection is lost in the middle of the reply's body",
    "revoke": "all tokens issued so far are revoked",
    "edit": "before a page after the first, a record of an earlier page is edited",
    "unknown-enum": "one record of the reply has a status or type no one knows",
    "unknown-field": "every record of the reply has a field no one knows",
    "text": "an error in plain text, status 500",
    "html": "an error page in HTML, status 502",
    "day": "the day's limit is used up from here to the day's end",
}
_PART = re.compile(r"([^:@]+)((?:[:@][^:@]+)*)")


@cache
def _endpoint_names() -> tuple[str, ...]:
    identity = ("connect.token", "connect.revocation")
    return ("unknown", *identity, *(endpoint.name for endpoint in load().endpoints))


@dataclass
class Fault:
    """One kind of trouble. `calls` are call numbers from 1; `endpoint` may hold `*`;
    `times` is how often it may still happen (None: without end)."""

    kind: str
    probability: float = 1.0
    calls: frozenset[int] = frozenset()
    endpoint: str = "*"
    times: int | None = None
    seconds: float = 1.0
    happened: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            known = ", ".join(f"`{each}`" for each in KINDS)
            raise ValueError(f"there is no fault `{self.kind}`; there are {known}")
        if not 0 < self.probability <= 1:
            raise ValueError(f"the chance of `{self.kind}` is more than 0% and at most 100%")
        if 0 in self.calls or self.times == 0:
            raise ValueError(f"`{self.kind}` would never happen: calls and times begin at 1")
        if not any(fnmatchcase(name, self.endpoint) for name in _endpoint_names()):
            raise ValueError(f"no endpoint is called `{self.endpoint}`; see `xeroport endpoints`")

    def is_for(self, call: int, endpoint: str) -> bool:
        """Whether it may happen at this call."""
        if self.times is not None and self.happened >= self.times:
            return False
        return (not self.calls or call in self.calls) and fnmatchcase(endpoint, self.endpoint)


def parsed_faults(text: str) -> list[Fault]:
    """Faults from their text form; ValueError with the part that is wrong."""
    return [_fault(part.strip()) for part in text.split(",") if part.strip()]


def _fault(part: str) -> Fault:
    shape = _PART.fullmatch(part)
    if shape is None:
        raise ValueError(f"`{part}` is not a fault")
    values: dict[str, Any] = {}
    calls: set[int] = set()
    for sign, value in re.findall(r"([:@])([^:@]+)", shape[2]):
        value = value.strip()
        if sign == "@" and value.isdigit():
            calls.add(int(value))
        elif sign == "@":
            values["endpoint"] = value
        elif re.fullmatch(r"\d+(\.\d+)?%", value):
            values["probability"] = float(value[:-1]) / 100
        elif re.fullmatch(r"\d+(\.\d+)?(ms|s)", value):
            values["seconds"] = float(value.rstrip("ms")) * (0.001 if value[-2] == "m" else 1.0)
        elif re.fullmatch(r"x\d+", value):
            values["times"] = int(value[1:])
        else:
            raise ValueError(f"`{value}` in `{part}` is not a chance, a time or a number of times")
    if calls:
        values = {"times": len(calls), **values, "calls": frozenset(calls)}
    return Fault(shape[1].strip().lower(), **values)


Struck = dict[str, Fault]
"""The faults that befall one call, by kind."""


class Faults:
    """All faults to come, and the dice."""

    def __init__(self, text: str | None = None, *, seed: int = 0) -> None:
        self.plan: list[Fault] = parsed_faults(text) if text else []
        self._dice = random.Random(seed)  # noqa: S311 - it must repeat, not be secret

    def add(
        self,
        kind: str,
        *,
        at: int | tuple[int, ...] = (),
        endpoint: str = "*",
        probability: float = 1.0,
        times: int | None = None,
        seconds: float = 1.0,
    ) -> Fault:
        """Plan a fault: at calls `at` (from 1), or by chance, for endpoints like `items.*`."""
        calls = frozenset((at,) if isinstance(at, int) else at)
        fault = Fault(
            kind,
            probability=probability,
            calls=calls,
            endpoint=endpoint,
            times=len(calls) if calls and times is None else times,
            seconds=seconds,
        )
        self.plan.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self.plan.clear()

    def strike(self, call: int, endpoint: str, *, named: bool = False) -> dict[str, Fault]:
        """The faults that happen at this call, by kind; each is counted. `named`: only those
        that say for which endpoints they are."""
        struck: dict[str, Fault] = {}
        for fault in self.plan:
            if named and fault.endpoint == "*":
                continue
            if fault.is_for(call, endpoint) and (
                fault.probability >= 1 or self._dice.random() < fault.probability
            ):
                fault.happened += 1
                struck[fault.kind] = fault
        return struck
