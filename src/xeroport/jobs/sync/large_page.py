"""A reply too large for memory, read from its file as if it were many small ones.

Its records are found by brackets alone; each lot of them is read as every page is, and then goes
to a file of raw records. Memory holds one lot, whatever the size of the reply.
"""

from __future__ import annotations

import asyncio
import mmap
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import structs

from xeroport.catalogue import Endpoint
from xeroport.jobs.sync.landing import Page, Pagination, RecordFile, empty_page, read_page
from xeroport.jobs.sync.record_shapes import RecordShapes

LOT = 4_000_000
"""Bytes of records that are read together."""
MOST_RECORD = 48_000_000
"""Bytes of one record, or between two; Xero's largest have some hundred thousand."""

_NEXT = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([\[\]{}])', re.DOTALL)
"""Up to the next bracket that is not in a text."""
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*)"\s*:\s*\Z')
_PAIRS = {ord("]"): ord("["), ord("}"): ord("{")}


async def read_large_page(
    endpoint: Endpoint, large: BinaryIO, shapes: RecordShapes, folder: Path
) -> Page:
    """The page in a file, its records in another one in `folder`. DecodeError where it is not a
    list of what was asked for, or a record of it is too large."""
    records = RecordFile(folder)
    whole, extent = empty_page(records), Pagination()
    try:
        async with aclosing(_lots(endpoint, large)) as lots:
            async for lot in lots:
                if isinstance(lot, Pagination):
                    extent = lot
                    continue
                page = read_page(endpoint, lot, shapes)
                records.add(page.records)
                whole = whole.with_facts_of(page)
    except BaseException:
        records.close()
        raise
    return structs.replace(whole, page_count=extent.pageCount, item_count=extent.itemCount)


async def _lots(endpoint: Endpoint, large: BinaryIO) -> AsyncGenerator[bytes | Pagination, None]:
    """The reply as small replies with the same envelope, and what it says of the whole list. Other
    work has its turn between them."""
    head = b'{"%s":[' % str(endpoint.envelope).encode()
    with large, mmap.mmap(large.fileno(), 0, access=mmap.ACCESS_READ) as text:
        lot: list[bytes] = []
        size = 0
        for part in _parts(text, str(endpoint.envelope).encode()):
            if isinstance(part, Pagination):
                yield part
                continue
            lot.append(part)
            size += len(part)
            if size >= LOT:
                yield head + b",".join(lot) + b"]}"
                lot, size = [], 0
                await asyncio.sleep(0)
        if lot:
            yield head + b",".join(lot) + b"]}"


def _parts(text: mmap.mmap, envelope: bytes) -> Iterator[bytes | Pagination]:
    """The raw records of an envelope, and its pagination; DecodeError where it has no list."""
    open_brackets = bytearray()
    at = start = looked_at = 0
    key = b""
    is_list = has_list = False
    while match := _NEXT.match(text, at, at + MOST_RECORD):
        before, place, at = at, match.start(1), match.end()
        if at - looked_at > LOT:
            looked_at = at
            _let_go(text)
        bracket, depth = text[place], len(open_brackets)
        if bracket not in _PAIRS:
            if depth == 1:
                named = _KEY.search(text[before:place])
                key, start = named[1] if named else b"", place
                is_list = key == envelope and bracket == ord("[")
            elif depth == 2 and is_list:
                yield from _scalars(text[before:place])
                start = place
            open_brackets.append(bracket)
            continue
        if not open_brackets or open_brackets.pop() != _PAIRS[bracket]:
            raise msgspec.DecodeError("its brackets do not match")
        depth -= 1
        if at - start > MOST_RECORD and (depth > 1 or (depth == 1 and not is_list)):
            break
        if depth == 2 and is_list:
            yield text[start:at]
        elif depth == 1 and key == envelope:
            has_list = True
            yield from _scalars(text[before:place]) if is_list else (text[start:at],)
        elif depth == 1 and key == b"pagination":
            yield msgspec.json.decode(text[start:at], type=Pagination, strict=False)
        elif depth == 0:
            break
    if len(text) - at > MOST_RECORD or (at - start > MOST_RECORD and open_brackets):
        raise msgspec.DecodeError(f"a part of it is larger than {MOST_RECORD // 1_000_000} MB")
    if open_brackets or text[at:].strip():
        raise msgspec.DecodeError("it ends too early, or too late")
    if not has_list:
        raise msgspec.DecodeError(f"there is no `{envelope.decode()}` in it")


def _let_go(text: mmap.mmap) -> None:
    """Give the memory back that a file's text takes once it was looked at."""
    if hasattr(text, "madvise") and hasattr(mmap, "MADV_DONTNEED"):
        text.madvise(mmap.MADV_DONTNEED)


def _scalars(between: bytes) -> Iterator[bytes]:
    """What stands between records and is none, such as null."""
    yield from filter(None, (part.strip() for part in between.split(b",")))
