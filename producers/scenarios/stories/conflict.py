"""Two agencies that don't agree."""

from __future__ import annotations

from bus.offices.policy_steps import proceeding
from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import (
    accepts,
    is_refused,
    rejects,
    reports_families,
    says,
    takes,
)
from producers.scenarios.cast import (
    COUNSEL,
    INSPECTOR,
    ON_DUTY,
    PLANNER,
    THE_DIRECTOR,
    day,
    doj_notice,
)
from producers.scenarios.questions import Wanted, clearance_is, everything_arrived, found, gate_says
from producers.scenarios.steps import doj_tells_in_time

POLICY = "doj/2031/contested"
NOTICE = doj_notice(
    POLICY,
    title="Prosecution of every improper entry",
    summary="Prosecute every referred improper entry, also of adults with children.",
    effective_at=day(2031, 3, 3, hour=0),
    places_needed=2000,
)
IN_FORCE = Wanted(kind="IN_FORCE_NOT_ANNOUNCED", policy_id=POLICY)

story = Story(
    name="conflict",
    title="Two agencies that don't agree",
    happened=(
        "This story is made up. In 2018 there was no such conflict: nobody at HHS was asked (HHS "
        "OIG, OEI-BL-18-00510). There were too few beds, and children weren't placed within 72 "
        "hours. The story shows what would have been on record had HHS been asked, and had said no."
    ),
    steps=(
        doj_tells_in_time(
            day(2031, 1, 6),
            "DOJ tells HHS of a policy, eight weeks ahead, that needs 2,000 places.",
            NOTICE,
            effect="3 March",
        ),
        Step(
            day(2031, 1, 13),
            "HHS's two offices answer.",
            acts=(
                Act("HHS intake", "accepts", accepts(POLICY, ON_DUTY)),
                Act(
                    "HHS's director",
                    "rejects: the places aren't there",
                    rejects(POLICY, THE_DIRECTOR, "There are 400 places, not 2,000."),
                ),
            ),
            sights=(
                Sight(
                    "DOJ",
                    "the policy is rejected, by whom and why",
                    clearance_is(POLICY, answer="REJECTED", announced=False),
                ),
            ),
        ),
        Step(
            day(2031, 1, 20),
            "DOJ goes on.",
            acts=(
                Act(
                    "DOJ",
                    "states that it proceeds over the objection",
                    says(
                        POLICY,
                        COUNSEL,
                        lambda known: proceeding(known, COUNSEL, None, "It can't wait for places."),
                    ),
                ),
            ),
            sights=(
                Sight(
                    "everyone",
                    "DOJ proceeds over an objection",
                    found(Wanted(kind="PROCEEDED_OVER_OBJECTION", policy_id=POLICY)),
                ),
                Sight(
                    "the gate",
                    "no, asked for 3 March: to proceed isn't to agree",
                    gate_says("NOT_CLEAR", POLICY, at="2031-03-03"),
                ),
            ),
        ),
        Step(
            day(2031, 3, 3),
            "The policy takes effect.",
            acts=(
                Act(
                    "DHS",
                    "reports four families under it",
                    reports_families(4, policy_id=POLICY, sector="Rio Grande Valley"),
                ),
            ),
            sights=(
                Sight("the gate", "no", gate_says("NOT_CLEAR", POLICY)),
                Sight("HHS", "each child is on record all the same", everything_arrived),
                Sight("everyone", "it is in force without agreement", found(IN_FORCE)),
                Sight(
                    "everyone",
                    "events acted on a policy that wasn't announced",
                    found(Wanted(kind="CITED_NOT_CLEAR", policy_id=POLICY, reason="NOT_ANNOUNCED")),
                ),
            ),
        ),
        Step(
            day(2031, 3, 10),
            "Somebody must look into it.",
            acts=(Act("HHS OIG", "takes what was found", takes(IN_FORCE, INSPECTOR)),),
            sights=(
                Sight(
                    "DHS",
                    "is refused to take it: it is about DOJ",
                    is_refused(takes(IN_FORCE, PLANNER), "ask an office of doj or hhs.oig"),
                ),
                Sight(
                    "everyone",
                    "it is taken, and not resolved",
                    found(Wanted(kind="IN_FORCE_NOT_ANNOUNCED", policy_id=POLICY, state="TAKEN")),
                ),
            ),
        ),
    ),
    remains=(
        "The bus stops nobody, and doesn't decide who is right. Who acts without agreement does "
        "so on record. Places that aren't there aren't made by a rejection: the policy's second "
        "text, or somebody above both agencies, must settle it."
    ),
)
