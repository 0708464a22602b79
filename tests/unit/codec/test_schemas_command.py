from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bus.cli.schemas import app
from bus.codec.schemas import packaged
from bus.errors import UnknownNameError, UsageError
from tests.unit.codec.made_up import field, record

RUNNER = CliRunner()


def run(*arguments: str) -> str:
    """Run a command that must succeed, and return what it prints."""
    result = RUNNER.invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_released_schemas_pass_the_check() -> None:
    assert "9 schema files checked, no fault." in run("check")


def test_a_fault_ends_with_exit_code_one_and_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    definition = record(field("id", "long", doc=""), field("at", "long", doc=""))
    (tmp_path / "made" / "Made.v1.avsc").write_text(json.dumps(definition))

    result = RUNNER.invoke(app, ["check", str(tmp_path)])

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "Made.v1.avsc: id: the field has no doc; say what it means",
        "Made.v1.avsc: at: the field has no doc; say what it means",
    ]
    assert "2 faults: not releasable" in result.stderr


def test_the_check_prints_json_with_the_same_exit_code(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "Made.v1.avsc").write_text(json.dumps(record(field("id", "long", doc=""))))

    result = RUNNER.invoke(app, ["check", str(tmp_path), "--json"])

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "files": 1,
        "faults": [
            {
                "file": "Made.v1.avsc",
                "path": "id",
                "rule": "the field has no doc",
                "advice": "say what it means",
            }
        ],
    }


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        RUNNER.invoke(app, ["check", str(tmp_path / "gone")], catch_exceptions=False)


def test_the_list_names_each_version_with_its_fingerprint() -> None:
    listed = json.loads(run("list", "--json"))

    assert [(one["name"], one["version"]) for one in listed] == [
        (schema.name, schema.version)
        for name in packaged().names()
        for schema in packaged().versions(name)
    ]
    for one in listed:
        assert one["fingerprint"] in run("list")
        assert one["dataschema"] == f"urn:interagency-bus:schema:{one['name']}:{one['version']}"


@pytest.mark.parametrize("name", ["CustodyEvent", "interagency.custody.CustodyEvent"])
def test_a_schema_is_shown_by_its_short_or_full_name(name: str) -> None:
    shown = run("show", name)

    assert shown.startswith("interagency.custody.CustodyEvent, version 1, ")
    assert "separation.from_subject_ids" in shown


def test_the_json_of_a_schema_is_the_schema() -> None:
    shown = json.loads(run("show", "Finding", "--version", "1", "--json"))

    assert shown == packaged().latest("interagency.clearance.Finding").definition


@pytest.mark.parametrize("arguments", [["Nothing"], ["Finding", "--version", "99"]])
def test_a_name_or_version_that_does_not_exist_is_told(arguments: list[str]) -> None:
    with pytest.raises(UnknownNameError):
        RUNNER.invoke(app, ["show", *arguments], catch_exceptions=False)


@pytest.mark.parametrize("command", ["check", "list", "show"])
def test_help_has_an_example(command: str) -> None:
    assert f"bus schemas {command}" in run(command, "--help")
