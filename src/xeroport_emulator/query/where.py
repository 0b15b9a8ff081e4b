"""The `where` language of Xero: a lexer, a parser by precedence, and tests of records.

    or      := and ( (OR | ||) and )*
    and     := not ( (AND | &&) not )*
    not     := ( NOT | ! ) not | compare
    compare := operand ( (== | = | != | <> | > | >= | < | <=) operand )?
    operand := simple ( .Method(literal) )*
    simple  := field | field.Method(literal) | "text" | number | true | false
             | null | Guid("…") | DateTime(y,m,d[,h,m,s]) | ( or )

A literal cannot hold a double quote: there is no escape, as at Xero. Texts compare without regard
to case in `==`, with regard to it in Contains, StartsWith and EndsWith. A comparison with a
missing value is false, but for `!=`; a method on a missing value is false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from xeroport_emulator.http.refusals import query_error
from xeroport_emulator.http.routes import is_guid
from xeroport_emulator.organisation.organisation import Organisation
from xeroport_emulator.query.select import Test
from xeroport_emulator.query.values import reader, spelled

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")
         |(?P<number>-?\d+(?:\.\d+)?[mM]?)
         |(?P<name>\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
         |(?P<sign>==|!=|<>|>=|<=|&&|\|\||[=<>!(),]))""",
    re.VERBOSE,
)
_SIGNS = {"=": "==", "<>": "!=", "&&": "AND", "||": "OR", "!": "NOT"}
_WORDS = {"and": "AND", "or": "OR", "not": "NOT"}
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_CHANGES: dict[str, Callable[[str], str]] = {"tolower": str.lower, "toupper": str.upper}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_KINDS = {
    "text": "String",
    "uuid": "Guid",
    "money": "Decimal",
    "number": "Decimal",
    "integer": "Int32",
    "boolean": "Boolean",
    "date": "DateTime?",
    "timestamp": "DateTime?",
}
_FAMILY = {"Int32": "Decimal", "DateTime?": "DateTime", "Guid?": "Guid"}


_END = ("end", "", 0)


@dataclass(frozen=True)
class _Value:
    """An operand: how to get it from a record, and its .NET type (`Null` for null)."""

    get: Callable[[dict[str, Any]], Any]
    kind: str
    literal: Any = None


def _tokens(text: str) -> list[tuple[str, str, int]]:
    """Kinds and texts; a `bad` one, with its message, ends them where no token is to be found."""
    found: list[tuple[str, str, int]] = []
    place = 0
    while place < len(text.rstrip()):
        token = _TOKEN.match(text, place)
        if token is None:
            rest = text[place:].lstrip()
            unended = rest.startswith('"')
            problem = "Unterminated string literal" if unended else f"Syntax error '{rest[:1]}'"
            found.append(("bad", problem, place))
            break
        kind = token.lastgroup or ""
        value = token[kind]
        if kind == "sign":
            value = _SIGNS.get(value, value)
        elif kind == "name" and value.lower() in _WORDS:
            kind, value = "sign", _WORDS[value.lower()]
        found.append((kind, value, token.start(token.lastgroup or "")))
        place = token.end()
    return found


class _Parser:
    def __init__(
        self, organisation: Organisation, kind: str, text: str, hidden: frozenset[str]
    ) -> None:
        self.organisation = organisation
        self.kind = kind
        self.hidden = hidden
        self.tokens = _tokens(text)
        self.place = 0
        self.depth = 0

    def parse(self) -> Test:
        if not self.tokens:
            raise query_error("Expression expected")
        test = self._any()
        if self.place < len(self.tokens):
            raise query_error("Syntax error")
        return test

    def _peek(self) -> tuple[str, str]:
        kind, value, _ = self.tokens[self.place] if self.place < len(self.tokens) else _END
        if kind == "bad":
            raise query_error(value)
        return kind, value

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self.place += 1
        return token

    def _taken(self, sign: str) -> bool:
        if self._peek() == ("sign", sign):
            self.place += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._taken(sign):
            raise query_error(f"'{sign}' expected")

    def _any(self) -> Test:
        terms = [self._all()]
        while self._taken("OR"):
            terms.append(self._all())
        if len(terms) == 1:
            return terms[0]
        return lambda record: any(term(record) for term in terms)

    def _all(self) -> Test:
        terms = [self._not()]
        while self._taken("AND"):
            terms.append(self._not())
        if len(terms) == 1:
            return terms[0]
        return lambda record: all(term(record) for term in terms)

    def _not(self) -> Test:
        self.depth += 1
        if self.depth > 60:
            raise query_error("Syntax error: the expression is nested too deeply")
        try:
            if self._taken("NOT"):
                inner = self._not()
                return lambda record: not inner(record)
            if self._taken("("):
                inner = self._any()
                self._expect(")")
                return inner
            return self._comparison()
        finally:
            self.depth -= 1

    def _comparison(self) -> Test:
        left = self._operand()
        kind, sign = self._peek()
        if kind != "sign" or sign not in _COMPARE:
            if left.kind != "Boolean":
                raise query_error("Expression of type 'Boolean' expected")
            return lambda record: left.get(record) is True
        self.place += 1
        return _compared(sign, left, self._operand())

    def _operand(self) -> _Value:
        value = self._simple()
        while (token := self._peek())[0] == "name" and token[1].startswith("."):
            self.place += 1
            self._expect("(")
            value = _applied(value, token[1][1:], self._arguments())
        return value

    def _simple(self) -> _Value:
        at = self.tokens[self.place][2] if self.place < len(self.tokens) else 0
        kind, value = self._next()
        if kind == "text":
            return _literal(value[1:-1], "String")
        if kind == "number":
            return _literal(Decimal(value.rstrip("mM")), "Decimal")
        if kind != "name":
            raise query_error("Expression expected")
        low = value.lower()
        if low in ("true", "false"):
            return _literal(low == "true", "Boolean")
        if low == "null":
            return _literal(None, "Null")
        if self._peek() == ("sign", "("):
            self.place += 1
            return self._call(value, at)
        return self._field(value, at)

    def _arguments(self) -> list[_Value]:
        found: list[_Value] = []
        if self._taken(")"):
            return found
        while True:
            found.append(self._operand())
            if self._taken(")"):
                return found
            self._expect(",")

    def _call(self, name: str, at: int) -> _Value:
        arguments = self._arguments()
        low = name.lower()
        values = [argument.literal for argument in arguments]
        if low == "guid":
            if len(values) != 1 or not isinstance(values[0], str) or not is_guid(values[0]):
                raise query_error("Guid should contain 32 digits with 4 dashes")
            return _literal(str(UUID(values[0])), "Guid")
        if low in ("datetime", "datetime.parse"):
            return _literal(_moment(values), "DateTime")
        field, _, method = name.rpartition(".")
        if not field:
            raise query_error(f"No applicable method '{name}' exists in type '{self.kind}'")
        return _applied(self._field(field, at), method, arguments)

    def _field(self, name: str, at: int) -> _Value:
        path, type_ = spelled(self.kind, name, at=at)
        if path.partition(".")[0] in self.hidden:
            raise query_error(f"The field '{path}' cannot be used together with summaryOnly")
        return _Value(reader(self.organisation, self.kind, path), _KINDS.get(type_, "Object"))


def _applied(value: _Value, method: str, arguments: list[_Value]) -> _Value:
    """What a method of a text makes of it; Xero's 400 if there is no such method."""
    get, low = value.get, method.lower()
    if value.kind == "String" and low in _CHANGES and not arguments:
        change = _CHANGES[low]

        def changed(record: dict[str, Any]) -> str | None:
            text = get(record)
            return change(text) if isinstance(text, str) else None

        return _Value(changed, "String")
    part = arguments[0].literal if len(arguments) == 1 else None
    if value.kind != "String" or low not in _METHODS or not isinstance(part, str):
        raise query_error(f"No applicable method '{method}' exists in type '{value.kind}'")
    test = _METHODS[low]

    def matches(record: dict[str, Any]) -> bool:
        text = get(record)
        return isinstance(text, str) and test(text, part)

    return _Value(matches, "Boolean")


def _moment(values: list[Any]) -> datetime:
    try:
        if len(values) == 1 and isinstance(values[0], str):
            return datetime.fromisoformat(values[0]).replace(tzinfo=None)
        if len(values) not in (3, 6):
            raise ValueError(values)
        year, month, day, *rest = (int(value) for value in values)
        hour, minute, second = rest or (0, 0, 0)
        return datetime(year, month, day, hour, minute, second)
    except (TypeError, ValueError, OverflowError) as error:
        raise query_error("No applicable constructor exists in type 'DateTime'") from error


def _literal(value: Any, kind: str) -> _Value:
    return _Value(lambda record: value, kind, literal=value)


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return value


def _compared(sign: str, left: _Value, right: _Value) -> Test:
    kinds = {_FAMILY.get(each.kind, each.kind) for each in (left, right)} - {"Null"}
    equality = sign in ("==", "!=")
    if len(kinds) > 1 or (kinds & {"Boolean", "Object", "Guid"} and not equality):
        raise query_error(
            f"Operator '{sign}' incompatible with operand types '{left.kind}' and '{right.kind}'"
        )
    compare = _COMPARE[sign]
    first, second = left.get, right.get

    def test(record: dict[str, Any]) -> bool:
        one, other = _comparable(first(record)), _comparable(second(record))
        if one is None or other is None:
            return equality and compare(one, other)
        return compare(one, other)

    literal = _comparable(right.literal)

    def test_against(record: dict[str, Any]) -> bool:
        one = _comparable(first(record))
        return (equality or one is not None) and compare(one, literal)

    return test if literal is None else test_against


def compiled(
    organisation: Organisation, kind: str, text: str, hidden: frozenset[str] = frozenset()
) -> Test:
    """The test a `where` text stands for, over records of that type; Xero's 400 otherwise, also
    for fields that the reply hides."""
    return _Parser(organisation, kind, text, hidden).parse()
