"""The force dimension: ENDED, STAYED, IN_FORCE, NOT_YET, in this order; half-open."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.clearance import derive
from bus.notices.facts import AnyFact, CoordinationKind, Stage
from bus.notices.history import History
from bus.notices.states import Force
from tests.unit.notices.stories import (
    POLICY,
    TEXT_B,
    announced_story,
    both_accept,
    cancel,
    clearance,
    codes,
    coordination,
    day,
    notice,
    receipt,
    stay,
)

NEWER = "doj/2018/newer-policy"


@pytest.mark.promise("P1")
@pytest.mark.parametrize(("at", "force"), [(59.999, Force.NOT_YET), (60, Force.IN_FORCE)])
def test_a_policy_is_in_force_from_its_effective_date_on(at: float, force: Force) -> None:
    state = clearance(announced_story(effective=60), at=at)

    assert state.force is force
    assert state.clear is (force is Force.IN_FORCE)


@pytest.mark.parametrize(("at", "force"), [(79.999, Force.IN_FORCE), (80, Force.ENDED)])
@pytest.mark.parametrize("ending", ["expires", "emergency_ends"])
def test_a_policy_ends_by_itself_when_it_says_so(ending: str, at: float, force: Force) -> None:
    state = clearance(announced_story(**{ending: 80}), at=at)

    assert state.force is force


@pytest.mark.parametrize(("at", "force"), [(64.999, Force.IN_FORCE), (65, Force.ENDED)])
def test_a_cancelled_policy_ends_from_the_moment_that_is_named(at: float, force: Force) -> None:
    state = clearance([*announced_story(), cancel(since=65)], at=at)

    assert state.force is force


def test_a_cancellation_that_names_no_moment_holds_always() -> None:
    facts = [*announced_story(), coordination(CoordinationKind.CANCEL)]

    state = clearance(facts, at=0)

    assert state.force is Force.ENDED


@pytest.mark.parametrize("recorded", [4, 66, 90])
def test_revisions_of_a_cancelled_policy_are_void_wherever_they_arrive(recorded: float) -> None:
    update = notice(recorded=recorded, revision=2, text=TEXT_B, effective=95)

    state = clearance([*announced_story(), cancel(since=65), update], at=100)

    assert (state.force, state.clear) == (Force.ENDED, False)


def test_only_the_issuing_agency_can_cancel() -> None:
    foreign = cancel(since=65, office="hhs.ios", topic="hhs.coordination.v1")

    state = clearance([*announced_story(), foreign], at=70)

    assert state.clear


def test_a_cancellation_from_a_topic_of_another_agency_does_not_count() -> None:
    forged = cancel(since=65, office="doj.oag", topic="dhs.coordination.v1")

    state = clearance([*announced_story(), forged], at=70)

    assert state.clear


@pytest.mark.parametrize(("at", "force"), [(61.999, Force.IN_FORCE), (62, Force.STAYED)])
def test_a_stay_holds_from_its_moment_on_whoever_records_it(at: float, force: Force) -> None:
    ordered = stay(since=62, office="hhs.ios", topic="hhs.coordination.v1")

    state = clearance([*announced_story(), ordered], at=at)

    assert state.force is force


@pytest.mark.parametrize(
    "other",
    [{"policy_id": "doj/2018/another-policy"}, {"topic": "dhs.coordination.v1"}],
    ids=["another policy", "another agency's topic"],
)
def test_a_stay_that_is_not_this_policys_or_not_its_offices_own_stays_nothing(
    other: dict[str, object],
) -> None:
    state = clearance([*announced_story(), stay(since=62, **other)], at=70)

    assert state.clear


def test_an_ending_comes_before_a_stay_and_a_stay_before_the_effective_date() -> None:
    stayed = clearance([*announced_story(), stay(since=10)], at=20)
    ended = clearance([*announced_story(), stay(since=10), cancel(since=10)], at=20)

    assert (stayed.force, ended.force) == (Force.STAYED, Force.ENDED)


def newer(effective: float = 70, **details: object) -> AnyFact:
    details = {"supersedes": POLICY, **details}
    return notice(policy_id=NEWER, effective=effective, recorded=50, **details)  # type: ignore[arg-type]


@pytest.mark.parametrize(("at", "force"), [(69.999, Force.IN_FORCE), (70, Force.ENDED)])
def test_the_old_policy_is_in_force_until_the_new_one_is(at: float, force: Force) -> None:
    superseding = newer(effective=70)

    state = clearance([*announced_story(), superseding], at=at)

    assert state.force is force
    assert ("SUPERSEDED" in codes(state)) is (force is Force.ENDED)


def test_a_new_policy_ends_the_old_one_announced_or_not() -> None:
    superseding = newer(effective=90)
    announced = [
        receipt(superseding, recorded=51),
        *both_accept(policy_id=NEWER, recorded=52),
    ]

    states = [
        clearance([*announced_story(), superseding, *more], at=at)
        for more in ([], announced)
        for at in (89.999, 90)
    ]

    assert [state.force for state in states] == [Force.IN_FORCE, Force.ENDED] * 2
    assert [state.clear for state in states] == [True, False] * 2


@pytest.mark.parametrize(
    "beside",
    [
        [newer(stage=Stage.PROPOSED)],
        [newer(mode=Mode.EXERCISE)],
        [newer(), cancel(since=69, policy_id=NEWER)],
        [newer(), notice(policy_id=NEWER, revision=2, recorded=55, effective=200)],
        [newer(topic="dhs.policy-notice.v1")],
    ],
    ids=["proposed", "exercise", "cancelled before", "put off", "not its own topic"],
)
def test_a_policy_that_never_came_into_force_supersedes_nothing(beside: list[AnyFact]) -> None:
    state = clearance([*announced_story(), *beside], at=75)

    assert state.clear


@pytest.mark.parametrize(
    "other",
    [
        {"policy_id": "doj/2018/another-policy"},
        {"policy_id": NEWER, "mode": Mode.EXERCISE},
        {"policy_id": NEWER, "office": "hhs.ios", "topic": "hhs.coordination.v1"},
    ],
    ids=["of another policy", "an exercise", "by another agency"],
)
def test_only_a_cancellation_that_counts_keeps_the_new_policy_from_superseding(
    other: dict[str, object],
) -> None:
    state = clearance([*announced_story(), newer(), cancel(since=69, **other)], at=75)

    assert state.force is Force.ENDED


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    "doubtful",
    [
        cancel(since=None, policy_id=NEWER),
        cancel(since=69, policy_id=NEWER, sound=False),
        cancel(since=69, policy_id=NEWER, faults=("cancel.cause",)),
    ],
    ids=["says nothing", "of unsound mode", "read in part"],
)
def test_a_doubtful_cancellation_of_the_new_policy_opens_neither(doubtful: AnyFact) -> None:
    facts = [*announced_story(), newer(), doubtful]

    old, new = (
        derive(policy, History.of(facts), at=day(75), known_at=day(75))
        for policy in (POLICY, NEWER)
    )

    assert (old.force, new.force) == (Force.ENDED, Force.ENDED)


@pytest.mark.promise("P1")
def test_each_content_of_a_contradictory_revision_may_supersede() -> None:
    other = newer(supersedes=None)
    superseding = newer(content="another content")

    state = clearance([*announced_story(), other, superseding], at=75)

    assert state.force is Force.ENDED


def test_only_the_revision_that_says_so_supersedes() -> None:
    later = notice(policy_id=NEWER, revision=2, recorded=71, effective=72)

    states = [
        clearance([*announced_story(), newer(supersedes=supersedes), later], at=75)
        for supersedes in (POLICY, None)
    ]

    assert [state.force for state in states] == [Force.ENDED, Force.IN_FORCE]


def test_a_revision_that_is_not_the_superseding_one_is_no_succession() -> None:
    quiet = newer(effective=70, supersedes=None)
    loud = notice(policy_id=NEWER, revision=2, recorded=71, effective=80, supersedes=POLICY)

    states = [clearance([*announced_story(), quiet, loud], at=at) for at in (75, 80)]

    assert [state.force for state in states] == [Force.IN_FORCE, Force.ENDED]


def test_a_policy_of_another_agency_supersedes_nothing() -> None:
    foreign = notice(
        policy_id="dhs/2018/newer-policy",
        topic="dhs.policy-notice.v1",
        issuing_office="dhs.plcy",
        supersedes=POLICY,
        effective=70,
    )

    state = clearance([*announced_story(), foreign], at=75)

    assert state.clear


def test_a_policy_does_not_supersede_itself() -> None:
    state = clearance(announced_story(supersedes=POLICY), at=70)

    assert state.clear


def test_a_new_policy_that_is_cancelled_later_leaves_the_old_one_ended() -> None:
    facts = [*announced_story(), newer(effective=70), cancel(since=72, policy_id=NEWER)]

    state = clearance(facts, at=75)

    assert state.force is Force.ENDED


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("recorded", "force"), [(69.999, Force.IN_FORCE), (70, Force.ENDED), (72, Force.ENDED)]
)
def test_a_cancellation_that_dates_itself_back_does_not_reopen_the_old_policy(
    recorded: float, force: Force
) -> None:
    back = cancel(since=60, policy_id=NEWER, recorded=recorded)

    state = clearance([*announced_story(), newer(effective=70), back], at=75)

    assert state.force is force


def test_an_act_without_clearance_is_shown_and_clears_nothing() -> None:
    first = notice()
    facts = [
        first,
        coordination(CoordinationKind.PROCEED_OVER_OBJECTION),
        coordination(CoordinationKind.COMPELLED),
    ]

    state = clearance(facts, at=70)

    assert codes(state) >= {"PROCEEDED_OVER_OBJECTION", "COMPELLED"}
    assert not state.clear


def test_a_state_tells_when_time_alone_may_change_it() -> None:
    facts = [*announced_story(expires=90), cancel(since=80)]

    moments = [clearance(facts, at=at).changes_at for at in (0, 60, 80, 90)]

    assert moments == [day(60), day(80), day(90), None]


def test_an_office_that_must_still_answer_changes_the_state_when_it_is_overdue() -> None:
    first, *rest = announced_story()
    facts = [first, rest[0]]

    states = [clearance(facts, at=at) for at in (31.999, 32)]

    assert [state.overdue for state in states] == [False, True]
    assert states[0].changes_at == states[0].due_at == day(32)
