"""Whom an alarm turns to while no office has taken it."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.events import Mode
from bus.notices.detector import observed
from bus.notices.durations import Calendar, Holidays, business_days
from bus.notices.facts import AgreementFact, CoordinationFact, Ladder, Outcome
from bus.notices.findings import FindingKind
from bus.notices.history import History
from bus.notices.ladders import Alarm, LadderStep, steps_of
from bus.notices.life import FindingState, Life, life_of
from bus.topics import agency_of
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    agreement,
    day,
    disposition,
    observation,
)

ASSISTANT, IOS, OIG = "hhs.acf.assistant-secretary", "hhs.ios", "hhs.oig"


def alarm(**changes: object) -> Alarm:
    """Return an alarm of day 0, a Monday, that nobody has taken."""
    details: dict[str, object] = {
        "finding_id": UUID(int=7),
        "mode": Mode.ACTUAL,
        "policy_id": None,
        "kind": FindingKind.OBSERVED_POLICY,
        "state": FindingState.OPEN,
        "opened_at": day(0),
        "about": "doj",
        "reporter": "hhs",
    }
    return Alarm(**(details | changes))  # type: ignore[arg-type]


def told(of: Alarm) -> list[str]:
    return [step.tells for step in steps_of(of)]


@pytest.mark.promise("P1")
def test_an_observation_climbs_the_ladders_of_both_agencies_and_ends_outside_of_them() -> None:
    assert told(alarm()) == ["doj.oag", DIRECTOR, ASSISTANT, IOS, OIG]
    both = told(alarm(reporter="dhs"))
    assert sorted(both[:2]) == ["dhs.plcy", "doj.oag"]
    assert both[2:] == [DIRECTOR, ASSISTANT, IOS, OIG]


def test_an_office_on_two_ladders_is_turned_to_once() -> None:
    assert told(alarm(about="hhs")) == [DIRECTOR, ASSISTANT, IOS, OIG]


def test_an_office_is_not_turned_to_about_itself_by_its_own_ladder() -> None:
    cited = alarm(kind=FindingKind.CITED_NOT_CLEAR, about="dhs.plcy")

    assert told(cited) == [DIRECTOR, ASSISTANT, IOS, OIG]
    assert told(alarm(kind=FindingKind.CONFLICT, about=DIRECTOR)) == [ASSISTANT, IOS, OIG]


def test_a_finding_about_nobody_by_name_climbs_too() -> None:
    assert told(alarm(kind=FindingKind.IN_FORCE_NOT_ANNOUNCED, about=None))[-1] == OIG


@pytest.mark.parametrize(
    "kind", [FindingKind.LATE_NOTICE, FindingKind.OVERDUE, FindingKind.MODE_UNSOUND]
)
def test_no_ladder_is_climbed_for_warnings_silent_offices_and_single_events(
    kind: FindingKind,
) -> None:
    assert steps_of(alarm(kind=kind)) == ()


@pytest.mark.parametrize("state", [FindingState.TAKEN, FindingState.RESOLVED])
def test_what_was_taken_or_resolved_turns_to_nobody(state: FindingState) -> None:
    assert steps_of(alarm(state=state)) == ()


def test_the_id_of_a_step_is_made_of_its_cause_alone() -> None:
    early, late = (steps_of(alarm(opened_at=day(when))) for when in (0, 3))

    assert [step.action_id for step in early] == [step.action_id for step in late]
    assert all(one.due_at < other.due_at for one, other in zip(early, late, strict=True))
    assert len({step.action_id for step in early}) == len(early)


@st.composite
def stories(draw: st.DrawFn) -> tuple[CoordinationFact, list[CoordinationFact]]:
    """Return an observation, and what offices said of it, in any order."""
    mode = draw(st.sampled_from([Mode.ACTUAL, Mode.EXERCISE]))
    seen = observation(policy_id=POLICY, recorded=0, mode=mode)
    said = [
        disposition(
            seen.coordination_id,
            draw(st.sampled_from([Outcome.TAKEN, Outcome.RESOLVED, None])),
            office=draw(st.sampled_from(["doj.oag", "dhs.plcy", DIRECTOR, OIG])),
            reference=draw(st.sampled_from([None, "memo 4"])),
            mode=draw(st.sampled_from([Mode.ACTUAL, Mode.EXERCISE])),
            recorded=draw(st.integers(min_value=0, max_value=20)),
        )
        for _ in range(draw(st.integers(min_value=0, max_value=3)))
    ]
    return seen, draw(st.permutations([seen, *said]))


def known(facts: list[CoordinationFact], seen: CoordinationFact, at: float) -> tuple[Life, Alarm]:
    """Return what had become of the observation by that day, and its alarm."""
    then = History.of(facts).as_known_at(day(at)).coordination
    (found,) = observed(then)
    life = life_of({seen.coordination_id, found.finding_id}, found.mode, found.office, then)
    return life, Alarm(
        finding_id=found.finding_id,
        kind=found.kind,
        mode=found.mode,
        policy_id=found.policy_id,
        state=life.state,
        opened_at=found.opened_at,
        about=found.office,
        reporter=agency_of(str(found.source)),
    )


@pytest.mark.promise("P1")
@given(story=stories())
@settings(max_examples=40, deadline=None)
def test_no_step_is_taken_once_an_office_that_may_has_taken_or_resolved_it(
    story: tuple[CoordinationFact, list[CoordinationFact]],
) -> None:
    seen, facts = story
    taken: dict[UUID, LadderStep] = {}
    for today in range(0, 21, 2):
        life, then = known(facts, seen, today)
        due = [step for step in steps_of(then) if step.due_at <= day(today)]
        new = [step for step in due if step.action_id not in taken]
        taken |= {step.action_id: step for step in new}

        assert not (new and life.last)

    assert len(taken) == 5 or known(facts, seen, 20)[0].last


LADDER = (("hhs.ios", business_days(1)), (OIG, business_days(3)))


def agreed(*ladders: tuple[str, Ladder], **details: object) -> AgreementFact:
    return agreement(recorded=-10, begins=-10, ladders=ladders, **details)  # type: ignore[arg-type]


def told_under(of: Alarm, *agreements: AgreementFact) -> list[str]:
    return [step.tells for step in steps_of(of, agreements)]


def about_intake(**changes: object) -> Alarm:
    details: dict[str, object] = {
        "kind": FindingKind.OBJECTION,
        "about": INTAKE,
        "policy_id": POLICY,
    }
    return alarm(**(details | changes))


def test_an_alarm_about_an_office_climbs_the_ladder_that_the_agreement_names_for_it() -> None:
    steps = steps_of(about_intake(), [agreed((INTAKE, LADDER))])

    assert [step.tells for step in steps] == [IOS, OIG]
    agreed_calendar = Calendar.in_zone("UTC", Holidays.FEDERAL)
    assert [step.due_at for step in steps] == [
        business_days(days).after(day(0), agreed_calendar) for days in (1, 3)
    ]


def test_an_alarm_about_an_agency_climbs_the_ladders_of_its_offices_in_the_agreement() -> None:
    counsels = (("doj.eousa", business_days(1)), (OIG, business_days(9)))
    under = agreed((INTAKE, LADDER), (DIRECTOR, ((OIG, business_days(2)),)), ("doj.oag", counsels))

    assert told_under(alarm(policy_id=POLICY), under) == ["doj.eousa", IOS, OIG]


def test_an_agency_without_a_ladder_of_its_own_answers_first_and_then_hhs_as_agreed() -> None:
    cited = alarm(kind=FindingKind.CITED_NOT_CLEAR, about="doj.eousa", policy_id=POLICY)
    other = alarm(kind=FindingKind.CITED_NOT_CLEAR, about="dhs.cbp.usbp", policy_id=POLICY)
    under = agreed((INTAKE, LADDER))

    assert set(told_under(cited, under)) == {"doj.oag", IOS, OIG}
    assert set(told_under(alarm(), under)) == {"doj.oag", IOS, OIG}
    assert told_under(other, under) == told(other)


@pytest.mark.parametrize(
    "other",
    [
        agreed((DIRECTOR, LADDER)),
        agreed((INTAKE, LADDER), party="dhs"),
        agreed((INTAKE, LADDER), ends=0),
        agreed((INTAKE, LADDER), sound=False),
        agreed((INTAKE, LADDER), approved_by=("doj",)),
        agreed((INTAKE, LADDER), mode=Mode.EXERCISE),
        agreement(recorded=1, begins=-10, ladders=((INTAKE, LADDER),)),
    ],
    ids=[
        "for another office",
        "with another agency",
        "over",
        "of a doubtful mode",
        "not approved",
        "exercise",
        "recorded later",
    ],
)
def test_where_no_agreement_in_force_names_a_ladder_the_built_in_one_is_climbed(
    other: AgreementFact,
) -> None:
    assert told_under(about_intake(), other) == told(about_intake())


def test_an_exercises_agreement_names_the_ladder_of_an_exercises_alarm() -> None:
    under = agreed((INTAKE, LADDER), mode=Mode.EXERCISE)

    assert told_under(about_intake(mode=Mode.EXERCISE), under) == [IOS, OIG]


def test_a_later_version_names_the_ladder_from_its_beginning_on() -> None:
    second = agreed((INTAKE, ((ASSISTANT, business_days(1)), *LADDER)), version=2)

    assert told_under(about_intake(), agreed((INTAKE, LADDER)), second) == [ASSISTANT, IOS, OIG]


@pytest.mark.promise("P1")
def test_whatever_ladder_was_agreed_on_an_alarm_ends_outside_of_the_silent_chain() -> None:
    under = agreed((INTAKE, ((DIRECTOR, business_days(1)), (INTAKE, business_days(2)))))

    assert told_under(about_intake(), under) == [DIRECTOR, OIG]


def test_an_alarm_about_nobody_by_name_climbs_the_built_in_ladder() -> None:
    nobody = alarm(kind=FindingKind.CONFLICT, about=None)

    assert told_under(nobody, agreed((INTAKE, LADDER))) == told(nobody)
