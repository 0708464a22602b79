"""Durations: what N days before means, at each boundary that a calendar has."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.notices.durations import (
    END_OF_TIME,
    Calendar,
    Duration,
    Holidays,
    Unit,
    business_days,
    calendar_days,
    federal_holidays,
    hours,
)

WASHINGTON = ZoneInfo("America/New_York")
CALENDAR = Calendar(WASHINGTON)

pytestmark = pytest.mark.promise("P1")


def local(text: str, zone: ZoneInfo = WASHINGTON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def over(duration: Duration, since: str, calendar: Calendar = CALENDAR) -> str:
    """Return when a duration is over, as the clock on the wall shows it."""
    moment = datetime.fromisoformat(since).replace(tzinfo=calendar.zone)
    return duration.after(moment, calendar).astimezone(calendar.zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize("delivered", ["2018-06-01 00:00", "2018-06-01 12:00", "2018-06-01 23:59"])
def test_the_day_of_delivery_does_not_count_at_whatever_hour_it_came(delivered: str) -> None:
    assert over(calendar_days(30), delivered) == "2018-07-02 00:00"


def test_hours_run_from_the_instant() -> None:
    assert over(hours(72), "2018-06-01 09:30") == "2018-06-04 09:30"


@pytest.mark.parametrize("unit", list(Unit))
def test_no_time_at_all_is_over_at_once(unit: Unit) -> None:
    assert over(Duration(0, unit), "2018-06-02 09:30") == "2018-06-02 09:30"


@pytest.mark.parametrize(
    ("delivered", "days", "hours_later"),
    [
        ("2018-03-10 00:00", "2018-03-12 00:00", "2018-03-12 01:00"),  # clocks go forward
        ("2018-11-03 00:00", "2018-11-05 00:00", "2018-11-04 23:00"),  # clocks go back
    ],
)
def test_a_day_on_which_clocks_change_is_one_day_but_hours_stay_hours(
    delivered: str, days: str, hours_later: str
) -> None:
    assert over(calendar_days(1), delivered) == days
    assert over(hours(48), delivered) == hours_later


def test_a_day_begins_when_clocks_go_forward_at_its_midnight() -> None:
    havana = Calendar(ZoneInfo("America/Havana"))

    assert over(calendar_days(1), "2018-03-09 12:00", havana) == "2018-03-11 01:00"


@pytest.mark.parametrize(("year", "ends"), [(2018, "2018-03-02"), (2020, "2020-03-01")])
def test_a_leap_day_is_a_day(year: int, ends: str) -> None:
    assert over(calendar_days(2), f"{year}-02-27 12:00") == f"{ends} 00:00"


def test_a_day_is_one_of_the_calendars_zone() -> None:
    moment = datetime(2018, 6, 2, 3, tzinfo=UTC)  # still 1 June in Washington

    assert calendar_days(1).after(moment, CALENDAR) == local("2018-06-03")
    assert calendar_days(1).after(moment, Calendar(UTC)) == datetime(2018, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize("delivered", ["2018-06-01", "2018-06-02", "2018-06-03"])
def test_what_comes_on_friday_or_the_weekend_has_its_first_business_day_on_monday(
    delivered: str,
) -> None:
    assert over(business_days(1), f"{delivered} 17:00") == "2018-06-05 00:00"


@pytest.mark.parametrize(
    ("delivered", "ends"),
    [
        ("2020-07-02", "2020-07-07"),  # Saturday 4 July is observed on Friday the 3rd
        ("2021-07-02", "2021-07-07"),  # Sunday 4 July is observed on Monday the 5th
        ("2021-12-30", "2022-01-04"),  # Saturday 1 January: on Friday, in the year before
    ],
)
def test_a_holiday_is_observed_beside_the_weekend(delivered: str, ends: str) -> None:
    assert over(business_days(1), f"{delivered} 12:00") == f"{ends} 00:00"


def test_without_holidays_only_weekends_are_left_out() -> None:
    calendar = Calendar(WASHINGTON, Holidays.NONE)

    assert over(business_days(1), "2018-07-03 12:00", calendar) == "2018-07-05 00:00"
    assert over(business_days(1), "2018-07-03 12:00") == "2018-07-06 00:00"


def test_the_holidays_are_those_of_the_law_in_that_year() -> None:
    assert date(2020, 6, 19) not in federal_holidays(2020)
    assert date(2023, 6, 19) in federal_holidays(2023)
    assert sum(day.weekday() < 5 for day in federal_holidays(2018)) == 10


def test_a_time_beyond_the_calendar_never_ends() -> None:
    late = datetime(9999, 12, 30, tzinfo=UTC)

    ends = {Duration(5, unit).after(late, Calendar(UTC)) for unit in (Unit.CALENDAR_DAYS,)}

    assert ends == {END_OF_TIME}
    assert hours(72).after(late, CALENDAR) == END_OF_TIME
    assert business_days(9).after(late, CALENDAR) == END_OF_TIME


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../etc", "America", "x" * 64])
def test_a_zone_that_nobody_knows_counts_days_of_utc(name: str) -> None:
    assert Calendar.in_zone(name).zone is UTC


def test_a_duration_reads_as_words() -> None:
    assert [str(d) for d in (calendar_days(30), business_days(1), hours(72))] == [
        "30 calendar days",
        "1 business day",
        "72 hours",
    ]


zones = st.sampled_from([WASHINGTON, ZoneInfo("Pacific/Honolulu"), ZoneInfo("America/Havana"), UTC])
calendars = st.builds(Calendar, zones, st.sampled_from(Holidays))
moments = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
durations = st.builds(Duration, st.integers(0, 60), st.sampled_from(Unit))
spans = st.timedeltas(timedelta(0), timedelta(days=10))


@given(calendars, moments, spans, durations)
def test_who_is_told_later_has_time_until_later(
    calendar: Calendar, moment: datetime, span: timedelta, duration: Duration
) -> None:
    earlier, later = (duration.after(each, calendar) for each in (moment, moment + span))

    assert moment <= earlier <= later


@given(calendars, moments, durations, st.integers(1, 5))
def test_more_of_a_unit_is_over_later(
    calendar: Calendar, moment: datetime, duration: Duration, more: int
) -> None:
    longer = Duration(duration.amount + more, duration.unit)

    assert duration.after(moment, calendar) < longer.after(moment, calendar)


@given(calendars, moments, st.integers(1, 30))
def test_each_kind_of_day_is_at_least_as_long_as_the_shorter_kind(
    calendar: Calendar, moment: datetime, amount: int
) -> None:
    ends = [Duration(amount, unit).after(moment, calendar) for unit in Unit]

    assert ends[1] <= ends[2]
    assert ends[0] - timedelta(hours=1) <= ends[1]  # a day on which clocks go forward


@given(calendars, moments, st.integers(1, 20), st.integers(1, 20))
def test_counting_on_from_the_last_day_is_counting_both(
    calendar: Calendar, moment: datetime, first: int, second: int
) -> None:
    for unit in (Unit.CALENDAR_DAYS, Unit.BUSINESS_DAYS):
        last_day = Duration(first, unit).after(moment, calendar) - timedelta(seconds=1)

        on = Duration(second, unit).after(last_day, calendar)

        assert on == Duration(first + second, unit).after(moment, calendar)
