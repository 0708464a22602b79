"""What offices see of policies that nobody announced, and what becomes of it."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.events import Mode
from bus.notices.detector import observed, policy_findings
from bus.notices.facts import AnyFact, CoordinationFact, Outcome
from bus.notices.findings import Finding, FindingKind, Severity
from bus.notices.gate import Freshness, Verdict, answer
from bus.notices.history import History
from bus.notices.life import FindingState, VoidDisposition, life_of, noticed_at, void_reason
from bus.notices.observations import agencies_to_tell, seen
from bus.notices.states import RecordState
from tests.unit.notices.stories import (
    DIRECTOR,
    POLICY,
    clearance,
    codes,
    day,
    disposition,
    notice,
    observation,
)

OIG = "hhs.oig"


def opened(*facts: AnyFact) -> list[Finding]:
    return list(observed(History.of(facts).coordination))


@pytest.mark.promise("P1")
def test_what_an_office_saw_closes_the_gate_of_a_policy_that_nobody_announced() -> None:
    report = observation(policy_id=POLICY, recorded=5)

    state = clearance([report], at=6)

    assert state.record is RecordState.UNKNOWN
    assert codes(state) == {"NO_NOTICE", "OBSERVED"}
    assert [each.fact for each in state.reasons if each.code == "OBSERVED"] == [
        str(report.event_id)
    ]
    given = answer(state, Freshness(asked_at=day(6), lag=None))
    assert given.verdict is Verdict.UNKNOWN


@pytest.mark.promise("P10")
def test_in_2017_hhs_could_have_known_what_its_staff_reported() -> None:
    staff = [
        observation(policy_id=POLICY, recorded=-100, channel="STAFF_REPORT"),
        observation(policy_id=POLICY, recorded=-60, channel="OPERATIONS"),
    ]
    memo = notice(recorded=95, effective=95)

    before = clearance([*staff, memo], at=-101, known_at=-101)
    in_2017 = clearance([*staff, memo], at=-50, known_at=-50)
    on_may_7 = policy_findings(POLICY, History.of([*staff, memo]), day(126))

    assert codes(before) == {"NO_NOTICE"}
    assert codes(in_2017) == {"NO_NOTICE", "OBSERVED"}
    known = [each.opened_at for each in on_may_7 if each.kind is FindingKind.OBSERVED_POLICY]
    assert known == [day(-100), day(-60)]


def test_a_notice_takes_the_open_observation_out_of_the_formula_of_clear() -> None:
    facts: list[AnyFact] = [observation(policy_id=POLICY, recorded=5), notice(recorded=6)]

    assert "OBSERVED" not in codes(clearance(facts, at=7))
    assert len(opened(*facts)) == 1


def test_an_observation_opens_a_finding_about_the_agency_that_it_names() -> None:
    report = observation(agency="doj", recorded=5, channel="NEWS")

    (found,) = opened(report)

    assert (found.kind, found.office, found.reason) == (
        FindingKind.OBSERVED_POLICY,
        "doj",
        "NEWS",
    )
    assert (found.severity, found.policy_id) == (Severity.ALARM, None)


def test_an_observation_that_names_no_policy_can_be_tied_to_one_later() -> None:
    first = observation(recorded=5)
    again = observation(recorded=9, policy_id=POLICY, coordination_id=first.coordination_id)

    (found,) = opened(again, first)

    assert (found.policy_id, found.opened_at) == (POLICY, day(5))
    assert found.finding_id == opened(first)[0].finding_id
    assert codes(clearance([first, again], at=10)) == {"NO_NOTICE", "OBSERVED"}
    assert codes(clearance([first, again], at=8, known_at=8)) == {"NO_NOTICE"}


def test_no_other_agency_ties_an_observation_to_a_policy() -> None:
    first = observation(recorded=5)
    again = observation(
        recorded=9,
        policy_id=POLICY,
        coordination_id=first.coordination_id,
        office="dhs.plcy",
        topic="dhs.coordination.v1",
    )

    assert [each.policy_id for each in seen([first, again])] == [None, POLICY]


@pytest.mark.promise("P8")
def test_an_exercises_observation_touches_nothing_real() -> None:
    drill = observation(policy_id=POLICY, recorded=5, mode=Mode.EXERCISE)

    assert codes(clearance([drill], at=6)) == {"NO_NOTICE"}
    assert [(each.mode, each.severity) for each in opened(drill)] == [
        (Mode.EXERCISE, Severity.INFO)
    ]


def test_an_observation_calls_the_agency_that_it_names_the_reporters_and_hhs() -> None:
    assert agencies_to_tell("doj.oag", "hhs") == ("doj", "hhs")
    assert agencies_to_tell("doj", "dhs") == ("dhs", "doj", "hhs")
    assert agencies_to_tell("hhs", None) == ("hhs",)


# What becomes of it


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("office", "outcome", "reference", "is_closed"),
    [
        ("doj.oag", Outcome.RESOLVED, "memo 4", True),
        (OIG, Outcome.RESOLVED, "report OEI-9", True),
        (DIRECTOR, Outcome.RESOLVED, "memo 4", False),
        ("dhs.plcy", Outcome.RESOLVED, "memo 4", False),
        ("doj.oag", Outcome.RESOLVED, None, False),
        ("doj.oag", Outcome.RESOLVED, "  ", False),
        ("doj.oag", Outcome.TAKEN, "memo 4", False),
        ("doj.oag", None, "memo 4", False),
    ],
)
def test_only_who_may_resolves_an_observation_and_with_a_reference(
    office: str, outcome: Outcome | None, reference: str | None, is_closed: bool
) -> None:
    report = observation(policy_id=POLICY, recorded=5)
    said = disposition(
        report.coordination_id, outcome, office=office, reference=reference, recorded=7
    )

    state = clearance([report, said], at=8)

    assert ("OBSERVED" not in codes(state)) is is_closed


def test_an_observation_is_resolved_by_its_findings_id_too() -> None:
    report = observation(policy_id=POLICY, recorded=5)
    of = opened(report)[0].finding_id
    said = disposition(of, Outcome.RESOLVED, reference="memo 4", recorded=7)

    assert codes(clearance([report, said], at=8)) == {"NO_NOTICE"}
    assert codes(clearance([report, said], at=8, known_at=6)) == {"NO_NOTICE", "OBSERVED"}


@pytest.mark.promise("P8")
def test_an_exercises_disposition_closes_nothing_real() -> None:
    report = observation(policy_id=POLICY, recorded=5)
    said = disposition(
        report.coordination_id, Outcome.RESOLVED, reference="drill", mode=Mode.EXERCISE
    )

    assert codes(clearance([report, said], at=8)) == {"NO_NOTICE", "OBSERVED"}


FINDING_ID = UUID(int=77)


def reason_of(said: CoordinationFact) -> VoidDisposition | None:
    return void_reason(said, Mode.ACTUAL, "doj.oag")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (disposition(FINDING_ID, Outcome.TAKEN), None),
        (disposition(FINDING_ID, Outcome.TAKEN, office=DIRECTOR), "BY_ANOTHER_OFFICE"),
        (disposition(FINDING_ID, Outcome.RESOLVED), "WITHOUT_REFERENCE"),
        (disposition(FINDING_ID, Outcome.TAKEN, mode=Mode.TEST), "OF_ANOTHER_MODE"),
        (disposition(FINDING_ID, Outcome.TAKEN, sound=False), "OF_ANOTHER_MODE"),
        (disposition(FINDING_ID, None), "UNREADABLE"),
    ],
)
def test_a_disposition_without_effect_says_why(said: CoordinationFact, reason: str | None) -> None:
    found = reason_of(said)

    assert found == (None if reason is None else VoidDisposition[reason])


dispositions = st.builds(
    disposition,
    st.sampled_from([FINDING_ID, UUID(int=78)]),
    st.sampled_from([*Outcome, None]),
    office=st.sampled_from(["doj.oag", OIG, DIRECTOR]),
    reference=st.sampled_from([None, "memo 4"]),
    recorded=st.sampled_from([5, 6, 7]),
    mode=st.sampled_from([Mode.ACTUAL, Mode.ACTUAL, Mode.EXERCISE]),
)


@given(said=st.lists(dispositions, max_size=5), data=st.data())
@settings(max_examples=60, deadline=None)
def test_the_life_of_a_finding_depends_on_the_set_of_dispositions(
    said: list[CoordinationFact], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(said))

    life = life_of({FINDING_ID}, Mode.ACTUAL, "doj.oag", said)

    assert life_of({FINDING_ID}, Mode.ACTUAL, "doj.oag", shuffled) == life
    counts = [each for each in said if each.statement.of == FINDING_ID and not reason_of(each)]  # type: ignore[union-attr]
    outcomes = {each.statement.outcome for each in counts}  # type: ignore[union-attr]
    assert (life.state is FindingState.RESOLVED) == (Outcome.RESOLVED in outcomes)
    assert (life.state is FindingState.OPEN) == (not outcomes)


def test_a_notice_after_the_fact_is_shown_on_the_finding() -> None:
    notices = [notice(recorded=9), notice(recorded=8, mode=Mode.EXERCISE), notice(recorded=4)]

    assert noticed_at(POLICY, Mode.ACTUAL, day(5), notices) == day(9)
    assert noticed_at(POLICY, Mode.ACTUAL, day(9), notices) is None
