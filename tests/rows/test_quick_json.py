"""A record of JSON says the same by the quick decoder as by the one that looks at each name."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from xeroport.rows import json_stream
from xeroport.rows.json_stream import DECODER, normal_record, record_in

ODD_NUMBERS = (
    *("0", "-0", "-0.0", "0.1000", "1e5", "1E-7", "1e400", "1e-400", "1e99999999999", "12.50"),
    *("9007199254740993", "9" * 38, "9" * 39, "-" + "9" * 39, "9" * 41, "9" * 60, "9" * 5000),
    *("0.30000000000000004", "12345678901234567890.123", "NaN", "-Infinity", "01", "1.", ".5"),
)
NAMES = st.sampled_from(["a", "A", "\\u0061", "b", "", "a:b", "\u00e9", 'a\\"', "\\ud800", "x y"])
TEXTS = st.one_of(
    st.text(max_size=6).map(json.dumps),
    st.text(max_size=6).map(lambda text: json.dumps(text, ensure_ascii=False)),
    st.sampled_from(
        ['":"', '"\\":"', '"12:30:00"', '"\\ud800"', '"\\ud83d\\ude00"', '"{["', '"\\/"', '"\t"']
    ),
)
SPACE = st.sampled_from(["", "", "", " ", "\t", "  ", "\r"])
LEAVES = st.one_of(TEXTS, st.sampled_from([*ODD_NUMBERS, "true", "null", "nul", "{}", "[]", ""]))


def _objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.builds(
        lambda name, before, after, value: f'"{name}"{before}:{after}{value}',
        NAMES, SPACE, SPACE, inner,
    )  # fmt: skip
    return st.lists(pairs, max_size=4).map(lambda found: "{" + ", ".join(found) + "}")


def _lists(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, max_size=3).map(lambda found: "[" + ",".join(found) + "]")


VALUES = st.recursive(LEAVES, lambda inner: st.one_of(_objects(inner), _lists(inner)), max_leaves=8)
LINES = st.builds(
    lambda text, ending: text + ending,
    st.one_of(_objects(VALUES), VALUES),
    st.sampled_from(["", "\n", " \r\n", "}", " {}", "\x00"]),
)


def _with_kinds(value: Any) -> Any:
    """A value with the type of each of its parts: 1 and 1.0 and True are not the same."""
    if isinstance(value, dict):
        return {name: _with_kinds(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_kinds(inner) for inner in value]
    return type(value).__name__, repr(value)


def _outcome(decode: Any, text: str) -> Any:
    try:
        return _with_kinds(decode(text))
    except json.JSONDecodeError as error:
        return str(error)
    except RecursionError:
        return "too deep"


def _by_names(text: str) -> Any:
    return normal_record(DECODER.decode(text), text)


@settings(max_examples=100, deadline=None)
@given(LINES)
@example('{"a":":","a":1}')
@example('{"a":"x","\\u0061":"y"}')
@example('{"a":{"b":1,"b":2},"c" :"d"}')
@example('[{"a":1,"a":2}]')
@example('{"a":1,"a":%s}' % ("9" * 60))
@example('{"a":' * 60 + "1" + "}" * 60)
@example("[" * 5000)
@example('{"a":"\ud800"}')
def test_the_quick_decoder_says_what_the_other_says(text: str) -> None:
    assert _outcome(record_in, text) == _outcome(_by_names, text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('{"A": [{"B": 0.25, "C": 2}], "D": {}}', {"A": [{"B": Decimal("0.25"), "C": 2}], "D": {}}),
        ('{"DateString": "2026-11-01T00:00:00"}', {"DateString": "2026-11-01T00:00:00"}),
    ],
)
def test_usual_records_need_only_the_quick_decoder(
    text: str, wanted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(json_stream, "DECODER")
    assert record_in(text) == wanted
