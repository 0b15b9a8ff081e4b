"""What tests of several packages share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

SPEC_NAME = "xero_accounting.yaml"


def spec_path() -> Path | None:
    """Where Xero's OpenAPI description is: XEROPORT_SPEC, or beside the repository."""
    named = os.environ.get("XEROPORT_SPEC")
    beside = Path(__file__).resolve().parents[2] / "shared" / "xero-openapi" / SPEC_NAME
    found = Path(named) if named else beside
    return found if found.is_file() else None


@pytest.fixture(scope="session")
def spec_document() -> dict[str, Any]:
    """Xero's OpenAPI description, parsed; tests that need it skip where there is none."""
    path = spec_path()
    if path is None:
        pytest.skip(f"set XEROPORT_SPEC to Xero's {SPEC_NAME} to run this test")
    import yaml

    parsed: dict[str, Any] = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
    return parsed
