"""What README.md says is so: its code runs, its commands end as it says, its tables are true."""

from __future__ import annotations

import re
import time

import pytest

from bus.cli.app import run
from tests.acceptance import readme
from tests.acceptance.conftest import run_command
from tests.integration.tracker.world import LIMIT_SECONDS, World

POLICY = "doj/2030/example"
PLACES = "SELECT places FROM hhs.places_needed WHERE policy_id = %s AND revision = 1"


def ends_with(world: World, command: readme.Command) -> int:
    """Run the command until it ends as the README says, for the tracker may be a moment behind."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while True:
        code = world.bus(*command.words).code
        if code == command.exit_code or time.monotonic() > deadline:
            return code


def test_the_published_notice_reaches_the_subscriber(followed: World) -> None:
    followed.until(PLACES, 200, POLICY)


@pytest.mark.promise("P1")
def test_the_gate_opens_when_both_offices_have_answered(followed: World) -> None:
    followed.until_state(POLICY, record="SOUND", lead="KEPT")

    ended = [(each, ends_with(followed, each)) for each in readme.commands("acknowledge")]

    assert [code for _, code in ended] == [each.exit_code for each, _ in ended]
    assert [code for each, code in ended if each.words[0] == "gate"] == [3, 0]


def test_the_line_of_json_is_published_and_found_to_lack_a_citation(followed: World) -> None:
    publish, findings = readme.commands("bus publish")

    published = run_command(followed.settings, publish)
    followed.until("SELECT count(*) FROM finding WHERE kind = 'MISSING_CITATION'", 1)
    found = run_command(followed.settings, findings)

    assert (published.returncode, found.returncode) == (0, 0), published.stderr + found.stderr
    assert "MISSING_CITATION" in found.stdout


def test_every_command_and_option_exists(capsys: pytest.CaptureFixture[str]) -> None:
    calls = re.findall(r"\.venv/bin/bus ([a-z][^`\n#<|&)]*)", readme.text())
    assert len(calls) > 10
    for call in calls:
        words = call.split()
        is_group = words[0] in {"local", "topics", "notice", "findings"}
        code = run([*words[: 2 if is_group else 1], "--help"])
        told = capsys.readouterr().out

        missing = [word for word in words if word.startswith("--") and word not in told]

        assert (code, missing) == (0, []), call


def test_every_make_target_exists() -> None:
    makefile = (readme.ROOT / "Makefile").read_text()

    named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(readme.blocks("sh"))))
    named |= set(re.findall(r"`make ([a-z]+)`", readme.text()))

    assert {"demo", "test", "up", "down"} <= named
    assert [name for name in named if f"\n{name}:" not in makefile] == []


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CHANGELOG.md",
        "deploy/decisions/README.md",
        "deploy/report-failings.md",
        "deploy/stories/golden.md",
    ],
)
def test_every_link_leads_somewhere(document: str) -> None:
    leading = readme.links(readme.ROOT / document)

    assert [path for path in leading if not path.exists()] == []


def test_every_path_of_the_layout_exists() -> None:
    paths = readme.layout()

    assert len(paths) > 10
    assert [path for path in paths if not (readme.ROOT / path).exists()] == []


def test_the_table_has_every_promise() -> None:
    assert [row.name for row in readme.promises()] == [f"P{number}" for number in range(1, 11)]


@pytest.mark.parametrize("row", readme.promises(), ids=lambda row: row.name)
def test_the_tests_that_are_said_to_hold_a_promise_carry_its_name(row: readme.Promise) -> None:
    assert row.tests
    for named in row.tests:
        path, _, function = named.partition("::")
        marked = readme.promises_of(readme.ROOT / "tests" / path)
        holding = [name for name, promises in marked.items() if row.name in promises]

        assert holding, named
        assert not function or function in holding, named


def test_it_stays_short_enough_to_be_read() -> None:
    assert len(readme.text().splitlines()) < 250
