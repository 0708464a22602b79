"""Alertmanager itself reads its configuration, and brings each alert to the right people."""

from __future__ import annotations

import pytest

from tests.operators.alerts import ROOT, alerts
from tests.operators.debian import run

pytestmark = pytest.mark.debian

CONFIG = ROOT / "deploy/alertmanager/alertmanager.yml"


def receivers(**labels: str) -> set[str]:
    """Return who is told of an alert with these labels."""
    told = run(
        "amtool", "config", "routes", "test", "--config.file", CONFIG,
        *(f"{name}={value}" for name, value in labels.items()),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return set(told.stdout.strip().split(","))


def test_the_configuration_can_be_read() -> None:
    checked = run("amtool", "check-config", CONFIG)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_audience_and_severity_say_who_is_told(severity: str) -> None:
    hhs, operators = f"hhs-duty-officer-{severity}", f"operators-{severity}"

    assert receivers(audience="hhs-duty-officer", severity=severity) == {hhs}
    assert receivers(audience="operators", severity=severity) == {operators}
    assert receivers(audience="both", severity=severity) == {hhs, operators}


@pytest.mark.promise("P8")
def test_an_exercise_reaches_none_of_them() -> None:
    for each in alerts():
        assert receivers(alertname=each.name, mode="EXERCISE", **each.labels) <= {
            "exercises",
            "watchdog",
        }


@pytest.mark.promise("P8")
@pytest.mark.parametrize("mode", ["ACTUAL", "", "PRETENDED"])
def test_any_other_mode_is_real(mode: str) -> None:
    told = receivers(mode=mode, audience="hhs-duty-officer", severity="page")

    assert told == {"hhs-duty-officer-page"}


def test_the_watchdog_wakes_nobody() -> None:
    [watchdog] = [each for each in alerts() if each.name == "Watchdog"]

    assert receivers(alertname=watchdog.name, **watchdog.labels) == {"watchdog"}


@pytest.mark.parametrize(
    "labels", [{}, {"severity": "catastrophe"}, {"audience": "nobody", "severity": "page"}]
)
def test_what_nobody_thought_of_is_paged(labels: dict[str, str]) -> None:
    assert receivers(alertname="Unknown", **labels) == {"operators-page"}
