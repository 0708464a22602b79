"""Agreements as files: what is read, what is refused, and what an approval binds to."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.codec.schemas import packaged
from bus.errors import InvalidEventError, UsageError
from bus.offices.agreement_file import read_agreement
from bus.offices.observing import Officer
from bus.offices.yaml_tree import read_tree
from tests.unit.offices.agreements import (
    DOJ,
    HHS,
    SHIPPED,
    approve,
    faults_of,
    line_of,
    read,
    unapproved,
)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_agreement_that_is_shipped_may_be_published(path: Path) -> None:
    file = read_agreement(path, packaged())

    assert file.faults == ()
    assert file.data["agreement_id"] == path.stem


def test_durations_and_days_are_written_as_people_write_them() -> None:
    data = read(unapproved()).data

    assert data["lead_time"] == {"amount": 30, "unit": "CALENDAR_DAYS"}
    assert data["emergency_bases"][1]["minimum_lead"] == {"amount": 48, "unit": "HOURS"}
    assert data["valid_from"] == datetime(2026, 1, 1, 5, tzinfo=UTC)  # midnight in New York


@pytest.mark.parametrize(
    ("old", "new", "path", "rule"),
    [
        ("lead_time: 30 CALENDAR_DAYS", "lead_time: 30 DAYS", "lead_time", "is no duration"),
        ("lead_time: 30 CALENDAR_DAYS", "lead_time: 30", "lead_time", "is no duration"),
        (
            "after: 2 BUSINESS_DAYS",
            "after: soon",
            "ladders[0].steps[0].after",
            "is no duration",
        ),
        ("lead_time: 30", "leed_time: 30", "leed_time", "is no field of its record"),
        ("version: 1", "version: one", "version", "has the wrong type"),
        ("version: 1", "version: 010", "version", "has the wrong type"),
        ("version: 1", "version: 1\nversion: 2", "version", "stands twice"),
        ("parties: [doj, hhs]", "parties: doj", "parties", "has the wrong type"),
        ("2026-01-01", "2026-02-30", "valid_from", "is no time with an offset"),
        ("America/New_York", "America/El_Passo", "time_zone", "time zone"),
        ("3 CALENDAR_DAYS", "0 HOURS", "emergency_bases[0].minimum_lead.amount", "above zero"),
    ],
)
def test_each_fault_names_its_line_and_its_path(old: str, new: str, path: str, rule: str) -> None:
    text = unapproved().replace(old, new, 1)

    found = faults_of(text)

    line = line_of(text, new) + new.count("\n")
    assert (line, path, rule) in found


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("agreement_id: x\n\tversion: 1\n", 2),
        ("agreement_id: x\nparties: [doj, hhs\nversion: 1\n", 3),
        ("agreement_id: &id x\nversion: *id\n", 2),
        ("agreement_id: x\n---\nversion: 1\n", 2),
        ("agreement_id: x\n? [a, b]\n: 1\n", 2),
        ("- a list\n", 1),
        ("", 1),
    ],
)
def test_what_is_no_yaml_or_no_agreement_is_told_with_its_line(text: str, line: int) -> None:
    faults = read(text).faults

    assert line in {fault.line for fault in faults}


def test_what_other_readers_make_numbers_and_booleans_of_stays_text() -> None:
    tree = read_tree("a: no\nb: 0x1F\nc: 12:30\nd: 2026-01-01\ne: '17'\nf: 17\ng: true\nh: ~\n")

    assert tree.value == {
        "a": "no",
        "b": "0x1F",
        "c": "12:30",
        "d": "2026-01-01",
        "e": "17",
        "f": 17,
        "g": True,
        "h": None,
    }


@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#\n\t %@,?~01"), max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    tree = read_tree(text)

    assert tree.faults or tree.value is None or tree.lines


def test_an_agreement_that_lacks_an_approval_has_that_fault_alone() -> None:
    faults = read(approve(unapproved(), DOJ)).faults

    assert [(fault.path, fault.rule) for fault in faults] == [("parties[1]", "approved")]
    assert "bus agreements approve" in faults[0].hint


def test_both_approvals_make_it_whole_and_are_part_of_the_event_without_digest() -> None:
    file = read(approve(unapproved(), DOJ, HHS))

    assert file.faults == ()
    assert file.data["approvals"][1] == {
        "party": "hhs",
        "office": "hhs.acf.assistant-secretary",
        "officer": {"role": "principal-deputy", "id": "h-40"},
        "at": datetime(2025, 12, 10, 17, tzinfo=UTC),
    }


def test_an_approval_changes_nothing_before_the_approvals() -> None:
    text = unapproved()

    assert approve(text, DOJ, HHS).startswith(text.rstrip())


@pytest.mark.promise("P7")
def test_a_change_after_an_approval_voids_it() -> None:
    text = approve(unapproved(), DOJ, HHS)

    changed = read(text.replace("lead_time: 30", "lead_time: 3"))

    assert [fault.path for fault in changed.faults] == [
        "approvals[0].digest",
        "approvals[1].digest",
    ]
    assert changed.valid_approvals == ()


@pytest.mark.promise("P7")
def test_comments_and_layout_bind_nobody() -> None:
    text = approve(unapproved(), DOJ, HHS)

    changed = text.replace("[doj, hhs]", "\n  - doj  # Justice\n  - hhs\n").replace("# How", "# -")

    assert read(changed).faults == ()


@pytest.mark.promise("P7")
def test_an_approval_takes_out_those_of_an_earlier_text() -> None:
    text = approve(unapproved(), DOJ).replace("lead_time: 30", "lead_time: 45")

    file = read(approve(text, HHS))

    assert [entry["party"] for entry in file.approvals] == ["hhs"]
    assert [fault.path for fault in file.faults] == ["parties[0]"]


def test_an_agency_approves_a_text_once() -> None:
    text = approve(unapproved(), DOJ)

    with pytest.raises(UsageError, match="doj has approved this text"):
        approve(text, Officer(office="doj.eousa", role="deputy", officer_id="j-21"))


def test_only_a_party_approves() -> None:
    stranger = Officer(office="dhs.plcy", role="deputy", officer_id="s-1")

    with pytest.raises(InvalidEventError, match="only the parties approve"):
        approve(unapproved(), stranger)


def test_a_text_with_faults_is_approved_by_nobody() -> None:
    text = unapproved().replace("30 CALENDAR_DAYS", "0 HOURS")

    with pytest.raises(InvalidEventError, match=r"lead_time\.amount: above zero"):
        approve(text, DOJ)


def test_approvals_that_are_not_the_last_are_not_written_over() -> None:
    text = f"approvals: []\n{unapproved()}"

    with pytest.raises(UsageError, match="move `approvals` to the end"):
        approve(text, DOJ)
