"""Every endpoint and parameter says what it is for, in words of our own."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from xeroport.catalogue import Endpoint, load
from xeroport.catalogue.descriptions import describe_endpoint, describe_parameter

ENDPOINTS = load().endpoints


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_an_endpoint_and_its_parameters_are_described(endpoint: Endpoint) -> None:
    lines = [describe_endpoint(endpoint)]
    lines += [describe_parameter(endpoint, parameter) for parameter in endpoint.parameters]
    for line in lines:
        assert re.fullmatch(r"[A-Z].{8,130}[.`]", line), line
        assert "{" not in line


def test_no_two_endpoints_are_described_alike() -> None:
    lines = [describe_endpoint(endpoint) for endpoint in ENDPOINTS]
    assert len(lines) == len(ENDPOINTS) >= 235
    assert sorted(set(lines)) == sorted(lines)


def test_no_line_is_taken_from_xeros_description() -> None:
    spec = Path(os.environ.get("XEROPORT_SPEC", "../shared/xero-openapi/xero_accounting.yaml"))
    if not spec.exists():
        pytest.skip("set XEROPORT_SPEC to Xero's xero_accounting.yaml to run this test")
    ours = {
        _plain(line)
        for endpoint in ENDPOINTS
        for line in (
            describe_endpoint(endpoint),
            *(describe_parameter(endpoint, parameter) for parameter in endpoint.parameters),
        )
    }
    theirs = set(_texts_of(yaml.load(spec.read_text(), yaml.CSafeLoader)))
    assert sorted(ours & theirs) == []


def _texts_of(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [_plain(str(node[k])) for k in ("summary", "description") if k in node]
        return own + [text for value in node.values() for text in _texts_of(value)]
    if isinstance(node, list):
        return [text for value in node for text in _texts_of(value)]
    return []


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()
