"""`bus demo`, as a user runs it, on the run's own Kafka and Postgres."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import datetime
from typing import Any

import pytest

from bus.local.services import bus_command
from bus.local.stack import Server, Stack

LIMIT_SECONDS = 110.0
LINE = {"at", "kind", "text", "is_met", "seconds"}


@pytest.fixture
def report(stack: Stack) -> dict[str, Any]:
    """Give what `bus demo --json` prints; the stack is up, so the demo neither starts nor stops."""
    before = [stack.process(server) for server in Server]
    done = subprocess.run(
        [bus_command(), "demo", "--json"],
        env={**os.environ, "BUS_LOCAL_DIR": str(stack.directory)},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [stack.process(server) for server in Server] == before
    assert not list((stack.directory / "scenarios").iterdir())
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.promise("P1")
@pytest.mark.promise("P2")
@pytest.mark.promise("P5")
@pytest.mark.promise("P6")
@pytest.mark.promise("P7")
def test_both_tellings_of_the_golden_scenario_meet_every_expectation(
    report: dict[str, Any],
) -> None:
    tellings = report["tellings"]
    lines = [line for telling in tellings for line in telling["lines"]]

    assert report["is_met"] is True
    assert [telling["name"] for telling in tellings] == ["as-it-happened", "as-it-must-be"]
    assert all(telling["is_met"] and telling["title"] for telling in tellings)
    assert [line["text"] for line in lines if not line["is_met"]] == []
    assert {line["kind"] for line in lines} == {"TOLD", "DONE", "EXPECTED"}
    for telling in tellings:
        times = [datetime.fromisoformat(line["at"]) for line in telling["lines"]]
        assert times == sorted(times)
        assert telling["lines"][-1]["text"] == "the audit explains every offset"
    for line in lines:
        assert set(line) == LINE
        assert (line["seconds"] is not None) == (line["kind"] == "EXPECTED")
