"""The plan of calls: what is read when, what it costs, and that nothing becomes too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xeroport.catalogue import load
from xeroport.catalogue.reading import StreamReading, readings
from xeroport.errors import InputError
from xeroport.jobs.schedule import words
from xeroport.jobs.sync.calls_a_day import call_plan, nearest
from xeroport.jobs.sync.plan import StreamHistory, decide, decide_all, longest_wait

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_every_stream_has_a_reading_that_xero_can_answer() -> None:
    streams = load().streams
    assert set(readings()) == set(streams)
    for stream, reading in readings().items():
        if reading.how == "changes":
            assert streams[stream].modified_since, stream
        else:
            assert reading.at_latest is not None, stream
        assert (reading.how == "report") == stream.startswith("report"), stream


def test_nothing_new_takes_16_calls_at_most() -> None:
    seen = {stream: StreamHistory(NOW - HOUR, NOW - 2 * HOUR) for stream in readings()}
    due = [
        stream for stream, decision in decide_all(readings(), seen, NOW).items() if decision.read
    ]
    assert len(due) <= 16
    quiet = {stream: StreamHistory(NOW - HOUR, NOW - timedelta(days=30)) for stream in readings()}
    due = [s for s, decision in decide_all(readings(), quiet, NOW).items() if decision.read]
    assert {"invoices", "contacts", "payments", "bank_transactions"} <= set(due)
    assert len(due) <= 8


@pytest.mark.parametrize(
    ("stream", "seen", "more", "read", "why"),
    [
        ("invoices", StreamHistory(None), {}, True, "first read"),
        ("invoices", StreamHistory(NOW - HOUR / 60), {}, True, "changes"),
        ("invoices", StreamHistory(NOW - HOUR / 60), {"webhooks": True}, False, "webhooks tell"),
        ("invoices", StreamHistory(NOW - HOUR), {"webhooks": True}, True, "changes"),
        ("items", StreamHistory(NOW - HOUR, NOW - 6 * HOUR), {}, True, "changes"),
        ("items", StreamHistory(NOW - HOUR, NOW - 60 * HOUR), {}, False, "quiet"),
        ("items", StreamHistory(NOW - 6 * HOUR, NOW - 9000 * HOUR), {}, True, "changes"),
        ("tax_rates", StreamHistory(NOW - 23 * HOUR), {}, False, "read lately"),
        ("tax_rates", StreamHistory(NOW - 24 * HOUR), {}, True, "old enough"),
        ("tax_rates", StreamHistory(NOW - HOUR), {"pointed_at": True}, True, "pointed at"),
        ("report_trial_balance", StreamHistory(NOW - 7 * HOUR), {}, False, "nothing posted"),
        (
            "report_trial_balance",
            StreamHistory(NOW - 7 * HOUR),
            {"posted_at": NOW - HOUR},
            True,
            "something posted",
        ),
        (
            "report_trial_balance",
            StreamHistory(NOW - 2 * HOUR),
            {"posted_at": NOW - HOUR},
            False,
            "read lately",
        ),
        ("report_trial_balance", StreamHistory(NOW - 24 * HOUR), {}, True, "old enough"),
    ],
)
def test_a_stream_is_due(
    stream: str, seen: StreamHistory, more: dict[str, object], read: bool, why: str
) -> None:
    decision = decide(readings()[stream], seen, NOW, **more)  # type: ignore[arg-type]
    assert (decision.read, decision.why) == (read, why)
    assert (decision.due is None) == read
    assert decision.due is None or decision.due > NOW


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    stream=st.sampled_from(sorted(readings())),
    every=st.sampled_from([5, 15, 60, 360, 1440]),
    changes=st.lists(st.integers(0, 60 * 24 * 20), max_size=30),
    webhooks=st.booleans(),
)
def test_no_stream_is_older_than_the_plan_says(
    stream: str, every: int, changes: list[int], webhooks: bool
) -> None:
    """20 days of syncs on time: between two reads lies no more than the promised age."""
    reading, step = readings()[stream], timedelta(minutes=every)
    promised = longest_wait(reading, step, webhooks=webhooks)
    start, pending = NOW, sorted(NOW + timedelta(minutes=minute) for minute in changes)
    seen, now = StreamHistory(None), start
    while now < start + timedelta(days=20):
        if decide(reading, seen, now, webhooks=webhooks).read:
            assert seen.read_at is None or now - seen.read_at <= promised
            brought = [moment for moment in pending if moment <= now]
            for moment in brought:
                assert now - moment <= promised
            pending = pending[len(brought) :]
            seen = StreamHistory(
                now, now if brought or seen.changed_at is None else seen.changed_at
            )
        now += step
    assert all(now - moment <= promised for moment in pending if moment <= now)


def test_the_costs_of_plans_against_sums_by_hand() -> None:
    two = {
        "invoices": StreamReading(how="changes", webhook=1),
        "tax_rates": StreamReading(how="settings", at_latest=24),
        "report_trial_balance": StreamReading(how="report", most_often=6, at_latest=24),
    }
    plan = call_plan(two, HOUR, pages={"invoices": 70, "tax_rates": 1})
    assert [row.calls for row in plan.streams] == [24, 1, 4]
    assert plan.full_reads == 10
    assert plan.calls == 39
    quarter = call_plan(two, HOUR / 4, pages={"invoices": 70}, webhooks=True)
    assert [row.calls for row in quarter.streams] == [24, 1, 4]
    assert call_plan(two, HOUR / 4).streams[0].calls == 96


def test_the_nearest_interval_that_fits() -> None:
    assert nearest(readings(), 1_000) == timedelta(minutes=30)
    assert nearest(readings(), 5_000) == timedelta(minutes=10)  # 16 calls 288 times are too many
    assert nearest(readings(), 10) is None
    thousands = dict.fromkeys(readings(), 400)
    assert nearest(readings(), 1_000, pages=thousands) is None


@pytest.mark.parametrize(
    ("text", "cron", "rest"),
    [
        (["every", "15m"], "*/15 * * * *", []),
        (["15m", "invoices"], "*/15 * * * *", ["invoices"]),
        (["every 2h"], "0 */2 * * *", []),
        (["hourly", "invoices", "payments"], "0 * * * *", ["invoices", "payments"]),
        (["daily", "at", "06:00"], "0 6 * * *", []),
        (["daily at 6:30", "invoices"], "30 6 * * *", ["invoices"]),
        (["weekdays", "at", "7"], "0 7 * * 1-5", []),
        (["Monday", "at", "23:59"], "59 23 * * 1", []),
        (["cron", "0 6 1 * *", "invoices"], "0 6 1 * *", ["invoices"]),
        (["*/30 * * * *"], "*/30 * * * *", []),
        (["cron", "0", "6", "1", "*", "*", "invoices"], "0 6 1 * *", ["invoices"]),
        (["cron 0 6 1 * *", "invoices"], "0 6 1 * *", ["invoices"]),
        (["every", "15", "minutes", "invoices"], "*/15 * * * *", ["invoices"]),
        (["every 2 hours"], "0 */2 * * *", []),
        (["every", "hour"], "0 * * * *", []),
        (["2", "Hours"], "0 */2 * * *", []),
    ],
)
def test_times_in_words(text: list[str], cron: str, rest: list[str]) -> None:
    assert words.split(text) == (cron, rest)


@pytest.mark.parametrize(
    "text", [[], ["daily"], ["daily", "at"], ["daily", "at", "25:00"], ["every"], ["cron"], ["0m"]]
)
def test_words_that_are_no_time(text: list[str]) -> None:
    with pytest.raises(InputError) as error:
        words.split(text)
    assert error.value.hint


@pytest.mark.parametrize("time", ["25:00", "6am", "noon"])
def test_a_time_of_day_that_is_none_is_named(time: str) -> None:
    with pytest.raises(InputError, match=f"`{time}` is not a time of day"):
        words.split(["daily", "at", time])


@pytest.mark.parametrize("minutes", [1, 5, 15, 30, 60, 120, 360, 720, 1440])
def test_an_interval_comes_back_from_its_cron_expression(minutes: int) -> None:
    every = timedelta(minutes=minutes)
    assert words.interval_of(words.cron_of(every)) == every


def test_irregular_cron_expressions_have_no_interval() -> None:
    assert words.interval_of("0 6 1 * *") is None
    assert words.interval_of("0,7 * * * *") is None
    assert words.interval_of("0 6 * * 1-5") == timedelta(days=1)
