"""What each endpoint and parameter is for, in one plain line each."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from xeroport.catalogue.model import Endpoint, Parameter


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def describe_endpoint(endpoint: Endpoint) -> str:
    """What the endpoint does, in one sentence; KeyError if nobody has written it yet."""
    texts = _texts()
    if endpoint.name in texts["endpoints"]:
        return str(texts["endpoints"][endpoint.name])
    resource, _, action = endpoint.name.partition(".")
    one, many, short = texts["nouns"][resource]
    return str(texts["verbs"][action]).format(one=one, many=many, short=short)


def in_words(endpoints: Iterable[Endpoint]) -> list[tuple[str, str]]:
    """Endpoints to choose from: the name of each, and what it does without the full stop."""
    return [(endpoint.name, describe_endpoint(endpoint).rstrip(".")) for endpoint in endpoints]


def describe_parameter(endpoint: Endpoint, parameter: Parameter) -> str:
    """What the parameter of that endpoint is for; KeyError if nobody has written it yet."""
    texts = _texts()
    resource = endpoint.name.partition(".")[0]
    own = texts["parameters of"].get(resource, {})
    return str(own.get(parameter.name) or texts["parameters"][parameter.name])
