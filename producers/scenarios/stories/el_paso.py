"""El Paso, 2017: staff see what nobody announces."""

from __future__ import annotations

from bus.events import new_event_id
from bus.notices.facts import CoordinationKind
from bus.offices.observing import Step as Statement
from bus.offices.observing import observation_body
from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import is_refused, reports_families, resolves, states
from producers.scenarios.cast import ON_DUTY, THE_DIRECTOR, day
from producers.scenarios.questions import Wanted, everything_arrived, found, gate_says

POLICY = "dhs/2017/el-paso-initiative"
FAMILIES = 6
"""Made up; how many there were isn't told here."""

WARNING = new_event_id()
WARNED = Wanted(kind="OBSERVED_POLICY", office="dhs.cbp.usbp", state="OPEN")


def warning(policy_id: str | None) -> Statement:
    """Return what staff saw; with a policy, once it has got a name."""
    return Statement(
        officer=ON_DUTY,
        kind=CoordinationKind.OBSERVATION,
        body=observation_body(
            agency="dhs.cbp.usbp",
            channel="STAFF_REPORT",
            description="Far more children than before arrive separated from a parent.",
            seen_at=day(2017, 11, 20),
            where="El Paso",
        ),
        policy_id=policy_id,
        coordination_id=WARNING,
    )


story = Story(
    name="el-paso",
    title="Staff see what nobody announces",
    happened=(
        "In 2017, months before zero tolerance was announced, an initiative in the El Paso sector "
        "prosecuted adults who had come with children (DHS OIG-20-06 has it by November 2017). "
        "Staff of HHS saw a steep rise in separated children and warned; senior officials didn't "
        "act on it (HHS OIG, OEI-BL-18-00510). There was never a notice. The days within the year "
        "and the families here are made up."
    ),
    steps=(
        Step(
            day(2017, 11, 15),
            "El Paso: parents are prosecuted and their children separated.",
            acts=(
                Act(
                    "DHS",
                    f"reports {FAMILIES} families, and no event says by which policy",
                    reports_families(FAMILIES, policy_id=None, sector="El Paso"),
                ),
            ),
            sights=(
                Sight("HHS", "each event", everything_arrived),
                Sight(
                    "everyone",
                    f"{2 * FAMILIES} prosecutions and separations that cite nothing",
                    found(Wanted(kind="MISSING_CITATION", is_own=True), 2 * FAMILIES),
                ),
            ),
        ),
        Step(
            day(2017, 11, 20),
            "HHS's staff see it in their own numbers.",
            acts=(Act("HHS intake", "records its staff's warning", states(warning(None))),),
            sights=(
                Sight("DHS", "a warning about its practice, open", found(WARNED, 1)),
                Sight(
                    "HHS",
                    "its own director is refused to close the warning",
                    is_refused(resolves(WARNED, THE_DIRECTOR, "no further action")),
                ),
            ),
        ),
        Step(
            day(2017, 11, 27),
            "The practice has got a name.",
            acts=(
                Act(
                    "HHS intake",
                    "ties the warning to the policy that it seems to be",
                    states(warning(POLICY)),
                ),
            ),
            sights=(
                Sight(
                    "the gate",
                    "there is no notice of such a policy",
                    gate_says("UNKNOWN", POLICY),
                ),
            ),
        ),
        Step(
            day(2017, 12, 4),
            "It goes on under that name.",
            acts=(
                Act(
                    "DHS",
                    "reports a family that cites it",
                    reports_families(1, policy_id=POLICY, sector="El Paso"),
                ),
            ),
            sights=(
                Sight(
                    "everyone",
                    "a policy is acted on that nobody announced",
                    found(Wanted(kind="UNANNOUNCED_POLICY", policy_id=POLICY)),
                ),
            ),
        ),
        Step(
            day(2018, 1, 5),
            "Nobody answers.",
            sights=(
                Sight("everyone", "the warning stands open, with its day", found(WARNED, 1)),
                Sight("the gate", "still no notice", gate_says("UNKNOWN", POLICY)),
            ),
        ),
    ),
    remains=(
        "A warning on record is no answer. Only an office of the agency that it is about, or HHS's "
        "inspectors, can take or close it, with a reference; until then everybody sees it open. "
        "Offices to turn to when one is silent, and reminders, aren't part of this story yet. A "
        "practice that nobody sees and that no event cites is found by its missing citations alone."
    ),
)
