"""A court stays a policy that was announced as it must be."""

from __future__ import annotations

from dataclasses import replace

from bus.events import new_event_id
from bus.notices.facts import CoordinationKind
from bus.offices.known_policy import KnownPolicy
from bus.offices.observing import Step as Statement
from bus.offices.policy_steps import Case, lifting, stay
from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import accepts, is_refused, reports_families, says, states
from producers.scenarios.cast import COUNSEL, ON_DUTY, PLANNER, THE_DIRECTOR, day, doj_notice
from producers.scenarios.questions import Wanted, clearance_is, everything_arrived, found, gate_says
from producers.scenarios.steps import doj_tells_in_time

POLICY = "doj/2018/announced-and-stayed"
NOTICE = doj_notice(
    POLICY,
    title="Prosecution of every improper entry",
    summary="Prosecute every referred improper entry, also of adults with children.",
    effective_at=day(2018, 6, 1, hour=0),
    places_needed=100,
)
STAY_ID = new_event_id()
COURT_CASE = Case("U.S. District Court, Southern District of California", "Ms. L v. ICE")


def the_stay(known: KnownPolicy) -> Statement:
    """Return the record of the court's stay."""
    return replace(stay(known, COUNSEL, COURT_CASE, None, None), coordination_id=STAY_ID)


def by_one_officer(known: KnownPolicy) -> Statement:
    """Return a lifting of the stay that DOJ's counsel approves alone."""
    return lifting(known, COUNSEL, STAY_ID, (COUNSEL.role, COUNSEL.officer_id), None)


def by_another_agency(known: KnownPolicy) -> Statement:
    """Return a lifting of DOJ's stay by two officers of DHS."""
    return lifting(known, PLANNER, STAY_ID, ("approver", "d-402"), None)


PAST_THE_COMMAND = Statement(
    officer=PLANNER,
    kind=CoordinationKind.LIFT_STAY,
    body={
        "stay_id": str(STAY_ID),
        "from": day(2018, 6, 27),
        "approved_by": {"role": "approver", "id": "d-402"},
    },
    policy_id=POLICY,
)

story = Story(
    name="injunction",
    title="A court stays a policy",
    happened=(
        "On 26 June 2018, in Ms. L v. ICE, a federal court ordered that separated children be "
        "reunified: within 14 days those under five, within 30 days the others. By then no office "
        "could say how many there were (HHS OIG, OEI-BL-18-00511). The story takes that day. The "
        "policy in it was announced as it must be, and is made up: even such a policy ends at once "
        "when a court says so."
    ),
    steps=(
        doj_tells_in_time(
            day(2018, 4, 20), "DOJ tells HHS of a policy, six weeks ahead.", NOTICE, effect="1 June"
        ),
        Step(
            day(2018, 4, 25),
            "HHS has the places.",
            acts=(
                Act("HHS intake", "accepts", accepts(POLICY, ON_DUTY)),
                Act("HHS's director", "accepts", accepts(POLICY, THE_DIRECTOR)),
            ),
            sights=(
                Sight("HHS", "the policy is announced", clearance_is(POLICY, announced=True)),
                Sight("the gate", "no: its day hasn't come", gate_says("NOT_CLEAR", POLICY)),
            ),
        ),
        Step(
            day(2018, 6, 1),
            "The policy takes effect.",
            sights=(Sight("the gate", "yes", gate_says("CLEAR", POLICY)),),
        ),
        Step(
            day(2018, 6, 26),
            "A federal court stays the policy.",
            acts=(
                Act(
                    "DOJ", "records the stay: one officer, at once", says(POLICY, COUNSEL, the_stay)
                ),
            ),
            sights=(
                Sight("HHS", "the policy is stayed", clearance_is(POLICY, force="STAYED")),
                Sight("the gate", "no, from this moment on", gate_says("NOT_CLEAR", POLICY)),
            ),
        ),
        Step(
            day(2018, 6, 27),
            "A sector goes on, and somebody wants the stay away.",
            acts=(
                Act(
                    "DHS",
                    "reports a family, under the stayed policy",
                    reports_families(1, policy_id=POLICY, sector="Rio Grande Valley"),
                ),
                Act(
                    "DHS",
                    "declares DOJ's stay lifted, by a program of its own",
                    states(PAST_THE_COMMAND),
                ),
            ),
            sights=(
                Sight("HHS", "the child is on record all the same", everything_arrived),
                Sight(
                    "everyone",
                    "an event acted on a stayed policy",
                    found(Wanted(kind="CITED_NOT_CLEAR", policy_id=POLICY, reason="STAYED")),
                ),
                Sight(
                    "everyone",
                    "another agency's lifting counts for nothing",
                    found(
                        Wanted(kind="VOID_COORDINATION", policy_id=POLICY, reason="OTHER_AGENCY")
                    ),
                ),
                Sight(
                    "DHS",
                    "is refused to lift another agency's stay by the bus's own command",
                    is_refused(says(POLICY, PLANNER, by_another_agency), "only doj can lift it"),
                ),
                Sight(
                    "DOJ",
                    "one officer alone is refused to lift it: that takes two",
                    is_refused(says(POLICY, COUNSEL, by_one_officer), "takes two officers"),
                ),
                Sight("the gate", "still no", gate_says("NOT_CLEAR", POLICY)),
            ),
        ),
    ),
    remains=(
        "The stay holds until two officers of the agency that recorded it lift it. The bus doesn't "
        "read court orders: an office must record one. Whether an order covers a case is for "
        "lawyers; the bus takes a stay of a part for a stay of the whole policy. It finds no "
        "parents: children and parents stand on record in one family group, no more."
    ),
)
