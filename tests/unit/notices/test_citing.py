"""Custody events that act on a policy which isn't clear, and exercises' outside of a window."""

from __future__ import annotations

import pytest

from bus.events import Mode
from bus.notices.clearance import judge
from bus.notices.detector import custody_findings, policy_findings, reason_now
from bus.notices.facts import AnyFact, CitationFact, CoordinationFact, Scope
from bus.notices.findings import Finding, FindingKind, Severity
from bus.notices.history import History
from tests.unit.notices.stories import (
    POLICY,
    TEXT_B,
    announced_story,
    both_accept,
    cancel,
    citation,
    day,
    lift,
    notice,
    receipt,
    stay,
    window,
)


def cited(*facts: AnyFact, known_at: float = 365) -> list[Finding]:
    found = policy_findings(POLICY, History.of(facts), day(known_at))
    return [finding for finding in found if finding.kind is FindingKind.CITED_NOT_CLEAR]


def reasons(*facts: AnyFact) -> list[str | None]:
    return [finding.reason for finding in cited(*facts)]


def outside(event: AnyFact, *windows: CoordinationFact) -> list[tuple[FindingKind, Mode]]:
    return [(each.kind, each.mode) for each in custody_findings([event], windows)]  # type: ignore[list-item]


def test_an_event_on_a_policy_that_is_clear_shows_nothing() -> None:
    assert cited(*announced_story(effective=40), citation(recorded=40)) == []


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    ("reason", "fact"),
    [
        ("STAYED", stay(50)),
        ("CANCELLED", cancel(50)),
        ("SUPERSEDED", notice(policy_id="doj/2018/newer", supersedes=POLICY, effective=50)),
    ],
)
def test_an_event_on_a_policy_that_ended_or_is_stayed_is_named_from_that_moment_on(
    reason: str, fact: AnyFact
) -> None:
    story = [*announced_story(effective=40), fact]

    before = cited(*story, citation(recorded=49.9))
    (found,) = cited(*story, citation(recorded=50))

    assert before == []
    assert (found.reason, found.severity, found.opened_at) == (reason, Severity.ALARM, day(50))


def test_an_event_on_an_expired_policy_is_named() -> None:
    assert reasons(*announced_story(40, expires=50), citation(recorded=50)) == ["EXPIRED"]


@pytest.mark.promise("P1")
def test_an_event_on_a_policy_that_nobody_accepted_is_named_at_its_first() -> None:
    first = notice(effective=40)
    events = [citation(recorded=41), citation(recorded=40)]

    (found,) = cited(first, receipt(first), *events)

    assert (found.reason, found.event_id) == ("NOT_ANNOUNCED", events[1].event_id)


def test_each_reason_is_named_once_for_each_mode() -> None:
    first = notice(effective=40)
    events = [citation(recorded=40 + number) for number in range(4)]

    assert reasons(first, stay(42), *events) == ["NOT_ANNOUNCED", "STAYED"]


def test_what_is_acted_before_a_stay_and_told_after_it_disregards_none() -> None:
    story = [*announced_story(effective=40), stay(50)]

    assert reasons(*story, citation(recorded=60, occurred=49)) == []


def test_a_moment_that_is_still_to_come_excuses_nothing() -> None:
    told = notice(recorded=0, effective=40)

    found = policy_findings(POLICY, History.of([told, citation(recorded=5, occurred=41)]), day(365))

    assert [each.kind for each in found] == [FindingKind.UNANNOUNCED_POLICY]


def test_what_was_not_known_when_the_event_was_recorded_does_not_count_against_it() -> None:
    story = [*announced_story(effective=40), stay(45, recorded=60)]

    assert reasons(*story, citation(recorded=50)) == []
    assert reasons(*story, citation(recorded=50), citation(recorded=60)) == ["STAYED"]


@pytest.mark.parametrize(
    ("scope", "is_out"),
    [
        (Scope(), False),
        (Scope(sectors=frozenset({"rgv"})), False),
        (Scope(sectors=frozenset({"el-paso"})), True),
        (Scope(event_kinds=frozenset({"SEPARATED"})), False),
        (Scope(event_kinds=frozenset({"REFERRED_FOR_PROSECUTION"})), True),
        (Scope(separation_reasons=frozenset({"WARRANT"})), False),
        (Scope(separation_reasons=frozenset({"OTHER"})), True),
    ],
)
def test_an_event_outside_of_the_scope_is_named(scope: Scope, is_out: bool) -> None:
    event = citation(recorded=40, kind="SEPARATED", sector="rgv", reason="WARRANT")

    found = reasons(*announced_story(effective=40, scope=scope), event)

    assert found == (["OUT_OF_SCOPE"] if is_out else [])


def test_an_event_that_does_not_say_its_sector_is_outside_of_a_scope_of_sectors() -> None:
    scope = Scope(sectors=frozenset({"rgv"}))

    assert reasons(*announced_story(40, scope=scope), citation(recorded=40)) == ["OUT_OF_SCOPE"]


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    ("policy", "event"), [(Mode.EXERCISE, Mode.ACTUAL), (Mode.ACTUAL, Mode.EXERCISE)]
)
def test_an_event_on_a_policy_of_another_mode_is_named(policy: Mode, event: Mode) -> None:
    first = notice(effective=40, mode=policy)

    (found,) = cited(first, window(0, 99), citation(recorded=41, mode=event))

    assert (found.reason, found.mode) == ("EXERCISE", event)


def test_one_text_that_was_announced_leaves_the_update_that_was_not_without_blame() -> None:
    update = notice(recorded=45, effective=50, revision=2, text=TEXT_B)

    assert reasons(*announced_story(effective=40), update, citation(recorded=55)) == []


def test_events_known_since_a_moment_show_what_all_show() -> None:
    first = notice(effective=40)
    story = [first, receipt(first), *both_accept(recorded=45, waives=True), stay(50)]
    events = [citation(recorded=recorded) for recorded in (41, 46, 51, 52)]

    known = {each.finding_id: each for each in cited(*story, *events)}
    since = {each.finding_id: each for each in cited(*story, *events[2:])}

    assert [each.reason for each in known.values()] == ["NOT_ANNOUNCED", "STAYED"]
    assert since.items() <= known.items()


# Exercises


@pytest.mark.promise("P8")
@pytest.mark.parametrize(("recorded", "is_inside"), [(9.9, False), (10, True), (12, False)])
def test_an_exercises_event_outside_of_its_window_is_real(recorded: float, is_inside: bool) -> None:
    event = citation(recorded=recorded, policy_id=None, mode=Mode.EXERCISE)

    found = outside(event, window(10, 12))

    missing = FindingKind.MISSING_CITATION
    flagged = (FindingKind.EXERCISE_OUTSIDE_WINDOW, Mode.ACTUAL)
    assert found == ([(missing, Mode.EXERCISE)] if is_inside else [(missing, Mode.ACTUAL), flagged])


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    "declared",
    [
        window(0, 9, recorded=5.1),
        window(0, 9, office="doj.oag", topic="doj.coordination.v1"),
        window(0, 9, office="dhs.plcy", topic="doj.coordination.v1"),
        window(0, 9, sound=False),
        window(0, 9, mode=Mode.TEST),
        window(0, 9, policy_id="dhs/2018/drill"),
    ],
    ids=["afterwards", "by another agency", "not by itself", "unsound", "a test", "of another"],
)
def test_what_declares_no_exercise_of_the_agency_beforehand_covers_nothing(
    declared: CoordinationFact,
) -> None:
    event = citation(recorded=5, mode=Mode.EXERCISE)

    assert outside(event, declared) == [(FindingKind.EXERCISE_OUTSIDE_WINDOW, Mode.ACTUAL)]


def test_any_of_several_windows_covers_an_exercise() -> None:
    assert outside(citation(recorded=5, mode=Mode.EXERCISE), window(1, 2), window(4, 6)) == []


def test_a_window_declared_with_the_event_covers_it() -> None:
    assert outside(citation(recorded=5, mode=Mode.EXERCISE), window(4, 6, recorded=5)) == []


def test_an_exercise_outside_of_its_window_is_its_offices_or_else_its_agencys() -> None:
    events = [citation(recorded=5, mode=Mode.EXERCISE, office=office) for office in ("dhs.x", None)]

    found = custody_findings(events, [])

    assert [each.office for each in found if each.kind is FindingKind.EXERCISE_OUTSIDE_WINDOW] == [
        "dhs.x",
        "dhs",
    ]


@pytest.mark.promise("P8")
def test_an_exercise_outside_of_its_window_names_the_policy_as_if_it_were_real() -> None:
    event = citation(recorded=5, mode=Mode.EXERCISE)

    found = policy_findings(POLICY, History.of([event, window(6, 7)]), day(365))

    assert [(each.kind, each.mode, each.severity) for each in found] == [
        (FindingKind.UNANNOUNCED_POLICY, Mode.ACTUAL, Severity.ALARM)
    ]


def known_then_and_now(event: CitationFact, *facts: AnyFact) -> tuple[str | None, str]:
    """Return why the event was found, and what is against it by all that is recorded by now."""
    history = History.of([event, *facts])
    (found,) = (
        each
        for each in policy_findings(POLICY, history, day(365))
        if each.event_id == event.event_id
        and each.policy_id == POLICY
        and each.kind in (FindingKind.UNANNOUNCED_POLICY, FindingKind.CITED_NOT_CLEAR)
    )
    return found.reason, reason_now(found.reason, event, judge(POLICY, history, day(365)))


@pytest.mark.promise("P1")
def test_a_later_announcement_turns_a_finding_into_one_after_the_fact_never_away() -> None:
    late = notice(recorded=50, effective=40)
    told = [late, receipt(late, recorded=51)]
    waived = both_accept(recorded=52, waives=True)

    assert known_then_and_now(citation(recorded=41)) == ("NO_NOTICE", "NO_NOTICE")
    assert known_then_and_now(citation(recorded=41), *told) == ("NO_NOTICE", "NOT_ANNOUNCED")
    assert known_then_and_now(citation(recorded=41), *told, *waived) == (
        "NO_NOTICE",
        "ANNOUNCED_AFTER_THE_FACT",
    )


def test_an_event_ahead_of_its_policys_day_stays_so_unless_an_earlier_day_is_told() -> None:
    first = notice(effective=60)
    earlier = notice(revision=2, recorded=42, effective=40, text=TEXT_B)

    assert known_then_and_now(citation(recorded=41), first) == ("NOT_YET", "NOT_YET")
    assert known_then_and_now(citation(recorded=41), first, earlier) == ("NOT_YET", "NOT_ANNOUNCED")


def test_an_event_on_a_policy_that_is_announced_by_now_was_not_announced_then() -> None:
    first = notice(effective=40)
    late = both_accept(recorded=42)

    assert known_then_and_now(citation(recorded=41), first, receipt(first), *late) == (
        "NOT_ANNOUNCED",
        "ANNOUNCED_AFTER_THE_FACT",
    )


def test_what_is_recorded_later_of_the_moment_of_acting_counts_by_now() -> None:
    first = notice(effective=40)
    told = [first, receipt(first), *both_accept(recorded=55)]
    stayed = stay(41, recorded=50)

    assert known_then_and_now(citation(recorded=45), *told, stayed) == ("NOT_ANNOUNCED", "STAYED")


def test_a_reason_that_holds_by_now_stays_whatever_came_beside_it() -> None:
    story = [*announced_story(40), cancel(50)]
    stayed = stay(52, recorded=60)

    assert known_then_and_now(citation(recorded=55), *story, stayed) == ("CANCELLED", "CANCELLED")


def test_a_stay_whose_end_was_told_late_is_cleared_after_the_fact() -> None:
    stayed = stay(41)
    ended = lift(stayed, 44, recorded=50)

    assert known_then_and_now(citation(recorded=45), *announced_story(40), stayed, ended) == (
        "STAYED",
        "CLEARED_AFTER_THE_FACT",
    )


@pytest.mark.promise("P8")
def test_an_exercises_notice_that_comes_later_announces_no_real_event() -> None:
    later = notice(recorded=50, effective=40, mode=Mode.EXERCISE)

    assert known_then_and_now(citation(recorded=41), later) == ("NO_NOTICE", "EXERCISE")


@pytest.mark.promise("P8")
def test_an_exercises_notice_of_a_later_day_is_no_notice_of_that_day_to_a_real_event() -> None:
    later = notice(recorded=50, effective=90, mode=Mode.EXERCISE)

    assert known_then_and_now(citation(recorded=41), later) == ("NO_NOTICE", "EXERCISE")


def test_a_finding_without_a_reason_was_of_a_policy_that_was_not_announced() -> None:
    event, story = citation(recorded=41), announced_story(effective=40)
    now = judge(POLICY, History.of([event, *story]), day(365))

    assert reason_now(None, event, now) == "ANNOUNCED_AFTER_THE_FACT"


def test_an_event_recorded_with_the_notice_is_judged_by_it() -> None:
    assert reasons(notice(recorded=41, effective=40), citation(recorded=41)) == ["NOT_ANNOUNCED"]
