"""Streams that a ledger was derived without, or with a part of only, and how that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from xeroport.books.inputs import RETIRING, STREAMS
from xeroport.catalogue import load

HowMissing = Literal["never", "in part"]
"""A stream was never synced, or its first read was never finished."""
IN_PART = " (in part)"


def missing(synced: Mapping[str, str], states: Mapping[str, str]) -> dict[str, HowMissing]:
    """Streams that were never synced, or in part only, so that not all that they say is in the
    ledger. `states` is stream → its checkpoint, as text."""
    streams: dict[str, HowMissing] = {}
    for record, stream in STREAMS.items():
        if record in RETIRING:
            continue
        if load().record(record).table not in synced:
            streams[stream] = "never"
        elif _is_begun(states.get(stream, "{}")):
            streams[stream] = "in part"
    return streams


def in_words(streams: Mapping[str, HowMissing]) -> list[str]:
    """Each stream as people read it: `payments`, `invoices (in part)`."""
    return [stream + (IN_PART if how == "in part" else "") for stream, how in streams.items()]


def to_text(streams: Mapping[str, HowMissing]) -> str | None:
    """As `ledger_run` keeps it; None where nothing is missing."""
    return msgspec.json.encode(streams).decode() if streams else None


def from_text(text: str | None) -> dict[str, HowMissing]:
    """What `ledger_run` says; runs of before 0.2 say it in words, with commas."""
    if not text:
        return {}
    if text.startswith("{"):
        return msgspec.json.decode(text, type=dict[str, HowMissing])
    return {
        stream.removesuffix(IN_PART): "in part" if stream.endswith(IN_PART) else "never"
        for stream in text.split(", ")
    }


def _is_begun(state: str) -> bool:
    """Whether a stream was never read whole, and its first read is under way."""
    position = msgspec.json.decode(state, type=dict[str, object])
    return "full" in position and "whole_at" not in position
