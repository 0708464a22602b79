"""Findings: what is named, when, and only once."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.detector import custody_findings, policy_findings
from bus.notices.facts import AnyFact, Stage
from bus.notices.findings import Finding, FindingKind, Severity
from bus.notices.history import History
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    POLICY,
    TEXT_A,
    TEXT_B,
    accept,
    announced_story,
    both_accept,
    cancel,
    citation,
    day,
    dead_letter,
    notice,
    receipt,
    reject,
    stay,
    window,
)


def find(facts: list[AnyFact], kind: FindingKind, known_at: float = 365) -> list[Finding]:
    found = policy_findings(POLICY, History.of(facts), day(known_at))
    return [finding for finding in found if finding.kind is kind]


# UNANNOUNCED_POLICY


@pytest.mark.promise("P1")
def test_the_first_custody_event_that_cites_an_unknown_policy_names_it() -> None:
    first, second = citation(recorded=5), citation(recorded=6)

    found = find([second, first], FindingKind.UNANNOUNCED_POLICY)

    assert [(f.event_id, f.opened_at) for f in found] == [(first.event_id, day(5))]
    assert (found[0].policy_id, found[0].office) == (POLICY, "dhs.cbp.usbp")
    assert found[0].severity is Severity.ALARM


def test_a_notice_after_the_fact_does_not_take_the_finding_back() -> None:
    early = citation(recorded=5)
    before = find([early], FindingKind.UNANNOUNCED_POLICY)

    after = find([early, notice(recorded=6, effective=0)], FindingKind.UNANNOUNCED_POLICY)

    assert after == before


@pytest.mark.parametrize("recorded", [5, 4])
def test_a_policy_with_a_notice_by_then_is_not_unannounced(recorded: float) -> None:
    facts = [notice(recorded=recorded, effective=5), citation(recorded=5)]

    assert find(facts, FindingKind.UNANNOUNCED_POLICY) == []


@pytest.mark.promise("P1")
@pytest.mark.parametrize("stage", [Stage.FINAL, Stage.PROPOSED])
def test_a_policy_that_is_acted_on_before_the_day_its_notice_names_is_unannounced(
    stage: Stage,
) -> None:
    early, in_time = citation(recorded=39.999), citation(recorded=40)
    told = notice(recorded=1, effective=40, stage=stage)

    found = find([told, early, in_time], FindingKind.UNANNOUNCED_POLICY)
    on_the_day = find([told, in_time], FindingKind.UNANNOUNCED_POLICY)

    assert [finding.event_id for finding in found] == [early.event_id]
    assert on_the_day == []


@pytest.mark.promise("P8")
def test_the_notice_of_an_exercise_announces_nothing_to_a_real_event() -> None:
    facts = [notice(mode=Mode.EXERCISE), citation(recorded=5)]

    found = find(facts, FindingKind.UNANNOUNCED_POLICY)

    assert [f.mode for f in found] == [Mode.ACTUAL]


@pytest.mark.promise("P8")
def test_an_exercises_event_alarms_nobody() -> None:
    exercise, real = citation(recorded=5, mode=Mode.EXERCISE), citation(recorded=6)

    found = find([exercise, real, window(0, 9)], FindingKind.UNANNOUNCED_POLICY)

    assert [(f.mode, f.severity) for f in found] == [
        (Mode.EXERCISE, Severity.INFO),
        (Mode.ACTUAL, Severity.ALARM),
    ]
    assert len({f.finding_id for f in found}) == 2


# LATE_NOTICE


@pytest.mark.promise("P1")
@pytest.mark.parametrize(("recorded", "late"), [(29.999, False), (30, True)])
def test_a_notice_recorded_too_close_to_its_effect_is_late_at_once(
    recorded: float, late: bool
) -> None:
    first = notice(recorded=recorded, effective=60)

    found = find([first], FindingKind.LATE_NOTICE)

    assert [f.event_id for f in found] == ([first.event_id] if late else [])


def test_a_delivery_that_makes_an_office_short_makes_the_notice_late() -> None:
    first = notice(recorded=0, effective=60)
    late = receipt(first, recorded=31, office=DIRECTOR)
    facts = [first, receipt(first, recorded=1, office=INTAKE), late]

    found = find(facts, FindingKind.LATE_NOTICE)

    assert [(f.event_id, f.opened_at, f.office) for f in found] == [
        (late.event_id, day(31), DIRECTOR)
    ]
    assert found[0].facts == (str(late.event_id), str(first.event_id))


def test_a_notice_that_is_not_delivered_yet_is_not_late() -> None:
    assert find([notice(recorded=0, effective=60)], FindingKind.LATE_NOTICE) == []


def test_a_late_delivery_to_an_office_that_had_waived_is_not_late() -> None:
    first = notice(recorded=0, effective=60)
    facts = [first, *both_accept(waives=True, recorded=20), receipt(first, recorded=31)]

    assert find(facts, FindingKind.LATE_NOTICE) == []


def test_a_waiver_that_comes_after_the_late_delivery_does_not_take_the_finding_back() -> None:
    first = notice(recorded=0, effective=60)
    facts = [first, receipt(first, recorded=31), *both_accept(waives=True, recorded=40)]

    assert len(find(facts, FindingKind.LATE_NOTICE)) == 1


def test_an_editorial_change_on_the_last_day_is_not_late() -> None:
    facts = [*announced_story(effective=60), notice(recorded=59, revision=2, content="title")]

    assert find(facts, FindingKind.LATE_NOTICE) == []


def test_each_material_text_is_late_for_itself_and_once() -> None:
    facts = [
        notice(recorded=40, effective=60),
        notice(recorded=41, effective=60, revision=2, content="title"),
        notice(recorded=42, effective=60, revision=3, text=TEXT_B),
    ]

    found = find(facts, FindingKind.LATE_NOTICE)

    assert [f.opened_at for f in found] == [day(40), day(42)]
    assert len({f.finding_id for f in found}) == 2


def test_the_first_office_that_is_short_opens_the_finding_not_the_first_delivery() -> None:
    first = notice(recorded=0, effective=60)
    facts = [
        first,
        accept(INTAKE, waives=True, recorded=20),
        receipt(first, recorded=31, office=INTAKE),
        receipt(first, recorded=33, office=DIRECTOR),
    ]

    found = find(facts, FindingKind.LATE_NOTICE)

    assert [(f.opened_at, f.office) for f in found] == [(day(33), DIRECTOR)]


# IN_FORCE_NOT_ANNOUNCED


@pytest.mark.promise("P1")
def test_a_late_notice_of_a_policy_in_force_is_found_at_the_notice_itself() -> None:
    late = notice(recorded=40, effective=30)

    found = find([late, citation(recorded=41)], FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [(f.event_id, f.opened_at) for f in found] == [(late.event_id, day(40))]


@pytest.mark.promise("P1")
def test_a_policy_that_came_into_force_unaccepted_is_found_at_the_next_fact() -> None:
    first = notice(effective=60)
    before, after = citation(recorded=59), citation(recorded=60)

    found = find([first, receipt(first), before, after], FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [f.event_id for f in found] == [after.event_id]
    assert found[0].facts == (str(after.event_id), str(first.event_id))


def test_an_announced_policy_in_force_is_no_finding() -> None:
    facts = [*announced_story(effective=60), citation(recorded=61), citation(recorded=70)]

    assert find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED) == []


def test_an_acceptance_that_comes_later_does_not_take_the_finding_back() -> None:
    first = notice(effective=60)
    facts = [first, receipt(first), citation(recorded=61), *both_accept(recorded=62)]

    found = find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [f.opened_at for f in found] == [day(61)]


def test_a_stayed_policy_is_not_in_force() -> None:
    facts = [notice(effective=60), stay(since=60, recorded=5), citation(recorded=61)]

    assert find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED) == []


def test_an_exercises_event_shows_nothing_about_a_real_policy() -> None:
    facts = [notice(effective=60), citation(recorded=61, mode=Mode.EXERCISE), window(61, 62)]

    assert find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED) == []


def test_a_record_that_cannot_be_read_puts_a_policy_in_force_in_doubt() -> None:
    letter = dead_letter(opened=65, closed=66)
    facts = [*announced_story(effective=60), letter]

    found = find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [(f.opened_at, f.event_id) for f in found] == [(day(65), None)]
    assert found[0].facts[0] == str(letter.dead_letter_id)


def test_a_dead_letter_of_another_policy_shows_nothing_about_this_one() -> None:
    facts = [notice(effective=60), dead_letter(opened=65, policy_id="doj/2018/another-policy")]

    assert find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED) == []


@pytest.mark.promise("P8")
def test_a_dead_letter_of_an_exercise_shows_nothing_of_a_real_policy() -> None:
    facts = [notice(effective=60), dead_letter(opened=65, mode=Mode.EXERCISE)]

    assert find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED) == []


def test_a_dead_letter_that_was_closed_by_then_is_no_doubt() -> None:
    letter = dead_letter(opened=50, closed=61)
    facts = [*announced_story(effective=60), letter, citation(recorded=61)]

    assert find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED) == []


def test_each_revision_in_force_unannounced_is_found_once() -> None:
    facts = [
        notice(recorded=40, effective=30),
        notice(recorded=41, effective=30, revision=2, text=TEXT_B),
        citation(recorded=42),
    ]

    found = find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [f.opened_at for f in found] == [day(40), day(41)]


def updated(**details: object) -> list[AnyFact]:
    """Return an announced policy, and an update delivered in time that takes effect on day 100."""
    details = {"revision": 2, "recorded": 61, "effective": 100, "text": TEXT_B, **details}
    update = notice(**details)  # type: ignore[arg-type]
    return [*announced_story(effective=60), update, receipt(update, recorded=62)]


@pytest.mark.promise("P1")
def test_an_update_that_takes_effect_unannounced_is_found_though_the_older_text_governs() -> None:
    refused = reject(revision=2, text=TEXT_B, number=2, recorded=70)
    facts = [*updated(), refused, citation(recorded=99), shown := citation(recorded=100)]

    found = find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [(f.event_id, f.facts[1]) for f in found] == [(shown.event_id, str(facts[4].event_id))]


@pytest.mark.parametrize(
    "facts",
    [
        updated(stage=Stage.PROPOSED),
        [*updated(), *both_accept(revision=2, text=TEXT_B, number=2, recorded=70)],
        [*updated(), stay(90)],
        [*updated(), cancel(90)],
        [*updated(), notice(revision=3, recorded=99, effective=300, text="c" * 64)],
        updated(expires=101),
    ],
    ids=["a proposal", "announced", "stayed", "cancelled", "replaced before", "expired"],
)
def test_no_other_update_is_found_to_take_effect(facts: list[AnyFact]) -> None:
    found = find([*facts, citation(recorded=101)], FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert found == []


def test_a_revision_that_was_found_is_not_found_again_while_another_is_to_come() -> None:
    facts = [
        notice(recorded=40, effective=30),
        notice(recorded=41, effective=90, revision=2, text=TEXT_B),
        citation(recorded=42),
        citation(recorded=43),
    ]

    found = find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [f.opened_at for f in found] == [day(40)]


def test_the_earliest_effective_date_of_all_revisions_is_watched() -> None:
    facts = [
        notice(recorded=0, effective=30),
        citation(recorded=35),
        notice(recorded=40, effective=90, revision=2, text=TEXT_B),
    ]

    found = find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED)

    assert [f.opened_at for f in found] == [day(35)]


def test_a_receipt_for_another_notice_shows_nothing_about_this_policy() -> None:
    other = notice(policy_id="doj/2018/another-policy")
    facts = [notice(effective=60), other, receipt(other, recorded=61)]

    assert find(facts, FindingKind.IN_FORCE_NOT_ANNOUNCED) == []


# MISSING_CITATION


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("kind", "role", "basis", "ground", "policy_id", "missing"),
    [
        ("SEPARATED", "CHILD", None, None, None, True),
        ("SEPARATED", "PARENT", "NONE_STATED", None, None, True),
        ("SEPARATED", "CHILD", "POLICY", None, None, True),
        ("SEPARATED", "CHILD", "NONE_STATED", "SAFETY", None, True),
        ("SEPARATED", "CHILD", "INDIVIDUAL_DETERMINATION", None, None, True),
        ("SEPARATED", "CHILD", "INDIVIDUAL_DETERMINATION", "SAFETY", None, False),
        ("SEPARATED", "CHILD", "POLICY", None, POLICY, False),
        ("REFERRED_FOR_PROSECUTION", "PARENT", None, None, None, True),
        ("REFERRED_FOR_PROSECUTION", "LEGAL_GUARDIAN", None, None, None, True),
        ("REFERRED_FOR_PROSECUTION", "OTHER_ADULT", None, None, None, True),
        ("REFERRED_FOR_PROSECUTION", None, None, None, None, True),
        ("REFERRED_FOR_PROSECUTION", "CHILD", None, None, None, False),
        ("REFERRED_FOR_PROSECUTION", "PARENT", None, None, POLICY, False),
        ("APPREHENDED", "PARENT", None, None, None, False),
        ("APPREHENDED", "PARENT", None, None, POLICY, False),
    ],
)
def test_separations_and_adults_referrals_must_cite_something(
    kind: str,
    role: str | None,
    basis: str | None,
    ground: str | None,
    policy_id: str | None,
    missing: bool,
) -> None:
    event = citation(
        recorded=5, kind=kind, role=role, basis=basis, ground=ground, policy_id=policy_id
    )

    found = custody_findings([event])

    assert [f.kind for f in found] == [FindingKind.MISSING_CITATION] * missing
    assert event.matters is (missing or policy_id is not None or event.needs_citation)


def test_a_custody_event_without_an_office_is_its_agencys() -> None:
    found = custody_findings([citation(recorded=5, policy_id=None, office=None)])

    assert [f.office for f in found] == ["dhs"]


def test_each_event_without_a_citation_is_a_finding_of_its_own() -> None:
    events = [citation(recorded=5, policy_id=None) for _ in range(3)]

    found = custody_findings([*events, events[0]])

    assert len({finding.finding_id for finding in found}) == 3
    assert {finding.event_id for finding in found} == {event.event_id for event in events}


# CONFLICT


def test_two_contents_of_one_revision_are_a_conflict_opened_by_the_second() -> None:
    one, other = notice(content="one"), notice(recorded=7, content="other")

    found = find([one, other], FindingKind.CONFLICT)

    assert [(f.event_id, f.opened_at) for f in found] == [(other.event_id, day(7))]
    assert set(found[0].facts) == {str(one.event_id), str(other.event_id)}


def test_a_third_content_belongs_to_the_same_conflict() -> None:
    facts = [notice(content="one"), notice(content="other")]
    before = find(facts, FindingKind.CONFLICT)

    after = find([*facts, notice(content="third")], FindingKind.CONFLICT)

    assert [f.finding_id for f in after] == [f.finding_id for f in before]
    assert len(after[0].facts) == 3


def test_two_decisions_under_one_number_are_a_conflict_of_the_office() -> None:
    facts = [notice(), accept(INTAKE), reject(INTAKE, recorded=5), accept(DIRECTOR)]

    found = find(facts, FindingKind.CONFLICT)

    assert [(f.office, f.opened_at) for f in found] == [(INTAKE, day(5))]


# MODE_UNSOUND


@pytest.mark.promise("P8")
def test_a_record_with_an_unsound_mode_alarms_as_actual() -> None:
    doubtful = [
        notice(sound=False),
        accept(sound=False),
        stay(since=5, sound=False),
    ]

    found = find(doubtful, FindingKind.MODE_UNSOUND)

    assert {f.event_id for f in found} == {fact.event_id for fact in doubtful}
    assert {(f.mode, f.severity) for f in found} == {(Mode.ACTUAL, Severity.ALARM)}
    assert {f.reason for f in found} == {"MODE_UNSOUND"}


def test_an_unsound_record_of_another_policy_or_agency_is_not_this_policys() -> None:
    facts = [
        notice(),
        accept(sound=False, policy_id="doj/2018/another-policy"),
        accept(sound=False, topic="doj.acknowledgement.v1"),
    ]

    assert find(facts, FindingKind.MODE_UNSOUND) == []


@pytest.mark.promise("P8")
def test_a_notice_that_changes_its_policys_mode_alarms_as_actual() -> None:
    change = notice(recorded=5, revision=2, mode=Mode.EXERCISE)

    found = find([notice(), change], FindingKind.MODE_UNSOUND)

    assert [(f.event_id, f.mode, f.reason) for f in found] == [
        (change.event_id, Mode.ACTUAL, "OTHER_MODE")
    ]


@pytest.mark.promise("P8")
def test_a_custody_event_with_an_unsound_mode_alarms_as_actual() -> None:
    event = citation(recorded=5, kind="APPREHENDED", policy_id=None, sound=False)

    found = custody_findings([event])

    assert event.matters
    assert [(f.kind, f.mode) for f in found] == [(FindingKind.MODE_UNSOUND, Mode.ACTUAL)]


# all of them


def test_what_was_not_yet_recorded_was_not_yet_found() -> None:
    facts = [citation(recorded=5), notice(recorded=40, effective=30)]

    kinds = [
        [finding.kind for finding in policy_findings(POLICY, History.of(facts), day(known_at))]
        for known_at in (4, 5)
    ]

    assert kinds == [[], [FindingKind.UNANNOUNCED_POLICY]]


def test_a_finding_id_is_the_same_in_every_process_and_release() -> None:
    late = notice(recorded=40, effective=60, text=TEXT_A)

    found = find([late], FindingKind.LATE_NOTICE)

    assert str(found[0].finding_id) == "02af24e9-bf41-587e-a7ee-44c438756789"
