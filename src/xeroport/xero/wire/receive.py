"""The body of an answer, taken in as it comes: into memory, or a file where it may be large.

Memory stays bounded whatever the server sends: a body is inflated piece by piece, and one with
more bytes than it may have is refused.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from msgspec import Struct

from xeroport.errors import InputError
from xeroport.xero.wire.answer import Answered
from xeroport.xero.wire.inflate import BrokenBody, Inflater, TooLarge

if TYPE_CHECKING:
    import httpx2

__all__ = ["BrokenBody", "TooLarge", "WireAnswer", "receive"]

MOST_IN_MEMORY = 64_000_000
"""Bytes of a body for which there is no file; Xero's largest pages have some ten million."""
LARGE = 16_000_000
"""A body with more bytes goes to a file, where there is a folder for it."""
MOST_IN_FILE = 1_000_000_000
WIRE_LOT = 1 << 20
"""Bytes from the wire that are inflated together."""


class WireAnswer(Struct, frozen=True):
    """An answer and the number of its bytes on the wire. A `large` body is in a file without a
    name, which is gone when it is closed."""

    answered: Answered
    wire_bytes: int
    large: BinaryIO | None = None


async def receive(
    response: httpx2.Response, *, to: Path | None = None, spill: Path | None = None
) -> WireAnswer:
    """The whole answer. A good one's body goes to the file `to`, if any; a large one's into a file
    in the folder `spill`, if any. TooLarge or BrokenBody where it is that."""
    encoding = response.headers.get("content-encoding")
    is_good = 200 <= response.status_code < 300
    if to is not None and is_good:
        wire_bytes = await _save(response, encoding, to)
        return WireAnswer(Answered(response.status_code, response.headers), wire_bytes)
    may_spill = spill is not None and is_good
    inflater = Inflater(encoding, most=MOST_IN_FILE if may_spill else MOST_IN_MEMORY)
    pieces: list[bytes] = []
    file: BinaryIO | None = None
    wire_bytes = 0
    try:
        async with aclosing(_lots(response)) as lots:
            async for lot in lots:
                wire_bytes += len(lot)
                for piece in inflater.pieces(lot):
                    pieces.append(piece)
                    if may_spill and inflater.length > LARGE:
                        assert spill is not None
                        file = _written(pieces, file, spill)
        if wire_bytes:
            inflater.finish()
        if file is not None and spill is not None:
            with writing(spill):
                file.flush()
    except BaseException:
        if file is not None:
            file.close()
        raise
    body = b"" if file is not None else pieces[0] if len(pieces) == 1 else b"".join(pieces)
    return WireAnswer(Answered(response.status_code, response.headers, body), wire_bytes, file)


async def _lots(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """What comes over the wire, in lots of some size; the most that a body may have, at most."""
    chunks: list[bytes] = []
    waiting = length = 0
    async for chunk in response.aiter_raw():
        chunks.append(chunk)
        waiting += len(chunk)
        if waiting >= WIRE_LOT:
            length += waiting
            if length > MOST_IN_FILE:
                raise TooLarge(MOST_IN_FILE)
            yield b"".join(chunks)
            chunks, waiting = [], 0
    if chunks:
        yield b"".join(chunks)


def _written(pieces: list[bytes], file: BinaryIO | None, folder: Path) -> BinaryIO:
    """Move pieces to the end of a file, made in a folder if there is none yet."""
    with writing(folder):
        if file is None:
            folder.mkdir(parents=True, exist_ok=True)
            file = cast(BinaryIO, TemporaryFile(dir=folder))  # noqa: SIM115  the caller's
        for piece in pieces:
            file.write(piece)
    pieces.clear()
    return file


async def _save(response: httpx2.Response, encoding: str | None, to: Path) -> int:
    """Write the body beside `to`, then put it in place whole."""
    draft = to.with_name(f".{to.name}.{os.getpid()}.part")
    inflater = Inflater(encoding, most=MOST_IN_FILE)
    wire_bytes = 0
    try:
        with writing(to), draft.open("wb") as file:
            async with aclosing(_lots(response)) as lots:
                async for lot in lots:
                    wire_bytes += len(lot)
                    for piece in inflater.pieces(lot):
                        file.write(piece)
        if wire_bytes:
            inflater.finish()
        with writing(to):
            draft.replace(to)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return wire_bytes


@contextmanager
def writing(to: Path) -> Iterator[None]:
    """InputError where the file cannot be written: a full disk is no lost connection. What the
    network raises is one of httpx2's errors."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"`{to}` cannot be written: {reason}",
            hint="make room, or name another place; then run the same command again",
        ) from error
