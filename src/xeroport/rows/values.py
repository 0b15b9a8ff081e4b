"""Values of any source → the few kinds that a record is made of, by one rule for all.

What comes out is text, a whole number, a Decimal, a boolean, a date, a datetime, a list, a dict,
or None where nothing stands: NaN, NA and NaT are nothing. A value that is none of these is
`UnfitValue`, with the reason; it stops its record only if the record uses it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any
from uuid import UUID

EXACT = 1 << 53
"""From here on a float no longer holds every whole number."""
WIDEST = 40
"""Digits before or after the decimal point that a number may have; Xero takes far fewer."""
SURE_DIGITS = 15
"""Significant digits that a float always holds."""
NOISE_DIGITS = 3
"""A float is noise around a shorter number if that saves at least so many digits."""
NOISE_PLACES = 9
"""Decimals that a number has at least when a float's noise is in it."""
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""Characters that nobody sees, which copying leaves at the ends of a text."""
MOST_SHOWN = 60
"""Characters of a value that a message shows."""
DEEPEST = 50
"""Lists and mappings inside each other; Xero's own records have five."""


@dataclass(frozen=True, slots=True)
class UnfitValue:
    """A value that no field can take, and why."""

    why: str

    def __str__(self) -> str:
        return self.why


def normal(value: Any, depth: int = 0) -> Any:
    """A value as one of the kinds above; `UnfitValue` where it is none of them."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _text(value)
    if value is None or kind is bool or kind is UnfitValue:
        return value
    if kind is int:
        return _whole(value)
    if kind is float:
        return _float(value)
    if kind is Decimal:
        return _decimal(value)
    if kind is dict or isinstance(value, Mapping):
        return _mapping(value, depth)
    if kind is list or kind is tuple:
        return _list(value, depth)
    if kind is date or kind is datetime:
        return value
    return _other(value, depth)


def is_nothing(value: Any) -> bool:
    """Whether a normal value says nothing: None, blank text, or a list or dict of only those."""
    if value is None:
        return True
    if isinstance(value, str):
        return not ("!" <= value[:1] <= "~") and not trimmed(value)
    if isinstance(value, Mapping):
        return all(map(is_nothing, value.values()))
    return isinstance(value, list) and all(map(is_nothing, value))


def unfit_in(value: Any) -> str | None:
    """Why a normal value, or one inside it, can be used by nobody; None where all can."""
    if isinstance(value, UnfitValue):
        return value.why
    if isinstance(value, Mapping):
        return next(filter(None, map(unfit_in, value.values())), None)
    if isinstance(value, list):
        return next(filter(None, map(unfit_in, value)), None)
    return None


def text_of(value: Any) -> str:
    """A normal value as text, for keys, text fields and messages: `1001`, never `1001.0`."""
    if type(value) is str:
        return trimmed(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | float):
        return shown(value if isinstance(value, Decimal) else Decimal(repr(value)))
    if isinstance(value, datetime):
        if value.hour == value.minute == value.second == value.microsecond == 0:
            return value.date().isoformat()
        return value.isoformat(sep=" ")
    return trimmed(str(value))


def short(value: Any) -> str:
    """A value for a message, cut where it is long; lists and objects as JSON."""
    is_inside = isinstance(value, dict | list)
    text = json.dumps(value, default=str, ensure_ascii=False) if is_inside else str(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…"


def trimmed(text: str) -> str:
    """A text without blanks and invisible characters at its ends."""
    text = text.strip()
    if text.isascii() or (text[0] not in INVISIBLE and text[-1] not in INVISIBLE):
        return text
    return text.strip(f"{INVISIBLE} \t\r\n\xa0")


def shown(number: Decimal) -> str:
    """A finite number digit by digit, without zeros that say nothing."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def whole_in_json(text: str) -> Any:
    """A whole number of a JSON text, or `UnfitValue` where it is beyond every field of Xero's."""
    return int(text) if len(text) < WIDEST else _digits(text)


def decimal_in_json(text: str) -> Any:
    """A number of a JSON text that has a point or an exponent: exact, or `UnfitValue`."""
    if len(text) <= SURE_DIGITS and "e" not in text and "E" not in text:
        return Decimal(text) or Decimal(0)
    try:
        return _decimal(Decimal(text))
    except InvalidOperation:
        return UnfitValue(f"`{text[:40]}` is not a number that can be kept")


def is_normal_json(text: str) -> bool:
    """Whether what a JSON text says is of the few kinds as it is read: it has nothing that may be
    half of a character, no number that is none, and nothing stands too deep."""
    if "\\u" in text or "NaN" in text or "Infinity" in text:
        return False
    return text.count("{") + text.count("[") < DEEPEST


def shortest(number: Decimal) -> Decimal:
    """The number that a float's noise hides: 0.3 for 0.30000000000000004. Others stay."""
    _, figures, exponent = number.as_tuple()
    digits = len(figures)
    if not SURE_DIGITS < digits <= 17 or -int(exponent) < NOISE_PLACES:
        return number
    near = float(number)
    if Decimal(repr(near)) != number:
        return number
    short = Decimal(f"{near:.{SURE_DIGITS}g}").normalize()
    return short if digits - len(short.as_tuple().digits) >= NOISE_DIGITS else number


def _digits(text: str) -> Any:
    return _whole(int(text)) if len(text) <= WIDEST + 1 else _too_wide(text)


def _whole(value: int) -> Any:
    return value if abs(value) < 10**WIDEST else _too_wide(f"{Decimal(value):.3e}")


def _float(value: float) -> Any:
    if value != value:
        return None
    if value in (float("inf"), float("-inf")):
        return UnfitValue(f"`{value}` is not a number")
    if value.is_integer():
        if abs(value) >= EXACT:
            return UnfitValue(
                f"`{value:.17g}` has lost digits on its way: give long numbers as text"
            )
        return int(value)
    return _decimal(Decimal(repr(value)))


def _decimal(value: Decimal) -> Any:
    if not value.is_finite():
        return None if value.is_nan() else UnfitValue(f"`{value}` is not a number")
    if not value:
        return Decimal(0)
    _, figures, exponent = value.as_tuple()
    if value.adjusted() > WIDEST or int(exponent) < -WIDEST:
        return _too_wide(f"{value:.3e}" if len(str(value)) > WIDEST else str(value))
    return value if len(figures) <= SURE_DIGITS else shortest(value)


def _too_wide(text: str) -> UnfitValue:
    return UnfitValue(f"`{text[:WIDEST]}` has more digits than any field of Xero's takes")


def _text(value: str) -> Any:
    try:
        value.encode()
    except UnicodeEncodeError:
        return UnfitValue("the text contains half a character: a surrogate without its pair")
    return value


def _mapping(value: Mapping[Any, Any], depth: int) -> Any:
    if depth >= DEEPEST:
        return UnfitValue(f"more than {DEEPEST} lists and objects are nested in each other")
    out: dict[str, Any] = {}
    for name, inner in value.items():
        if not isinstance(name, str):
            return UnfitValue(
                f"the name `{name}` of a field is a `{type(name).__name__}`, not text"
            )
        out[name] = normal(inner, depth + 1)
    return out


def _list(value: Iterable[Any], depth: int) -> Any:
    if depth >= DEEPEST:
        return UnfitValue(f"more than {DEEPEST} lists and objects are nested in each other")
    return [normal(inner, depth + 1) for inner in value]


def _other(value: Any, depth: int) -> Any:
    """Subclasses, and the values of pandas, numpy and Arrow, by what they offer."""
    if isinstance(value, Enum):
        return normal(value.value, depth)
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return _whole(int(value))
    if isinstance(value, float):
        return _float(float(value))
    if isinstance(value, Decimal):
        return _decimal(Decimal(value))
    if isinstance(value, UUID):
        return str(value)
    name = type(value).__name__
    if name in ("NAType", "NaTType") or _is_not_a_time(value):
        return None
    if name in ("float16", "float32"):
        return _float(float(str(value)))
    if isinstance(value, datetime):
        plain = getattr(value, "to_pydatetime", None)
        return plain(warn=False) if plain is not None else value
    if isinstance(value, date):
        return value
    if isinstance(value, tuple):
        return _list(value, depth)
    for unpack in ("as_py", "tolist"):
        inner = getattr(value, unpack, None)
        if callable(inner):
            plain = inner()
            if type(plain) is not type(value):
                return normal(plain, depth)
    return UnfitValue(f"a `{name}` is not a value that can be sent: give text, a number or a date")


def _is_not_a_time(value: Any) -> bool:
    """Numpy's NaT, the only value of its kind that is not itself."""
    return type(value).__name__ in ("datetime64", "timedelta64") and bool(value != value)
