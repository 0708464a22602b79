"""An emergency that leaves no time for the usual notice."""

from __future__ import annotations

from datetime import datetime

from bus.events import Draft
from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import accepts, announces, sends
from producers.scenarios.cast import (
    APPROVER,
    DIRECTOR,
    INTAKE,
    ON_DUTY,
    THE_DIRECTOR,
    day,
    doj_notice,
)
from producers.scenarios.questions import Wanted, clearance_is, found, gate_says

AGREED, NOT_AGREED = "doj/2036/outbreak", "doj/2036/flood"


def agreement(valid_from: datetime, approved_at: datetime) -> Draft:
    """Return an agreement of DOJ and HHS that knows one emergency."""
    approvals = (("doj", "doj.oag", APPROVER), ("hhs", DIRECTOR, ("director", "h-202")))
    steps = [{"office": "hhs.oig", "after": {"amount": 5, "unit": "CALENDAR_DAYS"}}]
    return Draft(
        topic="bus.agreement.v1",
        data={
            "agreement_id": "doj-hhs-emergencies",
            "version": 1,
            "parties": ["doj", "hhs"],
            "instruments": [],
            "lead_time": {"amount": 30, "unit": "CALENDAR_DAYS"},
            "seats": [
                {"seat_id": office, "offices": [office], "acceptances_needed": 1}
                for office in (INTAKE, DIRECTOR)
            ],
            "receipts": [{"office": o, "group": "hhs-intake"} for o in (INTAKE, DIRECTOR)],
            "acknowledge_within": {"amount": 24, "unit": "HOURS"},
            "ladders": [{"office": o, "steps": steps} for o in (INTAKE, DIRECTOR)],
            "emergency_bases": [
                {"basis": "PUBLIC_HEALTH", "minimum_lead": {"amount": 72, "unit": "HOURS"}}
            ],
            "objection_after_effect": "WARN",
            "time_zone": "America/New_York",
            "holidays": "FEDERAL",
            "valid_from": valid_from,
            "valid_to": None,
            "approvals": [
                {
                    "party": party,
                    "office": office,
                    "officer": {"role": role, "id": officer_id},
                    "at": approved_at,
                }
                for party, office, (role, officer_id) in approvals
            ],
        },
    )


def emergency_notice(policy_id: str, basis: str) -> Draft:
    """Return a notice that claims an emergency, four days ahead of its effect."""
    return doj_notice(
        policy_id,
        title="Families are moved out of one district",
        summary="For two weeks families are referred elsewhere.",
        effective_at=day(2036, 3, 7),
        emergency={
            "basis": basis,
            "reason": "The district can't house anybody.",
            "ends_at": day(2036, 3, 21),
        },
    )


story = Story(
    name="emergency",
    title="An emergency that leaves no time",
    happened=(
        "This story is made up. The memorandum of 6 April 2018 took effect at once, with no day's "
        "notice to HHS. There are reasons to be quick; which they are should be agreed beforehand, "
        "and not be claimed on the day."
    ),
    steps=(
        Step(
            day(2036, 1, 4),
            "DOJ and HHS agree on what an emergency is.",
            acts=(
                Act(
                    "the bus",
                    "publishes the agreement: in an outbreak of disease 72 hours are enough",
                    sends(agreement(day(2036, 1, 5, hour=0), day(2036, 1, 3))),
                ),
            ),
        ),
        Step(
            day(2036, 3, 3),
            "Two emergencies, four days ahead.",
            acts=(
                Act(
                    "DOJ",
                    "publishes a notice for 7 March because of an outbreak",
                    announces(emergency_notice(AGREED, "PUBLIC_HEALTH")),
                ),
                Act(
                    "DOJ",
                    "publishes another because of a flood, which nobody agreed on",
                    announces(emergency_notice(NOT_AGREED, "FLOOD")),
                ),
            ),
            sights=(
                Sight(
                    "HHS",
                    "the outbreak's notice, in time for an agreed emergency",
                    clearance_is(AGREED, lead="SHORTENED", answer="PENDING"),
                ),
                Sight(
                    "HHS",
                    "the flood's notice, too late",
                    clearance_is(NOT_AGREED, lead="SHORT", answer="PENDING"),
                ),
                Sight(
                    "everyone",
                    "an emergency was claimed, by an agreed reason or not",
                    found(Wanted(kind="EMERGENCY_NOTICE", policy_id=AGREED)),
                ),
            ),
        ),
        Step(
            day(2036, 3, 4),
            "HHS answers within a day.",
            acts=tuple(
                Act(who, f"accepts the notice of the {what}", accepts(policy_id, officer))
                for policy_id, what in ((AGREED, "outbreak"), (NOT_AGREED, "flood"))
                for who, officer in (("HHS intake", ON_DUTY), ("HHS's director", THE_DIRECTOR))
            ),
            sights=(
                Sight(
                    "the gate",
                    "yes to the outbreak's, asked for 8 March",
                    gate_says("CLEAR", AGREED, at="2036-03-08"),
                ),
                Sight(
                    "the gate",
                    "no to the flood's: nobody waived the time",
                    gate_says("NOT_CLEAR", NOT_AGREED, at="2036-03-08"),
                ),
                Sight(
                    "the gate",
                    "no, asked for the day after the emergency's end",
                    gate_says("NOT_CLEAR", AGREED, at="2036-03-22"),
                ),
            ),
        ),
    ),
    remains=(
        "Whether there is an emergency, the bus can't tell: it asks whether such a one was agreed "
        "on, reasoned and short, and puts every claim on record. HHS can waive the time for any "
        "other, and can refuse."
    ),
)
