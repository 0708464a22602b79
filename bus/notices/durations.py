"""Lengths of time as agreements state them: hours, calendar days, business days.

What "N days before" means: N whole days lie between the day of delivery and the effect. The day
of delivery doesn't count, at whatever hour it came; nor does the day on which the policy takes
effect, if that begins in the middle of a day. A text delivered on 1 June, 30 calendar days ahead,
may take effect from 2018-07-02T00:00. Days begin and end at midnight of the calendar's zone, so a
day on which clocks change is one day like any other. A business day is no Saturday, no Sunday and
no holiday of the calendar's set; the others in between aren't counted.

Hours are hours of 60 minutes from the instant of delivery. No time at all ends at that instant.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays as public_holidays

END_OF_TIME = datetime.max.replace(tzinfo=UTC)
"""When a time ends that the calendar has no date for: nothing that waits for it has come."""

_DAY = timedelta(days=1)
_SATURDAY = 5


class Unit(StrEnum):
    """What a duration is counted in."""

    HOURS = "HOURS"
    CALENDAR_DAYS = "CALENDAR_DAYS"
    BUSINESS_DAYS = "BUSINESS_DAYS"


class Holidays(StrEnum):
    """Which days beside the weekends are no business days."""

    FEDERAL = "FEDERAL"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Where days begin, and which of them are holidays."""

    zone: tzinfo = UTC
    holidays: Holidays = Holidays.FEDERAL

    @classmethod
    def in_zone(cls, name: str, holidays: Holidays = Holidays.FEDERAL) -> Calendar:
        """Return the calendar of a zone; of UTC where nobody here knows one of that name."""
        try:
            return cls(ZoneInfo(name), holidays)
        except (KeyError, OSError, ValueError):  # unknown, a directory's name, no name at all
            return cls(UTC, holidays)

    def days_later(self, moment: datetime, days: int) -> datetime:
        """Return the same time of the day so many days later; END_OF_TIME beyond any date."""
        try:
            return (moment.astimezone(self.zone) + timedelta(days=days)).astimezone(UTC)
        except OverflowError:
            return END_OF_TIME

    def date_of(self, moment: datetime) -> date:
        """Return the day that this moment falls on."""
        return moment.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Return the first moment of a day, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def is_business_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        return day.weekday() < _SATURDAY and not self.is_holiday(day)

    def is_holiday(self, day: date) -> bool:
        """Whether it is a holiday of the set, or the day on which one is observed."""
        return self.holidays is Holidays.FEDERAL and day in federal_holidays(day.year)


@lru_cache(maxsize=64)
def federal_holidays(year: int) -> frozenset[date]:
    """Return the legal public holidays of 5 U.S.C. 6103 and the days on which they are observed.

    One on a Saturday is observed on the Friday before, that of 1 January in the year before.
    """
    return frozenset(public_holidays.country_holidays("US", years=year))


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in the unit that an agreement counts in."""

    amount: int
    unit: Unit

    def after(self, moment: datetime, calendar: Calendar) -> datetime:
        """Return the first moment, in UTC, at which this time since `moment` is over.

        END_OF_TIME where that is later than any date.
        """
        if self.amount == 0:
            return moment.astimezone(UTC)
        try:
            if self.unit is Unit.HOURS:
                return moment.astimezone(UTC) + timedelta(hours=self.amount)
            return calendar.start_of(self._last_day(calendar.date_of(moment), calendar) + _DAY)
        except OverflowError:
            return END_OF_TIME

    def _last_day(self, delivered: date, calendar: Calendar) -> date:
        """Return the last of the days that count, after the day of delivery."""
        if self.unit is Unit.CALENDAR_DAYS:
            return delivered + self.amount * _DAY
        day, left = delivered, self.amount
        while left:
            day += _DAY
            left -= calendar.is_business_day(day)
        return day

    def __str__(self) -> str:
        """Return it in words, such as "30 calendar days"."""
        words = self.unit.value.lower().replace("_", " ")
        return f"{self.amount} {words[:-1] if self.amount == 1 else words}"


NEVER = Duration(timedelta.max.days, Unit.CALENDAR_DAYS)
"""A time that is over at no moment: a lead time in a unit that we don't know is kept by nobody."""


def hours(amount: int) -> Duration:
    return Duration(amount, Unit.HOURS)


def calendar_days(amount: int) -> Duration:
    return Duration(amount, Unit.CALENDAR_DAYS)


def business_days(amount: int) -> Duration:
    return Duration(amount, Unit.BUSINESS_DAYS)
