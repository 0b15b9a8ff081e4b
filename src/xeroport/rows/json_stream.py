"""Records of a JSON text, one at a time: an array, an envelope, one object, or one per line.

A record that is not valid JSON is reported and left out, so that one reading finds all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from xeroport.rows.values import (
    DEEPEST,
    WIDEST,
    UnfitValue,
    decimal_in_json,
    is_normal_json,
    normal,
    short,
    text_of,
    whole_in_json,
)

CHUNK = 1 << 20
LARGEST = 32 << 20
"""Characters of one record: more is a broken file, and is not read to its end."""
NOT_SURE = 10
"""Characters before the end of what was read in which an error may only say that it ends there."""
STRUCTURE = re.compile(r'["{}\[\],\n\\]')
SPACE = re.compile(r"[ \t\r\n,]*")
BLANK = re.compile(r"[ \t\r\n]*")
SPACES = r"[ \t\r\n]*"
AROUND = (
    rf'(?:"(?:Id|Status|ProviderName|DateTimeUTC)"{SPACES}:{SPACES}"[^"]*"'
    rf'|"pagination"{SPACES}:{SPACES}\{{[^{{}}]*\}}){SPACES},{SPACES}'
)
"""What Xero writes around the list of a reply."""
ENVELOPE = re.compile(
    rf'\{{{SPACES}(?P<around>(?:{AROUND})*)"(?P<name>[A-Za-z]+)"{SPACES}:{SPACES}\[{SPACES}(?=\{{|\])'
)
OWN_LISTS = {"LineItems", "JournalLines", "Phones", "Addresses", "ContactPersons", "Allocations"}
"""Lists that records have themselves: an object that begins with one is a record."""


@dataclass(frozen=True, slots=True)
class BrokenJson:
    """A record that cannot be read; `rest_lost` says that nothing after it can be, either."""

    column: int
    message: str
    rest_lost: bool = False


def with_each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; a name that stands in it twice with two values is `UnfitValue`."""
    values = dict(pairs)
    if len(values) < len(pairs):
        for name, value in pairs:
            last = values[name]
            if value != last and not isinstance(last, UnfitValue):
                said = f"`{name}` is given twice: `{_brief(value)}` and `{_brief(last)}`"
                values[name] = UnfitValue(said)
    return values


def _brief(value: Any) -> str:
    if value is None:
        return "null"
    return short(value if isinstance(value, dict | list) else text_of(value))


DECODER = json.JSONDecoder(
    parse_float=decimal_in_json, parse_int=whole_in_json, object_pairs_hook=with_each_name_once
)
"""Exact numbers, and no name twice."""
QUICK_DECODER = msgspec.json.Decoder(float_hook=decimal_in_json)
"""Exact numbers; of a name that stands twice the last value."""
WIDE = 10 ** (WIDEST - 1)
AFTER_A_NAME = re.compile(rf'"{SPACES}:')


def record_in(text: str) -> Any:
    """What a text says that is one record of JSON, with normal values.

    The quick decoder reads a text whose names can be counted: as many as the colons, which are
    never fewer than the names written. Any other text is read by the one that looks at each name.
    """
    if text.count("{") + text.count("[") < DEEPEST:
        try:
            value = QUICK_DECODER.decode(text)
            names = _names_in(value)
        except (ValueError, RecursionError):  # the other decoder says where
            pass
        else:
            if names == text.count(":") or names == len(AFTER_A_NAME.findall(text)):
                return value
    return normal_record(DECODER.decode(text), text)


def _names_in(value: Any) -> int:
    """How many names all objects in a value have; ValueError if a number may be too wide."""
    names = len(value) if type(value) is dict else 0
    inside = value.values() if type(value) is dict else value if type(value) is list else ()
    for inner in inside:
        kind = type(inner)
        if kind is dict or kind is list:
            names += _names_in(inner)
        elif kind is int and not -WIDE < inner < WIDE:
            raise ValueError("the number may be too wide")
    return names


def normal_record(value: Any, written: str) -> Any:
    """A record with normal values; `written` is the text that it was read from."""
    if is_normal_json(written) or not isinstance(value, dict):
        return value
    return {name: normal(inner) for name, inner in value.items()}


def json_in(text: str) -> Any:
    """What a text says that is a list or an object of JSON, as tables keep them in one cell; any
    other text as it is."""
    if text.lstrip()[:1] not in ("[", "{"):
        return text
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        return UnfitValue(f"`{_brief(text)}` is not valid JSON: {error.msg}")
    except RecursionError:
        return UnfitValue("lists and objects are nested too deeply")
    return normal(value)


class Text(Protocol):
    """What gives text in pieces."""

    def read(self, size: int = -1) -> str:
        """At most `size` characters, empty at the end."""
        ...


class ReadWindow:
    """A piece of a text that slides on, and knows its line (from 1) and column (from 0)."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.rest = ""
        self.at = 0
        self.line = 1
        self.column = 0
        self.ended = False

    def more(self) -> bool:
        """Read on; False at the end of the text."""
        chunk = self.text.read(CHUNK)
        self.rest = self.rest[self.at :] + chunk
        self.at = 0
        self.ended = not chunk
        return bool(chunk)

    def place(self, to: int) -> tuple[int, int]:
        """The line and column of a position of the window."""
        newline = self.rest.rfind("\n", self.at, to)
        column = to - newline - 1 if newline >= 0 else self.column + to - self.at
        return self.line + self.rest.count("\n", self.at, to), column

    def move(self, to: int) -> None:
        """Step to a position of the window, counting lines."""
        self.line, self.column = self.place(to)
        self.at = to

    def skip(self, what: re.Pattern[str]) -> str:
        """Step over what matches, and return the next character, empty at the end."""
        while True:
            match = what.match(self.rest, self.at)
            self.move(match.end() if match else self.at)
            if self.at < len(self.rest):
                return self.rest[self.at]
            if not self.more():
                return ""


def elements(text: Text) -> Iterator[tuple[int, Any]]:
    """The line and the value of each record, as `normal_record` has it.

    A list, an object with one list of objects (Xero's envelope), or objects one after another.
    What is not valid JSON is `Broken`, at the line and column of the whole text.
    """
    window = ReadWindow(text)
    inside = envelope = False
    indent: int | None = None
    first = window.skip(BLANK)
    while len(window.rest) - window.at < 4096 and window.more():
        pass
    if first == "[":
        window.move(window.at + 1)
        inside = True
    elif match := _envelope(window):
        window.move(match.end())
        inside = envelope = True
    while True:
        mark = window.skip(SPACE if inside else BLANK)
        if not mark or (inside and mark == "]"):
            if inside and not mark:
                yield window.line, BrokenJson(window.column + 1, "the list does not end", True)
            elif inside and not _ends(window, envelope=envelope):
                said = "the list ends here, but the text continues"
                yield window.line, BrokenJson(window.column + 1, said, True)
            return
        if indent is None or mark == "{":
            indent = window.column
        line, value = _value(window, indent)
        yield line, value
        if isinstance(value, BrokenJson) and value.rest_lost:
            return


def _envelope(window: ReadWindow) -> re.Match[str] | None:
    """The beginning of an object that only holds a list of records, up to the first of them."""
    match = ENVELOPE.match(window.rest, window.at)
    if match is None or match["name"] in OWN_LISTS:
        return None
    is_a_status_alone = match["around"].count(":") == 1 and '"Status"' in match["around"]
    return None if is_a_status_alone else match


def _ends(window: ReadWindow, *, envelope: bool) -> bool:
    """Whether after the end of the list there is nothing but the end of its envelope, or more
    fields of that."""
    window.move(window.at + 1)
    mark = window.skip(BLANK)
    if envelope and mark in ("}", ","):
        window.move(window.at + 1)
        return window.skip(BLANK) == ('"' if mark == "," else "")
    return not envelope and not mark


def _value(window: ReadWindow, indent: int) -> tuple[int, Any]:
    while True:
        try:
            value, end = DECODER.raw_decode(window.rest, window.at)
        except RecursionError:
            line, column = window.line, window.column + 1
            said = "lists and objects are nested too deeply"
            return line, BrokenJson(column, said, rest_lost=not _step_over(window, indent))
        except json.JSONDecodeError as error:
            is_cut = error.msg.startswith("Unterminated") or (
                error.pos + NOT_SURE > len(window.rest)
            )
            pos = error.pos - window.at
            if is_cut and len(window.rest) - window.at < LARGEST and window.more():
                continue
            began = window.line, window.column
            place = window.place(window.at + pos)
            said = f"not valid JSON: {error.msg}"
            rest_lost = not _step_over(window, indent)
            if rest_lost:
                said += "; nothing after it can be read"
            elif place > (window.line, window.column):
                place, said = began, "not valid JSON: its brackets do not close"
            return place[0], BrokenJson(place[1] + 1, said, rest_lost)
        if end == len(window.rest) and not window.ended and window.more():
            continue
        line, written = window.line, window.rest[window.at : end]
        window.move(end)
        return line, normal_record(value, written)


def _step_over(window: ReadWindow, indent: int) -> bool:
    """Move past a broken record; False if nobody can say where it ends.

    It ends where its brackets close. Where they do not match, or a text runs over the end of a
    line, it ends before the next line that begins with a bracket no further in than records do.
    """
    end = _closing(window)
    if end is None:
        following = re.compile(rf"\n[ \t]{{0,{indent}}}(?=[{{\]])")
        while (match := following.search(window.rest, window.at)) is None:
            if len(window.rest) - window.at >= LARGEST or not window.more():
                return False
        end = match.end()
    window.move(end)
    return True


def _closing(window: ReadWindow) -> int | None:
    """Where the brackets of a record close; None where they do not."""
    pos, in_text = window.at, False
    opened: list[str] = []
    while True:
        match = STRUCTURE.search(window.rest, pos)
        if match is None:
            read = len(window.rest) - window.at
            if read >= LARGEST or not window.more():
                return None
            pos = max(read, pos - window.at)
            continue
        mark, pos = match[0], match.end()
        if in_text:
            if mark == "\n":
                return None
            pos += mark == "\\"
            in_text = mark != '"'
        elif mark == '"':
            in_text = True
        elif mark in "{[":
            opened.append("}" if mark == "{" else "]")
        elif mark in "}]" and opened:
            if opened.pop() != mark:
                return None
            if not opened:
                return pos
        elif mark == "]" and match.start() > window.at:
            return match.start()
        elif mark in "}]," and not opened:
            return pos
