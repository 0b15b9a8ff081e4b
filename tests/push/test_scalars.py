"""Numbers of records that are numbers already are taken as those that are written as text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from xeroport.catalogue import Field, load
from xeroport.records.readings import Readings
from xeroport.records.scalars import decimals_of, scalar, trim
from xeroport.rows.values import shown

LINE = load().records["LineItem"].by_name
FIELDS = [LINE["UnitAmount"], LINE["Quantity"], LINE["LineAmount"], LINE["DiscountRate"]]
NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12),
    st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=3),
    st.builds(Decimal, st.from_regex(r"-?[0-9]{1,9}(\.[0-9]{1,8})?(E[+-]?[0-9])?", fullmatch=True)),
)


def _outcome(spec: Field, value: Any) -> Any:
    try:
        return str(scalar(spec, (spec.name,), value, Readings()))
    except ValueError as error:
        return str(error).partition("` ")[2]


@given(st.sampled_from(FIELDS), NUMBERS)
@example(LINE["Quantity"], Decimal("1E+3"))
@example(LINE["UnitAmount"], Decimal("-0.00"))
@example(LINE["UnitAmount"], Decimal("0.00001"))
@example(LINE["LineAmount"], True)
def test_a_number_is_what_its_text_is(spec: Field, value: Any) -> None:
    if isinstance(value, bool):
        assert "not a number" in _outcome(spec, value)
    else:
        assert _outcome(spec, value) == _outcome(spec, shown(Decimal(value)))


@given(NUMBERS.map(Decimal).map(trim))
@example(Decimal("1E+3"))
@example(Decimal("0E-9"))
@example(Decimal("1E-7"))
def test_decimals_are_counted(number: Decimal) -> None:
    assert decimals_of(number) == max(-int(number.as_tuple().exponent), 0)
