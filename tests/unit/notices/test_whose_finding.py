"""A finding is about one policy and one office, and is opened by the fact that shows it."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.detector import contradictory_agreements, overdue_findings, policy_findings
from bus.notices.durations import calendar_days
from bus.notices.facts import AnyFact, CoordinationKind, Stage
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    TEXT_B,
    accept,
    agreement,
    announced_story,
    answer,
    cancel,
    coordination,
    day,
    delegate,
    lift,
    notice,
    observation,
    receipt,
    stay,
)

OTHER = "doj/2018/another"


def find(facts: list[AnyFact], kind: FindingKind) -> list[Finding]:
    found = policy_findings(POLICY, History.of(facts), day(365))
    return [finding for finding in found if finding.kind is kind]


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (observation(policy_id=OTHER), FindingKind.OBSERVED_POLICY),
        (
            notice(policy_id=OTHER, topic="hhs.policy-notice.v1", recorded_by="hhs.ios"),
            FindingKind.OBSERVED_POLICY,
        ),
        (notice(policy_id=OTHER, topic="hhs.policy-notice.v1"), FindingKind.VOID_NOTICE),
    ],
    ids=["an observation", "a liaison's notice", "another agency's notice"],
)
def test_what_is_found_about_another_policy_is_not_found_about_this_one(
    fact: AnyFact, kind: FindingKind
) -> None:
    about_the_other = policy_findings(OTHER, History.of([fact]), day(365))

    assert kind in {each.kind for each in about_the_other}
    assert find([notice(), fact], kind) == []


def test_a_void_notice_is_about_the_office_that_issued_it() -> None:
    void = notice(topic="dhs.policy-notice.v1", issuing_office="dhs.plcy")

    assert [each.office for each in find([void], FindingKind.VOID_NOTICE)] == ["dhs.plcy"]


@pytest.mark.promise("P8")
def test_an_exercises_notice_of_a_cancelled_policy_is_of_another_mode_and_not_void() -> None:
    drill = notice(revision=2, recorded=70, mode=Mode.EXERCISE)
    facts = [*announced_story(), cancel(since=65), drill]

    assert find(facts, FindingKind.VOID_NOTICE) == []
    assert [each.event_id for each in find(facts, FindingKind.MODE_UNSOUND)] == [drill.event_id]


def test_a_receipt_ahead_of_the_notice_that_it_names_makes_nobody_late() -> None:
    told = notice(recorded=2, effective=60)

    assert find([told, receipt(told, recorded=1)], FindingKind.LATE_NOTICE) == []


def test_one_late_receipt_for_two_texts_of_one_number_is_about_the_first() -> None:
    one, other = notice(recorded=0), notice(recorded=1, text=TEXT_B)

    found = find([one, other, receipt(one, other, recorded=50)], FindingKind.LATE_NOTICE)

    assert [each.facts[1] for each in found] == [str(one.event_id)]


def test_of_two_revisions_for_one_day_the_one_replaced_on_it_was_never_in_force() -> None:
    facts = [
        notice(recorded=0, effective=40),
        newer := notice(recorded=40, effective=40, revision=2, text=TEXT_B),
    ]

    found = find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [each.facts[0] for each in found] == [str(newer.event_id)]


def test_each_silent_office_is_found_once_with_the_receipt_that_told_it() -> None:
    told = notice(effective=90)
    receipts = [
        receipt(told, recorded=2, office=DIRECTOR),
        receipt(told, recorded=5, office=INTAKE),
    ]

    found = overdue_findings(POLICY, History.of([told, *receipts]), day(365), day(80))

    assert [(each.office, each.opened_at) for each in found] == [
        (DIRECTOR, day(33)),
        (INTAKE, day(36)),
    ]
    assert [each.facts for each in found] == [
        (str(told.event_id), str(each.event_id)) for each in receipts
    ]


# Acceptances that fill no seat


def void(facts: list[AnyFact]) -> list[tuple[str | None, str | None]]:
    found = find(facts, FindingKind.VOID_ACKNOWLEDGEMENT)
    return [(each.reason, str(each.event_id)) for each in found]


@pytest.mark.promise("P7")
def test_an_acceptance_of_a_text_that_came_back_is_judged_by_the_delivery_since_then() -> None:
    first = notice()
    away = notice(revision=2, text=TEXT_B, recorded=3)
    back = notice(revision=3, recorded=4)
    yes = accept(INTAKE, revision=3, recorded=5)
    facts = [first, receipt(first), away, back, yes]

    assert void(facts) == [("BEFORE_DELIVERY", str(yes.event_id))]
    assert void([*facts, receipt(back, recorded=4.5)]) == []


def test_an_office_that_nobody_receipts_for_does_not_answer_before_delivery() -> None:
    told = notice(required=("dhs.plcy",))
    yes = accept("dhs.plcy", topic="dhs.acknowledgement.v1")

    assert void([told, receipt(told), yes]) == []


@pytest.mark.promise("P7")
def test_of_two_acceptances_at_once_only_that_of_an_officer_with_a_seat_is_void() -> None:
    told = notice()
    own = accept(DIRECTOR, officer="h-30")
    by_another = accept(INTAKE, number=1, recorded=4)
    by_the_same = accept("hhs.ios", on_behalf_of=INTAKE, officer="h-30", number=2, recorded=4)
    facts = [told, receipt(told), delegate("hhs.ios"), own, by_another, by_the_same]

    assert void(facts) == [("ONE_OFFICER", str(by_the_same.event_id))]


def test_beside_a_final_text_nobody_owes_an_answer_to_a_proposal() -> None:
    final = notice(effective=90)
    proposal = notice(revision=2, text=TEXT_B, stage=Stage.PROPOSED, recorded=1, effective=90)
    facts = [final, proposal, receipt(final, proposal, recorded=2)]

    found = overdue_findings(POLICY, History.of(facts), day(365), day(80))

    assert {each.event_id for each in found} == {final.event_id}


# Statements that have no effect, or go against offices


def reasons_of_void(facts: list[AnyFact]) -> list[str | None]:
    return [each.reason for each in find(facts, FindingKind.VOID_COORDINATION)]


@pytest.mark.parametrize(
    "elsewhere",
    [{"policy_id": OTHER}, {"topic": "dhs.coordination.v1"}, {"mode": Mode.EXERCISE}],
    ids=["of another policy", "by another agency", "an exercise's"],
)
def test_without_a_notice_only_a_stay_of_the_policy_can_be_lifted(
    elsewhere: dict[str, object],
) -> None:
    stayed = stay(since=5, **elsewhere)

    assert "STAY_UNKNOWN" in reasons_of_void([stayed, lift(stayed, since=6)])


@pytest.mark.parametrize(
    "elsewhere",
    [{"policy_id": OTHER}, {"topic": "dhs.acknowledgement.v1"}, {"mode": Mode.EXERCISE}],
    ids=["of another policy", "by another agency", "an exercise's"],
)
def test_without_a_notice_only_a_condition_of_the_policy_can_be_answered(
    elsewhere: dict[str, object],
) -> None:
    yes = accept(INTAKE, conditions=("beds",), **elsewhere)

    assert reasons_of_void([yes, answer("beds")]) == ["CONDITION_UNKNOWN"]


def test_a_lifting_of_unsound_mode_is_found_as_that_alone() -> None:
    stayed = stay(since=62)
    facts = [*announced_story(), stayed, lift(stayed, since=65, approver="d-9", sound=False)]

    assert reasons_of_void(facts) == []
    assert len(find(facts, FindingKind.MODE_UNSOUND)) == 1


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    "elsewhere",
    [{"policy_id": OTHER}, {"topic": "dhs.coordination.v1"}],
    ids=["of another policy", "by another agency"],
)
def test_what_a_court_compels_elsewhere_is_not_found_about_this_policy(
    elsewhere: dict[str, object],
) -> None:
    compelled = coordination(CoordinationKind.COMPELLED, **elsewhere)  # type: ignore[arg-type]

    assert find([notice(), compelled], FindingKind.COMPELLED) == []


def test_whoever_stays_a_policy_does_not_proceed_over_an_objection() -> None:
    facts = [*announced_story(), stay(since=62)]

    assert find(facts, FindingKind.PROCEEDED_OVER_OBJECTION) == []


def test_two_contents_of_one_version_of_an_agreement_are_a_conflict_of_no_one_agency() -> None:
    one, other = agreement(), agreement(lead_time=calendar_days(10))

    found = list(contradictory_agreements([one, other]))

    assert [(each.kind, each.office, each.event_id) for each in found] == [
        (FindingKind.CONFLICT, None, other.event_id)
    ]
    assert list(contradictory_agreements([one, agreement()])) == []
