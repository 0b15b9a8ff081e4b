"""Any JSON value in any field of a push arrives as itself, or is told; nothing is made of it."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from records_of import records_of

from xeroport.rows.numbers import number_of
from xeroport.rows.values import trimmed
from xeroport.rows.written_dates import date_of
from xeroport.xero.wire.encode import encode

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**45), 10**45)
    | st.integers(-5_000, 5_000)
    | st.floats()
    | st.decimals(-10_000, 10_000, places=3).map(float)
    | st.text(max_size=20)
    | st.dates().map(date.isoformat)
    | st.dates(date(1999, 1, 1), date(2050, 1, 1)).map(lambda day: day.strftime("%d/%m/%Y"))
    | st.integers(-(10**14), 10**14).map(lambda ms: f"/Date({ms}+0000)/")
    | st.from_regex(r"\A-?[0-9]{1,7}([.,][0-9]{1,5})?\Z")
    | st.from_regex(r"\A\(?[£$]?[0-9]{1,3}(,[0-9]{3})*(\.[0-9]{2})?\)?%?\Z")
    | st.sampled_from(
        ["nan", "NaN", "null", "None", "1e5", "1e400", "\ud800", "\x00", "=1+1", "  "]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
FIELDS = (
    "Reference",
    "Url",
    "Date",
    "DueDate",
    "CurrencyRate",
    "SentToContact",
    "Contact.Name",
    "LineItems.UnitAmount",
    "LineItems.Quantity",
    "LineItems.AccountCode",
    "LineItems.Description",
)


def row(field: str, value: Any) -> dict[str, Any]:
    line: dict[str, Any] = {"Description": "W", "Quantity": 1, "UnitAmount": 5}
    out: dict[str, Any] = {"Type": "ACCREC", "InvoiceNumber": "A-1", "Contact": {"Name": "X"}}
    out["LineItems"] = [line]
    holder, name = out, field
    if field.startswith("LineItems."):
        holder, name = line, field.removeprefix("LineItems.")
    elif field.startswith("Contact."):
        holder, name = out["Contact"], field.removeprefix("Contact.")
    holder[name] = value
    return out


def sent_of(field: str, values: dict[str, Any]) -> Any:
    value: Any = values
    for part in field.split("."):
        value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, list):
            value = value[0] if value else None
    return value


def is_itself(field: str, given_value: Any, sent: Any) -> bool:
    """Whether what is sent is what was given, in the way that a field of its type writes it."""
    if sent is None or sent == "":
        nothing = given_value is None or given_value in ("", [], {})
        is_blank = isinstance(given_value, str) and not trimmed(given_value)
        is_nan = isinstance(given_value, float) and math.isnan(given_value)
        return nothing or is_blank or is_nan
    if isinstance(sent, bool):
        words = {"true", "yes", "y", "1"} if sent else {"false", "no", "n", "0"}
        return str(given_value).strip().lower().removesuffix(".0").lstrip("-") in words
    if isinstance(sent, date):
        return date_of(str(given_value), None) == sent
    if isinstance(sent, Decimal | int):
        if isinstance(given_value, str):
            read = number_of(given_value.strip()) or number_of(given_value.strip(), ",")
            assert read is not None
            number, is_percent = read
            return (number / 100 if is_percent else number) == sent
        return math.isclose(float(given_value), float(sent), rel_tol=1e-14)
    if isinstance(given_value, str):
        return given_value.strip() == sent
    if isinstance(given_value, bool):
        return sent == str(given_value).lower()
    if re.fullmatch(r"-?\d+(\.\d+)?", sent):
        return math.isclose(float(sent), float(given_value), rel_tol=1e-14)
    return False


@pytest.mark.parametrize("field", FIELDS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=VALUES)
def test_any_value_arrives_as_itself_or_is_told(field: str, value: Any) -> None:
    ((_, values, messages),) = records_of("invoices.create", [row(field, value)])
    if not messages:
        json.loads(encode(values))
        assert is_itself(field, value, sent_of(field, values)), (value, sent_of(field, values))


def arrived(field: str, value: Any) -> Any:
    """What is sent of a value that nothing is wrong with."""
    ((_, values, messages),) = records_of("invoices.create", [row(field, value)])
    assert messages == []
    return sent_of(field, values)


@pytest.mark.parametrize("field", ["CurrencyRate", "LineItems.UnitAmount", "LineItems.Quantity"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(number=st.decimals("0.0001", 90_000, places=4), form=st.sampled_from((float, str, Decimal)))
def test_any_number_of_four_places_arrives(field: str, number: Decimal, form: Any) -> None:
    assert arrived(field, form(number)) == number


FORMS = (date, date.isoformat, "{:%d %b %Y}".format, "{:%A, %B %d, %Y}".format, "{:%Y%m%d}".format)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(day=st.dates(date(1980, 1, 1), date(2099, 12, 31)), form=st.sampled_from(FORMS))
def test_any_day_arrives(day: date, form: Any) -> None:
    assert arrived("DueDate", day if form is date else form(day)) == day


WORDS = st.text(st.characters(categories=("L", "N"), max_codepoint=0x24F), min_size=1, max_size=9)


@pytest.mark.parametrize("field", ["Reference", "LineItems.Description"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=st.lists(WORDS, min_size=2, max_size=4))
def test_any_words_arrive(field: str, words: list[str]) -> None:
    assert arrived(field, f"Re: {' '.join(words)}") == f"Re: {' '.join(words)}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=st.floats(-1e15, 1e15) | st.text(max_size=8) | st.booleans() | st.none())
def test_a_file_of_json_says_the_same_as_python(value: Any) -> None:
    rows = [row("LineItems.UnitAmount", value)]
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.json")
        path.write_text(json.dumps(rows))
        from_file = records_of("invoices.create", path)
    assert [each[1] for each in from_file] == [
        each[1] for each in records_of("invoices.create", rows)
    ]
