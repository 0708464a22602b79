"""The command line as a whole: help, exit codes, and how errors are told."""

from __future__ import annotations

import json
import subprocess
import sys

import psycopg
import pytest
import typer
from aiokafka.errors import KafkaConnectionError
from confluent_kafka import KafkaError, KafkaException

from bus.cli import app
from bus.cli.app import COMMANDS, make_app, run
from bus.cli.failures import describe
from bus.errors import (
    FaultError,
    FencedError,
    FieldFault,
    InvalidEventError,
    UnavailableError,
    UsageError,
)

HEAVY = ("aiokafka", "confluent_kafka", "faststream", "fastavro", "psycopg", "pydantic", "rich")


def raising(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command raise this."""

    def fail(arguments: object) -> int:
        raise error

    monkeypatch.setattr(app, "invoke", fail)


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_every_command_has_help_with_an_example(
    entry: app.Entry, capsys: pytest.CaptureFixture[str]
) -> None:
    group = typer.main.get_command(make_app(entry.name))
    command = group.commands[entry.name]  # type: ignore[attr-defined]
    below = [[entry.name, name] for name in getattr(command, "commands", {})]

    for words in below or [[entry.name]]:
        code = run([*words, "--help"])
        printed = " ".join(capsys.readouterr().out.split())

        assert code == 0
        assert f"bus {' '.join(words)}" in printed.removeprefix("Usage: bus ")


def test_the_list_of_commands_imports_none_of_them() -> None:
    program = (
        "import sys; from bus.cli.app import run; code = run(['--help']);"
        f" sys.exit(code or ', '.join(set(sys.modules) & set({HEAVY!r})) or 0)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    for entry in COMMANDS:
        assert f"  {entry.name} " in done.stdout


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FaultError("what, where"), 1),
        (FencedError("what, where"), 1),
        (UsageError("what, where"), 2),
        (UnavailableError("what, where"), 5),
    ],
)
def test_our_errors_end_with_their_code_and_say_their_words(
    error: Exception,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    raising(error, monkeypatch)

    assert run(["audit"]) == code

    assert capsys.readouterr().err == "error: what, where\n"


def test_with_json_an_error_is_one_object_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(UnavailableError("the broker is away"), monkeypatch)

    run(["audit", "--json"])

    printed = capsys.readouterr()
    assert json.loads(printed.err) == {
        "error": "UnavailableError",
        "message": "the broker is away",
        "exit_code": 5,
    }
    assert printed.out == ""


def test_with_json_each_fault_of_an_event_stands_by_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = FieldFault("subject.birth_date", "has the wrong type", "give a date")
    raising(InvalidEventError("an event", [fault]), monkeypatch)

    assert run(["publish", "--json"]) == 2

    assert json.loads(capsys.readouterr().err)["faults"] == [
        {"path": "subject.birth_date", "rule": "has the wrong type", "hint": "give a date"}
    ]


@pytest.mark.promise("P9")
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (psycopg.errors.InvalidTextRepresentation("invalid uuid: A123456789"), 1),
        (psycopg.OperationalError("password of A123456789 is wrong"), 5),
        (KafkaConnectionError("A123456789"), 5),
        (KafkaException(KafkaError(KafkaError._FAIL, "A123456789")), 5),
        (ValueError("A123456789"), 1),
        (KeyError("A123456789"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_of_a_library_ends_without_traceback_and_without_its_text(
    error: Exception,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    raising(error, monkeypatch)

    assert run(["audit"]) == code

    printed = capsys.readouterr().err
    assert "A123456789" not in printed
    assert "Traceback" not in printed
    assert type(error).__name__ in printed


def test_an_unexpected_error_names_the_line_that_it_came_from() -> None:
    try:
        run_out_of_luck()
    except ZeroDivisionError as error:
        failure = describe(error, [])

    assert "test_app.py:" in failure.message
    assert "report this line" in failure.message


def run_out_of_luck() -> float:
    """Raise ZeroDivisionError."""
    return 1 / 0


def test_an_interrupt_ends_as_a_shell_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    raising(KeyboardInterrupt(), monkeypatch)

    assert run(["audit"]) == 130


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["audt"], "bus audt --help"),
        (["audit", "--gruop", "x"], "bus audit --help"),
        (["positions", "reset"], "bus positions --help"),
        (["--nonsense"], "bus --help"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_where_help_is(
    arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2

    assert hint in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["positions"]])
def test_without_a_command_the_help_is_on_stderr(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2

    printed = capsys.readouterr()
    assert printed.err.startswith("Usage: bus")
    assert printed.out == ""


def test_an_answer_of_no_stops_with_nothing_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(typer.Abort(), monkeypatch)

    assert run(["positions", "reset"]) == 1

    assert capsys.readouterr().err == "error: stopped: nothing was done\n"
