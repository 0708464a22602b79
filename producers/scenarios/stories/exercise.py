"""An exercise beside the real thing."""

from __future__ import annotations

from bus.events import Mode
from bus.notices.facts import CoordinationKind
from bus.offices.observing import Step as Statement
from bus.scenarios.stage import Stage
from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import accepts, announces, reports_families, states
from producers.scenarios.cast import ON_DUTY, PLANNER, THE_DIRECTOR, day, doj_notice
from producers.scenarios.questions import (
    Wanted,
    clearance_is,
    everything_arrived,
    found,
    gate_says,
    holds,
)

POLICY = "doj/2033/rehearsal"
SECTOR = "El Paso"
NOTICE = doj_notice(
    POLICY,
    title="Exercise: prosecution of every improper entry",
    summary="An exercise. Nothing of it is real.",
    effective_at=day(2033, 2, 7, hour=0),
    places_needed=100,
    mode=Mode.EXERCISE,
)
WINDOW = Statement(
    officer=PLANNER,
    kind=CoordinationKind.EXERCISE_WINDOW,
    body={"from": day(2033, 2, 7, hour=0), "to": day(2033, 2, 9, hour=0)},
    policy_id=POLICY,
    mode=Mode.EXERCISE,
)
REAL_FINDINGS = "SELECT count(*) FROM finding WHERE mode = 'ACTUAL' AND policy_id = %s"
REALLY_SEPARATED = """
SELECT count(*) FROM custody_counted
WHERE event_kind = 'SEPARATED' AND counted_mode = 'ACTUAL' AND details ->> 'policy_id' = %s
"""

story = Story(
    name="exercise",
    title="An exercise beside the real thing",
    happened=(
        "This story is made up. Agencies must be able to rehearse on the same paths that they will "
        "use in earnest, or the paths fail on the day. The danger is that one is taken for the "
        "other: that a rehearsal opens a real gate, or that a real child is called an exercise."
    ),
    steps=(
        Step(
            day(2033, 1, 3),
            "DOJ and HHS rehearse.",
            acts=(Act("DOJ", "publishes the exercise's notice for 7 February", announces(NOTICE)),),
            sights=(
                Sight(
                    "HHS",
                    "the notice, marked as an exercise",
                    clearance_is(POLICY, mode="EXERCISE", lead="KEPT", answer="PENDING"),
                ),
            ),
        ),
        Step(
            day(2033, 1, 5),
            "HHS's offices answer as they would in earnest.",
            acts=(
                Act("HHS intake", "accepts", accepts(POLICY, ON_DUTY)),
                Act("HHS's director", "accepts", accepts(POLICY, THE_DIRECTOR)),
                Act("DHS", "declares that it exercises on 7 and 8 February", states(WINDOW)),
            ),
            sights=(
                Sight(
                    "HHS",
                    "the exercise's policy is announced, as an exercise",
                    clearance_is(POLICY, announced=True, mode="EXERCISE"),
                ),
            ),
        ),
        Step(
            day(2033, 2, 7),
            "The exercise.",
            acts=(
                Act(
                    "DHS",
                    "reports three made-up families, marked as an exercise",
                    reports_families(3, policy_id=POLICY, sector=SECTOR, mode=Mode.EXERCISE),
                ),
            ),
            sights=(
                Sight("HHS", "the exercise's events have arrived", everything_arrived),
                Sight("everyone", "each record is accounted for", Stage.is_accounted_for),
                Sight(
                    "HHS",
                    "its count of really separated children stays 0",
                    holds("hhs", REALLY_SEPARATED, 0, POLICY),
                ),
                Sight(
                    "everyone",
                    "nothing real is found",
                    holds("bus", REAL_FINDINGS, 0, POLICY),
                ),
                Sight(
                    "the gate",
                    "no, for all that was accepted: an exercise opens nothing",
                    gate_says("NOT_CLEAR", POLICY),
                ),
            ),
        ),
        Step(
            day(2033, 2, 8),
            "On the second day a real family is reported under the exercise's policy.",
            acts=(
                Act(
                    "DHS",
                    "reports one real family",
                    reports_families(1, policy_id=POLICY, sector=SECTOR),
                ),
            ),
            sights=(
                Sight("HHS", "one real child", holds("hhs", REALLY_SEPARATED, 1, POLICY)),
                Sight(
                    "everyone",
                    "for real families this policy was never announced",
                    found(Wanted(kind="UNANNOUNCED_POLICY", policy_id=POLICY)),
                ),
            ),
        ),
        Step(
            day(2033, 2, 10),
            "The exercise is over, and DHS still reports a family as one.",
            acts=(
                Act(
                    "DHS",
                    "reports a family, marked as an exercise",
                    reports_families(1, policy_id=POLICY, sector=SECTOR, mode=Mode.EXERCISE),
                ),
            ),
            sights=(
                Sight(
                    "everyone",
                    "an exercise outside of its days: it is handled as real",
                    found(Wanted(kind="EXERCISE_OUTSIDE_WINDOW", policy_id=POLICY, is_own=True)),
                ),
            ),
        ),
    ),
    remains=(
        "Within its declared days, an agency that calls a real event an exercise is believed. HHS "
        "keeps such events apart and can look at them; to tell them is for people."
    ),
)
