"""Business time from a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bus.clock import FileClock
from bus.errors import UnavailableError


def test_a_file_clock_tells_what_was_set(tmp_path: Path) -> None:
    clock = FileClock(tmp_path / "clock")
    moment = datetime(2018, 5, 7, 9, tzinfo=UTC)

    clock.advance(moment)

    assert clock.now() == moment


@pytest.mark.parametrize("content", ["", "noon", "0001-01-01T00:00:00+14:00"])
def test_a_clock_file_without_a_usable_moment_says_what_to_do(tmp_path: Path, content: str) -> None:
    path = tmp_path / "clock"
    path.write_text(content)

    with pytest.raises(UnavailableError, match="start the scenario again"):
        FileClock(path).now()
