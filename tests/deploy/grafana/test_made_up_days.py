from __future__ import annotations

import re

import pytest

from bus.metrics.kinds import Kind
from deploy.grafana.render.asking import interpolated
from deploy.grafana.render.curves import during, every, ramps, since, steady, steps, until
from deploy.grafana.render.days import days
from deploy.grafana.render.history import History
from tests.deploy.grafana.dashboards import FILES, expressions


def test_every_board_is_drawn_on_a_healthy_and_on_a_broken_day() -> None:
    boards = {path.stem for path in FILES}
    drawn = [(board, day.name) for day in days() for board in day.boards]

    assert sorted(drawn) == sorted(
        (board, name) for board in boards for name in ("healthy", "broken")
    )


def test_every_day_is_told_in_metrics_of_the_catalogue() -> None:
    for day in days():
        day.history()


def test_a_metric_that_the_catalogue_has_otherwise_is_refused() -> None:
    history = History(now=0.0)

    with pytest.raises(ValueError, match=Kind.GAUGE):
        history.counter("bus_outbox_depth", steady(1), owner="doj")
    with pytest.raises(ValueError, match="owner"):
        history.gauge("bus_outbox_depth", steady(1), topic="doj")


def test_a_series_that_is_told_again_takes_the_place_of_the_first() -> None:
    history = History(now=1_000_000.0)
    history.gauge("bus_outbox_depth", steady(1), owner="doj")
    history.gauge("bus_outbox_depth", steps(2, (-1, 5)), owner="doj")

    lines = list(history.lines())

    assert lines[1] == 'bus_outbox_depth{owner="doj"} 2 910000\n'
    assert lines[-2] == 'bus_outbox_depth{owner="doj"} 5 1000000\n'
    assert lines[-1] == "# EOF\n"


def test_curves_and_moments_hold_where_they_say() -> None:
    assert [ramps((0, 0), (2, 4))(hour) for hour in (-1, 1, 3)] == [0, 2, 4]
    assert [during(0, 1, steady(7), steady(2))(hour) for hour in (-1, 0, 1)] == [2, 7, 2]
    assert [since(1)(hour) for hour in (0, 1)] == [None, 1]
    assert [until(1)(hour) for hour in (0, 1)] == [1, None]
    assert every(2, last=-1)(0) == -1


def test_no_variable_of_grafana_is_left_in_a_question() -> None:
    for where, expression in expressions():
        assert not re.search(r"\$", interpolated(expression)), where
