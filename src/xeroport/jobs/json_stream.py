"""Records of a JSON text, one at a time: an array, an envelope, one object, or one per line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

CHUNK = 1 << 20
LARGEST = 32 << 20
"""Characters of one record: more is a broken file, and is not read to its end."""
SPACE = re.compile(r"[ \t\r\n,]*")
BLANK = re.compile(r"[ \t\r\n]*")
ENVELOPE = re.compile(r'\{[ \t\r\n]*"[A-Za-z]+"[ \t\r\n]*:[ \t\r\n]*\[[ \t\r\n]*(?=\{|\])')


class Text(Protocol):
    """What gives text in pieces."""

    def read(self, size: int = -1) -> str:
        """At most `size` characters, empty at the end."""
        ...


class Window:
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

    def move(self, to: int) -> None:
        """Step to a position of the window, counting lines."""
        self.line += self.rest.count("\n", self.at, to)
        newline = self.rest.rfind("\n", self.at, to)
        self.column = to - newline - 1 if newline >= 0 else self.column + to - self.at
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
    """The line and the value of each record; numbers with a fraction are Decimals.

    A list, an object with one list of objects (Xero's envelope), or objects one after another.
    JSONDecodeError has the line and column of the whole text.
    """
    decoder = json.JSONDecoder(parse_float=Decimal)
    window = Window(text)
    inside = False
    first = window.skip(BLANK)
    while len(window.rest) - window.at < 4096 and window.more():
        pass
    if first == "[":
        window.move(window.at + 1)
        inside = True
    elif match := ENVELOPE.match(window.rest, window.at):
        window.move(match.end())
        inside = True
    while True:
        mark = window.skip(SPACE if inside else BLANK)
        if not mark or (inside and mark == "]"):
            if inside and not mark:
                raise json.JSONDecodeError("the list does not end", "\n" * (window.line - 1), 0)
            return
        line = window.line
        yield line, _value(decoder, window)


def _value(decoder: json.JSONDecoder, window: Window) -> Any:
    while True:
        try:
            value, end = decoder.raw_decode(window.rest, window.at)
        except json.JSONDecodeError as error:
            length = error.pos - window.at
            if len(window.rest) - window.at < LARGEST and window.more():
                continue
            window.move(window.at + length)
            before = "\n" * (window.line - 1) + " " * window.column
            raise json.JSONDecodeError(error.msg, before, len(before)) from error
        if end == len(window.rest) and not window.ended and window.more():
            continue
        window.move(end)
        return value
