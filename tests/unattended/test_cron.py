"""Due times against calendars worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xeroport.console.web import cron_words
from xeroport.cron import last_due, next_due
from xeroport.errors import InputError
from xeroport.jobs.schedule.words import how_often, in_words

AUCKLAND = "Pacific/Auckland"
LONDON = "Europe/London"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


def walk(expression: str, zone: str, start: datetime, end: datetime) -> list[datetime]:
    found = []
    due = next_due(expression, time_zone=zone, after=start)
    while due < end:
        found.append(due)
        due = next_due(expression, time_zone=zone, after=due)
    return found


def test_a_time_of_day_is_the_zone_s_own() -> None:
    # 06:00 in Auckland is 18:00 UTC the day before in winter, 17:00 in summer.
    assert next_due("0 6 * * *", time_zone=AUCKLAND, after=utc(2026, 7, 1)) == utc(2026, 7, 1, 18)
    assert next_due("0 6 * * *", time_zone=AUCKLAND, after=utc(2026, 12, 1)) == utc(2026, 12, 1, 17)


def test_a_time_that_the_clock_jumps_over_still_happens_once() -> None:
    # London, 29 March 2026: 01:00 becomes 02:00, so 01:30 does not exist.
    found = walk("30 1 * * *", LONDON, utc(2026, 3, 28, 12), utc(2026, 3, 30, 12))
    assert found == [utc(2026, 3, 29, 1), utc(2026, 3, 30, 0, 30)]


def test_a_time_that_comes_twice_happens_once() -> None:
    # London, 25 October 2026: 02:00 becomes 01:00, so 01:30 comes twice.
    found = walk("30 1 * * *", LONDON, utc(2026, 10, 24, 12), utc(2026, 10, 26, 12))
    assert len(found) == 2
    assert [due.date() for due in found] == [utc(2026, 10, 25).date(), utc(2026, 10, 26).date()]


def test_every_half_hour_keeps_its_pace_through_both_changes() -> None:
    for day in (utc(2026, 3, 29), utc(2026, 10, 25)):
        found = walk("*/30 * * * *", LONDON, day, day + timedelta(hours=6))
        gaps = {later - earlier for earlier, later in pairwise(found)}
        assert gaps == {timedelta(minutes=30)}


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    expression=st.sampled_from(
        ["*/30 * * * *", "0 6 * * *", "30 1 * * *", "15 2 1 * *", "0 9 * * 1-5", "5 */3 * * *"]
    ),
    zone=st.sampled_from([LONDON, AUCKLAND, "America/New_York", "UTC"]),
)
@settings(max_examples=150, deadline=None)
def test_last_due_is_the_last_of_the_walk(at: datetime, expression: str, zone: str) -> None:
    at = at.replace(microsecond=0)
    found = last_due(expression, time_zone=zone, at=at)
    assert found is not None
    assert found <= at < next_due(expression, time_zone=zone, after=found)


@pytest.mark.parametrize(
    ("expression", "zone", "words"),
    [
        ("0 0 30 2 *", "UTC", "`0 0 30 2 \\*` never runs"),
        ("0 0 31 2,4 *", "UTC", "never runs"),
        ("every hour", "UTC", "not a schedule"),
        ("61 * * * *", "UTC", "the minute goes from 0 to 59"),
        ("0 0 32 * *", "UTC", "the day-of-month goes from 1 to 31"),
        ("0 0 * * 8", "UTC", "the day-of-week goes from 0 to 7"),
        ("* * * * * *", "UTC", "not a schedule"),
        ("0 6 * * *", "Mars/Base", "time zone"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(expression: str, zone: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        next_due(expression, time_zone=zone, after=utc(2026, 1, 1))
    assert caught.value.hint


@pytest.mark.parametrize(
    ("minutes", "words", "often"),
    [
        (1, "1 minute", "every minute"),
        (15, "15 minutes", "every 15 minutes"),
        (60, "1 hour", "every hour"),
        (375, "6 hours 15 minutes", "every 6 hours 15 minutes"),
        (1440, "1 day", "every day"),
        (168 * 60 + 15, "7 days 15 minutes", "every 7 days 15 minutes"),
    ],
)
def test_intervals_are_said_as_people_say_them(minutes: int, words: str, often: str) -> None:
    every = timedelta(minutes=minutes)
    assert (in_words(every), how_often(every)) == (words, often)


def test_crons_are_said_in_the_singular_too() -> None:
    assert cron_words.in_words("*/1 * * * *") == "Every minute"
    assert cron_words.in_words("1 * * * *") == "Every hour, at 1 minute past"
