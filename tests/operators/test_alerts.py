"""Every alert is complete, tested, and about metrics that exist."""

from __future__ import annotations

import re

import pytest

from bus.metrics.catalogue import CLIENT_METRICS, metrics
from bus.metrics.labels import Dependency, Part, Redrive, Standing
from bus.notices.findings import SEVERITIES, FindingKind, Severity
from bus.topics import AGENCIES, GROUPS, OWNERS, catalogue
from tests.deploy.promql import metrics_in
from tests.operators.alerts import (
    ROOT,
    Alert,
    alerts,
    expressions,
    load,
    matchers,
    metric_names,
    recorded,
    rule_tests,
)

ALWAYS = "Watchdog"
"""The one alert that always fires: it can't be tested to be quiet, and wakes nobody."""

OF_PROMETHEUS = {"job": None, "instance": None, "le": None}
PROMETHEUS_METRICS = {"up"}

VALUES = {
    "agency": AGENCIES,
    "dependency": tuple(Dependency),
    "group": tuple(GROUPS),
    "consumergroup": tuple(GROUPS),
    "kind": tuple(FindingKind),
    "outcome": tuple(Redrive),
    "owner": OWNERS,
    "part": tuple(Part),
    "standing": tuple(Standing),
    "topic": tuple(catalogue()),
}
"""Of these labels every value is known."""

every_alert = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)


def test_no_two_alerts_have_one_name() -> None:
    names = [each.name for each in alerts()]

    assert len(names) > 30
    assert sorted(names) == sorted(set(names))


@every_alert
def test_an_alert_says_who_is_told_of_what_and_where_it_stands_what_to_do(alert: Alert) -> None:
    severities = {"none"} if alert.name == ALWAYS else {"page", "ticket"}

    assert alert.labels["severity"] in severities
    assert alert.labels["audience"] in {"operators", "hhs-duty-officer", "both"}
    assert set(alert.annotations) == {"summary", "description", "runbook"}
    assert (ROOT / alert.annotations["runbook"]).is_file()


@every_alert
def test_an_alert_has_a_test_that_fires_it_and_one_that_keeps_it_quiet(alert: Alert) -> None:
    firing = [each.name for each in rule_tests() if alert.name in each.fires]
    quiet = [each.name for each in rule_tests() if alert.name in each.is_quiet]

    assert firing
    assert quiet or alert.name == ALWAYS


@every_alert
def test_an_alert_that_knows_the_mode_tells_it_first_and_leaves_the_canary_out(
    alert: Alert,
) -> None:
    labels = {label for name in metric_names(alert.expression) for label in _labels_of(name)}
    modes = [value for _, label, *value in matchers(alert.expression) if label == "mode"]

    if "mode" in labels:
        assert alert.annotations["summary"].startswith("{{ $labels.mode }}: ")
        assert set(map(tuple, modes)) == {("!=", "TEST")}
        assert re.search(r"by \([^)]*\bmode\b[^)]*\)", alert.expression)


def test_every_metric_of_a_rule_is_in_the_catalogue() -> None:
    named = {name for each in expressions() for name in metric_names(each)}

    assert named - set(metrics()) - set(CLIENT_METRICS) - PROMETHEUS_METRICS == set()


def test_every_recording_that_a_rule_reads_is_recorded() -> None:
    read = {name for each in expressions() for name in metrics_in(each) if ":" in name}

    assert read == recorded()


def test_every_label_and_value_exists_in_rules_and_in_their_tests() -> None:
    series = (each for test in rule_tests() for each in test.series)
    unknown = [
        (metric, label, value)
        for text in (*expressions(), *series)
        for metric, label, operator, value in matchers(text)
        if metric_names(metric)
        and (label not in _labels_of(metric) or not _is_known(label, operator, value))
    ]

    assert unknown == []


def test_every_kind_of_finding_that_alarms_pages_somebody() -> None:
    paging = {
        kind
        for each in alerts()
        if each.labels["severity"] == "page"
        for _, label, _, value in matchers(each.expression)
        if label == "kind"
        for kind in value.split("|")
    }
    told_by_state = {FindingKind.OVERDUE, FindingKind.IN_FORCE_NOT_ANNOUNCED}

    alarming = {kind for kind, severity in SEVERITIES.items() if severity is Severity.ALARM}

    assert paging == alarming - told_by_state


def test_it_is_noticed_when_any_group_relay_or_part_of_the_monitor_tells_nothing() -> None:
    [alert] = [each for each in alerts() if each.name == "MetricsMissing"]
    looked_for = {(label, value) for _, label, _, value in matchers(alert.expression)}

    groups = {("group", name) for name in GROUPS}
    owners = {("owner", name) for name in OWNERS}
    parts = {("part", name.value) for name in Part}

    assert looked_for == groups | owners | parts


def test_the_alerts_about_delivery_use_a_bucket_that_exists() -> None:
    used = {
        value for each in expressions() for _, label, _, value in matchers(each) if label == "le"
    }
    buckets = {str(each) for each in metrics()["bus_delivery_seconds"].buckets}

    assert used
    assert used <= buckets


def test_prometheus_reads_these_rules_and_the_services() -> None:
    directory = ROOT / "deploy" / "prometheus"
    config = load(directory / "prometheus.yml")
    [job] = config["scrape_configs"]

    assert job["job_name"] == "bus"
    assert config["rule_files"] == ["rules/*.yml"]
    assert sorted(directory.glob(job["file_sd_configs"][0]["files"][0]))


def _labels_of(metric: str) -> set[str]:
    known = metrics().get(metric)
    return {*OF_PROMETHEUS, *(known.label_names if known else ())}


def _is_known(label: str, operator: str, value: str) -> bool:
    known = VALUES.get(label)
    if known is None:
        return True
    if operator in {"=~", "!~"}:
        return any(re.fullmatch(value, each) for each in known)
    return value in known
