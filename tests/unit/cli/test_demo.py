"""`bus demo` lists scenarios and prints pages without playing anything."""

from __future__ import annotations

import json

import pytest

from bus.cli.app import run


def test_every_scenario_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["demo", "--list", "--json"])

    listed = {row["name"] for row in json.loads(capsys.readouterr().out)}
    assert code == 0
    assert {"golden", "hawaii", "injunction"} <= listed


def test_a_story_is_printed_as_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["demo", "hawaii", "--page"])

    assert code == 0
    assert capsys.readouterr().out.startswith("# A notice sent by mistake\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["demo", "golden", "--page"], "golden has no page"),
        (["demo", "nothing"], "there is no scenario 'nothing'"),
        (["demo", "--list", "--page"], "say one of --list and --page"),
    ],
)
def test_what_cannot_be_shown_ends_with_2_and_says_what_can(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(words)

    assert code == 2
    assert told in capsys.readouterr().err
