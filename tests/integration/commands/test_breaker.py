"""`bus breaker`: what it shows, and what an operator changes by it."""

from __future__ import annotations

import pytest

from bus.settings import Settings
from tests.integration.commands.conftest import Command, command_on

WHO_AND_WHY = ("--officer", "operator:o-4", "--reason", "a wrong release")


@pytest.fixture
def command(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Give a function that runs a command where nothing has happened yet."""
    return command_on(settings, monkeypatch, capsys)


def test_every_group_has_a_breaker_and_it_is_closed_at_first(command: Command) -> None:
    found = command("breaker", "list", "--json").json

    assert {each["group"]: each["state"] for each in found} == {
        "hhs-intake": "CLOSED",
        "tracker": "CLOSED",
    }


def test_a_breaker_is_opened_and_closed_by_an_officer_with_a_reason(command: Command) -> None:
    opened = command("breaker", "open", "tracker", *WHO_AND_WHY, "--json").json
    shown = command("breaker", "list", "--group", "tracker")
    closed = command("breaker", "close", "tracker", *WHO_AND_WHY, "--for", "30", "--json").json

    assert (opened["state"], opened["trial_at"], opened["changed_by"]) == (
        "OPEN",
        None,
        "operator:o-4",
    )
    assert "a wrong release" in shown.out
    assert closed["state"] == "CLOSED"
    assert closed["overridden_until"] > closed["changed_at"]


def test_a_breaker_is_not_changed_without_a_group_an_officer_and_a_reason(
    command: Command,
) -> None:
    wrong = [
        ("open", "nobody", *WHO_AND_WHY),
        ("open", "tracker", "--officer", "operator", "--reason", "x"),
        ("close", "tracker", "--officer", "operator:o-4", "--reason", " "),
        ("close", "tracker", *WHO_AND_WHY, "--for", "0"),
        ("close", "tracker", "--officer", "operator:o-4"),
    ]

    codes = [command("breaker", *arguments).code for arguments in wrong]

    assert codes == [2] * len(wrong)
    assert command("breaker", "list", "--group", "tracker", "--json").json[0]["changed_by"] is None
