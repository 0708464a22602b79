"""The table of what the reports found names tests that exist, and hides no gap."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from tests.acceptance import readme

TABLE = readme.ROOT / "deploy" / "report-failings.md"
REPORTS = (
    "OEI-BL-18-00510",
    "OEI-BL-18-00511",
    "GAO-19-163",
    "GAO-20-245",
    "OIG-18-84",
    "OIG-20-06",
    "21-028",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One finding of a report, and what the bus does about it."""

    found: str
    rule: str
    tests: tuple[str, ...]
    remains: str


def rows() -> list[Row]:
    """Return the table's rows, less its head."""
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]
    return [
        Row(found, rule, tuple(re.findall(r"`([^`]+)`", tests)), remains)
        for found, rule, tests, remains in cells
    ]


def test_each_report_has_its_rows() -> None:
    named = " ".join(row.found for row in rows())

    assert [report for report in REPORTS if report not in named] == []


def test_each_rule_names_a_test_or_says_that_there_is_none() -> None:
    assert [row for row in rows() if bool(row.tests) == (row.rule == "None yet.")] == []


def test_each_row_says_what_remains_open() -> None:
    assert [row.found for row in rows() if not row.remains] == []


@pytest.mark.parametrize("named", sorted({test for row in rows() for test in row.tests}))
def test_the_tests_that_hold_a_rule_exist(named: str) -> None:
    path, _, function = named.partition("::")

    functions = readme.promises_of(readme.ROOT / "tests" / path)

    assert function in functions if function else functions
