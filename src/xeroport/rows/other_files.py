"""Files of other kinds, told apart by how they begin, so that they are named for what they are."""

from __future__ import annotations

import re

from xeroport.errors import InputError

OTHERS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"%PDF-"), "a PDF", "push the table that it was made from; a PDF can be attached"),
    (re.compile(rb"\x1f\x8b"), "compressed with gzip", "unpack it first"),
    (
        re.compile(rb"(?:<!doctype html|<html|<table)", re.IGNORECASE),
        "a web page",
        "open it in a spreadsheet program and save it as `.xlsx`",
    ),
    (re.compile(rb"<\?xml|<\w+>(?![,;\t|])"), "XML", "give CSV, JSON or a spreadsheet"),
    (re.compile(rb"OFXHEADER"), "a bank statement (OFX)", "import it in Xero itself"),
    (
        re.compile(rb"!(?:Type|Account|Option):"),
        "a bank statement (QIF)",
        "import it in Xero itself",
    ),
    (re.compile(rb"!(?:TRNS|ACCNT|CUST|VEND|HDR)\t"), "an IIF file", "export it as CSV"),
)
"""How they begin, what they are, and what to do."""
BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?\s*")


def refuse_others(name: str, head: bytes) -> None:
    """Raise an InputError for a file that begins as no table and no list of records does."""
    begin = head[BEFORE.match(head).end() :]  # type: ignore[union-attr]
    for pattern, what, way_out in OTHERS:
        if pattern.match(begin):
            raise InputError(f"`{name}` is {what}, not a table", hint=way_out)


def is_text(head: bytes) -> bool:
    """Whether a file begins as text does: no control characters, or the mark of UTF-16."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return bool(head) and not any(byte < 32 and byte not in b"\t\r\n\f" for byte in head)
