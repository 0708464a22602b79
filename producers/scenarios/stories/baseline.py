"""A practice that is older than the bus."""

from __future__ import annotations

from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import accepts, declares_baseline, is_refused, reports_families
from producers.scenarios.cast import ON_DUTY, THE_DIRECTOR, day, doj_notice
from producers.scenarios.questions import Wanted, clearance_is, found, gate_says

POLICY = "doj/2034/older-than-the-bus"
OLD, NEW = (
    doj_notice(
        policy_id,
        title="Prosecution of some improper entries",
        summary="Adults with children are prosecuted in one district, as for years.",
        effective_at=effective_at,
        instrument="BASELINE",
        places_needed=20,
    )
    for policy_id, effective_at in (
        (POLICY, day(2034, 10, 2, hour=0)),
        ("doj/2035/new", day(2035, 3, 1, hour=0)),
    )
)
CITED_BEFORE = Wanted(kind="UNANNOUNCED_POLICY", policy_id=POLICY)

story = Story(
    name="baseline",
    title="A practice that is older than the bus",
    happened=(
        "This story is made up. No bus begins with a clean page: in El Paso a practice had been in "
        "force for months before anything was announced (DHS OIG-20-06). An agency must be able to "
        "declare such a practice afterwards, and that must be no way around announcing a new one."
    ),
    steps=(
        Step(
            day(2035, 1, 5),
            "A district prosecutes parents, as it has for years.",
            acts=(
                Act(
                    "DHS",
                    "reports a family, and cites a practice that nobody announced",
                    reports_families(1, policy_id=POLICY, sector="Yuma"),
                ),
            ),
            sights=(
                Sight(
                    "everyone", "a policy is acted on that nobody announced", found(CITED_BEFORE)
                ),
                Sight("the gate", "there is no notice", gate_says("UNKNOWN", POLICY)),
            ),
        ),
        Step(
            day(2035, 1, 10),
            "DOJ declares what has long been done.",
            acts=(Act("DOJ", "declares the practice as a baseline", declares_baseline(OLD)),),
            sights=(
                Sight(
                    "HHS",
                    "the practice is in force, came too late, and waits for two answers",
                    clearance_is(POLICY, force="IN_FORCE", lead="SHORT", answer="PENDING"),
                ),
                Sight("the gate", "no: to declare isn't to agree", gate_says("NOT_CLEAR", POLICY)),
                Sight(
                    "DOJ",
                    "is refused to declare a new policy in this way",
                    is_refused(declares_baseline(NEW), "isn't in force yet"),
                ),
            ),
        ),
        Step(
            day(2035, 1, 12),
            "HHS can live with it.",
            acts=(
                Act(
                    "HHS intake",
                    "accepts, and waives the time that it wasn't given",
                    accepts(POLICY, ON_DUTY, waives_lead_time=True),
                ),
                Act(
                    "HHS's director",
                    "does the same",
                    accepts(POLICY, THE_DIRECTOR, waives_lead_time=True),
                ),
            ),
            sights=(
                Sight(
                    "DOJ",
                    "the practice is announced, by a waiver",
                    clearance_is(POLICY, announced=True, lead="WAIVED"),
                ),
                Sight("the gate", "yes, from now on", gate_says("CLEAR", POLICY)),
                Sight("everyone", "what was found before stays found", found(CITED_BEFORE, 1)),
            ),
        ),
    ),
    remains=(
        "A practice that nobody declares and no event cites shows by its missing citations, by "
        "what staff see, or by a change in numbers; one that was there when counting began shows "
        "no change. HHS may refuse: then the practice goes on, and each day of it is on record."
    ),
)
