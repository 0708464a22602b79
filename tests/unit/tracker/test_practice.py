"""Which custody events the tracker counts for the practice detector."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from bus.tracker.practice import counts_by_key
from tests.integration.tracker.direct import event_at
from tests.records import MOMENT, custody_data, raw_record

REFERRED: dict[str, Any] = {
    "event_kind": "REFERRED_FOR_PROSECUTION",
    "sector": "El Paso",
    "subject": {"role": "PARENT"},
    "occurred_at": datetime(2017, 10, 3, 12, tzinfo=UTC),
}
KEY = ("dhs", "El Paso", date(2017, 10, 3), "REFERRED_FOR_PROSECUTION", "", "ADULT")


def counted(mode: str = "ACTUAL", **changes: object) -> dict[tuple[Any, ...], int]:
    raw = raw_record(custody_data(**(REFERRED | changes)), mode=mode)
    return dict(counts_by_key([event_at(raw, MOMENT, offset=0)]))


def test_an_event_counts_for_its_agency_sector_day_kind_and_population() -> None:
    assert counted() == {KEY: 1}


def test_the_day_is_that_of_the_act_in_utc() -> None:
    late = datetime(2017, 10, 3, 23, tzinfo=timezone(timedelta(hours=-6)))

    assert [key[2] for key in counted(occurred_at=late)] == [date(2017, 10, 4)]


def test_a_separation_counts_with_its_reason() -> None:
    separation = {"separated": "YES", "from_subject_ids": [], "reason": "WARRANT"}

    (key,) = counted(event_kind="SEPARATED", separation=separation, subject={"role": "CHILD"})

    assert key[3:] == ("SEPARATED", "WARRANT", "CHILD")


def test_an_event_without_a_sector_is_counted_all_the_same() -> None:
    assert [key[1] for key in counted(sector=None)] == [""]


@pytest.mark.promise("P8")
@pytest.mark.parametrize("mode", ["EXERCISE", "TEST", "NONSENSE"])
def test_only_what_is_surely_real_counts(mode: str) -> None:
    assert counted(mode) == {}


@pytest.mark.parametrize(
    "changes", [{"event_kind": "BOOKED"}, {"subject": {"role": "OTHER_ADULT"}}, {"subject": None}]
)
def test_what_no_stream_watches_is_not_counted(changes: dict[str, object]) -> None:
    assert counted(**changes) == {}
