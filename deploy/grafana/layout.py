"""Rows of panels become a dashboard: places, ids, data source, variables, marks, links."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DashboardLink,
    DatasourceVariable,
    QueryVariable,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.dashboard import Dashboard as Model
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    GridPos,
    Panel,
    VariableRefresh,
    VariableSort,
)
from grafana_foundation_sdk.models.prometheus import Dataquery

from deploy.grafana.marks import marks

COLUMNS = 24
TAG = "interagency-bus"

DATASOURCE = DataSourceRef("prometheus", "${datasource}")


@dataclass(frozen=True, slots=True)
class Row:
    """Panels beside each other; `height` is in Grafana's units, of 38 pixels each."""

    height: int
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable of a board: the values of a label, all of them at first."""

    label: str
    metric: str


@dataclass(frozen=True, slots=True)
class Board:
    """A dashboard to be; its uid is also its file's name."""

    uid: str
    title: str
    description: str
    rows: Sequence[Row]
    choices: Sequence[Choice] = ()

    def as_json(self) -> str:
        """Return what Grafana reads."""
        return json.dumps(self._model(), cls=JSONEncoder, indent=1, ensure_ascii=False) + "\n"

    def _model(self) -> Model:
        builder = (
            Dashboard(self.title)
            .uid(self.uid)
            .description(self.description)
            .tags([TAG])
            .readonly()
            .timezone("utc")
            .time("now-24h", "now")
            .refresh("30s")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .link(_to_the_others())
            .with_variable(_datasource_variable())
        )
        for choice in self.choices:
            builder = builder.with_variable(_variable(choice))
        for mark in marks(DATASOURCE):
            builder = builder.annotation(mark)
        model = builder.build()
        model.panels = list(_placed(self.rows))
        return model


def _placed(rows: Sequence[Row]) -> Iterator[Panel]:
    ids = count(1)
    top = 0
    for row in rows:
        left = 0
        for panel in row.panels:
            width = panel.grid_pos.w if panel.grid_pos is not None else COLUMNS
            panel.grid_pos = GridPos(h=row.height, w=width, x=left, y=top)
            panel.id_val = next(ids)
            _connect(panel)
            yield panel
            left += width
        top += row.height


def _connect(panel: Panel) -> None:
    panel.datasource = DATASOURCE
    for target in panel.targets or []:
        if isinstance(target, Dataquery):
            target.datasource = DATASOURCE


def _datasource_variable() -> DatasourceVariable:
    return DatasourceVariable("datasource").label("Prometheus").type("prometheus")


def _variable(choice: Choice) -> QueryVariable:
    return (
        QueryVariable(choice.label)
        .label(choice.label.capitalize())
        .query(f"label_values({choice.metric}, {choice.label})")
        .datasource(DATASOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
    )


def _to_the_others() -> DashboardLink:
    return DashboardLink("Boards of the bus").type(DashboardLinkType.DASHBOARDS).tags([TAG])
