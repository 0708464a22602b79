"""`bus agreements check` and `approve`, which need files alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bus.cli.app import run
from tests.unit.offices.agreements import line_of, unapproved

DOJ = ("--office", "doj.oag", "--officer", "associate-deputy:j-20")
HHS = ("--office", "hhs.orr.director", "--officer", "director:h-1")
PARTIES_LINE = line_of(unapproved(), "parties:")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "doj-hhs.yaml"
    path.write_text(unapproved())
    return path


def test_the_check_has_a_line_for_each_fault(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(unapproved().replace("30 CALENDAR_DAYS", "a month"))

    code = run(["agreements", "check", str(file)])

    lines = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line.partition(" (")[0].removeprefix(f"{file}:") for line in lines] == [
        f"{line_of(unapproved(), 'lead_time:')}: lead_time: is no duration",
        f"{PARTIES_LINE}: parties[0]: approved",
        f"{PARTIES_LINE}: parties[1]: approved",
    ]


def test_two_approvals_end_the_checks_faults(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = [run(["agreements", "approve", str(file), *who]) for who in (DOJ, HHS)]
    capsys.readouterr()

    code = run(["agreements", "check", str(file), "--json"])

    printed = json.loads(capsys.readouterr().out)
    assert (codes, code, printed["faults"]) == ([0, 0], 0, [])
    assert printed["files"][0]["approved_by"] == ["doj.oag", "hhs.orr.director"]


def test_a_fault_in_json_names_file_line_and_path(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["agreements", "check", str(file), "--json"])

    fault = json.loads(capsys.readouterr().out)["faults"][0]
    assert code == 1
    assert (fault["file"], fault["line"], fault["path"]) == (str(file), PARTIES_LINE, "parties[0]")


def test_an_approval_of_an_earlier_text_is_told_when_it_is_taken_out(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["agreements", "approve", str(file), *DOJ])
    file.write_text(file.read_text().replace("lead_time: 30", "lead_time: 45"))

    code = run(["agreements", "approve", str(file), *HHS])

    assert code == 0
    assert "1 approvals of an earlier text" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["check", "nowhere.yaml"], "nowhere.yaml can't be read"),
        (["check"], "name the files"),
        (["approve", "nowhere.yaml", *DOJ], "nowhere.yaml can't be read"),
    ],
)
def test_what_is_not_there_ends_with_2(
    arguments: list[str],
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    code = run(["agreements", *arguments])

    assert code == 2
    assert hint in capsys.readouterr().err
