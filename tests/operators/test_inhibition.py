"""A running Alertmanager keeps back what follows from something that is told already; no more."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bus.local.waiting import wait_until
from tests.operators.alerts import alerts
from tests.operators.watching import Server, alertmanager

pytestmark = pytest.mark.debian

LIMIT_SECONDS = 20.0
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with alertmanager(tmp_path, NOWHERE) as running:
        yield running


def kept_back(server: Server, *firing: tuple[str, dict[str, str]]) -> set[str]:
    """Let these alerts fire; return the names of those of which nobody is told."""
    labels = {each.name: each.labels for each in alerts()}
    _post(server, [{"alertname": name, **labels[name], **given} for name, given in firing])
    assert wait_until(lambda: len(_known(server)) == len(firing), LIMIT_SECONDS)
    # An alert is unprocessed until its inhibition has been judged.
    assert wait_until(
        lambda: all(each["status"]["state"] != "unprocessed" for each in _known(server)),
        LIMIT_SECONDS,
    )
    return {each["labels"]["alertname"] for each in _known(server) if each["status"]["inhibitedBy"]}


def _post(server: Server, firing: list[dict[str, str]]) -> None:
    moment = datetime.now(UTC).isoformat()
    request = urllib.request.Request(
        f"{server.url}/api/v2/alerts",
        data=json.dumps([{"labels": each, "startsAt": moment} for each in firing]).encode(),
        headers={"content-type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=LIMIT_SECONDS).close()


def _known(server: Server) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{server.url}/api/v2/alerts", timeout=LIMIT_SECONDS) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def test_with_the_broker_away_only_that_is_told_of_machines_and_everything_of_children(
    server: Server,
) -> None:
    group = {"group": "hhs-intake"}

    silent = kept_back(
        server,
        ("DependencyAway", {"dependency": "kafka"}),
        ("ConsumerStopped", group),
        ("ConsumerLate", group | {"topic": "dhs.custody-event.v1"}),
        ("OutboxAgeing", {"owner": "doj"}),
        ("CanaryMissing", {}),
        ("AcknowledgementOverdue", {"office": "hhs.orr.intake", "mode": "ACTUAL"}),
        ("UnannouncedPolicy", {"kind": "UNANNOUNCED_POLICY", "mode": "ACTUAL"}),
        ("GatesClosedByDelay", {"group": "tracker"}),
        ("DiskNearlyFull", {"place": "postgres"}),
    )

    assert silent == {"ConsumerStopped", "ConsumerLate", "OutboxAgeing", "CanaryMissing"}


def test_a_group_that_nobody_serves_is_not_told_to_be_late_as_well_but_another_is(
    server: Server,
) -> None:
    silent = kept_back(
        server,
        ("ConsumerStopped", {"group": "hhs-intake"}),
        ("ConsumerFallingBehind", {"group": "hhs-intake", "topic": "dhs.custody-event.v1"}),
        ("ConsumerLate", {"group": "tracker", "topic": "dhs.custody-event.v1"}),
    )

    assert silent == {"ConsumerFallingBehind"}


@pytest.mark.promise("P8")
def test_an_exercise_keeps_nothing_real_back(server: Server) -> None:
    office = {"office": "hhs.orr.intake"}

    silent = kept_back(
        server,
        ("AcknowledgementOverdue", office | {"mode": "EXERCISE"}),
        ("AcknowledgementDueSoon", office | {"mode": "ACTUAL"}),
    )

    assert silent == set()
