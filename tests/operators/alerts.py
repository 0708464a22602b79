"""The alerts of deploy/prometheus/rules and their tests, as data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.promql import metrics_in

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules"
RULE_TESTS = Path(__file__).parent / "rules"

_MATCHERS = re.compile(r"\b([a-z][a-z0-9_]*(?::[a-z0-9_]+)*)\s*\{([^{}]*)\}")
_MATCHER = re.compile(r'([a-z_]+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_PART = re.compile(r"_(?:bucket|count|sum)$")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as its rule states it."""

    name: str
    file: str
    expression: str
    wait: str | None
    labels: dict[str, str]
    annotations: dict[str, str]


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One test for `promtool test rules`: which alerts it expects to fire, which to be quiet."""

    name: str
    file: str
    series: tuple[str, ...]
    fires: frozenset[str]
    is_quiet: frozenset[str]


def load(file: Path) -> dict[str, Any]:
    """Return what a file of YAML holds."""
    content: dict[str, Any] = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
    return content


def rules() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every rule, of alerts and of recordings, with the name of its file."""
    for file in sorted(RULES.glob("*.yml")):
        for group in load(file)["groups"]:
            yield from ((file.name, rule) for rule in group["rules"])


@cache
def alerts() -> list[Alert]:
    """Return every alert."""
    return [
        Alert(
            rule["alert"],
            file,
            rule["expr"],
            rule.get("for"),
            rule["labels"],
            rule["annotations"],
        )
        for file, rule in rules()
        if "alert" in rule
    ]


@cache
def recorded() -> set[str]:
    """Return the names that recording rules give."""
    return {rule["record"] for _, rule in rules() if "record" in rule}


@cache
def expressions() -> list[str]:
    """Return the expression of every rule."""
    return [rule["expr"] for _, rule in rules()]


@cache
def rule_tests() -> list[RuleTest]:
    """Return every test of a rule."""
    return [
        _rule_test(file.name, stated)
        for file in sorted(RULE_TESTS.glob("*.yml"))
        for stated in load(file)["tests"]
    ]


def _rule_test(file: str, stated: dict[str, Any]) -> RuleTest:
    expected = [(each["alertname"], bool(each["exp_alerts"])) for each in stated["alert_rule_test"]]
    fires = frozenset(name for name, is_firing in expected if is_firing)
    series = tuple(each["series"] for each in stated.get("input_series", ()))
    quiet = frozenset(name for name, _ in expected) - fires
    return RuleTest(stated["name"], file, series, fires, quiet)


def metric_names(text: str) -> set[str]:
    """Return the metrics that an expression, or a series, names; of a histogram its own name."""
    return {_PART.sub("", name) for name in metrics_in(text)} - recorded()


def matchers(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Give metric, label, operator and value of every matcher of an expression, or a series."""
    for metric, within in _MATCHERS.findall(text):
        for label, operator, value in _MATCHER.findall(within):
            yield _PART.sub("", metric), label, operator, value
