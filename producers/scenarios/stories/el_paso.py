"""El Paso, 2017: staff see what nobody announces."""

from __future__ import annotations

from dataclasses import replace

from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import is_refused, reports_days, reports_families, resolves, states
from producers.scenarios.cast import DIRECTOR, INTAKE, THE_DIRECTOR, day, staffs_warning
from producers.scenarios.questions import (
    Wanted,
    everything_arrived,
    found,
    gate_says,
    is_written_to,
)

POLICY = "dhs/2017/el-paso-initiative"
SECTOR = "El Paso"
DAYS_BEFORE, DAYS = 92, 12
"""A change is told once 90 days of a sector are known. The families are made up."""

WARNING = staffs_warning(day(2017, 11, 20))
TIED = replace(WARNING, policy_id=POLICY)
WARNED = Wanted(kind="OBSERVED_POLICY", office="dhs.cbp.usbp", state="OPEN")


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
            day(2017, 11, 1),
            "In this story, El Paso has separated nobody so far.",
            acts=(
                Act(
                    "DHS",
                    f"reports the families of {DAYS_BEFORE} days",
                    reports_days(
                        day(2017, 7, 31), DAYS_BEFORE, together=3, separated=0, sector=SECTOR
                    ),
                ),
            ),
            sights=(Sight("HHS", "each event has arrived", everything_arrived),),
        ),
        Step(
            day(2017, 11, 15),
            "In this story, since 1 November: parents are prosecuted, their children separated.",
            acts=(
                Act(
                    "DHS",
                    f"reports {DAYS} days, and no event says by which policy",
                    reports_days(day(2017, 11, 1), DAYS, together=1, separated=2, sector=SECTOR),
                ),
            ),
            sights=(
                Sight("HHS", "each event has arrived", everything_arrived),
                Sight(
                    "everyone",
                    f"{4 * DAYS} prosecutions and separations that cite nothing",
                    found(Wanted(kind="MISSING_CITATION", is_own=True), 4 * DAYS),
                ),
            ),
        ),
        Step(
            day(2017, 11, 16),
            "The days are over, and their numbers are compared with those before.",
            sights=(
                Sight(
                    "everyone",
                    "more parents are prosecuted in El Paso than before, and no policy says why",
                    found(Wanted(kind="PRACTICE_SHIFT", reason="REFERRED_FOR_PROSECUTION")),
                ),
                Sight(
                    "everyone",
                    "more children are separated than before",
                    found(Wanted(kind="PRACTICE_SHIFT", reason="SEPARATED")),
                ),
            ),
        ),
        Step(
            day(2017, 11, 20),
            "HHS's staff see it in their own numbers.",
            acts=(Act("HHS intake", "records its staff's warning", states(WARNING)),),
            sights=(
                Sight("DHS", "a warning about its practice, open", found(WARNED, 1)),
                Sight(
                    "HHS",
                    "its own director is refused to close the warning",
                    is_refused(resolves(WARNED, THE_DIRECTOR, "no action"), "ask an office of dhs"),
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
                    states(TIED),
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
            day(2017, 12, 6),
            "Nobody has taken the warning for more than two weeks.",
            sights=(
                Sight(
                    "HHS's inspector general",
                    "is turned to, as the last of the offices above",
                    is_written_to(POLICY, "LADDER_STEP", "hhs.oig"),
                ),
            ),
        ),
        Step(
            day(2017, 12, 11),
            "It goes on under that name.",
            acts=(
                Act(
                    "DHS",
                    "reports a family that cites it",
                    reports_families(1, policy_id=POLICY, sector=SECTOR),
                ),
            ),
            sights=(
                Sight(
                    "everyone",
                    "a policy is acted on that nobody announced",
                    found(Wanted(kind="UNANNOUNCED_POLICY", policy_id=POLICY)),
                ),
                Sight(
                    "DHS",
                    "the Border Patrol is written to about it",
                    is_written_to(POLICY, "FINDING", "dhs.cbp.usbp"),
                ),
                Sight(
                    "HHS",
                    "intake and the director are written to",
                    is_written_to(POLICY, "FINDING", INTAKE, DIRECTOR),
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
        "inspectors, can take or close it, with a reference; until then everybody sees it open, "
        "and one office after the other is turned to. Whether what is then done is right, the bus "
        "can't say. A change in a sector's numbers shows only once 90 days of it are known, and a "
        "practice that was there before shows none."
    ),
)
