"""Prometheus itself reads what boards ask, and answers whether HHS will be told."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from deploy.grafana.answers import Answer, answer
from tests.deploy.grafana.dashboards import expressions, interpolated
from tests.operators.debian import run

pytestmark = pytest.mark.debian

WELL = {
    'bus_policies{standing="clear",mode="ACTUAL"}': "2x10",
    'bus_policies{standing="in_force_unannounced",mode="ACTUAL"}': "0x10",
    'bus_policies{standing="in_force_unannounced",mode="EXERCISE"}': "1x10",
    'bus_acknowledgements_overdue{office="hhs.orr.intake",mode="ACTUAL"}': "0x10",
    'bus_breaker_closed{group="tracker"}': "1x10",
    'bus_consumer_members{group="tracker"}': "1x10",
    "bus_canary_last_seen_timestamp_seconds": "0+60x10",
    'bus_monitor_last_success_timestamp_seconds{part="database"}': "0+60x10",
}
UNACCEPTED = {'bus_policies{standing="in_force_unannounced",mode="ACTUAL"}': "1x10"}
OVERDUE = {'bus_acknowledgements_overdue{office="hhs.orr.intake",mode="ACTUAL"}': "1x10"}
STUCK = {'bus_monitor_last_success_timestamp_seconds{part="database"}': "60x10"}


def test_prometheus_reads_every_question_of_every_board(tmp_path: Path) -> None:
    rules = [
        {"record": f"board:question{index}", "expr": interpolated(expression)}
        for index, (_, expression) in enumerate(expressions())
    ]
    file = tmp_path / "questions.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "boards", "rules": rules}]}))

    checked = run("promtool", "check", "rules", file)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        pytest.param(WELL, Answer.YES, id="yes when all is well, whatever an exercise does"),
        pytest.param(WELL | OVERDUE, Answer.AT_RISK, id="at risk while an office is late"),
        pytest.param(WELL | UNACCEPTED | OVERDUE, Answer.NO, id="the worst objection counts"),
        pytest.param(WELL | STUCK | OVERDUE, Answer.CANT_TELL, id="never yes on what is old"),
        pytest.param(WELL | STUCK | UNACCEPTED, Answer.NO, id="what was seen stays a no"),
        pytest.param({}, Answer.CANT_TELL, id="never yes where nothing can be seen"),
    ],
)
def test_the_board_answers_as_the_worst_objection_says(
    series: dict[str, str], expected: Answer, tmp_path: Path
) -> None:
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": answer(),
                "eval_time": "10m",
                "exp_samples": [{"labels": "{}", "value": int(expected)}],
            }
        ],
    }
    file = tmp_path / "answers.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}))

    tested = run("promtool", "test", "rules", file)

    assert tested.returncode == 0, tested.stdout + tested.stderr
