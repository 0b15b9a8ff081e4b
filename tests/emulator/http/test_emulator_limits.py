"""What Xero allows: at once, a minute, a day, and how it says no."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from emulator_caller import Caller

from xeroport.clock import ManualClock
from xeroport_emulator import Limits
from xeroport_emulator.gateway.limits import named_limits


def test_every_reply_tells_what_is_left(start: Callable[..., Caller]) -> None:
    caller = start()
    for used in (1, 2, 3):
        headers = caller.get("/Organisation").headers
        assert headers["x-daylimit-remaining"] == str(5000 - used)
        assert headers["x-minlimit-remaining"] == str(60 - used)
        assert headers["x-appminlimit-remaining"] == str(10_000 - used)
        assert headers["xero-correlation-id"]
    tenantless = caller.send("GET", "/connections").headers
    assert "x-minlimit-remaining" not in tenantless
    assert "x-appminlimit-remaining" in tenantless


def test_the_minute(start: Callable[..., Caller], clock: ManualClock) -> None:
    caller = start(limits="minute=3")
    assert [caller.get("/Organisation").status_code for _ in range(3)] == [200] * 3
    refused = caller.get("/Organisation")
    assert refused.status_code == 429
    assert refused.headers["x-rate-limit-problem"] == "minute"
    assert refused.headers["x-minlimit-remaining"] == "0"
    wait = int(refused.headers["retry-after"])
    assert 1 <= wait <= 60
    clock.advance(wait)
    assert caller.get("/Organisation").status_code == 200


def test_the_day(start: Callable[..., Caller], clock: ManualClock) -> None:
    caller = start(limits=Limits(day=2))
    assert [caller.get("/Organisation").status_code for _ in range(3)] == [200, 200, 429]
    refused = caller.get("/Organisation")
    assert refused.headers["x-rate-limit-problem"] == "day"
    assert refused.headers["x-daylimit-remaining"] == "0"
    wait = int(refused.headers["retry-after"])
    clock.advance(wait - 60)
    caller.sign_in()
    assert caller.get("/Organisation").status_code == 429
    clock.advance(60)
    assert caller.get("/Organisation").status_code == 200


def test_five_at_once(start: Callable[..., Caller]) -> None:
    caller = start()
    caller.emulator.switches.latency = 0.01
    replies = caller.together(*[("GET", "/Organisation")] * 8)
    refused = [each for each in replies if each.status_code == 429]
    assert len(refused) == 3
    assert {each.headers["x-rate-limit-problem"] for each in refused} == {"concurrent"}
    assert not any("retry-after" in each.headers for each in refused)
    assert caller.get("/Organisation").status_code == 200
    assert caller.emulator.world.gate.most_in_flight == 8


def test_the_application_minute(start: Callable[..., Caller]) -> None:
    caller = start(limits="app-minute=1")
    assert caller.get("/Organisation").status_code == 200
    refused = caller.get("/Organisation")
    assert refused.headers["x-rate-limit-problem"] == "appminute"
    assert "retry-after" not in refused.headers


def test_refused_calls_and_tokens_are_not_counted(start: Callable[..., Caller]) -> None:
    caller = start(limits="minute=1")
    caller.get("/Organisation")
    for _ in range(3):
        assert caller.get("/Organisation").headers["x-daylimit-remaining"] == "4999"
    assert caller.token().status_code == 200


def test_replays_of_a_key_cost_calls(start: Callable[..., Caller]) -> None:
    caller = start(limits="minute=2")
    key = {"Idempotency-Key": "k"}
    codes = [caller.put("/Items", json={"Code": "A"}, headers=key).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_off_means_no_limit_and_no_headers(xero: Caller) -> None:
    for _ in range(70):
        reply = xero.get("/Currencies")
    assert reply.status_code == 200
    assert "x-minlimit-remaining" not in reply.headers


def test_limits_as_text() -> None:
    assert named_limits("xero") == Limits(5, 60, 5000, 10_000)
    assert named_limits("off") is None
    assert named_limits("minute=6, day=10") == Limits(minute=6, day=10)
    for wrong in ("minute", "week=3", "minute=x"):
        with pytest.raises(ValueError, match="is not a limit"):
            named_limits(wrong)
