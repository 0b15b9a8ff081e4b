"""A person's dates, in the instance's time zone, from the moment of asking.

Expectations are worked out by hand: New Zealand is at +13:00 from 27 September 2026 to 4 April
2027 and at +12:00 otherwise; London's clocks go back on 25 October 2026.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xeroport.dates import to_date, to_instant
from xeroport.errors import InputError

ASKED = datetime(2026, 11, 1, 11, 30, tzinfo=UTC)  # 2 November, 00:30 in Auckland
AUCKLAND = {"time_zone": "Pacific/Auckland"}


@pytest.mark.parametrize(
    ("text", "utc", "auckland"),
    [
        ("today", date(2026, 11, 1), date(2026, 11, 2)),
        ("Yesterday", date(2026, 10, 31), date(2026, 11, 1)),
        ("tomorrow", date(2026, 11, 2), date(2026, 11, 3)),
        ("-7d", date(2026, 10, 25), date(2026, 10, 26)),
        ("+2w", date(2026, 11, 15), date(2026, 11, 16)),
        ("-1mo", date(2026, 10, 1), date(2026, 10, 2)),
        ("-1y", date(2025, 11, 1), date(2025, 11, 2)),
        ("-12h", date(2026, 10, 31), date(2026, 11, 1)),
        ("2026-07-01", date(2026, 7, 1), date(2026, 7, 1)),
        ("2026-07-01T23:30:00Z", date(2026, 7, 1), date(2026, 7, 2)),
    ],
)
def test_dates(text: str, utc: date, auckland: date) -> None:
    assert to_date(text, ASKED) == utc
    assert to_date(text, ASKED, **AUCKLAND) == auckland


@pytest.mark.parametrize(
    ("text", "utc", "auckland"),
    [
        ("now", "2026-11-01T11:30", "2026-11-01T11:30"),
        ("today", "2026-11-01T00:00", "2026-11-01T11:00"),
        ("yesterday", "2026-10-31T00:00", "2026-10-31T11:00"),
        ("-90min", "2026-11-01T10:00", "2026-11-01T10:00"),
        ("-7d", "2026-10-25T11:30", "2026-10-25T11:30"),
        ("-2mo", "2026-09-01T11:30", "2026-09-01T12:30"),
        ("2026-07-01", "2026-07-01T00:00", "2026-06-30T12:00"),
        ("2026-07-01T09:00", "2026-07-01T09:00", "2026-06-30T21:00"),
        ("2026-07-01T09:00+02:00", "2026-07-01T07:00", "2026-07-01T07:00"),
        ("2026-07-01 09:00:30Z", "2026-07-01T09:00:30", "2026-07-01T09:00:30"),
    ],
)
def test_instants(text: str, utc: str, auckland: str) -> None:
    assert to_instant(text, ASKED) == datetime.fromisoformat(utc + "+00:00")
    assert to_instant(text, ASKED, **AUCKLAND) == datetime.fromisoformat(auckland + "+00:00")


def test_a_week_over_a_change_of_the_clocks_keeps_the_time_of_day() -> None:
    asked = datetime(2026, 10, 28, 9, 0, tzinfo=UTC)  # 09:00 in London, in winter
    found = to_instant("-7d", asked, time_zone="Europe/London")
    assert found == datetime(2026, 10, 21, 8, 0, tzinfo=UTC)  # 09:00 in London, in summer


@pytest.mark.parametrize(
    ("shape", "text", "meant"),
    [
        ("DD/MM/YYYY", "03/04/2026", date(2026, 4, 3)),
        ("MM/DD/YYYY", "03/04/2026", date(2026, 3, 4)),
        ("D.M.YY", "3.4.26", date(2026, 4, 3)),
        ("D MMM YYYY", "3 apr 2026", date(2026, 4, 3)),
        ("YYYYMMDD", "20260403", date(2026, 4, 3)),
        ("DD/MM/YYYY", "2026-04-03", date(2026, 4, 3)),
    ],
)
def test_the_instance_s_own_format(shape: str, text: str, meant: date) -> None:
    assert to_date(text, ASKED, date_format=shape) == meant


@pytest.mark.parametrize(
    "text",
    ["", "soon", "7d", "-7", "2026-02-30", "2026-13-01", "03/04/2026", "-99999y", "2026-1-1",
     "2026-07-01T25:00"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    for read in (to_date, to_instant):
        with pytest.raises(InputError) as caught:
            read(text, ASKED)
        assert f"`{text}`" in caught.value.message


def test_the_last_day_of_a_shorter_month() -> None:
    assert to_date("-1mo", datetime(2026, 3, 31, 12, tzinfo=UTC)) == date(2026, 2, 28)
    assert to_date("-1y", datetime(2028, 2, 29, 12, tzinfo=UTC)) == date(2027, 2, 28)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(["Asia/Kolkata", "UTC"]))
def test_every_date_comes_back(day: date, zone: str) -> None:
    for shape, text in (
        ("YYYY-MM-DD", day.isoformat()),
        ("DD/MM/YYYY", f"{day:%d/%m/}{day.year:04}"),
        ("D.M.YYYY", f"{day.day}.{day.month}.{day.year:04}"),
    ):
        assert to_date(text, ASKED, time_zone=zone, date_format=shape) == day
        begun = to_instant(text, ASKED, time_zone="UTC", date_format=shape)
        assert begun == datetime(day.year, day.month, day.day, tzinfo=UTC)
