"""From method and path to an endpoint of the catalogue.

Several operations share a path at Xero: a PDF is the same path with another Accept header, and
`/Contacts/{ContactID}` and `/Contacts/{ContactNumber}` differ in what the segment looks like.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from xeroport.catalogue import load
from xeroport.catalogue.model import Endpoint

ROOT = "/api.xro/2.0"
_GUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def is_guid(text: str) -> bool:
    """Whether a text is a GUID, with or without dashes."""
    return _GUID.fullmatch(text) is not None


@dataclass(frozen=True)
class Match:
    """An endpoint with its path parameters; `methods` are what the path takes otherwise."""

    endpoint: Endpoint | None
    ids: dict[str, str] = field(default_factory=dict)
    methods: tuple[str, ...] = ()


@dataclass
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    endpoints: list[Endpoint] = field(default_factory=list)


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


@cache
def _tree() -> _Node:
    root = _Node()
    for endpoint in load().endpoints:
        node = root
        for part in _segments(endpoint.path):
            if part.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(part.lower(), _Node())
        node.endpoints.append(endpoint)
    return root


def _parameter_names(endpoint: Endpoint) -> list[str]:
    return [part[1:-1] for part in _segments(endpoint.path) if part.startswith("{")]


def _suits(endpoint: Endpoint, values: list[str], *, wants_pdf: bool) -> int:
    """How well an endpoint suits the path's values: higher is better."""
    score = 4 if (endpoint.reply == "pdf") == wants_pdf else 0
    kinds = [endpoint.by_name[name].type for name in _parameter_names(endpoint)]
    if kinds:
        if kinds[-1] == "uuid":
            score += 2 if is_guid(values[-1]) else 0
        elif kinds[-1] == "integer":
            score += 2 if values[-1].isdigit() else -1
        else:
            score += 1
    return score


def _walk(node: _Node, parts: list[str], values: list[str]) -> tuple[_Node, list[str]] | None:
    if not parts:
        return (node, values) if node.endpoints else None
    named = node.literal.get(parts[0].lower())
    found = _walk(named, parts[1:], values) if named else None
    if found is None and node.parameter is not None and parts[0]:
        found = _walk(node.parameter, parts[1:], [*values, parts[0]])
    return found


def match(method: str, parts: list[str], *, wants_pdf: bool) -> Match | None:
    """The endpoint for decoded path segments below the API's root; None if the path is unknown.

    `/…/{id}/pdf` stands for the PDF too: Xero's description and its own SDKs have it so.
    """
    if parts and parts[-1] == "pdf":
        parts, wants_pdf = parts[:-1], True
        if wants_pdf and len(parts) != 2:
            return None
    if parts and parts[0].lower() == "organisations":  # what several clients ask for
        parts = ["Organisation", *parts[1:]]
    matched = _walk(_tree(), parts, [])
    if matched is None:
        return None
    node, values = matched
    fitting = [endpoint for endpoint in node.endpoints if endpoint.method == method]
    if not fitting:
        return Match(None, methods=tuple(sorted({endpoint.method for endpoint in node.endpoints})))
    endpoint = max(fitting, key=lambda each: _suits(each, values, wants_pdf=wants_pdf))
    return Match(endpoint, dict(zip(_parameter_names(endpoint), values, strict=True)))
