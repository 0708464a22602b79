"""The catalogue of metrics: its names, its labels, its page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bus.cli.app import run
from bus.metrics.catalogue import metrics
from bus.metrics.kinds import Kind, Metric
from bus.metrics.labels import LABELS
from bus.metrics.page import page

ROOT = Path(__file__).parents[3]

PREFIXES = ("bus_", "kafka_consumergroup_")

each_metric = pytest.mark.parametrize("metric", metrics().values(), ids=list(metrics()))


@each_metric
def test_a_metrics_name_says_whose_it_is_and_what_it_counts(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert metric.name.startswith(PREFIXES)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert not re.search(r"(^|_)n?acks?(_|$)", metric.name)
    assert ("_seconds" in metric.name) == (metric.unit == "seconds")
    assert ("_bytes" in metric.name) == (metric.unit == "bytes")


@each_metric
def test_a_metric_says_in_a_sentence_what_it_tells(metric: Metric) -> None:
    assert metric.help[0].isupper() or metric.help[0].isdigit()
    assert metric.help.endswith(".")
    assert (metric.kind is Kind.HISTOGRAM) == bool(metric.buckets)


def test_every_label_is_explained_and_no_other() -> None:
    used = {label for metric in metrics().values() for label in metric.label_names}

    assert used == set(LABELS)


def test_the_page_is_what_the_catalogue_says() -> None:
    stored = (ROOT / "deploy" / "metrics.md").read_text(encoding="utf-8")

    assert stored == page(), "run: bus metrics page > deploy/metrics.md"


def test_the_command_lists_the_whole_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["metrics", "list", "--json"])

    listed = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [each["name"] for each in listed] == list(metrics())
    assert all(each["help"] and each["exported_by"] for each in listed)
