"""What Xero allows: calls at once, a minute, a day, and a minute over all organisations.

Windows are fixed, on the emulator's clock, and do not begin at midnight or on the full minute:
each organisation has its own offset. A refused call is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from xeroport_emulator.http.message import Reply
from xeroport_emulator.http.refusals import RefusedCall

MINUTE = 60
DAY = 86_400


class Limits(Struct, frozen=True):
    """How many calls are allowed; Xero's own numbers by default."""

    concurrent: int = 5
    minute: int = 60
    day: int = 5000
    app_minute: int = 10_000


def named_limits(given: str | Limits | None) -> Limits | None:
    """`xero`, `off`, numbers such as `minute=600,day=1000`, or Limits; None is no limit at all."""
    if given is None or isinstance(given, Limits):
        return given
    if given == "off":
        return None
    values: dict[str, int] = {}
    for part in given.split(",") if given != "xero" else ():
        name, _, number = part.strip().partition("=")
        name = name.strip().replace("-", "_")
        if name not in Limits.__struct_fields__ or not number.strip().isdigit():
            raise ValueError(
                f"`{part.strip()}` is not a limit; use `xero`, `off`, or e.g. `minute=60,day=5000`"
            )
        values[name] = int(number)
    return Limits(**values)


class Window:
    """A fixed window of that many seconds."""

    def __init__(self, seconds: int, offset: float) -> None:
        self.seconds = seconds
        self.offset = offset
        self.number = -1
        self.used = 0

    def enter(self, now: float) -> None:
        number = math.floor((now - self.offset) / self.seconds)
        if number != self.number:
            self.number, self.used = number, 0

    def left(self, now: float) -> float:
        """Seconds until the window ends."""
        return self.offset + (self.number + 1) * self.seconds - now


class Gate:
    """Counts the calls of one organisation and refuses those over the limits. `app` is the minute
    that all organisations of an app share."""

    def __init__(
        self,
        limits: Limits | None,
        *,
        now: Callable[[], datetime],
        offset: float = 0.0,
        app: Window | None = None,
    ) -> None:
        self.limits = limits
        self.in_flight = 0
        self.most_in_flight = 0
        self._now = now
        self._minute = Window(MINUTE, offset % MINUTE)
        self._app = app or Window(MINUTE, (offset / 7) % MINUTE)
        self._day = Window(DAY, offset % DAY)

    def admit(self) -> None:
        """Count a call that is in flight, or refuse it with 429."""
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        limits = self.limits
        if limits is None:
            return
        now = self._enter()
        if self.in_flight > limits.concurrent:
            raise RefusedCall(self.refused("concurrent"))
        if self._day.used >= limits.day:
            raise RefusedCall(self.refused("day"))
        if self._minute.used >= limits.minute:
            raise RefusedCall(self.refused("minute"))
        if self._app.used >= limits.app_minute:
            raise RefusedCall(self.refused("appminute"))
        for window in (self._day, self._minute, self._app):
            window.enter(now)
            window.used += 1

    def use_up_day(self) -> None:
        """From now until the day's end every call is refused."""
        if self.limits is None:
            self.limits = Limits(concurrent=10**6, minute=10**6, app_minute=10**6)
        self._enter()
        self._day.used = max(self._day.used, self.limits.day)

    def clear(self) -> None:
        """All windows are unused again."""
        for window in (self._minute, self._app, self._day):
            window.used = 0

    def refused(self, problem: str) -> Reply:
        """The 429 of a kind: Retry-After comes with the minute and the day only."""
        now = self._enter()
        headers = [("X-Rate-Limit-Problem", problem)]
        window = {"minute": self._minute, "day": self._day}.get(problem)
        if window is not None:
            headers.append(("Retry-After", str(max(1, math.ceil(window.left(now))))))
        return Reply(429, headers=tuple(headers))

    def headers(self, *, tenant: bool = True) -> tuple[tuple[str, str], ...]:
        """What is left, as every reply says; without a tenant only of the application's minute."""
        limits = self.limits
        if limits is None:
            return ()
        self._enter()
        app = ("X-AppMinLimit-Remaining", str(max(0, limits.app_minute - self._app.used)))
        if not tenant:
            return (app,)
        return (
            ("X-DayLimit-Remaining", str(max(0, limits.day - self._day.used))),
            ("X-MinLimit-Remaining", str(max(0, limits.minute - self._minute.used))),
            app,
        )

    def _enter(self) -> float:
        now = self._now().timestamp()
        for window in (self._minute, self._app, self._day):
            window.enter(now)
        return now
