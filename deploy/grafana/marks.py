"""What happened, as lines across the charts: policies, breakers, deployments.

Each asks what is there now and wasn't a minute ago, so its step is a minute as well.
"""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import AnnotationQuery
from grafana_foundation_sdk.models.common import DataSourceRef

from deploy.grafana.queries import ACTUAL, stand

STEP = "60s"
AGO = "offset 1m"

_IN_FORCE = f'standing=~"clear|in_force_unannounced",{ACTUAL}'


def marks(datasource: DataSourceRef) -> list[AnnotationQuery]:
    """Return what every board marks."""
    return [
        _mark(
            datasource,
            "Policies taking effect",
            f"{stand('bus_policies', 'standing', _IN_FORCE)}"
            f" - max by (standing) (bus_policies{{{_IN_FORCE}}} {AGO}) > 0",
            "A policy is in force: {{standing}}",
            "yellow",
        ),
        _mark(
            datasource,
            "Breakers opening",
            "min by (group) (bus_breaker_closed) == 0"
            f" and on (group) min by (group) (bus_breaker_closed {AGO}) == 1",
            "The breaker of {{group}} opened",
            "red",
        ),
        _mark(
            datasource,
            "Deployments",
            "count by (version) (bus_build_info)"
            f" unless on (version) count by (version) (bus_build_info {AGO})",
            "Version {{version}} runs",
            "blue",
        ),
    ]


def _mark(
    datasource: DataSourceRef, name: str, expression: str, title: str, color: str
) -> AnnotationQuery:
    return (
        AnnotationQuery()
        .name(name)
        .datasource(datasource)
        .enable(True)
        .icon_color(color)
        .expr(expression)
        .title_format(title)
        .text_format("")
        .step(STEP)
    )
