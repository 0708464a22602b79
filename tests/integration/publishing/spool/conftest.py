"""A spool for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.publishing.spool.spools import SpoolFile


@pytest.fixture
def spool_file(tmp_path: Path) -> SpoolFile:
    """Give a spool that isn't there yet."""
    folder = tmp_path / "spool"
    folder.mkdir()
    return SpoolFile(folder / "events.spool")
