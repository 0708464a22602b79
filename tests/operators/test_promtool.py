"""Prometheus itself reads its configuration and the rules, and each alert fires and ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.operators.alerts import ROOT, RULE_TESTS
from tests.operators.debian import run

pytestmark = pytest.mark.debian


def test_the_configuration_and_every_rule_can_be_read() -> None:
    checked = run("promtool", "check", "config", ROOT / "deploy/prometheus/prometheus.yml")

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("file", sorted(RULE_TESTS.glob("*.yml")), ids=lambda file: file.stem)
def test_alerts_fire_when_they_must_and_are_quiet_otherwise(file: Path) -> None:
    tested = run("promtool", "test", "rules", file)

    assert tested.returncode == 0, tested.stdout + tested.stderr
