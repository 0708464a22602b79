"""Which version of an agreement counts beside which."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bus.events import Mode
from bus.notices.durations import calendar_days
from bus.notices.facts import AgreementFact
from bus.notices.versions import applying_to, in_force, versions_of
from tests.unit.notices.stories import agreement, day, notice

ALL = frozenset({"doj", "dhs", "hhs"})


def applied(*agreements: AgreementFact, recorded: float = 5) -> list[tuple[str, int]]:
    found = applying_to(notice(recorded=recorded), agreements)
    return [(each.agreement.agreement_id, each.agreement.version) for each in found]


def test_a_version_is_sound_as_soon_as_one_record_of_it_is() -> None:
    (version,) = versions_of([agreement(sound=False), agreement()])

    assert version.is_sound


def test_a_version_with_two_beginnings_has_begun_with_the_first() -> None:
    assert applied(agreement(begins=0), agreement(begins=9)) == [("hhs-doj", 1)]


@pytest.mark.parametrize(
    ("other", "is_replaced"),
    [
        ({}, True),
        ({"name": "hhs-doj-2"}, False),
        ({"version": 1}, False),
        ({"sound": False}, False),
        ({"parties": frozenset({"doj", "hhs"})}, False),
    ],
    ids=["higher", "another agreement", "the same", "of unsound mode", "without a party"],
)
def test_a_higher_version_of_the_agreement_replaces_one_whose_parties_it_has(
    other: dict[str, object], is_replaced: bool
) -> None:
    first = agreement(parties=ALL)
    second = agreement(**{"version": 2, "parties": ALL, **other})  # type: ignore[arg-type]

    assert (("hhs-doj", 1) not in applied(first, second)) is is_replaced


@pytest.mark.promise("P8")
def test_an_exercises_version_replaces_no_real_one() -> None:
    drill = agreement(version=2, mode=Mode.EXERCISE)

    found = applying_to(notice(recorded=5, mode=Mode.EXERCISE), [agreement(), drill])

    assert [each.agreement.version for each in found] == [1, 2]


def test_a_version_replaces_two_contents_only_with_the_parties_of_both() -> None:
    narrow, wide = agreement(), agreement(parties=ALL)

    assert ("hhs-doj", 1) in applied(narrow, wide, agreement(version=2))
    assert ("hhs-doj", 1) not in applied(narrow, wide, agreement(version=2, parties=ALL))


def test_of_a_version_recorded_in_a_doubtful_and_in_a_sound_mode_the_sound_one_replaces() -> None:
    second = [agreement(version=2, sound=False), agreement(version=2)]

    assert applied(agreement(), *second) == [("hhs-doj", 2)]


def test_a_version_covers_what_any_of_its_contents_covers() -> None:
    narrow = agreement(instruments=frozenset({"RULE"}))

    assert applied(narrow, agreement()) == [("hhs-doj", 1)]


def test_an_agreement_goes_on_with_its_next_version_and_begins_with_its_own_first() -> None:
    others = agreement(name="earlier", begins=-50, recorded=-50)
    facts = [others, agreement(begins=-9, recorded=-9), agreement(version=2, begins=-2)]

    found = {each.agreement.agreement_id: each for each in applying_to(notice(recorded=5), facts)}

    assert found["hhs-doj"].agreement.version == 2
    assert found["hhs-doj"].began_at == day(-9)


def test_what_is_replaced_or_contradicts_itself_is_not_agreed_on() -> None:
    first, second = agreement(), agreement(version=2)
    contradictory = replace(second, lead_time=calendar_days(1))

    assert list(in_force(day(5), Mode.ACTUAL, [first, second])) == [second]
    assert list(in_force(day(5), Mode.ACTUAL, [first, second, contradictory])) == []


def test_of_two_agreements_each_is_agreed_on() -> None:
    facts = [agreement(), agreement(name="another"), agreement(name="another", version=2)]

    found = in_force(day(5), Mode.ACTUAL, facts)

    assert [(each.agreement_id, each.version) for each in found] == [("hhs-doj", 1), ("another", 2)]
