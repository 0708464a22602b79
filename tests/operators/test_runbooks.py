"""Every alert has a runbook of the same shape, and whatever it tells to run can be run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import typer

from bus.cli.app import make_app
from bus.services import service_names
from tests.acceptance.readme import links
from tests.operators.alerts import Alert, alerts
from tests.operators.runbooks import HEADINGS, RUNBOOKS, Runbook, file_of, runbooks

OTHER_PROGRAMS = {"amtool", "curl", "promtool", "timedatectl"}
PATHS = ("/healthz", "/readyz", "/metrics", "/v1/gate/POLICY_ID")

every_runbook = pytest.mark.parametrize("runbook", runbooks(), ids=lambda each: each.name)


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert.name)
def test_an_alert_leads_to_the_runbook_of_its_name(alert: Alert) -> None:
    assert RUNBOOKS.parents[1] / alert.annotations["runbook"] == file_of(alert.name)


def test_every_runbook_belongs_to_an_alert() -> None:
    assert sorted(each.name for each in runbooks()) == sorted(each.name for each in alerts())


@every_runbook
def test_a_runbook_answers_the_same_five_questions(runbook: Runbook) -> None:
    assert runbook.headings == HEADINGS
    assert all(runbook.sections)


@every_runbook
def test_its_links_lead_somewhere(runbook: Runbook) -> None:
    assert [each for each in links(file_of(runbook.name)) if not each.exists()] == []


@every_runbook
def test_its_commands_exist_and_their_flags_parse(
    runbook: Runbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert runbook.commands

    for words in runbook.commands:
        if words[0] == "bus":
            parse(words[1:])
        else:
            assert words[0] in OTHER_PROGRAMS
            assert words[0] != "curl" or words[-1].endswith(PATHS)


@every_runbook
def test_the_commands_in_its_sentences_exist(
    runbook: Runbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    for words in runbook.mentions:
        command, rest = found(words[1:])
        if rest:
            parse(words[1:])

        assert command.name


def test_a_flag_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(typer.TyperException, match="--oficer"):
        parse(["breaker", "close", "tracker", "--oficer", "operator:o-4", "--reason", "x"])


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(AssertionError, match="shut"):
        parse(["breaker", "shut", "tracker"])


def parse(words: Sequence[str]) -> None:
    """Let the command line parse a command, without running it; raise what it would say."""
    command, rest = found(words)
    for word in rest:
        if word.endswith((".json", ".ndjson")):
            Path(word).touch()
    with command.make_context("bus", list(rest)):
        pass
    if words[0] == "serve":
        assert set(rest) <= {*service_names(), "all"}, rest


def found(words: Sequence[str]) -> tuple[typer.core.TyperCommand, list[str]]:
    """Return the command that the first words name, and the words behind them."""
    rest = list(words)
    command = typer.main.get_command(make_app(rest[0]))
    while subcommands := getattr(command, "commands", None):
        assert rest, f"{words} names no command"
        assert rest[0] in subcommands, f"there is no command {rest[0]!r}: {words}"
        command = subcommands[rest.pop(0)]
    return command, rest
