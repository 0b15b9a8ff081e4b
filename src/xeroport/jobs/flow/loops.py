"""Which flows feed which: a loop of flows would carry the same records round forever.

Places are compared by what can be known before anything runs: an instance and its resource, a
table that a query names, a file that a glob would find.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from xeroport.catalogue import load
from xeroport.errors import XeroportError
from xeroport.jobs.flow.definition import Flow, Target
from xeroport.jobs.flow.sources import endpoint_of, located


def loop(flow: Flow, others: Iterable[Flow]) -> tuple[str, ...]:
    """The names of flows that feed each other in a circle with this one; none if it is in none."""
    known = {each.name: each for each in others if each.name != flow.name} | {flow.name: flow}
    paths: list[tuple[str, ...]] = [(flow.name,)]
    while paths:
        path = paths.pop()
        for name, other in known.items():
            if not feeds(known[path[-1]], other):
                continue
            if name == flow.name:
                return path
            if name not in path:
                paths.append((*path, name))
    return ()


def feeds(flow: Flow, other: Flow) -> bool:
    """Whether what one flow writes is what another reads."""
    return any(_meets(flow, step.target, other) for step in flow.steps)


def _meets(flow: Flow, target: Target, other: Flow) -> bool:
    source = other.source
    if target.kind == "xero" and source.kind in ("xero", "webhooks"):
        if target.instance != source.instance:
            return False
        try:
            read = endpoint_of(source)
            written = load().endpoint(target.endpoint or "")
        except XeroportError:
            return False
        return written.name.split(".")[0] == read.name.split(".")[0]
    if target.kind == "file" and source.kind == "files":
        name = re.sub(r"\{\w+\}", "1", target.file or "")
        pattern = Path(_plain(other.folder / (source.files or "")))
        return fnmatch(_plain(flow.folder / name), str(pattern).replace("**/", "*"))
    if target.kind == "table" and source.kind == "sql":
        same = located(target.to, flow.folder) == located(source.url, other.folder)
        table = re.escape((target.table or "").rpartition(".")[2])
        return same and bool(re.search(rf"\b{table}\b", source.sql or "", re.IGNORECASE))
    return False


def _plain(path: Path) -> str:
    return str(Path(*[part for part in path.parts if part != "."]))
