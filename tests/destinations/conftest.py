"""What tests of destinations share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder for Parquet files."""
    return tmp_path / "lake"
