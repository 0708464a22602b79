from __future__ import annotations

import pytest

from tests.deploy.promql import labels_in, metrics_in


@pytest.mark.parametrize(
    ("expression", "metrics", "labels"),
    [
        ("up", {"up"}, set()),
        ('sum by (a, b) (rate(x_total{c=~"d|e"}[5m])) > bool 0', {"x_total"}, {"a", "b", "c"}),
        ("time() - min(x_seconds > 0) or vector(0)", {"x_seconds"}, set()),
        ("a:b:rate5m unless on (v) a offset 1m", {"a:b:rate5m", "a"}, {"v"}),
        ('label_replace(0 * max(x) + 3, "because", "it is up", "", "")', {"x"}, set()),
        ("sum(increase(x_total[$__range])) / 1e3", {"x_total"}, set()),
    ],
)
def test_the_metrics_and_labels_of_an_expression_are_found(
    expression: str, metrics: set[str], labels: set[str]
) -> None:
    assert metrics_in(expression) == metrics
    assert labels_in(expression) == labels
