"""What Xero reads loosely: numbers, dates, names of fields."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xeroport.catalogue import load
from xeroport_emulator.http.coerce import Unreadable, coerce, scalar


@pytest.mark.parametrize(
    ("sent", "day"),
    [
        ("2026-07-01", date(2026, 7, 1)),
        ("2026-07-01T00:00:00", date(2026, 7, 1)),
        ("2026-07-01T00:00:00Z", date(2026, 7, 1)),
        ("/Date(1539993600000+0000)/", date(2018, 10, 20)),
        ("/Date(1573755038314)/", date(2019, 11, 14)),
        ("/Date(-86400000)/", date(1969, 12, 31)),
        # midnight in Auckland is still the day before in UTC: the date slips
        ("2026-07-01T00:00:00+12:00", date(2026, 6, 30)),
        ("2026-07-01T22:00:00-05:00", date(2026, 7, 2)),
    ],
)
def test_dates_are_read_in_three_forms_and_slip_with_an_offset(sent: str, day: date) -> None:
    assert scalar("date", sent) == day


def test_timestamps_are_turned_into_utc() -> None:
    assert scalar("timestamp", "2026-07-01T10:00:00+02:00") == datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("sent", ["12.50", 12.5, Decimal("12.50"), " 12.50 "])
def test_numbers_may_be_text(sent: Any) -> None:
    assert scalar("money", sent) == Decimal("12.5")


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        ("money", "abc"), ("money", True), ("money", "NaN"), ("money", "1E+40"), ("money", {}),
        ("integer", "1.5"), ("boolean", "perhaps"), ("date", "2026-13-01"), ("date", 5),
        ("date", "1600-01-01"), ("uuid", "not-a-guid"), ("text", {}), ("text", []),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(kind: str, sent: Any) -> None:
    with pytest.raises(Unreadable):
        scalar(kind, sent)


def test_fields_are_found_in_any_case_and_unknown_ones_left_out() -> None:
    values, problems = coerce(
        load(), "Invoice", {"type": "ACCREC", "Nonsense": 1, "Url": None, "lineitems": [{}]}
    )
    assert values == {"Type": "ACCREC", "LineItems": [{}]}
    assert problems == []


def test_an_id_of_zeros_is_no_id() -> None:
    values, _ = coerce(load(), "Contact", {"ContactID": "00000000-0000-0000-0000-000000000000"})
    assert values == {}


def test_what_is_too_long_or_unreadable_is_told_by_field() -> None:
    _, problems = coerce(load(), "Item", {"Code": "x" * 31, "IsSold": "maybe"})
    assert problems == [
        "The field Code is too long. Maximum of 30 characters allowed",
        "The value 'maybe' is not valid for the field IsSold.",
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.decimals(allow_nan=False) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
NAMES = st.sampled_from([each.name for each in load().record("Invoice").fields])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, ANYTHING))
def test_nothing_that_is_sent_breaks_the_reading(element: dict[str, Any]) -> None:
    values, _ = coerce(load(), "Invoice", element)
    assert set(values) <= set(element)
