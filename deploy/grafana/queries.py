"""PromQL that boards share.

Two monitors export the same state: the greatest value counts, and never their sum. No question of
one number has 0 for an answer where nobody looks: what isn't seen must not look well.
"""

from __future__ import annotations

ACTUAL = 'mode="ACTUAL"'


def stand(metric: str, by: str = "", where: str = "") -> str:
    """Return how things stand, by the labels `by`: the greatest value of any process."""
    return f"max{_by(by)} ({metric}{_where(where)})"


def total(metric: str, labels: str, where: str = "", by: str = "") -> str:
    """Return the sum over the label sets of a state; `labels` are all that the metric has."""
    return f"sum{_by(by)} ({stand(metric, labels, where)})"


def oldest(metric: str, by: str = "", where: str = "") -> str:
    """Return how long ago the earliest moment is, in seconds; nothing where there is none."""
    return f"time() - min{_by(by)} ({metric}{_where(where)} > 0)"


def remaining(metric: str, by: str = "", where: str = "") -> str:
    """Return how far ahead the earliest moment is, in seconds; nothing where there is none."""
    return f"min{_by(by)} ({metric}{_where(where)} > 0) - time()"


def per_second(counter: str, by: str = "", where: str = "") -> str:
    """Return how often a second, over the processes."""
    return f"sum{_by(by)} (rate({counter}{_where(where)}[$__rate_interval]))"


def counted(counter: str, by: str = "", where: str = "", within: str = "$__rate_interval") -> str:
    """Return how often within a time, over the processes."""
    return f"sum{_by(by)} (increase({counter}{_where(where)}[{within}]))"


def quantile(
    share: float, histogram: str, by: str = "", where: str = "", within: str = "$__rate_interval"
) -> str:
    """Return the time within which that share was done."""
    labels = f"le, {by}" if by else "le"
    rate = f"rate({histogram}_bucket{_where(where)}[{within}])"
    return f"histogram_quantile({share}, sum by ({labels}) ({rate}))"


def age(metric: str, where: str = "") -> str:
    """Return how long ago the earliest moment is: 0 where there is none, nothing if unseen."""
    series = f"{metric}{_where(where)}"
    return f"max(time() - ({series} > 0)) or 0 * max({series})"


def zeros(states: str) -> str:
    """Return how many of the states are 0; nothing if unseen."""
    return f"count({states} == 0) or 0 * count({states})"


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""


def _where(matchers: str) -> str:
    return f"{{{matchers}}}" if matchers else ""
