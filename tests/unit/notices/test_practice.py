"""The practice detector: which days show a shift, when it is told, and what explains it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from math import comb, exp, isclose
from random import Random
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.codec.schemas import packaged
from bus.notices.facts import AnyFact, Scope
from bus.notices.history import History
from bus.notices.practice import (
    PLAN,
    REFERENCE_DAYS,
    STREAMS,
    Baseline,
    Count,
    Cover,
    DayCount,
    Place,
    Plan,
    Population,
    Shift,
    Stream,
    Told,
    covers_of,
    estimate,
    first_crossings,
    shifts_of,
)
from bus.notices.practice.chart import first_crossing, weights
from bus.notices.practice.counts import counts_of
from tests.benchmarks.practice import CASES, delay_of, false_alarms, weigh
from tests.benchmarks.practice_model import Sector, Year, beta_binomial, peak_year_sectors
from tests.benchmarks.practice_model import Shift as SimulatedShift
from tests.unit.notices.stories import POLICY, announced_story, notice, observation

FIRST = date(2017, 3, 1)
EL_PASO = Place("dhs", "El Paso")
REFERRALS = Stream("REFERRED_FOR_PROSECUTION")
SEPARATIONS = Stream("SEPARATED")
BY_REFERRAL = Stream("SEPARATED", "REFERRED_FOR_PROSECUTION")
OLD = Baseline(0.02, 0.01)


def on(number: int) -> date:
    return FIRST + timedelta(days=number)


def counts(*days: tuple[int, int], first: int = 0) -> list[Count]:
    """Return the days' events and trials, in a row."""
    return [Count(on(first + number), *each) for number, each in enumerate(days)]


def practice(
    days: Iterable[int], *, referred: int, adults: int = 20, kind: str = "REFERRED_FOR_PROSECUTION"
) -> list[DayCount]:
    """Return days that are all alike."""
    return [
        count
        for number in days
        for count in (
            DayCount(on(number), "APPREHENDED", None, Population.ADULT, adults),
            DayCount(on(number), kind, None, Population.ADULT, referred),
        )
    ]


def quiet_then(days: Iterable[int], referred: int) -> list[DayCount]:
    """Return a reference window in which every tenth day has a referral, then a new practice."""
    old = [c for n in range(REFERENCE_DAYS) for c in practice([n], referred=n % 10 == 0)]
    return [*old, *practice(days, referred=referred)]


def shown(days: Iterable[DayCount], *told: Told, covers: Iterable[Cover] = ()) -> list[Shift]:
    found = shifts_of(EL_PASO, days, {REFERRALS: told}, covers)
    return [each for each in found if each.stream == REFERRALS]


# One chart


@given(st.integers(1, 40), st.floats(0.01, 0.9), st.floats(0.005, 0.3))
def test_the_likelihoods_of_a_day_add_up_to_one(
    trials: int, share: float, overdispersion: float
) -> None:
    baseline = Baseline(share, overdispersion)

    total = sum(
        comb(trials, events) * exp(baseline.log_likelihood(events, trials))
        for events in range(trials + 1)
    )

    assert isclose(total, 1, rel_tol=1e-6)


def test_the_same_excess_says_less_where_days_are_unlike_each_other() -> None:
    day = counts((6, 100))

    (even,) = weights(day, Baseline(0.02, 0.005), PLAN.odds_ratio)
    (unlike,) = weights(day, Baseline(0.02, 0.1), PLAN.odds_ratio)

    assert 0 < unlike < even


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), min_size=1, max_size=40))
def test_no_day_alone_is_a_shift(days: list[tuple[int, int]]) -> None:
    huge = [0.0, PLAN.threshold * 100, -1.0, *weights(counts(*days), OLD, PLAN.odds_ratio)]

    index = first_crossing(huge, PLAN)

    assert index is None or index >= 2


def test_a_long_quiet_time_does_not_delay_a_shift() -> None:
    shift = [(3, 20)] * 20
    at_once = first_crossing(weights(counts(*shift), OLD, PLAN.odds_ratio), PLAN)

    later = first_crossing(weights(counts(*[(0, 20)] * 300, *shift), OLD, PLAN.odds_ratio), PLAN)

    assert at_once is not None
    assert later == 300 + at_once


def test_a_share_that_falls_is_no_shift() -> None:
    days = counts(*[(0, 20)] * 300)

    assert first_crossing(weights(days, Baseline(0.2, 0.01), PLAN.odds_ratio), PLAN) is None


def test_a_surge_of_the_old_practice_is_no_shift() -> None:
    days = counts(*[(6, 300)] * 60)

    assert first_crossing(weights(days, OLD, PLAN.odds_ratio), PLAN) is None


def test_events_of_an_earlier_days_trials_count() -> None:
    (weight,) = weights(counts((5, 0)), OLD, PLAN.odds_ratio)

    assert weight > 0


def test_a_reference_window_gives_back_the_share_and_the_unrest_that_it_was_drawn_from() -> None:
    random = Random(5)
    days = [Count(on(n), beta_binomial(random, 200, 0.05, 0.03), 200) for n in range(400)]

    baseline = estimate(days)

    assert 0.048 < baseline.share < 0.056
    assert 0.02 < baseline.overdispersion < 0.04


def test_few_trials_leave_the_baseline_higher_above_what_was_seen() -> None:
    few, many = estimate(counts(*[(1, 20)] * 9)), estimate(counts(*[(1, 20)] * 900))

    assert few.share > many.share > 0.05


def test_a_window_without_events_or_without_trials_does_not_prove_a_share_of_zero() -> None:
    assert 0 < estimate(counts(*[(0, 20)] * 90)).share < 0.01
    assert 0 < estimate([]).share < 0.1


def test_a_share_of_zero_or_one_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Baseline(0, 0.01)


# What is counted


def test_referrals_are_a_share_of_the_adults_and_separations_of_all_members() -> None:
    day = [
        DayCount(on(0), "APPREHENDED", None, Population.ADULT, 20),
        DayCount(on(0), "APPREHENDED", None, Population.CHILD, 25),
        DayCount(on(0), "REFERRED_FOR_PROSECUTION", None, Population.ADULT, 3),
        DayCount(on(0), "SEPARATED", "WARRANT", Population.CHILD, 2),
        DayCount(on(0), "SEPARATED", None, Population.CHILD, 1),
    ]

    assert counts_of(REFERRALS, day) == counts((3, 20))
    assert counts_of(SEPARATIONS, day) == counts((3, 45))
    assert counts_of(Stream("SEPARATED", "WARRANT"), day) == counts((2, 45))


def test_every_separation_reason_of_the_schema_is_watched() -> None:
    known = packaged().latest("interagency.custody.CustodyEvent")
    text = str(known.definition)

    reasons = [each.reason for each in STREAMS if each.reason is not None]

    assert len(reasons) == 14
    assert all(repr(reason) in text for reason in reasons)


# When it is told


def test_a_shift_is_shown_once_with_sector_day_and_stream() -> None:
    (shift,) = shown(quiet_then(range(90, 120), referred=3))

    finding = shift.finding
    assert (finding.kind.value, finding.reason) == ("PRACTICE_SHIFT", "REFERRED_FOR_PROSECUTION")
    assert finding.office == "dhs"
    assert finding.cause[1] == "El Paso"
    assert on(90) < shift.shown.day < on(100)
    assert finding.opened_at == datetime.combine(shift.shown.day, datetime.min.time(), UTC) + (
        timedelta(days=1)
    )


def test_another_sector_has_a_finding_of_its_own() -> None:
    days = quiet_then(range(90, 120), referred=3)

    ids = {
        next(shifts_of(Place("dhs", sector), days, {}, [])).finding.finding_id
        for sector in ("El Paso", "Yuma", "")
    }

    assert len(ids) == 3


def test_nothing_is_judged_before_the_reference_window_is_over() -> None:
    days = practice(range(45), referred=0) + practice(range(45, 89), referred=20)

    assert shown(days) == []


def test_a_shift_that_was_told_is_not_told_again_while_it_lasts() -> None:
    days = quiet_then(range(90, 300), referred=3)
    (shift,) = shown(days)

    assert shown(days, Told(shift.shown.day)) == []


def test_late_events_that_move_the_day_do_not_tell_it_again() -> None:
    told = Told(on(97))

    assert shown(quiet_then(range(90, 130), referred=15), told) == []


def test_a_shift_that_goes_on_after_it_was_resolved_is_told_again() -> None:
    days = quiet_then(range(90, 200), referred=3)

    (again,) = shown(days, Told(on(97), resolved_on=on(120)))

    assert on(120) < again.shown.day < on(130)


def test_a_shift_that_ended_before_it_was_resolved_is_not_told_again() -> None:
    days = quiet_then(range(90, 110), referred=3) + practice(range(110, 200), referred=0)

    assert shown(days, Told(on(97), resolved_on=on(120))) == []


# What explains it


def cover(days: Iterable[int], **scope: frozenset[str]) -> list[Cover]:
    return [Cover(on(number), Scope(**scope)) for number in days]


def test_an_announced_policy_in_force_explains_a_shift() -> None:
    days = quiet_then(range(90, 200), referred=3)

    assert shown(days, covers=cover(range(90, 200))) == []


def test_a_practice_that_outlasts_its_policy_is_told() -> None:
    days = quiet_then(range(90, 200), referred=3)

    (shift,) = shown(days, covers=cover(range(90, 150)))

    assert on(150) < shift.shown.day < on(160)


def test_a_policy_resets_the_chart_of_a_shift_that_was_told() -> None:
    days = quiet_then(range(90, 200), referred=3)

    (again,) = shown(days, Told(on(97)), covers=cover(range(120, 150)))

    assert again.shown.day > on(150)


@pytest.mark.parametrize(
    "scope",
    [{"sectors": frozenset({"Yuma"})}, {"event_kinds": frozenset({"SEPARATED"})}],
)
def test_a_policy_for_another_sector_or_kind_explains_nothing(
    scope: dict[str, frozenset[str]],
) -> None:
    days = quiet_then(range(90, 200), referred=3)

    assert len(shown(days, covers=cover(range(90, 200), **scope))) == 1


def test_a_policy_for_one_reason_explains_that_reason_and_all_separations_together() -> None:
    (one,) = cover([0], separation_reasons=frozenset({"REFERRED_FOR_PROSECUTION"}))

    explained = {each for each in STREAMS if one.explains(each, "El Paso")}

    assert explained == {REFERRALS, SEPARATIONS, BY_REFERRAL}


def covered(facts: Iterable[AnyFact], *numbers: int) -> list[int]:
    first = date(2018, 1, 1)
    days = [first + timedelta(days=number) for number in numbers]
    return [(each.day - first).days for each in covers_of(POLICY, History.of(facts), days)]


def test_a_policy_covers_the_day_on_which_it_comes_into_force_and_those_after() -> None:
    story = announced_story(effective=60.25)

    assert covered(story, 58, 59, 60, 61, 90) == [60, 61, 90]


def test_a_policy_that_was_not_announced_covers_nothing() -> None:
    assert covered([notice(effective=1)], 0, 1, 2, 40) == []


def test_a_policy_without_a_notice_covers_nothing() -> None:
    assert covered([observation(recorded=1)], 0, 1, 2) == []


# The calibration, small: `make calibrate` is the whole


def test_a_simulated_peak_year_alarms_less_than_once_in_a_sector() -> None:
    random = Random(11)
    sectors = peak_year_sectors(random)

    alarms = sum(
        false_alarms(weigh(Year(each, random, REFERENCE_DAYS + 365).counts()), PLAN)
        for each in sectors
    )

    assert alarms <= len(sectors)


def test_a_modest_shift_in_el_paso_shows_within_three_weeks_in_most_runs() -> None:
    random = Random(12)
    case = CASES[0]
    (sector,) = case.sectors
    day = REFERENCE_DAYS + 100
    shift = SimulatedShift(day, case.referred_share, case.separated_share)

    delays = [
        delay_of(weigh(Year(sector, random, day + 60, shift).counts()), PLAN, day)
        for _ in range(15)
    ]

    assert median(delays) <= 21


def test_the_shift_of_may_2018_shows_in_a_large_sector_within_three_days() -> None:
    random = Random(13)
    day = REFERENCE_DAYS + 100
    sector = Sector(family_members=250)

    delays = [
        delay_of(
            weigh(Year(sector, random, day + 30, SimulatedShift(day, 0.46, 0.4)).counts()),
            PLAN,
            day,
        )
        for _ in range(5)
    ]

    assert max(delays) <= 3


def test_a_higher_threshold_never_shows_a_shift_earlier() -> None:
    random = Random(14)
    days = [Count(on(n), beta_binomial(random, 20, 0.06, 0.02), 20) for n in range(200)]

    found = [
        first_crossings(days, OLD, Plan(PLAN.odds_ratio, threshold))[0].day
        for threshold in (4.0, 6.0, 8.0)
    ]

    assert found == sorted(found)
