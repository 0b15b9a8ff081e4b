"""What to do about an answer, or about none: a pure decision, acted on by the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, structs

from xeroport.catalogue import Endpoint
from xeroport.errors import InputError, Unavailable, XeroportError
from xeroport.xero.policy import refusals
from xeroport.xero.wire.answer import Answered, Lost

Action = Literal["accept", "retry", "reauthenticate", "fail"]
Throttle = Literal["minute", "day", "concurrent", "appminute"]

KEY_LIFE = 300.0
"""Seconds in which a write may go again under its Idempotency-Key; Xero keeps it for 360."""
MOST_THROTTLES = 20
LONGEST_MINUTE = 300.0
"""A longer Retry-After is a day limit, whatever it calls itself."""
LONGEST_OFFLINE = 120.0
"""A longer Retry-After on a 5xx is not waited for: the work stops and can continue later."""
SERVER_ERRORS = frozenset({408, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524})


class Patience(Struct, frozen=True):
    """When a call is given up: after so many failures, so many 429s (`throttles`), or `seconds`
    in all, whatever it waits for; `tokens` is how often a token is asked for, `outage` how many
    seconds a client that was answered before waits for Xero to come back."""

    failures: int = 5
    tokens: int = 4
    seconds: float = 900.0
    throttles: int = MOST_THROTTLES
    outage: float = 300.0


PATIENT = Patience()
BRIEF = Patience(failures=2, tokens=2, seconds=5.0, outage=3.0)
"""For a question that a person waits for, such as whether credentials work."""


def limited(patience: Patience, retries: int) -> Patience:
    """Patience for so many tries after the first; InputError unless that is a number from 0."""
    if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
        raise InputError(
            f"`retries` must be a whole number from 0, not `{retries!r}`",
            hint="`retries=0` tries once",
        )
    return structs.replace(
        patience,
        failures=retries + 1,
        throttles=retries,
        outage=0.0,
        tokens=min(patience.tokens, retries + 1),
    )


class Attempt(Struct, frozen=True):
    """Which try this was: failures and throttlings before it, seconds since the first, whether
    the token was renewed just before it, and a chance in [0, 1) that spreads delays."""

    failures: int = 0
    throttles: int = 0
    elapsed: float = 0.0
    renewed: bool = False
    chance: float = 0.5
    patience: Patience = PATIENT


class Verdict(Struct, frozen=True):
    """`delay` is in seconds; `outcome_known` is False for a write that Xero may have done.

    `throttle` names the limit behind a 429; a verdict on the day limit fails with the seconds
    until it resets as its delay. `error` says why it fails, or would if nothing changed.
    """

    action: Action
    delay: float = 0.0
    outcome_known: bool = True
    throttle: Throttle | None = None
    error: XeroportError | None = None


ACCEPT = Verdict("accept")


def judge(endpoint: Endpoint, outcome: Answered | Lost, attempt: Attempt) -> Verdict:
    """Accept, retry after a delay, get a new token, or fail with the error for the caller."""
    if isinstance(outcome, Lost):
        return _lost(endpoint, outcome, attempt)
    status = outcome.status
    if 200 <= status < 300 or status == 304:
        return _accepted(endpoint, outcome, attempt)
    if status == 429:
        return _throttled(outcome, attempt)
    if status in SERVER_ERRORS:
        return _server_error(endpoint, outcome, attempt)
    if status == 401 and not attempt.renewed and refusals.may_be_stale(outcome):
        return Verdict("reauthenticate")
    return Verdict("fail", error=refusals.explain(endpoint, outcome))


def throttle(headers: Mapping[str, str]) -> tuple[Throttle, float | None]:
    """The limit that a 429 names and its Retry-After in seconds, if any."""
    named = headers.get("x-rate-limit-problem", "").strip().lower()
    wait = seconds(headers.get("retry-after"))
    kinds: tuple[tuple[str, Throttle], ...] = (
        ("app", "appminute"),
        ("day", "day"),
        ("dai", "day"),
        ("con", "concurrent"),
        ("min", "minute"),
    )
    kind: Throttle = next((k for prefix, k in kinds if named.startswith(prefix)), "minute")
    if wait is not None and wait > LONGEST_MINUTE:
        kind = "day"
    return kind, wait


def seconds(text: str | None) -> float | None:
    """A Retry-After value in seconds; None if there is none or it is a date."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < 10_000_000 else None


def _accepted(endpoint: Endpoint, outcome: Answered, attempt: Attempt) -> Verdict:
    """A good status; but an answer that is not what the endpoint gives is not accepted."""
    body = outcome.body
    if not body or outcome.status in (204, 304) or endpoint.reply not in ("json",):
        return ACCEPT
    head, tail = body[:64].lstrip() or body.lstrip(), body[-64:].rstrip() or body.rstrip()
    if head[:1] + tail[-1:] in (b"{}", b"[]"):
        return ACCEPT
    return _lost(endpoint, Lost("broken", True, "the reply is not whole JSON"), attempt)


def _throttled(outcome: Answered, attempt: Attempt) -> Verdict:
    kind, wait = throttle(outcome.headers)
    if kind == "day":
        return Verdict("fail", delay=3600.0 if wait is None else wait, throttle="day")
    spread = 0.5 + attempt.chance
    if wait is None:
        wait = min(0.25 * 2**attempt.throttles, 8.0) if kind == "concurrent" else 10.0
        wait *= spread
    error = Unavailable(
        f"Xero keeps refusing calls because of its {kind} limit",
        hint="something else is calling Xero for this organisation; try again in a minute",
    )
    if (
        attempt.throttles >= attempt.patience.throttles
        or attempt.elapsed + wait > attempt.patience.seconds
    ):
        return Verdict("fail", throttle=kind, error=error)
    return Verdict("retry", delay=wait, throttle=kind, error=error)


def _server_error(endpoint: Endpoint, outcome: Answered, attempt: Attempt) -> Verdict:
    known = not endpoint.is_write
    offline = outcome.status == 503
    said = refusals.first_words(outcome)
    name = f"`{endpoint.name}`"
    wait = seconds(outcome.headers.get("retry-after"))
    minutes = "five minutes" if wait is None or wait <= 300 else f"{wait / 60:.0f} minutes"
    error = Unavailable(
        f"Xero is offline: {said}" if offline else f"Xero failed on {name}: {said}",
        hint=f"try again in {minutes}; https://status.developer.xero.com says more",
        outcome_known=known,
        status=outcome.status,
    )
    delay = _backoff(attempt, first=2.0 if offline else 1.0)
    if wait is not None:
        if wait > LONGEST_OFFLINE:
            return Verdict("fail", outcome_known=known, error=error)
        delay = max(wait, delay)
    return _again_or_fail(endpoint, attempt, delay, error=error, known=known)


def _lost(endpoint: Endpoint, loss: Lost, attempt: Attempt) -> Verdict:
    known = not (endpoint.is_write and loss.sent)
    error = refusals.unreachable(endpoint, loss.kind, loss.detail, outcome_known=known)
    if loss.kind in ("tls", "too_large"):
        return Verdict("fail", outcome_known=known, error=error)
    if loss.kind in ("dns", "refused", "proxy") and attempt.failures >= 2:
        return Verdict("fail", outcome_known=known, error=error)
    return _again_or_fail(endpoint, attempt, _backoff(attempt, first=0.5), error=error, known=known)


def _again_or_fail(
    endpoint: Endpoint, attempt: Attempt, delay: float, *, error: Unavailable, known: bool
) -> Verdict:
    """Reads and unsent calls go again; a write only under its key and within the key's life."""
    later = attempt.elapsed + delay
    repeatable = known or (endpoint.idempotent and later < KEY_LIFE)
    patience = attempt.patience
    tired = attempt.failures + 1 >= patience.failures or later > patience.seconds
    if tired or not repeatable:
        return Verdict("fail", outcome_known=known, error=error)
    return Verdict("retry", delay=delay, outcome_known=known, error=error)


def _backoff(attempt: Attempt, *, first: float) -> float:
    return float(min(first * 2**attempt.failures, 30.0) * (0.5 + attempt.chance))
