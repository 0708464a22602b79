"""What holds for every history of facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bus.events import Mode
from bus.notices.clearance import derive, judge
from bus.notices.detector import policy_findings
from bus.notices.facts import AnyFact, DeadLetterFact, Decision, NoticeFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.states import AnswerState, Force, Lead, RecordState
from tests.proofs import reference
from tests.proofs.enumeration import verdict_of
from tests.unit.notices import stories
from tests.unit.notices.stories import OFFICES, POLICY, day
from tests.unit.notices.strategies import MOMENTS, histories, moments, notices, redelivered


@given(facts=histories(), at=moments, known_at=moments)
@settings(max_examples=250, deadline=None)
def test_a_naive_reading_of_the_rules_agrees(
    facts: list[AnyFact], at: float, known_at: float
) -> None:
    state = derive(POLICY, History.of(facts), at=day(at), known_at=day(known_at))

    expected = reference.ask(POLICY, facts, day(at), day(known_at))

    assert verdict_of(state) == expected


@given(facts=histories(), at=moments, known_at=moments, data=st.data())
@settings(max_examples=70, deadline=None)
def test_the_order_of_reading_and_redelivery_change_nothing(
    facts: list[AnyFact], at: float, known_at: float, data: st.DataObject
) -> None:
    shuffled = data.draw(redelivered(facts))

    one, other = History.of(facts), History.of(shuffled)

    assert derive(POLICY, one, at=day(at), known_at=day(known_at)) == derive(
        POLICY, other, at=day(at), known_at=day(known_at)
    )
    assert policy_findings(POLICY, one, day(known_at)) == policy_findings(
        POLICY, other, day(known_at)
    )


@pytest.mark.promise("P1")
@given(facts=histories(), known_at=moments)
@settings(max_examples=70, deadline=None)
def test_no_revision_becomes_announced_by_time_alone(facts: list[AnyFact], known_at: float) -> None:
    history = History.of(facts)

    states = [derive(POLICY, history, at=day(at), known_at=day(known_at)) for at in MOMENTS]

    announced = {(state.revision, state.announced) for state in states}
    revisions = {revision for revision, _ in announced}
    assert len(announced) == len(revisions)


@pytest.mark.promise("P1")
@given(facts=histories())
@settings(max_examples=70, deadline=None)
def test_a_clear_policy_was_accepted_by_every_seat_on_the_governing_text(
    facts: list[AnyFact],
) -> None:
    history = History.of(facts)

    states = [derive(POLICY, history, at=day(at), known_at=day(70)) for at in MOMENTS]

    accepted = {
        (fact.deciding_office, fact.material_digest)
        for fact in history.acknowledgements
        if fact.decision is Decision.ACCEPT
    }
    for state in (state for state in states if state.clear):
        assert {(office, state.material_digest) for office in OFFICES} <= accepted
        assert (state.record, state.force) == (RecordState.SOUND, Force.IN_FORCE)
        assert (state.mode, state.answer) == (Mode.ACTUAL, AnswerState.ACCEPTED)
        assert state.lead is not Lead.SHORT


@pytest.mark.promise("P1")
@given(facts=histories(), at=moments, update=notices())
@settings(max_examples=70, deadline=None)
def test_an_update_never_closes_the_gate_of_a_revision_in_force(
    facts: list[AnyFact], at: float, update: NoticeFact
) -> None:
    before = derive(POLICY, History.of(facts), at=day(at), known_at=day(at))
    later = replace(
        update,
        revision=9,
        replaces_digest=None,
        supersedes=None,
        origin=replace(update.origin, recorded_at=day(at), faults=()),
    )

    after = derive(POLICY, History.of([*facts, later]), at=day(at), known_at=day(at))

    governs_itself = after.revision == later.revision and after.announced
    assert after.clear or governs_itself or not before.clear


@pytest.mark.promise("P8")
@given(facts=histories(), exercise=histories(), at=moments, known_at=moments)
@settings(max_examples=70, deadline=None)
def test_no_exercise_changes_what_is_real(
    facts: list[AnyFact], exercise: list[AnyFact], at: float, known_at: float
) -> None:
    first = stories.notice(recorded=0, effective=40, offset=0)
    real = [first, *facts]
    both = [*real, *map(as_exercise, exercise)]

    alone = derive(POLICY, History.of(real), at=day(at), known_at=day(known_at))
    beside = derive(POLICY, History.of(both), at=day(at), known_at=day(known_at))

    assert beside == alone
    assert alarms(both, known_at) == alarms(real, known_at)


@given(facts=histories(), known_at=moments)
@settings(max_examples=60, deadline=None)
def test_what_was_found_stays_found(facts: list[AnyFact], known_at: float) -> None:
    history = History.of([stories.notice(recorded=0, effective=40, offset=0), *facts])

    found = policy_findings(POLICY, history, day(known_at))

    later = policy_findings(POLICY, history, day(200))
    assert ids(found) == ids(each for each in later if each.opened_at <= day(known_at))


@pytest.mark.promise("P1")
@given(facts=histories(), cited=st.lists(moments, max_size=3))
@settings(max_examples=60, deadline=None)
def test_a_policy_in_force_unannounced_is_found_at_the_first_fact_that_shows_it(
    facts: list[AnyFact], cited: list[float]
) -> None:
    citations = [stories.citation(recorded=moment) for moment in cited]
    history = History.of([*facts, *citations])

    found = policy_findings(POLICY, history, day(200))

    opened = {f.opened_at for f in found if f.kind is FindingKind.IN_FORCE_NOT_ANNOUNCED}
    unannounced = {f.opened_at for f in found if f.kind is FindingKind.UNANNOUNCED_POLICY}
    shown = [day(moment) for moment in cited if is_in_force_unannounced(history, day(moment))]
    assert all(is_in_force_unannounced(history, at) or is_updated(history, at) for at in opened)
    # A real event under a policy that is an exercise's is named as unannounced instead.
    assert not shown or min(opened | unannounced) <= min(shown)


@pytest.mark.promise("P8")
@given(facts=histories(), data=st.data())
@settings(max_examples=70, deadline=None)
def test_a_record_with_an_unsound_mode_announces_nothing(
    facts: list[AnyFact], data: st.DataObject
) -> None:
    doubtful = {fact for fact in facts if data.draw(st.booleans()) and hasattr(fact, "origin")}
    without = [fact for fact in facts if fact not in doubtful]
    beside = without + [as_unsound(fact) for fact in facts if fact in doubtful]

    announced = announced_revisions(beside)

    assert announced <= announced_revisions(without)


def ids(found: Iterable[Finding]) -> set[tuple[UUID, datetime]]:
    return {(finding.finding_id, finding.opened_at) for finding in found}


def is_in_force_unannounced(history: History, at: datetime) -> bool:
    state = derive(POLICY, history, at=at, known_at=at)
    return state.force is Force.IN_FORCE and not state.announced


def is_updated(history: History, at: datetime) -> bool:
    """Whether the day of an update has come that doesn't govern."""
    state = derive(POLICY, history, at=at, known_at=at)
    updates = (n for n in history.notices if n.policy_id == POLICY and n.recorded_at <= at)
    return any(n.effective_at <= at and n.revision > (state.revision or 0) for n in updates)


def as_exercise(fact: AnyFact) -> AnyFact:
    if isinstance(fact, DeadLetterFact):
        return replace(fact, mode=Mode.EXERCISE)
    return replace(fact, origin=replace(fact.origin, mode=Mode.EXERCISE, mode_is_sound=True))


def as_unsound(fact: AnyFact) -> AnyFact:
    return replace(fact, origin=replace(fact.origin, mode=Mode.ACTUAL, mode_is_sound=False))


def alarms(facts: list[AnyFact], known_at: float) -> list[Finding]:
    found = policy_findings(POLICY, History.of(facts), day(known_at))
    real = [finding for finding in found if finding.mode is Mode.ACTUAL]
    return [finding for finding in real if finding.kind is not FindingKind.MODE_UNSOUND]


def announced_revisions(facts: list[AnyFact]) -> set[int]:
    assessments = judge(POLICY, History.of(facts), day(70)).assessments
    return {number for number, assessment in assessments.items() if assessment.announced}
