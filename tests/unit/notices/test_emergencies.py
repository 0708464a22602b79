"""An emergency's lead time, by whose doing one was short, and what began before agreements."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bus.notices.detector import policy_findings
from bus.notices.durations import calendar_days
from bus.notices.facts import AnyFact, Emergency, NoticeFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.history import History
from bus.notices.states import Lead
from tests.unit.notices.stories import (
    INTAKE,
    POLICY,
    accept,
    agreement,
    clearance,
    codes,
    day,
    notice,
    receipt,
    stay,
)

pytestmark = pytest.mark.promise("P1")

BASES = (("PUBLIC_HEALTH", calendar_days(5)), ("NO_MINIMUM", calendar_days(0)))
AGREED = agreement(emergency_bases=BASES)


def emergency(
    *, ends: float = 70, basis: str = "PUBLIC_HEALTH", recorded: float = 40
) -> NoticeFact:
    """Return a notice that takes effect on day 60, so that 45 days were over at day 15."""
    return notice(recorded=recorded, effective=60, emergency_ends=ends, basis=basis)


def unreasoned(told: NoticeFact) -> NoticeFact:
    assert isinstance(told.emergency, Emergency)
    return replace(told, emergency=replace(told.emergency, is_reasoned=False))


def find(kind: FindingKind, *facts: AnyFact) -> list[Finding]:
    found = policy_findings(POLICY, History.of(facts), day(365))
    return [finding for finding in found if finding.kind is kind]


@pytest.mark.parametrize(("delivered", "lead"), [(53.9, Lead.SHORTENED), (54, Lead.SHORT)])
def test_an_emergencys_least_lead_time_lies_whole_between_delivery_and_effect(
    delivered: float, lead: Lead
) -> None:
    least = agreement(emergency_bases=(("PUBLIC_HEALTH", calendar_days(6)),))
    told = emergency()

    state = clearance([least, told, receipt(told, recorded=delivered), accept(recorded=55)], at=60)

    assert state.lead is lead
    assert state.clear is (lead is Lead.SHORTENED)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (emergency(), None),
        (emergency(ends=150), None),
        (emergency(ends=150.1), "EMERGENCY_TOO_LONG"),
        (emergency(ends=60), "EMERGENCY_TOO_LONG"),
        (emergency(basis="WEATHER"), "BASIS_NOT_AGREED"),
        (emergency(basis="NO_MINIMUM"), "BASIS_NOT_AGREED"),
        (unreasoned(emergency()), "REASON_MISSING"),
    ],
)
def test_only_an_agreed_reasoned_and_brief_emergency_shortens_the_lead_time(
    told: NoticeFact, reason: str | None
) -> None:
    facts = [AGREED, told, receipt(told, recorded=41), accept(recorded=42)]

    state = clearance(facts, at=60)

    assert state.lead is (Lead.SHORT if reason else Lead.SHORTENED)
    (finding,) = find(FindingKind.EMERGENCY_NOTICE, *facts)
    assert (finding.reason, finding.opened_at) == (reason, day(40))
    assert bool(find(FindingKind.LATE_NOTICE, *facts)) is bool(reason)


def test_an_emergency_is_found_though_the_whole_lead_time_was_kept() -> None:
    told = emergency(recorded=0)
    facts = [AGREED, told, receipt(told), accept()]

    assert clearance(facts, at=60).lead is Lead.KEPT
    assert len(find(FindingKind.EMERGENCY_NOTICE, *facts)) == 1


def test_the_default_knows_no_emergency() -> None:
    told = emergency()

    state = clearance([told, receipt(told, recorded=41)], at=60)

    assert state.lead is Lead.SHORT


def test_an_agreement_without_the_basis_keeps_its_whole_lead_time_beside_another() -> None:
    told = emergency()
    facts = [AGREED, told, receipt(told, recorded=41), accept(recorded=42)]

    long = clearance([agreement(name="other"), *facts], at=60)
    brief = clearance([agreement(name="other", lead_time=calendar_days(10)), *facts], at=60)

    assert (long.lead, brief.lead) == (Lead.SHORT, Lead.SHORTENED)


def test_a_basis_that_an_agreement_lists_twice_has_its_longer_least_lead_time() -> None:
    twice = (("PUBLIC_HEALTH", calendar_days(1)), ("PUBLIC_HEALTH", calendar_days(30)))
    told = emergency()

    state = clearance([agreement(emergency_bases=twice), told, receipt(told, recorded=41)], at=60)

    assert state.lead is Lead.SHORT


# Whose doing it was

IN_TIME, LATE = 14, 20


def short(told_on: float, *, elsewhere: float | None, delivered: float | None) -> list[AnyFact]:
    """Return a notice under 45 days, and when hhs-intake and another group receipted for it."""
    told = notice(recorded=told_on, effective=60)
    facts: list[AnyFact] = [agreement(), told]
    if elsewhere is not None:
        group = {"group": "hhs-archive", "recorded": elsewhere}
        facts.append(receipt(told, **group))  # type: ignore[arg-type]
    if delivered is not None:
        facts.append(receipt(told, recorded=delivered))
    return facts


@pytest.mark.parametrize(
    ("told_on", "elsewhere", "blame"),
    [
        (LATE, None, "SHORT_BY_SENDER"),
        (IN_TIME, IN_TIME, "SHORT_BY_ADDRESSEE"),
        (IN_TIME, LATE, "SHORT_BY_BUS"),
        (IN_TIME, None, "SHORT_BY_BUS"),
    ],
)
def test_a_late_delivery_says_by_whose_doing(
    told_on: float, elsewhere: float | None, blame: str
) -> None:
    facts = short(told_on, elsewhere=elsewhere, delivered=LATE)

    (finding,) = find(FindingKind.LATE_NOTICE, *facts)

    assert finding.reason == blame
    assert codes(clearance(facts, at=60), INTAKE) >= {"DELIVERED_LATE", blame}


@pytest.mark.parametrize(("told_on", "blame"), [(LATE, {"SHORT_BY_SENDER"}), (IN_TIME, set[str]())])
def test_of_what_wasnt_delivered_only_the_senders_lateness_is_known(
    told_on: float, blame: set[str]
) -> None:
    state = clearance(short(told_on, elsewhere=None, delivered=None), at=60)

    assert {code for code in codes(state) if code.startswith("SHORT_BY")} == blame


def test_a_lead_that_was_kept_is_nobodys_doing() -> None:
    state = clearance(short(1, elsewhere=None, delivered=2), at=60)

    assert not any(code.startswith("SHORT_BY") for code in codes(state))


# What was in force when the agreement began


def baseline(recorded: float, *, effective: float = -100) -> NoticeFact:
    return notice(instrument="BASELINE", recorded=recorded, effective=effective)


BLAME = (FindingKind.LATE_NOTICE, FindingKind.IN_FORCE_NOT_ANNOUNCED)


def blamed(*facts: AnyFact) -> set[FindingKind]:
    return {kind for kind in BLAME if find(kind, *facts)}


@pytest.mark.parametrize("waives", [True, False])
def test_a_baseline_is_announced_when_each_seat_waives_the_lead_time(waives: bool) -> None:
    told = baseline(10)
    facts = [agreement(), told, receipt(told, recorded=11), accept(recorded=12, waives=waives)]

    state = clearance(facts, at=20)

    assert state.clear is waives
    assert blamed(*facts) == set()


@pytest.mark.parametrize(("recorded", "found"), [(89.9, set()), (90, set(BLAME))])
def test_for_ninety_days_nobody_is_blamed_for_a_baseline(
    recorded: float, found: set[FindingKind]
) -> None:
    assert blamed(agreement(), baseline(recorded)) == found


def test_a_baseline_that_nobody_accepted_is_found_after_ninety_days() -> None:
    told = baseline(10)

    assert blamed(agreement(), told, stay(400, recorded=89)) == set()
    assert blamed(agreement(), told, stay(400, recorded=90)) == {BLAME[1]}
    assert BLAME[0] in blamed(agreement(), told, receipt(told, recorded=90))


@pytest.mark.parametrize(
    "facts",
    [
        [baseline(10)],
        [agreement(), baseline(10, effective=1)],
        [agreement(), notice(recorded=10, effective=-100)],
        [agreement(), agreement(name="other", begins=-85), baseline(10)],
        [agreement(begins=-85), agreement(version=2), baseline(10)],
        [agreement(sound=False), baseline(10)],
    ],
    ids=["no agreement", "newer", "no baseline", "older agreement", "new version", "doubtful"],
)
def test_there_is_no_grace_but_for_a_baseline_under_a_new_agreement(facts: list[AnyFact]) -> None:
    assert blamed(*facts) == set(BLAME)


@pytest.mark.parametrize("instruments", [{"RULE"}, {"BASELINE"}, set[str]()])
def test_an_agreement_grants_grace_where_it_is_about_baselines(instruments: set[str]) -> None:
    about = agreement(instruments=frozenset(instruments))

    assert blamed(about, baseline(10)) == (set(BLAME) if instruments == {"RULE"} else set())
