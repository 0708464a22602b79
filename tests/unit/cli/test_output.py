"""What commands print, for people and for programs."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from bus.cli.output import (
    confirm,
    json_text,
    print_record,
    print_rows,
    print_table,
    text_of,
    time_text,
)
from bus.errors import UsageError

WEST = timezone(timedelta(hours=-5))


def test_times_are_in_utc_whatever_their_zone() -> None:
    assert time_text(datetime(2018, 5, 7, 9, 30, tzinfo=WEST)) == "2018-05-07T14:30:00Z"


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-05:00"]
)
def test_a_time_that_has_no_utc_keeps_its_offset(moment: str) -> None:
    assert time_text(datetime.fromisoformat(moment)) == moment


def test_json_has_times_ids_and_numbers_as_text() -> None:
    value = {
        "at": datetime(2018, 5, 7, tzinfo=UTC),
        "on": date(2018, 5, 7),
        "id": UUID(int=7),
        "share": Decimal("0.50"),
    }

    assert json.loads(json_text(value)) == {
        "at": "2018-05-07T00:00:00Z",
        "on": "2018-05-07",
        "id": "00000000-0000-0000-0000-000000000007",
        "share": "0.50",
    }


def test_what_has_no_form_in_json_is_a_defect() -> None:
    with pytest.raises(TypeError, match="bytes"):
        json_text({"key": b"raw"})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (["a", None], "a, -"),
        ([], "-"),
        ({"a": 1}, '{"a": 1}'),
        (datetime(2018, 5, 7, tzinfo=UTC), "2018-05-07T00:00:00Z"),
    ],
)
def test_people_read_words(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("hostile", ["\x1b[2Jgone", "a\nb", "a\rb", "\udcff", "\u202eabc"])
def test_a_terminal_is_never_told_what_to_do(hostile: str) -> None:
    shown = text_of(hostile)

    assert shown.isprintable()
    assert "\\" in shown


def test_a_table_is_whole_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300

    print_table(("name", "event_id"), [[long, 1], ["[bold]y[/bold]", None]])

    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "event", "id"]
    assert [row.split() for row in rows] == [[long, "1"], ["[bold]y[/bold]", "-"]]


def test_rows_are_one_json_array_with_what_the_table_leaves_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [{"a": 1, "b": None}]

    print_rows(rows, columns=("a",), as_json=True, if_none="none")

    assert json.loads(capsys.readouterr().out) == rows


def test_without_rows_people_read_so_and_programs_an_empty_array(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_rows([], columns=("a",), as_json=False, if_none="There is none.")
    print_rows([], columns=("a",), as_json=True, if_none="There is none.")

    assert capsys.readouterr().out == "There is none.\n[]\n"


def test_a_record_has_a_line_for_each_value_that_is_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_record({"policy_id": "doj/2018/x", "answer": None, "clear": False}, as_json=False)

    assert capsys.readouterr().out == "policy id  doj/2018/x\nclear      no\n"


def test_where_nobody_can_be_asked_yes_must_be_said_beforehand() -> None:
    confirm("Sure?", yes=True)

    with pytest.raises(UsageError, match="--yes"):
        confirm("Sure?", yes=False)
