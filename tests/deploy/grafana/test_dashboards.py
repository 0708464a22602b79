"""What every board promises its reader, checked on the committed files."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from bus.cli.app import run
from bus.metrics.catalogue import CLIENT_METRICS, metrics
from bus.metrics.kinds import Kind
from deploy.grafana.boards import boards
from tests.deploy.grafana.dashboards import (
    FILES,
    Json,
    chosen,
    dashboards,
    expressions,
    panels,
)
from tests.deploy.promql import labels_in, metrics_in

RULES = Path(__file__).parents[3] / "deploy/prometheus/rules"
HISTOGRAM_ENDINGS = ("_bucket", "_count", "_sum")
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def test_the_committed_dashboards_are_what_the_code_makes() -> None:
    made = {f"{board.uid}.json": board.as_json() for board in boards()}

    committed = {path.name: path.read_text() for path in FILES}

    assert committed == made, "stale: run `make dashboards` and commit what it writes"


def test_there_are_four_boards_and_each_leads_to_the_others() -> None:
    found = dashboards()

    assert [board["title"] for board in found] == [
        "Dead letters",
        "Delivery",
        "Findings",
        "Will HHS be told?",
    ]
    for board in found:
        assert board["tags"] == [tag for link in board["links"] for tag in link["tags"]]


def test_every_panel_says_what_it_shows_in_which_unit() -> None:
    for board, panel in panels():
        where = f"{board['uid']}: {panel['title']}"
        assert panel["title"].strip(), where
        assert len(panel["description"]) > len(panel["title"]), where
        assert panel["description"].endswith("."), where
        assert panel["fieldConfig"]["defaults"]["unit"], where


def test_ids_and_names_of_questions_are_set_and_differ() -> None:
    for board in dashboards():
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)
        assert len({panel["title"] for panel in board["panels"]}) == len(ids)
        for panel in board["panels"]:
            names = [target["refId"] for target in panel["targets"]]
            assert all(names)
            assert len(set(names)) == len(names)


def test_the_data_source_is_a_variable_everywhere() -> None:
    for board in dashboards():
        first = board["templating"]["list"][0]
        assert (first["type"], first["name"]) == ("datasource", "datasource")
        asking = [*board["templating"]["list"][1:], *board["annotations"]["list"]]
        asking += [each for panel in board["panels"] for each in (panel, *panel["targets"])]
        for each in asking:
            assert each["datasource"] == DATASOURCE


def test_no_panel_covers_another() -> None:
    for board in dashboards():
        for one, other in combinations(board["panels"], 2):
            assert not _overlap(one["gridPos"], other["gridPos"]), (one["title"], other["title"])
        for panel in board["panels"]:
            assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24, panel["title"]


def _overlap(one: Json, other: Json) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


def test_every_metric_is_in_the_catalogue_or_recorded_by_a_rule() -> None:
    known = _known()
    asked = [(where, metrics_in(expression)) for where, expression in expressions()]
    asked += [(board["uid"], {metric}) for board in dashboards() for _, metric, _ in chosen(board)]

    assert {(where, *names - known) for where, names in asked if names - known} == set()


def test_every_label_is_one_that_a_metric_of_its_expression_has() -> None:
    labels = {name: set(metric.label_names) for name, metric in metrics().items()}
    for where, expression in expressions():
        possible = {"le", "because", "answer"}.union(
            *(labels.get(_stem(name), set()) for name in metrics_in(expression))
        )
        assert labels_in(expression) <= possible, where
    for board in dashboards():
        for name, metric, label in chosen(board):
            assert label in labels[metric], f"{board['uid']}: {name}"


def test_every_name_of_a_series_is_of_labels_that_the_expression_keeps() -> None:
    for board, panel in panels():
        for target in panel["targets"]:
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert named <= labels_in(target["expr"]), f"{board['uid']}: {panel['title']}"


def test_rates_are_taken_over_what_grafana_reckons() -> None:
    for where, expression in expressions():
        for window in re.findall(r"\brate\([^\[\]]*\[([^\]]*)\]", expression):
            fixed = "histogram_quantile" in expression and window in {"1h", "30d"}
            assert window == "$__rate_interval" or fixed, where


def test_every_variable_that_is_used_is_one_of_the_board() -> None:
    for board in dashboards():
        known = {variable["name"] for variable in board["templating"]["list"]}
        used = {
            name
            for panel in board["panels"]
            for target in panel["targets"]
            for name in re.findall(r"\$(?!__)(\w+)", target["expr"])
        }
        assert used == known - {"datasource"}, board["uid"]


def test_only_what_is_real_counts_where_a_mode_is_known() -> None:
    with_mode = {name for name, metric in metrics().items() if "mode" in metric.label_names}
    apart = "bus-findings: Exercises and tests"
    for where, expression in expressions():
        for name in metrics_in(expression) & with_mode:
            unfiltered = re.findall(rf'\b{name}\b(?!\{{[^}}]*mode="ACTUAL")', expression)
            allowed = where == apart or expression.count(f"absent({name})") == len(unfiltered)
            assert not unfiltered or allowed, where


def test_every_command_in_a_description_exists(capsys: pytest.CaptureFixture[str]) -> None:
    told = " ".join(panel["description"] for _, panel in panels())
    told += " ".join(board["description"] for board in dashboards())

    for command in sorted(set(re.findall(r"`bus ([^`]+)`", told))):
        words = command.split()
        code = run([word for word in words if word.islower() and word[0] != "-"] + ["--help"])
        shown = capsys.readouterr().out
        assert code == 0, command
        assert all(word in shown for word in words if word.startswith("--")), command


def _known() -> set[str]:
    histograms = [name for name, metric in metrics().items() if metric.kind is Kind.HISTOGRAM]
    parts = {name + ending for name in histograms for ending in HISTOGRAM_ENDINGS}
    return (metrics().keys() - set(histograms)) | parts | set(CLIENT_METRICS) | _recorded()


def _recorded() -> set[str]:
    rules = [
        rule
        for path in RULES.glob("*.yml")
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    ]
    return {rule["record"] for rule in rules if "record" in rule}


def _stem(name: str) -> str:
    for ending in HISTOGRAM_ENDINGS:
        if name.removesuffix(ending) in metrics():
            return name.removesuffix(ending)
    return name
