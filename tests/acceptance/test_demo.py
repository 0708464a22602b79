"""`bus demo`, as a user runs it, on the run's own Kafka and Postgres."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import datetime
from typing import Any

import pytest

from bus.local.service_process import bus_command
from bus.local.stack import Server
from tests.acceptance import readme
from tests.stack import Cluster

LIMIT_SECONDS = 280.0
MARKS = {"TOLD": "•", "DONE": "→", "EXPECTED": "✓"}
LINE = {"at", "kind", "text", "is_met", "seconds"}


@pytest.fixture(scope="module")
def report(cluster: Cluster) -> dict[str, Any]:
    """Give what `bus demo --json` prints; the stack is up, so the demo neither starts nor stops."""
    stack = cluster.stack
    if stack is None:
        pytest.skip("the demo plays on a local stack, and the broker isn't ours")
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


def test_the_readme_shows_what_the_demo_prints(report: dict[str, Any]) -> None:
    lines = [line for telling in report["tellings"] for line in telling["lines"]]
    printed = {f"{MARKS[line['kind']]} {line['text']}" for line in lines}
    expected = sum(line["kind"] == "EXPECTED" for line in lines)

    [shown] = [block for block in readme.blocks("text") if "expectations were met" in block]
    quoted = re.findall(r"[•→✓] .*?(?=  \(|$)", shown, re.MULTILINE)

    assert len(quoted) > 10
    assert [line for line in quoted if line not in printed] == []
    assert shown.endswith(f"{expected} of {expected} expectations were met.\n")


def test_the_page_tells_what_the_demo_shows(report: dict[str, Any]) -> None:
    page = (readme.ROOT / "deploy" / "stories" / "golden.md").read_text(encoding="utf-8")
    lines = [line for telling in report["tellings"] for line in telling["lines"]]
    told = [f"- **{line['at'][:10]}** {line['text']}" for line in lines if line["kind"] == "TOLD"]
    expected = " ".join(line["text"] for line in lines if line["kind"] == "EXPECTED")

    days = [line for line in page.splitlines() if re.match(r"- \*\*\d", line)]
    states = set(re.findall(r"\b(?:SHORT|KEPT|PENDING|REJECTED|ENDED)\b", page))

    assert len(days) == len(told)
    assert [day for day, start in zip(days, told, strict=True) if not day.startswith(start)] == []
    assert states
    assert [state for state in states if state not in expected] == []
